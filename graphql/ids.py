"""Global ids that come in with a request."""

from __future__ import annotations

from collections.abc import Sequence

from ..models.errors import Invalid
from .declare import ENTITIES, parse_global_id


def key_in(entity: str, value: str, path: Sequence[str]) -> int:
    """The key of a global id of one kind. Raises Invalid, telling what such ids look like."""
    named = parse_global_id(value)
    if named is None or named[0].__name__ != entity:
        raise Invalid(
            f"{value[:80]!r} is not the id of {_article(entity)} {entity}; such ids look like '{ENTITIES[entity].prefix}_1'.",
            path=path,
        )
    return named[1]


def _article(noun: str) -> str:
    return "an" if noun[0] in "AEIOU" else "a"
