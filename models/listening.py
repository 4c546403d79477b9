"""Leaders who listen: a drawn sample of complaints, read one by one, with marks and notes."""

from __future__ import annotations

from enum import StrEnum

from tortoise import fields
from tortoise.models import Model

from .fields import time_field


class Strata(StrEnum):
    """By what complaints are parted before they are drawn."""

    NONE = "NONE"
    CHANNEL = "CHANNEL"
    PRODUCT = "PRODUCT"
    SEGMENT = "SEGMENT"
    LANGUAGE = "LANGUAGE"


class Allocation(StrEnum):
    """How many are drawn from each part."""

    PROPORTIONAL = "PROPORTIONAL"
    EQUAL = "EQUAL"


class ListeningSession(Model):
    """One sample that a member listens to."""

    id = fields.BigIntField(primary_key=True)
    member: fields.ForeignKeyRelation = fields.ForeignKeyField("models.Member", related_name="sessions")
    size = fields.IntField()
    """Complaints drawn: as many as were asked for, or all there are."""
    population = fields.IntField()
    """Complaints that it was drawn from."""
    strata = fields.CharEnumField(Strata, max_length=8)
    allocation = fields.CharEnumField(Allocation, max_length=12)
    since = time_field(null=True)
    until = time_field(null=True)
    seed = fields.BigIntField()
    """What the draw was made with: the same seed over the same complaints draws the same."""
    started_at = time_field()

    class Meta:
        table = "listening_session"
        indexes = (("member_id", "id"),)


class ListeningDraw(Model):
    """One complaint of a sample."""

    id = fields.BigIntField(primary_key=True)
    session: fields.ForeignKeyRelation = fields.ForeignKeyField("models.ListeningSession", related_name="draws")
    complaint: fields.ForeignKeyRelation = fields.ForeignKeyField("models.Complaint", related_name="draws")
    position = fields.IntField()
    """Its place in the sample, from 1, by lot."""
    stratum = fields.CharField(max_length=128)
    """The part that it was drawn from; '' for what has no value, and for several small parts that were put together."""
    pooled = fields.BooleanField()
    """Whether its part is several small ones put together."""
    stratum_size = fields.IntField()
    probability = fields.FloatField()
    """Of having been drawn: how many were drawn from its part, divided by how many are in it."""
    heard_at = time_field(null=True)
    listened_ms = fields.IntField(default=0)

    class Meta:
        table = "listening_draw"
        unique_together = (("session", "complaint"),)
        indexes = (("session_id", "position"), ("complaint_id",))


class ListeningNote(Model):
    """What a member noted of a complaint that they heard."""

    id = fields.BigIntField(primary_key=True)
    draw: fields.ForeignKeyRelation = fields.ForeignKeyField("models.ListeningDraw", related_name="notes")
    text = fields.TextField()
    evidence: fields.ForeignKeyNullableRelation = fields.ForeignKeyField(
        "models.Evidence", related_name="notes", null=True, on_delete=fields.OnDelete.SET_NULL
    )
    """What it became."""
    created_at = time_field()

    class Meta:
        table = "listening_note"
        indexes = (("draw_id", "id"), ("evidence_id",))
