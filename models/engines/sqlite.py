"""SQLite through the standard library: one writing connection, several that can only read.

In WAL mode readers and the writer do not wait for each other, so reads never pass through the writer. Statements run
on threads of their own, except the short ones that the caller declares `quick`: a look-up by key takes 6 microseconds
on the event loop and 47 by way of a thread, so they stay on the loop. Only the standard library's SQLite may open the
file in this process: a second copy of SQLite would drop the first one's POSIX locks when it closes a file handle.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
import shutil
import sqlite3
import time
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import quote

from ..acting import Acting, current
from ..versions import Stamp
from .base import Dialect, Statements, chunks, finish
from .faults import Contended, Fault, from_sqlite
from .threads import Threads
from .watch import SqliteWatch
from .witness import WRITE, Witness

__all__ = ["SqliteEngine"]

log = logging.getLogger(__name__)

T = TypeVar("T")

# the file is not mapped: every connection would map it for itself, which takes 120 MB more at 100,000 complaints and
# saves no time, as the system's cache holds the pages anyway
READER_PRAGMAS = {
    "busy_timeout": 5_000,
    "query_only": 1,
    "cache_size": -8_000,
    "temp_store": "MEMORY",
}
# no busy_timeout: waiting for another process is done without blocking a thread or the loop
# no automatic checkpoints: they sync the disk, which a quick commit on the event loop must not wait for
WRITER_PRAGMAS = {
    "busy_timeout": 0,
    "synchronous": "NORMAL",
    "foreign_keys": 1,
    "wal_autocheckpoint": 0,
    "journal_size_limit": 1 << 26,
    "cache_size": -32_000,
    "temp_store": "MEMORY",
}
MIGRATION_WAIT_SECONDS = 60
"""How long a process waits for another one that brings the tables up to date."""
LOCK_WAIT_SECONDS = 10.0
SCRUBS = 50
SCRUB_PAUSE_SECONDS = 0.1
ROWS_PER_CHECKPOINT = 4_000
MAX_VARIABLES = 32_766
"""SQLITE_MAX_VARIABLE_NUMBER since SQLite 3.32."""
STATEMENTS_KEPT = 512
ROOM_PAGES, ROOM_BYTES = 64, 1 << 20
"""What must be free before it is said that a full disk has room again."""
QUICK_SECONDS = 0.03
"""After so long what was said to be quick is taken off the event loop."""
QUICK_STEPS = 100_000
"""Steps of SQLite's machine, about a millisecond, between two looks at the clock; it counts on from one run of a statement to the next."""


