"""Closing the loop: who is to be told that what they lacked has come, whether they were, and what they answered."""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import StrEnum

from tortoise import fields
from tortoise.models import Model

from .fields import time_field


class NoticeStatus(StrEnum):
    """Where the telling of one customer stands."""

    WAITING = "WAITING"
    QUEUED = "QUEUED"
    SENDING = "SENDING"
    TOLD = "TOLD"
    PARKED = "PARKED"


class Way(StrEnum):
    """How a customer was told."""

    WEBHOOK = "WEBHOOK"
    EMAIL = "EMAIL"
    BY_HAND = "BY_HAND"


NAMED = re.compile(r"<notice_(\d{1,18})\.(\d{1,18})@[^<>\s]{1,255}>")


def message_name(notice_id: int, created_at: int) -> str:
    """What stands before the @ of the Message-ID of a notice's mail. Its moment tells it from those of other databases."""
    return f"notice_{notice_id}.{created_at}"


def names_in(header: str) -> Iterator[tuple[int, int]]:
    """Notices, by id and moment, that Message-IDs in a header may name: the database knows whether they do."""
    for found in NAMED.finditer(header):
        yield int(found[1]), int(found[2])


class Contact(Model):
    """Where a customer can be written to. Kept apart from everything else, and shown to no one."""

    id = fields.BigIntField(primary_key=True)
    customer: fields.ForeignKeyRelation = fields.ForeignKeyField("models.Customer", related_name="contacts")
    address = fields.CharField(max_length=254)
    updated_at = time_field()

    class Meta:
        table = "contact"
        unique_together = (("customer",),)


class Notice(Model):
    """That one customer is to be told, once, of one invention that shipped. Also the outbox out of which it is sent."""

    id = fields.BigIntField(primary_key=True)
    invention: fields.ForeignKeyRelation = fields.ForeignKeyField("models.Invention", related_name="notices")
    customer: fields.ForeignKeyRelation = fields.ForeignKeyField("models.Customer", related_name="notices")
    status = fields.CharEnumField(NoticeStatus, max_length=7)
    way = fields.CharEnumField(Way, max_length=7, null=True)
    """How it was told, or is being."""
    attempts = fields.IntField(default=0)
    reason = fields.CharField(max_length=500, null=True)
    """Why the last attempt failed, in words that hold no address."""
    message = fields.TextField(null=True)
    """What the customer is told, from when it was queued on; another call's words change nothing of it."""
    next_at = time_field(null=True)
    """When it is to be sent; while it is being sent, when whoever sends it must have given up."""
    told_at = time_field(null=True)
    created_at = time_field()

    class Meta:
        table = "notice"
        unique_together = (("invention", "customer"),)
        indexes = (("status", "next_at", "id"), ("customer_id", "id"))


class Reply(Model):
    """That a complaint answers a notice."""

    id = fields.BigIntField(primary_key=True)
    complaint: fields.ForeignKeyRelation = fields.ForeignKeyField("models.Complaint", related_name="replies")
    notice: fields.ForeignKeyRelation = fields.ForeignKeyField("models.Notice", related_name="replies")
    created_at = time_field()

    class Meta:
        table = "reply"
        unique_together = (("complaint",),)
        indexes = (("notice_id", "id"),)
