"""A need that comes up between runs, out of complaints that belonged to none."""

from __future__ import annotations

from collections.abc import Sequence

from ..database import Database, Transaction
from ..event import Topic
from ..tombstone import ERASED_HASH
from .events import tell
from .findings import NeedDraft, create
from .links import Link, Place
from .links import link as write_links
from .rollup import recount

__all__ = ["emerge"]


async def emerge(db: Database, draft: NeedDraft, places: Sequence[Place]) -> int | None:
    """Id of a new need; the links of `draft` point into `places`, which are spans in the database.

    None where a span is gone, or its person was erased, or where a complaint has evidence by now: another process was faster, or a run. The need
    is EMERGING, or ACTIVE if two voices or more are behind it. Raises Busy.
    """
    wanted = sorted({places[item.span_index][0] for item in draft.links})

    async def work(transaction: Transaction) -> int | None:
        among = transaction.among("id", "?1")
        # whoever makes a need of the same complaints waits here, and then sees ours
        marks = await transaction.rows(
            f"SELECT content_hash FROM complaint WHERE {among} ORDER BY id{transaction.for_update}",
            (transaction.listed(wanted),),
        )
        taken = await transaction.value(
            f"SELECT COUNT(*) FROM evidence WHERE {transaction.among('complaint_id', '?1')}",
            (transaction.listed(wanted),),
        )
        rows = await transaction.rows(
            "SELECT complaint_id, start_offset, end_offset, id FROM span"
            f" WHERE {transaction.among('complaint_id', '?1')}",
            (transaction.listed(wanted),),
        )
        spans = {(complaint, start, end): id for complaint, start, end, id in rows}
        if (
            (ERASED_HASH,) in map(tuple, marks)
            or taken
            or any(places[item.span_index] not in spans for item in draft.links)
        ):
            return None
        need = await create(transaction, draft)
        links = []
        for item in draft.links:
            place = places[item.span_index]
            links.append(Link(need.id, spans[place], place[0], item.stance, item.confidence, item.uncorrected))
        await write_links(transaction, links, {need.id: need}, None)
        await recount(transaction, [need.id])
        await tell(transaction, Topic.NEED_CHANGED, [need.id], {"change": "EMERGED"})
        return need.id

    return await db.retrying(work)
