"""Tortoise's PostgreSQL client, given the same address as the rest."""

from __future__ import annotations

from typing import Any

import asyncpg
from tortoise.backends.asyncpg.client import AsyncpgDBClient

__all__ = ["MigratingPostgres", "client_class"]


class MigratingPostgres(AsyncpgDBClient):
    def __init__(self, dsn: str, **rest: Any) -> None:
        super().__init__(**rest)
        self._dsn = dsn
        self.extra.pop("dsn", None)

    async def create_pool(self, **settings: Any) -> asyncpg.Pool:
        # the address says it all, sockets and options included
        for name in ("host", "port", "user", "password", "database"):
            settings.pop(name, None)
        return await asyncpg.create_pool(self._dsn, **settings)


client_class = MigratingPostgres
