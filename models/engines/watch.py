"""Reads the versions of tables: see `models/versions.py` for what a stamp promises."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import math
import sqlite3
from collections.abc import Awaitable, Callable, Iterable
from typing import Any

import asyncpg
import orjson

from ..versions import Stamp

__all__ = ["PostgresWatch", "SqliteWatch"]

log = logging.getLogger(__name__)

DATA_VERSION = "PRAGMA data_version"
SQLITE_VERSIONS = "SELECT name, n FROM table_version"
# one statement, so that both are of one snapshot; $1 is the snapshot that was seen last
POSTGRES_VERSIONS = """
SELECT seen.at, CASE WHEN seen.at IS DISTINCT FROM $1::text THEN (
    SELECT coalesce(json_object_agg(v.name, v.n), '{}')::text
    FROM (SELECT name, sum(n)::bigint AS n FROM table_version GROUP BY name) v
) END
FROM (SELECT pg_current_snapshot()::text AS at) seen
"""
FAILURES = (asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError, OSError, TimeoutError)
CLOSE_SECONDS = 2.0
PAUSE_SECONDS = 1.0
"""After a failure no stamp is tried for so long: every request would pay for it."""


class SqliteWatch:
    """Over a connection of its own, which must be able to read only and must never be in a transaction.

    `data_version` differs from what the same connection read before if any other connection, of this process or
    another, has committed in between. Reading it takes 3 microseconds.
    """

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._seen: int | None = None
        self._last: Stamp | None = None

    def stamp(self) -> Stamp | None:
        try:
            ((seen,),) = self._connection.execute(DATA_VERSION).fetchall()
            if seen != self._seen:
                # what is committed from here on changes `data_version` again, so that it is at worst read once too often
                versions = dict(self._connection.execute(SQLITE_VERSIONS).fetchall())
                if self._last is None or versions != self._last.versions:
                    self._last = Stamp(0, versions)
                self._seen = seen
        except sqlite3.Error:
            # not migrated yet, or locked for a moment
            return None
        return self._last

    def close(self) -> None:
        self._connection.close()


class PostgresWatch:
    """Over a connection of its own, opened when first needed. One question under way at a time, shared by all who wait.

    Equal snapshots see equal data: whenever a transaction that may have changed something ends, `pg_current_snapshot`
    changes. Whoever asks while a question is under way waits for the next one, since the one under way may have looked
    before something that the asker must see.
    """

    def __init__(self, connect: Callable[[], Awaitable[Any]]) -> None:
        self._connect = connect
        self._connection: Any = None
        self._statement: Any = None
        self._waiting: list[asyncio.Future[Stamp | None]] = []
        self._task: asyncio.Task[None] | None = None
        self._seen: str | None = None
        self._last: Stamp | None = None
        self._era = 0
        self._not_before = 0.0

    async def stamp(self) -> Stamp | None:
        loop = asyncio.get_running_loop()
        if loop.time() < self._not_before:
            return None
        waiter: asyncio.Future[Stamp | None] = loop.create_future()
        self._waiting.append(waiter)
        if self._task is None:
            self._task = asyncio.create_task(self._serve(), name="watch")
        return await waiter

    async def _serve(self) -> None:
        waiting: list[asyncio.Future[Stamp | None]] = []
        try:
            while self._waiting:
                waiting, self._waiting = self._waiting, []
                self._tell(waiting, await self._ask())
        finally:
            self._task = None
            left, self._waiting = self._waiting, []
            self._tell((*waiting, *left), None)

    @staticmethod
    def _tell(waiting: Iterable[asyncio.Future[Stamp | None]], stamp: Stamp | None) -> None:
        for waiter in waiting:
            if not waiter.done():
                waiter.set_result(stamp)

    async def _ask(self) -> Stamp | None:
        try:
            if self._connection is None:
                self._connection = await self._connect()
                # whatever was seen over another connection may have been another database
                self._era += 1
                self._seen = self._last = None
                self._statement = await self._connection.prepare(POSTGRES_VERSIONS)
            seen, found = await self._statement.fetchrow(self._seen)
        except FAILURES as error:
            log.info("the versions of the tables cannot be told (%s)", type(error).__name__)
            self._drop()
            self._not_before = asyncio.get_running_loop().time() + PAUSE_SECONDS
            return None
        if found is not None:
            versions = orjson.loads(found)
            if self._last is None or versions != self._last.versions:
                self._last = Stamp(self._era, versions)
            self._seen = seen
        return self._last

    def _drop(self) -> None:
        connection, self._connection, self._statement = self._connection, None, None
        if connection is not None:
            with contextlib.suppress(*FAILURES):
                connection.terminate()

    async def close(self) -> None:
        """End what is under way and close the connection. Whoever waits, or asks from now on, gets None."""
        self._not_before = math.inf
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])
        # a task that was cancelled before it began has told nobody
        self._tell(self._waiting, None)
        connection, self._connection = self._connection, None
        if connection is not None:
            with contextlib.suppress(*FAILURES):
                await connection.close(timeout=CLOSE_SECONDS)
