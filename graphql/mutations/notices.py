"""shipmentTell, noticeRetry, noticeSettle, contactsRecord: closing the loop with those who complained."""

from __future__ import annotations

import strawberry

from ...models.commands import notices
from ...models.team import Role
from ..context import Context
from ..ids import key_in
from ..payload import noun
from .base import Input, Payload, mutation


@strawberry.input(description="Input of shipmentTell.")
class ShipmentTellInput(Input):
    shipment_id: strawberry.ID = strawberry.field(description="The shipment's id.")
    message: str = strawberry.field(description="What the customers are told, 1 to 5,000 characters.")


@strawberry.type(description="What shipmentTell did.")
class ShipmentTellPayload(Payload):
    shipment: int | None = noun("Shipment", "The shipment, with its notices.")
    queued: int = strawberry.field(default=0, description="How many customers are told now.")


@mutation(
    ShipmentTellPayload,
    "Tell everybody who is still waiting on the list of a shipment that what they lacked has come. Each customer is told once,"
    " however often this is asked. Needs CURATOR.",
    needs=Role.CURATOR,
)
async def shipment_tell(context: Context, input: ShipmentTellInput) -> ShipmentTellPayload:
    key = key_in("Shipment", input.shipment_id, ("shipmentId",))
    queued = await notices.send(context.database, context.actor, key, input.message)
    return ShipmentTellPayload(shipment=key, queued=queued)


@strawberry.input(description="Which notice.")
class NoticeInput(Input):
    notice_id: strawberry.ID = strawberry.field(description="The notice's id.")

    def key(self) -> int:
        return key_in("Notice", self.notice_id, ("noticeId",))


@strawberry.input(description="Input of noticeRetry.")
class NoticeRetryInput(NoticeInput):
    pass


@strawberry.input(description="Input of noticeSettle.")
class NoticeSettleInput(NoticeInput):
    pass


@strawberry.type(description="The notice after the change.")
class NoticePayload(Payload):
    notice: int | None = noun("Notice", "The notice after the change.")


@mutation(NoticePayload, "Try to send a notice that was parked once more. Needs CURATOR.", needs=Role.CURATOR)
async def notice_retry(context: Context, input: NoticeRetryInput) -> NoticePayload:
    key = input.key()
    await notices.retry(context.database, context.actor, key)
    return NoticePayload(notice=key)


@mutation(
    NoticePayload, "Say that a person told the customer: it is not sent any more. Needs CURATOR.", needs=Role.CURATOR
)
async def notice_settle(context: Context, input: NoticeSettleInput) -> NoticePayload:
    key = input.key()
    await notices.settle(context.database, context.actor, key)
    return NoticePayload(notice=key)


@strawberry.input(description="Where a customer can be written to.")
class ContactInput:
    customer: str = strawberry.field(description="The key under which you know the customer.")
    email: str | None = strawberry.field(description="The e-mail address; null forgets it.")


@strawberry.input(description="Input of contactsRecord.")
class ContactsRecordInput(Input):
    contacts: list[ContactInput] = strawberry.field(description="The contacts, at most 1,000.")


@strawberry.type(description="What contactsRecord did.")
class ContactsRecordPayload(Payload):
    known: int = strawberry.field(
        default=0, description="How many of the customers are known here; others are left out."
    )


@mutation(
    ContactsRecordPayload,
    "Keep the addresses to which notices are sent by e-mail, or forget them. No query shows them, and no log. Needs ADMIN.",
    needs=Role.ADMIN,
)
async def contacts_record(context: Context, input: ContactsRecordInput) -> ContactsRecordPayload:
    pairs = [(one.customer, one.email) for one in input.contacts]
    return ContactsRecordPayload(known=await notices.contact(context.database, context.actor, pairs))