class SqliteEngine:
    dialect: Dialect = "sqlite"

    def __init__(self, path: Path, readers: int) -> None:
        self.path = path
        self.statements = Statements()
        self._readers_wanted = readers
        self._lock = asyncio.Lock()
        self._changes_checkpointed = 0
        self._quick_until = 0.0
        self._writer: sqlite3.Connection | None = None
        self._witness: Witness | None = None
        self._glance: sqlite3.Connection | None = None
        self._watch: SqliteWatch | None = None
        self._write_thread: Threads | None = None
        self._read_threads: Threads | None = None

    async def open(self) -> None:
        await asyncio.to_thread(self._open)

    def _open(self) -> None:
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            make_private(self.path)
            self._writer = self._connect_writer()
            self._witness = Witness(self._writer)
            # shares the file with the writer, which has made it by now
            self._glance = self._connect_reader()
            self._glance.set_progress_handler(lambda: time.monotonic() > self._quick_until, QUICK_STEPS)
            self._watch = SqliteWatch(self._connect_reader())
        except (sqlite3.Error, OSError) as error:
            self._shut()
            raise judged(error) from None
        writer = self._writer
        self._write_thread = Threads(lambda: writer, 1, "sqlite-write")
        self._read_threads = Threads(self._connect_reader, self._readers_wanted, "sqlite-read")

    async def close(self) -> None:
        async with self._lock:
            # where it is used: closed by a thread in the middle of a statement it would take the process down
            for connection in (self._glance, self._watch):
                if connection is not None:
                    connection.close()
            await asyncio.to_thread(self._shut)

    def _shut(self) -> None:
        # readers first: only the last connection to close can tidy the write-ahead log, and it must be able to write
        if self._read_threads is not None:
            self._read_threads.close()
        if self._glance is not None:
            self._glance.close()
        if self._watch is not None:
            self._watch.close()
        if self._write_thread is not None:
            self._write_thread.close()
        if self._writer is not None:
            # a connection that never read does not look at the log when it closes; one that wrote was closed by its thread
            with contextlib.suppress(sqlite3.Error):
                self._writer.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()
            self._writer.close()

    def tortoise(self) -> dict[str, Any]:
        return {
            "engine": "nobodyasked.models.engines.sqlite_schema",
            "credentials": {"file_path": str(self.path), "busy_timeout": MIGRATION_WAIT_SECONDS * 1000},
        }

    async def value(self, sql: str, parameters: Sequence[object], quick: bool) -> Any:
        def read(connection: sqlite3.Connection) -> Any:
            row = connection.execute(sql, parameters).fetchone()
            return None if row is None else row[0]

        return await self._read(sql, read, quick)

    def value_at_once(self, sql: str, parameters: Sequence[object]) -> Any:
        if self.statements.recorders:
            self.statements.sent(sql)
        assert self._glance is not None, "open the database first"
        self._quick_until = time.monotonic() + QUICK_SECONDS
        try:
            row = self._glance.execute(sql, parameters).fetchone()
        except (sqlite3.Error, OverflowError, UnicodeError) as error:
            raise judged(error) from None
        return None if row is None else row[0]

    async def rows(self, sql: str, parameters: Sequence[object], quick: bool) -> list[Any]:
        def read(connection: sqlite3.Connection) -> list[Any]:
            return connection.execute(sql, parameters).fetchall()

        return await self._read(sql, read, quick)

    async def _read(self, sql: str, read: Callable[[sqlite3.Connection], T], quick: bool) -> T:
        if self.statements.recorders:
            self.statements.sent(sql)
        assert self._read_threads is not None, "open the database first"
        assert self._glance is not None
        try:
            if quick:
                self._quick_until = time.monotonic() + QUICK_SECONDS
                try:
                    return read(self._glance)
                except sqlite3.OperationalError as error:
                    if error.sqlite_errorcode != sqlite3.SQLITE_INTERRUPT:
                        raise
            return await self._read_threads.run(read)
        except (sqlite3.Error, OverflowError, UnicodeError) as error:
            raise judged(error) from None

    def glance(self) -> Stamp | None:
        return self._watch.stamp() if self._watch is not None else None

    async def stamp(self) -> Stamp | None:
        return self.glance()

    @asynccontextmanager
    async def transaction(self, quick: bool) -> AsyncIterator[SqliteTransaction]:
        assert self._writer is not None, "open the database first"
        assert self._write_thread is not None
        assert self._witness is not None
        async with self._lock:
            transaction = SqliteTransaction(self._writer, self._write_thread, self.statements, quick)
            await self._begin(self._writer)
            try:
                self._witness.begin()
                yield transaction
                await transaction.tell(self._witness, current())
            except BaseException:
                await transaction.end("ROLLBACK")
                raise
            try:
                await transaction.end("COMMIT")
            except Fault:
                await transaction.end("ROLLBACK")
                raise
            if self._writer.total_changes - self._changes_checkpointed >= ROWS_PER_CHECKPOINT:
                # between commits and on the thread, since it syncs the disk
                self._changes_checkpointed = self._writer.total_changes
                await finish(self._write_thread.run(checkpoint))

    async def statement(self, sql: str, parameters: Sequence[object]) -> list[Any]:
        async with self.transaction(False) as transaction:
            return await transaction.rows(sql, parameters)

    async def scrub(self) -> bool:
        assert self._write_thread is not None
        async with self._lock:
            for _ in range(SCRUBS):
                if await finish(self._write_thread.run(truncated)):
                    return True
                await asyncio.sleep(SCRUB_PAUSE_SECONDS)  # somebody reads out of the log still
        return False

    async def room(self) -> bool:
        assert self._write_thread is not None
        async with self._lock:
            try:
                pages = await finish(self._write_thread.run(free_pages))
                return pages >= ROOM_PAGES and shutil.disk_usage(self.path.parent).free >= ROOM_BYTES
            except OSError as error:
                raise Fault(type(error).__name__) from None

    async def _begin(self, writer: sqlite3.Connection) -> None:
        if self.statements.recorders:
            self.statements.sent("BEGIN IMMEDIATE")
        deadline = time.monotonic() + LOCK_WAIT_SECONDS
        pause = 0.0005
        while True:
            try:
                # never waits: either the lock is free, or another process has it and we sleep
                writer.execute("BEGIN IMMEDIATE")
                return
            except sqlite3.Error as error:
                fault = from_sqlite(error)
                if not isinstance(fault, Contended) or time.monotonic() > deadline:
                    raise fault from None
            await asyncio.sleep(pause)
            pause = min(pause * 2, 0.05)

    def _connect_writer(self) -> sqlite3.Connection:
        connection = sqlite3.connect(
            self.path, isolation_level=None, check_same_thread=False, cached_statements=STATEMENTS_KEPT
        )
        try:
            # the switch to WAL needs the file to itself for a moment; later openings find it done
            connection.execute(f"PRAGMA busy_timeout = {int(LOCK_WAIT_SECONDS * 1000)}")
            connection.execute("PRAGMA journal_mode = WAL").fetchone()
            for name, value in WRITER_PRAGMAS.items():
                connection.execute(f"PRAGMA {name} = {value}").fetchall()
            self._changes_checkpointed = connection.total_changes
        except BaseException:
            connection.close()
            raise
        return connection

    def _connect_reader(self) -> sqlite3.Connection:
        connection = sqlite3.connect(
            f"file:{quote(str(self.path))}?mode=ro",
            uri=True,
            isolation_level=None,
            check_same_thread=False,
            cached_statements=STATEMENTS_KEPT,
        )
        try:
            for name, value in READER_PRAGMAS.items():
                connection.execute(f"PRAGMA {name} = {value}").fetchall()
        except BaseException:
            connection.close()
            raise
        return connection


