"""From a file to committed complaints, a chunk at a time."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

from ...models.commands.complaints import ComplaintDraft, RowResult
from ...models.errors import Refusal
from .draft import Drafting
from .row import EXCERPT_LENGTH, Reader, Rejection, Row

CHUNK_ROWS = 2_000
CHUNK_CHARACTERS = 4_000_000
SAMPLE_ROWS = 500
SAMPLE_CELL = 200

Commit = Callable[[Sequence[ComplaintDraft]], Awaitable[Sequence[RowResult]]]
"""Stores a chunk as one whole; the result of each row in its place."""


@dataclass
class Tally:
    """What became of a file's rows so far; what is counted as created is committed."""

    created: int = 0
    known: int = 0
    """Rows that were there before, from an earlier import of the same file for one."""
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
    """Read, draft and commit every row; `tell` hears of each chunk. Ends early, after a whole chunk, once `stopped`.

    Memory is that of one chunk. An exception of `commit` leaves the chunks before it committed.
    """
    tally = Tally()
    chunk: list[tuple[int, ComplaintDraft]] = []
    size = 0

    def reject(rejection: Rejection) -> None:
        tally.rejected += 1
        tally.reasons[rejection.code] += 1
        on_reject(rejection)

    async def flush() -> None:
        nonlocal size
        if chunk:
            results = await commit([draft for _, draft in chunk])
            for (line, draft), result in zip(chunk, results, strict=True):
                if result.error is not None:
                    reject(Rejection(line, result.error.code, _reason(result.error), draft.text[:EXCERPT_LENGTH]))
                elif result.created:
                    tally.created += 1
                else:
                    tally.known += 1
            chunk.clear()
            size = 0
        tell(tally)

    told = 0
    for record in reader:
        drafted = record if isinstance(record, Rejection) else drafting.draft(record)
        if isinstance(drafted, Rejection):
            reject(drafted)
        else:
            chunk.append((record.line, drafted))
            size += len(drafted.text)
        # rejections too must give the loop its turn, or a file of nothing else could not be stopped
        if len(chunk) >= CHUNK_ROWS or size >= CHUNK_CHARACTERS or tally.rejected - told >= CHUNK_ROWS:
            await flush()
            await asyncio.sleep(0)
            told = tally.rejected
            if stopped():
                tally.interrupted = True
                return tally
    await flush()
    return tally


def _reason(error: Refusal) -> str:
    return f"{'.'.join(error.path)}: {error.message}" if error.path else error.message
