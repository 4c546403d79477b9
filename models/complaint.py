"""What a customer said."""

from __future__ import annotations

from tortoise import fields
from tortoise.models import Model

from .fields import time_field


class Complaint(Model):
    """One verbatim from one customer; immutable once received. (`source`, `external_id`) makes a second import harmless."""

    id = fields.BigIntField(primary_key=True)
    source = fields.CharField(max_length=64)
    external_id = fields.CharField(max_length=255)
    content_hash = fields.CharField(max_length=32)
    """Hexadecimal digest of the normalised text and its customer, to tell a repeated row from a clashing one."""
    text = fields.TextField()
    channel = fields.CharField(max_length=64)
    product = fields.CharField(max_length=128, null=True)
    language = fields.CharField(max_length=16, null=True)
    rating = fields.FloatField(null=True)
    """Stars that came with the text, 1 to 5."""
    sentiment = fields.FloatField(null=True)
    """-1 (bad) to 1 (good); null until inference has read the text."""
    severity = fields.SmallIntField(null=True)
    """1 (mild) to 5 (grave); null until inference has read the text."""
    customer: fields.ForeignKeyNullableRelation = fields.ForeignKeyField(
        "models.Customer", related_name="complaints", null=True, on_delete=fields.OnDelete.RESTRICT
    )
    occurred_at = time_field()
    received_at = time_field()
    week = fields.IntField()
    """`week_of(occurred_at)`: kept, so that weekly counts group by an integer."""

    class Meta:
        table = "complaint"
        # the rarer first, since people look for an id without naming its source
        unique_together = (("external_id", "source"),)
        # another, of those with a product, is made by the first migration
        indexes = (
            ("occurred_at", "id"),
            ("channel", "occurred_at"),
            ("source", "occurred_at"),
            ("received_at", "id"),
            ("customer_id", "occurred_at", "id"),
        )
