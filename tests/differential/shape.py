"""The shape of the graph as the oracle knows it: which table each type lies in, where links lead, what lists hold."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from graphql import build_schema

from nobodyasked.graphql.payload import BUILDER
from nobodyasked.graphql.schema import sdl

from . import centricity

if TYPE_CHECKING:
    from .oracle import Oracle

Row = dict[str, Any]
SCHEMA = build_schema(sdl())
IN_PYTHON = {
    *(name for name in SCHEMA.query_type.fields if ("Query", name) not in BUILDER.planned and name != "viewer"),
    *(name for (_, name), field in BUILDER.planned.items() if getattr(field.declared, "resolved", "")),
}
"""Names of fields that no plan answers alone: random documents leave them to tests of their own."""
COLUMNS = {
    "team": "id name created_at",
    "member": "id name team_id created_at",
    "customer": "id external_id segment tier value reach created_at",
    "complaint": (
        "id source external_id text channel product language rating sentiment severity customer_id occurred_at received_at"
    ),
    "span": "id complaint_id start_offset end_offset kind score",
    "span_label": "id complaint_id start_offset end_offset kind labelled_by_id created_at updated_at",
    "mention": "id complaint_id name folded",
    "audit_entry": "id at deed member_id role members changes hash",
    "aspect": "id name named key_phrases created_at updated_at version",
    "need": (
        "id statement statement_basis status confidence key_phrases confirmed team_id aspect_id merged_into_id dismissal_reason "
        "evidence_count customer_count asking_count first_at last_at created_at updated_at version"
    ),
    "evidence": (
        "id need_id span_id complaint_id voice stance confidence basis status run_id decided_by_id decided_at created_at version"
    ),
    "invention": (
        "id title mechanism status door proposer_id created_at updated_at version origin headline subheading summary problem "
        "solution leader_quote leader_name how_it_works customer_quote customer_quote_basis call_to_action not_elsewhere "
        "review_from shipped_at notice_message"
    ),
    "citation": "id invention_id part evidence_id created_at",
    "faq_entry": "id invention_id audience position question answer required_question_id created_at",
    "revision": "id invention_id number author_id created_at",
    "revision_change": "id revision_id field before after",
    "review": "id invention_id reviewer_id verdict comment principles version created_at",
    "principle": "id text position active created_at version",
    "required_question": "id text position active created_at version",
    "escalation": (
        "id question status severity complaint_id need_id team_id raised_by_id owner_id raised_at asked_at due_at acknowledged_at "
        "answered_at closed_at reopen_count version"
    ),
    "escalation_answer": (
        "id escalation_id team_id author_id text whys actions asked_at due_at answered_at reviewer_id review reviewed_at "
        "reopened_because"
    ),
    "team_product": "id product team_id created_at",
    "supporter": "id invention_id member_id created_at",
    "comment": "id invention_id need_id author_id text created_at",
    "comment_mention": "id comment_id member_id",
    "listening_session": "id member_id size population strata allocation since until seed started_at",
    "listening_draw": "id session_id complaint_id position stratum pooled stratum_size probability heard_at listened_ms",
    "listening_note": "id draw_id text evidence_id created_at",
    "claim": "id invention_id need_id rationale relief created_at",
    "impact": (
        "id invention_id need_id verdict reason look look_low look_high basis exposure_weeks exposure_filled ratio low high p_value level_ratio trend_ratio model dispersion autocorrelation "
        "control_needs weeks_before weeks_after complaints_before complaints_after per_customers rate_before residual_rate "
        "residual_low residual_high placebo_dates placebo_rejections placebos since through shipped_week measured_at"
    ),
    "notice": "id invention_id customer_id status way attempts reason message next_at told_at created_at",
    "reply": "id complaint_id notice_id created_at",
    "propensity": "id low high source created_at withdrawn_at",
    "exposure": "id week day active_customers updated_at",
    "alert": "id need_id week day kind observed expected p_value false_discovery reach raised_at",
    "survey_answer": "id need_id source respondent importance satisfaction answered_at created_at",
    "inference_run": (
        "id status stage progress parameters models watermark counts timings corrections failure started_by_id created_at started_at finished_at"
    ),
}
TABLE_OF = {
    name: name.lower()
    for name in ("Team", "Member", "Customer", "Complaint", "Aspect", "Need", "Evidence", "Invention", "Claim")
}
TABLE_OF |= {name: name.lower() for name in ("Citation", "Principle", "Review", "Revision")}
TABLE_OF |= {"Ask": "span", "SpanLabel": "span_label", "InferenceRun": "inference_run"}
TABLE_OF |= {
    "Mention": "mention",
    "Shipment": "invention",
    "Exposure": "exposure",
    "Impact": "impact",
    "Notice": "notice",
    "Propensity": "propensity",
    "Reply": "reply",
}
TABLE_OF |= {"FaqEntry": "faq_entry", "RevisionChange": "revision_change", "RequiredQuestion": "required_question"}
TABLE_OF |= {"Escalation": "escalation", "EscalationAnswer": "escalation_answer"}
PREFIX_OF = {name: name.lower() for name in TABLE_OF} | {"InferenceRun": "run"}
PREFIX_OF |= {"SpanLabel": "label", "EscalationAnswer": "response"}
PREFIX_OF |= {"FaqEntry": "faq", "RevisionChange": "change", "RequiredQuestion": "question"}
TABLE_OF |= {"Alert": "alert"}
PREFIX_OF |= {"Alert": "alert"}
TABLE_OF |= {"SurveyAnswer": "survey_answer"}
PREFIX_OF |= {"SurveyAnswer": "answer"}
TABLE_OF |= {"BundledNeed": "bundled", "AuditEntry": "audit_entry"}
TABLE_OF |= {
    "ListeningSession": "listening_session",
    "ListeningDraw": "listening_draw",
    "ListeningNote": "listening_note",
}
PREFIX_OF |= {"ListeningSession": "session", "ListeningDraw": "draw", "ListeningNote": "note"}
TABLE_OF |= {"TeamProduct": "team_product", "Supporter": "supporter", "Comment": "comment"}
PREFIX_OF |= {"TeamProduct": "product", "Supporter": "supporter", "Comment": "comment"}
TABLE_OF |= {"CommentMention": "comment_mention", "Contribution": "contribution"}
TABLE_OF |= {"SilentMajority": "need", "PressRelease": "invention", "NearAsk": "asked"}
TABLE_OF |= {"BundledNeed": "bundled", "NeedMovement": "moved"}
LINKS = {
    ("AuditEntry", "member"): "Member",
    ("Complaint", "customer"): "Customer",
    ("Ask", "complaint"): "Complaint",
    ("SpanLabel", "complaint"): "Complaint",
    ("SpanLabel", "labelledBy"): "Member",
    ("Mention", "complaint"): "Complaint",
    ("Need", "team"): "Team",
    ("Need", "aspect"): "Aspect",
    ("Evidence", "complaint"): "Complaint",
    ("Evidence", "need"): "Need",
    ("Evidence", "run"): "InferenceRun",
    ("Evidence", "decidedBy"): "Member",
    ("Invention", "proposer"): "Member",
    ("Invention", "pressRelease"): "PressRelease",
    ("Invention", "shipment"): "Shipment",
    ("Shipment", "invention"): "Invention",
    ("Impact", "invention"): "Invention",
    ("Impact", "need"): "Need",
    ("Need", "silentMajority"): "SilentMajority",
    ("Notice", "customer"): "Customer",
    ("Notice", "invention"): "Invention",
    ("Reply", "complaint"): "Complaint",
    ("Reply", "notice"): "Notice",
    ("SurveyAnswer", "need"): "Need",
    ("BundledNeed", "need"): "Need",
    ("NeedMovement", "need"): "Need",
    ("Alert", "need"): "Need",
    ("NearAsk", "ask"): "Ask",
    ("NearAsk", "invention"): "Invention",
    ("Citation", "evidence"): "Evidence",
    ("Citation", "invention"): "Invention",
    ("FaqEntry", "invention"): "Invention",
    ("FaqEntry", "requiredQuestion"): "RequiredQuestion",
    ("Revision", "author"): "Member",
    ("Revision", "invention"): "Invention",
    ("RevisionChange", "revision"): "Revision",
    ("Review", "reviewer"): "Member",
    ("Review", "invention"): "Invention",
    ("ListeningSession", "member"): "Member",
    ("ListeningDraw", "session"): "ListeningSession",
    ("ListeningDraw", "complaint"): "Complaint",
    ("ListeningNote", "draw"): "ListeningDraw",
    ("ListeningNote", "evidence"): "Evidence",
    ("TeamProduct", "team"): "Team",
    ("Supporter", "invention"): "Invention",
    ("Supporter", "member"): "Member",
    ("Comment", "author"): "Member",
    ("Comment", "invention"): "Invention",
    ("Comment", "need"): "Need",
    ("CommentMention", "comment"): "Comment",
    ("CommentMention", "member"): "Member",
    ("Contribution", "invention"): "Invention",
    ("Contribution", "need"): "Need",
    ("Contribution", "escalation"): "Escalation",
    ("Escalation", "complaint"): "Complaint",
    ("Escalation", "need"): "Need",
    ("Escalation", "team"): "Team",
    ("Escalation", "raisedBy"): "Member",
    ("Escalation", "owner"): "Member",
    ("EscalationAnswer", "author"): "Member",
    ("EscalationAnswer", "reviewer"): "Member",
    ("EscalationAnswer", "team"): "Team",
    ("EscalationAnswer", "escalation"): "Escalation",
    ("Claim", "invention"): "Invention",
    ("Claim", "need"): "Need",
    ("InferenceRun", "startedBy"): "Member",
    ("Member", "team"): "Team",
}
GONE = ("MERGED", "DISMISSED")


@dataclass(frozen=True)
class Thing:
    """A row seen as one of the graph's types. A row of None stands for what a link does not lead to."""

    kind: str
    row: Row | None