def judged(error: Exception) -> Fault:
    """The fault behind what sqlite3 raised: its own errors, and values that SQLite cannot hold."""
    return from_sqlite(error) if isinstance(error, sqlite3.Error) else Fault(type(error).__name__)


def make_private(path: Path) -> None:
    """Where there is no file yet, make one for its owner alone: it will hold what customers wrote.

    SQLite gives the mode of the database to its log and its shared memory. A file that is there keeps its mode.
    """
    with contextlib.suppress(FileExistsError):
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))


def checkpoint(connection: sqlite3.Connection, how: str = "PASSIVE") -> bool:
    """Write the log into the file; whether all of it could be. What was committed stands either way: a disk without room for it
    must not fail the change that came before."""
    try:
        ((busy, *_),) = connection.execute(f"PRAGMA wal_checkpoint({how})").fetchall()
    except sqlite3.Error as error:
        if how == "PASSIVE":  # whoever wants it emptied tries again, and tells by itself that it could not be
            log.warning("the write-ahead log stays as it is for now (%s)", from_sqlite(error).kind)
        return False
    return not busy


def truncated(connection: sqlite3.Connection) -> bool:
    """Whether all of the log could be written into the file, and the log emptied."""
    return checkpoint(connection, "TRUNCATE")


def free_pages(connection: sqlite3.Connection) -> int:
    """How many pages the file may still grow by, whatever room its disk has."""
    try:
        most, used = (connection.execute(f"PRAGMA {name}").fetchone()[0] for name in ("max_page_count", "page_count"))
        return most - used
    except sqlite3.Error as error:
        raise from_sqlite(error) from None


