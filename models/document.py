"""The working-backwards document of an invention, and how it is judged: citations, questions and answers, revisions,
reviews, and the organisation's own principles and required questions. The press release itself lies on the invention."""

from __future__ import annotations

from enum import StrEnum

from tortoise import fields
from tortoise.models import Model

from .fields import time_field


class Part(StrEnum):
    """A paragraph of the press release that may cite evidence."""

    SUMMARY = "SUMMARY"
    PROBLEM = "PROBLEM"
    SOLUTION = "SOLUTION"
    HOW_IT_WORKS = "HOW_IT_WORKS"
    CUSTOMER_QUOTE = "CUSTOMER_QUOTE"
    NOT_ELSEWHERE = "NOT_ELSEWHERE"


class QuoteBasis(StrEnum):
    """Whether a customer said it."""

    REAL = "REAL"
    IMAGINED = "IMAGINED"


class Audience(StrEnum):
    """Who asks a question of the FAQ."""

    EXTERNAL = "EXTERNAL"
    INTERNAL = "INTERNAL"


class Verdict(StrEnum):
    """What a reviewer decides."""

    APPROVE = "APPROVE"
    REQUEST_CHANGES = "REQUEST_CHANGES"
    REJECT = "REJECT"


class Citation(Model):
    """That a paragraph of an invention's press release rests on a piece of evidence."""

    id = fields.BigIntField(primary_key=True)
    invention: fields.ForeignKeyRelation = fields.ForeignKeyField("models.Invention", related_name="citations")
    part = fields.CharEnumField(Part, max_length=14)
    evidence: fields.ForeignKeyRelation = fields.ForeignKeyField("models.Evidence", related_name="citations")
    created_at = time_field()

    class Meta:
        table = "citation"
        unique_together = (("invention", "part", "evidence"),)
        indexes = (("evidence_id",),)


class Principle(Model):
    """A line of the organisation's checklist: who approves an invention ticks every active one."""

    id = fields.BigIntField(primary_key=True)
    text = fields.TextField()
    position = fields.IntField()
    active = fields.BooleanField()
    created_at = time_field()
    version = fields.IntField(default=1)

    class Meta:
        table = "principle"


class RequiredQuestion(Model):
    """A question that the internal FAQ of every invention must answer while it is active."""

    id = fields.BigIntField(primary_key=True)
    text = fields.TextField()
    position = fields.IntField()
    active = fields.BooleanField()
    created_at = time_field()
    version = fields.IntField(default=1)

    class Meta:
        table = "required_question"


class FaqEntry(Model):
    """A question and its answer."""

    id = fields.BigIntField(primary_key=True)
    invention: fields.ForeignKeyRelation = fields.ForeignKeyField("models.Invention", related_name="faq")
    audience = fields.CharEnumField(Audience, max_length=8)
    position = fields.IntField()
    question = fields.TextField()
    """Of a required question, its words at the time of the answer."""
    answer = fields.TextField()
    required_question: fields.ForeignKeyNullableRelation = fields.ForeignKeyField(
        "models.RequiredQuestion", related_name="answers", null=True, on_delete=fields.OnDelete.SET_NULL
    )
    created_at = time_field()

    class Meta:
        table = "faq_entry"
        unique_together = (("invention", "required_question"),)


class Revision(Model):
    """One change of an invention's words, claims or citations; its `changes` say what, field by field."""

    id = fields.BigIntField(primary_key=True)
    invention: fields.ForeignKeyRelation = fields.ForeignKeyField("models.Invention", related_name="revisions")
    number = fields.IntField()
    """The invention's version after it."""
    author: fields.ForeignKeyNullableRelation = fields.ForeignKeyField(
        "models.Member", related_name="revisions", null=True, on_delete=fields.OnDelete.SET_NULL
    )
    created_at = time_field()

    class Meta:
        table = "revision"
        unique_together = (("invention", "number"),)


class RevisionChange(Model):
    """One field of a revision, before and after; null where there was or is nothing."""

    id = fields.BigIntField(primary_key=True)
    revision: fields.ForeignKeyRelation = fields.ForeignKeyField("models.Revision", related_name="changes")
    field = fields.CharField(max_length=64)
    before = fields.TextField(null=True)
    after = fields.TextField(null=True)

    class Meta:
        table = "revision_change"
        indexes = (("revision_id", "id"),)


class Review(Model):
    """A reviewer's word on an invention as it stood at a version."""

    id = fields.BigIntField(primary_key=True)
    invention: fields.ForeignKeyRelation = fields.ForeignKeyField("models.Invention", related_name="reviews")
    reviewer: fields.ForeignKeyNullableRelation = fields.ForeignKeyField(
        "models.Member", related_name="reviews", null=True, on_delete=fields.OnDelete.SET_NULL
    )
    verdict = fields.CharEnumField(Verdict, max_length=15)
    comment = fields.TextField(null=True)
    principles: list[str] = fields.JSONField(default=list)  # type: ignore[assignment]
    """The principles that were ticked, in their words of then."""
    version = fields.IntField()
    """The version of the invention that was read."""
    created_at = time_field()

    class Meta:
        table = "review"
        indexes = (("invention_id", "id"),)
