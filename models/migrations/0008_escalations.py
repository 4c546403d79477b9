"""Questions (the "?") on complaints and needs, and their answers."""

from __future__ import annotations

from orjson import loads
from tortoise import fields
from tortoise.fields.base import OnDelete
from tortoise.fields.data import JSON_DUMPS
from tortoise.indexes import Index
from tortoise.migrations import operations as ops

from .. import migrator
from ..escalation import EscalationStatus
from ..event import Topic


class Migration(migrator.Migration):
    dependencies = [("models", "0007_surveys")]  # noqa: RUF012 - the form that Tortoise writes and reads

    operations = [  # noqa: RUF012
        ops.CreateModel(
            name="Escalation",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ("question", fields.TextField(unique=False)),
                (
                    "status",
                    fields.CharEnumField(
                        description="OPEN: OPEN\nACKNOWLEDGED: ACKNOWLEDGED\nANSWERED: ANSWERED\nREVIEWED: REVIEWED\nCLOSED: CLOSED",
                        enum_type=EscalationStatus,
                        max_length=12,
                    ),
                ),
                ("severity", fields.SmallIntField()),
                (
                    "complaint",
                    fields.ForeignKeyField(
                        "models.Complaint",
                        source_field="complaint_id",
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        related_name="escalations",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                (
                    "need",
                    fields.ForeignKeyField(
                        "models.Need",
                        source_field="need_id",
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        related_name="escalations",
                        on_delete=OnDelete.SET_NULL,
                    ),
                ),
                (
                    "team",
                    fields.ForeignKeyField(
                        "models.Team",
                        source_field="team_id",
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        related_name="escalations",
                        on_delete=OnDelete.SET_NULL,
                    ),
                ),
                (
                    "raised_by",
                    fields.ForeignKeyField(
                        "models.Member",
                        source_field="raised_by_id",
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        related_name="questions",
                        on_delete=OnDelete.SET_NULL,
                    ),
                ),
                (
                    "owner",
                    fields.ForeignKeyField(
                        "models.Member",
                        source_field="owner_id",
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        related_name="owned_questions",
                        on_delete=OnDelete.SET_NULL,
                    ),
                ),
                ("raised_at", fields.BigIntField()),
                ("asked_at", fields.BigIntField()),
                ("due_at", fields.BigIntField()),
                ("acknowledged_at", fields.BigIntField(null=True)),
                ("answered_at", fields.BigIntField(null=True)),
                ("breach_told_at", fields.BigIntField(null=True)),
                ("closed_at", fields.BigIntField(null=True)),
                ("reopen_count", fields.IntField(default=0)),
                ("version", fields.IntField(default=1)),
            ],
            options={
                "table": "escalation",
                "indexes": [
                    Index(fields=["team_id", "status", "due_at", "id"]),
                    Index(fields=["status", "due_at", "id"]),
                    Index(fields=["need_id", "id"]),
                    Index(fields=["complaint_id", "id"]),
                    Index(fields=["raised_by_id", "id"]),
                ],
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="EscalationAnswer",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                (
                    "escalation",
                    fields.ForeignKeyField(
                        "models.Escalation",
                        source_field="escalation_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="answers",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                (
                    "team",
                    fields.ForeignKeyField(
                        "models.Team",
                        source_field="team_id",
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        related_name="answers",
                        on_delete=OnDelete.SET_NULL,
                    ),
                ),
                (
                    "author",
                    fields.ForeignKeyField(
                        "models.Member",
                        source_field="author_id",
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        related_name="answers",
                        on_delete=OnDelete.SET_NULL,
                    ),
                ),
                ("text", fields.TextField(unique=False)),
                ("whys", fields.JSONField(default=list, encoder=JSON_DUMPS, decoder=loads)),
                ("actions", fields.JSONField(default=list, encoder=JSON_DUMPS, decoder=loads)),
                ("asked_at", fields.BigIntField()),
                ("due_at", fields.BigIntField()),
                ("answered_at", fields.BigIntField()),
                (
                    "reviewer",
                    fields.ForeignKeyField(
                        "models.Member",
                        source_field="reviewer_id",
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        related_name="reviewed_answers",
                        on_delete=OnDelete.SET_NULL,
                    ),
                ),
                ("review", fields.TextField(null=True, unique=False)),
                ("reviewed_at", fields.BigIntField(null=True)),
                ("reopened_because", fields.TextField(null=True, unique=False)),
            ],
            options={
                "table": "escalation_answer",
                "indexes": [
                    Index(fields=["escalation_id", "id"]),
                    Index(fields=["team_id", "answered_at"]),
                    Index(fields=["author_id", "id"]),
                ],
            },
            bases=["Model"],
        ),
        migrator.Describe(
            model_name="Event",
            name="topic",
            field=fields.CharEnumField(description="what a subscription listens to", enum_type=Topic, max_length=20),
        ),
        migrator.versioned("escalation", "escalation_answer"),
    ]
