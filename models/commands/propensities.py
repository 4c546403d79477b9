"""How readily customers complain: told with its source, and taken back."""

from __future__ import annotations

from ..actor import Actor
from ..database import Database, Transaction
from ..errors import Conflict, Invalid
from ..fields import now_ms
from ..team import Role
from ..text import finite, label
from .rows import locked

__all__ = ["record", "withdraw"]

LEAST = 1e-6
SOURCE_MOST = 500


async def record(db: Database, actor: Actor, low: float, high: float, source: str) -> int:
    """Id of a new propensity, which holds from now on: between `low` and `high` (above 0 to 1) of those affected complain.

    Needs CURATOR. Raises Forbidden, Invalid, Busy.
    """
    actor.require(Role.CURATOR)
    low, high = finite(low, ("low",), LEAST, 1), finite(high, ("high",), LEAST, 1)
    if low > high:
        raise Invalid("The lower end lies above the upper one.", path=("low",))
    source = label(source, ("source",), SOURCE_MOST)
    sql = "INSERT INTO propensity (low, high, source, created_at) VALUES (?1, ?2, ?3, ?4) RETURNING id"
    return await db.retrying(lambda transaction: transaction.value(sql, (low, high, source, now_ms())))


async def withdraw(db: Database, actor: Actor, propensity_id: int) -> None:
    """Take one back: the one before holds again, if any. Needs CURATOR. Raises Forbidden, NotFound, Conflict, Busy."""
    actor.require(Role.CURATOR)

    async def work(transaction: Transaction) -> None:
        (gone,) = await locked(
            transaction, "propensity", propensity_id, "withdrawn_at", "propensity", ("propensityId",)
        )
        if gone is not None:
            raise Conflict("It was withdrawn already.", path=("propensityId",))
        await transaction.execute("UPDATE propensity SET withdrawn_at = ?2 WHERE id = ?1", (propensity_id, now_ms()))

    await db.retrying(work)
