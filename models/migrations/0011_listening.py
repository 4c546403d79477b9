"""Samples of complaints that members listen to, with heard marks and notes."""

from __future__ import annotations

from tortoise import fields
from tortoise.fields.base import OnDelete
from tortoise.indexes import Index
from tortoise.migrations import operations as ops

from .. import migrator
from ..listening import Allocation, Strata


class Migration(migrator.Migration):
    dependencies = [("models", "0010_impact")]  # noqa: RUF012 - the form that Tortoise writes and reads

    operations = [  # noqa: RUF012
        ops.CreateModel(
            name="ListeningSession",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                (
                    "member",
                    fields.ForeignKeyField(
                        "models.Member",
                        source_field="member_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="sessions",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                ("size", fields.IntField()),
                ("population", fields.IntField()),
                (
                    "strata",
                    fields.CharEnumField(
                        description="NONE: NONE\nCHANNEL: CHANNEL\nPRODUCT: PRODUCT\nSEGMENT: SEGMENT\nLANGUAGE: LANGUAGE",
                        enum_type=Strata,
                        max_length=8,
                    ),
                ),
                (
                    "allocation",
                    fields.CharEnumField(
                        description="PROPORTIONAL: PROPORTIONAL\nEQUAL: EQUAL", enum_type=Allocation, max_length=12
                    ),
                ),
                ("since", fields.BigIntField(null=True)),
                ("until", fields.BigIntField(null=True)),
                ("seed", fields.BigIntField()),
                ("started_at", fields.BigIntField()),
            ],
            options={"table": "listening_session", "indexes": [Index(fields=["member_id", "id"])]},
            bases=["Model"],
        ),
        ops.CreateModel(
            name="ListeningDraw",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                (
                    "session",
                    fields.ForeignKeyField(
                        "models.ListeningSession",
                        source_field="session_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="draws",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                (
                    "complaint",
                    fields.ForeignKeyField(
                        "models.Complaint",
                        source_field="complaint_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="draws",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                ("position", fields.IntField()),
                ("stratum", fields.CharField(max_length=128)),
                ("pooled", fields.BooleanField()),
                ("stratum_size", fields.IntField()),
                ("probability", fields.FloatField()),
                ("heard_at", fields.BigIntField(null=True)),
                ("listened_ms", fields.IntField(default=0)),
            ],
            options={
                "table": "listening_draw",
                "unique_together": (("session", "complaint"),),
                "indexes": [Index(fields=["session_id", "position"]), Index(fields=["complaint_id"])],
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="ListeningNote",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                (
                    "draw",
                    fields.ForeignKeyField(
                        "models.ListeningDraw",
                        source_field="draw_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="notes",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                ("text", fields.TextField(unique=False)),
                (
                    "evidence",
                    fields.ForeignKeyField(
                        "models.Evidence",
                        source_field="evidence_id",
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        related_name="notes",
                        on_delete=OnDelete.SET_NULL,
                    ),
                ),
                ("created_at", fields.BigIntField()),
            ],
            options={
                "table": "listening_note",
                "indexes": [Index(fields=["draw_id", "id"]), Index(fields=["evidence_id"])],
            },
            bases=["Model"],
        ),
        migrator.versioned("listening_session", "listening_draw", "listening_note"),
    ]
