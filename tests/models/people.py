"""Actors and rows that many tests need."""

from __future__ import annotations

from typing import Any

from nobodyasked.models.actor import Actor
from nobodyasked.models.commands import tokens
from nobodyasked.models.commands.complaints import ComplaintDraft
from nobodyasked.models.database import Database
from nobodyasked.models.queries.tokens import actor_for
from nobodyasked.models.team import Role

READER = Actor.anonymous()
CONTRIBUTOR = Actor(None, Role.CONTRIBUTOR, "machine")
CURATOR = Actor(None, Role.CURATOR, "curator")
ADMIN = Actor.operator()


async def member(database: Database, name: str, role: Role) -> Actor:
    """An actor with a member and a token of its own."""
    secret, _ = await tokens.create(database, member_name=name, role=role)
    actor = await actor_for(database, secret)
    assert actor is not None
    return actor


def draft(text: str = "The parcel came a week late.", **rest: Any) -> ComplaintDraft:
    return ComplaintDraft(**{"text": text, "channel": "email", "source": "desk", **rest})


async def row(database: Database, table: str, id: int, columns: str) -> tuple[Any, ...]:
    rows = await database.rows(database.sql(f"SELECT {columns} FROM {table} WHERE id = ?1"), (id,))
    return tuple(rows[0])
