"""Spans and their links to needs, as models find them: written so that people's decisions stand."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from ..database import Transaction
from ..evidence import Stance
from ..fields import now_ms
from ..need import LIVE_NEEDS
from ..span import SpanKind
from ..text import exact
from .rows import NeedRow

__all__ = ["Link", "Place", "SpanDraft", "link", "voices_of", "write_spans"]


@dataclass(frozen=True, slots=True)
class SpanDraft:
    """A span of a complaint: code points `start` to `end` (exclusive), `score` 0 to 1, `vector` as `Span` keeps it."""

    start: int
    end: int
    kind: SpanKind
    score: float
    vector: bytes | None


@dataclass(frozen=True, slots=True)
class Link:
    """That a span in the database speaks to a need, with a confidence of 0 to 1, `uncorrected` where decisions corrected it."""

    need_id: int
    span_id: int
    complaint_id: int
    stance: Stance
    confidence: float
    uncorrected: float | None = None
    placed: bool = False
    """Whether a need that was there took it in."""


Place = tuple[int, int, int]
"""Complaint id, start, end."""

SPAN_COLUMNS = {
    "complaint_id": "bigint",
    "start_offset": "int",
    "end_offset": "int",
    "kind": "text",
    "score": "float8",
    "vector": "bytea",
}
SPAN_CONFLICT = """
ON CONFLICT (complaint_id, start_offset, end_offset) DO UPDATE
SET kind = excluded.kind, score = excluded.score, vector = COALESCE(excluded.vector, span.vector)
WHERE span.kind <> excluded.kind OR span.score <> excluded.score OR span.vector IS NULL OR span.vector <> excluded.vector
"""
EVIDENCE_COLUMNS = {
    "need_id": "bigint",
    "span_id": "bigint",
    "complaint_id": "bigint",
    "voice": "bigint",
    "stance": "text",
    "confidence": "float8",
    "uncorrected": "float8",
    "placed": "boolean",
    "basis": "text",
    "status": "text",
    "live": "boolean",
    "run_id": "bigint",
    "created_at": "bigint",
    "version": "int",
}
# what a person decided is passed over; what an earlier run had withdrawn comes back as a change that clients see
EVIDENCE_CONFLICT = """
ON CONFLICT (need_id, span_id) DO UPDATE SET
    stance = excluded.stance, confidence = excluded.confidence, uncorrected = excluded.uncorrected, placed = excluded.placed,
    status = excluded.status, live = excluded.live,
    run_id = excluded.run_id,
    version = evidence.version + CASE WHEN evidence.status = excluded.status THEN 0 ELSE 1 END
