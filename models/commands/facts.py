"""What reading found in some complaints, written before a run is done with the rest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ..database import Database
from .findings import Reading, write_facts
from .links import SpanDraft

__all__ = ["write"]


async def write(db: Database, readings: Sequence[Reading], spans: Mapping[int, Sequence[SpanDraft]]) -> None:
    """Write the moods and the spans (by complaint id) of complaints that were read, in one transaction.

    They are facts about one complaint each, true whatever becomes of the run: one that is cut off need not read these
    complaints again. Doing it again changes nothing. Raises Invalid, Busy.
    """
    await db.retrying(lambda transaction: write_facts(transaction, readings, spans))
