"""What is proposed, asked for or not."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from tortoise import fields
from tortoise.models import Model

from .document import QuoteBasis
from .fields import time_field


class InventionStatus(StrEnum):
    """Where a proposal stands."""

    DRAFT = "DRAFT"
    IN_REVIEW = "IN_REVIEW"
    REVISING = "REVISING"
    APPROVED = "APPROVED"
    REJECTED = "REJECTED"
    BUILDING = "BUILDING"
    SHIPPED = "SHIPPED"
    MEASURED = "MEASURED"
    WITHDRAWN = "WITHDRAWN"


LIVE_INVENTIONS = tuple(
    status for status in InventionStatus if status not in (InventionStatus.REJECTED, InventionStatus.WITHDRAWN)
)
"""Proposals that are still meant to come, or have come."""

EDITABLE_INVENTIONS = (InventionStatus.DRAFT, InventionStatus.IN_REVIEW, InventionStatus.REVISING)
"""Proposals whose words and claims may still change, and which may be withdrawn."""


class Step(StrEnum):
    """What moves an invention from one state to another."""

    SUBMIT = "SUBMIT"
    REQUEST_CHANGES = "REQUEST_CHANGES"
    APPROVE = "APPROVE"
    REJECT = "REJECT"
    BUILD = "BUILD"
    SHIP = "SHIP"
    MEASURE = "MEASURE"
    WITHDRAW = "WITHDRAW"


TRANSITIONS: Mapping[Step, tuple[tuple[InventionStatus, ...], InventionStatus]] = {
    Step.SUBMIT: ((InventionStatus.DRAFT, InventionStatus.REVISING), InventionStatus.IN_REVIEW),
    Step.REQUEST_CHANGES: ((InventionStatus.IN_REVIEW,), InventionStatus.REVISING),
    Step.APPROVE: ((InventionStatus.IN_REVIEW,), InventionStatus.APPROVED),
    Step.REJECT: ((InventionStatus.IN_REVIEW,), InventionStatus.REJECTED),
    Step.BUILD: ((InventionStatus.APPROVED,), InventionStatus.BUILDING),
    Step.SHIP: ((InventionStatus.BUILDING,), InventionStatus.SHIPPED),
    Step.MEASURE: ((InventionStatus.SHIPPED, InventionStatus.MEASURED), InventionStatus.MEASURED),
    Step.WITHDRAW: (EDITABLE_INVENTIONS, InventionStatus.WITHDRAWN),
}
"""The states that a step may start from, and the one it leads to. A measurement for which the data is insufficient leads
nowhere."""


class Door(StrEnum):
    """Whether a decision can be taken back."""

    ONE_WAY = "ONE_WAY"
    TWO_WAY = "TWO_WAY"


REVIEWERS: Mapping[Door, int] = {Door.ONE_WAY: 2, Door.TWO_WAY: 1}
"""How many reviewers must approve, at least."""
NAMELESS_REVIEWERS = 2
"""And of an invention without a proposer, which who sent it in may review under a name of their own."""


class Origin(StrEnum):
    """What started an invention."""

    CUSTOMER_EVIDENCE = "CUSTOMER_EVIDENCE"
    COMPETITOR = "COMPETITOR"
    OTHER = "OTHER"


class Invention(Model):
    """A proposed answer to one or more needs."""

    id = fields.BigIntField(primary_key=True)
    title = fields.CharField(max_length=200)
    mechanism = fields.TextField()
    """How it would work, in plain words."""
    status = fields.CharEnumField(InventionStatus, max_length=9)
    door = fields.CharEnumField(Door, max_length=7)
    origin = fields.CharEnumField(Origin, max_length=17, null=True)
    headline = fields.TextField(null=True)
    subheading = fields.TextField(null=True)
    summary = fields.TextField(null=True)
    problem = fields.TextField(null=True)
    solution = fields.TextField(null=True)
    leader_quote = fields.TextField(null=True)
    leader_name = fields.TextField(null=True)
    how_it_works = fields.TextField(null=True)
    customer_quote = fields.TextField(null=True)
    """An imagined one; a real one is the words of the evidence that the part CUSTOMER_QUOTE cites."""
    customer_quote_basis = fields.CharEnumField(QuoteBasis, max_length=8, null=True)
    call_to_action = fields.TextField(null=True)
    not_elsewhere = fields.TextField(null=True)
    """What customers cannot get anywhere else."""
    review_from = fields.IntField(null=True)
    """The version from which approvals count: when it was last submitted, or its words last changed."""
    shipped_at = time_field(null=True)
    notice_message = fields.TextField(null=True)
    """What the customers behind its evidence are told, once it has shipped."""
    proposer: fields.ForeignKeyNullableRelation = fields.ForeignKeyField(
        "models.Member", related_name="inventions", null=True, on_delete=fields.OnDelete.SET_NULL
    )
    created_at = time_field()
    updated_at = time_field()
    version = fields.IntField(default=1)

    class Meta:
        table = "invention"
        indexes = (("status", "id"),)


class Claim(Model):
    """The link from an invention to a need it means to relieve."""

    id = fields.BigIntField(primary_key=True)
    invention: fields.ForeignKeyRelation = fields.ForeignKeyField("models.Invention", related_name="claims")
    need: fields.ForeignKeyRelation = fields.ForeignKeyField("models.Need", related_name="claims")
    rationale = fields.TextField()
    relief = fields.FloatField()
    """Share of the need that the invention claims to relieve, 0 to 1."""
    created_at = time_field()

    class Meta:
        table = "claim"
        unique_together = (("invention", "need"),)
        indexes = (("need_id", "id"),)
