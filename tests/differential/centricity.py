"""The customer-centricity index, worked out a second time: each period's rows picked one by one, then counted."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from statistics import median
from typing import Any

from .comparing import bounds
from .shape import Row

DAY, WEEK, SHIFT = 86_400_000, 604_800_000, 259_200_000
LENGTHS = {"MONTH": 1, "QUARTER": 3, "YEAR": 12}
ACTIVE = ("ACTIVE", "ADDRESSED", "RELIEVED", "REGRESSED")


def first_of(since: int, by: str) -> datetime:
    """When the period that holds a time began."""
    moment = datetime.fromtimestamp(since // 1000, UTC)
    day = datetime(moment.year, moment.month, moment.day, tzinfo=UTC)
    while (day.weekday() != 0) if by == "WEEK" else (day.day != 1 or (day.month - 1) % LENGTHS[by]):
        day -= timedelta(days=1)
    return day


def periods(since: int, until: int, by: str) -> list[tuple[int, int]]:
    found = []
    began = first_of(since, by)
    while began.timestamp() * 1000 < until:
        # some day of the next one
        ended = began + timedelta(days=7) if by == "WEEK" else began
        for _ in range(LENGTHS.get(by, 0)):
            ended = first_of(int((ended.timestamp() + 31 * 86_400) * 1000), "MONTH")
        found.append((int(began.timestamp()) * 1000, int(ended.timestamp()) * 1000))
        began = ended
    return found


def rows(tables: Mapping[str, Mapping[int, Row]], team: int | None, arguments: Mapping[str, Any]) -> dict[int, Row]:
    """Every period of the organisation, or of a team, with the ids behind each number under the name of its list."""
    now = int(time.time() * 1000)
    since, until = bounds(arguments)
    assert since is not None
    spans = periods(since, now if until is None else min(until, now), arguments.get("by") or "MONTH")
    before = 0 if team is None else sorted(tables["team"]).index(team) * len(spans)
    return {number: one(tables, team, *span, now) | {"id": number} for number, span in enumerate(spans, before + 1)}


def one(tables: Mapping[str, Mapping[int, Row]], team: int | None, began: int, ended: int, now: int) -> Row:
    def pick(table: str, wanted: Callable[[Row], Any]) -> set[int]:
        return {key for key, row in tables[table].items() if wanted(row)}

    def inside(at: int | None) -> bool:
        return at is not None and began <= at < ended

    products = {row["product"] for row in tables["team_product"].values() if row["team_id"] == team}
    ours = lambda row: team is None or row["product"] in products  # noqa: E731
    whose = lambda row: team in (None, row["team_id"])  # noqa: E731
    evidence = tables["evidence"].values()
    claims = tables["claim"].values()
    inventions = tables["invention"]

    def linked(complaint: Row) -> bool:
        links = [row for row in evidence if row["complaint_id"] == complaint["id"]]
        links = [row for row in links if row["status"] in ("PENDING", "ACCEPTED")]
        links = [row for row in links if tables["need"][row["need_id"]]["status"] != "DISMISSED"]
        return any(row["created_at"] - complaint["received_at"] <= DAY for row in links)

    def cites(invention: int, status: str) -> bool:
        cited = [row["evidence_id"] for row in tables["citation"].values() if row["invention_id"] == invention]
        return any(tables["evidence"][key]["status"] == status for key in cited)

    def served(need: int) -> bool:
        mine = [row for row in claims if row["need_id"] == need and row["created_at"] < ended]
        return any(inventions[row["invention_id"]]["status"] not in ("REJECTED", "WITHDRAWN") for row in mine)

    def claimed(invention: int) -> bool:
        return any(whose(tables["need"][row["need_id"]]) for row in claims if row["invention_id"] == invention)

    received = pick("complaint", lambda row: inside(row["received_at"]) and ours(row))
    judged = {key for key in received if tables["complaint"][key]["received_at"] < now - DAY}
    answers = pick("escalation_answer", lambda row: inside(row["answered_at"]) and whose(row))
    waiting = pick(
        "escalation", lambda row: inside(row["asked_at"]) and row["status"] in ("OPEN", "ACKNOWLEDGED") and whose(row)
    )
    shipped = pick("invention", lambda row: row["status"] in ("SHIPPED", "MEASURED") and inside(row["shipped_at"]))
    shipped = {key for key in shipped if team is None or claimed(key)}
    citing = {key for key in shipped if cites(key, "ACCEPTED")}
    found = pick("need", lambda row: row["created_at"] < ended and whose(row))
    active = {key for key in found if tables["need"][key]["status"] in ACTIVE}
    # the Mondays that came
    weeks = {
        week for week in range((began + SHIFT) // WEEK, (ended + SHIFT) // WEEK + 1) if inside(week * WEEK - SHIFT)
    }
    weeks = {week for week in weeks if week * WEEK - SHIFT <= now}
    exposed = pick("exposure", lambda row: row["week"] in weeks)
    known = {tables["exposure"][key]["week"] for key in exposed}
    counted = pick("complaint", lambda row: (row["occurred_at"] + SHIFT) // WEEK in known and ours(row))
    took = [tables["escalation_answer"][key] for key in answers]
    lists = {
        "linked": ("linkedComplaints", {key for key in judged if linked(tables["complaint"][key])}),
        "received": ("receivedComplaints", judged),
        "unjudged": ("unjudgedComplaints", received - judged),
        "answer": ("answers", answers),
        "waiting": ("waitingQuestions", waiting),
        "citing": ("citingInventions", citing),
        "shipped": ("shippedInventions", shipped),
        "undecided": ("undecidedInventions", {key for key in shipped - citing if cites(key, "PENDING")}),
        "served": ("servedNeeds", {key for key in active if served(key)}),
        "active": ("activeNeeds", active),
        "emerging": ("emergingNeeds", {key for key in found if tables["need"][key]["status"] == "EMERGING"}),
        "complaint": ("countedComplaints", counted),
    }
    count = {name: len(keys) for name, (_, keys) in lists.items()}
    customers = sum(tables["exposure"][key]["active_customers"] for key in exposed)
    heard = team is None or products
    return {
        "began": began,
        "ended": ended,
        **{f"{name}_count": number for name, number in count.items()},
        **dict(lists.values()),
        "exposures": exposed,
        "active_customers": customers,
        "weeks_missing": len(weeks) - len(exposed),
        "median_answer_hours": round(median(row["answered_at"] - row["asked_at"] for row in took) / 3_600_000, 4)
        if took
        else None,
        "linked_share": share(count["linked"], count["received"]),
        "citing_share": share(count["citing"], count["shipped"]),
        "served_share": share(count["served"], count["active"]),
        "complaints_per_thousand": share(1000 * count["complaint"], customers) if heard else None,
    }


def share(some: int, whole: int) -> float | None:
    return round(some / whole, 4) if whole else None
