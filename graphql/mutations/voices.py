"""teamCreate, productAssign, inventionSupport, inventionUnsupport, commentAdd, commentRemove: who owns, stands for and says what."""

from __future__ import annotations

import strawberry

from ...models.commands import teams, voices
from ...models.errors import Invalid
from ...models.team import Role
from ..context import Context
from ..ids import key_in
from ..payload import noun
from .base import Input, Payload, mutation
from .inventions import InventionPayload


@strawberry.input(description="Input of teamCreate.")
class TeamCreateInput(Input):
    name: str = strawberry.field(description="The team's name, 1 to 120 characters on one line.")


@strawberry.type(description="The team.")
class TeamPayload(Payload):
    team: int | None = noun("Team", "The team; null where there is none any more.")


@mutation(
    TeamPayload,
    "Make a team; where there is one of that name already, it is found and stays as it is. Needs CURATOR.",
    needs=Role.CURATOR,
)
async def team_create(context: Context, input: TeamCreateInput) -> TeamPayload:
    return TeamPayload(team=await teams.create(context.database, context.actor, input.name))


@strawberry.input(description="Input of productAssign.")
class ProductAssignInput(Input):
    product: str = strawberry.field(description="The product, as complaints name it.")
    team_id: strawberry.ID | None = strawberry.field(
        default=strawberry.UNSET, description="The team that is to own it; null for none. It must be said."
    )


@mutation(
    TeamPayload, "Give a product to a team, in place of its owner, or to none. Needs CURATOR.", needs=Role.CURATOR
)
async def product_assign(context: Context, input: ProductAssignInput) -> TeamPayload:
    if input.team_id is strawberry.UNSET:
        raise Invalid("Say which team is to own the product, or null for none.", path=("teamId",))
    team = None if input.team_id is None else key_in("Team", input.team_id, ("teamId",))
    await teams.assign_product(context.database, context.actor, input.product, team)
    return TeamPayload(team=team)


@strawberry.input(description="Which invention.")
class InventionSupportInput(Input):
    invention_id: strawberry.ID = strawberry.field(description="The invention's id.")


@mutation(
    InventionPayload,
    "Stand for somebody else's invention; a second time changes nothing. For members, from CONTRIBUTOR on.",
    needs=Role.CONTRIBUTOR,
)
async def invention_support(context: Context, input: InventionSupportInput) -> InventionPayload:
    key = key_in("Invention", input.invention_id, ("inventionId",))
    await voices.support(context.database, context.actor, key)
    return InventionPayload(invention=key)


@strawberry.input(description="Which invention.")
class InventionUnsupportInput(Input):
    invention_id: strawberry.ID = strawberry.field(description="The invention's id.")


@mutation(InventionPayload, "Stand for an invention no more. For members, from CONTRIBUTOR on.", needs=Role.CONTRIBUTOR)
async def invention_unsupport(context: Context, input: InventionUnsupportInput) -> InventionPayload:
    key = key_in("Invention", input.invention_id, ("inventionId",))
    await voices.unsupport(context.database, context.actor, key)
    return InventionPayload(invention=key)


@strawberry.input(description="Input of commentAdd: give one of inventionId and needId.")
class CommentAddInput(Input):
    text: str = strawberry.field(
        description=f"What you say, 1 to {voices.TEXT_MOST:,} characters; `@Name` mentions a member."
    )
    invention_id: strawberry.ID | None = strawberry.field(default=None, description="The invention that it is about.")
    need_id: strawberry.ID | None = strawberry.field(default=None, description="The need that it is about.")


@strawberry.type(description="The comment.")
class CommentPayload(Payload):
    comment: int | None = noun("Comment", "The comment; null where it was taken away.")


@mutation(
    CommentPayload, "Comment on an invention or a need. For members, from CONTRIBUTOR on.", needs=Role.CONTRIBUTOR
)
async def comment_add(context: Context, input: CommentAddInput) -> CommentPayload:
    invention, need = input.invention_id, input.need_id
    key = await voices.comment(
        context.database,
        context.actor,
        input.text,
        invention_id=None if invention is None else key_in("Invention", invention, ("inventionId",)),
        need_id=None if need is None else key_in("Need", need, ("needId",)),
    )
    return CommentPayload(comment=key)


@strawberry.input(description="Input of commentRemove.")
class CommentRemoveInput(Input):
    comment_id: strawberry.ID = strawberry.field(description="The comment's id.")


@strawberry.type(description="What is left of the comment.")
class CommentRemovePayload(Payload):
    removed_id: strawberry.ID | None = strawberry.field(default=None, description="The id that it had.")


@mutation(CommentRemovePayload, "Take a comment away. For its author, or a CURATOR.", needs=Role.CONTRIBUTOR)
async def comment_remove(context: Context, input: CommentRemoveInput) -> CommentRemovePayload:
    key = key_in("Comment", input.comment_id, ("commentId",))
    await voices.remove_comment(context.database, context.actor, key)
    return CommentRemovePayload(removed_id=strawberry.ID(f"comment_{key}"))
