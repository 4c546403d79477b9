"""What a run was asked to do, and where its reading may begin."""

from __future__ import annotations

import asyncio
import time
from typing import Any, NamedTuple

import orjson

from ..database import Database
from ..errors import NotFound

__all__ = ["NEW_NEEDS", "Whole", "before", "parameters", "settle", "whole"]

POLL_SECONDS = 0.05
NEW_NEEDS = "new_needs"
"""Count that a run has which only adds to what is known."""


async def parameters(db: Database, run_id: int) -> dict[str, Any]:
    """The settings that a run was started with. Raises NotFound."""
    text = await db.value(db.sql("SELECT CAST(parameters AS TEXT) FROM inference_run WHERE id = ?1"), (run_id,))
    if text is None:
        raise NotFound("There is no such run.", path=("runId",))
    return orjson.loads(text)


async def before(db: Database) -> tuple[int, dict[str, Any]] | None:
    """Watermark and settings of the latest run that succeeded; None where there was none."""
    sql = (
        "SELECT watermark, CAST(parameters AS TEXT) FROM inference_run"
        " WHERE status = 'SUCCEEDED' ORDER BY id DESC LIMIT 1"
    )
    rows = await db.rows(sql)
    return (rows[0][0], orjson.loads(rows[0][1])) if rows else None


class Whole(NamedTuple):
    """The latest run that grouped the whole: what it read, when it began (ms), and whether it and all runs since had the
    models of this one."""

    watermark: int
    began: int
    same_models: bool


async def whole(db: Database, run_id: int) -> Whole | None:
    """What the run `run_id` has to know of the latest that grouped the whole and succeeded; None where there was none."""
    # only those that add to it tell of new needs
    rows = await db.rows(
        db.sql(
            "SELECT watermark, COALESCE(started_at, created_at), (SELECT COUNT(*) FROM inference_run this JOIN inference_run other"
            " ON CAST(other.models AS TEXT) <> CAST(this.models AS TEXT) WHERE this.id = ?1 AND other.status = 'SUCCEEDED'"
            " AND other.id >= whole.id) FROM inference_run whole WHERE status = 'SUCCEEDED' AND CAST(counts AS TEXT) NOT LIKE ?2"
            " ORDER BY id DESC LIMIT 1"
        ),
        (run_id, f'%"{NEW_NEEDS}"%'),
    )
    return Whole(rows[0][0], rows[0][1], not rows[0][2]) if rows else None


async def settle(db: Database, seconds: float = 30.0) -> bool:
    """Wait until every transaction that is under way now has ended; False where one took longer than that.

    PostgreSQL hands out ids before the commit: only then is every complaint below the largest id there to be read.
    SQLite has one writer, whose ids come in order.
    """
    if db.dialect == "sqlite":
        return True
    end = time.monotonic() + seconds
    horizon = await db.value("SELECT pg_snapshot_xmax(pg_current_snapshot())::text::bigint")
    while await db.value("SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint") < horizon:
        if time.monotonic() > end:
            return False
        await asyncio.sleep(POLL_SECONDS)
    return True
