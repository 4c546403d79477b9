"""Needs that people have spoken of: what runs must leave as it is."""

from __future__ import annotations

from ..database import Database

__all__ = ["ANCHORED", "anchors", "dismissed"]

ANCHORED = (
    "(n.confirmed = TRUE OR n.statement_basis = 'HUMAN' OR n.team_id IS NOT NULL OR n.aspect_decided = TRUE"
    " OR EXISTS (SELECT 1 FROM need m WHERE m.merged_into_id = n.id AND m.merged_by_run = FALSE)"
    " OR EXISTS (SELECT 1 FROM claim c WHERE c.need_id = n.id))"
)
"""Condition on a need `n`: confirmed, named, given to a team or an aspect, made of others by a person, or claimed."""


async def anchors(db: Database) -> set[int]:
    """Ids of the anchored needs that are neither dismissed nor merged."""
    sql = f"SELECT n.id FROM need n WHERE n.status NOT IN ('DISMISSED', 'MERGED') AND {ANCHORED}"
    return {id for (id,) in await db.rows(sql)}


async def dismissed(db: Database) -> set[int]:
    """Ids of the needs that a curator dismissed."""
    return {id for (id,) in await db.rows("SELECT id FROM need WHERE status = 'DISMISSED'")}
