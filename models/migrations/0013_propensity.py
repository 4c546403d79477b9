"""How readily customers complain."""

from __future__ import annotations

from tortoise import fields
from tortoise.migrations import operations as ops

from .. import migrator


class Migration(migrator.Migration):
    dependencies = [("models", "0012_notices")]  # noqa: RUF012 - the form that Tortoise writes and reads

    operations = [  # noqa: RUF012
        ops.CreateModel(
            name="Propensity",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ("low", fields.FloatField()),
                ("high", fields.FloatField()),
                ("source", fields.CharField(max_length=500)),
                ("created_at", fields.BigIntField()),
                ("withdrawn_at", fields.BigIntField(null=True)),
            ],
            options={"table": "propensity"},
            bases=["Model"],
        ),
        migrator.versioned("propensity"),
    ]
