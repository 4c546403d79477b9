"""What a rule finds in a text."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple

__all__ = ["Find", "Kind", "words_of"]


class Kind(StrEnum):
    """What is personal about a range of text, and what stands in its place."""

    EMAIL = "[e-mail]"
    PHONE = "[phone]"
    CARD = "[card]"
    IBAN = "[IBAN]"
    ID = "[id]"
    ADDRESS = "[address]"
    NAME = "[name]"


class Find(NamedTuple):
    """The range from `start` up to `end`, in code points."""

    start: int
    end: int
    kind: Kind


def words_of(text: str) -> frozenset[str]:
    """The words that a list of the rules holds."""
    return frozenset(text.split())
