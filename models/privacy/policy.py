"""What is done with personal data in the texts that come in."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TypeVar

from ..text import clean, label
from .pseudonym import Pseudonyms
from .seal import Seal, Sealed

__all__ = ["Privacy", "beside"]

Made = TypeVar("Made")

AT_ONCE_TEXT = 2_000
"""Characters up to which texts are looked through right away: what is personal in them takes 1 to 7 µs a character to find."""


def no_keys(_make: bool) -> Sequence[str]:
    return ()


def nothing() -> None:
    return None


def no_key(_make: bool) -> None:
    return None


async def beside(letters: int, work: Callable[[], Made]) -> Made:
    """What `work` makes of so many letters; of many in a thread, so that others are served meanwhile."""
    return work() if letters <= AT_ONCE_TEXT else await asyncio.to_thread(work)


@lru_cache(maxsize=4_096)
def redacted_label(value: str, path: tuple[str, ...], most: int, *, lower: bool, thing: bool) -> str:
    from .redaction import redact_label

    # names are known by their capitals
    plain = redact_label(label(value, path, most), whole=not thing)[:most].rstrip()
    return plain.lower() if lower else plain


@dataclass(frozen=True, slots=True)
class Privacy:
    """The settings of one database, obeyed by every way in."""

    redacts: bool = True
    seal: Seal = field(default_factory=lambda: Seal(no_keys))
    """Under what originals are kept; without a key, none is."""
    pseudonyms: Pseudonyms = field(default_factory=lambda: Pseudonyms(no_key))
    """What customers are known by whose keys are personal; without a key they are kept as they come."""

    forget: Callable[[], None] = nothing
    """Drops what is kept beside the database and made of texts; called where a person was erased. It may block."""

    def redacted(self, text: str) -> str:
        """The text as everybody may see it."""
        if not self.redacts:
            return text
        # its patterns take a tenth of a second to make, which whoever only reads does not wait for
        from .redaction import redact

        return redact(text)

    async def shown(self, *texts: str) -> list[str]:
        """Each text as everybody may see it; long ones are looked through beside the event loop."""
        return await beside(sum(map(len, texts)), lambda: [self.redacted(text) for text in texts])

    async def taken(
        self, text: str, path: tuple[str, ...], most: int, check: Callable[[str, tuple[str, ...], int], str] = clean
    ) -> str:
        """What somebody writes, checked (see `models/text.py`), as everybody may see it. Raises Invalid."""
        (shown,) = await self.shown(check(text, path, most))
        return shown

    def label(self, value: str, path: tuple[str, ...], most: int, *, lower: bool = False, thing: bool = False) -> str:
        """A name on one line as everybody may see it: see `models/text.py`. A `thing` may be called like a person. Raises Invalid."""
        if not self.redacts:
            return label(value, path, most, lower=lower)
        return redacted_label(value, path, most, lower=lower, thing=thing)

    def key_of(self, external_id: str) -> str:
        """The key of a row as everybody may see it."""
        return self.pseudonyms.of_row(external_id) if self.redacts else external_id

    def sealed(self, original: str, redacted: str, place: Sequence[str]) -> Sealed | None:
        """The original, where there is more in it than everybody sees."""
        return None if original == redacted else self.seal.seal(original, place)
