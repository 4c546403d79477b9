"""What several needs are about."""

from __future__ import annotations

from tortoise import fields
from tortoise.models import Model

from .fields import time_field


class Aspect(Model):
    """The upper level of the tree aspect -> need, such as delivery or search."""

    id = fields.BigIntField(primary_key=True)
    name = fields.CharField(max_length=120)
    named = fields.BooleanField(default=False)
    """A curator gave it this name: runs do not change it."""
    key_phrases: list[str] = fields.JSONField(default=list)  # type: ignore[assignment]
    created_at = time_field()
    updated_at = time_field()
    version = fields.IntField(default=1)

    class Meta:
        table = "aspect"
