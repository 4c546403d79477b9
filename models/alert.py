"""That a need is heard of more than its past lets one expect, or that it may go viral."""

from __future__ import annotations

from enum import StrEnum

from tortoise import fields
from tortoise.models import Model

from .fields import time_field


class AlertKind(StrEnum):
    """Why an alert was raised."""

    SURGE = "SURGE"
    VIRAL = "VIRAL"


class Direction(StrEnum):
    """How a need moves."""

    RISING = "RISING"
    FALLING = "FALLING"
    NEW = "NEW"
    STEADY = "STEADY"


class Alert(Model):
    """One need in one week, as it stood when the alert was raised; a need has at most one of each kind a week."""

    id = fields.BigIntField(primary_key=True)
    need: fields.ForeignKeyRelation = fields.ForeignKeyField("models.Need", related_name="alerts")
    week = fields.IntField()
    """As `week_of` numbers them."""
    day = fields.CharField(max_length=10)
    """The Monday it began on, in ISO 8601."""
    kind = fields.CharEnumField(AlertKind, max_length=5)
    observed = fields.IntField()
    """Distinct customers who were heard so far in the week."""
    expected = fields.FloatField(null=True)
    """Customers that the weeks before let one expect; null where they are too few."""
    p_value = fields.FloatField(null=True)
    false_discovery = fields.FloatField(null=True)
    """The p-value, adjusted for all needs of the week."""
    reach = fields.FloatField()
    """People reached by the customers whose words of the week are severe."""
    raised_at = time_field()

    class Meta:
        table = "alert"
        unique_together = (("need", "week", "kind"),)
        indexes = (("raised_at", "id"),)
