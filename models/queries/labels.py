"""What people say that spans are, for inference to obey and to learn from."""

from __future__ import annotations

from typing import NamedTuple

from ..database import Database
from ..span import SpanKind

__all__ = ["LabelRow", "labelled_since", "labels", "sign"]


class LabelRow(NamedTuple):
    """A label; `text` is that of the range, `vector` as `Span` keeps it, where the span has one."""

    complaint_id: int
    start: int
    end: int
    kind: SpanKind
    text: str
    language: str | None
    vector: bytes | None


async def labels(db: Database, most: int = 20_000) -> list[LabelRow]:
    """The latest labels, at most so many, in no order."""
    rows = await db.rows(
        db.sql(
            "SELECT l.complaint_id, l.start_offset, l.end_offset, l.kind,"
            " substr(c.text, l.start_offset + 1, l.end_offset - l.start_offset), c.language, s.vector FROM span_label l"
            " JOIN complaint c ON c.id = l.complaint_id LEFT JOIN span s ON s.complaint_id = l.complaint_id"
            " AND s.start_offset = l.start_offset AND s.end_offset = l.end_offset ORDER BY l.updated_at DESC, l.id DESC LIMIT ?1"
        ),
        (most,),
    )
    return [LabelRow(complaint, start, end, SpanKind(kind), *rest) for complaint, start, end, kind, *rest in rows]


async def sign(db: Database) -> tuple[int, int]:
    """Equal as long as no label was made or changed."""
    ((count, last),) = await db.rows("SELECT COUNT(*), COALESCE(MAX(updated_at), 0) FROM span_label")
    return count, last


async def labelled_since(db: Database, began: int) -> set[int]:
    """The complaints of which anything was labelled at this time (ms) or after."""
    rows = await db.rows(db.sql("SELECT DISTINCT complaint_id FROM span_label WHERE updated_at >= ?1"), (began,))
    return {complaint for (complaint,) in rows}
