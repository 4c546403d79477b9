"""Scalars beyond GraphQL's own.

Output values of planned fields arrive as finished JSON, so the scalars serialise strings as they are.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any, NewType

import strawberry
from graphql import GraphQLError, ValueNode, value_from_ast_untyped
from strawberry.types.scalar import ScalarDefinition

from ..models.fields import from_ms, now_ms, to_ms

DateTime = NewType("DateTime", str)
Date = NewType("Date", str)
Moment = NewType("Moment", int)
JSON = NewType("JSON", object)


class FromNow(int):
    """A point in time that was given as a distance from now: milliseconds since the epoch, as of when it was read.

    `distance` in milliseconds. What is kept for later requests must take it `anew`.
    """

    distance: int

    def __new__(cls, distance: int) -> FromNow:
        moment = super().__new__(cls, now_ms() + distance)
        moment.distance = distance
        return moment

    def __gt__(self, other: int) -> bool:
        # two of one request are read one after the other
        return self.distance > other.distance if isinstance(other, FromNow) else super().__gt__(other)

    def anew(self) -> FromNow:
        """The same distance from the present moment."""
        return FromNow(self.distance)


def renewed(value: Any) -> Any:
    """A coerced value with every distance from now in it taken from the present moment."""
    if isinstance(value, FromNow):
        return value.anew()
    if isinstance(value, Mapping):
        return {key: renewed(item) for key, item in value.items()}
    return [renewed(item) for item in value] if isinstance(value, list) else value


_DURATION = re.compile(r"^(-?)P(?!$)(?:(\d{1,5})W)?(?:(\d{1,6})D)?(?:T(?=\d)(?:(\d{1,6})H)?(?:(\d{1,8})M)?)?$")


def parse_moment(value: object) -> int:
    """Milliseconds since the epoch of an ISO 8601 date or time, or of a duration such as -P2W counted from now.

    Raises GraphQLError with what would be accepted.
    """
    if isinstance(value, str):
        found = _DURATION.match(value)
        if found:
            weeks, days, hours, minutes = (int(part or 0) for part in found.groups()[1:])
            try:
                span = timedelta(weeks=weeks, days=days, hours=hours, minutes=minutes)
                moment = FromNow(span // timedelta(milliseconds=1) * (-1 if found[1] else 1))
                from_ms(moment)
                return moment
            except (OverflowError, ValueError, OSError):
                pass
        else:
            try:
                return to_ms(
                    datetime.fromisoformat(value).astimezone(UTC)
                    if "+" in value or value[-1:] in "Zz"
                    else datetime.fromisoformat(value)
                )
            except (ValueError, OverflowError):
                pass
    raise GraphQLError(
        f"{str(value)[:40]!r} is neither an ISO 8601 date or time (2026-01-31, 2026-01-31T12:00:00Z) "
        "nor a duration from now (-P2W, -P30D, -PT12H)."
    )


def parse_date(value: object) -> str:
    """An ISO 8601 date, checked. Raises GraphQLError."""
    try:
        return date.fromisoformat(str(value)).isoformat()
    except ValueError:
        raise GraphQLError(f"{str(value)[:40]!r} is no ISO 8601 date, such as 2026-01-31.") from None


def _written(parse: Callable[[object], Any]) -> Callable[[ValueNode, Any], Any]:
    """Reads a value that stands in the document, and says where where it is wrong."""

    def read(node: ValueNode, _variables: Any = None) -> Any:
        try:
            return parse(value_from_ast_untyped(node))
        except GraphQLError as fault:
            raise GraphQLError(fault.message, node) from None

    return read


def _written_moment(value: Any) -> str:
    if isinstance(value, int):
        return from_ms(value).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return value


SCALARS: dict[object, ScalarDefinition] = {
    DateTime: strawberry.scalar(
        name="DateTime",
        description='A point in time in UTC, in ISO 8601 with milliseconds: "2026-01-31T12:00:00.000Z".',
        specified_by_url="https://scalars.graphql.org/andimarek/date-time.html",
        serialize=_written_moment,
        parse_value=parse_moment,
        parse_literal=_written(parse_moment),
    ),
    Date: strawberry.scalar(
        name="Date",
        description='A day in ISO 8601: "2026-01-31".',
        serialize=lambda value: value,
        parse_value=parse_date,
        parse_literal=_written(parse_date),
    ),
    Moment: strawberry.scalar(
        name="DateTimeOrDuration",
        description='A point in time ("2026-01-31", "2026-01-31T12:00:00Z"), or one counted from now ("-P2W", "-PT12H").',
        serialize=_written_moment,
        parse_value=parse_moment,
        parse_literal=_written(parse_moment),
    ),
    JSON: strawberry.scalar(
        name="JSON", description="Any JSON value.", serialize=lambda value: value, parse_value=lambda value: value
    ),
}
