"""Weekly counts around a shipment: of the needs that it claims to relieve, of those that nothing shipped for, of customers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from ..database import Database
from ..errors import IllegalTransition, NotFound
from ..fields import MONDAY_SHIFT_MS, WEEK_MS, now_ms, week_of
from ..invention import InventionStatus
from ..need import LIVE_NEEDS
from ..shipment import SHIPPED_INVENTIONS

__all__ = ["GAP_WEEKS", "Counts", "Window", "counts", "due", "last_week"]

GAP_WEEKS = 4
"""So many weeks on end without any complaint at all are a gap in what was imported, not quiet. The active customers of
fewer weeks that nobody told are taken to lie between those of the weeks around."""
WEEKS_MOST = 104
"""Weeks that are looked at on each side."""
SHARED = 20
"""One of so many complaints about an unaffected need may also be about one that is claimed."""
LIVE = ", ".join(f"'{status}'" for status in LIVE_NEEDS)
SHIPPED = ", ".join(f"'{status}'" for status in SHIPPED_INVENTIONS)
SHIPMENTS = (
    "SELECT k.need_id, i.id, i.shipped_at FROM claim k JOIN invention i ON i.id = k.invention_id"
    f" WHERE i.status IN ({SHIPPED}) AND i.shipped_at IS NOT NULL"
)
# what is said of both needs says nothing of the one without the other; a need that was heard of on one side alone came
# or went with something else
CONTROLS = (
    "WITH near AS (SELECT s.need_id, s.complaint_id, s.week, CASE WHEN EXISTS (SELECT 1 FROM support x"
    " JOIN claim k ON k.need_id = x.need_id WHERE x.complaint_id = s.complaint_id AND k.invention_id = ?1)"
    " THEN 1 ELSE 0 END AS shared FROM support s JOIN need n ON n.id = s.need_id"
    f" WHERE s.week >= ?2 AND s.week <= ?3 AND n.status IN ({LIVE})"
    " AND NOT EXISTS (SELECT 1 FROM claim k JOIN invention i ON i.id = k.invention_id WHERE k.need_id = s.need_id"
    f" AND (i.id = ?1 OR i.status IN ({SHIPPED}) AND i.shipped_at >= ?5 AND i.shipped_at < ?6))),"
    f" fit AS (SELECT need_id FROM near GROUP BY need_id HAVING SUM(shared) * {SHARED} <= COUNT(*)"
    " AND MIN(week) < ?4 AND MAX(week) >= ?4)"
    " SELECT e.week, COUNT(DISTINCT e.complaint_id), (SELECT COUNT(*) FROM fit)"
    " FROM near e JOIN fit f ON f.need_id = e.need_id WHERE e.shared = 0 GROUP BY e.week"
)


@dataclass(frozen=True, slots=True)
class Window:
    """Complaints about one need by week, each list parallel to `weeks`."""

    weeks: Sequence[int]
    """Numbers of weeks that are over and lie wholly before or after shipping, and after the shipment before it and before
    the next one for the same need."""
    through: int
    """The last week that was looked at, whether anything was said in it or not."""
    counts: Sequence[int]
    controls: Sequence[int]
    """Of all unaffected needs, each complaint once."""
    exposure: Sequence[float | None] | None
    """Active customers; None where they are known of less than half of the weeks on a side."""
    exposure_weeks: int
    """Weeks of which somebody told them."""


@dataclass(frozen=True, slots=True)
class Counts:
    """What a measurement takes."""

    shipped: int
    """The first week that lies wholly after shipping."""
    needs: Mapping[int, Window]
    control_needs: int
    """Needs that no invention claims which shipped in these years, and that share hardly a complaint with those claimed."""


def first_whole(moment: int) -> int:
    """The first week that lies wholly after a moment."""
    return week_of(moment + WEEK_MS - 1)


def between(shipments: Iterable[tuple[int, int]], mine: tuple[int, int]) -> tuple[int, int]:
    """The weeks, first included and last not, in which no other shipment for the same need was under way: between the one
    before and the next one. Shipments are (moment, invention)."""
    others = [one for one in shipments if one[1] != mine[1]]
    begin = max((first_whole(at) for at, id in others if (at, id) < mine), default=0)
    return begin, min((week_of(at) for at, id in others if (at, id) > mine), default=2**31)


def filled(told: Mapping[int, int]) -> dict[int, float]:
    """Active customers by week, those of a few untold weeks in a straight line between the told ones around them."""
    known: dict[int, float] = {week: float(customers) for week, customers in told.items()}
    for left, right in pairwise(sorted(told)):
        if right - left <= GAP_WEEKS:
            for week in range(left + 1, right):
                known[week] = told[left] + (told[right] - told[left]) * (week - left) / (right - left)
    return known


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
    shipments: dict[int, list[tuple[int, int]]] = {}
    for need, id, at in await db.rows(SHIPMENTS):
        shipments.setdefault(need, []).append((at, id))
    sql = (
        "SELECT i.id, i.shipped_at, k.need_id, m.through FROM invention i JOIN claim k ON k.invention_id = i.id"
        f" JOIN need n ON n.id = k.need_id AND n.status IN ({LIVE})"
        " LEFT JOIN impact m ON m.invention_id = i.id AND m.need_id = k.need_id"
        f" WHERE i.status IN ({SHIPPED}) AND i.shipped_at < ?1"
    )
    rows = await db.rows(db.sql(sql), (last * WEEK_MS - MONDAY_SHIFT_MS,))
    return sorted(
        {
            id
            for id, at, need, through in rows
            if through is None or through < _through(last, at, between(shipments[need], (at, id))[1])
        }
    )


def _through(last: int, shipped_at: int, end: int) -> int:
    """The last week to look at, of those up to `last` and before `end`."""
    shipped = first_whole(shipped_at)
    return max(min(last, shipped + WEEKS_MOST - 1, end - 1), shipped - 1)


async def counts(db: Database, invention_id: int) -> Counts:
    """What a measurement takes. Raises NotFound, IllegalTransition where it has not shipped, Busy."""
    rows = await db.rows(db.sql("SELECT status, shipped_at FROM invention WHERE id = ?1"), (invention_id,))
    if not rows:
        raise NotFound("There is no such invention.", path=("inventionId",))
    status, shipped_at = rows[0]
    if InventionStatus(status) not in SHIPPED_INVENTIONS or shipped_at is None:
        allowed = [one.value for one in SHIPPED_INVENTIONS]
        raise IllegalTransition("The invention", status, "the step 'measure'", allowed=allowed)
    within, shipped = week_of(shipped_at), first_whole(shipped_at)
    start, last = within - WEEKS_MOST, min(await last_week(db), shipped + WEEKS_MOST - 1)
    sql = "SELECT week FROM complaint_week WHERE complaints > 0 AND week >= ?1 AND week <= ?2 ORDER BY week"
    heard = [week for (week,) in await db.rows(db.sql(sql), (start, last))]
    # a week that it shipped in the middle of belongs to neither side
    weeks = [week for week in covered(heard) if week < within or week >= shipped]
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
    shipments: dict[int, list[tuple[int, int]]] = {id: [] for id in by_need}
    sql = f"{SHIPMENTS} AND k.need_id IN (SELECT need_id FROM claim WHERE invention_id = ?1)"
    for need, id, at in await db.rows(db.sql(sql), (invention_id,)):
        shipments.setdefault(need, []).append((at, id))
    bounds = [week * WEEK_MS - MONDAY_SHIFT_MS for week in (start, last + 1)]
    found = await db.rows(db.sql(CONTROLS), (invention_id, start, last, shipped, *bounds))
    controls = {week: complaints for week, complaints, _ in found}
    sql = "SELECT week, active_customers FROM exposure WHERE week > ?1 AND week < ?2"
    told = dict(map(tuple, await db.rows(db.sql(sql), (start - GAP_WEEKS, last + GAP_WEEKS))))
    known = filled(told)
    windows = {}
    for need, mine in by_need.items():
        begin, end = between(shipments[need], (shipped_at, invention_id))
        own = [week for week in weeks if begin <= week < end]
        customers = [known.get(week) for week in own]
        sides = [[one for week, one in zip(own, customers, strict=True) if (week < shipped) == early] for early in (True, False)]  # fmt: skip
        enough = bool(own) and all(2 * side.count(None) <= len(side) for side in sides)
        windows[need] = Window(
            own,
            _through(last, shipped_at, end),
            [mine.get(week, 0) for week in own],
            [controls.get(week, 0) for week in own] if controls else [],
            customers if enough else None,
            sum(week in told for week in own),
        )
    return Counts(shipped, windows, found[0][2] if found else 0)
