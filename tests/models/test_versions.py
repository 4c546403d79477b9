"""The versions of tables: every change of what the graph reads is in them, and what they promise holds."""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections.abc import AsyncIterator
from typing import Any

import pytest

from nobodyasked.models.database import Database, Transaction
from nobodyasked.models.engines import watch
from nobodyasked.models.engines.watch import PostgresWatch
from nobodyasked.models.versions import DERIVED, UNREAD, VERSIONED, Stamp, tables_in

CATALOGUE = {
    "sqlite": "select name from sqlite_master where type = 'table' and name not like 'sqlite_%'",
    # roll-ups that are summed out of slots are views here
    "postgres": "select tablename from pg_tables where schemaname = 'public'"
    " union all select viewname from pg_views where schemaname = 'public'",
}
TEAM = "insert into team (name, created_at) values (?1, 1)"
EVENT = "insert into event (topic, subjects, details, at) values ('NEED_CHANGED', '[]', '{}', 1)"


@pytest.fixture
async def other(database_url: str) -> AsyncIterator[Database]:
    """The same database, seen from elsewhere."""
    opened = await Database.open(database_url, pool=4)
    try:
        yield opened
    finally:
        await opened.close()


async def run(database: Database, *statements: str) -> None:
    async with database.transaction() as transaction:
        for statement in statements:
            await transaction.execute(statement)


async def now(database: Database) -> Stamp:
    stamp = await database.stamp()
    assert stamp is not None
    return stamp


async def changed(database: Database, before: Stamp) -> set[str]:
    after = await now(database)
    assert all(after.versions.get(table, 0) >= version for table, version in before.versions.items())
    # the audit log changes with every other table, on PostgreSQL some time later
    return {table for table in VERSIONED if table != "audit_entry" and not before.agrees(after, [table])}


async def test_every_table_is_known(database: Database) -> None:
    found = {name for (name,) in await database.rows(CATALOGUE[database.dialect])}
    # FTS5 keeps its index in tables of its own, and so do views that sum slots
    inner = {name for name in found if any(name.startswith(f"{table}_") for table in DERIVED)}
    searched = {name for name in DERIVED if name.endswith("_fts")}
    known = {*VERSIONED, *UNREAD, *DERIVED} - (searched if database.dialect == "postgres" else set())
    assert found - inner == known
    assert set().union(*DERIVED.values()) <= set(VERSIONED)


@pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)
async def test_derived_tables_change_with_their_sources(database: Database) -> None:
    triggers = await database.rows("select tbl_name, sql from sqlite_master where type = 'trigger'")
    # the tables whose triggers write a table, over tables that triggers write
    writers = {
        table: {of for of, sql in triggers if re.search(rf"(into|update|delete from) {table}\b", sql, re.IGNORECASE)}
        for table in DERIVED
    }
    for table, sources in DERIVED.items():
        while inner := writers[table] & set(DERIVED):
            writers[table] = writers[table].difference(inner).union(*(writers[one] for one in inner))
        assert writers[table] <= set(sources), table
        assert writers[table], table


async def test_every_table_has_its_triggers(database: Database) -> None:
    if database.dialect == "sqlite":
        sql = (
            "select tbl_name, count(*) from sqlite_master where type = 'trigger' and name like '%_version_%' group by 1"
        )
        wanted = dict.fromkeys(VERSIONED, 3)
    else:
        # of each statement (not row), after it: bits 2 to 5 are insert, delete, update, truncate
        sql = "select tgrelid::regclass::text, tgtype & 127 from pg_trigger where tgfoid = 'table_changed'::regproc"
        wanted = dict.fromkeys(VERSIONED, 0b111100)
    assert dict(await database.rows(sql)) == wanted


async def test_changes_of_every_kind(database: Database, other: Database) -> None:
    before = await now(database)
    await run(other, TEAM.replace("?1", "'One'"))
    assert await changed(database, before) == {"team"}
    before = await now(database)
    await run(other, "update team set name = 'Two'")
    assert await changed(database, before) == {"team"}
    before = await now(database)
    await run(database, "delete from team")
    # PostgreSQL asks the tables that point here as well, row or no row
    pointing = {"member", "need", "escalation", "escalation_answer", "team_product"}
    assert {"team"} <= await changed(database, before) <= {"team", *pointing}


async def test_what_a_deletion_takes_along(database: Database, other: Database) -> None:
    await run(
        other,
        "insert into complaint (id, source, external_id, content_hash, text, channel, occurred_at, received_at, week)"
        " values (1, 's', 'e', 'h', 'It broke.', 'email', 1, 1, 1)",
        "insert into span (id, complaint_id, start_offset, end_offset, kind, score) values (1, 1, 0, 2, 'PAIN', 1)",
        TEAM.replace("?1", "'One'"),
        "insert into member (name, team_id, created_at) select 'Ada', id, 1 from team",
    )
    before = await now(database)
    await run(other, "delete from complaint", "delete from team")
    # a foreign key that cascades, and one that sets null
    assert await changed(database, before) >= {"complaint", "span", "team", "member"}


@pytest.mark.parametrize("dialect", ["postgres"], indirect=True)
async def test_a_truncated_table(database: Database, other: Database) -> None:
    before = await now(database)
    await run(other, "truncate claim")
    assert await changed(database, before) == {"claim"}


