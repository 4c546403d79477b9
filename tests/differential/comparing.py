"""How values of the graph compare, in plain Python: conditions, orders, times and names."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
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


def monday(complaint: dict[str, Any]) -> str:
    moment = EPOCH + timedelta(milliseconds=complaint["occurred_at"])
    return (moment - timedelta(days=moment.weekday())).date().isoformat()


def days(text: str) -> int:
    return date.fromisoformat(text).toordinal()


def whole(value: float) -> int:
    return int(Decimal(value).quantize(Decimal(1), ROUND_HALF_UP))


def bounds(arguments: Mapping[str, Any]) -> tuple[int | None, int | None]:
    since, until = (None if arguments.get(one) is None else moment_of(arguments[one]) for one in ("since", "until"))
    return since, until


def spans(oracle: Any, name: str, arguments: Mapping[str, Any]) -> tuple[int | None, int | None]:
    """The bounds of a break-down; of weeks those of the whole ones within, for whoever sees crowds only."""
    since, until = bounds(arguments)
    if oracle.crowds_only and name in ("weekly", "complaintsByWeek"):
        week, monday = 604_800_000, 259_200_000
        since = None if since is None else -(-(since + monday) // week) * week - monday
        until = None if until is None else (until + monday) // week * week - monday
    return since, until


def within(complaint: dict[str, Any], since: int | None, until: int | None) -> bool:
    at = complaint["occurred_at"]
    return (since is None or at >= since) and (until is None or at < until)


def expected(oracle: Any, needs: set[int], week: str) -> float | None:
    """Customers in the mean week of those before, at most 26 and at least 8, since the last four silent ones."""
    said = {days(monday(one)) for one in oracle.tables["complaint"].values()}
    begins = (day for day in said if not any(day - 7 * weeks in said for weeks in range(1, 5)))
    weeks = min(26, (days(week) - max(day for day in begins if day <= days(week))) // 7)
    heard = {
        (monday(complaint), row["voice"])
        for row in oracle.supports()
        if row["need_id"] in needs and (complaint := oracle.tables["complaint"][row["complaint_id"]])
    }
    count = sum(0 < days(week) - days(day) <= weeks * 7 for day, _ in heard)
    return None if weeks < 8 else float(round(Decimal(count) / weeks, 4))


def need_weeks(oracle: Any, need: int, since: int | None, until: int | None) -> list[dict[str, Any]]:
    """Complaints about a need week by week, from the first one on, with the weeks in which others were said."""
    told = {one["week"]: one for one in oracle.counts({need}, "weekly", since, until)}
    first = min((one["week"] for one in oracle.counts({need}, "weekly", None, None)), default=None)
    found = []
    for week in sorted({monday(one) for one in oracle.tables["complaint"].values()}):
        begin = (days(week) - EPOCH.toordinal()) * 86_400_000
        asked = (since is None or since < begin + 604_800_000) and (until is None or begin < until)
        if first is not None and week >= first and asked:
            silent = {"week": week, "complaints": 0, "customers": 0, "expected": expected(oracle, {need}, week)}
            found.append(told.get(week, silent))
    return found


def impact_weeks(oracle: Any, impact: Mapping[str, Any], since: int | None, until: int | None) -> list[dict[str, Any]]:
    heard = {one["week"] for one in oracle.counts(None, "complaintsByWeek", None, None)}
    of_need = {one["week"]: one for one in oracle.counts({impact["need_id"]}, "weekly", None, None)}
    customers = {one["week"]: one["active_customers"] for one in oracle.tables["exposure"].values()}
    found = []
    for week in range(impact["since"], impact["through"] + 1):
        began = week * 604_800_000 - 259_200_000
        day = (EPOCH + timedelta(milliseconds=began)).date().isoformat()
        inside = (since is None or since <= began) and (until is None or began + 604_800_000 <= until)
        if day in heard and inside:
            found.append(
                {
                    "week": day,
                    "after": week >= impact["shipped_week"],
                    **{one: of_need.get(day, {}).get(one, 0) for one in ("complaints", "customers")},
                    "activeCustomers": customers.get(week),
                }
            )
    return found
