"""Competitors that customers name."""

from __future__ import annotations

from tortoise import fields
from tortoise.fields.base import OnDelete
from tortoise.migrations import operations as ops

from .. import migrator

CHANGES = ("insert", "update", "delete")


def versions() -> migrator.PerDialect:
    """A version for the new table, as the first migration gives them."""
    return migrator.PerDialect(
        "Number the versions of mentions",
        sqlite=[
            "INSERT INTO table_version (name, n) VALUES ('mention', 0)",
            *(
                f"CREATE TRIGGER mention_version_{change} AFTER {change.upper()} ON mention BEGIN"
                " UPDATE table_version SET n = n + 1 WHERE name = 'mention'; END"
                for change in CHANGES
            ),
        ],
        sqlite_undo=[
            *(f"DROP TRIGGER mention_version_{change}" for change in CHANGES),
            "DELETE FROM table_version WHERE name = 'mention'",
        ],
        postgres=[
            "CREATE TRIGGER mention_version AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON mention"
            " FOR EACH STATEMENT EXECUTE FUNCTION table_changed()"
        ],
        postgres_undo=["DROP TRIGGER mention_version ON mention", "DELETE FROM table_version WHERE name = 'mention'"],
    )


class Migration(migrator.Migration):
    dependencies = [("models", "0004_documents")]  # noqa: RUF012 - the form that Tortoise writes and reads

    operations = [  # noqa: RUF012
        ops.CreateModel(
            name="Mention",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                (
                    "complaint",
                    fields.ForeignKeyField(
                        "models.Complaint",
                        source_field="complaint_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="mentions",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                ("name", fields.CharField(max_length=60)),
                ("folded", fields.CharField(max_length=60)),
            ],
            options={"table": "mention", "unique_together": (("complaint", "folded"),)},
            bases=["Model"],
        ),
        versions(),
    ]
