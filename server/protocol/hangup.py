"""Work that ends with its client, or at its deadline.

Neither uvicorn nor Starlette stops a handler whose client hung up: it would work on for nobody. Here the connection is
watched while the work runs.
"""

from __future__ import annotations

import asyncio
from types import TracebackType
from typing import Literal

from starlette.types import Receive

from .body import ClientGone

__all__ = ["Bounded"]

GRACE_SECONDS = 0.02
"""Work shorter than this costs one timer: a watcher is a task, and most requests are done before it would pay."""


class Bounded:
    """`async with Bounded(receive, seconds): ...` cancels its block and raises ClientGone or TimeoutError.

    Without `receive` nobody's hang-up is watched, without `seconds` there is no deadline.
    """

    def __init__(self, receive: Receive | None = None, seconds: float | None = None) -> None:
        self._receive = receive
        self._seconds = seconds
        self._watcher: asyncio.Task[None] | None = None
        self._reason: Literal["gone", "late"] | None = None

    async def __aenter__(self) -> Bounded:
        task = asyncio.current_task()
        assert task is not None
        self._task = task
        self._cancelling = task.cancelling()
        self._loop = asyncio.get_running_loop()
        grace = GRACE_SECONDS if self._seconds is None else min(GRACE_SECONDS, self._seconds)
        self._timer = self._loop.call_later(grace, self._watch, grace)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._timer.cancel()
        if self._watcher is not None:
            self._watcher.cancel()
        # the same bookkeeping as in asyncio.timeout: a cancellation of somebody else must pass
        if self._reason is None or self._task.uncancel() > self._cancelling or kind is not asyncio.CancelledError:
            return
        raise (ClientGone if self._reason == "gone" else TimeoutError) from None

    def _watch(self, waited: float) -> None:
        if self._receive is not None:
            self._watcher = self._loop.create_task(self._wait(self._receive))
        if self._seconds is not None:
            self._timer = self._loop.call_later(self._seconds - waited, self._end, "late")

    async def _wait(self, receive: Receive) -> None:
        while (await receive())["type"] != "http.disconnect":
            pass
        self._end("gone")

    def _end(self, reason: Literal["gone", "late"]) -> None:
        if self._reason is None:
            self._reason = reason
            self._task.cancel()
