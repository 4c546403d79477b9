"""aspectRename, needMove: a curator's word on aspects."""

from __future__ import annotations

import strawberry

from ...models.commands import aspects
from ...models.errors import Invalid
from ...models.team import Role
from ..context import Context
from ..ids import key_in
from ..payload import noun
from .base import Input, Payload, mutation
from .needs import NeedInput, NeedPayload


@strawberry.input(description="Input of aspectRename.")
class AspectRenameInput(Input):
    aspect_id: strawberry.ID = strawberry.field(description="The aspect's id.")
    version: int = strawberry.field(description="The version you read.")
    name: str = strawberry.field(description=f"Its name, 1 to {aspects.NAME_MOST} characters. Runs will not change it.")


@strawberry.type(description="The aspect after the change.")
class AspectPayload(Payload):
    aspect: int | None = noun("Aspect", "The aspect after the change.")


@mutation(AspectPayload, "Give an aspect a name of your own. Needs CURATOR.", needs=Role.CURATOR)
async def aspect_rename(context: Context, input: AspectRenameInput) -> AspectPayload:
    key = key_in("Aspect", input.aspect_id, ("aspectId",))
    await aspects.rename(context.database, context.actor, key, input.version, input.name)
    return AspectPayload(aspect=key)


@strawberry.input(description="Input of needMove.")
class NeedMoveInput(NeedInput):
    aspect_id: strawberry.ID | None = strawberry.field(
        default=strawberry.UNSET, description="The aspect that it is about; null for none. It must be said."
    )


@mutation(
    NeedPayload,
    "Put a need under another aspect, or under none. Runs will leave it there. Needs CURATOR.",
    needs=Role.CURATOR,
)
async def need_move(context: Context, input: NeedMoveInput) -> NeedPayload:
    key = input.key()
    if input.aspect_id is strawberry.UNSET:
        raise Invalid("Say which aspect the need is about, or null for none.", path=("aspectId",))
    aspect = None if input.aspect_id is None else key_in("Aspect", input.aspect_id, ("aspectId",))
    await aspects.move(context.database, context.actor, key, input.version, aspect)
    return NeedPayload(need=key)
