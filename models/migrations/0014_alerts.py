"""Alerts."""

from __future__ import annotations

from tortoise import fields
from tortoise.fields.base import OnDelete
from tortoise.indexes import Index
from tortoise.migrations import operations as ops

from .. import migrator
from ..alert import AlertKind


class Migration(migrator.Migration):
    dependencies = [("models", "0013_propensity")]  # noqa: RUF012 - the form that Tortoise writes and reads

    operations = [  # noqa: RUF012
        ops.CreateModel(
            name="Alert",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                (
                    "need",
                    fields.ForeignKeyField(
                        "models.Need",
                        source_field="need_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="alerts",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                ("week", fields.IntField()),
                ("day", fields.CharField(max_length=10)),
                (
                    "kind",
                    fields.CharEnumField(description="SURGE: SURGE\nVIRAL: VIRAL", enum_type=AlertKind, max_length=5),
                ),
                ("observed", fields.IntField()),
                ("expected", fields.FloatField(null=True)),
                ("p_value", fields.FloatField(null=True)),
                ("false_discovery", fields.FloatField(null=True)),
                ("reach", fields.FloatField()),
                ("raised_at", fields.BigIntField()),
            ],
            options={
                "table": "alert",
                "unique_together": (("need", "week", "kind"),),
                "indexes": [Index(fields=["raised_at", "id"])],
            },
            bases=["Model"],
        ),
        migrator.versioned("alert"),
    ]
