"""Columns that every table shares, and the one way this project keeps time.

Times are integers: milliseconds since 1970-01-01T00:00:00Z. They compare, index and page alike on SQLite and
PostgreSQL, and a keyset cursor holds them exactly.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime

from tortoise import fields

WEEK_MS = 7 * 86_400_000
# 1970-01-01 was a Thursday; three days earlier was a Monday, which is where week 0 starts
MONDAY_SHIFT_MS = 3 * 86_400_000


def now_ms() -> int:
    """The present, in milliseconds since the epoch (UTC)."""
    return time.time_ns() // 1_000_000


def to_ms(moment: datetime) -> int:
    """Milliseconds since the epoch; a moment without a zone is taken as UTC."""
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    # whole seconds and microseconds apart: a float of both would round
    return int(moment.timestamp() // 1) * 1000 + moment.microsecond // 1000


def from_ms(value: int) -> datetime:
    """The moment (UTC) of so many milliseconds since the epoch."""
    return datetime.fromtimestamp(value // 1000, UTC).replace(microsecond=value % 1000 * 1000)


def week_of(value: int) -> int:
    """Number of the ISO week (Monday to Sunday, UTC) that holds a time in milliseconds; week 0 began on 1969-12-29."""
    return (value + MONDAY_SHIFT_MS) // WEEK_MS


def monday(week: int) -> str:
    """The day on which the week of that number began, in ISO 8601."""
    return from_ms(week * WEEK_MS - MONDAY_SHIFT_MS).date().isoformat()


def time_field(*, null: bool = False, indexed: bool = False) -> fields.BigIntField:
    """A point in time, in milliseconds since the epoch (UTC)."""
    return fields.BigIntField(null=null, db_index=indexed)  # type: ignore[return-value]
