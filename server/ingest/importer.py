"""From a file to committed complaints, a chunk at a time."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass, field
from typing import Any

from ...models.commands.complaints import ComplaintDraft, RowResult
from ...models.errors import Refusal
from .draft import Drafting
from .row import EXCERPT_LENGTH, Reader, Rejection, Row

CHUNK_ROWS = 2_000
CHUNK_CHARACTERS = 4_000_000
BREATH_ROWS = 100
SAMPLE_ROWS = 500
SAMPLE_CELL = 200

Commit = Callable[[Sequence[ComplaintDraft]], Coroutine[Any, Any, Sequence[RowResult]]]
"""Stores a chunk as one whole; the result of each row in its place."""


@dataclass
class Tally:
    """What became of a file's rows so far; what is counted as created is committed."""

    created: int = 0
    known: int = 0
    """Rows that were there before, from an earlier import of the same file for one."""
    differing: int = 0
    """Those of the known rows that now came with another channel, product, language, rating or time."""
    undated: int = 0
    """Those of the created rows that state no time, and so have that of the import."""
    rejected: int = 0
    reasons: Counter[str] = field(default_factory=Counter)
    """Error code -> rejected rows."""
    interrupted: bool = False

    @property
    def read(self) -> int:
        return self.created + self.known + self.rejected


def sample_rows(reader: Reader) -> list[Row]:
    """The first rows with the beginnings of their cells, to guess the columns by."""
    sample: list[Row] = []
    for record in reader:
        if isinstance(record, Row):
            sample.append(Row(record.line, {column: cell[:SAMPLE_CELL] for column, cell in record.cells.items()}))
        if len(sample) >= SAMPLE_ROWS:
            break
    return sample


async def import_rows(
    reader: Reader,
    drafting: Drafting,
    on_reject: Callable[[Rejection], object],
    commit: Commit,
    tell: Callable[[Tally], None],
    stopped: Callable[[], bool],
) -> Tally:
    """Read, draft and commit every row; `tell` hears of each chunk. Ends early once `stopped`: a chunk under way is finished.

    Memory is that of two chunks. An exception of `commit` leaves the chunks before it committed.
    """
    tally = Tally()
    # what is rejected unread waits for the rows before it, so that rejections come in the order of the file
    chunk: list[tuple[Row, ComplaintDraft] | Rejection] = []
    size = 0
    under_way: asyncio.Task[Sequence[RowResult]] | None = None
    handed_over: list[tuple[Row, ComplaintDraft] | Rejection] = []

    def reject(rejection: Rejection) -> None:
        tally.rejected += 1
        tally.reasons[rejection.code] += 1
        on_reject(rejection)

    async def settle() -> None:
        nonlocal under_way
        if under_way is not None:
            task, under_way = under_way, None
            results = iter(await task)
            for one in handed_over:
                if isinstance(one, Rejection):
                    reject(one)
                    continue
                (row, draft), result = one, next(results)
                if result.error is not None:
                    excerpt = draft.text[:EXCERPT_LENGTH]
                    reject(Rejection(row.line, result.error.code, _reason(result.error), excerpt, row.cells))
                elif result.created:
                    tally.created += 1
                    tally.undated += draft.occurred_at is None
                else:
                    tally.known += 1
                    tally.differing += result.differs
        tell(tally)

    async def hand_over() -> None:
        """Have the chunk committed while the next one is read."""
        nonlocal chunk, size, handed_over, under_way
        await settle()
        if chunk:
            handed_over, chunk, size = chunk, [], 0
            drafts = [one[1] for one in handed_over if not isinstance(one, Rejection)]
            under_way = asyncio.create_task(commit(drafts) if drafts else _nothing())

    try:
        for count, record in enumerate(reader, 1):
            if isinstance(record, Rejection):
                chunk.append(record)
                size += len(record.excerpt)
            else:
                drafted = drafting.draft(record)
                chunk.append(drafted if isinstance(drafted, Rejection) else (record, drafted))
                size += sum(map(len, record.cells.values()))
            if len(chunk) >= CHUNK_ROWS or size >= CHUNK_CHARACTERS:
                await hand_over()
            if count % BREATH_ROWS == 0:
                # lets the commit go on, and signals be heard even in a file of nothing but rejections
                await asyncio.sleep(0)
                if stopped():
                    tally.interrupted = True
                    break
        if not tally.interrupted:
            await hand_over()
        await settle()
    finally:
        if under_way is not None:
            under_way.cancel()
            await asyncio.gather(under_way, return_exceptions=True)
    return tally


async def _nothing() -> Sequence[RowResult]:
    return ()


def _reason(error: Refusal) -> str:
    return f"{'.'.join(error.path)}: {error.message}" if error.path else error.message
