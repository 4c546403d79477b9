"""Teams with their products, members, and the tokens by which members are known."""

from __future__ import annotations

from tortoise import fields
from tortoise.fields.base import OnDelete

from ...team import Role
from .columns import one_of, refers, table, times

__all__ = ["PEOPLE"]

PEOPLE = [
    table("Team", "team", [("name", fields.CharField(unique=True, max_length=120)), *times("created_at")]),
    table(
        "Member",
        "member",
        [
            ("name", fields.CharField(unique=True, max_length=120)),
            refers("team", "Team", "members", OnDelete.SET_NULL, null=True),
            *times("created_at"),
        ],
    ),
    table(
        "ApiToken",
        "api_token",
        [
            ("digest", fields.CharField(unique=True, max_length=64)),
            ("hint", fields.CharField(max_length=12)),
            one_of("role", Role, 11),
            refers("member", "Member", "tokens"),
            *times("created_at"),
            *times("expires_at", "revoked_at", "last_used_at", null=True),
        ],
    ),
    table(
        "TeamProduct",
        "team_product",
        [
            ("product", fields.CharField(unique=True, max_length=128)),
            refers("team", "Team", "products"),
            *times("created_at"),
        ],
        indexes=[("team_id", "id")],
    ),
]
