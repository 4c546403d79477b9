"""Secrets that all servers of one database share."""

from __future__ import annotations

from tortoise import fields
from tortoise.models import Model

from .fields import time_field

__all__ = ["CROWDS", "PSEUDONYMS", "PSEUDONYMS_OF", "SharedSecret"]

CROWDS = "crowds"
"""By what counts are rounded for READER. Of two servers with secrets of their own, one count less the other's would tell."""
PSEUDONYMS = "pseudonyms"
"""The key of pseudonyms, where the settings give none and the machines of the database share no folder."""
PSEUDONYMS_OF = "pseudonyms of"
"""A digest of the key that was used last, which tells that another one is used."""


class SharedSecret(Model):
    """Made by whichever server needs it first. It tells nothing that is not in the database beside it."""

    id = fields.BigIntField(primary_key=True)
    name = fields.CharField(max_length=32, unique=True)
    value = fields.CharField(max_length=128)
    created_at = time_field()

    class Meta:
        table = "shared_secret"
