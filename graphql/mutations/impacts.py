"""inventionMeasure: what it did to complaints."""

from __future__ import annotations

import strawberry

from ...models.commands import impacts
from ...models.team import Role
from ..context import Context
from .base import mutation
from .inventions import InventionInput, InventionPayload


@strawberry.input(description="Input of inventionMeasure.")
class InventionMeasureInput(InventionInput):
    pass


@mutation(
    InventionPayload,
    "Measure now what a shipped invention did to the complaints about the needs that it claims. At the first measurement from"
    " 12, 26, 52 and 104 whole weeks after shipping on they become RELIEVED or REGRESSED where the whole interval says so, and no"
    " placebos speak against it. It becomes MEASURED where there is data enough for an interval. The server measures once a"
    " week by itself. Takes some seconds. Needs CURATOR.",
    needs=Role.CURATOR,
)
async def invention_measure(context: Context, input: InventionMeasureInput) -> InventionPayload:
    key = input.key()
    context.actor.require(Role.CURATOR)
    outcomes = await context.mind.measured(key)
    await impacts.measure(context.database, context.actor, key, outcomes, input.version)
    return InventionPayload(invention=key)
