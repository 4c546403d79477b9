"""Finished responses, kept for as long as they are true.

An answer is kept with the versions of the tables that its plan reads, taken before its statements ran, and is given
again only to a request that has seen the same versions after it arrived (`models/versions.py` says why that is exact).
Only whole answers of planned queries are kept: no errors, nothing that was walked, nothing that depends on the clock or
on what the mind knows.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import orjson

from ..models.database import Database
from ..models.team import Role
from ..models.versions import Stamp
from .scalars import FromNow

if TYPE_CHECKING:
    from .context import Context
    from .engine import Answer
    from .plan.planner import Whole

Key = tuple[int, Role, Database, bytes]
"""Operation, role, database, variables."""

__all__ = ["Key", "ResponseCache", "key_of", "lasting"]

BYTES_BESIDE = 1_050
"""What an entry takes at most beside its body and the variables in its key, measured with tracemalloc."""
MOST_SHARE = 8
"""No answer may take more than this part of the whole cache."""
MOST_KEY_BYTES = 16_384
SEEN_ONCE = 4_096
"""How many keys are remembered that were asked for once."""


def key_of(operation: int, variables: Mapping[str, Any] | None, context: Context) -> Key | None:
    """What an answer depends on beside the data. `operation` stands for one of a text under certain limits.

    Of whoever asks the role alone: a plan knows no more of them. None where the variables are too much for a key.
    """
    written = b""
    if variables:
        try:
            # as written: 1, 1.0 and true are different values, though equal to Python
            written = orjson.dumps(variables)
        except TypeError:  # a lone surrogate, or a number beyond 64 bits
            return None
        if len(written) > MOST_KEY_BYTES:
            return None
    return operation, context.actor.role, context.database, written


def lasting(whole: Whole, variables: Any) -> bool:
    """Whether an answer depends on nothing but its key and its tables."""
    return whole.settled and not _from_now(variables)


def _from_now(value: Any) -> bool:
    if isinstance(value, Mapping):
        return any(map(_from_now, value.values()))
    return isinstance(value, FromNow) or (isinstance(value, list) and any(map(_from_now, value)))


@dataclass(eq=False, slots=True)
class Kept:
    """One answer. `stamp` moves on while its tables stay as they are."""

    answer: Answer
    tables: frozenset[str]
    stamp: Stamp
    size: int


@dataclass(eq=False, slots=True)
class Flight:
    """A computation under way, begun after `stamp`. Its outcome is None where it came to nothing."""

    stamp: Stamp
    outcome: asyncio.Future[Answer | None] = field(default_factory=lambda: asyncio.get_running_loop().create_future())


class ResponseCache:
    """At most `most_bytes` of answers, least recently used out first. Belongs to one event loop.

    A key's answer is kept from the second time on that it is asked for, so that what is asked once costs no stamp and
    takes no place.
    """

    def __init__(self, most_bytes: int) -> None:
        self._most = most_bytes
        self._kept: OrderedDict[Key, Kept] = OrderedDict()
        self._flights: dict[Key, Flight] = {}
        self._tables: dict[frozenset[str], frozenset[str]] = {}
        self._seen: set[int] = set()
        self._seen_before: set[int] = set()
        self._bytes = self._hits = self._shared = self._misses = 0

    def figures(self) -> dict[str, int]:
        """Answers given again (`hits`), given to several who asked at once (`shared`), computed (`misses`); what is kept."""
        return {
            "hits": self._hits,
            "shared": self._shared,
            "misses": self._misses,
            "entries": len(self._kept),
            "bytes": self._bytes,
            "most_bytes": self._most,
        }

    def find(self, key: Key) -> Kept | None:
        """What is kept under a key, true or not."""
        return self._kept.get(key)

    def hit(self, key: Key, kept: Kept, stamp: Stamp) -> Answer | None:
        """The kept answer where it is still true. `stamp` must have been taken after the request arrived."""
        if not kept.stamp.agrees(stamp, kept.tables):
            return None
        kept.stamp = stamp
        self._hits += 1
        if key in self._kept:
            self._kept.move_to_end(key)
        return kept.answer

    def wanted(self, key: Key) -> bool:
        """Whether the key was asked for before, which is noted."""
        if key in self._kept:
            return True
        mark = hash(key)
        if mark in self._seen or mark in self._seen_before:
            return True
        if len(self._seen) >= SEEN_ONCE:
            self._seen_before, self._seen = self._seen, set()
        self._seen.add(mark)
        return False

    def missed(self) -> None:
        """Note an answer that is computed."""
        self._misses += 1

    async def answer(
        self, key: Key, tables: frozenset[str], stamp: Stamp, compute: Callable[[], Awaitable[Answer]]
    ) -> Answer:
        """The answer from what is kept, from a computation under way, or computed now and kept.

        `stamp` was taken after the request arrived. Raises what `compute` raises.
        """
        kept = self._kept.get(key)
        if kept is not None and (found := self.hit(key, kept, stamp)) is not None:
            return found
        flight = self._flights.get(key)
        if flight is not None and flight.stamp.agrees(stamp, tables):
            # its statements began after a moment since which nothing has changed: this request would find the same
            outcome = await asyncio.shield(flight.outcome)
            if outcome is not None:
                self._shared += 1
                return outcome
        self.missed()
        flight = self._flights[key] = Flight(stamp)
        try:
            computed = await compute()
            flight.outcome.set_result(computed)
        finally:
            if not flight.outcome.done():
                flight.outcome.set_result(None)
            if self._flights.get(key) is flight:
                del self._flights[key]
        self.keep(key, computed, tables, stamp)
        return computed

    def keep(self, key: Key, answer: Answer, tables: frozenset[str], stamp: Stamp) -> None:
        """Keep an answer whose computation began after `stamp`, if it is not too large."""
        # few different sets of tables serve many entries
        tables = self._tables.setdefault(tables, tables)
        kept = Kept(answer, tables, stamp, len(answer.body) + len(key[-1]) + BYTES_BESIDE)
        old = self._kept.pop(key, None)
        if old is not None:
            self._bytes -= old.size
        if kept.size > self._most // MOST_SHARE:
            return
        self._kept[key] = kept
        self._bytes += kept.size
        while self._bytes > self._most:
            _, out = self._kept.popitem(last=False)
            self._bytes -= out.size
