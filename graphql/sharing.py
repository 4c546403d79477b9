"""What an event shows, worked out once for all subscribers who ask the same of it.

Ten thousand who listen to the same thing would else send the database ten thousand equal statements for each change.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Coroutine
from typing import Any

from .cache import Key

__all__ = ["Shared"]

LASTING_SECONDS = 1.0
"""Who takes an event later than that is shown the thing as it is then."""
MOST = 256
"""Results at a time; whoever asks for one that went before is given another."""

Name = tuple[Key, int, int]


class Shared:
    """The results of events, by the operation and the event. Belongs to one event loop."""

    def __init__(self) -> None:
        self._results: OrderedDict[Name, Result] = OrderedDict()

    async def result(self, key: Key, event: int, subject: int, work: Coroutine[Any, Any, bytes]) -> bytes:
        """What `work` gives, which is run by the first who asks, and to its end whoever goes meanwhile. Raises what it raises."""
        name = key, event, subject
        found = self._results.get(name)
        if found is None:
            found = self._results[name] = Result(work)
            asyncio.get_running_loop().call_later(LASTING_SECONDS, self._forget, name, found)
            if len(self._results) > MOST:
                self._results.popitem(last=False)
        else:
            work.close()
        if not found.task.done():
            await found.wait()
        return found.task.result()

    def _forget(self, name: Name, found: Result) -> None:
        if self._results.get(name) is found:
            del self._results[name]


class Result:
    """Work under way or done, and those who wait for it. None of them ends it by going: a task itself would be cancelled."""

    __slots__ = ("_waiting", "task")

    def __init__(self, work: Coroutine[Any, Any, bytes]) -> None:
        self._waiting: list[asyncio.Future[None]] = []
        self.task = asyncio.create_task(work)
        self.task.add_done_callback(self._done)

    async def wait(self) -> None:
        # one future for each: half of what asyncio.shield makes
        turn = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        await turn

    def _done(self, task: asyncio.Task[bytes]) -> None:
        if not task.cancelled():
            # all who waited may have gone: its error is nobody's then
            task.exception()
        for turn in self._waiting:
            if not turn.done():
                turn.set_result(None)
        self._waiting.clear()
