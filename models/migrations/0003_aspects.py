"""Aspects, the level above needs; and which merges were a run's."""

from __future__ import annotations

from orjson import loads
from tortoise import fields
from tortoise.fields.base import OnDelete
from tortoise.fields.data import JSON_DUMPS
from tortoise.indexes import Index
from tortoise.migrations import operations as ops

from .. import migrator


def versions() -> migrator.PerDialect:
    """A version for the new table, as the first migration gives them."""
    id = 11  # after those of the migrations before
    changes = ("insert", "update", "delete")
    return migrator.PerDialect(
        "Number the versions of aspects",
        sqlite=[
            f"INSERT INTO table_version VALUES ({id}, 'aspect', 0)",
            *(
                f"CREATE TRIGGER aspect_version_{change} AFTER {change.upper()} ON aspect BEGIN"
                f" UPDATE table_version SET n = n + 1 WHERE id = {id}; END"
                for change in changes
            ),
        ],
        sqlite_undo=[
            *(f"DROP TRIGGER aspect_version_{change}" for change in changes),
            f"DELETE FROM table_version WHERE id = {id}",
        ],
        postgres=[
            "CREATE TRIGGER aspect_version AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON aspect"
            " FOR EACH STATEMENT EXECUTE FUNCTION table_changed()"
        ],
        postgres_undo=["DROP TRIGGER aspect_version ON aspect", "DELETE FROM table_version WHERE name = 'aspect'"],
    )


class Migration(migrator.Migration):
    dependencies = [("models", "0002_labels")]  # noqa: RUF012 - the form that Tortoise writes and reads

    operations = [  # noqa: RUF012 - the form that Tortoise writes and reads
        ops.CreateModel(
            name="Aspect",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ("name", fields.CharField(max_length=120)),
                ("named", fields.BooleanField(default=False)),
                ("key_phrases", fields.JSONField(default=list, encoder=JSON_DUMPS, decoder=loads)),
                ("created_at", fields.BigIntField()),
                ("updated_at", fields.BigIntField()),
                ("version", fields.IntField(default=1)),
            ],
            options={"table": "aspect"},
            bases=["Model"],
        ),
        migrator.AddColumn(
            "Need",
            "merged_by_run",
            fields.BooleanField(default=False),
            table="need",
            definition="merged_by_run boolean NOT NULL DEFAULT false",
        ),
        migrator.AddColumn(
            "Need",
            "aspect",
            fields.ForeignKeyField(
                "models.Aspect",
                source_field="aspect_id",
                null=True,
                db_constraint=True,
                to_field="id",
                related_name="needs",
                on_delete=OnDelete.SET_NULL,
            ),
            table="need",
            definition="aspect_id bigint REFERENCES aspect (id) ON DELETE SET NULL",
        ),
        migrator.AddColumn(
            "Need",
            "aspect_decided",
            fields.BooleanField(default=False),
            table="need",
            definition="aspect_decided boolean NOT NULL DEFAULT false",
        ),
        ops.AddIndex(model_name="Need", index=Index(fields=["aspect_id", "id"])),
        versions(),
    ]
