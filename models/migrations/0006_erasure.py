"""Digests of rows whose people were erased, so that an import does not bring them back."""

from __future__ import annotations

from tortoise import fields
from tortoise.migrations.operations import TortoiseOperation

from .. import migrator
from .initial.columns import table, times


class Migration(migrator.Migration):
    dependencies = [("models", "0005_originals")]  # noqa: RUF012
    operations: list[TortoiseOperation] = [  # noqa: RUF012
        table(
            "Tombstone", "tombstone", [("digest", fields.CharField(max_length=32, unique=True)), *times("created_at")]
        ),
    ]
