"""Measuring what shipped inventions did: on request, and once a week by itself."""

from __future__ import annotations

import asyncio
import logging
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from ...models.actor import Actor
from ...models.commands import impacts
from ...models.database import Database
from ...models.errors import Busy, Refusal
from ...models.impact import Basis, CountModel, Measured, Outcome, PlaceboDraft, Reason
from ...models.queries import impact as queries
from ..logs import report_error
from .watch import Watch

__all__ = ["Measuring", "measured"]

log = logging.getLogger(__name__)

COMMAND = (sys.executable, "-P", "-m", "nobodyasked.server.jobs.estimate")
POLL_SECONDS = 600.0
THREADS = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
SHORTAGES = {
    "WEEKS": Reason.TOO_FEW_WEEKS,
    "COMPLAINTS": Reason.TOO_FEW_COMPLAINTS,
    "CONTROLS": Reason.NO_CONTROLS,
}
FAILED = "It could not be measured. Try again; if it happens again, quote {} when you report it."


async def measured(db: Database, invention_id: int) -> list[Outcome]:
    """What a shipped invention did to each need that it claims. Takes some seconds. Raises NotFound, IllegalTransition,
    Busy."""
    counts = await queries.counts(db, invention_id)
    sides = {need: Sides.of(window, counts.shipped) for need, window in counts.needs.items()}
    orders = [
        {
            "series": {
                "weeks": window.weeks,
                "counts": window.counts,
                "shipped": counts.shipped,
                "controls": window.controls,
                "exposure": window.exposure or [],
            },
            "rate": list(sides[need].after),
        }
        for need, window in counts.needs.items()
    ]
    answers = await estimated(orders) if orders else []
    return [
        _outcome(need, counts, window, sides[need], answer)
        for (need, window), answer in zip(counts.needs.items(), answers, strict=True)
    ]


Side = tuple[Sequence[int], Sequence[int], Sequence[float]]
"""Weeks, complaints, and weeks or thousands of customers, of the weeks of which these are known."""


@dataclass(frozen=True, slots=True)
class Sides:
    """The weeks before and after."""

    before: Side
    after: Side

    @classmethod
    def of(cls, window: queries.Window, shipped: int) -> Sides:
        units: list[float | None] = [1.0] * len(window.weeks)
        if window.exposure is not None:
            units = [None if one is None else one / 1000 for one in window.exposure]
        rows = zip(window.weeks, window.counts, units, strict=True)
        known = [(week, count, unit) for week, count, unit in rows if unit is not None]
        before = [row for row in known if row[0] < shipped]
        after = [row for row in known if row[0] >= shipped]
        return cls(_columns(before), _columns(after))


def _columns(rows: Sequence[tuple[int, int, float]]) -> Side:
    return [week for week, *_ in rows], [count for _, count, _ in rows], [unit for *_, unit in rows]


def _rate(side: Side) -> float | None:
    _, counts, units = side
    return sum(counts) / sum(units) if units else None


def _outcome(
    need: int, counts: queries.Counts, window: queries.Window, sides: Sides, answer: dict[str, Any]
) -> Outcome:
    early = [week < counts.shipped for week in window.weeks]
    before = sum(early)
    heard = sum(count for count, one in zip(window.counts, early, strict=True) if one)
    known = len(sides.before[0]) + len(sides.after[0])
    return Outcome(
        need_id=need,
        measured=_measured(answer["estimate"]),
        shortage=SHORTAGES[answer["shortage"]] if answer["shortage"] else None,
        look=answer["look"],
        shipped=counts.shipped,
        since=window.weeks[0] if window.weeks else counts.shipped,
        through=window.through,
        weeks_before=before,
        weeks_after=len(early) - before,
        complaints_before=heard,
        complaints_after=sum(window.counts) - heard,
        control_needs=counts.control_needs,
        per_customers=window.exposure is not None,
        exposure_weeks=window.exposure_weeks,
        exposure_filled=0 if window.exposure is None else known - window.exposure_weeks,
        rate_before=_rate(sides.before),
        rate_after=_rate(sides.after),
        residual=None if answer["rate"] is None else (answer["rate"][0], answer["rate"][1]),
    )


def _measured(found: dict[str, Any] | None) -> Measured | None:
    if found is None:
        return None
    placebos = [PlaceboDraft(**one) for one in found.pop("placebos")]
    return Measured(model=CountModel(found.pop("family")), basis=Basis(found.pop("basis")), placebos=placebos, **found)


async def estimated(orders: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """What the process of `estimate.py` answers. Raises Busy."""
    process = await asyncio.create_subprocess_exec(
        *COMMAND,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        start_new_session=True,
        env={**os.environ, **THREADS},
    )
    try:
        out, _ = await process.communicate(orjson.dumps(orders) + b"\n")
    finally:
        if process.returncode is None:
            process.kill()
            await asyncio.shield(process.wait())
    if process.returncode != 0:
        error = report_error(RuntimeError(f"the process that measures ended with code {process.returncode}"))
        raise Busy(FAILED.format(error))
    return orjson.loads(out)


class Measuring(Watch):
    """Measures what is due: whatever shipped, once a week is over."""

    def __init__(self, database: Database, *, poll_seconds: float = POLL_SECONDS) -> None:
        super().__init__("measuring", poll_seconds)
        self._database = database

    async def once(self) -> int:
        """Measure what is due now; how many inventions that were."""
        done = 0
        for invention in await queries.due(self._database):
            try:
                outcomes = await measured(self._database, invention)
                await impacts.measure(self._database, Actor.operator(), invention, outcomes)
                done += 1
            except Refusal as refusal:
                log.info("invention %d was not measured: %s", invention, refusal.message)
        return done
