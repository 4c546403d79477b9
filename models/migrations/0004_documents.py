"""The document of an invention, its revisions and reviews, and the organisation's principles and required questions."""

from __future__ import annotations

from orjson import loads
from tortoise import fields
from tortoise.fields.base import OnDelete
from tortoise.fields.data import JSON_DUMPS
from tortoise.indexes import Index
from tortoise.migrations import operations as ops

from .. import migrator
from ..document import Audience, Part, QuoteBasis, Verdict
from ..invention import Origin

VERSIONED = (
    "citation",
    "faq_entry",
    "principle",
    "required_question",
    "review",
    "revision",
    "revision_change",
)
CHANGES = ("insert", "update", "delete")


def versions(tables: tuple[str, ...]) -> migrator.PerDialect:
    """More tables with a version, kept as the first migration keeps those of the others."""
    return migrator.PerDialect(
        "Number the versions of the documents' tables",
        sqlite=[
            *(f"INSERT INTO table_version (name, n) VALUES ('{table}', 0)" for table in tables),
            *(
                f"CREATE TRIGGER {table}_version_{change} AFTER {change.upper()} ON {table} BEGIN"
                f" UPDATE table_version SET n = n + 1 WHERE name = '{table}'; END"
                for table in tables
                for change in CHANGES
            ),
        ],
        sqlite_undo=[
            *(f"DROP TRIGGER {table}_version_{change}" for table in tables for change in CHANGES),
            *(f"DELETE FROM table_version WHERE name = '{table}'" for table in tables),
        ],
        postgres=[
            f"CREATE TRIGGER {table}_version AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON {table}"
            " FOR EACH STATEMENT EXECUTE FUNCTION table_changed()"
            for table in tables
        ],
        postgres_undo=[
            *(f"DROP TRIGGER {table}_version ON {table}" for table in tables),
            *(f"DELETE FROM table_version WHERE name = '{table}'" for table in tables),
        ],
    )


