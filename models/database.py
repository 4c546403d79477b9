"""The way to the database: reads, transactions, migrations.

SQLite and PostgreSQL answer the same calls. Errors of the drivers never leave this file: what may succeed later is
retried and then becomes `Busy`, the rest a `Fault` that holds no SQL and no values.
"""

from __future__ import annotations

import asyncio
import logging
import random
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import unquote, urlsplit

from . import applied
from .acting import Acting, act_as, current, joined
from .batch import Batch
from .engines.base import Dialect, Engine, Recorder, Transaction, ValueAtOnce, numbered
from .engines.faults import Contended, Damaged, Fault, Full, Lost, TooDeep
from .engines.postgres import PostgresEngine
from .engines.sqlite import SqliteEngine
from .errors import Busy, Invalid, NoSpace, Refusal, Unsure
from .privacy.policy import Privacy
from .timing import during
from .versions import Stamp

__all__ = ["TOO_DEEP_MESSAGE", "Database", "Transaction", "ValueAtOnce"]

I = TypeVar("I")  # noqa: E741 - an item
T = TypeVar("T")
log = logging.getLogger(__name__)

ATTEMPTS = 5
PATIENCE_SECONDS = 10.0
"""After so long no further attempt is made: each may have waited for a lock already."""
PAUSE_SECONDS = 0.02
SQLITE_READERS_MOST = 4
BATCH_MOST = 128
"""Small writes that share a commit: beyond it, whoever comes first waits too long for those who come last."""

BUSY_MESSAGE = "The database is busy or away. Nothing was changed: try again in a moment."
TOO_DEEP_MESSAGE = "The query is nested too deeply for SQLite: ask for the inner lists in a request of their own."
FULL_MESSAGE = "The database's disk is full. Nothing was changed: an operator must make room, then try again."
LOST_MESSAGE = (
    "The connection to the database broke while the change was being saved. Check whether it was, then try again."
)


