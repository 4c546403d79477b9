"""The counts that a need carries, brought back in line with its evidence."""

from __future__ import annotations

from collections.abc import Iterable

from ..database import Transaction
from ..fields import now_ms

__all__ = ["recount"]

ACTIVE_VOICES = 2
"""Distinct voices from which a need is no longer emerging."""


async def recount(transaction: Transaction, need_ids: Iterable[int]) -> None:
    """Count the live evidence of these needs again, and move them between EMERGING and ACTIVE.

    Later states stay: they were reached by decisions, which counting must not take back. Versions stay too, since
    nothing changes here that a person edits.
    """
    ids = sorted(set(need_ids))
    if not ids:
        return
    sql = f"""
    UPDATE need SET
        evidence_count = t.evidence, customer_count = t.voices, asking_count = t.asking,
        first_at = t.first_at, last_at = t.last_at, updated_at = ?3,
        status = CASE WHEN need.status NOT IN ('EMERGING', 'ACTIVE') THEN need.status
            WHEN t.voices >= {ACTIVE_VOICES} THEN 'ACTIVE' ELSE 'EMERGING' END
    FROM (
        SELECT n.id, COUNT(e.id) AS evidence, COUNT(DISTINCT e.voice) AS voices,
            COUNT(DISTINCT CASE WHEN s.kind = 'ASK' THEN e.voice END) AS asking,
            MIN(c.occurred_at) AS first_at, MAX(c.occurred_at) AS last_at
        FROM need n
        LEFT JOIN evidence e ON e.need_id = n.id AND e.live = ?2
        LEFT JOIN span s ON s.id = e.span_id
        LEFT JOIN complaint c ON c.id = e.complaint_id
        WHERE {transaction.among("n.id", "?1")} GROUP BY n.id
    ) AS t WHERE need.id = t.id
    """
    await transaction.execute(sql, (transaction.listed(ids), True, now_ms()))
