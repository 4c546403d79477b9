from __future__ import annotations

import asyncio
import logging
import sqlite3
import threading
import time
from pathlib import Path

import asyncpg
import pytest

from nobodyasked.models import database as module
from nobodyasked.models.database import Database
from nobodyasked.models.engines import sqlite
from nobodyasked.models.engines.faults import (
    Contended,
    Damaged,
    Fault,
    Full,
    Lost,
    Violation,
    from_asyncpg,
    from_sqlite,
)
from nobodyasked.models.errors import Busy, Invalid, Refusal

INSERT = "INSERT INTO team (name, created_at) VALUES (?1, 0) RETURNING id"
SECRET = "kept-to-ourselves"


async def add_team(database: Database, name: str) -> int:
    return await database.retrying(lambda transaction: transaction.value(INSERT, (name,)))


async def teams(database: Database) -> list[str]:
    return [name for (name,) in await database.rows("SELECT name FROM team ORDER BY id")]


async def test_a_read_sees_what_was_committed(database: Database) -> None:
    team = await add_team(database, "checkout")
    sql = database.sql("SELECT name FROM team WHERE id = ?1")
    assert await database.value(sql, (team,)) == "checkout"
    assert await database.value(sql, (team,), quick=True) == "checkout"
    assert [tuple(row) for row in await database.rows("SELECT id, name FROM team")] == [(team, "checkout")]


async def test_no_row_is_none(database: Database) -> None:
    assert await database.value("SELECT id FROM team") is None
    assert await database.value("SELECT id FROM team", quick=True) is None
    assert await database.rows("SELECT id FROM team") == []


@pytest.mark.parametrize("quick", [False, True])
async def test_what_fails_is_rolled_back(database: Database, quick: bool) -> None:
    async def work() -> None:
        async with database.transaction(quick=quick) as transaction:
            await transaction.execute("INSERT INTO team (name, created_at) VALUES ('a', 0)")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await work()
    assert await teams(database) == []
    await add_team(database, "b")
    assert await teams(database) == ["b"]


@pytest.mark.parametrize("quick", [False, True])
async def test_a_cancelled_transaction_is_rolled_back(database: Database, quick: bool) -> None:
    started = asyncio.Event()

    async def work() -> None:
        async with database.transaction(quick=quick) as transaction:
            await transaction.execute("INSERT INTO team (name, created_at) VALUES ('a', 0)")
            started.set()
            await asyncio.sleep(60)

    task = asyncio.create_task(work())
    await started.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await add_team(database, "b")
    assert await teams(database) == ["b"]


SLOW = {
    "sqlite": "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000000000) SELECT COUNT(*) FROM n",
    "postgres": "SELECT pg_sleep(60)",
}


async def test_a_cancelled_statement_stops(database: Database) -> None:
    began = time.monotonic()
    for _ in range(6):  # more than there are threads or connections
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.1):
                await database.value(SLOW[database.dialect])
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.1), database.transaction() as transaction:
            await transaction.value(SLOW[database.dialect])
    assert await add_team(database, "a")
    assert await teams(database) == ["a"]
    assert time.monotonic() - began < 20


async def test_reads_do_not_wait_for_a_transaction(database: Database) -> None:
    async with database.transaction() as transaction:
        await transaction.execute("INSERT INTO team (name, created_at) VALUES ('a', 0)")
        async with asyncio.timeout(5):
            assert await teams(database) == []
    assert await teams(database) == ["a"]


@pytest.mark.parametrize("quick", [False, True])
async def test_reading_connections_cannot_write(database: Database, quick: bool) -> None:
    with pytest.raises(Fault):
        await database.rows("INSERT INTO team (name, created_at) VALUES ('a', 0)", quick=quick)
    with pytest.raises(Fault):
        await database.rows("DELETE FROM team", quick=quick)
    assert await teams(database) == []


