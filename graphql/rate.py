"""What a caller has left."""

from __future__ import annotations

import strawberry

from ..models.fields import now_ms
from .context import Context
from .guard.points import MINUTE
from .scalars import DateTime


@strawberry.type(description="Points that the caller may use. A bucket holds a minute's, and fills again evenly.")
class RateLimit:
    cost: int = strawberry.field(description="What this operation was charged; what it did not use is given back.")
    limit: int = strawberry.field(description="Points of a minute.")
    remaining: int = strawberry.field(description="Points left now, this operation paid.")
    reset_at: DateTime = strawberry.field(description="When all of them are there again, if nothing else is asked.")


@strawberry.type
class RateQuery:
    @strawberry.field(
        description="What this operation costs, and what the caller has left; null where nothing is limited."
    )
    def rate_limit(self, info: strawberry.Info) -> RateLimit | None:
        context: Context = info.context.context
        account = context.account
        if account is None:
            return None
        limit, left = account.counter.limit, account.counter.left(account.key)
        full = now_ms() + int((limit - left) * MINUTE * 1000 / limit)
        return RateLimit(cost=account.cost, limit=limit, remaining=left, reset_at=full)  # type: ignore[arg-type]
