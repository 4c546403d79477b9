"""Rows that must not come back."""

from __future__ import annotations

from hashlib import blake2b

from tortoise import fields
from tortoise.models import Model

from .fields import time_field

__all__ = ["Tombstone", "tombstone_of"]


class Tombstone(Model):
    """A digest of the source and the key of a row whose person was erased."""

    id = fields.BigIntField(primary_key=True)
    digest = fields.CharField(max_length=32, unique=True)
    created_at = time_field()

    class Meta:
        table = "tombstone"


def tombstone_of(kind: str, source: str, key: str) -> str:
    """The digest of a row of a source: 32 hexadecimal digits. `kind` tells complaints from answers of surveys."""
    return blake2b(f"{kind}\0{source}\0{key}".encode(), digest_size=16).hexdigest()