class SqliteTransaction:
    dialect: Dialect = "sqlite"
    for_update = ""  # BEGIN IMMEDIATE holds the only write lock there is

    def __init__(self, connection: sqlite3.Connection, thread: Threads, statements: Statements, quick: bool) -> None:
        self._connection = connection
        self._thread = thread
        self._statements = statements
        self._quick = quick

    async def value(self, sql: str, parameters: Sequence[object] = ()) -> Any:
        def work(connection: sqlite3.Connection) -> Any:
            # all rows: an unfinished RETURNING or SELECT would stand in the way of the commit
            rows = connection.execute(sql, parameters).fetchall()
            return rows[0][0] if rows else None

        return await self._run(sql, work)

    async def rows(self, sql: str, parameters: Sequence[object] = ()) -> list[Any]:
        return await self._run(sql, lambda connection: connection.execute(sql, parameters).fetchall())

    async def execute(self, sql: str, parameters: Sequence[object] = ()) -> int:
        return await self._run(sql, lambda connection: connection.execute(sql, parameters).rowcount)

    async def insert(
        self,
        table: str,
        columns: Mapping[str, str],
        rows: Sequence[Sequence[object]],
        *,
        conflict: str = "",
        returning: str = "",
    ) -> list[Any]:
        if not rows:
            return []
        into = f"INSERT INTO {table} ({', '.join(columns)}) VALUES "
        one = f"({', '.join('?' * len(columns))})"
        tail = f" {conflict} RETURNING {returning}" if returning else f" {conflict}"
        # many rows a statement: where a table has triggers, each statement keeps a journal. A fixed number of them, so that
        # few statements are compiled
        size = min(500, MAX_VARIABLES // len(columns))

        def work(connection: sqlite3.Connection) -> list[Any]:
            found: list[Any] = []
            for part in chunks(rows, size):
                sql = into + ", ".join([one] * len(part)) + tail
                found += connection.execute(sql, [value for row in part for value in row]).fetchall()
            return found

        return await self._run(into + one + tail, work)

    def table(
        self, name: str, columns: Mapping[str, str], rows: Sequence[Sequence[object]]
    ) -> tuple[str, list[object]]:
        picked = ", ".join(f"json_extract(value, '$[{index}]') AS {column}" for index, column in enumerate(columns))
        return f"(SELECT {picked} FROM json_each(?1)) AS {name}", [json.dumps(rows)]

    def listed(self, values: Iterable[object]) -> object:
        return json.dumps(list(values))

    def among(self, expression: str, parameter: str, kind: str = "bigint") -> str:
        return f"{expression} IN (SELECT value FROM json_each({parameter}))"

    async def tell(self, witness: Witness, who: Acting) -> None:
        """Write the audit log's entry, where anything was changed."""
        if witness.saw_changes:
            await self._run(WRITE, lambda _: witness.end(who))

    async def end(self, verb: str) -> None:
        if not self._connection.in_transaction and verb == "ROLLBACK":
            return  # SQLite rolls back by itself after some errors, a full disk for one
        work = self._run(verb, lambda connection: connection.execute(verb))
        # on the event loop nothing can come between
        await (work if self._quick else finish(work))

    async def _run(self, sql: str, work: Callable[[sqlite3.Connection], T]) -> T:
        if self._statements.recorders:
            self._statements.sent(sql)
        try:
            return work(self._connection) if self._quick else await self._thread.run(work)
        except (sqlite3.Error, OverflowError, UnicodeError) as error:
            raise judged(error) from None
