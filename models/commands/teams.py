"""Teams and members come into being when they are first named."""

from __future__ import annotations

from ..actor import Actor
from ..database import Database, Transaction
from ..fields import now_ms
from ..team import Role
from ..text import label
from .rows import locked

__all__ = ["assign_product", "create", "member_named", "team_named"]


async def create(db: Database, actor: Actor, name: str) -> int:
    """Id of the team of that name, which is made where there is none. Raises Forbidden, Invalid, Busy."""
    actor.require(Role.CURATOR)
    name = label(name, ("name",), 120)
    return await db.retrying(lambda transaction: team_named(transaction, name))


async def assign_product(db: Database, actor: Actor, product: str, team_id: int | None) -> None:
    """Give a product, as complaints name it, to a team, or to none. Raises Forbidden, Invalid, NotFound, Busy."""
    actor.require(Role.CURATOR)
    product = label(product, ("product",), 128)

    async def work(transaction: Transaction) -> None:
        if team_id is None:
            await transaction.execute("DELETE FROM team_product WHERE product = ?1", (product,))
            return
        await locked(transaction, "team", team_id, "id", "team", ("teamId",))
        await transaction.execute(
            "INSERT INTO team_product (product, team_id, created_at) VALUES (?1, ?2, ?3)"
            " ON CONFLICT (product) DO UPDATE SET team_id = excluded.team_id",
            (product, team_id, now_ms()),
        )

    await db.retrying(work)


async def team_named(transaction: Transaction, name: str) -> int:
    return await named(transaction, "team", name)


async def member_named(transaction: Transaction, name: str) -> int:
    return await named(transaction, "member", name)


async def named(transaction: Transaction, table: str, name: str) -> int:
    # the update changes nothing; it makes RETURNING answer for a row that was there
    sql = (
        f"INSERT INTO {table} (name, created_at) VALUES (?1, ?2)"
        " ON CONFLICT (name) DO UPDATE SET name = excluded.name RETURNING id"
    )
    return await transaction.value(sql, (name, now_ms()))
