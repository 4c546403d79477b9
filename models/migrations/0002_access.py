"""Members as an identity provider knows them, and points that several servers count together."""

from __future__ import annotations

from tortoise import fields
from tortoise.migrations.operations import TortoiseOperation

from .. import migrator
from .initial.columns import refers, table, times


class Migration(migrator.Migration):
    dependencies = [("models", "0001_initial")]  # noqa: RUF012
    operations: list[TortoiseOperation] = [  # noqa: RUF012
        table(
            "Identity",
            "identity",
            [
                ("issuer", fields.CharField(max_length=255)),
                ("subject", fields.CharField(max_length=255)),
                refers("member", "Member", "identities"),
                *times("created_at", "last_used_at"),
            ],
            unique=[("issuer", "subject")],
        ),
        table(
            "Allowance",
            "allowance",
            [
                ("key", fields.CharField(unique=True, max_length=64)),
                ("level", fields.FloatField()),
                ("at", fields.BigIntField(db_index=True)),
            ],
        ),
    ]
