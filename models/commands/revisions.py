"""Changing what an invention says: who may, and the revision that is kept of each change, field by field."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ..actor import Actor
from ..database import Transaction
from ..errors import Forbidden, IllegalTransition
from ..event import Topic
from ..fields import now_ms
from ..invention import EDITABLE_INVENTIONS, InventionStatus
from ..team import Role
from .events import tell
from .rows import check_version, locked

__all__ = ["Changes", "editable", "record", "revise"]

Changes = list[tuple[str, object, object]]
"""Fields with their values before and after; None where there was or is nothing."""

CHANGE_COLUMNS = {"revision_id": "bigint", "field": "text", "before": "text", "after": "text"}


async def editable(transaction: Transaction, actor: Actor, invention_id: int, version: int, action: str) -> None:
    """Lock the invention for a change by the actor. Raises NotFound, Forbidden, StaleVersion, IllegalTransition."""
    status, current, proposer = await locked(
        transaction, "invention", invention_id, "status, version, proposer_id", "invention", ("inventionId",)
    )
    if not actor.role.includes(Role.CURATOR) and (proposer is None or proposer != actor.member_id):
        raise Forbidden("Only its proposer or a curator may change an invention.")
    check_version(version, current)
    if InventionStatus(status) not in EDITABLE_INVENTIONS:
        allowed = [state.value for state in EDITABLE_INVENTIONS]
        raise IllegalTransition("The invention", status, action, allowed=allowed)


async def revise(
    transaction: Transaction,
    actor: Actor,
    invention_id: int,
    version: int,
    what: str,
    *,
    columns: Mapping[str, object] | None = None,
    changes: Sequence[tuple[str, object, object]] = (),
) -> None:
    """Give a locked invention its next version: new values of columns of its own, and `changes` made elsewhere.

    Approvals that were given before count no more.
    """
    columns = columns or {}
    found = list(changes)
    if columns:
        sql = f"SELECT {', '.join(columns)} FROM invention WHERE id = ?1"
        (before,) = await transaction.rows(sql, (invention_id,))
        found = [(shown(name), was, columns[name]) for name, was in zip(columns, before, strict=True)] + found
    sets = "".join(f", {column} = ?{index}" for index, column in enumerate(columns, start=4))
    await transaction.execute(
        f"UPDATE invention SET version = ?2, review_from = ?2, updated_at = ?3{sets} WHERE id = ?1",
        (invention_id, version + 1, now_ms(), *columns.values()),
    )
    await record(transaction, actor, invention_id, version + 1, found)
    await tell(transaction, Topic.INVENTION_CHANGED, [invention_id], {"change": what})


async def record(
    transaction: Transaction,
    actor: Actor,
    invention_id: int,
    number: int,
    changes: Sequence[tuple[str, object, object]],
) -> None:
    """Keep a revision of what changed; none where nothing did."""
    real = [(name, written(was), written(now)) for name, was, now in changes if was != now]
    if not real:
        return
    revision = await transaction.value(
        "INSERT INTO revision (invention_id, number, author_id, created_at) VALUES (?1, ?2, ?3, ?4) RETURNING id",
        (invention_id, number, actor.member_id, now_ms()),
    )
    await transaction.insert("revision_change", CHANGE_COLUMNS, [(revision, *change) for change in real])


def written(value: object) -> str | None:
    return None if value is None else str(value)


def shown(column: str) -> str:
    """A column as the API names it."""
    head, *rest = column.split("_")
    return head + "".join(part.capitalize() for part in rest)
