"""exposureRecord: how many customers there were, week by week."""

from __future__ import annotations

import strawberry

from ...models.commands import exposures
from ...models.team import Role
from ..context import Context
from ..scalars import Moment
from .base import Input, Payload, mutation


@strawberry.input(description="How many customers were active in a week.")
class ExposureInput:
    week: Moment = strawberry.field(description="Any moment in the week; weeks begin on Monday, in UTC.")
    active_customers: int = strawberry.field(description="Customers who were active in it, 1 or more.")


@strawberry.input(description="Input of exposureRecord.")
class ExposureRecordInput(Input):
    weeks: list[ExposureInput] = strawberry.field(description="The weeks, at most 1,000.")


@strawberry.type(description="What exposureRecord did.")
class ExposureRecordPayload(Payload):
    weeks: int = strawberry.field(default=0, description="How many weeks were written.")


@mutation(
    ExposureRecordPayload,
    "Say how many customers were active week by week: what complaints are counted against. A week that is known already"
    " takes the new number. Needs CURATOR.",
    needs=Role.CURATOR,
)
async def exposure_record(context: Context, input: ExposureRecordInput) -> ExposureRecordPayload:
    weeks = [(one.week, one.active_customers) for one in input.weeks]
    return ExposureRecordPayload(weeks=await exposures.record(context.database, context.actor, weeks))
