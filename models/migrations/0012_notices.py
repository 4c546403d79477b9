"""Who is to be told of what shipped, where they can be written to, and what they answered."""

from __future__ import annotations

from tortoise import fields
from tortoise.fields.base import OnDelete
from tortoise.indexes import Index
from tortoise.migrations import operations as ops

from .. import migrator
from ..notice import NoticeStatus, Way


class Migration(migrator.Migration):
    dependencies = [("models", "0011_listening")]  # noqa: RUF012 - the form that Tortoise writes and reads

    operations = [  # noqa: RUF012
        ops.CreateModel(
            name="Contact",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                (
                    "customer",
                    fields.ForeignKeyField(
                        "models.Customer",
                        source_field="customer_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="contacts",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                ("address", fields.CharField(max_length=254)),
                ("updated_at", fields.BigIntField()),
            ],
            options={"table": "contact", "unique_together": (("customer",),)},
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Notice",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                (
                    "invention",
                    fields.ForeignKeyField(
                        "models.Invention",
                        source_field="invention_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="notices",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                (
                    "customer",
                    fields.ForeignKeyField(
                        "models.Customer",
                        source_field="customer_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="notices",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                (
                    "status",
                    fields.CharEnumField(
                        description="WAITING: WAITING\nQUEUED: QUEUED\nSENDING: SENDING\nTOLD: TOLD\nPARKED: PARKED",
                        enum_type=NoticeStatus,
                        max_length=7,
                    ),
                ),
                (
                    "way",
                    fields.CharEnumField(
                        null=True,
                        description="WEBHOOK: WEBHOOK\nEMAIL: EMAIL\nBY_HAND: BY_HAND",
                        enum_type=Way,
                        max_length=7,
                    ),
                ),
                ("attempts", fields.IntField(default=0)),
                ("reason", fields.CharField(null=True, max_length=500)),
                ("next_at", fields.BigIntField(null=True)),
                ("told_at", fields.BigIntField(null=True)),
                ("created_at", fields.BigIntField()),
            ],
            options={
                "table": "notice",
                "unique_together": (("invention", "customer"),),
                "indexes": [Index(fields=["status", "next_at", "id"]), Index(fields=["customer_id", "id"])],
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Reply",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                (
                    "complaint",
                    fields.ForeignKeyField(
                        "models.Complaint",
                        source_field="complaint_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="replies",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                (
                    "notice",
                    fields.ForeignKeyField(
                        "models.Notice",
                        source_field="notice_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="replies",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                ("created_at", fields.BigIntField()),
            ],
            options={
                "table": "reply",
                "unique_together": (("complaint",),),
                "indexes": [Index(fields=["notice_id", "id"])],
            },
            bases=["Model"],
        ),
        migrator.AddColumns("Invention", {"notice_message": fields.TextField(null=True, unique=False)}),
        migrator.versioned("notice", "reply"),
    ]
