"""The "?" that somebody puts on a complaint or a need: a question that a team must answer by a time."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from tortoise import fields
from tortoise.models import Model

from .fields import time_field


class EscalationStatus(StrEnum):
    """Where a question stands."""

    OPEN = "OPEN"
    ACKNOWLEDGED = "ACKNOWLEDGED"
    ANSWERED = "ANSWERED"
    REVIEWED = "REVIEWED"
    CLOSED = "CLOSED"


UNANSWERED = (EscalationStatus.OPEN, EscalationStatus.ACKNOWLEDGED)
"""Questions that their team still has to answer."""


class EscalationStep(StrEnum):
    """What moves a question from one state to another."""

    ACKNOWLEDGE = "ACKNOWLEDGE"
    ANSWER = "ANSWER"
    REVIEW = "REVIEW"
    REOPEN = "REOPEN"
    CLOSE = "CLOSE"
    ROUTE = "ROUTE"


STEPS: Mapping[EscalationStep, tuple[tuple[EscalationStatus, ...], EscalationStatus]] = {
    EscalationStep.ACKNOWLEDGE: ((EscalationStatus.OPEN,), EscalationStatus.ACKNOWLEDGED),
    EscalationStep.ANSWER: ((EscalationStatus.ACKNOWLEDGED,), EscalationStatus.ANSWERED),
    EscalationStep.REVIEW: ((EscalationStatus.ANSWERED,), EscalationStatus.REVIEWED),
    EscalationStep.REOPEN: (
        (EscalationStatus.ANSWERED, EscalationStatus.REVIEWED, EscalationStatus.CLOSED),
        EscalationStatus.OPEN,
    ),
    EscalationStep.CLOSE: ((EscalationStatus.REVIEWED,), EscalationStatus.CLOSED),
    # another team has to acknowledge it for itself
    EscalationStep.ROUTE: (UNANSWERED, EscalationStatus.OPEN),
}
"""The states that a step may start from, and the one it leads to."""

HOUR_MS = 3_600_000
HOURS: Mapping[int, int] = {1: 7 * 24, 2: 5 * 24, 3: 3 * 24, 4: 24, 5: 8}
"""Hours to an answer by severity, 1 (mild) to 5 (grave)."""


class Escalation(Model):
    """A question on a complaint, or on a need. A complaint's own question names the need that it was routed by, too."""

    id = fields.BigIntField(primary_key=True)
    question = fields.TextField()
    status = fields.CharEnumField(EscalationStatus, max_length=12)
    severity = fields.SmallIntField()
    """1 (mild) to 5 (grave), of the complaint, or rounded over those that support the need."""
    complaint: fields.ForeignKeyNullableRelation = fields.ForeignKeyField(
        "models.Complaint", related_name="escalations", null=True, on_delete=fields.OnDelete.CASCADE
    )
    need: fields.ForeignKeyNullableRelation = fields.ForeignKeyField(
        "models.Need", related_name="escalations", null=True, on_delete=fields.OnDelete.SET_NULL
    )
    team: fields.ForeignKeyNullableRelation = fields.ForeignKeyField(
        "models.Team", related_name="escalations", null=True, on_delete=fields.OnDelete.SET_NULL
    )
    """Who must answer; null until somebody routes it, where nobody owns what it is about."""
    raised_by: fields.ForeignKeyNullableRelation = fields.ForeignKeyField(
        "models.Member", related_name="questions", null=True, on_delete=fields.OnDelete.SET_NULL
    )
    owner: fields.ForeignKeyNullableRelation = fields.ForeignKeyField(
        "models.Member", related_name="owned_questions", null=True, on_delete=fields.OnDelete.SET_NULL
    )
    """Who acknowledged it."""
    raised_at = time_field()
    asked_at = time_field()
    """When it was raised, or last reopened: from then on the answer is waited for."""
    due_at = time_field()
    acknowledged_at = time_field(null=True)
    answered_at = time_field(null=True)
    """When it was answered since it was last asked."""
    breach_told_at = time_field(null=True)
    """When it was told that `due_at` passed without an answer: once for each time that it is asked."""
    closed_at = time_field(null=True)
    reopen_count = fields.IntField(default=0)
    version = fields.IntField(default=1)

    class Meta:
        table = "escalation"
        indexes = (
            ("team_id", "status", "due_at", "id"),
            ("status", "due_at", "id"),
            ("need_id", "id"),
            ("complaint_id", "id"),
            ("raised_by_id", "id"),
        )


class EscalationAnswer(Model):
    """One answer to a question, and what its reviewer said of it. A question that is reopened gets another one."""

    id = fields.BigIntField(primary_key=True)
    escalation: fields.ForeignKeyRelation = fields.ForeignKeyField("models.Escalation", related_name="answers")
    team: fields.ForeignKeyNullableRelation = fields.ForeignKeyField(
        "models.Team", related_name="answers", null=True, on_delete=fields.OnDelete.SET_NULL
    )
    author: fields.ForeignKeyNullableRelation = fields.ForeignKeyField(
        "models.Member", related_name="answers", null=True, on_delete=fields.OnDelete.SET_NULL
    )
    text = fields.TextField()
    whys: list[str] = fields.JSONField(default=list)  # type: ignore[assignment]
    """Why it happened, then why that did, and so on: five of them."""
    actions: list[str] = fields.JSONField(default=list)  # type: ignore[assignment]
    """What is done about it."""
    asked_at = time_field()
    due_at = time_field()
    answered_at = time_field()
    reviewer: fields.ForeignKeyNullableRelation = fields.ForeignKeyField(
        "models.Member", related_name="reviewed_answers", null=True, on_delete=fields.OnDelete.SET_NULL
    )
    review = fields.TextField(null=True)
    """The reviewer's word on it."""
    reviewed_at = time_field(null=True)
    reopened_because = fields.TextField(null=True)
    """Why the question was asked again after it."""

    class Meta:
        table = "escalation_answer"
        indexes = (("escalation_id", "id"), ("team_id", "answered_at"), ("author_id", "id"))
