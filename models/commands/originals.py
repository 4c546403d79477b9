"""Originals of redacted texts: written with their complaints, and sealed anew under another key."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ..actor import Actor
from ..database import Database, Transaction
from ..errors import Conflict, Unsealable
from ..fields import now_ms
from ..privacy.seal import Sealed
from ..team import Role

__all__ = ["Rotation", "rotate", "write_originals"]

COLUMNS = {"complaint_id": "bigint", "key_id": "text", "sealed": "bytea", "created_at": "bigint"}
CHUNK = 500


@dataclass(frozen=True, slots=True)
class Rotation:
    """What sealing anew did: originals that are under the new key now, and others whose key is missing."""

    key_id: str
    sealed: int
    missing: int


async def write_originals(transaction: Transaction, originals: Mapping[int, Sealed]) -> None:
    """Keep the originals of complaints that were just written, by their ids."""
    if originals:
        at = now_ms()
        rows = [(complaint, one.key_id, one.data, at) for complaint, one in originals.items()]
        await transaction.insert("sealed_text", COLUMNS, rows)


async def rotate(db: Database, actor: Actor) -> Rotation:
    """Seal every original anew under the first key, a portion at a time: it may be stopped and run again. Needs ADMIN.

    Raises Forbidden, Busy, Conflict where there is no key.
    """
    actor.require(Role.ADMIN)
    current = db.privacy.seal.current()
    if current is None:
        raise Conflict("There is no key to seal with: set NOBODYASKED_SEAL_KEYS.")
    sealed = missing = after = 0
    while True:
        last, done, failed = await db.retrying(
            lambda transaction, after=after: portion(transaction, db, current, after)
        )
        sealed, missing = sealed + done, missing + failed
        if last is None:
            return Rotation(current, sealed, missing)
        after = last


async def portion(transaction: Transaction, db: Database, current: str, after: int) -> tuple[int | None, int, int]:
    """Seal some anew: the id of the last one looked at (None: there are no more), how many are, and how many are not."""
    rows = await transaction.rows(
        "SELECT s.id, s.key_id, s.sealed, c.source, c.external_id FROM sealed_text s JOIN complaint c ON c.id = s.complaint_id"
        f" WHERE s.id > ?1 AND s.key_id <> ?2 ORDER BY s.id LIMIT {CHUNK}",
        (after, current),
    )
    done = 0
    for id, key_id, data, *place in rows:
        try:
            text = db.privacy.seal.unseal(Sealed(key_id, bytes(data)), place)
        except Unsealable:
            continue
        fresh = db.privacy.seal.seal(text, place)
        assert fresh is not None
        await transaction.execute(
            "UPDATE sealed_text SET key_id = ?1, sealed = ?2 WHERE id = ?3", (fresh.key_id, fresh.data, id)
        )
        done += 1
    return (rows[-1][0] if rows else None), done, len(rows) - done
