"""Alerts."""

from __future__ import annotations

from tortoise import fields
from tortoise.fields.base import OnDelete
from tortoise.indexes import Index
from tortoise.migrations import operations as ops

from .. import migrator
from ..alert import AlertKind

CHANGES = ("insert", "update", "delete")


def versions() -> migrator.PerDialect:
    """A version for the new table, as the first migration gives them."""
    return migrator.PerDialect(
        "Number the versions of alerts",
        sqlite=[
            "INSERT INTO table_version (name, n) VALUES ('alert', 0)",
            *(
                f"CREATE TRIGGER alert_version_{change} AFTER {change.upper()} ON alert BEGIN"
                " UPDATE table_version SET n = n + 1 WHERE name = 'alert'; END"
                for change in CHANGES
            ),
        ],
        sqlite_undo=[
            *(f"DROP TRIGGER alert_version_{change}" for change in CHANGES),
            "DELETE FROM table_version WHERE name = 'alert'",
        ],
        postgres=[
            "CREATE TRIGGER alert_version AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON alert"
            " FOR EACH STATEMENT EXECUTE FUNCTION table_changed()"
        ],
        postgres_undo=["DROP TRIGGER alert_version ON alert", "DELETE FROM table_version WHERE name = 'alert'"],
    )


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
        versions(),
    ]
