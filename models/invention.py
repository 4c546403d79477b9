"""What is proposed, asked for or not."""

from __future__ import annotations

from enum import StrEnum

from tortoise import fields
from tortoise.models import Model

from .fields import time_field


class InventionStatus(StrEnum):
    """Where a proposal stands."""

    DRAFT = "DRAFT"
    IN_REVIEW = "IN_REVIEW"
    REVISING = "REVISING"
    APPROVED = "APPROVED"
    REJECTED = "REJECTED"
    BUILDING = "BUILDING"
    SHIPPED = "SHIPPED"
    MEASURED = "MEASURED"
    WITHDRAWN = "WITHDRAWN"


EDITABLE_INVENTIONS = (InventionStatus.DRAFT, InventionStatus.IN_REVIEW, InventionStatus.REVISING)
"""Proposals whose words and claims may still change, and which may be withdrawn."""


class Door(StrEnum):
    """Whether a decision can be taken back."""

    ONE_WAY = "ONE_WAY"
    TWO_WAY = "TWO_WAY"


class Invention(Model):
    """A proposed answer to one or more needs."""

    id = fields.BigIntField(primary_key=True)
    title = fields.CharField(max_length=200)
    mechanism = fields.TextField()
    """How it would work, in plain words."""
    status = fields.CharEnumField(InventionStatus, max_length=9)
    door = fields.CharEnumField(Door, max_length=7)
    proposer: fields.ForeignKeyNullableRelation = fields.ForeignKeyField(
        "models.Member", related_name="inventions", null=True, on_delete=fields.OnDelete.SET_NULL
    )
    created_at = time_field()
    updated_at = time_field()
    version = fields.IntField(default=1)

    class Meta:
        table = "invention"
        indexes = (("status", "id"),)


class Claim(Model):
    """The link from an invention to a need it means to relieve."""

    id = fields.BigIntField(primary_key=True)
    invention: fields.ForeignKeyRelation = fields.ForeignKeyField("models.Invention", related_name="claims")
    need: fields.ForeignKeyRelation = fields.ForeignKeyField("models.Need", related_name="claims")
    rationale = fields.TextField()
    relief = fields.FloatField()
    """Share of the need that the invention claims to relieve, 0 to 1."""
    created_at = time_field()

    class Meta:
        table = "claim"
        unique_together = (("invention", "need"),)
        indexes = (("need_id", "id"),)
