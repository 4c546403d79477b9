"""Making and revoking tokens. The secret is shown once; the database holds a digest."""

from __future__ import annotations

import builtins
from dataclasses import dataclass

from ..database import Database, Transaction
from ..errors import Invalid, NotFound
from ..fields import now_ms
from ..secret import digest_of, hint_of, new_secret
from ..team import Role
from ..text import label
from .teams import member_named, team_named

__all__ = ["Token", "create", "list", "revoke"]


@dataclass(frozen=True, slots=True)
class Token:
    """What is known of a token; the secret is not."""

    id: int
    hint: str
    role: Role
    member_id: int
    member: str
    team: str | None
    created_at: int
    expires_at: int | None
    revoked_at: int | None
    last_used_at: int | None


async def create(
    db: Database, *, member_name: str, role: Role, team_name: str | None = None, expires_at: int | None = None
) -> tuple[str, int]:
    """A new secret and its token's id, for a member who is made where there is none of that name.

    `team_name` puts the member into that team. `expires_at` in milliseconds since the epoch. Raises Invalid, Busy.
    """
    member_name = label(member_name, ("memberName",), 120)
    team_name = None if team_name is None else label(team_name, ("teamName",), 120)
    now = now_ms()
    if expires_at is not None and expires_at <= now:
        raise Invalid("A token cannot expire in the past.", path=("expiresAt",))
    secret = new_secret()

    async def work(transaction: Transaction) -> int:
        member = await member_named(transaction, member_name)
        if team_name is not None:
            team = await team_named(transaction, team_name)
            await transaction.execute("UPDATE member SET team_id = ?1 WHERE id = ?2", (team, member))
        return await transaction.value(
            "INSERT INTO api_token (digest, hint, role, member_id, created_at, expires_at)"
            " VALUES (?1, ?2, ?3, ?4, ?5, ?6) RETURNING id",
            (digest_of(secret), hint_of(secret), role.value, member, now, expires_at),
        )

    return secret, await db.retrying(work)


async def revoke(db: Database, token_id: int) -> None:
    """End a token for good; one that has ended already stays as it is. Raises NotFound, Busy."""
    sql = "UPDATE api_token SET revoked_at = COALESCE(revoked_at, ?1) WHERE id = ?2"
    if not await db.retrying(lambda transaction: transaction.execute(sql, (now_ms(), token_id))):
        raise NotFound(f"There is no token {token_id}.", path=("tokenId",))
    db.revocations += 1


async def list(db: Database) -> builtins.list[Token]:
    """Every token, oldest first."""
    rows = await db.rows(
        "SELECT t.id, t.hint, t.role, m.id, m.name, team.name, t.created_at, t.expires_at, t.revoked_at, t.last_used_at"
        " FROM api_token t JOIN member m ON m.id = t.member_id LEFT JOIN team ON team.id = m.team_id ORDER BY t.id"
    )
    return [Token(id, hint, Role(role), *rest) for id, hint, role, *rest in rows]
