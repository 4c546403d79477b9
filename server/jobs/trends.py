"""Looks at what needs are heard of, week by week: alerts, and which needs rise, fall or are new since a time."""

from __future__ import annotations

import asyncio

from ...inference.trend import FALSE_SHARE, LEAST_WEEKS, PAST_WEEKS, Movement, movements, surges
from ...models.alert import AlertKind
from ...models.commands.alerts import AlertDraft, raise_alerts
from ...models.database import Database
from ...models.errors import Invalid
from ...models.fields import monday, now_ms, week_of
from ...models.queries import trends
from .watch import Watch

__all__ = ["Movement", "Trends"]

LEAST_CUSTOMERS = 3
"""Fewer customers in a week are no surge, however few were expected, and no more are those who likely speak of something else."""


class Trends(Watch):
    """Checks now and then; what the graph asks for is worked out at once."""

    def __init__(self, database: Database, *, viral_reach: int, every_seconds: float = 0) -> None:
        super().__init__("trends", every_seconds, waits_first=True)
        self._database = database
        self._viral_reach = viral_reach

    async def start(self) -> None:
        """Check every `every_seconds`, the first time after so long; never where that is 0."""
        if self._seconds:
            await super().start()

    async def once(self) -> None:
        """Check the week under way and the one before it."""
        week = week_of(now_ms())
        for one in (week - 1, week):
            await self.check(one)

    async def check(self, week: int) -> list[int]:
        """Raise the alerts of a week, by its number; ids of those that are new. Raises Busy.

        A week under way is held against what is expected of all of it, so that an alert may come early but not too
        soon: it would come at the end of the week as well, since counts only grow and p-values only fall.
        """
        extent = await trends.extent(self._database)
        if extent is None:
            return []
        viral = await trends.severe_reach(self._database, week)
        first = max(extent.begin(week), week - PAST_WEEKS)
        rows = await trends.weekly(self._database, first, week)
        heard = {need: count for need, at, count in rows if at == week}
        surprises: dict[int, tuple[float, float, float]] = {}
        worth = any(
            count >= LEAST_CUSTOMERS or viral.get(need, 0) >= self._viral_reach for need, count in heard.items()
        )
        if worth and week - first >= LEAST_WEEKS:
            surprises = await asyncio.to_thread(surges, rows, first, week)
        standing_out = [
            need for need, (_, _, q) in surprises.items() if q <= FALSE_SHARE and heard.get(need, 0) >= LEAST_CUSTOMERS
        ]
        likely = await trends.likely(self._database, week, standing_out) if standing_out else {}
        found: list[AlertDraft] = []
        for need, observed in sorted(heard.items()):
            expected, p, q = surprises.get(need, (None, None, None))
            reach = viral.get(need, 0.0)
            if q is not None and need in standing_out and likely.get(need, 0) >= LEAST_CUSTOMERS:
                found.append(AlertDraft(need, AlertKind.SURGE, observed, expected, p, q, reach))
            if reach >= self._viral_reach:
                found.append(AlertDraft(need, AlertKind.VIRAL, observed, expected, p, q, reach))
        return await raise_alerts(self._database, week, found)

    async def movements(self, since: int) -> list[Movement]:
        """Every live need that was heard of since the week that holds a time (in milliseconds), or before it.

        In whole weeks, up to the latest that was heard to its end, against the weeks before, from the last gap in what was
        imported on. Surest first. Raises Invalid where no week has ended since, or too few lie before; Busy.
        """
        extent = await trends.extent(self._database)
        begin = week_of(since)
        last = -1 if extent is None else min(extent.whole, week_of(now_ms()) - 1)
        if extent is None or last < begin:
            raise Invalid("No whole week with complaints has ended since then: give an earlier time.", path=("since",))
        heard_from = extent.begin(last)
        if begin - heard_from < LEAST_WEEKS:
            soonest = heard_from + LEAST_WEEKS
            raise Invalid(
                f"There are {max(0, begin - heard_from)} weeks before that time since complaints began, or began again after a"
                f" gap; a comparison takes {LEAST_WEEKS}: "
                + (
                    f"give a time from {monday(soonest)} on."
                    if soonest <= last
                    else f"there can be one once the week of {monday(soonest)} has ended with complaints."
                ),
                path=("since",),
            )
        first = max(heard_from, begin - PAST_WEEKS)
        rows = await trends.weekly(self._database, first, last)
        heard = await trends.first_heard(self._database)
        weeks = {need: week_of(at) for need, at in heard.items()}
        return await asyncio.to_thread(movements, rows, weeks, first, begin, last)
