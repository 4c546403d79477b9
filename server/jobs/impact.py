"""Measuring what shipped inventions did: on request, and once a week by itself."""

from __future__ import annotations

import asyncio
import logging
import os
import sys
from collections.abc import Sequence
from typing import Any

import orjson

from ...models.actor import Actor
from ...models.commands import impacts
from ...models.database import Database
from ...models.errors import Busy, Refusal
from ...models.impact import CountModel, Measured, Outcome, PlaceboDraft
from ...models.queries import impact as queries
from ..logs import report_error
from .watch import Watch

__all__ = ["Measuring", "measured"]

log = logging.getLogger(__name__)

COMMAND = (sys.executable, "-P", "-m", "nobodyasked.server.jobs.estimate")
POLL_SECONDS = 600.0
THREADS = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
FAILED = "It could not be measured. Try again; if it happens again, quote {} when you report it."


async def measured(db: Database, invention_id: int) -> list[Outcome]:
    """What a shipped invention did to each need that it claims. Takes some seconds. Raises NotFound, IllegalTransition,
    Busy."""
    counts = await queries.counts(db, invention_id)
    after = [index for index, week in enumerate(counts.weeks) if week >= counts.shipped]
    before = [index for index, week in enumerate(counts.weeks) if week < counts.shipped]
    exposure = counts.exposure

    def units(indices: list[int]) -> float:
        return sum(exposure[index] for index in indices) / 1000 if exposure else float(len(indices))

    orders = [
        {
            "series": {
                "weeks": counts.weeks,
                "counts": series,
                "shipped": counts.shipped,
                "controls": counts.controls if counts.control_needs else [],
                "exposure": exposure or [],
            },
            "residual": [sum(series[index] for index in after), units(after)] if after else None,
        }
        for series in counts.needs.values()
    ]
    answers = (
        await estimated(orders) if orders and counts.weeks else [{"estimate": None, "residual": None}] * len(orders)
    )
    return [
        Outcome(
            need_id=need,
            measured=_measured(answer["estimate"]),
            shipped=counts.shipped,
            since=counts.weeks[0] if counts.weeks else counts.shipped,
            through=counts.weeks[-1] if counts.weeks else counts.shipped - 1,
            weeks_before=len(before),
            weeks_after=len(after),
            complaints_before=sum(series[index] for index in before),
            complaints_after=sum(series[index] for index in after),
            control_needs=counts.control_needs,
            per_customers=exposure is not None,
            units_before=units(before),
            units_after=units(after),
            residual=None if answer["residual"] is None else (answer["residual"][0], answer["residual"][1]),
        )
        for (need, series), answer in zip(counts.needs.items(), answers, strict=True)
    ]


def _measured(found: dict[str, Any] | None) -> Measured | None:
    if found is None:
        return None
    placebos = [PlaceboDraft(**one) for one in found.pop("placebos")]
    return Measured(model=CountModel(found.pop("family")), placebos=placebos, **found)


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
