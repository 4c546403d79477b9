"""Small writes of many callers, committed together.

Whoever comes while a commit is under way waits for the next one, which takes all that wait. Nobody waits for a timer:
a write that comes alone is written alone, at once.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

from .errors import Busy, Refusal

__all__ = ["Batch"]

I = TypeVar("I")  # noqa: E741 - an item
R = TypeVar("R")


class Batch(Generic[I, R]):
    """Gathers items for `write`, which commits them and gives one result or refusal for each, in their order.

    One `write` is under way at a time, with at most `most` items in the order in which they came. What it raises
    reaches every item, save that a fault which is not `Busy` has the items written one by one, so that only those at
    fault meet it.
    """

    def __init__(self, write: Callable[[Sequence[I]], Awaitable[Sequence[R | Refusal]]], most: int) -> None:
        self._write = write
        self._most = most
        self._waiting: deque[tuple[I, asyncio.Future[R]]] = deque()
        self._worker: asyncio.Task[None] | None = None

    async def add(self, item: I) -> R:
        """The result for `item`, once it is committed; raises its refusal.

        Cancelled while it waits, it is not written; later, it is written all the same.
        """
        future: asyncio.Future[R] = asyncio.get_running_loop().create_future()
        self._waiting.append((item, future))
        if self._worker is None:
            # a task of its own: no caller's cancellation may end what others wait for
            self._worker = asyncio.create_task(self._work())
        return await future

    async def close(self) -> None:
        """Wait until nothing is under way."""
        if self._worker is not None:
            await asyncio.wait({self._worker})

    async def _work(self) -> None:
        taken: list[tuple[I, asyncio.Future[R]]] = []
        try:
            while self._waiting:
                taken = []
                while self._waiting and len(taken) < self._most:
                    item, future = self._waiting.popleft()
                    if not future.done():
                        taken.append((item, future))
                if taken:
                    await self._settle(taken)
        finally:
            self._worker = None
            # empty unless this task was cancelled
            for _, future in [*taken, *self._waiting]:
                future.cancel()
            self._waiting.clear()

    async def _settle(self, taken: Sequence[tuple[I, asyncio.Future[R]]]) -> None:
        results: Sequence[R | Refusal | Exception]
        try:
            results = await self._write([item for item, _ in taken])
        except Busy as error:
            results = [type(error)(error.message, path=error.path) for _ in taken]
        except Exception as error:
            if len(taken) > 1:
                for one in taken:
                    await self._settle([one])
                return
            results = [error]
        for (_, future), result in zip(taken, results, strict=True):
            if future.done():
                continue  # whoever waited has gone
            if isinstance(result, Exception):
                future.set_exception(result)
            else:
                future.set_result(result)
