"""Products that teams own, supporters of inventions, comments and whom they mention."""

from __future__ import annotations

from tortoise import fields
from tortoise.fields.base import OnDelete
from tortoise.indexes import Index
from tortoise.migrations import operations as ops

from .. import migrator


class Migration(migrator.Migration):
    dependencies = [("models", "0008_escalations")]  # noqa: RUF012 - the form that Tortoise writes and reads

    operations = [  # noqa: RUF012
        ops.CreateModel(
            name="Comment",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                (
                    "invention",
                    fields.ForeignKeyField(
                        "models.Invention",
                        source_field="invention_id",
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        related_name="comments",
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
                        related_name="comments",
                        on_delete=OnDelete.CASCADE,
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
                        related_name="comments",
                        on_delete=OnDelete.SET_NULL,
                    ),
                ),
                ("text", fields.TextField(unique=False)),
                ("created_at", fields.BigIntField()),
            ],
            options={
                "table": "comment",
                "indexes": [
                    Index(fields=["invention_id", "id"]),
                    Index(fields=["need_id", "id"]),
                    Index(fields=["author_id", "id"]),
                ],
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="CommentMention",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                (
                    "comment",
                    fields.ForeignKeyField(
                        "models.Comment",
                        source_field="comment_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="mentions",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                (
                    "member",
                    fields.ForeignKeyField(
                        "models.Member",
                        source_field="member_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="mentioned",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
            ],
            options={
                "table": "comment_mention",
                "unique_together": (("comment", "member"),),
                "indexes": [Index(fields=["member_id", "id"])],
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Supporter",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                (
                    "invention",
                    fields.ForeignKeyField(
                        "models.Invention",
                        source_field="invention_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="supporters",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                (
                    "member",
                    fields.ForeignKeyField(
                        "models.Member",
                        source_field="member_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="supported",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                ("created_at", fields.BigIntField()),
            ],
            options={
                "table": "supporter",
                "unique_together": (("invention", "member"),),
                "indexes": [Index(fields=["member_id", "id"])],
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="TeamProduct",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ("product", fields.CharField(unique=True, max_length=128)),
                (
                    "team",
                    fields.ForeignKeyField(
                        "models.Team",
                        source_field="team_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="products",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                ("created_at", fields.BigIntField()),
            ],
            options={"table": "team_product", "indexes": [Index(fields=["team_id", "id"])]},
            bases=["Model"],
        ),
        migrator.versioned("team_product", "supporter", "comment", "comment_mention"),
    ]
