"""How strongly a need's voices pull, and how many are glad."""

from __future__ import annotations

from tortoise import fields
from tortoise.indexes import Index
from tortoise.migrations import operations as ops

from .. import migrator
from ..engines.base import Dialect
from ..standing import counted


def known(dialect: Dialect) -> str:
    """Count what there is already."""
    return (
        "UPDATE need SET pull = t.pull, glad_count = t.glad"
        f" FROM ({counted(dialect, '1 = 1', 'true')}) AS t WHERE need.id = t.need_id"
    )


class Migration(migrator.Migration):
    dependencies = [("models", "0014_alerts")]  # noqa: RUF012 - the form that Tortoise writes and reads

    operations = [  # noqa: RUF012
        migrator.AddColumn(
            "Need",
            "pull",
            fields.FloatField(default=0),
            table="need",
            definition="pull double precision NOT NULL DEFAULT 0",
        ),
        migrator.AddColumn(
            "Need",
            "glad_count",
            fields.IntField(default=0),
            table="need",
            definition="glad_count int NOT NULL DEFAULT 0",
        ),
        migrator.PerDialect("Count how strongly voices pull", sqlite=[known("sqlite")], postgres=[known("postgres")]),
        ops.AddIndex(model_name="Need", index=Index(fields=["status", "pull"])),
    ]
