"""complaintSubmit: one complaint comes in."""

from __future__ import annotations

import strawberry

from ...models.commands import complaints, notices
from ...models.commands.complaints import ComplaintDraft
from ...models.errors import Invalid
from ...models.team import Role
from ..context import Context
from ..ids import key_in
from ..payload import noun
from ..scalars import Moment
from .base import Input, Payload, mutation


@strawberry.input(description="A complaint as it comes in, with what is known of the customer.")
class ComplaintInput:
    text: str = strawberry.field(
        description="The customer's own words, 1 to 100,000 characters; control characters other than tabs and line ends are left out."
    )
    channel: str = strawberry.field(
        default="api", description='Where it was said, such as "email"; at most 64 characters.'
    )
    source: str = strawberry.field(default="api", description="The system that it comes from; at most 64 characters.")
    external_id: str | None = strawberry.field(
        default=None,
        description="Its id in that system. The same row sent twice is received once; without an id its content decides.",
    )
    occurred_at: Moment | None = strawberry.field(default=None, description="When it was said; now unless given.")
    customer: str | None = strawberry.field(default=None, description="The key under which you know the customer.")
    rating: float | None = strawberry.field(default=None, description="Stars that came with it, 1 to 5.")
    product: str | None = strawberry.field(default=None, description="Product or area it is about.")
    language: str | None = strawberry.field(default=None, description="ISO 639-1 code of its language.")
    segment: str | None = strawberry.field(default=None, description="The customer's segment.")
    tier: str | None = strawberry.field(default=None, description="The customer's level of service.")
    value: float | None = strawberry.field(default=None, description="The customer's revenue a year, 0 or more.")
    reach: int | None = strawberry.field(default=None, description="People the customer's voice reaches, 0 or more.")


def draft_of(row: ComplaintInput) -> ComplaintDraft:
    """The draft that the data takes."""
    return ComplaintDraft(
        text=row.text,
        channel=row.channel,
        source=row.source,
        external_id=row.external_id,
        occurred_at=row.occurred_at,
        customer=row.customer,
        rating=row.rating,
        product=row.product,
        language=row.language,
        segment=row.segment,
        tier=row.tier,
        value=row.value,
        reach=row.reach,
    )


@strawberry.input(description="Input of complaintSubmit.")
class ComplaintSubmitInput(ComplaintInput, Input):
    in_reply_to: strawberry.ID | None = strawberry.field(
        default=None,
        description="The id of the notice that it answers. It is then the word of the customer whom the notice was for.",
    )


@strawberry.type(description="What complaintSubmit did.")
class ComplaintSubmitPayload(Payload):
    complaint: int | None = noun("Complaint", "The complaint, with the needs it was matched to.")
    created: bool = strawberry.field(default=False, description="False where the same complaint was here before.")


# what neither inference nor placing writes; an answer that shows nothing else need not wait for them
AS_RECEIVED = frozenset(
    [
        "__typename",
        "complaint",
        "created",
        "userErrors",
        "clientMutationId",
        "message",
        "path",
        "code",
        "id",
        "text",
        "channel",
        "source",
        "externalId",
        "product",
        "rating",
        "occurredAt",
        "receivedAt",
    ]
)


@mutation(
    ComplaintSubmitPayload,
    "Submit one complaint. It is matched to the known needs at once. Needs CONTRIBUTOR.",
    needs=Role.CONTRIBUTOR,
)
async def complaint_submit(
    context: Context, input: ComplaintSubmitInput, shown: frozenset[str]
) -> ComplaintSubmitPayload:
    notice = None
    if input.in_reply_to is not None:
        notice = key_in("Notice", input.in_reply_to, ("inReplyTo",))
        context.actor.require(Role.CONTRIBUTOR)
        customer = await notices.customer_of(context.database, notice)
        if input.customer not in (None, customer):
            raise Invalid("The notice was for another customer.", path=("customer",))
        input.customer = customer
    done = await complaints.submit(context.database, context.actor, draft_of(input))
    if notice is not None:
        await notices.answer(context.database, context.actor, done.complaint_id, notice)
    if done.created:
        await context.mind.received([done.complaint_id], wait=not shown <= AS_RECEIVED)
    return ComplaintSubmitPayload(complaint=done.complaint_id, created=done.created)
