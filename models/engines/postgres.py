"""PostgreSQL through asyncpg: connections that can only read (`readers.py`) and a pool that writes.

asyncpg's pool resets a connection with a round trip each time it comes back. Here no session state is ever changed
after the connection is made, so that round trip is left out.
"""

from __future__ import annotations

import contextlib
import secrets
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

import asyncpg

from ..acting import current
from ..versions import Stamp
from .base import Dialect, Statements, finish, numbered
from .faults import Contended, Fault, Full, Lost, from_asyncpg
from .readers import Readers
from .watch import PostgresWatch

__all__ = ["PostgresEngine"]

# an idle server may take this long to accept; a dead address must not hold a start-up for minutes
CONNECT_SECONDS = 10
SESSION = {"timezone": "UTC", "jit": "off", "application_name": "nobodyasked"}
READ_SECONDS = 60.0
READING = {**SESSION, "default_transaction_read_only": "on"}
WATCHING = {**READING, "statement_timeout": "5s"}
WRITING = {**SESSION, "lock_timeout": "5s", "statement_timeout": "120s", "idle_in_transaction_session_timeout": "60s"}
STATEMENTS_KEPT = 512
LONGEST_STATEMENT_KEPT = 256 * 1024

EVENT = {"topic": "text", "subjects": "jsonb", "details": "jsonb", "at": "int8"}

FAILURES = (asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError, OSError, TimeoutError)


class Enough(Exception):
    """Rolls back what was written to see whether it can be."""


async def keep(_: Any) -> None:
    """Given to the pool in place of the reset round trip."""


def judged(error: BaseException, connection: Any) -> Fault:
    """The fault behind an error; a connection that may be broken is closed, so that the pool makes another."""
    fault = from_asyncpg(error)
    if isinstance(fault, Contended):
        with contextlib.suppress(asyncpg.InterfaceError):  # the pool has taken it back by itself
            connection.terminate()
    return fault


def gone(connection: Any) -> bool:
    try:
        return connection.is_closed()
    except asyncpg.InterfaceError:  # the pool has taken it back by itself
        return True


