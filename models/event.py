"""What happened, for those who listen."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from tortoise import fields
from tortoise.models import Model

from .fields import time_field


class Topic(StrEnum):
    """Kinds of event; each is what a subscription listens to."""

    COMPLAINT_RECEIVED = "COMPLAINT_RECEIVED"
    NEED_CHANGED = "NEED_CHANGED"
    INVENTION_CHANGED = "INVENTION_CHANGED"
    ESCALATION_CHANGED = "ESCALATION_CHANGED"
    COMMENT_ADDED = "COMMENT_ADDED"
    RUN_CHANGED = "RUN_CHANGED"
    ALERT_RAISED = "ALERT_RAISED"


class Event(Model):
    """One committed change: written in the transaction that it tells of, read by every process that has subscribers."""

    id = fields.BigIntField(primary_key=True)
    # described, since its values would be the description: a new topic changes no table
    topic = fields.CharEnumField(Topic, max_length=20, description="what a subscription listens to")
    subjects: list[int] = fields.JSONField()  # type: ignore[assignment]
    """Ids of the rows that changed."""
    details: dict[str, Any] = fields.JSONField(default=dict)  # type: ignore[assignment]
    at = time_field(indexed=True)

    class Meta:
        table = "event"
