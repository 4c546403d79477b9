"""Databases for the tests. Whatever takes `database` or `database_url` runs on SQLite and on PostgreSQL.

To run on one of them only: `@pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)`.
"""

from __future__ import annotations

import asyncio
import itertools
import os
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable, Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

import pytest
from hypothesis import settings

from nobodyasked.models.database import Database
from nobodyasked.server.garbage import no_collection, settle

from .furniture import Furnish, Furniture
from .live import live_server as live_server
from .postgres import Blank, Postgres

T = TypeVar("T")
NUMBERS = itertools.count(1)
# the suite draws the same examples wherever it runs; the long runs look for new ones
settings.register_profile("alike", derandomize=True)
settings.load_profile("alike")
# numpy's threads wait for each other by spinning: beside other tests they take seven times as long as one alone; read
# when numpy is first imported, here and in the processes that tests start
for library in ("OMP", "OPENBLAS", "MKL"):
    os.environ.setdefault(f"{library}_NUM_THREADS", "1")


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """What was imported stays: to search it for garbage again and again takes a tenth of the time of all tests."""
    with no_collection():
        found = yield
    settle()
    return found


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """The running server."""
    server = Postgres()
    try:
        server.start()
        yield server
    finally:
        server.stop()


@pytest.fixture(scope="session")
def postgres_blank(postgres: Postgres) -> Iterator[Blank]:
    """Migrated databases without rows."""
    migrate(postgres.create("migrated"))
    blank = Blank(postgres, "migrated")
    yield blank
    blank.close()


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated file without rows."""
    path = tmp_path_factory.mktemp("template") / "migrated.db"
    migrate(f"sqlite:///{path}")
    return path


@pytest.fixture(params=["sqlite", "postgres"])
def dialect(request: pytest.FixtureRequest) -> str:
    """The database that the test runs on."""
    return request.param


@pytest.fixture
def database_url(dialect: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Address of a fresh, migrated database."""
    if dialect == "sqlite":
        path = tmp_path / "test.db"
        shutil.copyfile(request.getfixturevalue("sqlite_template"), path)
        yield f"sqlite:///{path}"
        return
    blank: Blank = request.getfixturevalue("postgres_blank")
    url = blank.lend()
    yield url
    blank.take_back(url)


@pytest.fixture
def blank_url(dialect: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Address of a database without tables."""
    if dialect == "sqlite":
        yield f"sqlite:///{tmp_path}/blank.db"
        return
    server: Postgres = request.getfixturevalue("postgres")
    name = f"blank_{next(NUMBERS)}"
    yield server.create(name)
    server.drop(name)


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """A fresh, migrated database, opened."""
    opened = await Database.open(database_url, pool=4)
    try:
        yield opened
    finally:
        await opened.close()


@pytest.fixture(scope="session")
def furniture(tmp_path_factory: pytest.TempPathFactory) -> Furniture:
    """What was made once for many tests."""
    return Furniture(tmp_path_factory.mktemp("furniture"))


@pytest.fixture
def furnish(database: Database, furniture: Furniture, request: pytest.FixtureRequest) -> Furnish:
    """Puts what was made once into `database`."""
    blank: Blank | None = request.getfixturevalue("postgres_blank") if database.dialect == "postgres" else None

    async def put(make: Callable[[Database], Awaitable[T]]) -> T:
        return await furniture.put(database, blank, make)

    return put


def migrate(url: str) -> None:
    async def work() -> None:
        database = await Database.open(url, pool=1)
        try:
            await database.migrate()
        finally:
            await database.close()

    # on a thread of its own: the test runner has a loop of its own here
    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, work()).result()
