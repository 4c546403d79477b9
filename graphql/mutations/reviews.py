"""inventionSubmitForReview, inventionApprove, inventionRequestChanges, inventionReject, inventionBuild, inventionShip."""

from __future__ import annotations

import strawberry

from ...models.commands import reviews
from ...models.team import Role
from ..context import Context
from ..ids import key_in
from ..scalars import Moment
from .base import mutation
from .inventions import InventionInput, InventionPayload


@strawberry.input(description="Input of inventionSubmitForReview.")
class InventionSubmitForReviewInput(InventionInput):
    pass


@mutation(
    InventionPayload,
    "Submit an invention for review: a draft, or one that was sent back. `userErrors` name all that is missing."
    " For its proposer, or a CURATOR.",
    needs=Role.CONTRIBUTOR,
)
async def invention_submit_for_review(context: Context, input: InventionSubmitForReviewInput) -> InventionPayload:
    key = input.key()
    await reviews.submit(context.database, context.actor, key, input.version)
    return InventionPayload(invention=key)


@strawberry.input(description="Input of inventionApprove.")
class InventionApproveInput(InventionInput):
    principle_ids: list[strawberry.ID] = strawberry.field(
        default_factory=list, description="The principles that it meets; every active one must be among them."
    )
    comment: str | None = strawberry.field(default=None, description="Why, 1 to 5,000 characters.")


@mutation(
    InventionPayload,
    "Approve an invention as it stands. Through a ONE_WAY door it takes two reviewers, through a TWO_WAY one. The ACTIVE"
    " needs that an approved invention claims become ADDRESSED, EMERGING ones once they are ACTIVE. Needs CURATOR; not for its proposer.",
    needs=Role.CURATOR,
)
async def invention_approve(context: Context, input: InventionApproveInput) -> InventionPayload:
    key = input.key()
    ticked = [key_in("Principle", one, ("principleIds", str(i))) for i, one in enumerate(input.principle_ids)]
    await reviews.approve(context.database, context.actor, key, input.version, ticked, input.comment)
    return InventionPayload(invention=key)


@strawberry.input(description="Input of inventionRequestChanges.")
class InventionRequestChangesInput(InventionInput):
    comment: str = strawberry.field(description="What must change, 1 to 5,000 characters.")


@mutation(
    InventionPayload, "Send an invention back for changes. Needs CURATOR; not for its proposer.", needs=Role.CURATOR
)
async def invention_request_changes(context: Context, input: InventionRequestChangesInput) -> InventionPayload:
    key = input.key()
    await reviews.request_changes(context.database, context.actor, key, input.version, input.comment)
    return InventionPayload(invention=key)


@strawberry.input(description="Input of inventionReject.")
class InventionRejectInput(InventionInput):
    comment: str = strawberry.field(description="Why, 1 to 5,000 characters.")


@mutation(
    InventionPayload, "Decide against an invention, for good. Needs CURATOR; not for its proposer.", needs=Role.CURATOR
)
async def invention_reject(context: Context, input: InventionRejectInput) -> InventionPayload:
    key = input.key()
    await reviews.reject(context.database, context.actor, key, input.version, input.comment)
    return InventionPayload(invention=key)


@strawberry.input(description="Input of inventionBuild.")
class InventionBuildInput(InventionInput):
    pass


@mutation(InventionPayload, "Say that an approved invention is being built. Needs CURATOR.", needs=Role.CURATOR)
async def invention_build(context: Context, input: InventionBuildInput) -> InventionPayload:
    key = input.key()
    await reviews.build(context.database, context.actor, key, input.version)
    return InventionPayload(invention=key)


@strawberry.input(description="Input of inventionShip.")
class InventionShipInput(InventionInput):
    shipped_at: Moment | None = strawberry.field(
        default=None, description="Since when it is in customers' hands; now unless given, never later."
    )


@mutation(InventionPayload, "Say that an invention is in customers' hands. Needs CURATOR.", needs=Role.CURATOR)
async def invention_ship(context: Context, input: InventionShipInput) -> InventionPayload:
    key = input.key()
    await reviews.ship(context.database, context.actor, key, input.version, input.shipped_at)
    return InventionPayload(invention=key)
