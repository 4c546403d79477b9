"""An invention in customers' hands, and how many customers there were week by week to complain."""

from __future__ import annotations

from tortoise import fields
from tortoise.models import Model

from .fields import time_field
from .invention import InventionStatus

SHIPPED_INVENTIONS = (InventionStatus.SHIPPED, InventionStatus.MEASURED)
"""Proposals that are in customers' hands."""


class Exposure(Model):
    """Customers who were there in a week, whether they complained or not: what counts of complaints are held against."""

    id = fields.BigIntField(primary_key=True)
    week = fields.IntField(unique=True)
    """`week_of` any moment in it."""
    day = fields.CharField(max_length=10)
    """The Monday it began on (UTC), as an ISO 8601 date: every reader would have to write the number as one."""
    active_customers = fields.IntField()
    updated_at = time_field()

    class Meta:
        table = "exposure"
