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


class Shared:
    """The results of events, by the operation and the event. Belongs to one event loop."""

    def __init__(self) -> None:
        self._results: OrderedDict[tuple[Key, int, int], asyncio.Task[bytes]] = OrderedDict()

    async def result(self, key: Key, event: int, subject: int, work: Coroutine[Any, Any, bytes]) -> bytes:
        """What `work` gives, which is run by the first who asks, and to its end whoever goes meanwhile. Raises what it raises."""
        name = key, event, subject
        task = self._results.get(name)
        if task is None:
            task = self._results[name] = asyncio.create_task(work)
            task.add_done_callback(_seen)
            asyncio.get_running_loop().call_later(LASTING_SECONDS, self._forget, name, task)
            if len(self._results) > MOST:
                self._results.popitem(last=False)
        else:
            work.close()
        return task.result() if task.done() else await asyncio.shield(task)

    def _forget(self, name: tuple[Key, int, int], task: asyncio.Task[bytes]) -> None:
        if self._results.get(name) is task:
            del self._results[name]


def _seen(task: asyncio.Task[bytes]) -> None:
    """All who waited for it may have gone: its error is nobody's then."""
    if not task.cancelled():
        task.exception()
