"""API tokens, as an administrator sees them: everything but the secrets."""

from __future__ import annotations

import re
from typing import Any

import strawberry

from ..models.commands import tokens
from ..models.errors import Invalid
from ..models.team import Role
from .context import Context
from .payload import noun
from .scalars import DateTime

_ID = re.compile(r"token_([1-9][0-9]{0,17})", re.ASCII)


@strawberry.type(description="Leave to act as a member with a role. Its secret was shown once, when it was made.")
class ApiToken:
    id: strawberry.ID = strawberry.field(description="Its id.")
    hint: str = strawberry.field(description="First characters of the secret, to tell tokens apart.")
    role: Role = strawberry.field(description="What it allows.")
    member: int | None = noun("Member", "Who acts with it.")
    created_at: DateTime = strawberry.field(description="When it was made.")
    expires_at: DateTime | None = strawberry.field(description="When it ends; null where it does not.")
    revoked_at: DateTime | None = strawberry.field(description="When it was ended; null where it was not.")
    last_used_at: DateTime | None = strawberry.field(
        description="When it was last used, to the minute; null for never."
    )


def shown(token: tokens.Token) -> ApiToken:
    """A token as the graph shows it."""
    times: dict[str, Any] = {
        name: getattr(token, name) for name in ("created_at", "expires_at", "revoked_at", "last_used_at")
    }
    return ApiToken(
        id=strawberry.ID(f"token_{token.id}"), hint=token.hint, role=token.role, member=token.member_id, **times
    )


def token_key(value: str) -> int:
    """The key in a token's id. Raises Invalid."""
    match = _ID.fullmatch(value)
    if match is None:
        raise Invalid(f"{value[:80]!r} is not the id of a token; such ids look like 'token_1'.", path=("tokenId",))
    return int(match[1])


@strawberry.type
class TokenQuery:
    @strawberry.field(description="Every API token, oldest first, without its secret. Needs ADMIN.")
    async def api_tokens(self, info: strawberry.Info) -> list[ApiToken]:
        context: Context = info.context.context
        context.actor.require(Role.ADMIN)
        return [shown(token) for token in await tokens.list(context.database)]
