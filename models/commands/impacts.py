"""Writing what a shipped invention did, and what becomes of it and of the needs that it claims."""

from __future__ import annotations

from collections.abc import Sequence

import orjson

from ..actor import Actor
from ..database import Database, Transaction
from ..event import Topic
from ..fields import MONDAY_SHIFT_MS, WEEK_MS, from_ms, now_ms
from ..impact import Outcome, Verdict
from ..invention import TRANSITIONS, Step
from ..team import Role
from ..text import exact
from .events import tell
from .reviews import bump, stand, step
from .rows import locked, locked_needs

__all__ = ["measure"]

COLUMNS = {
    "invention_id": "bigint",
    "need_id": "bigint",
    "verdict": "text",
    "ratio": "float8",
    "low": "float8",
    "high": "float8",
    "p_value": "float8",
    "level_ratio": "float8",
    "trend_ratio": "float8",
    "model": "text",
    "dispersion": "float8",
    "autocorrelation": "float8",
    "control_needs": "int4",
    "weeks_before": "int4",
    "weeks_after": "int4",
    "complaints_before": "int4",
    "complaints_after": "int4",
    "per_customers": "bool",
    "rate_before": "float8",
    "residual_rate": "float8",
    "residual_low": "float8",
    "residual_high": "float8",
    "placebo_dates": "int4",
    "placebo_rejections": "int4",
    "placebos": "jsonb",
    "since": "int4",
    "through": "int4",
    "shipped_week": "int4",
    "measured_at": "bigint",
}
CONFLICT = "ON CONFLICT (invention_id, need_id) DO UPDATE SET " + ", ".join(
    f"{column} = excluded.{column}" for column in COLUMNS if column not in ("invention_id", "need_id")
)
MOVED = {Verdict.RELIEVED: "RELIEVED", Verdict.REGRESSED: "REGRESSED"}


async def measure(
    db: Database, actor: Actor, invention_id: int, outcomes: Sequence[Outcome], version: int | None = None
) -> None:
    """Keep the outcomes in place of those of before; with a verdict on any need the invention is MEASURED.

    Needs with a verdict become RELIEVED or REGRESSED; where the measurement is inconclusive, or the data insufficient,
    they stay as they are. Needs CURATOR. `version` is the one that was read, where a person asked for it. Raises
    Forbidden, NotFound, StaleVersion, IllegalTransition, Busy.
    """
    actor.require(Role.CURATOR)

    async def work(transaction: Transaction) -> None:
        (current,) = await locked(transaction, "invention", invention_id, "version", "invention", ("inventionId",))
        await stand(transaction, invention_id, current if version is None else version, Step.MEASURE)
        needs = await locked_needs(transaction, [outcome.need_id for outcome in outcomes])
        now = now_ms()
        rows = [row_of(invention_id, outcome, now) for outcome in outcomes if outcome.need_id in needs]
        await transaction.insert("impact", COLUMNS, rows, conflict=CONFLICT)
        for verdict, status in MOVED.items():
            told = await transaction.rows(
                f"UPDATE need SET status = ?2, updated_at = ?3 WHERE {transaction.among('id', '?1')}"
                " AND status IN ('ADDRESSED', 'RELIEVED', 'REGRESSED') AND status <> ?2 RETURNING id",
                (transaction.listed([one.need_id for one in outcomes if one.verdict is verdict]), status, now),
            )
            moved = sorted(id for (id,) in told)
            await tell(transaction, Topic.NEED_CHANGED, moved, {"change": status, "invention": invention_id})
        _, after = TRANSITIONS[Step.MEASURE]
        if any(outcome.measured for outcome in outcomes):
            await step(transaction, invention_id, Step.MEASURE)
        else:
            await bump(transaction, invention_id, {}, f"{after.value}_INSUFFICIENT_DATA")

    await db.retrying(work)


def row_of(invention_id: int, outcome: Outcome, now: int) -> tuple[object, ...]:
    found = outcome.measured
    before = outcome.complaints_before / outcome.units_before if outcome.units_before else None
    after = outcome.complaints_after / outcome.units_after if outcome.units_after else None
    low, high = outcome.residual or (None, None)
    placebos = [
        {
            "week": from_ms(one.week * WEEK_MS - MONDAY_SHIFT_MS).date().isoformat(),
            "ratio": exact(one.ratio),
            "low": exact(one.low),
            "high": exact(one.high),
        }
        for one in (found.placebos if found else ())
    ]
    numbers = (
        [found.ratio, found.low, found.high, found.p_value, found.level_ratio, found.trend_ratio]
        if found
        else [None] * 6
    )
    return (
        invention_id,
        outcome.need_id,
        outcome.verdict.value,
        *map(_exact, numbers),
        found and found.model.value,
        _exact(found and found.dispersion),
        _exact(found and found.autocorrelation),
        outcome.control_needs if found is None or found.controlled else 0,
        outcome.weeks_before,
        outcome.weeks_after,
        outcome.complaints_before,
        outcome.complaints_after,
        outcome.per_customers,
        *map(_exact, (before, after, low, high)),
        len(placebos),
        sum(not one["low"] <= 1 <= one["high"] for one in placebos),
        orjson.dumps(placebos).decode(),
        outcome.since,
        outcome.through,
        outcome.shipped,
        now,
    )


def _exact(value: float | None) -> float | None:
    return None if value is None else exact(value)
