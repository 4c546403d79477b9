"""What members say and stand for: products that teams own, supporters of inventions, comments with mentions."""

from __future__ import annotations

from enum import StrEnum

from tortoise import fields
from tortoise.models import Model

from .fields import time_field


class ContributionKind(StrEnum):
    """What a member did."""

    PROPOSED = "PROPOSED"
    REVISED = "REVISED"
    REVIEWED = "REVIEWED"
    SUPPORTED = "SUPPORTED"
    COMMENTED = "COMMENTED"
    ASKED = "ASKED"
    ANSWERED = "ANSWERED"
    DECIDED = "DECIDED"
    LABELLED = "LABELLED"
    NOTED = "NOTED"


class TeamProduct(Model):
    """That a team owns a product; each product has one owner."""

    id = fields.BigIntField(primary_key=True)
    product = fields.CharField(max_length=128, unique=True)
    """As complaints name it."""
    team: fields.ForeignKeyRelation = fields.ForeignKeyField("models.Team", related_name="products")
    created_at = time_field()

    class Meta:
        table = "team_product"
        indexes = (("team_id", "id"),)


class Supporter(Model):
    """That a member stands for an invention of somebody else."""

    id = fields.BigIntField(primary_key=True)
    invention: fields.ForeignKeyRelation = fields.ForeignKeyField("models.Invention", related_name="supporters")
    member: fields.ForeignKeyRelation = fields.ForeignKeyField("models.Member", related_name="supported")
    created_at = time_field()

    class Meta:
        table = "supporter"
        unique_together = (("invention", "member"),)
        indexes = (("member_id", "id"),)


class Comment(Model):
    """What a member says of an invention or of a need. It does not change; it may be taken away."""

    id = fields.BigIntField(primary_key=True)
    invention: fields.ForeignKeyNullableRelation = fields.ForeignKeyField(
        "models.Invention", related_name="comments", null=True, on_delete=fields.OnDelete.CASCADE
    )
    need: fields.ForeignKeyNullableRelation = fields.ForeignKeyField(
        "models.Need", related_name="comments", null=True, on_delete=fields.OnDelete.CASCADE
    )
    author: fields.ForeignKeyNullableRelation = fields.ForeignKeyField(
        "models.Member", related_name="comments", null=True, on_delete=fields.OnDelete.SET_NULL
    )
    text = fields.TextField()
    created_at = time_field()

    class Meta:
        table = "comment"
        indexes = (("invention_id", "id"), ("need_id", "id"), ("author_id", "id"))


class CommentMention(Model):
    """That a comment names a member (`@Ann`)."""

    id = fields.BigIntField(primary_key=True)
    comment: fields.ForeignKeyRelation = fields.ForeignKeyField("models.Comment", related_name="mentions")
    member: fields.ForeignKeyRelation = fields.ForeignKeyField("models.Member", related_name="mentioned")

    class Meta:
        table = "comment_mention"
        unique_together = (("comment", "member"),)
        indexes = (("member_id", "id"),)
