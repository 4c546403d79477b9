"""A person's word on what a span does."""

from __future__ import annotations

from ..actor import Actor
from ..database import Database, Transaction
from ..errors import Invalid, NotFound
from ..event import Topic
from ..fields import now_ms
from ..span import SpanKind
from ..team import Role
from .events import tell
from .rollup import recount
from .rows import locked

__all__ = ["SURE", "label", "label_place"]

SURE = 1.0
"""Score of a span that a person labelled."""


async def label(db: Database, actor: Actor, span_id: int, kind: SpanKind) -> int:
    """Say what a known span does; id of the label. Raises as `label_place`."""
    actor.require(Role.CURATOR)
    place = await db.rows(db.sql("SELECT complaint_id, start_offset, end_offset FROM span WHERE id = ?1"), (span_id,))
    if not place:
        raise NotFound("There is no such span.", path=("spanId",))
    complaint_id, start, end = place[0]
    return await label_place(db, actor, complaint_id, start, end, kind)


async def label_place(db: Database, actor: Actor, complaint_id: int, start: int, end: int, kind: SpanKind) -> int:
    """Say what code points `start` to `end` (exclusive) of a complaint do; id of the label.

    The span there takes the kind at once, and is made where there is none; counts of the needs that it is evidence of
    follow. A second label of the same place replaces the first. Raises Forbidden, NotFound, Invalid, Busy.
    """
    actor.require(Role.CURATOR)

    async def work(transaction: Transaction) -> int:
        (length,) = await locked(transaction, "complaint", complaint_id, "LENGTH(text)", "complaint", ("complaintId",))
        if not 0 <= start < end <= length:
            raise Invalid(f"A span lies within its text, which has {length} characters.", path=("end",))
        now = now_ms()
        labelled = await transaction.value(
            "INSERT INTO span_label (complaint_id, start_offset, end_offset, kind, labelled_by_id, created_at, updated_at)"
            " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?6) ON CONFLICT (complaint_id, start_offset, end_offset) DO UPDATE"
            " SET kind = excluded.kind, labelled_by_id = excluded.labelled_by_id, updated_at = excluded.updated_at"
            " RETURNING id",
            (complaint_id, start, end, kind.value, actor.member_id, now),
        )
        span = await transaction.value(
            "INSERT INTO span (complaint_id, start_offset, end_offset, kind, score) VALUES (?1, ?2, ?3, ?4, ?5)"
            " ON CONFLICT (complaint_id, start_offset, end_offset) DO UPDATE"
            " SET kind = excluded.kind, score = excluded.score RETURNING id",
            (complaint_id, start, end, kind.value, SURE),
        )
        needs = await transaction.rows(
            "SELECT DISTINCT need_id FROM evidence WHERE span_id = ?1 AND live = ?2 ORDER BY need_id", (span, True)
        )
        changed = [need for (need,) in needs]
        await recount(transaction, changed)
        await tell(transaction, Topic.NEED_CHANGED, changed, {"change": "LABELLED"})
        return labelled

    return await db.retrying(work)