class Database:
    """One per process and event loop; made by `open`."""

    def __init__(self, url: str, engine: Engine) -> None:
        self.url = url
        self.dialect: Dialect = engine.dialect
        self.value_at_once = engine.value_at_once
        """What `value` gives for a quick statement, at once and tried once: SQLite's, None on PostgreSQL. Raises
        Contended, Fault."""
        self.privacy = Privacy()
        """What becomes of personal data in texts that come in; whoever opens the database may set it."""
        self.full = False
        """Whether something was refused for want of room, and `room` has found none since."""
        self.revocations = 0
        """How many tokens were revoked here: whoever remembers good ones forgets them when it changes."""
        self._engine = engine
        self._after_commit: list[Callable[[], None]] = []
        self._asides: set[asyncio.Task[None]] = set()
        self._batches: dict[Callable[..., Any], Batch[Any, Any]] = {}

    @classmethod
    async def open(cls, url: str, *, pool: int = 8, read_seconds: float = 60.0) -> Database:
        """Connect to `sqlite:///relative.db`, `sqlite:////absolute.db` or `postgresql://user:password@host/name`.

        PostgreSQL gives up a statement that reads for more than `read_seconds`; whoever waits gives up by cancelling.
        `pool` bounds the connections that read (PostgreSQL: half as many again write; SQLite: four threads at most).
        A database that is not migrated yet opens as well. Raises Invalid for an address that is none of these, Busy
        where nobody answers.
        """
        database = cls(url, engine_for(url, pool, read_seconds))
        try:
            await database._engine.open()
        except Contended:
            raise Busy("The database cannot be reached. Is it running, and is the address right?") from None
        except Damaged as fault:
            raise Refusal(
                f"The database file is damaged ({fault.kind}). Move it and the files -wal and -shm beside it away, and put the"
                " latest backup in its place: 'nobodyasked restore FILE'."
            ) from None
        except Fault as fault:
            raise Refusal(
                f"The database cannot be opened ({fault.kind}). Check its address, its name and its access rights."
            ) from None
        return database

    async def close(self) -> None:
        """Finish what is under way, then close every connection and thread."""
        if self._asides:
            await asyncio.wait(self._asides)
        for batch in self._batches.values():
            await batch.close()
        await self._engine.close()

    async def migrate(self) -> list[str]:
        """Bring the tables up to date; names of the migrations applied. Safe to run from several processes at once.

        Raises OtherVersion where another version of this program has migrated it further.
        """
        if await self._is_up_to_date():
            return []
        from . import migrator

        return await migrator.migrate(self._engine.tortoise())

    async def pending_migrations(self) -> list[str]:
        """Names of the migrations that `migrate` would apply. Raises OtherVersion, too."""
        if await self._is_up_to_date():
            return []
        from . import migrator

        return await migrator.pending(self._engine.tortoise())

    async def _is_up_to_date(self) -> bool:
        try:
            names = {name for (name,) in await self.rows(applied.APPLIED)}
        except Fault:  # there is no such table yet
            return False
        return not applied.missing(names)

    async def value(self, sql: str, parameters: Sequence[object] = (), *, quick: bool = False) -> Any:
        """First column of the first row, or None, in the SQL of the database's dialect.

        `quick` says that the statement is known to touch few rows by key: SQLite then answers on the event loop,
        which saves the way to a thread. Raises Busy, Fault.
        """
        with during("sql"):
            return await self._reading(self._engine.value, sql, parameters, quick)

    async def rows(self, sql: str, parameters: Sequence[object] = (), *, quick: bool = False) -> list[Any]:
        """All rows as tuples; otherwise like `value`."""
        with during("sql"):
            return await self._reading(self._engine.rows, sql, parameters, quick)

    async def _reading(
        self,
        read: Callable[[str, Sequence[object], bool], Awaitable[T]],
        sql: str,
        parameters: Sequence[object],
        quick: bool,
    ) -> T:
        for attempt in range(1, ATTEMPTS):
            try:
                return await read(sql, parameters, quick)
            except Contended as fault:
                await pause(attempt, fault)
            except TooDeep:
                raise Invalid(TOO_DEEP_MESSAGE) from None
            except Full:
                # what is sorted may take the disk, too
                raise self._no_space() from None
        try:
            return await read(sql, parameters, quick)
        except Contended:
            raise Busy(BUSY_MESSAGE) from None

    def _no_space(self) -> NoSpace:
        if not self.full:
            log.error("the database's disk is full: changes are refused until there is room")
        self.full = True
        return NoSpace(FULL_MESSAGE)

    async def room(self) -> bool:
        """Whether there is room for changes. Asks the database only where it had none. Raises Fault, Contended."""
        if self.full and await self._engine.room():
            log.warning("the database's disk has room again")
            self.full = False
        return not self.full

    def sql(self, text: str) -> str:
        """SQL written with `?1` placeholders, in this database's dialect."""
        return text if self.dialect == "sqlite" else numbered(text)

    def transaction(self, *, quick: bool = False) -> AbstractAsyncContextManager[Transaction]:
        """A transaction, committed where its block ends well and rolled back otherwise. Never nest them.

        `quick` says that every statement touches few rows by key (see `value`). Raises Contended, which `retrying`
        handles.
        """
        return self._transaction(quick)

    @asynccontextmanager
    async def _transaction(self, quick: bool) -> AsyncIterator[Transaction]:
        async with self._engine.transaction(quick) as transaction:
            yield transaction
        self._committed()

    def _committed(self) -> None:
        for callback in self._after_commit:
            callback()

    async def retrying(self, work: Callable[[Transaction], Awaitable[T]], *, quick: bool = False) -> T:
        """The result of `work` in a transaction of its own, tried again where others were in the way.

        `work` must not change anything but the database. Raises Busy after a bounded number of attempts, and at once
        (Unsure) where a connection broke during the commit.
        """

        async def attempt() -> T:
            async with self.transaction(quick=quick) as transaction:
                return await work(transaction)

        return await self._attempting(attempt)

    async def _attempting(self, work: Callable[[], Awaitable[T]]) -> T:
        with during("transaction"):
            return await self._attempted(work)

    async def _attempted(self, work: Callable[[], Awaitable[T]]) -> T:
        until = time.monotonic() + PATIENCE_SECONDS
        for attempt in range(1, ATTEMPTS + 1):
            try:
                return await work()
            except Lost:
                raise Unsure(LOST_MESSAGE) from None
            except Full:
                raise self._no_space() from None
            except Contended as fault:
                if attempt == ATTEMPTS or time.monotonic() > until:
                    break
                await pause(attempt, fault)
        raise Busy(BUSY_MESSAGE)

    async def statement(self, sql: str, parameters: Sequence[object] = ()) -> list[Any]:
        """The rows of one statement that writes, in a transaction of its own: one round trip on PostgreSQL.

        Otherwise like `retrying`; in the SQL of the database's dialect.
        """
        rows = await self._attempting(lambda: self._engine.statement(sql, parameters))
        self._committed()
        return rows

    async def together(self, write: Callable[[Database, Sequence[I]], Awaitable[Sequence[T | Refusal]]], item: I) -> T:
        """What `write` answers for `item`, which it commits together with those that others bring meanwhile.

        `write` is a function of a module, commits what it is given and answers with a result or a refusal for each, in
        order. Raises the refusal for this item, and whatever `write` raises; see `Batch`.
        """
        batch = self._batches.get(write)
        if batch is None:
            batch = self._batches[write] = Batch(lambda given: self._written(write, given), BATCH_MOST)
        return await batch.add((current(), item))

    async def _written(
        self,
        write: Callable[[Database, Sequence[I]], Awaitable[Sequence[T | Refusal]]],
        given: Sequence[tuple[Acting, I]],
    ) -> Sequence[T | Refusal]:
        # in the task of the batch, which would else act for whoever came first
        act_as(joined(who for who, _ in given))
        return await write(self, [item for _, item in given])

    def after_commit(self, callback: Callable[[], None]) -> None:
        """Call `callback` after each transaction that this process commits. It must be quick and must not raise."""
        self._after_commit.append(callback)

    def aside(self, work: Callable[[Transaction], Awaitable[object]]) -> None:
        """Run a small write later without anyone waiting for it. Where it fails it is only logged."""

        async def run() -> None:
            try:
                await self.retrying(work, quick=True)
            except (Refusal, Fault) as error:
                log.warning("a small write was given up (%s)", type(error).__name__)

        task = asyncio.create_task(run())
        self._asides.add(task)
        task.add_done_callback(self._asides.discard)

    @contextmanager
    def counting(self) -> Iterator[Recorder]:
        """Record the statements sent while the block is open, by any task."""
        recorder = Recorder()
        recorders = self._engine.statements.recorders
        recorders.append(recorder)
        try:
            yield recorder
        finally:
            # by identity: two recorders with the same statements are equal
            recorders[:] = [other for other in recorders if other is not recorder]

    async def scrub(self) -> bool:
        """Leave nothing of what was overwritten in SQLite's write-ahead log; whether that could be done."""
        return await self._engine.scrub()

    def glance(self) -> Stamp | None:
        """The present versions of the tables, where they can be had without waiting (SQLite); else None."""
        return self._engine.glance()

    async def stamp(self) -> Stamp | None:
        """The versions of the tables at a moment after the call. None where they cannot be told; never raises."""
        return await self._engine.stamp()

    async def ping(self) -> None:
        """Raises Busy where the database does not answer."""
        await self.value("SELECT 1")


