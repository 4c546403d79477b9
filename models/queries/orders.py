"""What a run was asked to do, and where its reading may begin."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import orjson

from ..database import Database
from ..errors import NotFound

__all__ = ["before", "parameters", "same_models", "settle"]

POLL_SECONDS = 0.05


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


async def same_models(db: Database, run_id: int) -> bool:
    """Whether the latest run that succeeded had the models of this one, all of the same versions."""
    sql = (
        "SELECT COUNT(*) FROM inference_run this JOIN inference_run last ON CAST(last.models AS TEXT) = CAST(this.models AS TEXT)"
        " WHERE this.id = ?1 AND last.id = (SELECT MAX(id) FROM inference_run WHERE status = 'SUCCEEDED')"
    )
    return bool(await db.value(db.sql(sql), (run_id,)))


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
