"""What tests begin with: made through the commands once, then put into each further database as the rows that it came to."""

from __future__ import annotations

import sqlite3
from collections.abc import Awaitable, Callable
from contextlib import closing
from copy import deepcopy
from pathlib import Path
from typing import Any, Protocol, TypeVar

from nobodyasked.models.database import Database

from .postgres import Blank

T = TypeVar("T")


class Furnish(Protocol):
    """`await furnish(make)`: the test's database, empty until then, holds what `make` makes of it; gives what `make` gives."""

    async def __call__(self, make: Callable[[Database], Awaitable[T]]) -> T: ...


class Furniture:
    """Keeps what was made, by who made it and by database. To make the known world takes ten times as long as this."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._kept: dict[tuple[str, str], tuple[Any, Any]] = {}

    async def put(self, database: Database, blank: Blank | None, make: Callable[[Database], Awaitable[T]]) -> T:
        """Make it in an empty, migrated database that is open, or put there what was made before; gives what `make` gave.

        `blank` lent the database if it is a PostgreSQL.
        """
        key = make.__qualname__, database.dialect
        if key not in self._kept:
            made = await make(database)
            if blank:
                rows: Any = blank.rows(database.url)
            else:
                rows = self._folder / f"{make.__qualname__}.db"
                copied(Path(database.url.removeprefix("sqlite:///")), rows)
            self._kept[key] = rows, made
        else:
            rows, made = self._kept[key]
            if blank:
                blank.fill(database.url, rows)
            else:
                copied(rows, Path(database.url.removeprefix("sqlite:///")))
        return deepcopy(made)


def copied(source: Path, target: Path) -> None:
    """Overwrite a database that may be open with another."""
    with closing(sqlite3.connect(source)) as there, closing(sqlite3.connect(target)) as here:
        there.backup(here)
