"""Sealing on PostgreSQL: what triggers told of each transaction becomes an entry of the audit log.

SQLite has one writer at a time, and seals an entry in the transaction that it tells of (`engines/witness.py`).
"""

from __future__ import annotations

from typing import Any

import orjson

from ..audit import START, Entry, seal
from ..database import Database, Transaction

__all__ = ["seal_all"]

SEAL_LOCK = 0x6E6F_6273
"""Of PostgreSQL's advisory locks: the chain grows at one place."""
PORTION = 200
# whatever ends later has a number that is not below that of the oldest transaction still under way
TOLD = """
SELECT xid::text, at, acting, change FROM audit_change WHERE xid IN (
    SELECT xid FROM audit_change WHERE xid < pg_snapshot_xmin(pg_current_snapshot())
    GROUP BY xid ORDER BY min(id) LIMIT ?1
) ORDER BY id
"""


async def seal_all(db: Database) -> int:
    """Seal the changes of all transactions that have ended; the number of entries made. Raises Busy."""
    if db.dialect == "sqlite":
        return 0
    made = 0
    while portion := await db.retrying(seal_some):
        made += portion
    return made


async def seal_some(transaction: Transaction) -> int:
    if not await transaction.value("SELECT pg_try_advisory_xact_lock(?1::bigint)", (SEAL_LOCK,)):
        return 0  # another process is at it
    told: dict[str, list[Any]] = {}
    for xid, *rest in await transaction.rows(TOLD, (PORTION,)):
        told.setdefault(xid, []).append(rest)
    if not told:
        return 0
    last = await transaction.rows("SELECT id, hash FROM audit_entry ORDER BY id DESC LIMIT 1")
    place, hash = last[0] if last else (0, START)
    rows: list[tuple[object, ...]] = []
    for changes in told.values():
        place += 1
        at, acting, _ = changes[-1]
        who = orjson.loads(acting) if acting else {}
        entry = Entry(
            place,
            at,
            who.get("deed"),
            who.get("member"),
            who.get("role"),
            who.get("members", []),
            [orjson.loads(change) for _, _, change in changes],
        )
        hash = seal(entry, hash)
        members, whole = orjson.dumps(entry.members).decode(), orjson.dumps(entry.changes).decode()
        rows.append((place, at, entry.deed, entry.member_id, entry.role, members, whole, hash))
    await transaction.insert(
        "audit_entry",
        {
            "id": "bigint",
            "at": "bigint",
            "deed": "text",
            "member_id": "bigint",
            "role": "text",
            "members": "jsonb",
            "changes": "jsonb",
            "hash": "text",
        },
        rows,
    )
    await transaction.execute("DELETE FROM audit_change WHERE xid::text = ANY(?1::text[])", (list(told),))
    return len(told)
