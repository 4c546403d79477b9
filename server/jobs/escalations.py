"""Sees that the time of a question has passed unanswered, and has it told, once, whichever process sees it first."""

from __future__ import annotations

import asyncio
import contextlib
import logging

from ...models.commands import escalations
from ...models.database import Database
from ...models.errors import Busy
from ..logs import report_error

__all__ = ["EscalationWatch"]

log = logging.getLogger(__name__)

POLL_SECONDS = 5.0


class EscalationWatch:
    """Looks from `start` to `close`, every `poll_seconds`. What passed while no process ran is told at the start."""

    def __init__(self, database: Database, *, poll_seconds: float = POLL_SECONDS) -> None:
        self._database = database
        self._poll_seconds = poll_seconds
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Begin to look."""
        self._task = asyncio.create_task(self._watch(), name="escalations")

    async def close(self) -> None:
        """Stop. The database must still be open."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
            self._task = None

    async def _watch(self) -> None:
        while True:
            try:
                await escalations.tell_breaches(self._database)
            except Busy:
                log.info("the database was busy; looking for questions past their time again in %.0f s", POLL_SECONDS)
            except Exception as error:
                report_error(error)
            await asyncio.sleep(self._poll_seconds)