async def test_nothing_changed(database: Database, other: Database) -> None:
    before = await now(database)
    assert await now(database) is before
    await run(other, EVENT)
    await other.rows("select * from team")
    # something was committed, but nothing that the graph reads
    assert await now(database) is before
    with contextlib.suppress(KeyError):
        async with other.transaction() as transaction:
            await transaction.execute(TEAM.replace("?1", "'One'"))
            raise KeyError
    assert await now(database) is before


async def test_what_is_not_committed_is_not_seen(database: Database, other: Database) -> None:
    before = await now(database)
    async with other.transaction() as transaction:
        await transaction.execute(TEAM.replace("?1", "'One'"))
        assert await now(database) is before
        assert await now(other) is not None
    assert await changed(database, before) == {"team"}


async def test_a_change_is_seen_once_it_is_committed(database: Database, other: Database) -> None:
    """Whoever commits finds another stamp afterwards, however many ask and commit at the same time."""

    async def write(mine: Database, name: str) -> None:
        for index in range(20):
            before = await now(database)

            async def work(transaction: Transaction, index: int = index) -> None:
                await transaction.execute(TEAM, (f"{name} {index}",))

            await mine.retrying(work)
            after = await now(database)
            assert not before.agrees(after, ["team"])
            assert after.versions["team"] > before.versions.get("team", 0)

    await asyncio.gather(*(write(mine, f"{name}") for name, mine in enumerate([database, other, database, other])))
    assert await database.value("select count(*) from team") == 80


@pytest.mark.parametrize("dialect", ["postgres"], indirect=True)
async def test_writers_do_not_wait_for_one_another(database: Database, other: Database) -> None:
    async with asyncio.timeout(4), database.transaction() as one, other.transaction() as two:
        # crosswise, which would be a deadlock if a table had one row for all
        await one.execute(TEAM, ("One",))
        await two.execute("insert into customer (external_id, created_at) values ('two', 1)")
        await one.execute("insert into customer (external_id, created_at) values ('one', 1)")
        await two.execute(TEAM, ("Two",))
        assert await one.value("select count(distinct objid) from pg_locks where locktype = 'advisory'") == 2


@pytest.mark.parametrize("dialect", ["postgres"], indirect=True)
async def test_writers_in_the_same_slot(database: Database, other: Database) -> None:
    """Process numbers may share a slot; the second to come takes the next one."""
    async with database.transaction() as one, other.transaction() as two:
        slot = await two.value("select pg_backend_pid() % 64")
        assert await one.value("select pg_try_advisory_xact_lock(1853579361, ?1)", (slot,))
        await two.execute(TEAM, ("Two",))
    assert await database.rows("select slot, n from table_version where name = 'team'") == [(slot + 1, 1)]


@pytest.mark.parametrize("dialect", ["postgres"], indirect=True)
async def test_a_lost_connection_begins_a_new_era(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watch, "PAUSE_SECONDS", 0.0)
    before = await now(database)
    async with database.transaction() as transaction:
        ended = "select count(pg_terminate_backend(pid)) from pg_stat_activity where query like '%pg_current_snapshot%' and pid <> pg_backend_pid()"
        assert await transaction.value(ended) == 1
    assert await database.stamp() is None
    after = await now(database)
    assert after.versions == before.versions
    assert not after.agrees(before, ["team"])


async def test_a_database_without_versions(blank_url: str) -> None:
    database = await Database.open(blank_url, pool=1)
    try:
        assert await database.stamp() is None
    finally:
        await database.close()


class SlowConnection:
    """Tells the number of the question when it is let go."""

    def __init__(self) -> None:
        self.asked = 0
        self.go = asyncio.Semaphore(0)

    async def prepare(self, sql: str) -> SlowConnection:
        return self

    async def fetchrow(self, seen: str | None) -> tuple[str, str]:
        self.asked += 1
        answer = str(self.asked)
        await self.go.acquire()
        return answer, f'{{"team": {answer}}}'

    async def close(self, timeout: float) -> None:  # noqa: ASYNC109
        self.go.release()


async def test_a_question_under_way_is_not_shared() -> None:
    connection = SlowConnection()

    async def connect() -> Any:
        return connection

    watch = PostgresWatch(connect)
    first = asyncio.create_task(watch.stamp())
    while not connection.asked:  # noqa: ASYNC110 the fake has no event to wait for
        await asyncio.sleep(0)
    # these come after the first question was sent: one question answers them both, but not that one
    late = [asyncio.create_task(watch.stamp()) for _ in range(2)]
    impatient = asyncio.create_task(watch.stamp())
    await asyncio.sleep(0)
    impatient.cancel()
    connection.go.release()
    connection.go.release()
    one, *two = [stamp.versions["team"] for stamp in await asyncio.gather(first, *late) if stamp]
    assert (one, two, connection.asked) == (1, [2, 2], 2)
    # whoever still waits when it closes is told that nothing is known
    left = asyncio.create_task(watch.stamp())
    await asyncio.sleep(0)
    await watch.close()
    assert await left is None


def test_tables_in_a_statement() -> None:
    sql = "select 'customer', t1.need_id from complaint t1 left join need_fts f on f.id = 'it''s span' join(evidence e)"
    assert tables_in(sql) == {"complaint", "need", "evidence"}
