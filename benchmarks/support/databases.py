"""Databases to measure on, filled: files of SQLite, and a PostgreSQL of the benchmark's own on the second core."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
from pathlib import Path
from types import TracebackType

from tests.postgres import Postgres

from .fill import Sizes, fill, migrated
from .serving import LOAD_CORE

__all__ = ["Databases"]

DURABLE = {"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on"}
"""As anybody would run it: a write that was answered is on the disk."""
ROOMY = {
    "autovacuum": "on",
    "shared_buffers": "1GB",
    "work_mem": "32MB",
    "effective_cache_size": "8GB",
    "random_page_cost": "1.1",
    "max_wal_size": "4GB",
    "max_parallel_workers_per_gather": "0",
}


class Databases:
    """Makes databases below a folder, and stops PostgreSQL at the end.

    With a folder that `keeps` what was filled, it is filled once and copied from then on: what is measured may write.
    """

    def __init__(self, folder: Path, keeps: Path | None = None) -> None:
        self.folder = folder
        self.keeps = keeps
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
        postgres = self._postgres()
        postgres.drop(name)
        return postgres.create(name)

    def filled(self, kind: str, complaints: int, name: str = "") -> str:
        """Address of a database with so many complaints and what belongs to them."""
        name = name or f"bench_{complaints}"
        if self.keeps is None:
            return self._fill(self.empty(kind, name), complaints)
        original = f"filled_{complaints}"
        if kind == "sqlite":
            path = self.keeps / f"{original}.db"
            if not path.exists():
                part = path.with_suffix(".part")
                part.unlink(missing_ok=True)
                self._fill(f"sqlite:///{part}", complaints)
                part.rename(path)
            asyncio.run(migrated(f"sqlite:///{path}"))
            shutil.copyfile(path, self.folder / f"{name}.db")
            return f"sqlite:///{self.folder}/{name}.db"
        postgres = self._postgres()
        if not postgres.has(original):
            self._fill(self.empty(kind, f"{original}_part"), complaints)
            postgres.rename(f"{original}_part", original)
        asyncio.run(migrated(postgres.url(original)))
        postgres.drop(name)
        return postgres.create(name, original)

    @staticmethod
    def _fill(url: str, complaints: int) -> str:
        asyncio.run(fill(url, Sizes(complaints)))
        return url

    def _postgres(self) -> Postgres:
        if self.postgres is None:
            keeps = None if self.keeps is None else self.keeps / "postgres"
            self.postgres = Postgres({**DURABLE, **ROOMY}, keeps=keeps)
            self.postgres.start()
            with contextlib.suppress(AttributeError, OSError):
                # what it forks for each connection stays there too
                os.sched_setaffinity(self.postgres.pid, {LOAD_CORE})
        return self.postgres
