"""escalationRaise, escalationAcknowledge, escalationAnswer, escalationReview, escalationReopen, escalationClose, escalationRoute."""

from __future__ import annotations

import strawberry

from ...models.commands import escalations
from ...models.team import Role
from ..context import Context
from ..ids import key_in
from ..payload import noun
from ..scalars import Moment
from .base import Input, Payload, mutation


@strawberry.input(description="Which question, as it was last read.")
class EscalationInput(Input):
    escalation_id: strawberry.ID = strawberry.field(description="The question's id.")
    version: int = strawberry.field(description="The version you read.")

    def key(self) -> int:
        return key_in("Escalation", self.escalation_id, ("escalationId",))


@strawberry.type(description="The question after the change.")
class EscalationPayload(Payload):
    escalation: int | None = noun("Escalation", "The question after the change.")


@strawberry.input(description="Input of escalationRaise: give one of complaintId and needId.")
class EscalationRaiseInput(Input):
    question: str = strawberry.field(description=f"What you ask, 1 to {escalations.QUESTION_MOST:,} characters.")
    complaint_id: strawberry.ID | None = strawberry.field(default=None, description="The complaint that it is about.")
    need_id: strawberry.ID | None = strawberry.field(default=None, description="The need that it is about.")
    severity: int | None = strawberry.field(
        default=None, description="1 (mild) to 5 (grave), where you judge it otherwise than inference."
    )
    due_at: Moment | None = strawberry.field(
        default=None, description="Until when you want an answer, within 90 days; by severity unless given."
    )


@mutation(
    EscalationPayload,
    'Put a "?" on a complaint or a need: its team must answer by a time. It goes to the team that owns the need; of a'
    " complaint, the need that its words are the surest evidence of. Needs CONTRIBUTOR.",
    needs=Role.CONTRIBUTOR,
)
async def escalation_raise(context: Context, input: EscalationRaiseInput) -> EscalationPayload:
    complaint, need = input.complaint_id, input.need_id
    key = await escalations.ask(
        context.database,
        context.actor,
        input.question,
        complaint_id=None if complaint is None else key_in("Complaint", complaint, ("complaintId",)),
        need_id=None if need is None else key_in("Need", need, ("needId",)),
        severity=input.severity,
        due_at=input.due_at,
    )
    return EscalationPayload(escalation=key)


@strawberry.input(description="Input of escalationAcknowledge.")
class EscalationAcknowledgeInput(EscalationInput):
    pass


@mutation(
    EscalationPayload,
    "Take a question on, as its owner. For a member of its team, or a CURATOR.",
    needs=Role.CONTRIBUTOR,
)
async def escalation_acknowledge(context: Context, input: EscalationAcknowledgeInput) -> EscalationPayload:
    key = input.key()
    await escalations.acknowledge(context.database, context.actor, key, input.version)
    return EscalationPayload(escalation=key)


@strawberry.input(description="Input of escalationAnswer.")
class EscalationAnswerInput(EscalationInput):
    text: str = strawberry.field(description=f"What happened, 1 to {escalations.ANSWER_MOST:,} characters.")
    whys: list[str] = strawberry.field(
        description=f"Why it happened, why that did, and so on: {escalations.WHYS} times, at most {escalations.LINE_MOST:,} characters each."
    )
    actions: list[str] = strawberry.field(
        description=f"What is done about it: 1 to {escalations.ACTIONS_MOST}, at most {escalations.LINE_MOST:,} characters each."
    )


@mutation(
    EscalationPayload,
    "Answer a question that was acknowledged, with five whys and what is done. For a member of its team, or a CURATOR.",
    needs=Role.CONTRIBUTOR,
)
async def escalation_answer(context: Context, input: EscalationAnswerInput) -> EscalationPayload:
    key = input.key()
    await escalations.answer(context.database, context.actor, key, input.version, input.text, input.whys, input.actions)
    return EscalationPayload(escalation=key)


@strawberry.input(description="Input of escalationReview.")
class EscalationReviewInput(EscalationInput):
    comment: str = strawberry.field(
        description=f"What you say of the answer, 1 to {escalations.ANSWER_MOST:,} characters."
    )


@mutation(
    EscalationPayload,
    "Say that an answer will do; if it will not, reopen the question. For who asked it, or a CURATOR, never for who wrote the"
    " answer.",
    needs=Role.CONTRIBUTOR,
)
async def escalation_review(context: Context, input: EscalationReviewInput) -> EscalationPayload:
    key = input.key()
    await escalations.review(context.database, context.actor, key, input.version, input.comment)
    return EscalationPayload(escalation=key)


@strawberry.input(description="Input of escalationReopen.")
class EscalationReopenInput(EscalationInput):
    reason: str = strawberry.field(description=f"Why, 1 to {escalations.ANSWER_MOST:,} characters.")


@mutation(
    EscalationPayload,
    "Ask a question again that was answered, reviewed or closed; it is due anew by its severity. For who asked it, or a CURATOR.",
    needs=Role.CONTRIBUTOR,
)
async def escalation_reopen(context: Context, input: EscalationReopenInput) -> EscalationPayload:
    key = input.key()
    await escalations.reopen(context.database, context.actor, key, input.version, input.reason)
    return EscalationPayload(escalation=key)


@strawberry.input(description="Input of escalationClose.")
class EscalationCloseInput(EscalationInput):
    pass


@mutation(
    EscalationPayload, "Lay a question down that was reviewed. For who asked it, or a CURATOR.", needs=Role.CONTRIBUTOR
)
async def escalation_close(context: Context, input: EscalationCloseInput) -> EscalationPayload:
    key = input.key()
    await escalations.close(context.database, context.actor, key, input.version)
    return EscalationPayload(escalation=key)


@strawberry.input(description="Input of escalationRoute.")
class EscalationRouteInput(EscalationInput):
    team_id: strawberry.ID = strawberry.field(description="The team that is to answer it.")


@mutation(
    EscalationPayload,
    "Hand an unanswered question to another team, whose turn it is to acknowledge it; its time stays. For a member of the"
    " team that has it, or a CURATOR.",
    needs=Role.CONTRIBUTOR,
)
async def escalation_route(context: Context, input: EscalationRouteInput) -> EscalationPayload:
    key = input.key()
    team = key_in("Team", input.team_id, ("teamId",))
    await escalations.route(context.database, context.actor, key, input.version, team)
    return EscalationPayload(escalation=key)
