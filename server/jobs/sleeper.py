"""The mind asleep: a server that only answers the graph holds no vectors, and has not even loaded what works on them.

It wakes when somebody asks for it, or when a complaint waits to be placed, and stays awake from then on.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Collection, Sequence
from importlib import import_module
from typing import TYPE_CHECKING, Literal

from ...models.acting import Acting, act_as
from ...models.database import Database
from ...models.errors import Busy
from ...models.event import Topic
from ...models.impact import Outcome
from ...models.queries import nearness
from ..logs import report_error
from ..settings import Settings
from .events import EventSource, Listener, TooSlow
from .impact import measured
from .naming import named_again
from .trends import Movement, Trends

if TYPE_CHECKING:
    from .mind import Mind

__all__ = ["Sleeper"]

PATIENCE_SECONDS = 3.0
"""How long whoever submits a complaint waits for it to be placed; then it goes on in the background."""
AGAIN_SECONDS = 2.0
"""After so long is tried anew what the database, away or full, stood in the way of."""


class Sleeper:
    """A `Mind` that is made at its first use. Works from `start` to `close`; arguments are the mind's."""

    def __init__(
        self,
        database: Database,
        events: EventSource,
        settings: Settings,
        *,
        wake_worker: Callable[[], None] = lambda: None,
    ) -> None:
        self._database = database
        self._events = events
        self._settings = settings
        self._wake_worker = wake_worker
        self._trends = Trends(database, viral_reach=settings.viral_reach)
        self._listener: Listener | None = None
        self._watching: asyncio.Task[None] | None = None
        self._waking: asyncio.Task[Mind] | None = None
        self._under_way: set[asyncio.Task[None]] = set()

    @property
    def awake(self) -> bool:
        """Whether it has been needed so far."""
        return self._waking is not None

    async def start(self) -> None:
        """Begin to watch for complaints that wait to be placed, where this process places those of others.

        Raises ModelUnavailable where an embedder of the operator's own is not there.
        """
        self._listener = self._events.listen()
        if self._settings.embedder.startswith("sentence-transformers:"):
            # whether its model is on this machine is told by loading it alone
            await self._mind()
            return
        self._watching = asyncio.create_task(self._watch(self._listener), name="mind-asleep")

    async def close(self) -> None:
        """Stop, awake or not."""
        tasks = [task for task in (self._watching, *self._under_way) if task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if self._waking is not None:
            # half-way there it cannot be stopped: what it has opened is to be closed
            with contextlib.suppress(Exception):
                await (await self._waking).close()

    async def similar(
        self, kind: Literal["complaint", "need", "invention"], text: str, limit: int
    ) -> list[tuple[int, float]]:
        """See Mind."""
        return await (await self._mind()).similar(kind, text, limit)

    async def asked(self) -> list[tuple[int, int, float]]:
        """See Mind."""
        return await (await self._mind()).asked()

    async def movements(self, since: int) -> list[Movement]:
        """See Trends: it need not be awake for that."""
        return await self._trends.movements(since)

    async def check_alerts(self, week: int) -> list[int]:
        """See Trends.check."""
        return await self._trends.check(week)

    async def received(self, complaint_ids: Sequence[int], *, wait: bool = True) -> None:
        """See Mind."""
        if self._waking is not None and self._waking.done() and not self._waking.exception():
            await self._waking.result().received(complaint_ids, wait=wait)
            return
        task = asyncio.create_task(self._receive(list(complaint_ids), wait))
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)
        if wait:
            await asyncio.wait({task}, timeout=PATIENCE_SECONDS)

    async def measured(self, invention_id: int) -> list[Outcome]:
        """See Mind: it takes no vectors, and wakes nobody."""
        return await measured(self._database, invention_id)

    async def erased(self, nameless: Collection[int]) -> None:
        """See Mind: it takes no vectors, and wakes nobody."""
        await named_again(self._database, nameless)

    def run_started(self, run_id: int) -> None:
        """See Mind."""
        self._wake_worker()

    async def _receive(self, complaint_ids: list[int], wait: bool) -> None:
        act_as(Acting("placing"))
        try:
            await (await self._mind()).received(complaint_ids, wait=wait)
        except Exception as error:
            report_error(error)

    async def _watch(self, listener: Listener) -> None:
        # whatever else happens while it sleeps, it reads at its waking
        places = self._settings.worker
        try:
            while places:
                try:
                    if await nearness.unread_since_run(self._database, 1):
                        self._wake()
                        return
                    break
                except Busy:
                    await asyncio.sleep(AGAIN_SECONDS)
            async for happening in listener:
                if places and happening.topic is Topic.COMPLAINT_RECEIVED:
                    self._wake(happening.subjects)
                    return
        except TooSlow:
            self._wake()
        except Exception as error:
            report_error(error)

    async def _mind(self) -> Mind:
        # to its end even if this asker goes: others may wait for the same
        return await asyncio.shield(self._wake())

    def _wake(self, received: Sequence[int] = ()) -> asyncio.Task[Mind]:
        if self._waking is None or (self._waking.done() and self._waking.exception()):
            self._waking = asyncio.create_task(self._opened(received), name="mind-waking")
        return self._waking

    async def _opened(self, received: Sequence[int]) -> Mind:
        # not for whoever happens to wake it
        act_as(Acting("placing"))
        # some tenths of a second, with numpy and all that reads texts: not on the event loop
        module = await asyncio.to_thread(import_module, ".mind", __package__)
        mind: Mind = module.Mind(self._database, self._events, self._settings, wake_worker=self._wake_worker)
        if self._watching is not None:
            self._watching.cancel()
        # with the ear that heard everything since the start
        await mind.start(self._listener)
        if received:
            mind.heard(received)
        return mind
