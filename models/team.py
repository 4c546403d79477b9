"""Who owns and who acts."""

from __future__ import annotations

from enum import StrEnum

from tortoise import fields
from tortoise.models import Model

from .fields import time_field


class Role(StrEnum):
    """What a token may do; each role includes the ones before it."""

    READER = "READER"
    CONTRIBUTOR = "CONTRIBUTOR"
    CURATOR = "CURATOR"
    ADMIN = "ADMIN"

    @property
    def rank(self) -> int:
        return RANKS[self]

    def includes(self, other: Role) -> bool:
        return RANKS[self] >= RANKS[other]


RANKS = {role: rank for rank, role in enumerate(Role)}


class Team(Model):
    """A group that owns needs."""

    id = fields.BigIntField(primary_key=True)
    name = fields.CharField(max_length=120, unique=True)
    created_at = time_field()

    class Meta:
        table = "team"


class Member(Model):
    """A person or machine that acts."""

    id = fields.BigIntField(primary_key=True)
    name = fields.CharField(max_length=120, unique=True)
    team: fields.ForeignKeyNullableRelation = fields.ForeignKeyField(
        "models.Team", related_name="members", null=True, on_delete=fields.OnDelete.SET_NULL
    )
    created_at = time_field()

    class Meta:
        table = "member"


class ApiToken(Model):
    """Leave to act as a member with a role. Only a digest of the secret is kept."""

    id = fields.BigIntField(primary_key=True)
    digest = fields.CharField(max_length=64, unique=True)
    """SHA-256 of the secret, hexadecimal; the secret holds 256 random bits, so a plain digest suffices."""
    hint = fields.CharField(max_length=12)
    """First characters of the secret, to tell tokens apart."""
    role = fields.CharEnumField(Role, max_length=11)
    member: fields.ForeignKeyRelation = fields.ForeignKeyField("models.Member", related_name="tokens")
    created_at = time_field()
    expires_at = time_field(null=True)
    revoked_at = time_field(null=True)
    last_used_at = time_field(null=True)

    class Meta:
        table = "api_token"
