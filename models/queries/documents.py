"""An invention's document as a whole, for whoever writes it down."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from ..database import Database
from ..document import Audience, Part, QuoteBasis

__all__ = ["Answer", "Cited", "Document", "document", "standard_ids", "surest"]

Standard = Literal["principle", "required_question"]

TEXTS = (
    "title",
    "mechanism",
    "headline",
    "subheading",
    "summary",
    "problem",
    "solution",
    "leader_quote",
    "leader_name",
    "how_it_works",
    "customer_quote",
    "call_to_action",
    "not_elsewhere",
)


@dataclass(frozen=True, slots=True)
class Cited:
    """The words that a paragraph cites."""

    part: Part
    evidence_id: int
    quote: str
    channel: str


@dataclass(frozen=True, slots=True)
class Answer:
    """A question of the FAQ and its answer."""

    audience: Audience
    question: str
    answer: str


@dataclass(frozen=True, slots=True)
class Document:
    """What an invention says. `texts` holds the parts that are written, by column."""

    status: str
    version: int
    texts: Mapping[str, str]
    quote_basis: QuoteBasis | None
    citations: Sequence[Cited]
    answers: Sequence[Answer]


async def document(db: Database, invention_id: int) -> Document | None:
    """The document; None where there is no such invention. Citations and answers come in their order. Raises Busy."""
    sql = f"SELECT status, version, customer_quote_basis, {', '.join(TEXTS)} FROM invention WHERE id = ?1"
    rows = await db.rows(db.sql(sql), (invention_id,))
    if not rows:
        return None
    status, version, basis, *texts = rows[0]
    cited = await db.rows(
        db.sql(
            "SELECT k.part, e.id, substr(c.text, s.start_offset + 1, s.end_offset - s.start_offset), c.channel"
            " FROM citation k JOIN evidence e ON e.id = k.evidence_id JOIN span s ON s.id = e.span_id"
            " JOIN complaint c ON c.id = e.complaint_id WHERE k.invention_id = ?1 ORDER BY k.id"
        ),
        (invention_id,),
    )
    citations = [Cited(Part(part), evidence, quote, channel) for part, evidence, quote, channel in cited]
    written = {name: text for name, text in zip(TEXTS, texts, strict=True) if text is not None}
    for one in citations:
        if one.part is Part.CUSTOMER_QUOTE:
            written["customer_quote"] = one.quote
    answers = await db.rows(
        db.sql("SELECT audience, question, answer FROM faq_entry WHERE invention_id = ?1 ORDER BY position, id"),
        (invention_id,),
    )
    return Document(
        status,
        version,
        written,
        None if basis is None else QuoteBasis(basis),
        citations,
        [Answer(Audience(audience), question, answer) for audience, question, answer in answers],
    )


async def surest(db: Database, need_id: int, count: int) -> list[tuple[int, int, bool]]:
    """(id, version, whether it is accepted) of a need's surest live supporting evidence, one piece a voice."""
    rows = await db.rows(
        db.sql(
            "SELECT id, version, status = 'ACCEPTED', voice FROM evidence WHERE need_id = ?1 AND live = TRUE"
            " AND stance = 'SUPPORTS' ORDER BY confidence DESC, id LIMIT ?2"
        ),
        (need_id, 10 * count),
    )
    found: dict[int, tuple[int, int, bool]] = {}
    for id, version, accepted, voice in rows:
        found.setdefault(voice, (id, version, bool(accepted)))
    return list(found.values())[:count]


async def standard_ids(db: Database, kind: Standard) -> list[int]:
    """Ids of the active principles or required questions, in their order."""
    return [id for (id,) in await db.rows(f"SELECT id FROM {kind} WHERE active ORDER BY position, id")]
