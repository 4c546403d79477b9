"""What both engines share."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Literal, Protocol, TypeVar

from ..versions import Stamp

__all__ = ["Dialect", "Engine", "Recorder", "Statements", "Transaction", "ValueAtOnce", "chunks", "finish", "numbered"]

Dialect = Literal["sqlite", "postgres"]
T = TypeVar("T")

QUESTION_MARK = re.compile(r"\?(\d+)")


@lru_cache(maxsize=1024)
def numbered(sql: str) -> str:
    """SQL with `?1` placeholders, rewritten to PostgreSQL's `$1`."""
    return QUESTION_MARK.sub(r"$\1", sql)


@dataclass
class Recorder:
    """The statements sent while it watched, in order."""

    statements: list[str] = field(default_factory=list)

    @property
    def count(self) -> int:
        return len(self.statements)


class Statements:
    """Tells recorders of each statement; costs one truth test while nobody watches."""

    def __init__(self) -> None:
        self.recorders: list[Recorder] = []

    def sent(self, sql: str) -> None:
        for recorder in self.recorders:
            recorder.statements.append(sql)


class Transaction(Protocol):
    """One transaction. SQL is written with `?1` placeholders for both databases; raises the errors of `faults`."""

    dialect: Dialect
    for_update: str
    """' FOR UPDATE' where rows must be locked to be read for change, else ''."""

    async def value(self, sql: str, parameters: Sequence[object] = ()) -> Any:
        """First column of the first row, or None."""
        ...

    async def rows(self, sql: str, parameters: Sequence[object] = ()) -> list[Any]:
        """All rows, as tuples."""
        ...

    async def execute(self, sql: str, parameters: Sequence[object] = ()) -> int:
        """Number of rows that the statement changed."""
        ...

    async def insert(
        self,
        table: str,
        columns: Mapping[str, str],
        rows: Sequence[Sequence[object]],
        *,
        conflict: str = "",
        returning: str = "",
    ) -> list[Any]:
        """Insert many rows with few statements. `columns` maps names to PostgreSQL types; `conflict` is an ON CONFLICT
        clause, `returning` a list of columns. The rows returned come in no particular order."""
        ...

    def table(
        self, name: str, columns: Mapping[str, str], rows: Sequence[Sequence[object]]
    ) -> tuple[str, list[object]]:
        """Rows as a derived table for FROM, and the parameters it takes, which are the statement's first ones."""
        ...

    def listed(self, values: Iterable[object]) -> object:
        """A list as one parameter, for `among`."""
        ...

    def among(self, expression: str, parameter: str, kind: str = "bigint") -> str:
        """SQL: `expression` is one of the list that is bound to `parameter`."""
        ...


ValueAtOnce = Callable[[str, Sequence[object]], Any]
"""The first column of the first row, or None, of a statement and its parameters."""


class Engine(Protocol):
    """The connections to one database."""

    dialect: Dialect
    statements: Statements

    @property
    def value_at_once(self) -> ValueAtOnce | None:
        """`value` of a quick statement without waiting, tried once; None where every answer has to be waited for.

        It raises Fault.
        """
        ...

    async def open(self) -> None: ...
    async def close(self) -> None: ...
    async def value(self, sql: str, parameters: Sequence[object], quick: bool) -> Any: ...
    async def rows(self, sql: str, parameters: Sequence[object], quick: bool) -> list[Any]: ...
    def transaction(self, quick: bool) -> AbstractAsyncContextManager[Transaction]: ...
    async def statement(self, sql: str, parameters: Sequence[object]) -> list[Any]:
        """All rows of one statement that writes, committed with it."""
        ...

    async def scrub(self) -> bool:
        """Leave nothing of what was overwritten in a log beside the data; whether that could be done."""
        ...

    async def room(self) -> bool:
        """Whether there is room for something more, asked after there was none. PostgreSQL finds out by writing, taken back: no row
        stays, but its log and its disk have had the work. Raises Fault."""
        ...

    def glance(self) -> Stamp | None:
        """The present stamp, where it can be had at once: SQLite's, on the event loop. None where it cannot be told."""
        ...

    async def stamp(self) -> Stamp | None:
        """The stamp of a moment between the call and its return. None where it cannot be told."""
        ...

    def tortoise(self) -> dict[str, Any]:
        """Connection settings for Tortoise, which runs the migrations."""
        ...


async def finish(work: Awaitable[T]) -> T:
    """Await `work` to its end even if the waiting task is cancelled meanwhile; the cancellation is raised afterwards.

    For commits and roll-backs: half of either must not be left behind.
    """
    task = asyncio.ensure_future(work)
    canceled: asyncio.CancelledError | None = None
    while not task.done():
        try:
            await asyncio.shield(task)
        except asyncio.CancelledError as error:
            if task.cancelled():
                break
            canceled = error
        except BaseException:
            break
    if canceled is not None:
        if not task.cancelled():
            task.exception()  # looked at, so that it is not reported as never retrieved
        raise canceled
    return task.result()


def chunks(rows: Sequence[Any], size: int) -> Iterable[Sequence[Any]]:
    """`rows` in portions of at most `size`."""
    for start in range(0, len(rows), size):
        yield rows[start : start + size]
