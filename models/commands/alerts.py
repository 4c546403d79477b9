"""Raising alerts: one of each kind for each need and week, whoever finds it first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ..alert import AlertKind
from ..database import Database, Transaction
from ..event import Topic
from ..fields import MONDAY_SHIFT_MS, WEEK_MS, from_ms, now_ms
from ..text import estimate
from .events import tell

__all__ = ["AlertDraft", "raise_alerts"]

COLUMNS = {
    "need_id": "bigint",
    "week": "int",
    "day": "text",
    "kind": "text",
    "observed": "int",
    "expected": "float8",
    "p_value": "float8",
    "false_discovery": "float8",
    "reach": "float8",
    "raised_at": "bigint",
}


@dataclass(frozen=True, slots=True)
class AlertDraft:
    """What was found of a need: customers heard and expected, the probability of as many, and that among all needs."""

    need_id: int
    kind: AlertKind
    observed: int
    expected: float | None
    p_value: float | None
    false_discovery: float | None
    reach: float


async def raise_alerts(db: Database, week: int, found: Sequence[AlertDraft]) -> list[int]:
    """Ids of the alerts that are new; those that a need has of the week already, and needs that are gone, are left out.

    Each that is new is told of once, in the transaction that writes it. Raises Busy.
    """
    day = from_ms(week * WEEK_MS - MONDAY_SHIFT_MS).date().isoformat()

    async def work(transaction: Transaction) -> list[int]:
        # locked, so that none goes meanwhile; in one order, so that nobody waits in a circle
        there = await transaction.rows(
            f"SELECT id FROM need WHERE {transaction.among('id', '?1')} ORDER BY id{transaction.for_update}",
            (transaction.listed(sorted(one.need_id for one in found)),),
        )
        ids = {id for (id,) in there}
        now = now_ms()
        written = await transaction.insert(
            "alert",
            COLUMNS,
            [
                (
                    one.need_id,
                    week,
                    day,
                    one.kind.value,
                    one.observed,
                    *(None if value is None else estimate(value) for value in (one.expected, one.p_value)),
                    None if one.false_discovery is None else estimate(one.false_discovery),
                    one.reach,
                    now,
                )
                for one in found
                if one.need_id in ids
            ],
            conflict="ON CONFLICT (need_id, week, kind) DO NOTHING",
            returning="id",
        )
        new = sorted(id for (id,) in written)
        await tell(transaction, Topic.ALERT_RAISED, new)
        return new

    return await db.retrying(work) if found else []
