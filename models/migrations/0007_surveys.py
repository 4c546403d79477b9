"""Answers of satisfaction surveys."""

from __future__ import annotations

from tortoise import fields
from tortoise.fields.base import OnDelete
from tortoise.indexes import Index
from tortoise.migrations import operations as ops

from .. import migrator


class Migration(migrator.Migration):
    dependencies = [("models", "0006_exposure")]  # noqa: RUF012 - the form that Tortoise writes and reads

    operations = [  # noqa: RUF012
        ops.CreateModel(
            name="SurveyAnswer",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                (
                    "need",
                    fields.ForeignKeyField(
                        "models.Need",
                        source_field="need_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="survey_answers",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                ("source", fields.CharField(max_length=64)),
                ("respondent", fields.CharField(max_length=255)),
                ("importance", fields.SmallIntField()),
                ("satisfaction", fields.SmallIntField()),
                ("answered_at", fields.BigIntField()),
                ("created_at", fields.BigIntField()),
            ],
            options={
                "table": "survey_answer",
                "unique_together": (("respondent", "source", "need"),),
                "indexes": [Index(fields=["need_id", "importance", "satisfaction"])],
            },
            bases=["Model"],
        ),
        migrator.versioned("survey_answer"),
    ]
