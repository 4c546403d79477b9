"""Which run waits."""

from __future__ import annotations

from ..database import Database
from ..run import RunStatus

__all__ = ["status", "waiting"]


async def waiting(db: Database) -> int | None:
    """The run that has waited longest, if one waits."""
    return await db.value("SELECT id FROM inference_run WHERE status = 'PENDING' ORDER BY id LIMIT 1", quick=True)


async def status(db: Database, run_id: int) -> RunStatus | None:
    """Where a run stands; None where there is none of that id."""
    value = await db.value(db.sql("SELECT status FROM inference_run WHERE id = ?1"), (run_id,), quick=True)
    return None if value is None else RunStatus(value)
