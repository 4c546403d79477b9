"""tokenCreate and tokenRevoke: who may act, with which role, until when."""

from __future__ import annotations

import strawberry

from ...models.commands import tokens
from ...models.team import Role
from ..context import Context
from ..scalars import Moment
from ..tokens import ApiToken, shown, token_key
from .base import Input, Payload, mutation


@strawberry.input(description="Input of tokenCreate.")
class TokenCreateInput(Input):
    member_name: str = strawberry.field(
        description="Who acts with it, 1 to 120 characters on one line; made a member where there is none of that name."
    )
    role: Role = strawberry.field(description="What it allows; each role includes the ones before it.")
    expires_at: Moment | None = strawberry.field(
        default=None, description='When it ends ("P90D" for in 90 days); null for never.'
    )


@strawberry.type(description="What tokenCreate did.")
class TokenCreatePayload(Payload):
    api_token: ApiToken | None = strawberry.field(default=None, description="The token.")
    secret: str | None = strawberry.field(
        default=None,
        description="What to send as 'Authorization: Bearer ...'. It is shown here once, and kept nowhere.",
    )


@strawberry.type(description="What tokenRevoke did.")
class TokenRevokePayload(Payload):
    api_token: ApiToken | None = strawberry.field(default=None, description="The token, ended.")


async def _shown(context: Context, key: int) -> ApiToken:
    return shown(next(token for token in await tokens.list(context.database) if token.id == key))


@mutation(TokenCreatePayload, "Make an API token for a member. Needs ADMIN.", needs=Role.ADMIN)
async def token_create(context: Context, input: TokenCreateInput) -> TokenCreatePayload:
    until = None if input.expires_at is None else int(input.expires_at)
    secret, key = await tokens.create(
        context.database, member_name=input.member_name, role=Role(input.role), expires_at=until
    )
    return TokenCreatePayload(api_token=await _shown(context, key), secret=secret)


@strawberry.input(description="Input of tokenRevoke.")
class TokenRevokeInput(Input):
    token_id: strawberry.ID = strawberry.field(description="The token's id.")


@mutation(
    TokenRevokePayload,
    "End an API token for good; this server takes it no more, and no other one after 5 seconds. Needs ADMIN.",
    needs=Role.ADMIN,
)
async def token_revoke(context: Context, input: TokenRevokeInput) -> TokenRevokePayload:
    key = token_key(input.token_id)
    await tokens.revoke(context.database, key)
    return TokenRevokePayload(api_token=await _shown(context, key))
