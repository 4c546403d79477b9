"""Active customers by week."""

from __future__ import annotations

from tortoise import fields
from tortoise.migrations import operations as ops

from .. import migrator


class Migration(migrator.Migration):
    dependencies = [("models", "0005_mentions")]  # noqa: RUF012 - the form that Tortoise writes and reads

    operations = [  # noqa: RUF012
        ops.CreateModel(
            name="Exposure",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ("week", fields.IntField(unique=True)),
                ("day", fields.CharField(max_length=10)),
                ("active_customers", fields.IntField()),
                ("updated_at", fields.BigIntField()),
            ],
            options={"table": "exposure"},
            bases=["Model"],
        ),
        migrator.versioned("exposure"),
    ]
