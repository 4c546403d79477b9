"""Naming needs anew that lost their names with an erased person."""

from __future__ import annotations

from collections.abc import Mapping

from ..database import Database, Transaction
from ..event import Topic
from ..fields import now_ms
from ..need import StatementBasis
from ..queries.nameless import ERASED
from .events import tell

__all__ = ["name_again"]


async def name_again(db: Database, names: Mapping[int, tuple[str, StatementBasis]]) -> list[int]:
    """Give needs these statements, by need; ids of those that had none still. Raises Busy."""

    async def work(transaction: Transaction) -> list[int]:
        named = []
        for id, (statement, basis) in sorted(names.items()):
            rows = await transaction.rows(
                "UPDATE need SET statement = ?2, statement_basis = ?3, updated_at = ?4, version = version + 1"
                " WHERE id = ?1 AND statement_basis <> 'HUMAN' AND statement LIKE ?5 RETURNING id",
                (id, statement, basis.value, now_ms(), f"%{ERASED}%"),
            )
            named += [id for (id,) in rows]
        await tell(transaction, Topic.NEED_CHANGED, named, {"change": "NAMED"})
        return named

    return await db.retrying(work)
