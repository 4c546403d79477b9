"""Sees that the time of a question has passed unanswered, and has it told, once, whichever process sees it first."""

from __future__ import annotations

from ...models.commands import escalations
from ...models.database import Database
from .watch import Watch

__all__ = ["EscalationWatch"]

POLL_SECONDS = 5.0


class EscalationWatch(Watch):
    """Looks every `poll_seconds`. What passed while no process ran is told at the start."""

    def __init__(self, database: Database, *, poll_seconds: float = POLL_SECONDS) -> None:
        super().__init__("escalations", poll_seconds)
        self._database = database

    async def once(self) -> None:
        """Tell what passed."""
        await escalations.tell_breaches(self._database)
