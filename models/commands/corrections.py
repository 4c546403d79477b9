"""Confidences that were stated before, corrected by what people have decided since."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ..database import Transaction
from ..need import LIVE_NEEDS
from ..text import exact

__all__ = ["correct"]

AT_ONCE = 10_000
LIVE = ", ".join(f"'{status}'" for status in LIVE_NEEDS)
SOURCES = {
    "links": ("evidence", "need_id, placed", "live = TRUE AND basis = 'MODEL' AND decided_at IS NULL"),
    # of what people made themselves inference says nothing
    "needs": ("need", "id, FALSE", f"status IN ({LIVE}) AND confirmed = FALSE AND called IS NOT NULL"),
}
"""Table, need and whether it was placed, and condition. What people decided keeps what was stated then."""


async def correct(transaction: Transaction, again: Callable[[str, Sequence[float]], Sequence[float]]) -> set[int]:
    """State anew what is live and nobody decided; ids of the needs that have other confidences by it.

    `again` gives the confidences of a kind (`links`, `placed` or `needs`) out of those stated before any correction.
    """
    changed: set[int] = set()
    for kind, (table, columns, where) in SOURCES.items():
        last = 0
        sql = (
            f"SELECT id, {columns}, confidence, COALESCE(uncorrected, confidence) FROM {table}"
            f" WHERE {where} AND id > ?1 ORDER BY id LIMIT {AT_ONCE}"
        )
        while rows := await transaction.rows(sql, (last,)):
            last = rows[-1][0]
            changed |= await _write(transaction, table, kind, rows, again)
    return changed


async def _write(
    transaction: Transaction,
    table: str,
    kind: str,
    rows: Sequence[Sequence],
    again: Callable[[str, Sequence[float]], Sequence[float]],
) -> set[int]:
    changed: set[int] = set()
    moved = []
    for placed in (False, True):
        some = [row for row in rows if bool(row[2]) == placed]
        for (id, need, _, before, stated), sure in zip(
            some, again("placed" if placed else kind, [row[4] for row in some]), strict=True
        ):
            if exact(sure) != before:
                moved.append((id, exact(sure), None if exact(sure) == stated else stated))
                changed.add(need)
    if moved:
        kinds = {"id": "bigint", "confidence": "float8", "uncorrected": "float8"}
        new, parameters = transaction.table("t", kinds, moved)
        await transaction.execute(
            f"UPDATE {table} SET confidence = t.confidence, uncorrected = t.uncorrected FROM {new} WHERE {table}.id = t.id",
            parameters,
        )
    return changed
