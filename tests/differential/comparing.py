"""How values of the graph compare, in plain Python: conditions, orders, times and names."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def every(values: Any) -> bool | None:
    found = list(values)
    return False if False in found else None if None in found else True


def negated(value: bool | None) -> bool | None:
    return None if value is None else not value


def compare(have: Any, operator: str, given: Any) -> bool | None:
    if operator == "isNull":
        return (have is None) == given
    if operator == "in" and not given:
        return False
    if have is None:
        return None
    match operator:
        case "eq":
            return have == given
        case "in":
            return have in given
        case "gt":
            return have > given
        case "gte":
            return have >= given
        case "lt":
            return have < given
        case "lte":
            return have <= given
        case "contains":
            return given.lower() in have.lower()
        case _:
            return have.lower().startswith(given.lower())


def ordered(value: Any) -> tuple[bool, Any]:
    """Sorts what is missing below everything, and texts by code point."""
    return (value is not None, 0 if value is None else value)


def mentions(where: Any, name: str) -> bool:
    if isinstance(where, list):
        return any(mentions(one, name) for one in where)
    if not isinstance(where, dict):
        return False
    return name in where or any(mentions(where[one], name) for one in ("and", "or", "not") if one in where)


def moment_of(text: str) -> int:
    """Milliseconds since the epoch of a date, a time, or so many weeks ago."""
    if text.startswith("-P"):
        moment = datetime.now(UTC) - timedelta(weeks=int(text[2:-1]))
    else:
        moment = datetime.fromisoformat(text)
        moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return (moment - EPOCH) // timedelta(milliseconds=1)


def snake(name: str) -> str:
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name)


def camel(name: str) -> str:
    """occurredAt of OCCURRED_AT."""
    head, *rest = name.lower().split("_")
    return head + "".join(part.capitalize() for part in rest)
