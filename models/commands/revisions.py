"""Changing what an invention says: who may, and the revision that is kept of each change, field by field."""

from __future__ import annotations

from collections import defaultdict
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

__all__ = ["Changes", "carried", "editable", "record", "revise", "sayings"]

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


async def sayings(transaction: Transaction, invention_ids: Sequence[int]) -> dict[int, dict[str, object]]:
    """By invention: its claims and citations, by the fields under which revisions tell them."""
    said: dict[int, dict[str, object]] = {id: {} for id in invention_ids}
    ids = (transaction.listed(sorted(invention_ids)),)
    among = transaction.among("invention_id", "?1")
    for id, need, rationale, relief in await transaction.rows(
        f"SELECT invention_id, need_id, rationale, relief FROM claim WHERE {among}", ids
    ):
        said[id] |= {f"needs.need_{need}.rationale": rationale, f"needs.need_{need}.relief": relief}
    cited: dict[tuple[int, str], list[str]] = defaultdict(list)
    for id, part, evidence in await transaction.rows(
        f"SELECT invention_id, part, evidence_id FROM citation WHERE {among} ORDER BY evidence_id", ids
    ):
        cited[id, part].append(f"evidence_{evidence}")
    for (id, part), pieces in cited.items():
        said[id][f"citations.{part}"] = ", ".join(pieces)
    return said


async def carried(transaction: Transaction, actor: Actor, before: Mapping[int, Mapping[str, object]]) -> list[int]:
    """Keep a revision of each of these locked inventions that says something else now than `before` (see `sayings`),
    which nobody decided of it: something that it spoke of became something else. Their ids, in order.

    What was approved by then stays approved. Of what is still reviewed, approvals that were given before count no more.
    """
    now = await sayings(transaction, list(before))
    moved = []
    open_ = ", ".join(f"'{state.value}'" for state in EDITABLE_INVENTIONS)
    for id in sorted(before):
        names = sorted({*before[id], *now[id]})
        changes = [(name, before[id].get(name), now[id].get(name)) for name in names]
        if all(was == is_ for _, was, is_ in changes):
            continue
        rows = await transaction.rows(
            "UPDATE invention SET version = version + 1, updated_at = ?2, review_from = CASE"
            f" WHEN status IN ({open_}) THEN version + 1 ELSE review_from END WHERE id = ?1 RETURNING version",
            (id, now_ms()),
        )
        await record(transaction, actor, id, rows[0][0], changes)
        moved.append(id)
    return moved


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
