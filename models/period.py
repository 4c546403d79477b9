"""Periods of the calendar: weeks from Monday on, months, quarters and years, in UTC."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from .errors import Invalid
from .fields import from_ms, to_ms

__all__ = ["MOST", "Period", "Span", "in_order", "spans"]

MOST = 520
"""Periods of one answer: ten years of weeks."""


class Period(StrEnum):
    """How long each period is."""

    WEEK = "WEEK"
    MONTH = "MONTH"
    QUARTER = "QUARTER"
    YEAR = "YEAR"


_DAY_MS = 86_400_000
MONTHS = {Period.MONTH: 1, Period.QUARTER: 3, Period.YEAR: 12}


class Span(NamedTuple):
    """A period from `began` up to, not including, `ended`, both in milliseconds since the epoch."""

    began: int
    ended: int


def in_order(since: int | None, until: int | None) -> None:
    """Raises Invalid for a time that ends before it begins: nothing was ever said in it, which is no answer to a slip."""
    if since is not None and until is not None and since > until:
        # days say enough of times that are days apart, and "-P4W" is the same day when it is asked again
        days = since - until >= _DAY_MS
        raise Invalid(
            f"since ({_shown(since, days)}) is after until ({_shown(until, days)}): exchange them, or leave one of them out.",
            path=("since",),
        )


def spans(since: int, until: int, by: Period) -> list[Span]:
    """Whole periods in their order, from the one that holds `since` to the last that begins before `until`.

    Raises Invalid where they are more than `MOST`, or leave the calendar.
    """
    found: list[Span] = []
    try:
        began = _start(from_ms(since), by)
        while to_ms(began) < until:
            if len(found) == MOST:
                raise Invalid(
                    f"There are more than {MOST} periods: take longer ones, or a later since.", path=("since",)
                )
            ended = _after(began, by)
            found.append(Span(to_ms(began), to_ms(ended)))
            began = ended
    except (ValueError, OverflowError, OSError):
        raise Invalid("since is out of the calendar.", path=("since",)) from None
    return found


def _start(moment: datetime, by: Period) -> datetime:
    day = moment.replace(hour=0, minute=0, second=0, microsecond=0)
    if by is Period.WEEK:
        return day - timedelta(days=day.weekday())
    return day.replace(day=1, month=day.month - (day.month - 1) % MONTHS[by])


def _after(began: datetime, by: Period) -> datetime:
    if by is Period.WEEK:
        return began + timedelta(weeks=1)
    months = began.month - 1 + MONTHS[by]
    return began.replace(year=began.year + months // 12, month=months % 12 + 1)


def _shown(moment: int, day: bool) -> str:
    try:
        at = from_ms(moment)
        return at.date().isoformat() if day else at.isoformat(timespec="seconds").replace("+00:00", "Z")
    except (ValueError, OverflowError, OSError):
        return "out of the calendar"
