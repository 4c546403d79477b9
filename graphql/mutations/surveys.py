"""surveyImport: answers of a satisfaction survey come in."""

from __future__ import annotations

import strawberry

from ...models.commands import surveys
from ...models.commands.complaints import ErrorPolicy
from ...models.commands.surveys import AnswerDraft
from ...models.errors import Invalid
from ...models.team import Role
from ..context import Context
from ..ids import key_in
from ..payload import noun
from ..scalars import Moment
from ..user_errors import UserError, user_error
from .base import Input, Payload, mutation

MOST_ROWS = 5_000


@strawberry.input(description="What one respondent said of one need.")
class SurveyAnswerInput:
    need_id: strawberry.ID = strawberry.field(description="The need that was asked about.")
    respondent: str = strawberry.field(
        description="Pseudonymous key of who answered, at most 255 characters. With the survey and the need it makes a row the same."
    )
    importance: int = strawberry.field(description="How much it matters, 1 (not at all) to 5 (extremely).")
    satisfaction: int = strawberry.field(description="How well it is met, 1 (not at all) to 5 (completely).")
    answered_at: Moment | None = strawberry.field(default=None, description="When it was answered; now unless given.")


@strawberry.input(description="Input of surveyImport.")
class SurveyImportInput(Input):
    source: str = strawberry.field(description='The survey, such as "spring 2026"; at most 64 characters.')
    rows: list[SurveyAnswerInput] = strawberry.field(description="1 to 5,000 answers.")
    error_policy: ErrorPolicy = strawberry.field(
        default=ErrorPolicy.REJECT_FAILED_ROWS, description="What becomes of the good rows where some are bad."
    )


@strawberry.type(description="What became of one answer.")
class ImportedAnswer:
    index: int = strawberry.field(description="Its place in the input, from 0.")
    survey_answer: int | None = noun("SurveyAnswer", "The answer; null where the row was not imported.")
    created: bool = strawberry.field(default=False, description="False where the same answer was here before.")
    user_errors: list[UserError] = strawberry.field(default_factory=list, description="What to mend in this row.")


@strawberry.type(description="What surveyImport did.")
class SurveyImportPayload(Payload):
    rows: list[ImportedAnswer] = strawberry.field(
        default_factory=list, description="What became of each row, in order."
    )
    created_count: int = strawberry.field(default=0, description="Answers that are new.")
    known_count: int = strawberry.field(default=0, description="Rows that were here before.")
    rejected_count: int = strawberry.field(default=0, description="Rows that were not imported.")


@mutation(
    SurveyImportPayload,
    "Take in answers of a survey about needs. Rows that were here before change nothing. Needs CONTRIBUTOR.",
    needs=Role.CONTRIBUTOR,
)
async def survey_import(context: Context, input: SurveyImportInput) -> SurveyImportPayload:
    if not 1 <= len(input.rows) <= MOST_ROWS:
        raise Invalid(
            f"rows holds {len(input.rows)} answers; it takes 1 to {MOST_ROWS:,}; send more in parts.", path=("rows",)
        )
    drafts = [draft(row) for row in input.rows]
    results = await surveys.import_answers(context.database, context.actor, input.source, drafts, input.error_policy)
    rows = [
        ImportedAnswer(
            index=one.index,
            survey_answer=one.answer_id,
            created=one.created,
            user_errors=[user_error(one.error, under=("input", "rows", str(one.index)))] if one.error else [],
        )
        for one in results
    ]
    created = sum(row.created for row in rows)
    known = sum(row.survey_answer is not None and not row.created for row in rows)
    return SurveyImportPayload(
        rows=rows, created_count=created, known_count=known, rejected_count=len(rows) - created - known
    )


def draft(row: SurveyAnswerInput) -> AnswerDraft:
    """One answer; an id that is none is that row's fault alone."""
    try:
        need, fault = key_in("Need", row.need_id, ("needId",)), None
    except Invalid as refusal:
        need, fault = 0, refusal
    at: int | None = row.answered_at  # type: ignore[assignment]
    return AnswerDraft(need, row.respondent, row.importance, row.satisfaction, at, fault)
