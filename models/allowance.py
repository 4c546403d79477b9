"""What callers have used of their points, where several servers count together."""

from __future__ import annotations

from tortoise import fields
from tortoise.models import Model

from .fields import time_field


class Allowance(Model):
    """A leaky bucket: how full it was at a moment. It leaks by itself, so that a row of long ago is as good as none."""

    id = fields.BigIntField(primary_key=True)
    key = fields.CharField(max_length=64, unique=True)
    """SHA-256 of whoever pays, hexadecimal: neither a token nor an address."""
    level = fields.FloatField()
    at = time_field(indexed=True)

    class Meta:
        table = "allowance"
