"""propensityRecord, propensityWithdraw: how readily customers complain."""

from __future__ import annotations

import strawberry

from ...models.commands import propensities
from ...models.team import Role
from ..context import Context
from ..ids import key_in
from ..payload import noun
from .base import Input, Payload, mutation


@strawberry.input(description="Input of propensityRecord.")
class PropensityRecordInput(Input):
    low: float = strawberry.field(
        description="Lower end of the share of affected customers who complain, above 0 to 1."
    )
    high: float = strawberry.field(description="Upper end of that share.")
    source: str = strawberry.field(description="Who measured it, where and when: 1 to 500 characters.")


@strawberry.input(description="Input of propensityWithdraw.")
class PropensityWithdrawInput(Input):
    propensity_id: strawberry.ID = strawberry.field(description="The propensity's id.")


@strawberry.type(description="The propensity after the change.")
class PropensityPayload(Payload):
    propensity: int | None = noun("Propensity", "The propensity after the change.")


@mutation(
    PropensityPayload,
    "Say which share of affected customers complains, and where that comes from: needs then tell how many customers have them."
    " Needs CURATOR.",
    needs=Role.CURATOR,
)
async def propensity_record(context: Context, input: PropensityRecordInput) -> PropensityPayload:
    key = await propensities.record(context.database, context.actor, input.low, input.high, input.source)
    return PropensityPayload(propensity=key)


@mutation(
    PropensityPayload, "Take a propensity back; the one before holds again, if any. Needs CURATOR.", needs=Role.CURATOR
)
async def propensity_withdraw(context: Context, input: PropensityWithdrawInput) -> PropensityPayload:
    key = key_in("Propensity", input.propensity_id, ("propensityId",))
    await propensities.withdraw(context.database, context.actor, key)
    return PropensityPayload(propensity=key)
