"""complaintsImport: many complaints come in at once."""

from __future__ import annotations

import strawberry

from ...models.commands import complaints
from ...models.commands.complaints import ErrorPolicy
from ...models.errors import Invalid
from ...models.team import Role
from ..context import Context
from ..payload import noun
from ..user_errors import UserError, user_error
from .base import Input, Payload, mutation
from .complaint_submit import AS_RECEIVED, ComplaintInput, draft_of

MOST_ROWS = 5_000
COUNTED = frozenset(("rows", "index", "createdCount", "knownCount", "rejectedCount"))


@strawberry.input(description="Input of complaintsImport.")
class ComplaintsImportInput(Input):
    rows: list[ComplaintInput] = strawberry.field(description="1 to 5,000 complaints.")
    error_policy: ErrorPolicy = strawberry.field(
        default=ErrorPolicy.REJECT_FAILED_ROWS, description="What becomes of the good rows where some are bad."
    )


@strawberry.type(description="What became of one row.")
class ImportedRow:
    index: int = strawberry.field(description="Its place in the input, from 0.")
    complaint: int | None = noun("Complaint", "The complaint; null where the row was not imported.")
    created: bool = strawberry.field(default=False, description="False where the same complaint was here before.")
    user_errors: list[UserError] = strawberry.field(default_factory=list, description="What to mend in this row.")


@strawberry.type(description="What complaintsImport did.")
class ComplaintsImportPayload(Payload):
    rows: list[ImportedRow] = strawberry.field(default_factory=list, description="What became of each row, in order.")
    created_count: int = strawberry.field(default=0, description="Complaints that are new.")
    known_count: int = strawberry.field(default=0, description="Rows that were here before.")
    rejected_count: int = strawberry.field(default=0, description="Rows that were not imported.")


@mutation(
    ComplaintsImportPayload,
    "Submit many complaints. Rows that were here before change nothing. Needs CONTRIBUTOR.",
    needs=Role.CONTRIBUTOR,
)
async def complaints_import(
    context: Context, input: ComplaintsImportInput, shown: frozenset[str]
) -> ComplaintsImportPayload:
    if not 1 <= len(input.rows) <= MOST_ROWS:
        raise Invalid(
            f"rows holds {len(input.rows)} complaints; it takes 1 to {MOST_ROWS:,}; send more in parts.", path=("rows",)
        )
    drafts = [draft_of(row) for row in input.rows]
    results = await complaints.import_rows(context.database, context.actor, drafts, input.error_policy)
    created = [one.complaint_id for one in results if one.created and one.complaint_id is not None]
    if created:
        await context.mind.received(created, wait=not shown <= AS_RECEIVED | COUNTED)
    rows = [
        ImportedRow(
            index=one.index,
            complaint=one.complaint_id,
            created=one.created,
            user_errors=[user_error(one.error, under=("input", "rows", str(one.index)))] if one.error else [],
        )
        for one in results
    ]
    known = sum(1 for one in results if one.complaint_id is not None and not one.created)
    return ComplaintsImportPayload(
        rows=rows, created_count=len(created), known_count=known, rejected_count=len(rows) - len(created) - known
    )