async def test_faults_tell_neither_sql_nor_values(database: Database, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    await add_team(database, SECRET)
    with pytest.raises(Violation) as violation:
        await add_team(database, SECRET)
    with pytest.raises(Fault) as fault:
        await database.value(f"SELECT nothing FROM nowhere WHERE name = '{SECRET}'")
    for caught in (violation, fault):
        assert SECRET not in str(caught.value)
        assert "SELECT" not in str(caught.value)
        assert caught.value.__cause__ is None
        assert caught.value.__suppress_context__
    assert SECRET not in caplog.text


@pytest.mark.parametrize("value", [1 << 70, "half \ud83d"])
async def test_values_that_no_database_takes(database: Database, value: object) -> None:
    kind = "bigint" if isinstance(value, int) else "text"
    with pytest.raises(Fault):
        await database.value(database.sql(f"SELECT CAST(?1 AS {kind})"), (value,))
    assert await database.value("SELECT 1") == 1


async def test_many_rows_at_once(database: Database) -> None:
    rows = [(f"team {index}", index) for index in range(1_234)]
    columns = {"name": "text", "created_at": "bigint"}
    async with database.transaction() as transaction:
        written = await transaction.insert("team", columns, rows, returning="name, created_at")
        assert sorted(map(tuple, written)) == sorted(rows)
        conflict = "ON CONFLICT (name) DO NOTHING"
        again = await transaction.insert("team", columns, [*rows[:3], ("new", 7)], conflict=conflict, returning="name")
        assert list(map(tuple, again)) == [("new",)]
        assert await transaction.insert("team", columns, []) == []
        table, parameters = transaction.table("t", {"name": "text", "at": "bigint"}, rows[:5])
        sql = f"SELECT team.name FROM {table} JOIN team ON team.name = t.name AND team.created_at = t.at"
        assert len(await transaction.rows(sql, parameters)) == 5
        among = transaction.among("created_at", "?1")
        assert await transaction.execute(f"DELETE FROM team WHERE {among}", (transaction.listed([1, 2, 9999]),)) == 2


async def test_transactions_take_turns(database: Database) -> None:
    await add_team(database, "0")

    async def increment() -> None:
        async def work(transaction: module.Transaction) -> None:
            rows = await transaction.rows(f"SELECT id, name FROM team{transaction.for_update}")
            await asyncio.sleep(0)
            await transaction.execute("UPDATE team SET name = ?1 WHERE id = ?2", (str(int(rows[0][1]) + 1), rows[0][0]))

        await database.retrying(work)

    await asyncio.gather(*(increment() for _ in range(20)))
    assert await teams(database) == ["20"]


async def test_counting(database: Database) -> None:
    with database.counting() as outer:
        await database.value("SELECT 1")
        with database.counting() as inner:
            await add_team(database, "a")
        await database.rows("SELECT 2", quick=True)
    await database.value("SELECT 3")
    assert [sql for sql in outer.statements if "SELECT" in sql] == ["SELECT 1", "SELECT 2"]
    audited = database.dialect == "sqlite"  # its log is written by a statement, PostgreSQL's by a trigger
    assert inner.count == 3 + audited
    assert INSERT in inner.statements
    assert outer.count == 5 + audited


async def test_whoever_wants_to_know_hears_of_commits(database: Database) -> None:
    heard: list[int] = []
    database.after_commit(lambda: heard.append(1))
    await add_team(database, "a")
    await database.value("SELECT 1")
    with pytest.raises(Violation):
        await add_team(database, "a")
    assert heard == [1]


async def test_contention_is_tried_again(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PAUSE_SECONDS", 0.0)
    attempts = 0

    async def work(transaction: module.Transaction) -> int:
        nonlocal attempts
        attempts += 1
        await transaction.value(INSERT, (f"team {attempts}",))
        if attempts < 3:
            raise Contended("40P01")
        return attempts

    assert await database.retrying(work) == 3
    assert await teams(database) == ["team 3"]


@pytest.mark.parametrize(
    ("fault", "times"), [(Contended("40001"), module.ATTEMPTS), (Lost("08006"), 1), (Fault("42601"), 1)]
)
async def test_retries_are_bounded(
    database: Database, monkeypatch: pytest.MonkeyPatch, fault: Fault, times: int
) -> None:
    monkeypatch.setattr(module, "PAUSE_SECONDS", 0.0)
    attempts = 0

    async def work(_: module.Transaction) -> None:
        nonlocal attempts
        attempts += 1
        raise fault

    with pytest.raises(Busy if isinstance(fault, Contended) else Fault):
        await database.retrying(work)
    assert attempts == times


async def test_a_write_aside(database: Database, caplog: pytest.LogCaptureFixture) -> None:
    async def bad(_: module.Transaction) -> None:
        raise Fault("42601")

    database.aside(lambda transaction: transaction.value(INSERT, ("a",)))
    database.aside(bad)
    await asyncio.wait(database._asides)
    assert await teams(database) == ["a"]
    assert "given up" in caplog.text


@pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)
async def test_another_process_holds_the_write_lock(database: Database, database_url: str) -> None:
    other = sqlite3.connect(database_url.removeprefix("sqlite:///"), isolation_level=None)
    try:
        other.execute("BEGIN IMMEDIATE")
        waiting = asyncio.create_task(add_team(database, "a"))
        await asyncio.sleep(0.1)
        # the event loop is free while the write waits, and reads go on
        assert await teams(database) == []
        assert not waiting.done()
        other.execute("COMMIT")
        await waiting
    finally:
        other.close()
    assert await teams(database) == ["a"]


@pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)
async def test_a_lock_that_is_never_given_back(
    database: Database, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("nobodyasked.models.engines.sqlite.LOCK_WAIT_SECONDS", 0.05)
    monkeypatch.setattr(module, "PAUSE_SECONDS", 0.0)
    other = sqlite3.connect(database_url.removeprefix("sqlite:///"), isolation_level=None)
    try:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(Busy):
            await add_team(database, "a")
    finally:
        other.close()
    assert await add_team(database, "a")


@pytest.mark.parametrize("dialect", ["postgres"], indirect=True)
async def test_broken_connections_are_replaced(database: Database, database_url: str) -> None:
    await asyncio.gather(*(database.value("SELECT pg_sleep(0.05)") for _ in range(4)))
    await add_team(database, "a")
    other = await asyncpg.connect(database_url)
    try:
        kill = (
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        await other.execute(kill)
        assert await teams(database) == ["a"]
        await other.execute(kill)
        await add_team(database, "b")
        assert await teams(database) == ["a", "b"]
    finally:
        await other.close()


@pytest.mark.parametrize("dialect", ["postgres"], indirect=True)
async def test_a_connection_that_breaks_in_a_transaction(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PAUSE_SECONDS", 0.0)
    attempts = 0

    async def work(transaction: module.Transaction) -> None:
        nonlocal attempts
        attempts += 1
        await transaction.value(INSERT, (f"team {attempts}",))
        if attempts == 1:
            await transaction.value("SELECT pg_terminate_backend(pg_backend_pid())")

    await database.retrying(work)
    assert await teams(database) == ["team 2"]


@pytest.mark.parametrize("dialect", ["postgres"], indirect=True)
async def test_a_connection_that_breaks_after_its_last_statement(database: Database, database_url: str) -> None:
    other = await asyncpg.connect(database_url)

    async def work(transaction: module.Transaction) -> None:
        pid = await transaction.value("SELECT pg_backend_pid()")
        await transaction.value(INSERT, ("a",))
        await other.execute("SELECT pg_terminate_backend($1)", pid)
        await asyncio.sleep(0.2)

    try:
        # whether the commit went through cannot be known here, so it is not simply done again
        with pytest.raises(Busy, match="broke"):
            await database.retrying(work)
    finally:
        await other.close()
    assert await teams(database) == []
    assert await add_team(database, "a")


@pytest.mark.parametrize("dialect", ["postgres"], indirect=True)
async def test_a_circle_of_locks_is_broken(database: Database) -> None:
    one, two = await add_team(database, "one"), await add_team(database, "two")
    both = asyncio.Barrier(2)
    first_time = {one: True, two: True}

    async def take(mine: int, other: int) -> None:
        async def work(transaction: module.Transaction) -> None:
            await transaction.execute("UPDATE team SET created_at = created_at + 1 WHERE id = ?1", (mine,))
            if first_time[mine]:
                first_time[mine] = False
                await both.wait()
            await transaction.execute("UPDATE team SET created_at = created_at + 1 WHERE id = ?1", (other,))

        await database.retrying(work)

    await asyncio.gather(take(one, two), take(two, one))
    assert [at for (at,) in await database.rows("SELECT created_at FROM team")] == [2, 2]


@pytest.mark.parametrize("dialect", ["postgres"], indirect=True)
async def test_sessions_are_as_they_should_be(database: Database) -> None:
    assert await database.value("SHOW timezone") == "UTC"
    assert await database.value("SHOW jit") == "off"


@pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)
async def test_files_are_tidy_after_closing(database_url: str) -> None:
    path = Path(database_url.removeprefix("sqlite:///"))
    opened = await Database.open(database_url)
    await add_team(opened, "a")
    assert await opened.value("PRAGMA journal_mode") == "wal"
    await opened.close()
    assert [file.name for file in path.parent.iterdir()] == [path.name]
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("sqlite-")]
    with pytest.raises(RuntimeError):
        await opened.value("SELECT 1")


@pytest.mark.parametrize(
    "url",
    [
        "",
        "nobodyasked.db",
        "mysql://localhost/x",
        "sqlite://nobodyasked.db",
        "sqlite:///",
        "sqlite:///:memory:",
        "sqlite://host/x.db",
    ],
)
async def test_bad_addresses(url: str) -> None:
    with pytest.raises(Invalid) as refusal:
        await Database.open(url)
    assert refusal.value.path == ("database_url",)


async def test_nobody_answers(tmp_path: Path) -> None:
    with pytest.raises(Busy) as refusal:
        await Database.open(f"postgresql://user:{SECRET}@localhost/x?host={tmp_path}")
    assert SECRET not in refusal.value.message
    (tmp_path / "text.db").write_text("this is no database at all, it is a text " * 100)
    with pytest.raises(Refusal):
        await Database.open(f"sqlite:///{tmp_path}/text.db")
    with pytest.raises(Refusal):
        await Database.open(f"sqlite:///{tmp_path}/text.db/inside.db")


@pytest.mark.parametrize("dialect", ["postgres"], indirect=True)
async def test_no_such_database(database_url: str) -> None:
    with pytest.raises(Refusal, match="3D000"):
        await Database.open(database_url.replace("/test_", "/nowhere_"))


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (asyncpg.DeadlockDetectedError("x"), Contended),
        (asyncpg.SerializationError("x"), Contended),
        (asyncpg.LockNotAvailableError("x"), Contended),
        (asyncpg.AdminShutdownError("x"), Contended),
        (asyncpg.CannotConnectNowError("x"), Contended),
        (asyncpg.TooManyConnectionsError("x"), Contended),
        (asyncpg.ConnectionDoesNotExistError("x"), Contended),
        (asyncpg.InterfaceError("connection is closed"), Contended),
        (asyncpg.InternalClientError("cannot switch to state 15"), Contended),
        (ConnectionResetError(), Contended),
        (TimeoutError(), Contended),
        (asyncpg.UniqueViolationError("x"), Violation),
        (asyncpg.ForeignKeyViolationError("x"), Violation),
        (asyncpg.QueryCanceledError("x"), Fault),
        (asyncpg.UndefinedTableError("x"), Fault),
        (asyncpg.InterfaceError("wrong number of arguments"), Fault),
        (ValueError("x"), Fault),
    ],
)
def test_faults_of_asyncpg(error: Exception, kind: type[Fault]) -> None:
    assert type(from_asyncpg(error)) is kind


