"""What a run was asked to do."""

from __future__ import annotations

from typing import Any

import orjson

from ..database import Database
from ..errors import NotFound

__all__ = ["parameters"]


async def parameters(db: Database, run_id: int) -> dict[str, Any]:
    """The settings that a run was started with. Raises NotFound."""
    text = await db.value(db.sql("SELECT CAST(parameters AS TEXT) FROM inference_run WHERE id = ?1"), (run_id,))
    if text is None:
        raise NotFound("There is no such run.", path=("runId",))
    return orjson.loads(text)
