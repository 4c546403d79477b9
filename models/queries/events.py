"""Committed changes in order, none passed over."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Any

import orjson

from ..database import Database
from ..event import Topic

__all__ = ["Happening", "Position", "after", "latest"]

log = logging.getLogger(__name__)

LAST_ID = (1 << 63) - 1


@dataclass(frozen=True, slots=True, order=True)
class Position:
    """A place in the order of events. SQLite has one writer, so that `xid` is 0 there and the id orders them."""

    xid: int
    id: int


@dataclass(frozen=True, slots=True)
class Happening:
    """One event as it was read."""

    id: int
    topic: Topic | None
    """None where this version cannot read it, as while a newer one works beside it: nobody hears it, and all else goes on."""
    subjects: list[int]
    details: dict[str, Any]
    at: int
    position: Position


# Ids are drawn before commits, so on PostgreSQL an id below one that was read may still appear. Events are therefore
# read in the order of their transactions' numbers, and only below the smallest number that is still under way. A long
# transaction holds later events back for as long as it takes; it never makes a reader miss one.
HORIZON = "pg_snapshot_xmin(pg_current_snapshot())"
POSTGRES_AFTER = f"""
SELECT id, topic, subjects, details, at, xid::text::bigint FROM event
WHERE (xid, id) > ($1::text::xid8, $2::bigint) AND xid < {HORIZON} ORDER BY xid, id LIMIT $3::bigint
"""
SQLITE_AFTER = "SELECT id, topic, subjects, details, at, 0 FROM event WHERE id > ?2 AND ?1 = 0 ORDER BY id LIMIT ?3"


async def latest(db: Database) -> Position:
    """The present end of the events: `after` it come those that are committed from now on."""
    if db.dialect == "postgres":
        return Position(await db.value(f"SELECT {HORIZON}::text::bigint - 1"), LAST_ID)
    return Position(0, await db.value("SELECT COALESCE(MAX(id), 0) FROM event", quick=True))


async def after(db: Database, position: Position, limit: int = 500) -> list[Happening]:
    """At most `limit` events after a position, in order. Go on from the last one's own position."""
    if db.dialect == "postgres":
        rows = await db.rows(POSTGRES_AFTER, (str(position.xid), position.id, limit))
    else:
        rows = await db.rows(SQLITE_AFTER, (position.xid, position.id, limit), quick=True)
    return [_read(*row) for row in rows]


def _read(id: int, topic: str, subjects: str, details: str, at: int, xid: int) -> Happening:
    position = Position(xid, id)
    try:
        return Happening(id, Topic(topic), orjson.loads(subjects), orjson.loads(details), at, position)
    except ValueError:
        log.error("event %d cannot be read and is passed over", id)
        return Happening(id, None, [], {}, at, position)