@pytest.mark.parametrize(
    ("code", "error", "kind"),
    [
        (sqlite3.SQLITE_BUSY, sqlite3.OperationalError, Contended),
        (sqlite3.SQLITE_BUSY_SNAPSHOT, sqlite3.OperationalError, Contended),
        (sqlite3.SQLITE_LOCKED, sqlite3.OperationalError, Contended),
        (sqlite3.SQLITE_CONSTRAINT_UNIQUE, sqlite3.IntegrityError, Violation),
        (sqlite3.SQLITE_FULL, sqlite3.OperationalError, Full),
        (sqlite3.SQLITE_CORRUPT, sqlite3.DatabaseError, Damaged),
        (sqlite3.SQLITE_INTERRUPT, sqlite3.OperationalError, Fault),
        (None, sqlite3.ProgrammingError, Fault),
    ],
)
def test_faults_of_sqlite(code: int | None, error: type[sqlite3.Error], kind: type[Fault]) -> None:
    raised = error(SECRET)
    if code is not None:
        raised.sqlite_errorcode = code
    fault = from_sqlite(raised)
    assert type(fault) is kind
    assert SECRET not in str(fault)


COUNT = "with recursive c(n) as (select 1 union all select n + 1 from c where n < {}) select count(*) from c"


@pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)
async def test_what_turns_out_to_be_slow_leaves_the_event_loop(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite, "QUICK_STEPS", 10_000)
    monkeypatch.setattr(sqlite, "QUICK_SECONDS", 0.0)
    database = await Database.open(database_url, pool=1)
    try:
        assert database.value_at_once is not None
        assert database.value_at_once(COUNT.format(10), ()) == 10
        with pytest.raises(Fault, match="INTERRUPT"):
            database.value_at_once(COUNT.format(100_000), ())
        assert await database.value(COUNT.format(100_000), quick=True) == 100_000
        assert await database.value(COUNT.format(10), quick=True) == 10
    finally:
        await database.close()


@pytest.mark.parametrize("dialect", ["postgres"], indirect=True)
async def test_a_statement_that_reads_too_long_is_given_up(database_url: str) -> None:
    database = await Database.open(database_url, pool=1, read_seconds=0.1)
    try:
        with pytest.raises(Fault):
            await database.value("select pg_sleep(20)")
        assert await database.value("select 1") == 1
    finally:
        await database.close()