@dataclass(frozen=True)
class Link:
    """What a connection is: its rows' kind, which of them belong, in which order, which are shown unless asked."""

    kind: str
    order: tuple[tuple[str, bool], ...]
    belongs: Callable[[Row, Row], bool] = lambda row, parent: True
    node: str = ""
    shown: Callable[[Oracle, Row], bool] = lambda oracle, row: True
    unless_status: bool = False
    likes: str = ""
    once: tuple[str, str] | None = None
    """Of the rows that are asked for and share the first, the one with the greatest second is shown unless `unless_status`."""

    def once_each(self, things: list[Thing]) -> list[Thing]:
        """Of the things that are asked for, those that stand for the others."""
        if self.once is None:
            return things
        same, by = self.once
        rows = sorted((one.row for one in things if one.row), key=lambda row: (row[by], row["id"]))
        foremost = {row[same]: row["id"] for row in rows}
        return [one for one in things if one.row and one.row["id"] == foremost[one.row[same]]]


OF_INVENTION = lambda row, parent: row["invention_id"] == parent["id"]  # noqa: E731
LIVE = lambda oracle, row: row["status"] in ("PENDING", "ACCEPTED")  # noqa: E731


def needs_of(oracle: Oracle, row: Row) -> int:
    """How many needs a complaint is evidence of."""
    mine = (one for one in oracle.tables["evidence"].values() if one["complaint_id"] == row["id"])
    return len({one["need_id"] for one in mine if LIVE(oracle, one)})


