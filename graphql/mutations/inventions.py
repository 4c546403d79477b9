"""inventionPropose, inventionUpdate, inventionClaimNeed, inventionDropNeed, inventionWithdraw."""

from __future__ import annotations

import strawberry

from ...models.commands import inventions
from ...models.commands.inventions import ClaimDraft
from ...models.invention import Door, Origin
from ...models.team import Role
from ..context import Context
from ..ids import key_in
from ..payload import noun
from .base import Input, Payload, mutation

TITLE = f"1 to {inventions.TITLE_MOST} characters"
MECHANISM = f"1 to {inventions.MECHANISM_MOST:,} characters"
RATIONALE = f"Why it would relieve the need, 1 to {inventions.RATIONALE_MOST:,} characters."


@strawberry.input(description="A need that an invention means to relieve, and how far.")
class ClaimInput:
    need_id: strawberry.ID = strawberry.field(description="The need's id.")
    rationale: str = strawberry.field(description=RATIONALE)
    relief: float = strawberry.field(description="Share of the need that it would relieve, 0 to 1.")


@strawberry.input(description="Input of inventionPropose.")
class InventionProposeInput(Input):
    title: str = strawberry.field(description=f"Its name, {TITLE}.")
    mechanism: str = strawberry.field(description=f"How it would work, in plain words, {MECHANISM}.")
    door: Door = strawberry.field(default=Door.TWO_WAY, description="Whether the decision can be taken back.")
    origin: Origin | None = strawberry.field(
        default=None, description="What started it; it must be said before a review."
    )
    claims: list[ClaimInput] = strawberry.field(
        default_factory=list, description=f"The needs it means to relieve, at most {inventions.CLAIMS_MOST}."
    )


@strawberry.input(description="Which invention, as it was last read.")
class InventionInput(Input):
    invention_id: strawberry.ID = strawberry.field(description="The invention's id.")
    version: int = strawberry.field(description="The version you read.")

    def key(self) -> int:
        return key_in("Invention", self.invention_id, ("inventionId",))


@strawberry.input(description="Input of inventionUpdate; what is left out stays as it is.")
class InventionUpdateInput(InventionInput):
    title: str | None = strawberry.field(default=None, description=f"Its name, {TITLE}.")
    mechanism: str | None = strawberry.field(default=None, description=f"How it would work, {MECHANISM}.")
    door: Door | None = strawberry.field(default=None, description="Whether the decision can be taken back.")
    origin: Origin | None = strawberry.field(default=None, description="What started it.")


@strawberry.input(description="Input of inventionClaimNeed.")
class InventionClaimNeedInput(InventionInput):
    need_id: strawberry.ID = strawberry.field(description="The need's id.")
    rationale: str = strawberry.field(description=RATIONALE)
    relief: float = strawberry.field(description="Share of the need that it would relieve, 0 to 1.")


@strawberry.input(description="Input of inventionDropNeed.")
class InventionDropNeedInput(InventionInput):
    need_id: strawberry.ID = strawberry.field(description="The need's id.")


@strawberry.input(description="Input of inventionWithdraw.")
class InventionWithdrawInput(InventionInput):
    pass


@strawberry.type(description="The invention after the change.")
class InventionPayload(Payload):
    invention: int | None = noun("Invention", "The invention after the change.")


@strawberry.type(description="An invention that means something close to the one proposed.")
class SimilarInvention:
    similarity: float = strawberry.field(description="Cosine between the two, 0 to 1.")
    invention: int | None = noun("Invention", "The invention that was there before.")


@strawberry.type(description="What inventionPropose did.")
class InventionProposePayload(InventionPayload):
    similar_inventions: list[SimilarInvention] = strawberry.field(
        default_factory=list,
        description="Inventions that were there before and mean something close, closest first, at most 5: if one is the"
        " same thing, withdraw the new one.",
    )


MOST_SIMILAR = 5
LEAST_SIMILARITY = 0.5


@mutation(InventionProposePayload, "Propose an invention, asked for or not. Needs CONTRIBUTOR.", needs=Role.CONTRIBUTOR)
async def invention_propose(
    context: Context, input: InventionProposeInput, shown: frozenset[str]
) -> InventionProposePayload:
    claims = [
        ClaimDraft(key_in("Need", one.need_id, ("claims", str(index), "needId")), one.rationale, one.relief)
        for index, one in enumerate(input.claims)
    ]
    context.actor.require(Role.CONTRIBUTOR)
    # before it is there itself
    near = (
        await context.mind.similar("invention", f"{input.title}. {input.mechanism}", MOST_SIMILAR)
        if "similarInventions" in shown
        else []
    )
    key = await inventions.propose(
        context.database,
        context.actor,
        title=input.title,
        mechanism=input.mechanism,
        door=input.door,
        origin=input.origin,
        claims=claims,
    )
    similar = [
        SimilarInvention(similarity=round(score, 6), invention=id) for id, score in near if score >= LEAST_SIMILARITY
    ]
    return InventionProposePayload(invention=key, similar_inventions=similar)


@mutation(
    InventionPayload,
    "Change an invention's words while it is a draft or under review. For its proposer, or a CURATOR.",
    needs=Role.CONTRIBUTOR,
)
async def invention_update(context: Context, input: InventionUpdateInput) -> InventionPayload:
    key = input.key()
    await inventions.update(
        context.database,
        context.actor,
        key,
        input.version,
        title=input.title,
        mechanism=input.mechanism,
        door=input.door,
        origin=input.origin,
    )
    return InventionPayload(invention=key)


@mutation(
    InventionPayload,
    "Claim that an invention relieves a need; a second claim replaces the first. For its proposer, or a CURATOR.",
    needs=Role.CONTRIBUTOR,
)
async def invention_claim_need(context: Context, input: InventionClaimNeedInput) -> InventionPayload:
    key = input.key()
    need = key_in("Need", input.need_id, ("needId",))
    await inventions.claim_need(
        context.database, context.actor, key, input.version, need, input.rationale, input.relief
    )
    return InventionPayload(invention=key)


@mutation(
    InventionPayload,
    "Take back the claim that an invention relieves a need. For its proposer, or a CURATOR.",
    needs=Role.CONTRIBUTOR,
)
async def invention_drop_need(context: Context, input: InventionDropNeedInput) -> InventionPayload:
    key = input.key()
    need = key_in("Need", input.need_id, ("needId",))
    await inventions.drop_need(context.database, context.actor, key, input.version, need)
    return InventionPayload(invention=key)


@mutation(
    InventionPayload,
    "Take an invention back; it stays on record. For its proposer, or a CURATOR.",
    needs=Role.CONTRIBUTOR,
)
async def invention_withdraw(context: Context, input: InventionWithdrawInput) -> InventionPayload:
    key = input.key()
    await inventions.withdraw(context.database, context.actor, key, input.version)
    return InventionPayload(invention=key)
