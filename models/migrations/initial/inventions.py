"""Inventions, their documents and reviews, who stands behind them, and what they did once they shipped."""

from __future__ import annotations

from tortoise import fields
from tortoise.fields.base import OnDelete
from tortoise.migrations.operations import CreateModel

from ...document import Audience, Part, Verdict
from ...impact import CountModel
from ...impact import Verdict as Measured
from ...invention import Door, InventionStatus
from .columns import json, one_of, refers, table, times

__all__ = ["INVENTIONS"]


def standard(model: str, name: str) -> CreateModel:
    """What the organisation holds every invention to."""
    return table(
        model,
        name,
        [
            ("text", fields.TextField()),
            ("position", fields.IntField()),
            ("active", fields.BooleanField()),
            *times("created_at"),
            ("version", fields.IntField(default=1)),
        ],
    )


INVENTIONS = [
    table(
        "Invention",
        "invention",
        [
            ("title", fields.CharField(max_length=200)),
            ("mechanism", fields.TextField()),
            one_of("status", InventionStatus, 9),
            one_of("door", Door, 7),
            refers("proposer", "Member", "inventions", OnDelete.SET_NULL, null=True),
            *times("created_at", "updated_at"),
            ("version", fields.IntField(default=1)),
        ],
        indexes=[("status", "id")],
    ),
    table(
        "Claim",
        "claim",
        [
            refers("invention", "Invention", "claims"),
            refers("need", "Need", "claims"),
            ("rationale", fields.TextField()),
            ("relief", fields.FloatField()),
            *times("created_at"),
        ],
        unique=[("invention", "need")],
        indexes=[("need_id", "id")],
    ),
    table(
        "Citation",
        "citation",
        [
            refers("invention", "Invention", "citations"),
            one_of("part", Part, 14),
            refers("evidence", "Evidence", "citations"),
            *times("created_at"),
        ],
        unique=[("invention", "part", "evidence")],
        indexes=[("evidence_id",)],
    ),
    standard("Principle", "principle"),
    standard("RequiredQuestion", "required_question"),
    table(
        "FaqEntry",
        "faq_entry",
        [
            refers("invention", "Invention", "faq"),
            one_of("audience", Audience, 8),
            ("position", fields.IntField()),
            ("question", fields.TextField()),
            ("answer", fields.TextField()),
            refers("required_question", "RequiredQuestion", "answers", OnDelete.SET_NULL, null=True),
            *times("created_at"),
        ],
        unique=[("invention", "required_question")],
    ),
    table(
        "Review",
        "review",
        [
            refers("invention", "Invention", "reviews"),
            refers("reviewer", "Member", "reviews", OnDelete.SET_NULL, null=True),
            one_of("verdict", Verdict, 15),
            ("comment", fields.TextField(null=True)),
            json("principles", default=list),
            ("version", fields.IntField()),
            *times("created_at"),
        ],
        indexes=[("invention_id", "id")],
    ),
    table(
        "Revision",
        "revision",
        [
            refers("invention", "Invention", "revisions"),
            ("number", fields.IntField()),
            refers("author", "Member", "revisions", OnDelete.SET_NULL, null=True),
            *times("created_at"),
        ],
        unique=[("invention", "number")],
    ),
    table(
        "RevisionChange",
        "revision_change",
        [
            refers("revision", "Revision", "changes"),
            ("field", fields.CharField(max_length=64)),
            ("before", fields.TextField(null=True)),
            ("after", fields.TextField(null=True)),
        ],
        indexes=[("revision_id", "id")],
    ),
    table(
        "Supporter",
        "supporter",
        [
            refers("invention", "Invention", "supporters"),
            refers("member", "Member", "supported"),
            *times("created_at"),
        ],
        unique=[("invention", "member")],
        indexes=[("member_id", "id")],
    ),
    table(
        "Impact",
        "impact",
        [
            refers("invention", "Invention", "impacts"),
            refers("need", "Need", "impacts"),
            one_of("verdict", Measured, 17),
            ("ratio", fields.FloatField(null=True)),
            ("low", fields.FloatField(null=True)),
            ("high", fields.FloatField(null=True)),
            ("p_value", fields.FloatField(null=True)),
            ("level_ratio", fields.FloatField(null=True)),
            ("trend_ratio", fields.FloatField(null=True)),
            one_of("model", CountModel, 17, null=True),
            ("dispersion", fields.FloatField(null=True)),
            ("autocorrelation", fields.FloatField(null=True)),
            ("control_needs", fields.IntField()),
            ("weeks_before", fields.IntField()),
            ("weeks_after", fields.IntField()),
            ("complaints_before", fields.IntField()),
            ("complaints_after", fields.IntField()),
            ("per_customers", fields.BooleanField()),
            ("rate_before", fields.FloatField(null=True)),
            ("residual_rate", fields.FloatField(null=True)),
            ("residual_low", fields.FloatField(null=True)),
            ("residual_high", fields.FloatField(null=True)),
            ("placebo_dates", fields.IntField()),
            ("placebo_rejections", fields.IntField()),
            json("placebos", default=list),
            ("since", fields.IntField()),
            ("through", fields.IntField()),
            ("shipped_week", fields.IntField()),
            *times("measured_at"),
        ],
        unique=[("invention", "need")],
        indexes=[("need_id", "id")],
    ),
]
