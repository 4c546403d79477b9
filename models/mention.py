"""Competitors that customers name."""

from __future__ import annotations

from tortoise import fields
from tortoise.models import Model


class Mention(Model):
    """That a complaint names a competitor, as reading it found."""

    id = fields.BigIntField(primary_key=True)
    complaint: fields.ForeignKeyRelation = fields.ForeignKeyField("models.Complaint", related_name="mentions")
    name = fields.CharField(max_length=60)
    """As the customer wrote it."""
    folded = fields.CharField(max_length=60)
    """What all spellings of it have in common."""

    class Meta:
        table = "mention"
        unique_together = (("complaint", "folded"),)
