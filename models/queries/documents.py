"""An invention's document as a whole, for whoever writes it down."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from ..database import Database
from ..document import Audience, Part, QuoteBasis
from ..errors import Invalid
from .quote import QUOTE

__all__ = ["TEXTS", "Answer", "Cited", "Document", "FieldDiff", "diff", "document", "standard_ids", "surest"]

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
            f"SELECT k.part, e.id, {QUOTE}, c.channel"
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


@dataclass(frozen=True, slots=True)
class FieldDiff:
    """A field of an invention's document at two versions; None where there is nothing."""

    field: str
    before: str | None
    after: str | None


async def diff(db: Database, invention_id: int, before: int, after: int) -> list[FieldDiff] | None:
    """What differs between two versions of an invention, field by field, in the order in which it first changed.

    Version 0 is before it was proposed; the later version may be named first. None where there is no such invention.
    Raises Invalid for a version that it never had, Busy.
    """
    current = await db.value(db.sql("SELECT version FROM invention WHERE id = ?1"), (invention_id,))
    if current is None:
        return None
    for name, version in (("from", before), ("to", after)):
        if not 0 <= version <= current:
            raise Invalid(f"The invention has had the versions 0 to {current}.", path=(name,))
    rows = await db.rows(
        db.sql(
            "SELECT c.field, c.before, c.after FROM revision r JOIN revision_change c ON c.revision_id = r.id"
            " WHERE r.invention_id = ?1 AND r.number > ?2 AND r.number <= ?3 ORDER BY r.number, c.id"
        ),
        (invention_id, min(before, after), max(before, after)),
    )
    first: dict[str, str | None] = {}
    last: dict[str, str | None] = {}
    for field, was, now in rows:
        first.setdefault(field, was)
        last[field] = now
    old, new = (first, last) if before <= after else (last, first)
    return [FieldDiff(field, old[field], new[field]) for field in first if old[field] != new[field]]


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
