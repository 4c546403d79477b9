"""Needs that an erasure left without a name, and what other people say of them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import NamedTuple

from ..database import Database
from ..need import LIVE_NEEDS
from ..tombstone import ERASED_HASH
from .quote import QUOTE

__all__ = ["ERASED", "Said", "nameless", "others", "said_of", "said_of_late"]

ERASED = "[erased]"
"""What stands in the place of an erased person's words."""
LIVE = ", ".join(f"'{status}'" for status in LIVE_NEEDS)


class Said(NamedTuple):
    """A span of evidence that supports a need: its complaint, text, voice, kind, score of the kind, how surely it belongs there."""

    complaint: int
    text: str
    voice: int
    kind: str
    score: float
    confidence: float


async def nameless(db: Database, among: Collection[int] | None = None) -> list[int]:
    """Live needs of which a run's statement went with an erased person, or lost words by an earlier version: those that most
    customers have first; of all, or `among` these."""
    rows = await db.rows(
        f"SELECT id FROM need WHERE status IN ({LIVE}) AND statement_basis <> 'HUMAN' AND statement LIKE '%{ERASED}%'"
        " ORDER BY customer_count DESC, id"
    )
    return [id for (id,) in rows if among is None or id in among]


async def said_of(db: Database, need_id: int, limit: int) -> list[Said]:
    """The surest evidence that supports a need, of people who are there, surest first."""
    rows = await db.rows(
        db.sql(
            f"SELECT c.id, {QUOTE}, e.voice, s.kind, s.score, e.confidence FROM evidence e JOIN span s ON s.id = e.span_id"
            " JOIN complaint c ON c.id = e.complaint_id WHERE e.need_id = ?1 AND e.live = TRUE AND e.stance = 'SUPPORTS'"
            f" AND c.content_hash <> '{ERASED_HASH}' ORDER BY e.confidence DESC, e.id LIMIT ?2"
        ),
        (need_id, limit),
    )
    return [Said(*row) for row in rows]


async def others(db: Database, need_ids: Sequence[int]) -> list[str]:
    """What live needs other than these are called, by id."""
    rows = await db.rows(f"SELECT id, statement FROM need WHERE status IN ({LIVE}) ORDER BY id")
    return [statement for id, statement in rows if id not in need_ids]


async def said_of_late(db: Database, limit: int) -> list[str]:
    """The texts of so many complaints, the latest."""
    sql = f"SELECT text FROM complaint WHERE content_hash <> '{ERASED_HASH}' ORDER BY id DESC LIMIT ?1"
    return [text for (text,) in await db.rows(db.sql(sql), (limit,))]
