"""What a run found, in few words: for people at a command line."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import orjson

from ..database import Database
from ..need import LIVE_NEEDS
from ..run import RunStatus

__all__ = ["Outcome", "TopNeed", "first_complaint", "has_source", "last_read", "outcome", "titles", "top_needs"]

LIVE = ", ".join(f"'{status}'" for status in LIVE_NEEDS)


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a run ended."""

    id: int
    status: RunStatus
    failure: str | None
    counts: dict[str, int]
    timings: dict[str, float]
    """Seconds by stage."""


@dataclass(frozen=True, slots=True)
class TopNeed:
    """A need, its counts, and what customers said of it in their own words."""

    id: int
    statement: str
    confidence: float
    customer_count: int
    evidence_count: int
    asking_count: int
    quotes: list[str] = field(default_factory=list)


async def outcome(db: Database, run_id: int) -> Outcome | None:
    """How a run ended or stands; None where there is none of that id."""
    sql = "SELECT id, status, failure, CAST(counts AS TEXT), CAST(timings AS TEXT) FROM inference_run WHERE id = ?1"
    rows = await db.rows(db.sql(sql), (run_id,))
    if not rows:
        return None
    id, status, failure, counts, timings = rows[0]
    return Outcome(id, RunStatus(status), failure, _object(counts), _object(timings))


def _object(text: str | None) -> dict[str, Any]:
    return orjson.loads(text) if text else {}


async def last_read(db: Database) -> int | None:
    """The largest complaint id that a run which succeeded has read; None where none did."""
    return await db.value("SELECT max(watermark) FROM inference_run WHERE status = 'SUCCEEDED'")


async def has_source(db: Database, source: str) -> bool:
    """Whether a complaint came from there."""
    sql = "SELECT id FROM complaint WHERE source = ?1 LIMIT 1"
    return await db.value(db.sql(sql), (source,)) is not None


async def first_complaint(db: Database, source: str) -> int | None:
    """The smallest complaint id of a source; None where nothing came from there."""
    return await db.value(db.sql("SELECT min(id) FROM complaint WHERE source = ?1"), (source,))


async def titles(db: Database, proposer_id: int | None) -> list[str]:
    """Titles of the inventions that a member proposed."""
    sql = "SELECT title FROM invention WHERE proposer_id = ?1 ORDER BY id"
    return [title for (title,) in await db.rows(db.sql(sql), (proposer_id,))]


async def top_needs(db: Database, count: int, quotes: int) -> list[TopNeed]:
    """The needs of most customers, each with its surest quotes, at most one from a complaint."""
    sql = (
        "SELECT id, statement, confidence, customer_count, evidence_count, asking_count FROM need"
        f" WHERE status IN ({LIVE}) AND customer_count > 0 ORDER BY customer_count DESC, id LIMIT ?1"
    )
    return [TopNeed(*row, quotes=await _quotes(db, row[0], quotes)) for row in await db.rows(db.sql(sql), (count,))]


async def _quotes(db: Database, need_id: int, count: int) -> list[str]:
    # a few more than asked for: several spans of one complaint may stand at the top
    sql = (
        "SELECT e.complaint_id, substr(c.text, s.start_offset + 1, s.end_offset - s.start_offset)"
        " FROM evidence e JOIN span s ON s.id = e.span_id JOIN complaint c ON c.id = e.complaint_id"
        " WHERE e.need_id = ?1 AND e.live AND e.stance = 'SUPPORTS' ORDER BY e.confidence DESC, e.id LIMIT ?2"
    )
    found: dict[str, int] = {}
    for complaint_id, quote in await db.rows(db.sql(sql), (need_id, 8 * count)):
        if complaint_id not in found.values():
            found.setdefault(quote, complaint_id)
    return list(found)[:count]
