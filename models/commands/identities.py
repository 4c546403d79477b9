"""Members who come by way of an identity provider."""

from __future__ import annotations

import hashlib

from ..database import Database, Transaction
from ..errors import Invalid
from ..fields import now_ms
from ..text import identifier, label

__all__ = ["member_of"]

USE_NOTED_EVERY_MS = 60_000
NAME_MOST = 120


async def member_of(db: Database, issuer: str, subject: str, name: str) -> tuple[int, str]:
    """Id and name of the member that a subject is, who is made when first seen. Raises Invalid, Busy.

    A name that another member has gets a mark, so that nobody becomes somebody else by the name that a provider gives.
    The use is noted at most once a minute.
    """
    issuer, subject = identifier(issuer, ("iss",)), identifier(subject, ("sub",))
    now = now_ms()
    found = await db.rows(
        db.sql(
            "SELECT m.id, m.name, i.id, i.last_used_at FROM identity i JOIN member m ON m.id = i.member_id"
            " WHERE i.issuer = ?1 AND i.subject = ?2"
        ),
        (issuer, subject),
        quick=True,
    )
    if found:
        member, called, key, used_at = found[0]
        if used_at < now - USE_NOTED_EVERY_MS:
            used = "UPDATE identity SET last_used_at = ?1 WHERE id = ?2 AND last_used_at < ?3"
            db.aside(lambda transaction: transaction.execute(used, (now, key, now - USE_NOTED_EVERY_MS)))
        return member, called
    mark = hashlib.sha256(f"{issuer}\n{subject}".encode()).hexdigest()[:8]
    try:
        wanted = label(name, ("name",), NAME_MOST)
    except Invalid:
        wanted = "member"

    async def work(transaction: Transaction) -> tuple[int, str]:
        known = "SELECT m.id, m.name FROM identity i JOIN member m ON m.id = i.member_id WHERE i.issuer = ?1 AND i.subject = ?2"
        if rows := await transaction.rows(known, (issuer, subject)):
            return rows[0][0], rows[0][1]
        insert = "INSERT INTO member (name, created_at) VALUES (?1, ?2) ON CONFLICT (name) DO NOTHING RETURNING id"
        called = wanted
        member = await transaction.value(insert, (called, now))
        if member is None:
            called = f"{wanted[: NAME_MOST - 11]} ({mark})"
            member = await transaction.value(insert, (called, now))
        if member is None:
            raise Invalid("There is a member of this name already.", path=("name",))
        made = await transaction.value(
            "INSERT INTO identity (issuer, subject, member_id, created_at, last_used_at) VALUES (?1, ?2, ?3, ?4, ?4)"
            " ON CONFLICT (issuer, subject) DO NOTHING RETURNING id",
            (issuer, subject, member, now),
        )
        if made is None:
            # another process was faster
            await transaction.execute("DELETE FROM member WHERE id = ?1", (member,))
            rows = await transaction.rows(known, (issuer, subject))
            return rows[0][0], rows[0][1]
        return member, called

    return await db.retrying(work)
