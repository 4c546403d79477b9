"""evidenceDecide: a person's word on one link."""

from __future__ import annotations

from enum import Enum

import strawberry

from ...models.commands import evidence
from ...models.evidence import EvidenceStatus
from ...models.team import Role
from ..context import Context
from ..ids import key_in
from ..payload import noun
from .base import Input, Payload, mutation


@strawberry.enum(description="What a person decides of a piece of evidence.")
class EvidenceDecision(Enum):
    ACCEPT = strawberry.enum_value(EvidenceStatus.ACCEPTED.value, description="The words are about this need.")
    DISMISS = strawberry.enum_value(
        EvidenceStatus.DISMISSED.value, description="They are not; the link no longer counts."
    )


@strawberry.input(description="Input of evidenceDecide.")
class EvidenceDecideInput(Input):
    evidence_id: strawberry.ID = strawberry.field(description="The evidence's id.")
    version: int = strawberry.field(description="The version you read.")
    decision: EvidenceDecision = strawberry.field(description="What you decide.")


@strawberry.type(description="What evidenceDecide did.")
class EvidenceDecidePayload(Payload):
    evidence: int | None = noun("Evidence", "The evidence after the decision.")


@mutation(
    EvidenceDecidePayload,
    "Accept or dismiss a piece of evidence. Runs will not change the decision. Needs CURATOR.",
    needs=Role.CURATOR,
)
async def evidence_decide(context: Context, input: EvidenceDecideInput) -> EvidenceDecidePayload:
    key = key_in("Evidence", input.evidence_id, ("evidenceId",))
    decided = EvidenceStatus(input.decision.value)
    await evidence.decide(context.database, context.actor, key, decided, input.version)
    return EvidenceDecidePayload(evidence=key)
