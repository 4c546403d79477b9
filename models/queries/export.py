"""Every entity as plain rows, in the order of its ids, a chunk at a time."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from .quote import QUOTE

if TYPE_CHECKING:
    from ..database import Database

__all__ = ["EXPORTS", "LEFT_OUT", "Column", "Export", "Kind", "export_rows"]

CHUNK_ROWS = 2_000


class Kind(StrEnum):
    """What a column holds, for whoever writes it down."""

    TEXT = "TEXT"
    NUMBER = "NUMBER"
    FLAG = "FLAG"
    TIME = "TIME"
    """Milliseconds since the epoch (UTC)."""
    WEEK = "WEEK"
    """Number of a week (`week_of`)."""
    JSON = "JSON"
    """JSON text."""
    ID = "ID"
    """The id of a row of the entity that `Column.of` names."""


@dataclass(frozen=True, slots=True)
class Column:
    name: str
    sql: str
    kind: Kind = Kind.TEXT
    of: str = ""


@dataclass(frozen=True, slots=True)
class Export:
    """One entity: its columns, in an order that stays, and where they come from; `t` is the table that is paged over."""

    tables: str
    columns: tuple[Column, ...]
    where: str = "true"


def _id(name: str, of: str, sql: str = "") -> Column:
    return Column(name, sql or f"t.{name}", Kind.ID, of)


def _text(*names: str) -> tuple[Column, ...]:
    return tuple(Column(name, f"t.{name}") for name in names)


def _numbers(*names: str) -> tuple[Column, ...]:
    return tuple(Column(name, f"t.{name}", Kind.NUMBER) for name in names)


def _times(*names: str) -> tuple[Column, ...]:
    return tuple(Column(name, f"t.{name}", Kind.TIME) for name in names)


def _weeks(*names: str) -> tuple[Column, ...]:
    return tuple(Column(name, f"t.{name}", Kind.WEEK) for name in names)


def _json(*names: str) -> tuple[Column, ...]:
    # as text from either database, which spares the way through objects
    return tuple(Column(name, f"CAST(t.{name} AS TEXT)", Kind.JSON) for name in names)


_SPANS = "span t JOIN complaint c ON c.id = t.complaint_id"
_SPAN = (
    _id("complaint_id", "complaint"),
    *_numbers("start_offset", "end_offset", "score"),
    Column("quote", QUOTE.replace("s.", "t.")),
)

_STANDARD = (
    *_text("text"),
    *_numbers("position"),
    Column("active", "t.active", Kind.FLAG),
    *_times("created_at"),
    *_numbers("version"),
)

EXPORTS: dict[str, Export] = {
    "teams": Export("team t", (_id("id", "team"), *_text("name"), *_times("created_at"))),
    "members": Export("member t", (_id("id", "member"), *_text("name"), _id("team_id", "team"), *_times("created_at"))),
    "customers": Export(
        "customer t",
        (
            _id("id", "customer"),
            *_text("external_id", "segment", "tier"),
            *_numbers("value", "reach"),
            *_times("created_at"),
        ),
    ),
    "complaints": Export(
        "complaint t",
        (
            _id("id", "complaint"),
            *_text("source", "external_id"),
            _id("customer_id", "customer"),
            *_text("channel", "product", "language"),
            *_numbers("rating", "sentiment", "severity"),
            *_times("occurred_at", "received_at"),
            *_text("text"),
        ),
    ),
    "spans": Export(_SPANS, (_id("id", "span"), *_SPAN[:3], *_text("kind"), *_SPAN[3:])),
    # those of the spans that the API shows as asks, with the ids that they have there; `span_id` finds their evidence
    "asks": Export(_SPANS, (_id("id", "ask"), _id("span_id", "span", "t.id"), *_SPAN), where="t.kind = 'ASK'"),
    "labels": Export(
        "span_label t JOIN complaint c ON c.id = t.complaint_id",
        (
            _id("id", "label"),
            *_SPAN[:3],
            *_text("kind"),
            _id("labelled_by_id", "member"),
            *_times("created_at", "updated_at"),
            *_SPAN[4:],
        ),
    ),
    "mentions": Export("mention t", (_id("id", "mention"), _id("complaint_id", "complaint"), *_text("name"))),
    "aspects": Export(
        "aspect t",
        (
            _id("id", "aspect"),
            *_text("name"),
            Column("named", "t.named", Kind.FLAG),
            *_json("key_phrases"),
            *_times("created_at", "updated_at"),
            *_numbers("version"),
        ),
    ),
    "needs": Export(
        "need t",
        (
            _id("id", "need"),
            *_text("statement", "statement_basis", "status"),
            *_numbers("confidence", "uncorrected"),
            Column("confirmed", "t.confirmed", Kind.FLAG),
            *_json("key_phrases"),
            _id("team_id", "team"),
            _id("aspect_id", "aspect"),
            Column("aspect_decided", "t.aspect_decided", Kind.FLAG),
            _id("merged_into_id", "need"),
            *_text("dismissal_reason"),
            *_numbers("evidence_count", "customer_count", "asking_count"),
            *_times("first_at", "last_at", "created_at", "updated_at"),
            *_numbers("version"),
        ),
    ),
    "evidence": Export(
        "evidence t JOIN span s ON s.id = t.span_id JOIN complaint c ON c.id = t.complaint_id",
        (
            _id("id", "evidence"),
            _id("need_id", "need"),
            _id("complaint_id", "complaint"),
            _id("span_id", "span"),
            *_text("stance"),
            *_numbers("confidence", "uncorrected"),
            Column("placed", "t.placed", Kind.FLAG),
            *_text("basis", "status"),
            _id("run_id", "run"),
            _id("decided_by_id", "member"),
            *_times("decided_at", "created_at"),
            *_numbers("version"),
            Column("quote", QUOTE),
        ),
    ),
    "inventions": Export(
        "invention t",
        (
            _id("id", "invention"),
            *_text("title", "mechanism", "status", "door"),
            _id("proposer_id", "member"),
            *_times("created_at", "updated_at"),
            *_numbers("version"),
            *_text("origin", "headline", "subheading", "summary", "problem", "solution", "leader_quote", "leader_name"),
            *_text("how_it_works", "customer_quote", "customer_quote_basis", "call_to_action", "not_elsewhere"),
            *_numbers("review_from"),
        ),
    ),
    "shipments": Export(
        "invention t",
        (
            _id("id", "shipment"),
            _id("invention_id", "invention", "t.id"),
            *_times("shipped_at"),
            *_text("notice_message"),
        ),
        where="t.shipped_at IS NOT NULL",
    ),
    "notices": Export(
        "notice t",
        (
            _id("id", "notice"),
            _id("invention_id", "invention"),
            _id("customer_id", "customer"),
            *_text("status", "way"),
            *_numbers("attempts"),
            *_text("reason", "message"),
            *_times("next_at", "told_at", "created_at"),
        ),
    ),
    "replies": Export(
        "reply t",
        (
            _id("id", "reply"),
            _id("complaint_id", "complaint"),
            _id("notice_id", "notice"),
            *_times("created_at"),
        ),
    ),
    "impacts": Export(
        "impact t",
        (
            _id("id", "impact"),
            _id("invention_id", "invention"),
            _id("need_id", "need"),
            *_text("verdict", "reason", "basis"),
            *_numbers("look", "look_low", "look_high"),
            *_numbers("ratio", "low", "high", "p_value", "level_ratio", "trend_ratio"),
            *_text("model"),
            *_numbers("dispersion", "autocorrelation", "control_needs", "weeks_before", "weeks_after"),
            *_numbers("complaints_before", "complaints_after"),
            Column("per_customers", "t.per_customers", Kind.FLAG),
            *_numbers("exposure_weeks", "exposure_filled"),
            *_numbers("rate_before", "residual_rate", "residual_low", "residual_high"),
            *_numbers("placebo_dates", "placebo_rejections"),
            *_json("placebos"),
            *_weeks("since", "through", "shipped_week"),
            *_times("measured_at"),
        ),
    ),
    "exposures": Export(
        "exposure t",
        (_id("id", "exposure"), *_weeks("week"), *_numbers("active_customers"), *_times("updated_at")),
    ),
    "propensities": Export(
        "propensity t",
        (
            _id("id", "propensity"),
            *_numbers("low", "high"),
            *_text("source"),
            *_times("created_at", "withdrawn_at"),
        ),
    ),
    "claims": Export(
        "claim t",
        (
            _id("id", "claim"),
            _id("invention_id", "invention"),
            _id("need_id", "need"),
            *_text("rationale"),
            *_numbers("relief"),
            *_times("created_at"),
        ),
    ),
    "citations": Export(
        "citation t",
        (
            _id("id", "citation"),
            _id("invention_id", "invention"),
            *_text("part"),
            _id("evidence_id", "evidence"),
            *_times("created_at"),
        ),
    ),
    "faq": Export(
        "faq_entry t",
        (
            _id("id", "faq"),
            _id("invention_id", "invention"),
            *_text("audience"),
            *_numbers("position"),
            *_text("question", "answer"),
            _id("required_question_id", "question"),
            *_times("created_at"),
        ),
    ),
    "revisions": Export(
        "revision t",
        (
            _id("id", "revision"),
            _id("invention_id", "invention"),
            *_numbers("number"),
            _id("author_id", "member"),
            *_times("created_at"),
        ),
    ),
    "changes": Export(
        "revision_change t",
        (_id("id", "change"), _id("revision_id", "revision"), *_text("field", "before", "after")),
    ),
    "reviews": Export(
        "review t",
        (
            _id("id", "review"),
            _id("invention_id", "invention"),
            _id("reviewer_id", "member"),
            *_text("verdict", "comment"),
            *_json("principles"),
            *_numbers("version"),
            *_times("created_at"),
        ),
    ),
    "escalations": Export(
        "escalation t",
        (
            _id("id", "escalation"),
            *_text("question", "status"),
            *_numbers("severity"),
            _id("complaint_id", "complaint"),
            _id("need_id", "need"),
            _id("team_id", "team"),
            _id("raised_by_id", "member"),
            _id("owner_id", "member"),
            *_times("raised_at", "asked_at", "due_at", "acknowledged_at", "answered_at", "closed_at"),
            *_numbers("reopen_count", "version"),
        ),
    ),
    "responses": Export(
        "escalation_answer t",
        (
            _id("id", "response"),
            _id("escalation_id", "escalation"),
            _id("team_id", "team"),
            _id("author_id", "member"),
            *_text("text"),
            *_json("whys", "actions"),
            *_times("asked_at", "due_at", "answered_at"),
            _id("reviewer_id", "member"),
            *_text("review", "reopened_because"),
            *_times("reviewed_at"),
        ),
    ),
    "products": Export(
        "team_product t",
        (_id("id", "product"), *_text("product"), _id("team_id", "team"), *_times("created_at")),
    ),
    "supporters": Export(
        "supporter t",
        (
            _id("id", "supporter"),
            _id("invention_id", "invention"),
            _id("member_id", "member"),
            *_times("created_at"),
        ),
    ),
    "comments": Export(
        "comment t",
        (
            _id("id", "comment"),
            _id("invention_id", "invention"),
            _id("need_id", "need"),
            _id("author_id", "member"),
            *_text("text"),
            *_times("created_at"),
        ),
    ),
    "comment_mentions": Export(
        "comment_mention t",
        (_id("id", "comment_mention"), _id("comment_id", "comment"), _id("member_id", "member")),
    ),
    "sessions": Export(
        "listening_session t",
        (
            _id("id", "session"),
            _id("member_id", "member"),
            *_numbers("size", "population"),
            *_text("strata", "allocation"),
            *_times("since", "until"),
            Column("seed", "CAST(t.seed AS TEXT)"),
            *_times("started_at"),
        ),
    ),
    "draws": Export(
        "listening_draw t",
        (
            _id("id", "draw"),
            _id("session_id", "session"),
            _id("complaint_id", "complaint"),
            *_numbers("position"),
            *_text("stratum"),
            Column("pooled", "t.pooled", Kind.FLAG),
            *_numbers("stratum_size", "probability"),
            *_times("heard_at"),
            *_numbers("listened_ms"),
        ),
    ),
    "notes": Export(
        "listening_note t",
        (
            _id("id", "note"),
            _id("draw_id", "draw"),
            *_text("text"),
            _id("evidence_id", "evidence"),
            *_times("created_at"),
        ),
    ),
    "principles": Export("principle t", (_id("id", "principle"), *_STANDARD)),
    "questions": Export("required_question t", (_id("id", "question"), *_STANDARD)),
    "alerts": Export(
        "alert t",
        (
            _id("id", "alert"),
            _id("need_id", "need"),
            *_text("day", "kind"),
            *_numbers("observed", "expected", "p_value", "false_discovery", "reach"),
            *_times("raised_at"),
        ),
    ),
    "answers": Export(
        "survey_answer t",
        (
            _id("id", "answer"),
            _id("need_id", "need"),
            *_text("source", "respondent"),
            *_numbers("importance", "satisfaction"),
            *_times("answered_at", "created_at"),
        ),
    ),
    "runs": Export(
        "inference_run t",
        (
            _id("id", "run"),
            *_text("status", "stage"),
            *_numbers("progress"),
            *_json("parameters", "models"),
            _id("watermark", "complaint"),
            *_json("counts", "timings", "corrections"),
            *_text("failure"),
            _id("started_by_id", "member"),
            *_times("created_at", "started_at", "finished_at"),
        ),
    ),
}
"""Entity -> its export."""

LEFT_OUT: dict[str, str] = {
    "allowance": "what callers have used of their points in the last minute",
    "api_token": "even the digests of tokens are nobody's business",
    "contact": "addresses are kept apart from everything else",
    "event": "changes that were told; they are cleared away",
    "identity": "how an identity provider calls members",
    "sealed_text": "what everybody may not see",
    "shared_secret": "what servers share and nobody else may know",
    "table_version": "what kept answers are stamped with",
    "tombstone": "digests of what was erased",
    "tortoise_migrations": "the database's own",
    "complaint.content_hash": "a digest of what is exported",
    "complaint.week": "of occurred_at",
    "audit_change": "the audit log before it is sealed",
    "audit_entry": "`nobodyasked audit list --json` writes it",
    "span.vector": "computed from the words, by one embedder",
    "inference_run.cancel_asked": "how processes speak to each other",
    "inference_run.heartbeat_at": "how processes speak to each other",
    "need.merged_by_run": "what binds runs",
    "need.called": "what inference calls it, which binds runs; its statement goes",
    "need.glad_count": "kept with each need, computed from its evidence",
    "need.pull": "kept with each need, computed from its evidence",
    "need.voice_count": "kept with each need, computed from its evidence",
    "evidence.live": "of status",
    "evidence.voice": "of its complaint's customer",
    "mention.folded": "of name",
    "escalation.breach_told_at": "how processes speak to each other",
    "exposure.day": "of week",
    "alert.week": "of day",
}
"""Tables and columns (`table.column`) that are not exported, each with the reason; those that triggers keep are not either."""


async def export_rows(db: Database, entity: str) -> AsyncIterator[list[tuple[Any, ...]]]:
    """Rows of an entity in chunks, by id. Rows that are added meanwhile may be among them; none is skipped or doubled."""
    export = EXPORTS[entity]
    columns = ", ".join(column.sql for column in export.columns)
    sql = db.sql(
        f"SELECT {columns}, t.id FROM {export.tables} WHERE t.id > ?1 AND {export.where} ORDER BY t.id LIMIT {CHUNK_ROWS}"
    )
    after = 0
    while rows := await db.rows(sql, (after,)):
        yield [tuple(row)[:-1] for row in rows]
        after = rows[-1][-1]
        if len(rows) < CHUNK_ROWS:
            return
