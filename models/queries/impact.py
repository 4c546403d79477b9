"""Weekly counts around a shipment: of the needs that it claims to relieve, of those that nothing shipped for, of customers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from ..database import Database
from ..errors import IllegalTransition, NotFound
from ..fields import MONDAY_SHIFT_MS, WEEK_MS, now_ms, week_of
from ..invention import InventionStatus
from ..need import LIVE_NEEDS
from ..shipment import SHIPPED_INVENTIONS

__all__ = ["Counts", "counts", "due", "last_week"]

GAP_WEEKS = 4
"""So many weeks on end without any complaint at all are a gap in what was imported, not quiet."""
WEEKS_MOST = 104
"""Weeks that are looked at on each side."""
LIVE = ", ".join(f"'{status}'" for status in LIVE_NEEDS)
SHIPPED = ", ".join(f"'{status}'" for status in SHIPPED_INVENTIONS)
UNAFFECTED = (
    "FROM support s JOIN need n ON n.id = s.need_id"
    f" WHERE s.week >= ?2 AND s.week <= ?3 AND n.status IN ({LIVE})"
    " AND NOT EXISTS (SELECT 1 FROM claim k JOIN invention i ON i.id = k.invention_id"
    f" WHERE k.need_id = s.need_id AND i.status IN ({SHIPPED}))"
    # a complaint about both says nothing of the one without the other
    " AND NOT EXISTS (SELECT 1 FROM support x JOIN claim k ON k.need_id = x.need_id"
    " WHERE x.complaint_id = s.complaint_id AND k.invention_id = ?1)"
)


@dataclass(frozen=True, slots=True)
class Counts:
    """Complaints by week, each list parallel to `weeks`."""

    weeks: Sequence[int]
    """Numbers of weeks that lie wholly before or after shipping and are over."""
    shipped: int
    """The first week that lies wholly after shipping."""
    needs: Mapping[int, Sequence[int]]
    controls: Sequence[int]
    """Of all needs that no shipped invention claims, each complaint once."""
    control_needs: int
    exposure: Sequence[int] | None
    """Active customers; None where a week of them is not known."""


def covered(heard: Sequence[int]) -> list[int]:
    """The weeks of which it is known what was said in them, from those in which something was."""
    found = list(heard[:1])
    for before, week in pairwise(heard):
        found += range(before + 1, week) if week - before <= GAP_WEEKS else ()
        found.append(week)
    return found


async def last_week(db: Database) -> int:
    """The last week that is over and in which anything was said, or later."""
    said = await db.value("SELECT MAX(week) FROM complaint_week WHERE complaints > 0")
    return min(week_of(now_ms()) - 1, -1 if said is None else said)


async def due(db: Database) -> list[int]:
    """Shipped inventions that weeks have passed for since they were last measured, or that never were."""
    last = await last_week(db)
    rows = await db.rows(
        db.sql(
            f"SELECT i.id FROM invention i WHERE i.status IN ({SHIPPED}) AND i.shipped_at < ?2 AND EXISTS ("
            f" SELECT 1 FROM claim k JOIN need n ON n.id = k.need_id AND n.status IN ({LIVE}) WHERE k.invention_id = i.id"
            " AND NOT EXISTS (SELECT 1 FROM impact m WHERE m.invention_id = i.id AND m.need_id = k.need_id"
            f" AND (m.through >= ?1 OR m.through >= m.shipped_week + {WEEKS_MOST - 1}))) ORDER BY i.id"
        ),
        (last, last * WEEK_MS - MONDAY_SHIFT_MS),
    )
    return [id for (id,) in rows]


async def counts(db: Database, invention_id: int) -> Counts:
    """What a measurement takes. Raises NotFound, IllegalTransition where it has not shipped, Busy."""
    rows = await db.rows(db.sql("SELECT status, shipped_at FROM invention WHERE id = ?1"), (invention_id,))
    if not rows:
        raise NotFound("There is no such invention.", path=("inventionId",))
    status, shipped_at = rows[0]
    if InventionStatus(status) not in SHIPPED_INVENTIONS or shipped_at is None:
        allowed = [one.value for one in SHIPPED_INVENTIONS]
        raise IllegalTransition("The invention", status, "the step 'measure'", allowed=allowed)
    within = week_of(shipped_at)
    # a week that it shipped in the middle of belongs to neither side
    whole = shipped_at == within * WEEK_MS - MONDAY_SHIFT_MS
    shipped = within if whole else within + 1
    start, last = within - WEEKS_MOST, min(await last_week(db), shipped + WEEKS_MOST - 1)
    sql = "SELECT week FROM complaint_week WHERE complaints > 0 AND week >= ?1 AND week <= ?2 ORDER BY week"
    heard = [week for (week,) in await db.rows(db.sql(sql), (start, last))]
    weeks = [week for week in covered(heard) if whole or week != within]
    claimed = await db.rows(
        db.sql(
            "SELECT k.need_id FROM claim k JOIN need n ON n.id = k.need_id"
            f" WHERE k.invention_id = ?1 AND n.status IN ({LIVE}) ORDER BY k.need_id"
        ),
        (invention_id,),
    )
    by_need: dict[int, dict[int, int]] = {id: {} for (id,) in claimed}
    sql = (
        "SELECT w.need_id, w.week, w.complaints FROM need_week w JOIN claim k ON k.need_id = w.need_id"
        " WHERE k.invention_id = ?1 AND w.week >= ?2 AND w.week <= ?3"
    )
    for need, week, complaints in await db.rows(db.sql(sql), (invention_id, start, last)):
        if need in by_need:
            by_need[need][week] = complaints
    sql = f"SELECT s.week, COUNT(DISTINCT s.complaint_id) {UNAFFECTED} GROUP BY s.week"
    controls = dict(map(tuple, await db.rows(db.sql(sql), (invention_id, start, last))))
    sql = f"SELECT COUNT(DISTINCT s.need_id) {UNAFFECTED}"
    control_needs = await db.value(db.sql(sql), (invention_id, start, last))
    sql = "SELECT week, active_customers FROM exposure WHERE week >= ?1 AND week <= ?2"
    exposure = dict(map(tuple, await db.rows(db.sql(sql), (start, last))))
    return Counts(
        weeks,
        shipped,
        {need: [found.get(week, 0) for week in weeks] for need, found in by_need.items()},
        [controls.get(week, 0) for week in weeks],
        control_needs,
        [exposure[week] for week in weeks] if weeks and exposure.keys() >= set(weeks) else None,
    )
