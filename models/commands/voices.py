"""Standing for an invention, and commenting on inventions and needs. Open to every member who may contribute."""

from __future__ import annotations

import re

from ..actor import Actor
from ..database import Database, Transaction
from ..errors import Conflict, Forbidden, IllegalTransition, Invalid
from ..event import Topic
from ..fields import now_ms
from ..invention import LIVE_INVENTIONS, InventionStatus
from ..team import Role
from ..text import clean
from .events import tell
from .rows import live_need, locked, resolved_needs

__all__ = ["comment", "mentioned", "remove_comment", "support", "unsupport"]

TEXT_MOST = 5_000
MENTIONS_MOST = 50
MENTION_COLUMNS = {"comment_id": "bigint", "member_id": "bigint"}
_WORD = re.compile(r"\w")

BY = "Support and comments come from"
"""Who may do it, as a refusal begins."""


async def support(db: Database, actor: Actor, invention_id: int) -> None:
    """Stand for somebody else's invention; once said, it stays said. Raises Forbidden, NotFound, IllegalTransition
    where it was rejected or withdrawn, Conflict for its proposer, Busy."""
    member = actor.member(BY)

    async def work(transaction: Transaction) -> None:
        status, proposer = await locked(
            transaction, "invention", invention_id, "status, proposer_id", "invention", ("inventionId",)
        )
        if proposer == member:
            raise Conflict("You proposed this invention: support comes from others.")
        if InventionStatus(status) not in LIVE_INVENTIONS:
            raise IllegalTransition("The invention", status, "support", allowed=["live"])
        rows = await transaction.rows(
            "INSERT INTO supporter (invention_id, member_id, created_at) VALUES (?1, ?2, ?3)"
            " ON CONFLICT (invention_id, member_id) DO NOTHING RETURNING id",
            (invention_id, member, now_ms()),
        )
        if rows:
            await tell(transaction, Topic.INVENTION_CHANGED, [invention_id], {"change": "SUPPORTED"})

    await db.retrying(work)


async def unsupport(db: Database, actor: Actor, invention_id: int) -> None:
    """Stand for it no more. Raises Forbidden, NotFound, Busy."""
    member = actor.member(BY)

    async def work(transaction: Transaction) -> None:
        await locked(transaction, "invention", invention_id, "id", "invention", ("inventionId",))
        sql = "DELETE FROM supporter WHERE invention_id = ?1 AND member_id = ?2"
        if await transaction.execute(sql, (invention_id, member)):
            await tell(transaction, Topic.INVENTION_CHANGED, [invention_id], {"change": "UNSUPPORTED"})

    await db.retrying(work)


async def comment(
    db: Database, actor: Actor, text: str, *, invention_id: int | None = None, need_id: int | None = None
) -> int:
    """Id of a comment on one of an invention and a need. Members whose names stand in it after an @ are mentioned.

    Raises Forbidden, Invalid, NotFound, IllegalTransition where the need is not live, Busy.
    """
    member = actor.member(BY)
    text = clean(text, ("text",), TEXT_MOST)
    (shown,) = await db.privacy.shown(text)
    if (invention_id is None) == (need_id is None):
        raise Invalid("Comment on one invention or one need: give one of inventionId and needId.")

    async def work(transaction: Transaction) -> int:
        need = None
        if invention_id is not None:
            await locked(transaction, "invention", invention_id, "id", "invention", ("inventionId",))
        elif need_id is not None:
            found = (await resolved_needs(transaction, [need_id])).get(need_id)
            need = live_need(found, "a comment", ("needId",)).id
        id = await transaction.value(
            "INSERT INTO comment (invention_id, need_id, author_id, text, created_at) VALUES (?1, ?2, ?3, ?4, ?5)"
            " RETURNING id",
            (invention_id, need, member, shown, now_ms()),
        )
        names = dict(map(tuple, await transaction.rows("SELECT name, id FROM member"))) if "@" in text else {}
        whom = mentioned(text, names)
        if len(whom) > MENTIONS_MOST:
            raise Invalid(f"A comment mentions at most {MENTIONS_MOST} members.", path=("text",))
        await transaction.insert("comment_mention", MENTION_COLUMNS, [(id, one) for one in whom])
        details = {"invention": invention_id, "need": need, "mentions": whom}
        await tell(transaction, Topic.COMMENT_ADDED, [id], details)
        return id

    return await db.retrying(work)


async def remove_comment(db: Database, actor: Actor, comment_id: int) -> None:
    """Take a comment away. For its author, or a CURATOR. Raises Forbidden, NotFound, Busy."""
    member = actor.member(BY)

    async def work(transaction: Transaction) -> None:
        (author,) = await locked(transaction, "comment", comment_id, "author_id", "comment", ("commentId",))
        if author != member and not actor.role.includes(Role.CURATOR):
            raise Forbidden("Only its author or a curator may take a comment away.")
        await transaction.execute("DELETE FROM comment_mention WHERE comment_id = ?1", (comment_id,))
        await transaction.execute("DELETE FROM comment WHERE id = ?1", (comment_id,))

    await db.retrying(work)


def mentioned(text: str, members: dict[str, int]) -> list[int]:
    """Ids of the members whose names stand in a text after an @, letter case aside; of two that fit, the longer name.

    `members` holds ids by name.
    """
    folded = sorted(((name.casefold(), id) for name, id in members.items()), key=lambda one: -len(one[0]))
    found: dict[int, None] = {}
    whole = text.casefold()
    at = whole.find("@")
    while at >= 0:
        # an address holds an @ too
        if at == 0 or not _WORD.match(whole[at - 1]):
            for name, id in folded:
                end = at + 1 + len(name)
                if whole.startswith(name, at + 1) and not _WORD.match(whole[end : end + 1]):
                    found[id] = None
                    break
        at = whole.find("@", at + 1)
    return list(found)
