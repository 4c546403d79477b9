"""The audit log: an entry for each commit that changed something, each sealed over the one before it.

An entry's hash is SHA-256 over the hash before it and the entry as canonical JSON. Whoever changes, adds or takes away an
entry breaks every hash after it; whoever rewrites them all is found out by a head that was noted elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import orjson
from tortoise import fields
from tortoise.models import Model

from .fields import time_field

__all__ = ["START", "AuditChange", "AuditEntry", "Entry", "digest_of", "seal"]

START = "0" * 64
"""What the first entry is sealed over."""


class AuditEntry(Model):
    """A commit, sealed; ids are places in the chain, without gaps."""

    id = fields.BigIntField(primary_key=True)
    at = time_field()
    deed: str | None = fields.CharField(max_length=64, null=True)  # type: ignore[assignment]
    """A mutation, a command or a job; null where the database was changed by other means."""
    member_id: int | None = fields.BigIntField(null=True)  # type: ignore[assignment]
    """No foreign key: it outlives the member."""
    role: str | None = fields.CharField(max_length=16, null=True)  # type: ignore[assignment]
    members: list[int] = fields.JSONField(default=list)  # type: ignore[assignment]
    changes: list[Any] = fields.JSONField()  # type: ignore[assignment]
    hash = fields.CharField(max_length=64)

    class Meta:
        table = "audit_entry"
        indexes = (("at", "id"), ("member_id", "id"))


class AuditChange(Model):
    """A statement's changes on PostgreSQL, written by triggers, until the transaction's entry is sealed."""

    id = fields.BigIntField(primary_key=True)
    at = time_field()
    acting: dict[str, Any] | None = fields.JSONField(null=True)  # type: ignore[assignment]
    change: dict[str, Any] = fields.JSONField()  # type: ignore[assignment]

    class Meta:
        table = "audit_change"


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry, as it is sealed. `at` in milliseconds since the epoch."""

    id: int
    at: int
    deed: str | None
    member_id: int | None
    role: str | None
    members: list[int]
    changes: Sequence[Mapping[str, Any]]


def seal(entry: Entry, before: str) -> str:
    """The entry's hash over the hash before it: 64 hexadecimal digits."""
    text = orjson.dumps(entry, option=orjson.OPT_SORT_KEYS)
    return sha256(before.encode() + text).hexdigest()


def digest_of(lines: Iterable[str]) -> str:
    """Digest of rows, a line each in the order of their ids: the id, and of a new complaint `:` and its content hash."""
    return sha256("\n".join(lines).encode()).hexdigest()
