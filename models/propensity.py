"""How readily customers complain, as somebody measured it."""

from __future__ import annotations

from tortoise import fields
from tortoise.models import Model

from .fields import time_field


class Propensity(Model):
    """The share of affected customers who complain, between `low` and `high`, and who says so. The latest one holds."""

    id = fields.BigIntField(primary_key=True)
    low = fields.FloatField()
    high = fields.FloatField()
    source = fields.CharField(max_length=500)
    created_at = time_field()
    withdrawn_at = time_field(null=True)

    class Meta:
        table = "propensity"
