"""What a customer wrote, where what everybody sees is less."""

from __future__ import annotations

from tortoise import fields
from tortoise.models import Model

from .fields import time_field


class SealedText(Model):
    """The text of a complaint as it came, encrypted. There is none where nothing was taken out of it."""

    id = fields.BigIntField(primary_key=True)
    complaint: fields.OneToOneRelation = fields.OneToOneField("models.Complaint", related_name="original")
    key_id = fields.CharField(max_length=16, db_index=True)
    """Which key sealed it: the first digits of a digest of the key."""
    sealed = fields.BinaryField()
    """A nonce of 12 bytes and what AES-256-GCM made of the text, bound to the complaint's source and external id."""
    created_at = time_field()

    class Meta:
        table = "sealed_text"
