"""Work that ends with the client.

Neither uvicorn nor Starlette stops a handler whose client hung up: it would work on for nobody. Here the connection is
watched while the work runs.
"""

from __future__ import annotations

import asyncio
from types import TracebackType

from starlette.types import Receive

from .body import ClientGone

__all__ = ["UntilHangup"]

GRACE_SECONDS = 0.02
"""Work shorter than this is never watched: a watcher is a task, and most requests are done before it would pay."""


class UntilHangup:
    """`async with UntilHangup(receive): ...` cancels the block when the client hangs up and raises ClientGone."""

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._watcher: asyncio.Task[None] | None = None
        self._gone = False

    async def __aenter__(self) -> UntilHangup:
        task = asyncio.current_task()
        assert task is not None
        self._task = task
        self._cancelling = task.cancelling()
        self._loop = asyncio.get_running_loop()
        self._timer = self._loop.call_later(GRACE_SECONDS, self._watch)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._timer.cancel()
        if self._watcher is not None:
            self._watcher.cancel()
        # the same bookkeeping as in asyncio.timeout: a cancellation of somebody else must pass
        if self._gone and self._task.uncancel() <= self._cancelling and kind is asyncio.CancelledError:
            raise ClientGone from None

    def _watch(self) -> None:
        self._watcher = self._loop.create_task(self._wait())

    async def _wait(self) -> None:
        while (await self._receive())["type"] != "http.disconnect":
            pass
        self._gone = True
        self._task.cancel()
