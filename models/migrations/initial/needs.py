"""What customers say and lack: complaints, their spans, needs and the evidence for them, runs, and what is known of weeks."""

from __future__ import annotations

from tortoise import fields
from tortoise.fields.base import OnDelete

from ...alert import AlertKind
from ...event import Topic
from ...evidence import Basis, EvidenceStatus, Stance
from ...need import NeedStatus, StatementBasis
from ...run import RunStatus
from ...span import SpanKind
from .columns import json, one_of, refers, table, times

__all__ = ["NEEDS"]

NEEDS = [
    table(
        "Customer",
        "customer",
        [
            ("external_id", fields.CharField(unique=True, max_length=255)),
            ("segment", fields.CharField(null=True, max_length=64)),
            ("tier", fields.CharField(null=True, max_length=64)),
            ("value", fields.FloatField(null=True)),
            ("reach", fields.BigIntField(null=True)),
            *times("created_at"),
        ],
    ),
    table(
        "Complaint",
        "complaint",
        [
            ("source", fields.CharField(max_length=64)),
            ("external_id", fields.CharField(max_length=255)),
            ("content_hash", fields.CharField(max_length=32)),
            ("text", fields.TextField()),
            ("channel", fields.CharField(max_length=64)),
            ("product", fields.CharField(null=True, max_length=128)),
            ("language", fields.CharField(null=True, max_length=16)),
            ("rating", fields.FloatField(null=True)),
            ("sentiment", fields.FloatField(null=True)),
            ("severity", fields.SmallIntField(null=True)),
            refers("customer", "Customer", "complaints", OnDelete.RESTRICT, null=True),
            *times("occurred_at", "received_at"),
            ("week", fields.IntField()),
        ],
        unique=[("external_id", "source")],
        indexes=[
            ("occurred_at", "id"),
            ("channel", "occurred_at"),
            ("source", "occurred_at"),
            ("received_at", "id"),
            ("customer_id", "occurred_at", "id"),
        ],
    ),
    table(
        "Event",
        "event",
        [
            (
                "topic",
                fields.CharEnumField(enum_type=Topic, max_length=20, description="what a subscription listens to"),
            ),
            json("subjects"),
            json("details", default=dict),
            ("at", fields.BigIntField(db_index=True)),
        ],
    ),
    table(
        "Span",
        "span",
        [
            refers("complaint", "Complaint", "spans"),
            ("start_offset", fields.IntField()),
            ("end_offset", fields.IntField()),
            one_of("kind", SpanKind, 8),
            ("score", fields.FloatField()),
            ("vector", fields.BinaryField(null=True)),
        ],
        unique=[("complaint", "start_offset", "end_offset")],
    ),
    table(
        "SpanLabel",
        "span_label",
        [
            refers("complaint", "Complaint", "labels"),
            ("start_offset", fields.IntField()),
            ("end_offset", fields.IntField()),
            one_of("kind", SpanKind, 8),
            refers("labelled_by", "Member", "labels", OnDelete.SET_NULL, null=True),
            *times("created_at", "updated_at"),
        ],
        unique=[("complaint", "start_offset", "end_offset")],
    ),
    table(
        "Mention",
        "mention",
        [
            refers("complaint", "Complaint", "mentions"),
            ("name", fields.CharField(max_length=60)),
            ("folded", fields.CharField(max_length=60)),
        ],
        unique=[("complaint", "folded")],
    ),
    table(
        "InferenceRun",
        "inference_run",
        [
            one_of("status", RunStatus, 9),
            ("stage", fields.CharField(default="waiting", max_length=32)),
            ("progress", fields.FloatField(default=0.0)),
            json("parameters", default=dict),
            json("models", default=dict),
            ("watermark", fields.BigIntField(null=True)),
            json("counts", default=dict),
            json("timings", default=dict),
            ("failure", fields.CharField(null=True, max_length=500)),
            ("cancel_asked", fields.BooleanField(default=False)),
            *times("heartbeat_at", null=True),
            refers("started_by", "Member", "runs", OnDelete.SET_NULL, null=True),
            *times("created_at"),
            *times("started_at", "finished_at", null=True),
        ],
        indexes=[("status", "id")],
    ),
    table(
        "Aspect",
        "aspect",
        [
            ("name", fields.CharField(max_length=120)),
            ("named", fields.BooleanField(default=False)),
            json("key_phrases", default=list),
            *times("created_at", "updated_at"),
            ("version", fields.IntField(default=1)),
        ],
    ),
    table(
        "Need",
        "need",
        [
            ("statement", fields.TextField()),
            one_of("statement_basis", StatementBasis, 8),
            one_of("status", NeedStatus, 10),
            ("confidence", fields.FloatField()),
            json("key_phrases", default=list),
            ("confirmed", fields.BooleanField(default=False)),
            refers("team", "Team", "needs", OnDelete.SET_NULL, null=True),
            refers("merged_into", "Need", "merged", OnDelete.RESTRICT, null=True),
            ("dismissal_reason", fields.TextField(null=True)),
            ("evidence_count", fields.IntField(default=0)),
            ("customer_count", fields.IntField(default=0)),
            ("asking_count", fields.IntField(default=0)),
            *times("first_at", "last_at", null=True),
            *times("created_at", "updated_at"),
            ("version", fields.IntField(default=1)),
        ],
        indexes=[("status", "customer_count", "id"), ("merged_into_id",), ("team_id", "id")],
    ),
    table(
        "Evidence",
        "evidence",
        [
            refers("need", "Need", "evidence"),
            refers("span", "Span", "evidence"),
            refers("complaint", "Complaint", "evidence"),
            ("voice", fields.BigIntField()),
            one_of("stance", Stance, 11),
            ("confidence", fields.FloatField()),
            one_of("basis", Basis, 5),
            one_of("status", EvidenceStatus, 9),
            ("live", fields.BooleanField()),
            refers("run", "InferenceRun", "evidence", OnDelete.SET_NULL, null=True),
            refers("decided_by", "Member", "decisions", OnDelete.SET_NULL, null=True),
            *times("decided_at", null=True),
            *times("created_at"),
            ("version", fields.IntField(default=1)),
        ],
        unique=[("need", "span")],
        indexes=[("complaint_id",), ("span_id",), ("created_at", "id"), ("status", "created_at", "id")],
    ),
    table(
        "Alert",
        "alert",
        [
            refers("need", "Need", "alerts"),
            ("week", fields.IntField()),
            ("day", fields.CharField(max_length=10)),
            one_of("kind", AlertKind, 5),
            ("observed", fields.IntField()),
            ("expected", fields.FloatField(null=True)),
            ("p_value", fields.FloatField(null=True)),
            ("false_discovery", fields.FloatField(null=True)),
            ("reach", fields.FloatField()),
            *times("raised_at"),
        ],
        unique=[("need", "week", "kind")],
        indexes=[("raised_at", "id")],
    ),
    table(
        "SurveyAnswer",
        "survey_answer",
        [
            refers("need", "Need", "survey_answers"),
            ("source", fields.CharField(max_length=64)),
            ("respondent", fields.CharField(max_length=255)),
            ("importance", fields.SmallIntField()),
            ("satisfaction", fields.SmallIntField()),
            *times("answered_at", "created_at"),
        ],
        unique=[("respondent", "source", "need")],
        indexes=[("need_id", "importance", "satisfaction")],
    ),
    table(
        "Exposure",
        "exposure",
        [
            ("week", fields.IntField(unique=True)),
            ("day", fields.CharField(max_length=10)),
            ("active_customers", fields.IntField()),
            *times("updated_at"),
        ],
    ),
    table(
        "Propensity",
        "propensity",
        [
            ("low", fields.FloatField()),
            ("high", fields.FloatField()),
            ("source", fields.CharField(max_length=500)),
            *times("created_at"),
            *times("withdrawn_at", null=True),
        ],
    ),
]
