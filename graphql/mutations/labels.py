"""spanLabel: a person's word on what a span does."""

from __future__ import annotations

import strawberry

from ...models.commands import labels
from ...models.errors import Invalid
from ...models.span import SpanKind
from ...models.team import Role
from ..context import Context
from ..ids import key_in
from ..payload import noun
from .base import Input, Payload, mutation


@strawberry.input(description="Input of spanLabel: a span, or a place in a complaint.")
class SpanLabelInput(Input):
    span_id: strawberry.ID | None = strawberry.field(
        default=None, description="The span's id: that of an ask, or one that the export shows."
    )
    complaint_id: strawberry.ID | None = strawberry.field(
        default=None, description="The complaint, where no span is named; start and end belong to it."
    )
    start: int | None = strawberry.field(default=None, description="First character, in code points from 0.")
    end: int | None = strawberry.field(default=None, description="One past the last character.")
    kind: SpanKind = strawberry.field(description="What the words do.")


@strawberry.type(description="What spanLabel did.")
class SpanLabelPayload(Payload):
    label: int | None = noun("SpanLabel", "The label of the place.")


@mutation(
    SpanLabelPayload,
    "Say what a span does. It counts at once, no run overrules it, and inference learns from it. Needs CURATOR.",
    needs=Role.CURATOR,
)
async def span_label(context: Context, input: SpanLabelInput) -> SpanLabelPayload:
    kind = SpanKind(input.kind.value)
    if input.span_id is not None:
        if (input.complaint_id, input.start, input.end) != (None, None, None):
            raise Invalid("Name a span or a place in a complaint, not both.", path=("spanId",))
        key = span_key(input.span_id)
        return SpanLabelPayload(label=await labels.label(context.database, context.actor, key, kind))
    if input.complaint_id is None or input.start is None or input.end is None:
        raise Invalid("Name a span, or a complaint with start and end.", path=("spanId",))
    complaint = key_in("Complaint", input.complaint_id, ("complaintId",))
    place = (complaint, input.start, input.end)
    return SpanLabelPayload(label=await labels.label_place(context.database, context.actor, *place, kind))


def span_key(value: str) -> int:
    """The key of a span: the API shows those that are asks, the export shows them all."""
    prefix, _, digits = value.partition("_")
    if prefix == "span" and digits.isascii() and digits.isdigit() and len(digits) < 19:
        return int(digits)
    return key_in("Ask", value, ("spanId",))
