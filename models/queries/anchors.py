"""Needs that people have spoken of: what runs must leave as it is."""

from __future__ import annotations

from ..database import Database

__all__ = ["ANCHORED", "anchors"]

ANCHORED = (
    "(n.confirmed = TRUE OR n.statement_basis = 'HUMAN'"
    " OR EXISTS (SELECT 1 FROM need m WHERE m.merged_into_id = n.id)"
    " OR EXISTS (SELECT 1 FROM claim c WHERE c.need_id = n.id))"
)
"""Condition on a need `n`: confirmed or named by a person, made by a merge, or claimed by an invention."""


async def anchors(db: Database) -> set[int]:
    """Ids of the anchored needs that are neither dismissed nor merged."""
    sql = f"SELECT n.id FROM need n WHERE n.status NOT IN ('DISMISSED', 'MERGED') AND {ANCHORED}"
    return {id for (id,) in await db.rows(sql)}
