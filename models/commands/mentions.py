"""Competitors that complaints name, as reading them found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from ..database import Transaction

__all__ = ["Named", "write_mentions"]

COLUMNS = {"complaint_id": "bigint", "name": "text", "folded": "text"}
CONFLICT = """
ON CONFLICT (complaint_id, folded) DO UPDATE SET name = excluded.name WHERE mention.name <> excluded.name
"""


class Named(NamedTuple):
    """A competitor: its name as the customer wrote it, and what all spellings of it have in common."""

    name: str
    folded: str


async def write_mentions(transaction: Transaction, names: Mapping[int, Sequence[Named]]) -> None:
    """Make what some complaints, by id, are known to name just this. The complaints must be there."""
    rows = [(complaint, *one) for complaint in sorted(names) for one in names[complaint]]
    there = await transaction.rows(
        f"SELECT id, complaint_id, folded FROM mention WHERE {transaction.among('complaint_id', '?1')} ORDER BY id",
        (transaction.listed(sorted(names)),),
    )
    wanted = {(complaint, folded) for complaint, _, folded in rows}
    gone = [id for id, complaint, folded in there if (complaint, folded) not in wanted]
    if gone:
        await transaction.execute(
            f"DELETE FROM mention WHERE {transaction.among('id', '?1')}", (transaction.listed(gone),)
        )
    if rows:
        await transaction.insert("mention", COLUMNS, rows, conflict=CONFLICT)