def engine_for(url: str, pool: int, read_seconds: float = 60.0) -> Engine:
    """The engine for an address. Raises Invalid."""
    if pool < 1:
        raise Invalid("A database needs at least one connection.", path=("pool",))
    parts = urlsplit(url)
    if parts.scheme == "sqlite":
        path = unquote(parts.path.removeprefix("/"))
        if parts.netloc or not path or path == ":memory:":
            raise Invalid(
                "Write a SQLite address as sqlite:///path/to/file.db (four slashes for an absolute path); a database in memory "
                "cannot be shared by readers and writer.",
                path=("database_url",),
            )
        return SqliteEngine(Path(path), min(pool, SQLITE_READERS_MOST))
    if parts.scheme in ("postgresql", "postgres"):
        return PostgresEngine(url, pool, read_seconds)
    raise Invalid(
        "A database address starts with sqlite:/// or postgresql://.",
        path=("database_url",),
    )


async def pause(attempt: int, fault: Contended) -> None:
    # half of it drawn at random, so that two who met once do not meet again
    seconds = PAUSE_SECONDS * 2**attempt * random.uniform(0.5, 1.0)
    log.info(
        "the database was contended (%s); attempt %d of %d, again in %.0f ms",
        fault.kind,
        attempt,
        ATTEMPTS,
        seconds * 1000,
    )
    await asyncio.sleep(seconds)
