"""What people say that spans are."""

from __future__ import annotations

from tortoise import fields
from tortoise.fields.base import OnDelete
from tortoise.migrations import operations as ops

from .. import migrator
from ..span import SpanKind


def versions() -> migrator.PerDialect:
    """A version for the new table, as the first migration gives them."""
    id = 10  # after those of the first migration
    changes = ("insert", "update", "delete")
    return migrator.PerDialect(
        "Number the versions of labels",
        sqlite=[
            f"INSERT INTO table_version VALUES ({id}, 'span_label', 0)",
            *(
                f"CREATE TRIGGER span_label_version_{change} AFTER {change.upper()} ON span_label BEGIN"
                f" UPDATE table_version SET n = n + 1 WHERE id = {id}; END"
                for change in changes
            ),
        ],
        sqlite_undo=[
            *(f"DROP TRIGGER span_label_version_{change}" for change in changes),
            f"DELETE FROM table_version WHERE id = {id}",
        ],
        postgres=[
            "CREATE TRIGGER span_label_version AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON span_label"
            " FOR EACH STATEMENT EXECUTE FUNCTION table_changed()"
        ],
        postgres_undo=[
            "DROP TRIGGER span_label_version ON span_label",
            "DELETE FROM table_version WHERE name = 'span_label'",
        ],
    )


class Migration(migrator.Migration):
    dependencies = [("models", "0001_initial")]  # noqa: RUF012 - the form that Tortoise writes and reads

    operations = [  # noqa: RUF012
        ops.CreateModel(
            name="SpanLabel",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                (
                    "complaint",
                    fields.ForeignKeyField(
                        "models.Complaint",
                        source_field="complaint_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="labels",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                ("start_offset", fields.IntField()),
                ("end_offset", fields.IntField()),
                (
                    "kind",
                    fields.CharEnumField(
                        description="ASK: ASK\nPAIN: PAIN\nWISH: WISH\nPRAISE: PRAISE\nNOISE: NOISE",
                        enum_type=SpanKind,
                        max_length=8,
                    ),
                ),
                (
                    "labelled_by",
                    fields.ForeignKeyField(
                        "models.Member",
                        source_field="labelled_by_id",
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        related_name="labels",
                        on_delete=OnDelete.SET_NULL,
                    ),
                ),
                ("created_at", fields.BigIntField()),
                ("updated_at", fields.BigIntField()),
            ],
            options={"table": "span_label", "unique_together": (("complaint", "start_offset", "end_offset"),)},
            bases=["Model"],
        ),
        versions(),
    ]
