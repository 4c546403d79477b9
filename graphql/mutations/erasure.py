"""customerErase: a person's words go from everywhere."""

from __future__ import annotations

import strawberry

from ...models.commands import erasure
from ...models.team import Role
from ..context import Context
from ..ids import key_in
from ..payload import noun
from .base import Input, Payload, mutation


@strawberry.input(description="Input of customerErase.")
class CustomerEraseInput(Input):
    customer_id: strawberry.ID = strawberry.field(description="The customer.")


@strawberry.type(description="What customerErase did; all zero where the customer was erased before.")
class CustomerErasePayload(Payload):
    customer: int | None = noun("Customer", "The customer, whose counts are left.")
    complaints: int = strawberry.field(default=0, description="Complaints whose words are gone.")
    survey_answers: int = strawberry.field(
        default=0, description="Answers of surveys that tell no longer whose they are."
    )
    quotes: int = strawberry.field(
        default=0, description="Texts of others that the customer's words were taken out of."
    )


@mutation(
    CustomerErasePayload,
    "Erase a person for good: their words, originals and addresses go from everywhere, what was counted of them stays. Rows of theirs that are imported again are refused. Needs ADMIN.",
    needs=Role.ADMIN,
)
async def customer_erase(context: Context, input: CustomerEraseInput) -> CustomerErasePayload:
    key = key_in("Customer", input.customer_id, ("customerId",))
    done = await erasure.erase(context.database, context.actor, key)
    await context.mind.erased(done.nameless)
    return CustomerErasePayload(
        customer=done.customer_id, complaints=done.complaints, survey_answers=done.answers, quotes=done.quotes
    )
