"""Weekly counts of needs, and how far severe words carry: what trends are told from."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

from ..database import Database
from ..fields import MONDAY_SHIFT_MS, WEEK_MS
from ..need import LIVE_NEEDS
from .impact import GAP_WEEKS

__all__ = ["SEVERE", "Extent", "alert_count", "extent", "first_heard", "likely", "severe_reach", "weekly"]

LIVE = ", ".join(f"'{status}'" for status in LIVE_NEEDS)
SEVERE = 4
"""Severity, 1 to 5, from which words are severe."""

LIKELY = 0.5
"""Confidence from which evidence is likelier right than wrong."""


class Extent(NamedTuple):
    """Numbers of the first week and of the latest one in which anybody said anything, and what is known between."""

    first: int
    last: int
    whole: int
    """The latest week that was heard to its end: somebody spoke on its Sunday, or later. An import may end on any day."""
    begins: Sequence[int]
    """Weeks that come after a gap in what was imported, or after nothing; ascending."""

    def begin(self, week: int) -> int:
        """The first week of those up to `week` that lie together: what was said before it may be missing."""
        return max((one for one in self.begins if one <= week), default=week)


async def extent(db: Database) -> Extent | None:
    """Which weeks there are; None where nobody said anything. Raises Busy."""
    rows = await db.rows(
        "SELECT week, (SELECT MAX(occurred_at) FROM complaint) FROM complaint_week WHERE complaints > 0 ORDER BY week"
    )
    if not rows:
        return None
    weeks = [week for week, _ in rows]
    begins = [weeks[0], *(week for before, week in pairwise(weeks) if week - before > GAP_WEEKS)]
    last, latest = weeks[-1], rows[-1][1]
    whole = last
    if latest < last * WEEK_MS - MONDAY_SHIFT_MS + 6 * WEEK_MS // 7:
        # what is silent between them is a week like others, or else a gap
        whole = last - 1 if last not in begins else weeks[-2] if len(weeks) > 1 else last - 1
    return Extent(weeks[0], last, whole, begins)


async def weekly(db: Database, first: int, last: int) -> list[tuple[int, int, int]]:
    """(need, week, distinct customers) of live needs from one week to another, both included; weeks without any are left out.

    Out of the roll-up. Raises Busy.
    """
    return await db.rows(
        db.sql(
            "SELECT w.need_id, w.week, w.customers FROM need_week w JOIN need n ON n.id = w.need_id"
            f" WHERE w.week >= ?1 AND w.week <= ?2 AND w.customers > 0 AND n.status IN ({LIVE})"
        ),
        (first, last),
    )


async def first_heard(db: Database) -> dict[int, int]:
    """By live need with evidence, when the first of it was said, in milliseconds. Raises Busy."""
    sql = f"SELECT id, first_at FROM need WHERE status IN ({LIVE}) AND first_at IS NOT NULL"
    return dict(map(tuple, await db.rows(sql)))


async def severe_reach(db: Database, week: int) -> dict[int, float]:
    """By need, the people reached by those whose words of a week that support it are severe; each customer once.

    Looks at the complaints of the week alone. Raises Busy.
    """
    begin = week * WEEK_MS - MONDAY_SHIFT_MS
    rows = await db.rows(
        db.sql(
            "SELECT x.need_id, SUM(CAST(u.reach AS double precision)) FROM (SELECT DISTINCT e.need_id, e.voice"
            " FROM complaint c JOIN evidence e ON e.complaint_id = c.id AND e.stance = 'SUPPORTS' AND e.live = true"
            f" JOIN need n ON n.id = e.need_id AND n.status IN ({LIVE})"
            f" WHERE c.occurred_at >= ?1 AND c.occurred_at < ?2 AND c.severity >= {SEVERE}) x"
            " JOIN customer u ON u.id = x.voice AND u.reach IS NOT NULL GROUP BY x.need_id"
        ),
        (begin, begin + WEEK_MS),
    )
    return dict(map(tuple, rows))


async def likely(db: Database, week: int, need_ids: Sequence[int]) -> dict[int, int]:
    """By need, the customers whose words of a week support it likelier than not: surely enough, or as a person said. Raises Busy."""
    begin = week * WEEK_MS - MONDAY_SHIFT_MS
    rows = await db.rows(
        db.sql(
            "SELECT e.need_id, COUNT(DISTINCT e.voice) FROM complaint c JOIN evidence e ON e.complaint_id = c.id"
            " AND e.stance = 'SUPPORTS' AND e.live = true AND (e.status = 'ACCEPTED' OR e.confidence >= ?3)"
            " WHERE c.occurred_at >= ?1 AND c.occurred_at < ?2 GROUP BY e.need_id"
        ),
        (begin, begin + WEEK_MS, LIKELY),
    )
    return {need: count for need, count in rows if need in need_ids}


async def alert_count(db: Database) -> int:
    """How many alerts there are. Raises Busy."""
    return await db.value("SELECT COUNT(*) FROM alert")
