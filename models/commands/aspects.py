"""Aspects: named by curators and found by runs, and which needs are of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import orjson

from ..actor import Actor
from ..database import Database, Transaction
from ..event import Topic
from ..fields import now_ms
from ..need import LIVE_NEEDS
from ..team import Role
from ..text import label
from .events import tell
from .needs import expect, touch
from .rows import check_version, locked, locked_needs

__all__ = ["NAME_MOST", "AspectDraft", "move", "rename", "settle", "write"]

NAME_MOST = 120
LIVE = ", ".join(f"'{status}'" for status in LIVE_NEEDS)


@dataclass(frozen=True, slots=True)
class AspectDraft:
    """An aspect that a run found; `aspect_id` is that of the one it continues, None for a new one."""

    aspect_id: int | None
    name: str
    key_phrases: Sequence[str]


async def rename(db: Database, actor: Actor, aspect_id: int, version: int, name: str) -> None:
    """Give it a name that runs leave alone, 1 to 120 characters. Raises Forbidden, Invalid, NotFound, StaleVersion, Busy."""
    actor.require(Role.CURATOR)
    name = await db.privacy.taken(name, ("name",), NAME_MOST, label)

    async def work(transaction: Transaction) -> None:
        (current,) = await locked(transaction, "aspect", aspect_id, "version", "aspect", ("aspectId",))
        check_version(version, current)
        await transaction.execute(
            "UPDATE aspect SET name = ?2, named = ?3, version = version + 1, updated_at = ?4 WHERE id = ?1",
            (aspect_id, name, True, now_ms()),
        )
        needs = await transaction.rows(
            f"SELECT id FROM need WHERE aspect_id = ?1 AND status IN ({LIVE}) ORDER BY id", (aspect_id,)
        )
        await tell(transaction, Topic.NEED_CHANGED, [id for (id,) in needs], {"change": "ASPECT_RENAMED"})

    await db.retrying(work)


async def move(db: Database, actor: Actor, need_id: int, version: int, aspect_id: int | None) -> None:
    """Say of which aspect a need is, or that it is of none; no run changes that.

    Raises Forbidden, NotFound, StaleVersion, IllegalTransition, Busy.
    """
    actor.require(Role.CURATOR)

    async def work(transaction: Transaction) -> None:
        if aspect_id is not None:
            await locked(transaction, "aspect", aspect_id, "id", "aspect", ("aspectId",))
        need = (await locked_needs(transaction, [need_id])).get(need_id)
        expect(need, version, "a move", ("needId",), ("version",))
        await touch(transaction, [need_id], {"aspect_id": aspect_id, "aspect_decided": True})
        await tell(transaction, Topic.NEED_CHANGED, [need_id], {"change": "MOVED", "aspect": aspect_id})

    await db.retrying(work)


async def write(transaction: Transaction, drafts: Sequence[AspectDraft], *, adds: bool) -> list[int | None]:
    """Ids of the aspects that a run found, in order; None for one that is gone. A run that `adds` changes none of them."""
    known = [draft.aspect_id for draft in drafts if draft.aspect_id is not None]
    rows = await transaction.rows(
        f"SELECT id FROM aspect WHERE {transaction.among('id', '?1')} ORDER BY id{transaction.for_update}",
        (transaction.listed(known),),
    )
    there = {id for (id,) in rows}
    ids: list[int | None] = []
    for draft in drafts:
        name, phrases = draft.name[:NAME_MOST], orjson.dumps(list(draft.key_phrases)).decode()
        if draft.aspect_id in there:
            ids.append(draft.aspect_id)
            if not adds:
                await transaction.execute(
                    "UPDATE aspect SET key_phrases = ?2, updated_at = ?3 WHERE id = ?1",
                    (draft.aspect_id, phrases, now_ms()),
                )
                await transaction.execute(
                    "UPDATE aspect SET name = ?2, version = version + 1 WHERE id = ?1 AND named = ?3 AND name <> ?2",
                    (draft.aspect_id, name, False),
                )
        elif adds:
            ids.append(None)
        else:
            made = await transaction.value(
                "INSERT INTO aspect (name, named, key_phrases, created_at, updated_at, version)"
                " VALUES (?1, ?2, ?3, ?4, ?4, 1) RETURNING id",
                (name, False, phrases, now_ms()),
            )
            ids.append(made)
    return ids


async def settle(transaction: Transaction, aspects: Mapping[int, int | None]) -> None:
    """Put needs (by id) under aspects, or under none, but for those of which a curator said where they belong."""
    table, parameters = transaction.table(
        "t", {"id": "bigint", "aspect_id": "bigint"}, [(need, aspects[need]) for need in sorted(aspects)]
    )
    if aspects:
        await transaction.execute(
            f"UPDATE need SET aspect_id = t.aspect_id FROM {table} WHERE need.id = t.id AND NOT need.aspect_decided"
            " AND COALESCE(need.aspect_id, 0) <> COALESCE(t.aspect_id, 0)",
            parameters,
        )
