"""Why a need is believed."""

from __future__ import annotations

from enum import StrEnum

from tortoise import fields
from tortoise.models import Model

from .fields import time_field


class Stance(StrEnum):
    """What a span says of a need."""

    SUPPORTS = "SUPPORTS"
    CONTRADICTS = "CONTRADICTS"


class Basis(StrEnum):
    """Who linked a span to a need."""

    MODEL = "MODEL"
    HUMAN = "HUMAN"


class EvidenceStatus(StrEnum):
    """Where a link stands."""

    PENDING = "PENDING"
    ACCEPTED = "ACCEPTED"
    DISMISSED = "DISMISSED"
    EXPIRED = "EXPIRED"


LIVE_EVIDENCE = (EvidenceStatus.PENDING, EvidenceStatus.ACCEPTED)
"""Evidence that counts and is shown by default."""


class Evidence(Model):
    """The link from a span to a need. A link that a person decided (`decided_by`, basis HUMAN) is never changed by a run."""

    id = fields.BigIntField(primary_key=True)
    need: fields.ForeignKeyRelation = fields.ForeignKeyField("models.Need", related_name="evidence")
    span: fields.ForeignKeyRelation = fields.ForeignKeyField("models.Span", related_name="evidence")
    complaint: fields.ForeignKeyRelation = fields.ForeignKeyField("models.Complaint", related_name="evidence")
    voice = fields.BigIntField()
    """The complaint's customer id, or minus the complaint's id where the customer is unknown."""
    stance = fields.CharEnumField(Stance, max_length=11)
    confidence = fields.FloatField()
    uncorrected = fields.FloatField(null=True)
    """What the confidence was before it was corrected by what people decided; null where it was not."""
    placed = fields.BooleanField(default=False)
    """Whether a need that was there took the span in, rather than that it was found with it: what is stated of both is
    corrected apart."""
    basis = fields.CharEnumField(Basis, max_length=5)
    status = fields.CharEnumField(EvidenceStatus, max_length=9)
    live = fields.BooleanField()
    """Whether the status is one of `LIVE_EVIDENCE`: kept, so that one index serves the default page."""
    run: fields.ForeignKeyNullableRelation = fields.ForeignKeyField(
        "models.InferenceRun", related_name="evidence", null=True, on_delete=fields.OnDelete.SET_NULL
    )
    decided_by: fields.ForeignKeyNullableRelation = fields.ForeignKeyField(
        "models.Member", related_name="decisions", null=True, on_delete=fields.OnDelete.SET_NULL
    )
    decided_at = time_field(null=True)
    created_at = time_field()
    version = fields.IntField(default=1)

    class Meta:
        table = "evidence"
        unique_together = (("need", "span"),)
        # the index of the default page, (need, live, confidence descending, id), is made by the first migration
        indexes = (("complaint_id",), ("span_id",), ("created_at", "id"), ("status", "created_at", "id"))
