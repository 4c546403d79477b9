"""Secrets that all servers of one database share."""

from __future__ import annotations

from tortoise import fields
from tortoise.migrations.operations import TortoiseOperation

from .. import migrator
from .initial.columns import table, times


class Migration(migrator.Migration):
    dependencies = [("models", "0007_supporters")]  # noqa: RUF012
    operations: list[TortoiseOperation] = [  # noqa: RUF012
        table(
            "SharedSecret",
            "shared_secret",
            [
                ("name", fields.CharField(max_length=32, unique=True)),
                ("value", fields.CharField(max_length=128)),
                *times("created_at"),
            ],
        ),
    ]
