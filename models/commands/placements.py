"""One complaint read by the matcher: its spans, its mood, and the known needs that it speaks to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ..database import Database, Transaction
from ..errors import Invalid
from ..event import Topic
from ..evidence import Stance
from ..need import LIVE_NEEDS
from ..text import exact
from ..tombstone import ERASED_HASH
from .events import tell
from .links import Link, SpanDraft, link, write_spans
from .mentions import Named, write_mentions
from .rollup import recount
from .rows import locked, resolved_needs

__all__ = ["LinkDraft", "Named", "SpanDraft", "write"]


@dataclass(frozen=True, slots=True)
class LinkDraft:
    """That the span at `span_index` of the list in hand speaks to a need, with a confidence of 0 to 1, `uncorrected` where
    decisions corrected it."""

    span_index: int
    need_id: int
    stance: Stance
    confidence: float
    uncorrected: float | None = None


async def write(
    db: Database,
    complaint_id: int,
    spans: Sequence[SpanDraft],
    links: Sequence[LinkDraft],
    *,
    sentiment: float,
    severity: int,
    language: str | None = None,
    competitors: Sequence[Named] = (),
) -> list[int]:
    """Ids of the evidence that came of it. Doing it again changes nothing.

    `sentiment` -1 to 1, `severity` 1 to 5. A link to a merged need goes to its target; one to a dismissed need, or to
    one that is gone, is left out. Raises NotFound, Invalid, Busy.
    """

    async def work(transaction: Transaction) -> list[int]:
        # its evidence goes when the complaint goes, so the complaint must stay until this is written
        length, mark = await locked(
            transaction, "complaint", complaint_id, "LENGTH(text), content_hash", "complaint", ("complaintId",)
        )
        if mark == ERASED_HASH:
            # while it was read
            return []
        check(spans, links, length)
        await transaction.execute(
            "UPDATE complaint SET sentiment = ?1, severity = ?2, language = COALESCE(language, ?3) WHERE id = ?4",
            (exact(sentiment), severity, language, complaint_id),
        )
        await write_mentions(transaction, {complaint_id: competitors})
        ids = await write_spans(transaction, {complaint_id: spans})
        if not links:
            return []
        needs = await resolved_needs(transaction, [item.need_id for item in links])
        found = []
        for item in links:
            span = spans[item.span_index]
            place = (complaint_id, span.start, span.end)
            sure = (item.confidence, item.uncorrected)
            found.append(Link(item.need_id, ids[place], complaint_id, item.stance, *sure, placed=True))
        evidence = await link(transaction, found, needs, None)
        if evidence:
            changed = sorted({need.id for need in needs.values() if need.status in LIVE_NEEDS})
            await recount(transaction, changed)
            await tell(transaction, Topic.NEED_CHANGED, changed, {"change": "EVIDENCE"})
        return evidence

    return await db.retrying(work)


def check(spans: Sequence[SpanDraft], links: Sequence[LinkDraft], length: int) -> None:
    """Raises Invalid for what lies outside the text or the list."""
    for index, span in enumerate(spans):
        if not 0 <= span.start < span.end <= length:
            raise Invalid("A span lies outside its complaint's text.", path=("spans", str(index)))
    for index, item in enumerate(links):
        if not 0 <= item.span_index < len(spans):
            raise Invalid("A link names a span that is not there.", path=("links", str(index)))
