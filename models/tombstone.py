"""Rows that must not come back."""

from __future__ import annotations

import re
from hashlib import blake2b

from tortoise import fields
from tortoise.models import Model

from .fields import time_field

__all__ = ["ERASED_HASH", "KEY", "STANDS_FOR_NOBODY", "Tombstone", "is_shell", "tombstone_of"]

ERASED_HASH = "erased"
"""Content hash of a shell, which no text has."""
KEY = "erased_"
"""What the keys of shells, of complaints and customers, begin with; their ids follow."""
STANDS_FOR_NOBODY = re.compile(rf"{KEY}\d{{1,19}}")
"""The keys of those who were erased, which nobody may bring."""


def is_shell(customer: str) -> str:
    """SQL: whether the customer of this alias was erased."""
    return f"{customer}.external_id = '{KEY}' || CAST({customer}.id AS TEXT)"


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
