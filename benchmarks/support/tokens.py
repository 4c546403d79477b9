"""Tokens to call with."""

from __future__ import annotations

from nobodyasked.models.commands import tokens
from nobodyasked.models.database import Database
from nobodyasked.models.team import Role

__all__ = ["token_of"]


async def token_of(url: str, role: Role = Role.READER) -> str:
    """A new token of the member "bench" on a migrated database."""
    database = await Database.open(url)
    try:
        return (await tokens.create(database, member_name="bench", role=role))[0]
    finally:
        await database.close()
