"""Mails that answer a notice: told by the Message-IDs that they name, linked as `complaintSubmit(inReplyTo:)` links them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from ..actor import Actor
from ..database import Database, Transaction
from ..tombstone import is_shell
from . import complaints, notices
from .complaints import ComplaintDraft, ErrorPolicy, RowResult

__all__ = ["answering", "import_answers"]


async def answering(db: Database, drafts: Sequence[ComplaintDraft]) -> tuple[list[ComplaintDraft], dict[int, int]]:
    """The drafts, those that answer as words of whom the notice was for, and place -> notice. Raises Busy."""
    wanted = {id for draft in drafts for id, _ in draft.answers}
    if not wanted:
        return list(drafts), {}

    async def work(transaction: Transaction) -> list[Any]:
        return await transaction.rows(
            "SELECT n.id, n.created_at, u.external_id FROM notice n JOIN customer u ON u.id = n.customer_id"
            f" WHERE {transaction.among('n.id', '?1')} AND NOT {is_shell('u')}",
            (transaction.listed(sorted(wanted)),),
        )

    rows = await db.retrying(work)
    known = {(id, created_at): customer for id, created_at, customer in rows}
    found, told = list(drafts), dict[int, int]()
    for place, draft in enumerate(drafts):
        if ours := next((one for one in draft.answers if one in known), None):
            found[place] = replace(draft, customer=known[ours])
            told[place] = ours[0]
    return found, told


async def import_answers(db: Database, actor: Actor, rows: Sequence[ComplaintDraft]) -> list[RowResult]:
    """`import_rows` of the good rows; those that answer a notice are linked to it, those of an earlier import as well.

    Raises Forbidden, Busy.
    """
    drafts, told = await answering(db, rows)
    results = await complaints.import_rows(db, actor, drafts, ErrorPolicy.REJECT_FAILED_ROWS)
    for place, notice in told.items():
        key = results[place].complaint_id
        if key is not None:
            await notices.answer(db, actor, key, notice)
    return results