WHERE evidence.basis = 'MODEL' AND evidence.decided_at IS NULL
"""


async def write_spans(transaction: Transaction, spans: Mapping[int, Sequence[SpanDraft]]) -> dict[Place, int]:
    """Write the spans of some complaints, by complaint id; ids by place.

    A span that is no longer found goes, unless evidence stands on it or a person labelled it; a label outweighs what
    the model says.
    """
    labels = await labels_of(transaction, spans)
    rows = [
        (complaint, span.start, span.end, *said(labels, (complaint, span.start, span.end), span), span.vector)
        for complaint in sorted(spans)
        for span in spans[complaint]
    ]
    await transaction.insert("span", SPAN_COLUMNS, rows, conflict=SPAN_CONFLICT)
    found = await transaction.rows(
        f"SELECT complaint_id, start_offset, end_offset, id FROM span WHERE {transaction.among('complaint_id', '?1')}",
        (transaction.listed(sorted(spans)),),
    )
    wanted = {(complaint, start, end) for complaint, start, end, *_ in rows}
    ids = {(complaint, start, end): id for complaint, start, end, id in found}
    gone = [id for place, id in ids.items() if place not in wanted and place not in labels]
    if gone:
        await transaction.execute(
            f"DELETE FROM span WHERE {transaction.among('id', '?1')}"
            " AND NOT EXISTS (SELECT 1 FROM evidence e WHERE e.span_id = span.id)",
            (transaction.listed(gone),),
        )
    return {place: ids[place] for place in wanted}


async def labels_of(transaction: Transaction, complaint_ids: Iterable[int]) -> dict[Place, str]:
    """By place: the kind that a person gave it."""
    rows = await transaction.rows(
        "SELECT complaint_id, start_offset, end_offset, kind FROM span_label"
        f" WHERE {transaction.among('complaint_id', '?1')}",
        (transaction.listed(sorted(complaint_ids)),),
    )
    return {(complaint, start, end): kind for complaint, start, end, kind in rows}


def said(labels: Mapping[Place, str], place: Place, span: SpanDraft) -> tuple[str, float]:
    """Kind and score of a span: a person's word, else the model's."""
    kind = labels.get(place)
    return (span.kind.value, exact(span.score)) if kind is None else (kind, 1.0)


async def voices_of(transaction: Transaction, complaint_ids: Iterable[int]) -> dict[int, int]:
    """By complaint: who speaks, as `Evidence.voice` keeps it. Complaints that are not there are left out."""
    rows = await transaction.rows(
        f"SELECT id, COALESCE(customer_id, -id) FROM complaint WHERE {transaction.among('id', '?1')}",
        (transaction.listed(sorted(set(complaint_ids))),),
    )
    return dict(map(tuple, rows))


async def link(
    transaction: Transaction, links: Iterable[Link], needs: Mapping[int, NeedRow], run_id: int | None
) -> list[int]:
    """Write links as PENDING evidence of the needs that `needs` resolves to; ids of the evidence written.

    Nothing is linked to a need that is dismissed or unknown, nor a span that a person gave to another need. A span
    that went meanwhile, since its complaint was read anew, is left out.
    """
    links = list(links)
    there = await standing(transaction, [item.span_id for item in links])
    given = await decided(transaction, [item.span_id for item in links])
    voices = await voices_of(transaction, [item.complaint_id for item in links])
    best: dict[tuple[int, int], Link] = {}
    for item in links:
        need = needs.get(item.need_id)
        if need is None or need.status not in LIVE_NEEDS or item.complaint_id not in voices:
            continue
        if item.span_id not in there or given.get(item.span_id, need.id) != need.id:
            continue
        key = (need.id, item.span_id)
        if key not in best or item.confidence > best[key].confidence:
            best[key] = item
    now = now_ms()
    rows = [
        (
            need_id,
            span_id,
            item.complaint_id,
            voices[item.complaint_id],
            item.stance.value,
            exact(item.confidence),
            None if item.uncorrected is None else exact(item.uncorrected),
            item.placed,
            "MODEL",
            "PENDING",
            True,
            run_id,
            now,
            1,
        )
        for (need_id, span_id), item in sorted(best.items())
    ]
    written = await transaction.insert("evidence", EVIDENCE_COLUMNS, rows, conflict=EVIDENCE_CONFLICT, returning="id")
    return sorted(id for (id,) in written)


async def standing(transaction: Transaction, span_ids: Iterable[int]) -> set[int]:
    """Those spans that are there, kept from going until the transaction ends."""
    rows = await transaction.rows(
        f"SELECT id FROM span WHERE {transaction.among('id', '?1')} ORDER BY id"
        + (" FOR KEY SHARE" if transaction.for_update else ""),
        (transaction.listed(sorted(set(span_ids))),),
    )
    return {id for (id,) in rows}


async def decided(transaction: Transaction, span_ids: Iterable[int]) -> dict[int, int]:
    """Need by span, for those that a person gave to a need."""
    rows = await transaction.rows(
        f"SELECT span_id, need_id FROM evidence WHERE {transaction.among('span_id', '?1')}"
        " AND live = ?2 AND decided_at IS NOT NULL",
        (transaction.listed(sorted(set(span_ids))), True),
    )
    return dict(map(tuple, rows))
