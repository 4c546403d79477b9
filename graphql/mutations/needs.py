"""needConfirm, needRename, needDismiss, needAssign, needMerge, needSplit: a curator's word on needs."""

from __future__ import annotations

import strawberry

from ...models.commands import needs
from ...models.errors import Invalid
from ...models.team import Role
from ..context import Context
from ..ids import key_in
from ..payload import noun
from .base import Input, Payload, mutation


@strawberry.input(description="Which need, as it was last read.")
class NeedInput(Input):
    need_id: strawberry.ID = strawberry.field(description="The need's id.")
    version: int = strawberry.field(description="The version you read.")

    def key(self) -> int:
        return key_in("Need", self.need_id, ("needId",))


@strawberry.type(description="The need after the change.")
class NeedPayload(Payload):
    need: int | None = noun("Need", "The need after the change.")


@strawberry.input(description="Input of needConfirm.")
class NeedConfirmInput(NeedInput):
    pass


@strawberry.input(description="Input of needRename.")
class NeedRenameInput(NeedInput):
    statement: str = strawberry.field(
        description=f"The need in one sentence, 1 to {needs.STATEMENT_MOST:,} characters. Runs will not change it."
    )


@strawberry.input(description="Input of needDismiss.")
class NeedDismissInput(NeedInput):
    reason: str = strawberry.field(description=f"Why it is no need, 1 to {needs.REASON_MOST:,} characters.")


@mutation(NeedPayload, "Say that this is a need. Needs CURATOR.", needs=Role.CURATOR)
async def need_confirm(context: Context, input: NeedConfirmInput) -> NeedPayload:
    key = input.key()
    await needs.confirm(context.database, context.actor, key, input.version)
    return NeedPayload(need=key)


@mutation(NeedPayload, "Give a need a statement of your own. Needs CURATOR.", needs=Role.CURATOR)
async def need_rename(context: Context, input: NeedRenameInput) -> NeedPayload:
    key = input.key()
    await needs.rename(context.database, context.actor, key, input.version, input.statement)
    return NeedPayload(need=key)


@mutation(NeedPayload, "Say that this is no need; it will collect no evidence. Needs CURATOR.", needs=Role.CURATOR)
async def need_dismiss(context: Context, input: NeedDismissInput) -> NeedPayload:
    key = input.key()
    await needs.dismiss(context.database, context.actor, key, input.version, input.reason)
    return NeedPayload(need=key)


@strawberry.input(description="Input of needAssign.")
class NeedAssignInput(NeedInput):
    team_id: strawberry.ID | None = strawberry.field(
        default=strawberry.UNSET, description="The team that is to own it; null for none. It must be said."
    )


@mutation(NeedPayload, "Give a need to a team, or to none. Needs CURATOR.", needs=Role.CURATOR)
async def need_assign(context: Context, input: NeedAssignInput) -> NeedPayload:
    key = input.key()
    if input.team_id is strawberry.UNSET:
        raise Invalid("Say which team is to own the need, or null for none.", path=("teamId",))
    team = None if input.team_id is None else key_in("Team", input.team_id, ("teamId",))
    await needs.assign(context.database, context.actor, key, input.version, team)
    return NeedPayload(need=key)


@strawberry.input(description="A need and the version you read.")
class NeedVersion:
    need_id: strawberry.ID = strawberry.field(description="The need's id.")
    version: int = strawberry.field(description="The version you read.")


@strawberry.input(description="Input of needMerge.")
class NeedMergeInput(NeedInput):
    sources: list[NeedVersion] = strawberry.field(
        description=f"1 to {needs.SOURCES_MOST} needs that are really this one."
    )


@strawberry.input(description="Input of needSplit.")
class NeedSplitInput(NeedInput):
    evidence_ids: list[strawberry.ID] = strawberry.field(
        description=f"1 to {needs.EVIDENCE_MOST:,} pieces of its evidence that speak of another need."
    )
    statement: str = strawberry.field(
        description=f"The other need in one sentence, 1 to {needs.STATEMENT_MOST:,} characters."
    )


@strawberry.type(description="The two needs after the split.")
class NeedSplitPayload(Payload):
    need: int | None = noun("Need", "The need that was split.")
    created: int | None = noun("Need", "The new need, with the evidence that moved.")


@mutation(
    NeedPayload,
    "Make several needs one. Evidence and claims move to the target; the ids of the sources lead to it. Needs CURATOR.",
    needs=Role.CURATOR,
)
async def need_merge(context: Context, input: NeedMergeInput) -> NeedPayload:
    target = input.key()
    sources: dict[int, int] = {}
    for index, one in enumerate(input.sources):
        source = key_in("Need", one.need_id, ("sources", str(index), "needId"))
        if source in sources:
            raise Invalid("This need is named twice: name it once.", path=("sources", str(index), "needId"))
        sources[source] = one.version
    await needs.merge(context.database, context.actor, list(sources), target, {**sources, target: input.version})
    return NeedPayload(need=target)


@mutation(NeedSplitPayload, "Move some of a need's evidence to a new need. Needs CURATOR.", needs=Role.CURATOR)
async def need_split(context: Context, input: NeedSplitInput) -> NeedSplitPayload:
    key = input.key()
    evidence = [key_in("Evidence", one, ("evidenceIds", str(i))) for i, one in enumerate(input.evidence_ids)]
    created = await needs.split(context.database, context.actor, key, input.version, evidence, input.statement)
    return NeedSplitPayload(need=key, created=created)
