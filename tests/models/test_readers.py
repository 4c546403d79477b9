"""Connections that read from PostgreSQL: lent in turn, mended after cancellations, made anew where they broke."""

from __future__ import annotations

import asyncio

import pytest

from nobodyasked.models.database import Database
from nobodyasked.models.engines.faults import Contended
from nobodyasked.models.engines.postgres import PostgresEngine

OURS = "SELECT pid FROM pg_stat_activity WHERE application_name = 'nobodyasked' AND datname = current_database()"

pytestmark = pytest.mark.parametrize("dialect", ["postgres"], indirect=True)


async def test_many_reads_share_a_few_connections(database_url: str) -> None:
    database = await Database.open(database_url, pool=2)
    try:
        before = len(await database.rows(OURS))
        reads = [database.value("SELECT $1::int FROM pg_sleep(0.002)", [number]) for number in range(40)]
        assert await asyncio.gather(*reads) == list(range(40))
        assert len(await database.rows(OURS)) <= before + 1
    finally:
        await database.close()


async def test_a_cancelled_read_ends_on_the_server_and_its_connection_is_lent_again(database_url: str) -> None:
    database = await Database.open(database_url, pool=1)
    try:
        reader = await database.value("SELECT pg_backend_pid()")
        for _ in range(3):
            slow = asyncio.create_task(database.value("SELECT pg_sleep(30)"))
            waiting = asyncio.create_task(database.value("SELECT 2"))
            leaving = asyncio.create_task(database.value("SELECT 3"))
            await asyncio.sleep(0.05)
            slow.cancel()
            leaving.cancel()
            assert await asyncio.wait_for(waiting, 5) == 2
            assert await asyncio.wait_for(database.value("SELECT pg_backend_pid()"), 5) == reader
    finally:
        await database.close()


async def test_a_broken_connection_is_replaced(database_url: str) -> None:
    database = await Database.open(database_url, pool=1)
    other = await Database.open(database_url, pool=1)
    try:
        before = await database.value("SELECT pg_backend_pid()")
        slow = asyncio.create_task(database.value("SELECT pg_sleep(0.3)"))
        await asyncio.sleep(0.05)
        for _ in range(2):
            # under way, then idle
            async with other.transaction() as transaction:
                await transaction.rows("SELECT pg_terminate_backend(?1::int)", [before])
            await slow
            after = await asyncio.wait_for(database.value("SELECT pg_backend_pid()"), 5)
            assert after != before
            before = after
    finally:
        await database.close()
        await other.close()


async def test_nothing_is_read_after_the_end(database_url: str) -> None:
    engine = PostgresEngine(database_url, 1)
    await engine.open()
    slow = asyncio.create_task(engine.value("SELECT pg_sleep(0.2)", [], False))
    waiting = asyncio.create_task(engine.value("SELECT 1", [], False))
    await asyncio.sleep(0.05)
    reading = engine._reading
    await engine.close()
    await slow
    with pytest.raises(Contended):
        await waiting
    assert reading._made == 0
