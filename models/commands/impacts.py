"""Writing what a shipped invention did, and what becomes of it and of the needs that it claims."""

from __future__ import annotations

from collections.abc import Sequence

import orjson

from ..actor import Actor
from ..database import Database, Transaction
from ..event import Topic
from ..fields import MONDAY_SHIFT_MS, WEEK_MS, from_ms, now_ms
from ..impact import Basis, Judgement, Outcome, Reason, Verdict
from ..invention import TRANSITIONS, Step
from ..team import Role
from ..text import estimate
from .events import tell
from .reviews import bump, stand, step
from .rows import locked, locked_needs

__all__ = ["measure"]

COLUMNS = {
    "invention_id": "bigint",
    "need_id": "bigint",
    "verdict": "text",
    "reason": "text",
    "look": "int4",
    "look_low": "float8",
    "look_high": "float8",
    "basis": "text",
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
    "exposure_weeks": "int4",
    "exposure_filled": "int4",
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
    """Keep the outcomes in place of those of before; with an estimate for any need the invention is MEASURED.

    A verdict is taken at set looks only, and stands in between. Needs on which one was taken now become RELIEVED or
    REGRESSED; else they stay as they are. Needs CURATOR. `version` is the one that was read, where a person asked for it. Raises
    Forbidden, NotFound, StaleVersion, IllegalTransition, Busy.
    """
    actor.require(Role.CURATOR)

    async def work(transaction: Transaction) -> None:
        (current,) = await locked(transaction, "invention", invention_id, "version", "invention", ("inventionId",))
        await stand(transaction, invention_id, current if version is None else version, Step.MEASURE)
        needs = await locked_needs(transaction, [outcome.need_id for outcome in outcomes])
        now = now_ms()
        last = await judgements(transaction, invention_id)
        found = {one.need_id: one.judged(last.get(one.need_id)) for one in outcomes if one.need_id in needs}
        rows = [row_of(invention_id, one, found[one.need_id], now) for one in outcomes if one.need_id in found]
        await transaction.insert("impact", COLUMNS, rows, conflict=CONFLICT)
        # what stands from an earlier look says nothing new: another invention may have moved the need since
        fresh = {need: one.verdict for need, one in found.items() if one != last.get(need)}
        for verdict, status in MOVED.items():
            told = await transaction.rows(
                f"UPDATE need SET status = ?2, updated_at = ?3 WHERE {transaction.among('id', '?1')}"
                " AND status IN ('ADDRESSED', 'RELIEVED', 'REGRESSED') AND status <> ?2 RETURNING id",
                (transaction.listed([need for need, one in fresh.items() if one is verdict]), status, now),
            )
            moved = sorted(id for (id,) in told)
            await tell(transaction, Topic.NEED_CHANGED, moved, {"change": status, "invention": invention_id})
        _, after = TRANSITIONS[Step.MEASURE]
        if any(outcome.measured for outcome in outcomes):
            await step(transaction, invention_id, Step.MEASURE)
        else:
            await bump(transaction, invention_id, {}, f"{after.value}_INSUFFICIENT_DATA")

    await db.retrying(work)


async def judgements(transaction: Transaction, invention_id: int) -> dict[int, Judgement]:
    """What was said last, by need."""
    rows = await transaction.rows(
        "SELECT need_id, verdict, reason, look, look_low, look_high FROM impact WHERE invention_id = ?1",
        (invention_id,),
    )
    return {
        need: Judgement(Verdict(verdict), Reason(reason) if reason else None, look, low, high)
        for need, verdict, reason, look, low, high in rows
    }


def row_of(invention_id: int, outcome: Outcome, judged: Judgement, now: int) -> tuple[object, ...]:
    found = outcome.measured
    placebos = [
        {
            "week": from_ms(one.week * WEEK_MS - MONDAY_SHIFT_MS).date().isoformat(),
            "ratio": estimate(one.ratio),
            "low": estimate(one.low),
            "high": estimate(one.high),
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
        judged.verdict.value,
        judged.reason and judged.reason.value,
        judged.look,
        *map(_estimate, (judged.low, judged.high)),
        found and found.basis.value,
        *map(_estimate, numbers),
        found and found.model.value,
        _estimate(found and found.dispersion),
        _estimate(found and found.autocorrelation),
        outcome.control_needs if found is None or found.basis is Basis.CONTROLS else 0,
        outcome.weeks_before,
        outcome.weeks_after,
        outcome.complaints_before,
        outcome.complaints_after,
        outcome.per_customers,
        outcome.exposure_weeks,
        outcome.exposure_filled,
        *map(_estimate, (outcome.rate_before, outcome.rate_after, *(outcome.residual or (None, None)))),
        len(placebos),
        sum(not one["low"] <= 1 <= one["high"] for one in placebos),
        orjson.dumps(placebos).decode(),
        outcome.since,
        outcome.through,
        outcome.shipped,
        now,
    )


def _estimate(value: float | None) -> float | None:
    return None if value is None else estimate(value)
