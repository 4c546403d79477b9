"""The organisation's own standards for inventions: principles to tick, questions that every internal FAQ answers."""

from __future__ import annotations

from typing import Literal

from ..actor import Actor
from ..database import Database, Transaction
from ..errors import Invalid
from ..fields import now_ms
from ..team import Role
from ..text import label
from .rows import check_version, locked

__all__ = ["Standard", "add", "change"]

Standard = Literal["principle", "required_question"]

TEXT_MOST = 1_000
STANDARDS_MOST = 100
POSITION_MOST = 1_000_000
NOUNS = {"principle": "principle", "required_question": "question"}
PATHS = {"principle": "principleId", "required_question": "requiredQuestionId"}


async def add(db: Database, actor: Actor, kind: Standard, text: str) -> int:
    """Id of a new active principle or question, after those there are. Needs CURATOR. Raises Forbidden, Invalid, Busy."""
    actor.require(Role.CURATOR)
    text = label(text, ("text",), TEXT_MOST)

    async def work(transaction: Transaction) -> int:
        ((count, last),) = await transaction.rows(f"SELECT COUNT(*), COALESCE(MAX(position), 0) FROM {kind}")
        if count >= STANDARDS_MOST:
            raise Invalid(f"There are {STANDARDS_MOST} of them: change one that is no longer active.")
        return await transaction.value(
            f"INSERT INTO {kind} (text, position, active, created_at, version) VALUES (?1, ?2, ?3, ?4, 1) RETURNING id",
            (text, last + 1, True, now_ms()),
        )

    return await db.retrying(work)


async def change(
    db: Database,
    actor: Actor,
    kind: Standard,
    id: int,
    version: int,
    *,
    text: str | None = None,
    position: int | None = None,
    active: bool | None = None,
) -> None:
    """Change what is given. One that is not active is asked of nobody. Raises Forbidden, Invalid, NotFound, StaleVersion, Busy."""
    actor.require(Role.CURATOR)
    changes: dict[str, object] = {}
    if text is not None:
        changes["text"] = label(text, ("text",), TEXT_MOST)
    if position is not None:
        if not 0 <= position <= POSITION_MOST:
            raise Invalid(f"A position is a number from 0 to {POSITION_MOST:,}.", path=("position",))
        changes["position"] = position
    if active is not None:
        changes["active"] = active
    if not changes:
        raise Invalid("Nothing to change was given.")

    async def work(transaction: Transaction) -> None:
        (current,) = await locked(transaction, kind, id, "version", NOUNS[kind], (PATHS[kind],))
        check_version(version, current)
        sets = "".join(f", {column} = ?{index}" for index, column in enumerate(changes, start=2))
        await transaction.execute(
            f"UPDATE {kind} SET version = version + 1{sets} WHERE id = ?1", (id, *changes.values())
        )

    await db.retrying(work)
