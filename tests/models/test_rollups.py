"""The roll-ups equal a recount, whatever is done and by however many at once."""

from __future__ import annotations

import asyncio

import pytest

from nobodyasked.models.commands import needs
from nobodyasked.models.commands.rollup import rebuild
from nobodyasked.models.database import Database
from nobodyasked.models.engines.faults import Fault
from nobodyasked.models.queries.rollups import KEPT, differences
from nobodyasked.models.versions import tables_in

from .life import Life
from .people import CURATOR
from .world import complain, found, infer, needs_by_statement


@pytest.mark.parametrize("seed", range(4))
async def test_after_every_step(database: Database, seed: int) -> None:
    life = Life(database, seed)
    done: list[str] = []
    for _ in range(50):
        done.append(await life.step())
        assert await differences(database) == {}, done
    assert len(life.done) >= 9, life.done
    for table, kept in KEPT.items():
        assert await database.rows(kept), f"{table} stayed empty: {life.done}"


async def test_after_writers_at_once(database_url: str) -> None:
    """Each has connections of its own, as processes have; customers and needs are shared."""
    opened = [await Database.open(database_url, pool=4) for _ in range(3)]
    try:
        first = Life(opened[0], 0, alone=False)
        await first.bring()
        await first.bring()
        await first.run()
        lives = [Life(database, seed, alone=False) for seed, database in enumerate(opened * 2, start=1)]

        async def live(life: Life) -> None:
            for _ in range(25):
                await life.step()

        async def runs_too() -> None:
            for _ in range(4):
                await first.run()
                await first.erase()

        await asyncio.gather(runs_too(), *(live(life) for life in lives))
        assert sum(sum(life.done.values()) for life in lives) > 75
        assert await differences(opened[0]) == {}
    finally:
        for database in opened:
            await database.close()


async def test_what_is_counted_by_cannot_change(database: Database) -> None:
    await complain(database, ["C1"])
    for change in ("week = week + 1", "channel = 'fax'", "customer_id = NULL"):
        with pytest.raises(Fault):
            async with database.transaction() as transaction:
                await transaction.execute(f"UPDATE complaint SET {change}")
    async with database.transaction() as transaction:
        await transaction.execute("UPDATE complaint SET week = week, language = 'en'")
    assert await differences(database) == {}


@pytest.mark.parametrize("dialect", ["postgres"], indirect=True)
async def test_one_statement_that_does_several_things(database: Database) -> None:
    """PostgreSQL runs the triggers of all its parts at its end."""
    there = await complain(database, ["C1", "C1", "C2", None])
    await infer(database, found({"Customers need boxes": there, "Customers need bags": there[:2]}))
    bring = (
        "INSERT INTO complaint (source, external_id, content_hash, text, channel, customer_id, occurred_at, received_at,"
        " week) SELECT 'more', {0} || '-' || id, '', 'More.', 'chat', id, 0, 0, {0} FROM customer"
    )
    expire = "UPDATE evidence SET live = false WHERE id % 2 = {0}"
    statements = [
        f"WITH brought AS ({bring.format(1)}) UPDATE customer SET segment = 'new'",
        f"WITH moved AS (UPDATE customer SET segment = 'family' RETURNING id) {bring.format(2)}",
        f"WITH brought AS ({bring.format(3)}) {bring.format(4)}",
        f"WITH gone AS (DELETE FROM complaint WHERE id = {there[3]}) {bring.format(5)}",
        f"WITH expired AS ({expire.format(0)}) {expire.format(1)}",
        "WITH back AS (UPDATE evidence SET live = true WHERE id % 2 = 0) DELETE FROM evidence WHERE id % 2 = 1",
    ]
    for statement in statements:
        async with database.transaction() as transaction:
            await transaction.execute(statement)
        assert await differences(database) == {}, statement


async def test_needs_that_go(database: Database) -> None:
    there = await complain(database, ["C1", "C1", "C2", None])
    await infer(database, found({"Customers need boxes": there, "Customers need bags": there[:2]}))
    ids = await needs_by_statement(database)
    await needs.dismiss(database, CURATOR, ids["Customers need bags"], 1, "It is none.")
    for id in ids.values():
        async with database.transaction() as transaction:
            await transaction.execute("DELETE FROM need WHERE id = ?1", (id,))
        assert await differences(database) == {}
    assert await database.rows(KEPT["evidence_channel"]) == []


async def test_differences_are_found(database: Database) -> None:
    there = await complain(database, ["C1", "C2", None])
    await infer(database, found({"Customers need boxes": there}))
    assert await differences(database) == {}
    async with database.transaction() as transaction:
        await transaction.execute("UPDATE need_week SET customers = customers + 1")
        slots = "_slot" if database.dialect == "postgres" else ""
        await transaction.execute(f"DELETE FROM complaint_channel{slots}")
    assert await differences(database) == {"need_week": 2, "complaint_channel": 1}


async def test_rebuilding(database: Database) -> None:
    life = Life(database, 5)
    for _ in range(40):
        await life.step()
    before = {table: sorted(await database.rows(sql), key=str) for table, sql in KEPT.items()}
    slots = "_slot" if database.dialect == "postgres" else ""
    async with database.transaction() as transaction:
        for table in ("need_week", "need_segment", f"evidence_channel{slots}", "customer_presence", "support"):
            await transaction.execute(f"DELETE FROM {table}")
        await transaction.execute(f"UPDATE complaint_week{slots} SET complaints = complaints + 1")
    assert len(await differences(database)) >= 6
    await rebuild(database)
    assert await differences(database) == {}
    assert {table: sorted(await database.rows(sql), key=str) for table, sql in KEPT.items()} == before
    for _ in range(10):
        await life.step()
    assert await differences(database) == {}


async def test_rebuilding_tells_whoever_kept_answers(database: Database) -> None:
    there = await complain(database, ["C1", None])
    await infer(database, found({"Customers need boxes": there}))
    before = await database.stamp()
    await rebuild(database)
    after = await database.stamp()
    assert before is not None
    assert after is not None
    for table in KEPT:
        assert not before.agrees(after, tables_in(f"SELECT * FROM {table}")), table


@pytest.mark.parametrize("dialect", ["postgres"], indirect=True)
@pytest.mark.parametrize("table", ["customer", "complaint", "need", "span", "evidence"])
async def test_tables_that_are_emptied_at_once(database: Database, table: str) -> None:
    there = await complain(database, ["C1", "C2", "C1", None])
    await infer(database, found({"Customers need boxes": there}))
    async with database.transaction() as transaction:
        await transaction.execute(f"TRUNCATE {table} CASCADE")
    assert await differences(database) == {}
    await complain(database, ["C1", None])
    assert await differences(database) == {}


async def test_a_flood_of_one_customer(database: Database) -> None:
    """Thousands of complaints of one voice in one need count as one, and take no longer each than the first."""
    there = await complain(database, ["guest"] * 3_000)
    await infer(database, found({"Customers need boxes": there}))
    need = (await needs_by_statement(database))["Customers need boxes"]
    sql = database.sql("SELECT SUM(complaints), MAX(customers) FROM need_week WHERE need_id = ?1")
    assert tuple((await database.rows(sql, (need,)))[0]) == (3_000, 1)
    assert await differences(database) == {}
