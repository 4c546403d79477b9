"""Committed changes, told to whoever listens in this process.

Every process reads the same event table, so a change is heard whichever process made it: one made here at once
(`nudge`), one made elsewhere within a poll.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
import weakref
from collections import deque
from collections.abc import AsyncIterator

from ...models.commands import events as event_commands
from ...models.database import Database
from ...models.errors import Busy
from ...models.event import Topic
from ...models.queries import events as event_queries
from ...models.queries.events import Happening, Position

__all__ = ["EventSource", "Listener", "TooSlow"]

log = logging.getLogger(__name__)

POLL_SECONDS = 0.25
CAPACITY = 1_000
BATCH = 500
KEEP_MS = 3_600_000
PRUNE_SECONDS = 600.0
LONGEST_PAUSE_SECONDS = 5.0


class TooSlow(Busy):
    """A listener did not keep up: it has missed changes and must begin anew."""

    code = "TOO_SLOW"

    def __init__(self) -> None:
        super().__init__(
            "Changes came faster than they were taken, so listening was ended. Read again, then listen again."
        )


class Listener(AsyncIterator[Happening]):
    """The changes of some topics, in the order of their commits, for one consumer.

    Ends when the source closes. Raises TooSlow once, and then ends, where `capacity` changes wait untaken. Its source
    forgets it when it is closed or no longer referred to.
    """

    def __init__(self, topics: frozenset[Topic], capacity: int) -> None:
        self._topics = topics
        self._capacity = capacity
        self._waiting: deque[Happening] = deque()
        self._stirred = asyncio.Event()
        self._fell_behind = False
        self._ended = False

    def __aiter__(self) -> Listener:
        return self

    async def __anext__(self) -> Happening:
        while not self._waiting:
            if self._fell_behind:
                self._fell_behind, self._ended = False, True
                raise TooSlow
            if self._ended:
                raise StopAsyncIteration
            self._stirred.clear()
            await self._stirred.wait()
        return self._waiting.popleft()

    async def aclose(self) -> None:
        """Stop listening; what was heard and not yet taken is dropped."""
        self._waiting.clear()
        self._fell_behind = False
        self._end()

    def _hear(self, happening: Happening) -> None:
        if self._ended or self._fell_behind or happening.topic not in self._topics:
            return
        if len(self._waiting) < self._capacity:
            self._waiting.append(happening)
        else:
            self._waiting.clear()
            self._fell_behind = True
        self._stirred.set()

    def _end(self) -> None:
        self._ended = True
        self._stirred.set()


class EventSource:
    """Follows the event table from `start` to `close`, on one event loop."""

    def __init__(self, database: Database, *, poll_seconds: float = POLL_SECONDS, capacity: int = CAPACITY) -> None:
        self._database = database
        self._poll_seconds = poll_seconds
        self._capacity = capacity
        self._listeners: weakref.WeakSet[Listener] = weakref.WeakSet()
        self._nudged = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._closed = False

    async def start(self) -> None:
        """Follow from here on. Raises Busy where the database cannot be read."""
        position = await event_queries.latest(self._database)
        self._database.after_commit(self.nudge)
        self._task = asyncio.create_task(self._follow(position), name="events")

    async def close(self) -> None:
        """Stop following and end every listener."""
        self._closed = True
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
            self._task = None
        for listener in list(self._listeners):
            listener._end()

    def listen(self, *topics: Topic) -> Listener:
        """The changes committed after this call, of all topics where none is named.

        None is missed; the first ones may be older by up to a poll. Whoever calls this first and then reads the state
        has seen everything.
        """
        listener = Listener(frozenset(topics or Topic), self._capacity)
        self._listeners.add(listener)
        if self._closed:
            listener._end()
        return listener

    def nudge(self) -> None:
        """Something was committed in this process: look now rather than at the next poll."""
        self._nudged.set()

    async def _follow(self, position: Position) -> None:
        pause = self._poll_seconds
        pruned = time.monotonic()
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(pause):
                    await self._nudged.wait()
            self._nudged.clear()
            try:
                position = await self._tell(position)
                if time.monotonic() - pruned > PRUNE_SECONDS:
                    pruned = time.monotonic()
                    await event_commands.prune(self._database, KEEP_MS)
                pause = self._poll_seconds
            except Busy:
                # the position is kept: once the database is back, listeners hear what came meanwhile
                pause = min(pause * 2, LONGEST_PAUSE_SECONDS)
                log.warning("events cannot be read while the database is away; again in %.2f s", pause)
            except Exception:
                pause = min(pause * 2, LONGEST_PAUSE_SECONDS)
                log.warning("events could not be read; again in %.2f s", pause, exc_info=True)

    async def _tell(self, position: Position) -> Position:
        while True:
            happenings = await event_queries.after(self._database, position, BATCH)
            for happening in happenings:
                for listener in list(self._listeners):
                    listener._hear(happening)
                position = happening.position
            if len(happenings) < BATCH:
                return position
            await asyncio.sleep(0)  # let the listeners take theirs before more comes
