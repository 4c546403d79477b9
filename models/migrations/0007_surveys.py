"""Answers of satisfaction surveys."""

from __future__ import annotations

from tortoise import fields
from tortoise.fields.base import OnDelete
from tortoise.indexes import Index
from tortoise.migrations import operations as ops

from .. import migrator

CHANGES = ("insert", "update", "delete")


def versions() -> migrator.PerDialect:
    """A version for the new table, as the first migration gives them."""
    return migrator.PerDialect(
        "Number the versions of answers to surveys",
        sqlite=[
            "INSERT INTO table_version (name, n) VALUES ('survey_answer', 0)",
            *(
                f"CREATE TRIGGER survey_answer_version_{change} AFTER {change.upper()} ON survey_answer BEGIN"
                " UPDATE table_version SET n = n + 1 WHERE name = 'survey_answer'; END"
                for change in CHANGES
            ),
        ],
        sqlite_undo=[
            *(f"DROP TRIGGER survey_answer_version_{change}" for change in CHANGES),
            "DELETE FROM table_version WHERE name = 'survey_answer'",
        ],
        postgres=[
            "CREATE TRIGGER survey_answer_version AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON survey_answer"
            " FOR EACH STATEMENT EXECUTE FUNCTION table_changed()"
        ],
        postgres_undo=[
            "DROP TRIGGER survey_answer_version ON survey_answer",
            "DELETE FROM table_version WHERE name = 'survey_answer'",
        ],
    )


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
        versions(),
    ]