def coverage_basis(oracle: Oracle, row: Row) -> str:
    """What makes an invention's coverage, or what is missing."""
    links = [
        one["status"]
        for one in oracle.tables["evidence"].values()
        if one["stance"] == "SUPPORTS" and one["need_id"] in row["covered"]
    ]
    if not row["covered"]:
        return "NOT_ACTIVE" if row["claimed"] else "NO_CLAIM"
    return "ACCEPTED" if "ACCEPTED" in links else "UNDECIDED" if "PENDING" in links else "NO_EVIDENCE"


def placed(oracle: Oracle, row: Row, *, needed: bool) -> bool:
    """Whether what is decided tells whether many need an invention."""
    basis = coverage_basis(oracle, row)
    if basis in ("NO_CLAIM", "UNDECIDED") or needed:
        return basis not in ("NO_CLAIM", "UNDECIDED")
    needs = oracle.tables["need"]
    active = [one["customer_count"] for one in needs.values() if one["status"] in centricity.ACTIVE]
    claims = [one for one in oracle.tables["claim"].values() if one["invention_id"] == row["id"]]
    behind = sum(
        one["relief"] * needs[one["need_id"]]["customer_count"] for one in claims if one["need_id"] in row["covered"]
    )
    waiting = any(
        one["status"] == "PENDING" and one["stance"] == "SUPPORTS" and one["need_id"] in row["covered"]
        for one in oracle.tables["evidence"].values()
    )
    return not (waiting and 2 * round(behind, 6) * len(active) >= sum(active))


