"""What a server does again and again, from its start to its end."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from abc import ABC, abstractmethod

from ...models.acting import acting
from ...models.errors import Busy
from ..logs import report_error

__all__ = ["Watch"]

log = logging.getLogger(__name__)


class Watch(ABC):
    """Takes a turn every so many seconds from `start` to `close`. A turn that fails is reported, and the next one comes.

    `waits_first` is for what need not be looked at when a server starts. `name` stands in the log.
    """

    def __init__(self, name: str, seconds: float, *, waits_first: bool = False) -> None:
        self._name = name
        self._seconds = seconds
        self._waits_first = waits_first
        self._task: asyncio.Task[None] | None = None

    @abstractmethod
    async def once(self) -> object:
        """Do once what is due."""

    async def start(self) -> None:
        """Begin."""
        self._task = asyncio.create_task(self._turns(), name=self._name)

    async def close(self) -> None:
        """Stop; a turn under way is given up. The database must still be open."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
            self._task = None

    async def _turns(self) -> None:
        if self._waits_first:
            await asyncio.sleep(self._seconds)
        while True:
            try:
                with acting(self._name):
                    await self.once()
            except Busy:
                log.info("%s: the database was busy; again in %.0f s", self._name, self._seconds)
            except Exception as error:
                report_error(error)
            await self.rest()

    async def rest(self) -> None:
        """Wait for the next turn."""
        await asyncio.sleep(self._seconds)
