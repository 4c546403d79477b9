"""Liveness and readiness."""

from __future__ import annotations

import asyncio
from pathlib import Path

import httpx
import pytest

from nobodyasked.models import migrations
from nobodyasked.models.database import Database
from nobodyasked.models.engines.postgres import PostgresEngine
from nobodyasked.models.engines.sqlite import SqliteEngine
from nobodyasked.models.errors import Busy
from nobodyasked.server import health
from nobodyasked.server.health import assess, database_check, migrations_check, writes_check

from .fakes import Stand

EVERY_MIGRATION = len(list(Path(migrations.__path__[0]).glob("0*.py")))


async def test_a_healthy_server_needs_no_token(client: httpx.AsyncClient) -> None:
    del client.headers["authorization"]
    alive, ready = await client.get("/livez"), await client.get("/readyz")
    assert (alive.status_code, alive.json()) == (200, {"status": "alive"})
    assert (ready.status_code, ready.json()) == (200, {"status": "ready", "checks": {"database": {"ok": True}}})


async def test_one_failed_check_is_enough(client: httpx.AsyncClient, stand: Stand) -> None:
    stand.app.state.wrong["database"] = "out of order"
    ready = await client.get("/readyz")
    assert ready.status_code == 503
    assert ready.json() == {"status": "not ready", "checks": {"database": {"ok": False, "problem": "out of order"}}}
    assert (await client.get("/livez")).status_code == 200


async def test_checks_tell_nothing_that_is_not_safe(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "SECONDS", 0.05)

    async def raises() -> str | None:
        raise ConnectionError("postgresql://user:hunter2@host")

    async def refuses() -> str | None:
        raise Busy("The database is away.")

    async def hangs() -> str | None:
        await asyncio.Event().wait()
        return None

    assert await assess({"raises": raises, "refuses": refuses, "hangs": hangs}) == {
        "raises": {"ok": False, "problem": "failed with ConnectionError"},
        "refuses": {"ok": False, "problem": "The database is away."},
        "hangs": {"ok": False, "problem": "no answer within 0.05 seconds"},
    }


async def test_a_migrated_database_is_ready(database: Database) -> None:
    assert await assess({"database": database_check(database), "migrations": migrations_check(database)}) == {
        "database": {"ok": True},
        "migrations": {"ok": True},
    }


async def test_migrations_are_missed_until_they_are_applied(blank_url: str) -> None:
    database = await Database.open(blank_url, pool=2)
    try:
        check = migrations_check(database)
        assert await check() == f"{EVERY_MIGRATION} migration(s) wait: run 'nobodyasked migrate'."
        await database.migrate()
        assert await check() is None
        # known from now on: not asked again
        with database.counting() as sent:
            assert await check() is None
        assert sent.count == 0
    finally:
        await database.close()


async def test_a_database_that_takes_no_changes_is_not_ready(database: Database) -> None:
    check = writes_check(database)
    assert await check() is None
    before = await database.stamp()
    engine = database._engine
    if isinstance(engine, SqliteEngine):
        assert engine._writer is not None
        engine._writer.execute("PRAGMA query_only = 1")
    else:
        assert isinstance(engine, PostgresEngine)
        await engine._writing.close()
        engine._writing = await engine._pool(1, {"default_transaction_read_only": "on"})
    assert await check() == "the database takes no changes."
    after = await database.stamp()
    assert before is not None
    assert after is not None
    assert before.versions == after.versions


async def test_whoever_asks_within_a_second_shares_one_look(
    client: httpx.AsyncClient, stand: Stand, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(health, "SHARED_SECONDS", 1_000.0)
    looks, release = 0, asyncio.Event()

    async def look() -> str | None:
        nonlocal looks
        looks += 1
        await release.wait()
        return None

    monkeypatch.setitem(stand.app.state.services.checks, "database", look)
    first = asyncio.create_task(client.get("/readyz"))
    while not looks:  # noqa: ASYNC110 no clock runs
        await asyncio.sleep(0)
    # whoever goes away takes nothing from the others
    first.cancel()
    asking = [asyncio.create_task(client.get("/readyz")) for _ in range(5)]
    release.set()
    assert {answer.status_code for answer in await asyncio.gather(*asking)} == {200}
    # what costs nothing is looked at each time
    stand.drain.begin()
    assert (await client.get("/readyz")).json()["checks"] == {
        "database": {"ok": True},
        "shutdown": {"ok": False, "problem": "the server is stopping"},
    }
    assert looks == 1
    monkeypatch.setattr(health, "SHARED_SECONDS", 0.0)
    await client.get("/readyz")
    assert looks == 2
