"""Who holds a token."""

from __future__ import annotations

from ..actor import Actor
from ..database import Database
from ..fields import now_ms
from ..secret import digest_of, looks_like_secret
from ..team import Role

__all__ = ["actor_for"]

USE_NOTED_EVERY_MS = 60_000


async def actor_for(db: Database, secret: str) -> Actor | None:
    """The actor behind a secret; None where it is unknown, expired or revoked.

    The use is noted at most once a minute, after the answer. Raises Busy.
    """
    if not looks_like_secret(secret):
        return None
    now = now_ms()
    sql = (
        "SELECT t.id, t.role, m.id, m.name, t.last_used_at FROM api_token t JOIN member m ON m.id = t.member_id"
        " WHERE t.digest = ?1 AND t.revoked_at IS NULL AND (t.expires_at IS NULL OR t.expires_at > ?2)"
    )
    rows = await db.rows(db.sql(sql), (digest_of(secret), now), quick=True)
    if not rows:
        return None
    token, role, member, name, last_used_at = rows[0]
    if last_used_at is None or last_used_at < now - USE_NOTED_EVERY_MS:
        # the second condition holds the writes down where many requests come at once
        used = "UPDATE api_token SET last_used_at = ?1 WHERE id = ?2 AND (last_used_at IS NULL OR last_used_at < ?3)"
        db.aside(lambda transaction: transaction.execute(used, (now, token, now - USE_NOTED_EVERY_MS)))
    return Actor(member, Role(role), name, token)
