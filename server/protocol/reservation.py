"""Streams that several operations share, as in the single connection mode of graphql-sse.

A client reserves a stream, opens it once with the token it got, and sends its operations beside it. It exists for
browsers over HTTP/1, which open no more than six connections to a host.
"""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import AsyncGenerator, AsyncIterator
from typing import TYPE_CHECKING

from .events import complete_event, next_event
from .fault import Fault

if TYPE_CHECKING:
    from ...models.actor import Actor

__all__ = ["Reservation", "Reservations"]

UNOPENED_SECONDS = 60.0
"""How long a reservation waits for its stream."""

MOST = 1_000
"""Reservations in one process, open and waiting; further ones are refused until some end."""

BACKLOG = 64
"""Events waiting for a slow client; beyond it the operations wait too."""


class Reservation:
    """One stream: the caller it belongs to, the operations whose results it carries."""

    def __init__(self, actor: Actor, limit: int) -> None:
        self.token = secrets.token_urlsafe(32)
        self.actor = actor
        self.made = time.monotonic()
        self.opened = False
        self._limit = limit
        self._frames: asyncio.Queue[bytes] = asyncio.Queue(BACKLOG)
        self._operations: dict[str, asyncio.Task[None]] = {}

    @property
    def stale(self) -> bool:
        return not self.opened and time.monotonic() - self.made > UNOPENED_SECONDS

    def check(self, operation_id: str) -> None:
        """Raise Fault where an operation of this id cannot begin: 409 taken, 429 too many."""
        if operation_id in self._operations:
            raise Fault(
                409, "OPERATION_EXISTS", f"An operation with the id '{operation_id}' is under way on this stream."
            )
        if len(self._operations) >= self._limit:
            raise Fault(
                429,
                "TOO_MANY_OPERATIONS",
                f"This stream carries {self._limit} operations, the most it may: end one first.",
                headers=((b"retry-after", b"1"),),
            )

    def carry(self, operation_id: str, results: AsyncIterator[bytes]) -> None:
        """Send an operation's results down this stream from now on. Raises Fault as `check`."""
        self.check(operation_id)
        self._operations[operation_id] = asyncio.create_task(self._forward(operation_id, results))

    async def _forward(self, operation_id: str, results: AsyncIterator[bytes]) -> None:
        try:
            async for result in results:
                await self._frames.put(next_event(result, operation_id))
            await self._frames.put(complete_event(operation_id))
        finally:
            if self._operations.get(operation_id) is asyncio.current_task():
                del self._operations[operation_id]
            close = getattr(results, "aclose", None)
            if close is not None:
                await close()

    def stop(self, operation_id: str) -> None:
        """End an operation; one that has ended already is no error."""
        task = self._operations.pop(operation_id, None)
        if task is not None:
            task.cancel()

    async def frames(self) -> AsyncGenerator[bytes, None]:
        """The events of all operations, without end."""
        while True:
            yield await self._frames.get()

    def close(self) -> None:
        """End every operation."""
        for operation_id in list(self._operations):
            self.stop(operation_id)


class Reservations:
    """The reservations of one process."""

    def __init__(self, operation_limit: int) -> None:
        self._limit = operation_limit
        self._all: dict[str, Reservation] = {}

    def make(self, actor: Actor) -> Reservation:
        """A new reservation for a caller. Raises Fault (429) where there are too many."""
        for stale in [one for one in self._all.values() if one.stale]:
            self.end(stale)
        if len(self._all) >= MOST:
            raise Fault(
                429,
                "TOO_MANY_STREAMS",
                "The server carries as many streams as it may: try again later.",
                headers=((b"retry-after", b"10"),),
            )
        reservation = Reservation(actor, self._limit)
        self._all[reservation.token] = reservation
        return reservation

    def find(self, token: str) -> Reservation:
        """The reservation of a token. Raises Fault (404)."""
        reservation = self._all.get(token)
        if reservation is None or reservation.stale:
            raise Fault(
                404, "STREAM_NOT_FOUND", "There is no such stream: reserve one by PUT, then open it within a minute."
            )
        return reservation

    def end(self, reservation: Reservation) -> None:
        """Forget a reservation and end its operations."""
        self._all.pop(reservation.token, None)
        reservation.close()

    def close(self) -> None:
        """End all of them."""
        for reservation in list(self._all.values()):
            self.end(reservation)