class PostgresEngine:
    dialect: Dialect = "postgres"
    value_at_once = None  # every answer has to be waited for

    def __init__(self, url: str, readers: int, read_seconds: float = READ_SECONDS) -> None:
        self.url = url
        self._reading_settings = {**READING, "statement_timeout": f"{int(read_seconds * 1000)}ms"}
        self.statements = Statements()
        self._readers_wanted = readers
        self._reading: Any = None
        self._writing: Any = None
        self._watch = PostgresWatch(self._connect_watch)

    async def open(self) -> None:
        try:
            reading = Readers(self._connect_reader, self._readers_wanted)
            reading.give(await reading.take())
            self._reading = reading
            self._writing = await self._pool(max(2, self._readers_wanted // 2), WRITING)
        except (*FAILURES, ValueError) as error:
            await self.close()
            raise from_asyncpg(error) from None

    async def _pool(self, size: int, settings: dict[str, str]) -> Any:
        return await asyncpg.create_pool(
            self.url,
            min_size=0,  # else it would try to connect, and log that it cannot, as long as the database is away
            max_size=size,
            reset=keep,
            timeout=CONNECT_SECONDS,
            statement_cache_size=STATEMENTS_KEPT,
            max_cacheable_statement_size=LONGEST_STATEMENT_KEPT,
            server_settings=settings,
        )

    async def _connect_reader(self) -> Any:
        return await asyncpg.connect(
            self.url,
            timeout=CONNECT_SECONDS,
            statement_cache_size=STATEMENTS_KEPT,
            max_cacheable_statement_size=LONGEST_STATEMENT_KEPT,
            server_settings=self._reading_settings,
        )

    async def _connect_watch(self) -> Any:
        return await asyncpg.connect(self.url, timeout=CONNECT_SECONDS, server_settings=WATCHING)

    async def close(self) -> None:
        await self._watch.close()
        for pool in (self._reading, self._writing):
            if pool is not None:
                await pool.close()
        self._reading = self._writing = None

    def tortoise(self) -> dict[str, Any]:
        return {"engine": "nobodyasked.models.engines.postgres_schema", "credentials": {"dsn": self.url}}

    async def value(self, sql: str, parameters: Sequence[object], quick: bool) -> Any:
        return await self._read(True, sql, parameters)

    async def rows(self, sql: str, parameters: Sequence[object], quick: bool) -> list[Any]:
        return await self._read(False, sql, parameters)

    async def _read(self, one: bool, sql: str, parameters: Sequence[object]) -> Any:
        if self.statements.recorders:
            self.statements.sent(sql)
        try:
            return await self._reading.fetch(one, sql, parameters)
        except FAILURES as error:
            raise from_asyncpg(error) from None

    async def statement(self, sql: str, parameters: Sequence[object]) -> list[Any]:
        if self.statements.recorders:
            self.statements.sent(sql)
        try:
            connection = await self._writing.acquire()
        except FAILURES as error:
            raise from_asyncpg(error) from None
        try:
            # to its end even if nobody waits any more: cancelled half-way, its outcome would be open
            return await finish(connection.fetch(sql, *parameters))
        except FAILURES as error:
            broken = gone(connection)
            fault = judged(error, connection)
            raise (Lost(fault.kind) if broken and isinstance(fault, Contended) else fault) from None
        finally:
            await finish(self._writing.release(connection))

    async def scrub(self) -> bool:
        return True  # its logs are the server's own, and archived by whoever runs it

    async def room(self) -> bool:
        # nobody but the server sees its disk: new pages of a table that every change writes to, taken back again
        rows = [("NONE", "[]", f'"{secrets.token_hex(900)}"', 0) for _ in range(64)]
        try:
            async with self.transaction(False) as transaction:
                await transaction.insert("event", EVENT, rows)
                raise Enough
        except Enough:
            return True
        except Full:
            return False

    def glance(self) -> Stamp | None:
        return None

    async def stamp(self) -> Stamp | None:
        return await self._watch.stamp()

    @asynccontextmanager
    async def transaction(self, quick: bool) -> AsyncIterator[PostgresTransaction]:
        try:
            connection = await self._writing.acquire()
        except FAILURES as error:
            raise from_asyncpg(error) from None
        try:
            transaction = PostgresTransaction(connection, self.statements)
            await transaction.begin()
            try:
                yield transaction
            except BaseException:
                await finish(transaction.roll_back())
                raise
            try:
                await finish(transaction.commit())
            except Contended as fault:
                # a broken connection leaves the outcome open; a serialisation failure does not
                raise (Lost(fault.kind) if gone(connection) else fault) from None
        finally:
            await finish(self._writing.release(connection))


class PostgresTransaction:
    dialect: Dialect = "postgres"
    for_update = " FOR UPDATE"

    def __init__(self, connection: Any, statements: Statements) -> None:
        self._connection = connection
        self._statements = statements

    async def value(self, sql: str, parameters: Sequence[object] = ()) -> Any:
        self._note(sql)
        try:
            return await self._connection.fetchval(numbered(sql), *parameters)
        except FAILURES as error:
            raise from_asyncpg(error) from None

    async def rows(self, sql: str, parameters: Sequence[object] = ()) -> list[Any]:
        self._note(sql)
        try:
            return await self._connection.fetch(numbered(sql), *parameters)
        except FAILURES as error:
            raise from_asyncpg(error) from None

    async def execute(self, sql: str, parameters: Sequence[object] = ()) -> int:
        self._note(sql)
        try:
            status = await self._connection.execute(numbered(sql), *parameters)
        except FAILURES as error:
            raise from_asyncpg(error) from None
        count = status.rsplit(" ", 1)[-1]
        return int(count) if count.isdigit() else 0

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
        arrays = ", ".join(f"?{index}::{kind}[]" for index, kind in enumerate(columns.values(), start=1))
        sql = f"INSERT INTO {table} ({', '.join(columns)}) SELECT * FROM unnest({arrays}) {conflict}"
        if returning:
            sql += f" RETURNING {returning}"
        return await self.rows(sql, [list(column) for column in zip(*rows, strict=True)])

    def table(
        self, name: str, columns: Mapping[str, str], rows: Sequence[Sequence[object]]
    ) -> tuple[str, list[object]]:
        arrays = ", ".join(f"?{index}::{kind}[]" for index, kind in enumerate(columns.values(), start=1))
        lists: list[object] = [[row[index] for row in rows] for index in range(len(columns))]
        return f"unnest({arrays}) AS {name} ({', '.join(columns)})", lists

    def listed(self, values: Iterable[object]) -> object:
        return list(values)

    def among(self, expression: str, parameter: str, kind: str = "bigint") -> str:
        return f"{expression} = ANY({parameter}::{kind}[])"

    async def begin(self) -> None:
        self._note("BEGIN")
        # in one round trip; the triggers of the audit log read it
        who = current().json().replace("'", "''")
        try:
            await self._connection.execute(f"BEGIN; SET LOCAL nobodyasked.acting = '{who}'")
        except FAILURES as error:
            raise judged(error, self._connection) from None

    async def commit(self) -> None:
        self._note("COMMIT")
        try:
            await self._connection.execute("COMMIT")
        except FAILURES as error:
            raise from_asyncpg(error) from None

    async def roll_back(self) -> None:
        if gone(self._connection):
            return  # the server rolls back what a broken connection left open
        self._note("ROLLBACK")
        try:
            await self._connection.execute("ROLLBACK")
        except FAILURES as error:
            judged(error, self._connection)

    def _note(self, sql: str) -> None:
        if self._statements.recorders:
            self._statements.sent(sql)
