"""What shipped inventions did to complaints."""

from __future__ import annotations

from orjson import loads
from tortoise import fields
from tortoise.fields.base import OnDelete
from tortoise.fields.data import JSON_DUMPS
from tortoise.indexes import Index
from tortoise.migrations import operations as ops

from .. import migrator
from ..impact import CountModel, Verdict


class Migration(migrator.Migration):
    dependencies = [("models", "0009_voices")]  # noqa: RUF012 - the form that Tortoise writes and reads

    operations = [  # noqa: RUF012
        ops.CreateModel(
            name="Impact",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                (
                    "invention",
                    fields.ForeignKeyField(
                        "models.Invention",
                        source_field="invention_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="impacts",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                (
                    "need",
                    fields.ForeignKeyField(
                        "models.Need",
                        source_field="need_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="impacts",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                (
                    "verdict",
                    fields.CharEnumField(
                        description="RELIEVED: RELIEVED\nREGRESSED: REGRESSED\nINCONCLUSIVE: INCONCLUSIVE\nINSUFFICIENT_DATA: INSUFFICIENT_DATA",
                        enum_type=Verdict,
                        max_length=17,
                    ),
                ),
                ("ratio", fields.FloatField(null=True)),
                ("low", fields.FloatField(null=True)),
                ("high", fields.FloatField(null=True)),
                ("p_value", fields.FloatField(null=True)),
                ("level_ratio", fields.FloatField(null=True)),
                ("trend_ratio", fields.FloatField(null=True)),
                (
                    "model",
                    fields.CharEnumField(
                        null=True,
                        description="POISSON: POISSON\nNEGATIVE_BINOMIAL: NEGATIVE_BINOMIAL",
                        enum_type=CountModel,
                        max_length=17,
                    ),
                ),
                ("dispersion", fields.FloatField(null=True)),
                ("autocorrelation", fields.FloatField(null=True)),
                ("control_needs", fields.IntField()),
                ("weeks_before", fields.IntField()),
                ("weeks_after", fields.IntField()),
                ("complaints_before", fields.IntField()),
                ("complaints_after", fields.IntField()),
                ("per_customers", fields.BooleanField()),
                ("rate_before", fields.FloatField(null=True)),
                ("residual_rate", fields.FloatField(null=True)),
                ("residual_low", fields.FloatField(null=True)),
                ("residual_high", fields.FloatField(null=True)),
                ("placebo_dates", fields.IntField()),
                ("placebo_rejections", fields.IntField()),
                ("placebos", fields.JSONField(default=list, encoder=JSON_DUMPS, decoder=loads)),
                ("since", fields.IntField()),
                ("through", fields.IntField()),
                ("shipped_week", fields.IntField()),
                ("measured_at", fields.BigIntField()),
            ],
            options={
                "table": "impact",
                "unique_together": (("invention", "need"),),
                "indexes": [Index(fields=["need_id", "id"])],
            },
            bases=["Model"],
        ),
        migrator.versioned("impact"),
    ]
