"""Reading the audit log, and proving that nobody has changed it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import orjson

from ..audit import START, Entry, seal
from ..database import Database

__all__ = ["Verdict", "head", "latest", "verify"]

COLUMNS = "id, at, deed, member_id, role, members, changes, hash"
PORTION = 1_000


@dataclass(frozen=True, slots=True)
class Verdict:
    """`wrong` says what does not hold, and is None where everything does. `head` is the last entry's hash."""

    entries: int
    head: str
    wrong: str | None = None


async def head(db: Database) -> tuple[int, str]:
    """Place and hash of the last entry. Raises Busy."""
    rows = await db.rows("SELECT id, hash FROM audit_entry ORDER BY id DESC LIMIT 1")
    return (rows[0][0], rows[0][1]) if rows else (0, START)


async def latest(db: Database, most: int) -> list[Entry]:
    """The latest entries, latest first. Raises Busy."""
    rows = await db.rows(f"SELECT {COLUMNS} FROM audit_entry ORDER BY id DESC LIMIT {int(most)}")
    return [entry_of(row) for row in rows]


async def verify(db: Database, noted: tuple[int, str] | None = None) -> Verdict:
    """Whether each entry is sealed over the one before it, none is missing, and `noted` (a place and its hash, kept
    elsewhere) is still among them. Raises Busy."""
    place, before, found = 0, START, noted is None or noted == (0, START)
    while True:
        rows = await db.rows(
            db.sql(f"SELECT {COLUMNS} FROM audit_entry WHERE id > ?1 ORDER BY id LIMIT {PORTION}"), (place,)
        )
        if not rows:
            break
        for row in rows:
            if row[0] != place + 1:
                return Verdict(place, before, f"entry {place + 1} is missing")
            if seal(entry_of(row), before) != row[-1]:
                return Verdict(place, before, f"entry {row[0]} is not what was sealed")
            place, before = row[0], row[-1]
            if noted is not None and noted[0] == place:
                if noted[1] != before:
                    return Verdict(place, before, f"entry {place} is not the one that was noted")
                found = True
    wrong = None if found or noted is None else f"entry {noted[0]}, which was noted, is missing"
    return Verdict(place, before, wrong)


def entry_of(row: tuple[Any, ...]) -> Entry:
    id, at, deed, member_id, role, members, changes, _ = row
    return Entry(id, at, deed, member_id, role, orjson.loads(members), orjson.loads(changes))
