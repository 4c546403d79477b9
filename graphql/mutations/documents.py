"""inventionWritePressRelease, inventionCite, inventionAnswer, inventionDropAnswer: an invention's document."""

from __future__ import annotations

import strawberry
from strawberry.types.unset import UNSET

from ...models.commands import documents
from ...models.document import Audience, Part
from ...models.team import Role
from ..context import Context
from ..ids import key_in
from .base import mutation
from .inventions import InventionInput, InventionPayload

LINE = f"1 to {documents.LINE_MOST} characters on one line"
PARAGRAPH = f"1 to {documents.PARAGRAPH_MOST:,} characters"


@strawberry.input(
    description="Input of inventionWritePressRelease; what is left out stays as it is, null takes it away."
)
class InventionWritePressReleaseInput(InventionInput):
    headline: str | None = strawberry.field(default=UNSET, description=f"What it is, {LINE}.")
    subheading: str | None = strawberry.field(default=UNSET, description=f"Who it is for and what they get, {LINE}.")
    summary: str | None = strawberry.field(default=UNSET, description=f"The whole in one paragraph, {PARAGRAPH}.")
    problem: str | None = strawberry.field(default=UNSET, description=f"The problem that it solves, {PARAGRAPH}.")
    solution: str | None = strawberry.field(default=UNSET, description=f"How it solves the problem, {PARAGRAPH}.")
    leader_quote: str | None = strawberry.field(default=UNSET, description=f"Why we made it, {PARAGRAPH}.")
    leader_name: str | None = strawberry.field(default=UNSET, description=f"Who would say so, {LINE}.")
    how_it_works: str | None = strawberry.field(default=UNSET, description=f"How the customer begins, {PARAGRAPH}.")
    customer_quote: str | None = strawberry.field(
        default=UNSET,
        description=f"An IMAGINED quote, {PARAGRAPH}. For a REAL one, let CUSTOMER_QUOTE cite evidence (inventionCite).",
    )
    call_to_action: str | None = strawberry.field(default=UNSET, description=f"What to do now, {PARAGRAPH}.")
    not_elsewhere: str | None = strawberry.field(
        default=UNSET, description=f"What customers cannot get anywhere else, {PARAGRAPH}."
    )


@mutation(
    InventionPayload,
    "Write parts of an invention's press release, while it is a draft or under review. For its proposer, or a CURATOR.",
    needs=Role.CONTRIBUTOR,
)
async def invention_write_press_release(context: Context, input: InventionWritePressReleaseInput) -> InventionPayload:
    key = input.key()
    names = (*documents.LINES, *documents.PARAGRAPHS)
    parts = {name: getattr(input, name) for name in names if getattr(input, name) is not UNSET}
    await documents.write(context.database, context.actor, key, input.version, parts)
    return InventionPayload(invention=key)


@strawberry.input(description="Input of inventionCite.")
class InventionCiteInput(InventionInput):
    part: Part = strawberry.field(description="The paragraph that rests on the evidence.")
    evidence_ids: list[strawberry.ID] = strawberry.field(
        description=f"At most {documents.CITATIONS_MOST} pieces of evidence, in place of those cited before;"
        " CUSTOMER_QUOTE takes one, whose words are then the quote."
    )


@mutation(
    InventionPayload,
    "Rest a paragraph of the press release on evidence. It must be accepted before a review. For its proposer, or a CURATOR.",
    needs=Role.CONTRIBUTOR,
)
async def invention_cite(context: Context, input: InventionCiteInput) -> InventionPayload:
    key = input.key()
    evidence = [key_in("Evidence", one, ("evidenceIds", str(i))) for i, one in enumerate(input.evidence_ids)]
    await documents.cite(context.database, context.actor, key, input.version, input.part, evidence)
    return InventionPayload(invention=key)


@strawberry.input(
    description="Input of inventionAnswer: give one of question (a new one), requiredQuestionId and faqEntryId (to answer anew)."
)
class InventionAnswerInput(InventionInput):
    answer: str = strawberry.field(description=f"The answer, {PARAGRAPH}.")
    question: str | None = strawberry.field(default=None, description="A question, 1 to 1,000 characters on one line.")
    audience: Audience = strawberry.field(default=Audience.INTERNAL, description="Who asks the new question.")
    required_question_id: strawberry.ID | None = strawberry.field(
        default=None, description="The required question that it answers, in the internal FAQ."
    )
    faq_entry_id: strawberry.ID | None = strawberry.field(default=None, description="The entry to answer anew.")


@mutation(
    InventionPayload, "Answer a question in an invention's FAQ. For its proposer, or a CURATOR.", needs=Role.CONTRIBUTOR
)
async def invention_answer(context: Context, input: InventionAnswerInput) -> InventionPayload:
    key = input.key()
    required, entry = input.required_question_id, input.faq_entry_id
    await documents.answer(
        context.database,
        context.actor,
        key,
        input.version,
        input.answer,
        audience=input.audience,
        question=input.question,
        required_question_id=None
        if required is None
        else key_in("RequiredQuestion", required, ("requiredQuestionId",)),
        faq_entry_id=None if entry is None else key_in("FaqEntry", entry, ("faqEntryId",)),
    )
    return InventionPayload(invention=key)


@strawberry.input(description="Input of inventionDropAnswer.")
class InventionDropAnswerInput(InventionInput):
    faq_entry_id: strawberry.ID = strawberry.field(description="The entry's id.")


@mutation(
    InventionPayload,
    "Take a question and its answer out of an invention's FAQ. For its proposer, or a CURATOR.",
    needs=Role.CONTRIBUTOR,
)
async def invention_drop_answer(context: Context, input: InventionDropAnswerInput) -> InventionPayload:
    key = input.key()
    entry = key_in("FaqEntry", input.faq_entry_id, ("faqEntryId",))
    await documents.drop_answer(context.database, context.actor, key, input.version, entry)
    return InventionPayload(invention=key)
