"""Members as an identity provider knows them."""

from __future__ import annotations

from tortoise import fields
from tortoise.models import Model

from .fields import time_field


class Identity(Model):
    """That a member is the subject of an issuer's tokens. Names decide nothing: a provider may give one away twice."""

    id = fields.BigIntField(primary_key=True)
    issuer = fields.CharField(max_length=255)
    subject = fields.CharField(max_length=255)
    member: fields.ForeignKeyRelation = fields.ForeignKeyField("models.Member", related_name="identities")
    created_at = time_field()
    last_used_at = time_field()

    class Meta:
        table = "identity"
        unique_together = (("issuer", "subject"),)
