"""Who owns what, in few words: for whoever fills a database."""

from __future__ import annotations

from collections.abc import Sequence

from ..database import Database

__all__ = ["asked", "customers_with", "draws", "gravest", "inventions", "owners"]


async def owners(db: Database, member_id: int | None, need_id: int) -> tuple[int | None, int | None, int]:
    """The team of a member, the team that owns a need, and the need's version."""
    sql = "SELECT (SELECT m.team_id FROM member m WHERE m.id = ?1), n.team_id, n.version FROM need n WHERE n.id = ?2"
    ((team, owner, version),) = await db.rows(db.sql(sql), (member_id, need_id))
    return team, owner, version


async def asked(db: Database) -> bool:
    """Whether there is any question."""
    return await db.value("SELECT 1 FROM escalation LIMIT 1") is not None


async def inventions(db: Database) -> dict[str, int]:
    """Ids of inventions by title; of several of one title the latest."""
    return dict(map(tuple, await db.rows("SELECT title, id FROM invention ORDER BY id")))


async def draws(db: Database, session_id: int) -> list[int]:
    """Ids of the draws of a listening session, in their order."""
    sql = "SELECT id FROM listening_draw WHERE session_id = ?1 ORDER BY position"
    return [id for (id,) in await db.rows(db.sql(sql), (session_id,))]


async def gravest(db: Database, need_id: int) -> int | None:
    """The gravest complaint that supports a need, the surest of several."""
    sql = (
        "SELECT e.complaint_id FROM evidence e JOIN complaint c ON c.id = e.complaint_id WHERE e.need_id = ?1"
        " AND e.live = TRUE AND e.stance = 'SUPPORTS' ORDER BY COALESCE(c.severity, 3) DESC, e.confidence DESC, e.id LIMIT 1"
    )
    return await db.value(db.sql(sql), (need_id,))


async def customers_with(db: Database, keys: Sequence[str]) -> list[int]:
    """The ids of the customers known by one of these keys, in the order of the keys."""
    sql = db.sql("SELECT id FROM customer WHERE external_id = ?1")
    return [id for key in keys if (id := await db.value(sql, (key,))) is not None]
