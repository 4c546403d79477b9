"""principleAdd, principleUpdate, requiredQuestionAdd, requiredQuestionUpdate: what is asked of every invention."""

from __future__ import annotations

import strawberry

from ...models.commands import standards
from ...models.team import Role
from ..context import Context
from ..ids import key_in
from ..payload import noun
from .base import Input, Payload, mutation

TEXT = f"1 to {standards.TEXT_MOST:,} characters on one line"


@strawberry.type(description="The principle after the change.")
class PrinciplePayload(Payload):
    principle: int | None = noun("Principle", "The principle after the change.")


@strawberry.type(description="The required question after the change.")
class RequiredQuestionPayload(Payload):
    required_question: int | None = noun("RequiredQuestion", "The question after the change.")


@strawberry.input(description="Input of principleAdd.")
class PrincipleAddInput(Input):
    text: str = strawberry.field(description=f"The principle, {TEXT}.")


@strawberry.input(description="Input of requiredQuestionAdd.")
class RequiredQuestionAddInput(Input):
    text: str = strawberry.field(description=f"The question, {TEXT}.")


@strawberry.input(description="What is to change; what is left out stays as it is.")
class StandardUpdateInput(Input):
    version: int = strawberry.field(description="The version you read.")
    text: str | None = strawberry.field(default=None, description=f"New words, {TEXT}.")
    position: int | None = strawberry.field(default=None, description="Its place in the list, from 0.")
    active: bool | None = strawberry.field(default=None, description="Whether it is asked for from now on.")


@strawberry.input(description="Input of principleUpdate; what is left out stays as it is.")
class PrincipleUpdateInput(StandardUpdateInput):
    principle_id: strawberry.ID = strawberry.field(description="The principle's id.")


@strawberry.input(description="Input of requiredQuestionUpdate; what is left out stays as it is.")
class RequiredQuestionUpdateInput(StandardUpdateInput):
    required_question_id: strawberry.ID = strawberry.field(description="The question's id.")


async def change(context: Context, kind: standards.Standard, key: int, input: StandardUpdateInput) -> None:
    await standards.change(
        context.database,
        context.actor,
        kind,
        key,
        input.version,
        text=input.text,
        position=input.position,
        active=input.active,
    )


@mutation(PrinciplePayload, "Add a principle to the checklist for inventions. Needs CURATOR.", needs=Role.CURATOR)
async def principle_add(context: Context, input: PrincipleAddInput) -> PrinciplePayload:
    return PrinciplePayload(principle=await standards.add(context.database, context.actor, "principle", input.text))


@mutation(PrinciplePayload, "Change a principle, or no longer ask for it. Needs CURATOR.", needs=Role.CURATOR)
async def principle_update(context: Context, input: PrincipleUpdateInput) -> PrinciplePayload:
    key = key_in("Principle", input.principle_id, ("principleId",))
    await change(context, "principle", key, input)
    return PrinciplePayload(principle=key)


@mutation(
    RequiredQuestionPayload, "Add a question that every internal FAQ must answer. Needs CURATOR.", needs=Role.CURATOR
)
async def required_question_add(context: Context, input: RequiredQuestionAddInput) -> RequiredQuestionPayload:
    key = await standards.add(context.database, context.actor, "required_question", input.text)
    return RequiredQuestionPayload(required_question=key)


@mutation(
    RequiredQuestionPayload, "Change a required question, or no longer ask it. Needs CURATOR.", needs=Role.CURATOR
)
async def required_question_update(context: Context, input: RequiredQuestionUpdateInput) -> RequiredQuestionPayload:
    key = key_in("RequiredQuestion", input.required_question_id, ("requiredQuestionId",))
    await change(context, "required_question", key, input)
    return RequiredQuestionPayload(required_question=key)
