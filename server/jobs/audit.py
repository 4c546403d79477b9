"""Seals the audit log on PostgreSQL, again and again."""

from __future__ import annotations

from ...models.commands import audit
from ...models.database import Database
from .watch import Watch

__all__ = ["Sealing"]

EVERY_SECONDS = 2.0


class Sealing(Watch):
    """From `start` to `close`."""

    def __init__(self, database: Database) -> None:
        super().__init__("audit log", EVERY_SECONDS, waits_first=True)
        self._database = database

    async def once(self) -> int:
        return await audit.seal_all(self._database)