class Migration(migrator.Migration):
    dependencies = [("models", "0003_aspects")]  # noqa: RUF012 - the form that Tortoise writes and reads

    operations = [  # noqa: RUF012
        ops.CreateModel(
            name="Citation",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                (
                    "invention",
                    fields.ForeignKeyField(
                        "models.Invention",
                        source_field="invention_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="citations",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                (
                    "part",
                    fields.CharEnumField(
                        description="SUMMARY: SUMMARY\nPROBLEM: PROBLEM\nSOLUTION: SOLUTION\nHOW_IT_WORKS: HOW_IT_WORKS\nCUSTOMER_QUOTE: CUSTOMER_QUOTE\nNOT_ELSEWHERE: NOT_ELSEWHERE",
                        enum_type=Part,
                        max_length=14,
                    ),
                ),
                (
                    "evidence",
                    fields.ForeignKeyField(
                        "models.Evidence",
                        source_field="evidence_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="citations",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                ("created_at", fields.BigIntField()),
            ],
            options={
                "table": "citation",
                "unique_together": (("invention", "part", "evidence"),),
                "indexes": [Index(fields=["evidence_id"])],
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Principle",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ("text", fields.TextField(unique=False)),
                ("position", fields.IntField()),
                ("active", fields.BooleanField()),
                ("created_at", fields.BigIntField()),
                ("version", fields.IntField(default=1)),
            ],
            options={"table": "principle"},
            bases=["Model"],
        ),
        ops.CreateModel(
            name="RequiredQuestion",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ("text", fields.TextField(unique=False)),
                ("position", fields.IntField()),
                ("active", fields.BooleanField()),
                ("created_at", fields.BigIntField()),
                ("version", fields.IntField(default=1)),
            ],
            options={"table": "required_question"},
            bases=["Model"],
        ),
        ops.CreateModel(
            name="FaqEntry",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                (
                    "invention",
                    fields.ForeignKeyField(
                        "models.Invention",
                        source_field="invention_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="faq",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                (
                    "audience",
                    fields.CharEnumField(
                        description="EXTERNAL: EXTERNAL\nINTERNAL: INTERNAL", enum_type=Audience, max_length=8
                    ),
                ),
                ("position", fields.IntField()),
                ("question", fields.TextField(unique=False)),
                ("answer", fields.TextField(unique=False)),
                (
                    "required_question",
                    fields.ForeignKeyField(
                        "models.RequiredQuestion",
                        source_field="required_question_id",
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        related_name="answers",
                        on_delete=OnDelete.SET_NULL,
                    ),
                ),
                ("created_at", fields.BigIntField()),
            ],
            options={"table": "faq_entry", "unique_together": (("invention", "required_question"),)},
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Review",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                (
                    "invention",
                    fields.ForeignKeyField(
                        "models.Invention",
                        source_field="invention_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="reviews",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                (
                    "reviewer",
                    fields.ForeignKeyField(
                        "models.Member",
                        source_field="reviewer_id",
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        related_name="reviews",
                        on_delete=OnDelete.SET_NULL,
                    ),
                ),
                (
                    "verdict",
                    fields.CharEnumField(
                        description="APPROVE: APPROVE\nREQUEST_CHANGES: REQUEST_CHANGES\nREJECT: REJECT",
                        enum_type=Verdict,
                        max_length=15,
                    ),
                ),
                ("comment", fields.TextField(null=True, unique=False)),
                ("principles", fields.JSONField(default=list, encoder=JSON_DUMPS, decoder=loads)),
                ("version", fields.IntField()),
                ("created_at", fields.BigIntField()),
            ],
            options={"table": "review", "indexes": [Index(fields=["invention_id", "id"])]},
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Revision",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                (
                    "invention",
                    fields.ForeignKeyField(
                        "models.Invention",
                        source_field="invention_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="revisions",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                ("number", fields.IntField()),
                (
                    "author",
                    fields.ForeignKeyField(
                        "models.Member",
                        source_field="author_id",
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        related_name="revisions",
                        on_delete=OnDelete.SET_NULL,
                    ),
                ),
                ("created_at", fields.BigIntField()),
            ],
            options={"table": "revision", "unique_together": (("invention", "number"),)},
            bases=["Model"],
        ),
        ops.CreateModel(
            name="RevisionChange",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                (
                    "revision",
                    fields.ForeignKeyField(
                        "models.Revision",
                        source_field="revision_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="changes",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                ("field", fields.CharField(max_length=64)),
                ("before", fields.TextField(null=True, unique=False)),
                ("after", fields.TextField(null=True, unique=False)),
            ],
            options={"table": "revision_change", "indexes": [Index(fields=["revision_id", "id"])]},
            bases=["Model"],
        ),
        migrator.AddColumns(
            "Invention",
            {
                "call_to_action": fields.TextField(null=True, unique=False),
                "customer_quote": fields.TextField(null=True, unique=False),
                "customer_quote_basis": fields.CharEnumField(
                    null=True, description="REAL: REAL\nIMAGINED: IMAGINED", enum_type=QuoteBasis, max_length=8
                ),
                "headline": fields.TextField(null=True, unique=False),
                "how_it_works": fields.TextField(null=True, unique=False),
                "leader_name": fields.TextField(null=True, unique=False),
                "leader_quote": fields.TextField(null=True, unique=False),
                "not_elsewhere": fields.TextField(null=True, unique=False),
                "origin": fields.CharEnumField(
                    null=True,
                    description="CUSTOMER_EVIDENCE: CUSTOMER_EVIDENCE\nCOMPETITOR: COMPETITOR\nOTHER: OTHER",
                    enum_type=Origin,
                    max_length=17,
                ),
                "problem": fields.TextField(null=True, unique=False),
                "review_from": fields.IntField(null=True),
                "shipped_at": fields.BigIntField(null=True),
                "solution": fields.TextField(null=True, unique=False),
                "subheading": fields.TextField(null=True, unique=False),
                "summary": fields.TextField(null=True, unique=False),
            },
        ),
        versions(VERSIONED),
    ]
