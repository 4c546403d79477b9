"""What importing surveys must know."""

from __future__ import annotations

from ..database import Database

__all__ = ["needs_named", "survey_sources"]


async def needs_named(db: Database) -> dict[str, int]:
    """Keys of needs by their global ids, and by their statements where these are theirs alone."""
    rows = await db.rows("SELECT id, statement, status FROM need ORDER BY id")
    found: dict[str, int] = {}
    twice: set[str] = set()
    for id, statement, status in rows:
        if status not in ("MERGED", "DISMISSED"):
            if statement in found:
                twice.add(statement)
            found[statement] = id
    for statement in twice:
        del found[statement]
    return found | {f"need_{id}": id for id, *_ in rows}


async def survey_sources(db: Database) -> set[str]:
    """Names of the surveys that there are answers of."""
    return {name for (name,) in await db.rows("SELECT DISTINCT source FROM survey_answer")}
