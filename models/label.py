"""What people say that spans are."""

from __future__ import annotations

from tortoise import fields
from tortoise.models import Model

from .fields import time_field
from .span import SpanKind


class SpanLabel(Model):
    """A person's word on what a range of a complaint does. It stands whatever models find, and they learn from it."""

    id = fields.BigIntField(primary_key=True)
    complaint: fields.ForeignKeyRelation = fields.ForeignKeyField("models.Complaint", related_name="labels")
    start_offset = fields.IntField()
    """First character, counted in Unicode code points from 0."""
    end_offset = fields.IntField()
    """One past the last character."""
    kind = fields.CharEnumField(SpanKind, max_length=8)
    labelled_by: fields.ForeignKeyNullableRelation = fields.ForeignKeyField(
        "models.Member", related_name="labels", null=True, on_delete=fields.SET_NULL
    )
    created_at = time_field()
    updated_at = time_field()

    class Meta:
        table = "span_label"
        unique_together = (("complaint", "start_offset", "end_offset"),)
