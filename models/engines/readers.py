"""Connections to PostgreSQL that only read, kept by themselves.

asyncpg's pool wraps a connection each time it is lent, and takes it back by way of a task of its own: as much work as
a short statement. Readers change no session state, so here a connection goes from hand to hand as it is.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import asyncpg

from .faults import Contended, from_asyncpg

__all__ = ["Readers"]

MEND_SECONDS = 10.0
"""A connection whose statement was cancelled gets so long to be ready for another one; then it is broken off."""


class Readers:
    """At most `most` connections from `connect`, made when they are needed. Belongs to one event loop."""

    def __init__(self, connect: Callable[[], Awaitable[Any]], most: int) -> None:
        self._connect = connect
        self._most = most
        self._free: list[Any] = []
        self._made = 0
        self._waiting: deque[asyncio.Future[Any]] = deque()
        self._mending: set[asyncio.Task[None]] = set()
        self._closed = False

    async def take(self) -> Any:
        """A connection, for `give` or `mend`. Raises what `connect` raises, and InterfaceError after `close`."""
        while not self._closed:
            if self._free:
                connection = self._free.pop()
                if not connection.is_closed():
                    return connection
                self._made -= 1
            elif self._made < self._most:
                self._made += 1
                try:
                    return await self._connect()
                except BaseException:
                    self._gone()
                    raise
            else:
                connection = await self._turn()
                if connection is not None:
                    return connection
        raise asyncpg.InterfaceError("the readers are closed")

    async def _turn(self) -> Any:
        """The next connection that comes back; None where one broke, whose place is free."""
        turn = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        try:
            return await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                # it was handed over while its taker was cancelled
                self.give(turn.result()) if turn.result() is not None else self._wake(None)
            raise

    def give(self, connection: Any) -> None:
        """Take a connection back, whole or broken."""
        if connection.is_closed() or self._closed:
            connection.terminate()
            self._gone()
        elif not self._wake(connection):
            self._free.append(connection)

    def mend(self, connection: Any) -> None:
        """Take a connection back whose statement was cancelled: the server is told so, and answers before it is lent again."""
        task = asyncio.get_running_loop().create_task(self._mend(connection))
        self._mending.add(task)
        task.add_done_callback(self._mending.discard)

    async def _mend(self, connection: Any) -> None:
        try:
            await asyncio.wait_for(connection.fetchval("SELECT 1"), MEND_SECONDS)
        except Exception:
            connection.terminate()
        finally:
            self.give(connection)

    def _wake(self, connection: Any) -> bool:
        while self._waiting:
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_result(connection)
                return True
        return False

    def _gone(self) -> None:
        self._made -= 1
        self._wake(None)

    async def fetch(self, one: bool, sql: str, parameters: Sequence[object]) -> Any:
        """The first column of the first row (`one`), or all rows. Raises what asyncpg raises."""
        connection = await self.take()
        try:
            found = await (connection.fetchval(sql, *parameters) if one else connection.fetch(sql, *parameters))
        except Exception as error:
            if isinstance(from_asyncpg(error), Contended):
                # it may be broken
                connection.terminate()
            self.give(connection)
            raise
        except BaseException:
            self.mend(connection)
            raise
        self.give(connection)
        return found

    async def close(self) -> None:
        """Close the connections; what is lent is closed when it comes back."""
        self._closed = True
        while self._wake(None):
            pass
        if self._mending:
            await asyncio.wait(self._mending)
        free, self._free = self._free, []
        for connection in free:
            await connection.close(timeout=MEND_SECONDS)
