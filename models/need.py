"""What customers lack."""

from __future__ import annotations

from enum import StrEnum

from tortoise import fields
from tortoise.models import Model

from .fields import time_field


class NeedStatus(StrEnum):
    """Where a need stands."""

    EMERGING = "EMERGING"
    ACTIVE = "ACTIVE"
    ADDRESSED = "ADDRESSED"
    RELIEVED = "RELIEVED"
    REGRESSED = "REGRESSED"
    DISMISSED = "DISMISSED"
    MERGED = "MERGED"


LIVE_NEEDS = (
    NeedStatus.EMERGING,
    NeedStatus.ACTIVE,
    NeedStatus.ADDRESSED,
    NeedStatus.RELIEVED,
    NeedStatus.REGRESSED,
)
"""Needs that collect evidence and are shown by default."""


class StatementBasis(StrEnum):
    """Where a need's statement comes from."""

    TEMPLATE = "TEMPLATE"
    QUOTE = "QUOTE"
    HUMAN = "HUMAN"


class Need(Model):
    """A solution-free lack or desired outcome. The counts are roll-ups over its live evidence, kept by the commands."""

    id = fields.BigIntField(primary_key=True)
    statement = fields.TextField()
    statement_basis = fields.CharEnumField(StatementBasis, max_length=8)
    status = fields.CharEnumField(NeedStatus, max_length=10)
    confidence = fields.FloatField()
    uncorrected = fields.FloatField(null=True)
    """What the confidence was before it was corrected by what people decided; null where it was not."""
    key_phrases: list[str] = fields.JSONField(default=list)  # type: ignore[assignment]
    called = fields.TextField(null=True)
    """What inference calls it, whatever people do: what its evidence is to bear out (`inference/called.py`, as JSON). None where
    nothing is asked, as of needs that people merged."""
    confirmed = fields.BooleanField(default=False)
    """A curator has said that this is a need."""
    team: fields.ForeignKeyNullableRelation = fields.ForeignKeyField(
        "models.Team", related_name="needs", null=True, on_delete=fields.OnDelete.SET_NULL
    )
    merged_into: fields.ForeignKeyNullableRelation = fields.ForeignKeyField(
        "models.Need", related_name="merged", null=True, on_delete=fields.OnDelete.RESTRICT
    )
    """Set when MERGED: the need that this id now stands for, never itself a merged one."""
    merged_by_run = fields.BooleanField(default=False)
    """Whether a run found that it is part of `merged_into`, rather than a curator."""
    aspect: fields.ForeignKeyNullableRelation = fields.ForeignKeyField(
        "models.Aspect", related_name="needs", null=True, on_delete=fields.OnDelete.SET_NULL
    )
    aspect_decided = fields.BooleanField(default=False)
    """A curator said which aspect it is of, or that it is of none: runs do not change it."""
    dismissal_reason = fields.TextField(null=True)
    """Why a curator dismissed it."""
    evidence_count = fields.IntField(default=0)
    customer_count = fields.IntField(default=0)
    """Distinct voices whose words support it: customers, and each complaint of an unknown customer as one."""
    asking_count = fields.IntField(default=0)
    """Those of them with an ASK among the evidence that supports it."""
    voice_count = fields.IntField(default=0)
    """Distinct voices behind all of its evidence, of those too who only speak against it."""
    pull = fields.FloatField(default=0)
    """How strongly its voices pull (see `standing`): what importance ranks by. A customer's reach counts as it was known then."""
    glad_count = fields.IntField(default=0)
    """Distinct voices with praise or contradicting words among the evidence."""
    first_at = time_field(null=True)
    last_at = time_field(null=True)
    created_at = time_field()
    updated_at = time_field()
    version = fields.IntField(default=1)

    class Meta:
        table = "need"
        indexes = (
            ("status", "customer_count", "id"),
            ("merged_into_id",),
            ("team_id", "id"),
            ("aspect_id", "id"),
            ("status", "pull"),
        )
