"""What a run reads: messages, what is known of their spans, and the needs of before. Streamed in the order of ids."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import AsyncIterator
from collections.abc import Set as AbstractSet
from typing import NamedTuple

from ..database import Database
from ..need import LIVE_NEEDS
from ..tombstone import ERASED_HASH

__all__ = [
    "MessageRow",
    "SpanRow",
    "aspects",
    "latest",
    "lost",
    "message_count",
    "messages",
    "newest",
    "previous",
    "spans",
]


LIVE = ", ".join(f"'{status}'" for status in LIVE_NEEDS)


class MessageRow(NamedTuple):
    """A complaint as inference reads it; `rating` 1 to 5."""

    id: int
    text: str
    customer_id: int | None
    rating: float | None
    language: str | None
    product: str | None = None


class SpanRow(NamedTuple):
    """A span that carries meaning; `vector` as `Span` keeps it."""

    complaint_id: int
    start: int
    end: int
    kind: str
    score: float
    vector: bytes


async def newest(db: Database) -> int:
    """Largest complaint id, 0 where there is none: the watermark of a run that starts now."""
    return await db.value("SELECT COALESCE(MAX(id), 0) FROM complaint", quick=True)


async def message_count(db: Database, watermark: int, after: int = 0) -> int:
    """Number of the `messages` up to a watermark, or after one."""
    sql = f"SELECT COUNT(*) FROM complaint WHERE id > ?1 AND id <= ?2 AND content_hash <> '{ERASED_HASH}'"
    return await db.value(db.sql(sql), (after, watermark))


async def latest(db: Database, watermark: int, but: AbstractSet[int], most: int, chunk: int = 10_000) -> set[int]:
    """Ids of the latest complaints up to a watermark that are not among some, at most so many."""
    sql = db.sql(
        f"SELECT id FROM complaint WHERE id <= ?1 AND content_hash <> '{ERASED_HASH}' ORDER BY id DESC LIMIT ?2"
    )
    found: list[int] = []
    last = watermark
    while len(found) < most and (rows := await db.rows(sql, (last, chunk))):
        found += (id for (id,) in rows if id not in but)
        last = rows[-1][0] - 1
    return set(found[:most])


async def messages(db: Database, watermark: int, chunk: int = 2_000) -> AsyncIterator[list[MessageRow]]:
    """Complaints up to a watermark, `chunk` at a time; those of erased people say nothing."""
    sql = db.sql(
        "SELECT id, text, customer_id, rating, language, product FROM complaint"
        f" WHERE id > ?1 AND id <= ?2 AND content_hash <> '{ERASED_HASH}' ORDER BY id LIMIT ?3"
    )
    last = 0
    while rows := await db.rows(sql, (last, watermark, chunk)):
        yield [MessageRow(*row) for row in rows]
        last = rows[-1][0]


async def spans(db: Database, first: int, last: int) -> list[SpanRow]:
    """Spans with a vector, of the complaints from `first` to `last`, in their order."""
    sql = db.sql(
        "SELECT complaint_id, start_offset, end_offset, kind, score, vector FROM span"
        " WHERE complaint_id >= ?1 AND complaint_id <= ?2 AND vector IS NOT NULL ORDER BY complaint_id, start_offset, end_offset"
    )
    return [SpanRow(*row) for row in await db.rows(sql, (first, last))]


async def previous(db: Database) -> dict[int, list[tuple[int, int, int]]]:
    """By need, the places (complaint id, start, end) of its supporting live evidence.

    Dismissed needs are among them, so that a run knows again what it must leave alone; merged ones hold nothing.
    """
    return await _places(db, "JOIN span s ON s.id = e.span_id WHERE e.live = TRUE")


async def lost(db: Database) -> dict[int, list[tuple[int, int, int]]]:
    """The same of live needs that hold nothing any more: where their evidence was, so that they may be found again."""
    return await _places(
        db,
        "JOIN span s ON s.id = e.span_id JOIN need n ON n.id = e.need_id"
        f" WHERE e.status = 'EXPIRED' AND n.evidence_count = 0 AND n.status IN ({LIVE})",
    )


async def aspects(db: Database) -> dict[int, list[int]]:
    """By aspect, the ids of the live needs under it."""
    found: dict[int, list[int]] = defaultdict(list)
    sql = f"SELECT aspect_id, id FROM need WHERE aspect_id IS NOT NULL AND status IN ({LIVE}) ORDER BY id"
    for aspect, need in await db.rows(sql):
        found[aspect].append(need)
    return dict(found)


async def _places(db: Database, where: str) -> dict[int, list[tuple[int, int, int]]]:
    sql = db.sql(
        "SELECT e.id, e.need_id, e.complaint_id, s.start_offset, s.end_offset FROM evidence e"
        f" JOIN complaint c ON c.id = e.complaint_id AND c.content_hash <> '{ERASED_HASH}' {where} AND e.stance = 'SUPPORTS' AND e.id > ?1 ORDER BY e.id LIMIT 10000"
    )
    places: dict[int, list[tuple[int, int, int]]] = defaultdict(list)
    last = 0
    while rows := await db.rows(sql, (last,)):
        for _, need, complaint, start, end in rows:
            places[need].append((complaint, start, end))
        last = rows[-1][0]
    return dict(places)
