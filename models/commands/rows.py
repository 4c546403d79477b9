"""Rows read to be changed: locked, checked against the version that the caller saw."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ..database import Transaction
from ..errors import IllegalTransition, NotFound, StaleVersion
from ..need import LIVE_NEEDS, NeedStatus

__all__ = ["NeedRow", "check_version", "live_need", "locked", "locked_needs", "resolved_needs"]


@dataclass(frozen=True, slots=True)
class NeedRow:
    """A need that is about to change."""

    id: int
    status: NeedStatus
    version: int
    merged_into: int | None


async def locked(
    transaction: Transaction, table: str, id: int, columns: str, noun: str, path: tuple[str, ...] = ("id",)
) -> tuple[Any, ...]:
    """The columns of one row, locked. Raises NotFound."""
    rows = await transaction.rows(f"SELECT {columns} FROM {table} WHERE id = ?1{transaction.for_update}", (id,))
    if not rows:
        raise NotFound(f"There is no such {noun}.", path=path)
    return tuple(rows[0])


def check_version(expected: int, current: int, path: tuple[str, ...] = ("version",)) -> None:
    """Raises StaleVersion."""
    if expected != current:
        raise StaleVersion(expected, current, path=path)


async def locked_needs(transaction: Transaction, ids: list[int]) -> dict[int, NeedRow]:
    """Those needs that there are, locked in the order of their ids so that nobody waits in a circle."""
    rows = await transaction.rows(
        f"SELECT id, status, version, merged_into_id FROM need WHERE {transaction.among('id', '?1')}"
        f" ORDER BY id{transaction.for_update}",
        (transaction.listed(sorted(set(ids))),),
    )
    return {id: NeedRow(id, NeedStatus(status), version, into) for id, status, version, into in rows}


def live_need(need: NeedRow | None, action: str, path: tuple[str, ...]) -> NeedRow:
    """The need, where it is one that collects evidence. Raises NotFound, IllegalTransition."""
    if need is None:
        raise NotFound("There is no such need.", path=path)
    if need.status not in LIVE_NEEDS:
        raise IllegalTransition("The need", need.status.value, action, allowed=["live"], path=path)
    return need


async def resolved_needs(transaction: Transaction, ids: list[int]) -> dict[int, NeedRow]:
    """By each id, the need that it stands for: itself, or the one that it was merged into. Both are locked."""
    needs = await locked_needs(transaction, ids)
    targets = [need.merged_into for need in needs.values() if need.merged_into is not None]
    missing = [id for id in targets if id not in needs]
    if missing:
        needs |= await locked_needs(transaction, missing)
    return {
        id: needs[needs[id].merged_into or id] if needs[id].status is NeedStatus.MERGED else needs[id]
        for id in ids
        if id in needs
    }
