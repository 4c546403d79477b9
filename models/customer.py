"""Who spoke."""

from __future__ import annotations

from tortoise import fields
from tortoise.models import Model

from .fields import time_field


class Customer(Model):
    """A pseudonymous person or account, known by the key that the organisation itself uses."""

    id = fields.BigIntField(primary_key=True)
    external_id = fields.CharField(max_length=255, unique=True)
    segment = fields.CharField(max_length=64, null=True)
    tier = fields.CharField(max_length=64, null=True)
    value = fields.FloatField(null=True)
    """Revenue a year, in the organisation's own currency."""
    reach = fields.BigIntField(null=True)
    """People this customer's voice reaches."""
    created_at = time_field()

    class Meta:
        table = "customer"