CONNECTIONS = {
    ("Query", "complaints"): Link("Complaint", (("occurredAt", True),), likes="complaint"),
    ("Query", "customers"): Link("Customer", (("id", False),)),
    ("Query", "needs"): Link(
        "Need",
        (("customerCount", True),),
        shown=lambda oracle, row: row["status"] not in GONE and (row["evidence_count"] > 0 or row["confirmed"]),
        unless_status=True,
        likes="need",
    ),
    ("Query", "aspects"): Link(
        "Aspect", (("evidenceCount", True),), shown=lambda oracle, row: bool(oracle.needs_under(row))
    ),
    ("Query", "evidence"): Link("Evidence", (("createdAt", True),)),
    ("Query", "asks"): Link("Ask", (("id", False),)),
    ("Query", "inventions"): Link(
        "Invention",
        (("createdAt", True),),
        shown=lambda oracle, row: row["status"] != "WITHDRAWN",
        unless_status=True,
        likes="invention",
    ),
    ("Query", "inferenceRuns"): Link("InferenceRun", (("createdAt", True),)),
    ("Query", "teams"): Link("Team", (("name", False),)),
    ("Query", "members"): Link("Member", (("name", False),)),
    ("Ask", "needs"): Link(
        "Evidence", (("confidence", True),), lambda row, parent: row["span_id"] == parent["id"], "need", LIVE, True
    ),
    ("Complaint", "needs"): Link(
        "Evidence",
        (("confidence", True),),
        lambda row, parent: row["complaint_id"] == parent["id"],
        "need",
        LIVE,
        True,
        once=("need_id", "confidence"),
    ),
    ("Complaint", "labels"): Link(
        "SpanLabel", (("id", False),), lambda row, parent: row["complaint_id"] == parent["id"]
    ),
    ("Complaint", "competitors"): Link(
        "Mention", (("id", False),), lambda row, parent: row["complaint_id"] == parent["id"]
    ),
    ("Complaint", "asks"): Link("Ask", (("id", False),), lambda row, parent: row["complaint_id"] == parent["id"]),
    ("Customer", "complaints"): Link(
        "Complaint", (("occurredAt", True),), lambda row, parent: row["customer_id"] == parent["id"]
    ),
    ("Need", "evidence"): Link(
        "Evidence",
        (("confidence", True), ("id", False)),
        lambda row, parent: row["need_id"] == parent["id"],
        "complaint",
        LIVE,
        True,
    ),
    ("Need", "inventions"): Link(
        "Claim",
        (("relief", True),),
        lambda row, parent: row["need_id"] == parent["id"],
        "invention",
        lambda oracle, row: oracle.tables["invention"][row["invention_id"]]["status"] != "WITHDRAWN",
    ),
    ("Aspect", "needs"): Link(
        "Need",
        (("customerCount", True),),
        lambda row, parent: row["aspect_id"] == parent["id"],
        shown=lambda oracle, row: row["status"] not in GONE,
        unless_status=True,
    ),
    ("Invention", "needs"): Link(
        "Claim", (("relief", True),), lambda row, parent: row["invention_id"] == parent["id"], "need"
    ),
    ("PressRelease", "citations"): Link("Citation", (("id", False),), OF_INVENTION),
    ("Invention", "nearestAsks"): Link("NearAsk", (("nearness", True),), OF_INVENTION, "ask"),
    ("Invention", "evidence"): Link(
        "Evidence",
        (("confidence", True), ("id", False)),
        lambda row, parent: row["stance"] == "SUPPORTS" and row["need_id"] in parent["covered"],
        "complaint",
        lambda oracle, row: row["status"] == "ACCEPTED",
        True,
    ),
    ("Query", "whiteSpace"): Link(
        "Need", (("whiteSpace", True),), shown=lambda oracle, row: row["status"] == "ACTIVE", likes="need"
    ),
    ("Invention", "faq"): Link("FaqEntry", (("position", False),), OF_INVENTION),
    ("Invention", "revisions"): Link("Revision", (("number", True),), OF_INVENTION),
    ("Invention", "reviews"): Link("Review", (("createdAt", True),), OF_INVENTION),
    ("Revision", "changes"): Link(
        "RevisionChange", (("id", False),), lambda row, parent: row["revision_id"] == parent["id"]
    ),
    ("Query", "listeningSessions"): Link("ListeningSession", (("startedAt", True),)),
    ("Query", "listeningNotes"): Link("ListeningNote", (("createdAt", True),)),
    ("Member", "listeningSessions"): Link(
        "ListeningSession", (("startedAt", True),), lambda row, parent: row["member_id"] == parent["id"]
    ),
    ("ListeningSession", "complaints"): Link(
        "ListeningDraw", (("position", False),), lambda row, parent: row["session_id"] == parent["id"], "complaint"
    ),
    ("ListeningDraw", "notes"): Link(
        "ListeningNote", (("id", False),), lambda row, parent: row["draw_id"] == parent["id"]
    ),
    ("Query", "teamProducts"): Link("TeamProduct", (("product", False),)),
    ("Query", "comments"): Link("Comment", (("createdAt", True),)),
    ("Team", "products"): Link(
        "TeamProduct", (("product", False),), lambda row, parent: row["team_id"] == parent["id"]
    ),
    ("Invention", "supporters"): Link("Supporter", (("createdAt", False),), OF_INVENTION, "member"),
    ("Invention", "comments"): Link("Comment", (("createdAt", False),), OF_INVENTION),
    ("Need", "comments"): Link("Comment", (("createdAt", False),), lambda row, parent: row["need_id"] == parent["id"]),
    ("Comment", "mentions"): Link(
        "CommentMention", (("id", False),), lambda row, parent: row["comment_id"] == parent["id"], "member"
    ),
    ("Member", "supported"): Link(
        "Supporter", (("createdAt", True),), lambda row, parent: row["member_id"] == parent["id"], "invention"
    ),
    ("Member", "mentionedIn"): Link(
        "Comment", (("createdAt", True),), lambda row, parent: parent["id"] in row["mentioned"]
    ),
    ("Member", "contributions"): Link(
        "Contribution", (("createdAt", True),), lambda row, parent: row["member_id"] == parent["id"]
    ),
    ("Query", "escalations"): Link(
        "Escalation",
        (("dueAt", False),),
        shown=lambda oracle, row: row["status"] != "CLOSED",
        unless_status=True,
    ),
    ("Team", "escalations"): Link(
        "Escalation",
        (("dueAt", False),),
        lambda row, parent: row["team_id"] == parent["id"],
        shown=lambda oracle, row: row["status"] in ("OPEN", "ACKNOWLEDGED"),
        unless_status=True,
    ),
    ("Member", "escalations"): Link(
        "Escalation", (("raisedAt", True),), lambda row, parent: row["raised_by_id"] == parent["id"]
    ),
    ("Need", "escalations"): Link(
        "Escalation", (("raisedAt", True),), lambda row, parent: row["need_id"] == parent["id"]
    ),
    ("Complaint", "escalations"): Link(
        "Escalation", (("raisedAt", True),), lambda row, parent: row["complaint_id"] == parent["id"]
    ),
    ("Escalation", "answers"): Link(
        "EscalationAnswer", (("answeredAt", True),), lambda row, parent: row["escalation_id"] == parent["id"]
    ),
    ("Query", "impacts"): Link("Impact", (("measuredAt", True),)),
    ("Shipment", "impacts"): Link("Impact", (("id", False),), OF_INVENTION),
    ("Need", "impacts"): Link("Impact", (("id", False),), lambda row, parent: row["need_id"] == parent["id"]),
    ("Query", "propensities"): Link("Propensity", (("createdAt", True),)),
    ("Query", "notices"): Link("Notice", (("id", False),)),
    ("Shipment", "notices"): Link("Notice", (("id", False),), OF_INVENTION),
    ("Shipment", "replies"): Link(
        "Reply", (("createdAt", True),), lambda row, parent: row["notice_id"] in parent["noticed"], "complaint"
    ),
    ("Notice", "replies"): Link(
        "Reply", (("createdAt", True),), lambda row, parent: row["notice_id"] == parent["id"], "complaint"
    ),
    ("Complaint", "repliesTo"): Link(
        "Reply", (("createdAt", True),), lambda row, parent: row["complaint_id"] == parent["id"], "notice"
    ),
    ("Query", "shipments"): Link("Shipment", (("shippedAt", True),)),
    ("Query", "exposures"): Link("Exposure", (("beganAt", True),)),
    ("Query", "needMovements"): Link("NeedMovement", (("id", False),), node="need"),
    ("Query", "alerts"): Link("Alert", (("raisedAt", True),)),
    ("Need", "alerts"): Link("Alert", (("raisedAt", True),), lambda row, parent: row["need_id"] == parent["id"]),
    ("Alert", "complaints"): Link(
        "Complaint", (("occurredAt", True),), lambda row, parent: row["id"] in parent["said"]
    ),
    ("Query", "bundleSuggest"): Link("BundledNeed", (("position", False),), node="need"),
    ("Query", "surveyAnswers"): Link("SurveyAnswer", (("answeredAt", True),)),
    ("Need", "surveyAnswers"): Link(
        "SurveyAnswer", (("answeredAt", True),), lambda row, parent: parent["id"] in (row["need_id"], row["became"])
    ),
    ("Query", "auditLog"): Link("AuditEntry", (("place", True),)),
    ("Query", "principles"): Link("Principle", (("position", False),)),
    ("Query", "requiredQuestions"): Link("RequiredQuestion", (("position", False),)),
    ("Team", "members"): Link("Member", (("name", False),), lambda row, parent: row["team_id"] == parent["id"]),
    ("Team", "needs"): Link(
        "Need",
        (("customerCount", True),),
        lambda row, parent: row["team_id"] == parent["id"],
        shown=lambda oracle, row: row["status"] not in GONE,
        unless_status=True,
    ),
    ("Member", "inventions"): Link(
        "Invention", (("createdAt", True),), lambda row, parent: row["proposer_id"] == parent["id"]
    ),
}
TABLE_OF |= {"Centricity": "centricity"}
CONNECTIONS |= {(owner, "centricity"): Link("Centricity", (("began", False),)) for owner in ("Query", "Team")}
CONNECTIONS |= {
    ("Centricity", name): Link(kind, ((order, down),), lambda row, parent, name=name: row["id"] in parent[name])
    for kind, order, down, names in (
        ("Complaint", "receivedAt", True, "linkedComplaints receivedComplaints unjudgedComplaints"),
        ("Complaint", "occurredAt", True, "countedComplaints"),
        ("EscalationAnswer", "answeredAt", True, "answers"),
        ("Escalation", "dueAt", False, "waitingQuestions"),
        ("Invention", "shippedAt", True, "citingInventions shippedInventions undecidedInventions"),
        ("Need", "customerCount", True, "servedNeeds activeNeeds emergingNeeds"),
        ("Exposure", "beganAt", True, "exposures"),
    )
    for name in names.split()
}
