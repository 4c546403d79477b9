"""Naming needs anew that lost their names with an erased person."""

from __future__ import annotations

from collections.abc import Mapping, Set

from ..database import Database, Transaction
from ..event import Topic
from ..fields import now_ms
from ..need import StatementBasis
from ..queries.nameless import ERASED
from .events import tell
from .findings import unless_erased

__all__ = ["name_again"]


async def name_again(db: Database, names: Mapping[int, tuple[str, StatementBasis]], complaints: Set[int]) -> list[int]:
    """Give needs these statements, by need, found in the words of these complaints; ids of those that had none still.

    Raises Conflict where the words of one of them are gone, Busy.
    """

    async def work(transaction: Transaction) -> list[int]:
        # an erasure that has not come to them yet waits, and sees the statements; one that has is waited for
        await transaction.rows(
            f"SELECT id FROM complaint WHERE {transaction.among('id', '?1')} ORDER BY id"
            + (" FOR SHARE" if transaction.for_update else ""),
            (transaction.listed(sorted(complaints)),),
        )
        await unless_erased(transaction, complaints)
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
