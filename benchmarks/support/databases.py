"""Databases to measure on, filled: files of SQLite, and a PostgreSQL of the benchmark's own on the second core."""

from __future__ import annotations

import asyncio
import contextlib
import os
from pathlib import Path
from types import TracebackType

from tests.postgres import Postgres

from .fill import Sizes, fill
from .serving import LOAD_CORE

__all__ = ["Databases"]

DURABLE = {"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on"}
"""As anybody would run it: a write that was answered is on the disk."""
ROOMY = {
    "shared_buffers": "1GB",
    "work_mem": "32MB",
    "effective_cache_size": "8GB",
    "random_page_cost": "1.1",
    "max_wal_size": "4GB",
    "max_parallel_workers_per_gather": "0",
}


class Databases:
    """Makes databases below a folder, and stops PostgreSQL at the end."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.postgres: Postgres | None = None

    def __enter__(self) -> Databases:
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        if self.postgres is not None:
            self.postgres.stop()

    def empty(self, kind: str, name: str) -> str:
        """Address of a new database without tables; `kind` is sqlite or postgres."""
        if kind == "sqlite":
            return f"sqlite:///{self.folder}/{name}.db"
        if self.postgres is None:
            self.postgres = Postgres({**DURABLE, **ROOMY})
            self.postgres.start()
            with contextlib.suppress(AttributeError, OSError):
                # what it forks for each connection stays there too
                os.sched_setaffinity(self.postgres.pid, {LOAD_CORE})
        return self.postgres.create(name)

    def filled(self, kind: str, complaints: int, name: str = "") -> str:
        """Address of a database with so many complaints and what belongs to them."""
        url = self.empty(kind, name or f"bench_{complaints}")
        asyncio.run(fill(url, Sizes(complaints)))
        return url
