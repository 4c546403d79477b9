"""Secrets that all servers of one database share: the first server that needs one makes it for all."""

from __future__ import annotations

from ..database import Database, Transaction
from ..fields import now_ms

__all__ = ["agreed", "kept", "replace"]

READ = "SELECT value FROM shared_secret WHERE name = ?1"


async def kept(db: Database, name: str) -> str | None:
    """The secret of this name, if there is one. Raises Busy."""
    return await db.value(db.sql(READ), (name,))


async def agreed(db: Database, name: str, proposed: str) -> str:
    """The secret of this name; the proposed one where there was none, of several at once the same for all. Raises Busy."""
    there = await kept(db, name)
    if there is not None:
        return there

    async def work(transaction: Transaction) -> str:
        await transaction.execute(
            "INSERT INTO shared_secret (name, value, created_at) VALUES (?1, ?2, ?3) ON CONFLICT (name) DO NOTHING",
            (name, proposed, now_ms()),
        )
        # in a statement of its own, which sees what another one committed meanwhile
        return await transaction.value(READ, (name,))

    return await db.retrying(work)


async def replace(db: Database, name: str, value: str) -> None:
    """Put another one in its place. Raises Busy."""

    async def work(transaction: Transaction) -> None:
        await transaction.execute("UPDATE shared_secret SET value = ?2 WHERE name = ?1", (name, value))

    await db.retrying(work)
