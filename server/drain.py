"""How the server comes to rest: new work is refused, open work is finished or told to stop."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

__all__ = ["Drain"]

T = TypeVar("T")


class Drain:
    """Whether the server is stopping, and the work that it should wait for."""

    def __init__(self) -> None:
        self.begun = asyncio.Event()
        self._tasks: set[asyncio.Task[Any]] = set()
        self._told: set[Callable[[], object]] = set()

    @property
    def busy(self) -> int:
        """Tasks under way."""
        return len(self._tasks)

    def begin(self) -> None:
        """Stop: streams and sockets end themselves as soon as they can."""
        self.begun.set()
        for callback in list(self._told):
            callback()
        self._told.clear()

    def tell(self, callback: Callable[[], object]) -> Callable[[], None]:
        """Call `callback` when the server begins to stop, at once where it has; returns what takes that back.

        Costs a tenth of a task that waits for it: each stream and socket wants to know.
        """
        if self.begun.is_set():
            callback()
        else:
            self._told.add(callback)
        return lambda: self._told.discard(callback)

    def start(self, work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        """Run work as a task of its own, which outlives whoever started it and which shutdown waits for."""
        task = asyncio.create_task(work)
        self.watch(task)
        return task

    def watch(self, task: asyncio.Task[Any]) -> None:
        """Count a task among those that shutdown waits for."""
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def finish(self, seconds: float) -> int:
        """Wait so long for the work under way, then cancel what is left; returns how many were cancelled."""
        self.begin()
        tasks = {task for task in self._tasks if task is not asyncio.current_task()}
        if not tasks:
            return 0
        _, late = await asyncio.wait(tasks, timeout=seconds)
        for task in late:
            task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.gather(*late, return_exceptions=True)
        return len(late)
