"""The atom of evidence."""

from __future__ import annotations

from enum import StrEnum

from tortoise import fields
from tortoise.models import Model


class SpanKind(StrEnum):
    """What a span does."""

    ASK = "ASK"
    PAIN = "PAIN"
    WISH = "WISH"
    PRAISE = "PRAISE"
    NOISE = "NOISE"


class Span(Model):
    """A character range of a complaint. Its quote is never stored: it is `text[start:end]` of the complaint, always."""

    id = fields.BigIntField(primary_key=True)
    complaint: fields.ForeignKeyRelation = fields.ForeignKeyField("models.Complaint", related_name="spans")
    start_offset = fields.IntField()
    """First character, counted in Unicode code points from 0."""
    end_offset = fields.IntField()
    """One past the last character."""
    kind = fields.CharEnumField(SpanKind, max_length=8)
    score = fields.FloatField()
    """How sure the kind is, 0 to 1."""
    vector = fields.BinaryField(null=True)
    """Meaning: little-endian float16s of unit length; null where a span carries none."""

    class Meta:
        table = "span"
        unique_together = (("complaint", "start_offset", "end_offset"),)
        # an index of those that are asks is made by the first migration
