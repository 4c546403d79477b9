"""What goes wrong around the server: it is killed, the disk is full, the database goes away, clocks jump."""

from __future__ import annotations

import asyncio
import signal
import sqlite3
import sys
import time
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import pytest
from starlette.applications import Starlette

from nobodyasked.models.actor import Actor
from nobodyasked.models.commands import audit, complaints, events, outbox, runs, tokens
from nobodyasked.models.commands.complaints import ComplaintDraft, Submitted
from nobodyasked.models.database import Database
from nobodyasked.models.engines import postgres as connections
from nobodyasked.models.engines.sqlite import SqliteEngine
from nobodyasked.models.errors import Busy, NoSpace, Refusal
from nobodyasked.models.queries import audit as log
from nobodyasked.models.team import Role
from nobodyasked.server.settings import Settings

from ..live import LiveServer
from ..postgres import Postgres
from .fakes import reached

OPERATOR = Actor.operator()
FULL = Path("/dev/full")
ALWAYS_FULL = FULL.exists()
"""Whether this system has a file without room."""
SUBMIT = """mutation ($input: ComplaintSubmitInput!) {
  complaintSubmit(input: $input) { complaint { id } userErrors { code } } }"""
IMPORT = """mutation ($input: ComplaintsImportInput!) {
  complaintsImport(input: $input) { createdCount knownCount userErrors { code } } }"""
START = "mutation { inferenceStart(input: {}) { inferenceRun { id } userErrors { code message } } }"
TEAMS = "{ teams(first: 5) { totalCount nodes { name } } }"
CREATE = 'mutation { teamCreate(input: { name: "A" }) { team { id } userErrors { code } } }'
# a process that is killed while its migration is half done
MIGRATE = """
import asyncio, os, signal, sys
from nobodyasked.models import migrator
from nobodyasked.models.database import Database

real, sent = migrator.PerDialect._send, []

async def half(self, statements, editor):
    if editor is not None:
        sent.append(self)
        if len(sent) == 2:
            os.kill(os.getpid(), signal.SIGKILL)
    await real(self, statements, editor)

migrator.PerDialect._send = half

async def main():
    database = await Database.open(sys.argv[1], pool=1)
    await database.migrate()

asyncio.run(main())
"""


def draft(key: str) -> ComplaintDraft:
    return ComplaintDraft(f"The zip broke again ({key}).", "mail", "shop", key)


async def verified(database: Database) -> int:
    """How many entries the audit log holds, which is whole."""
    await audit.seal_all(database)
    verdict = await log.verify(database)
    assert verdict.wrong is None
    return verdict.entries


def asked(url: str, statement: str) -> list[tuple]:
    """The rows of one statement, apart from the server."""

    async def ask() -> list[tuple]:
        database = await Database.open(url, pool=1)
        try:
            async with database.transaction() as transaction:
                return list(map(tuple, await transaction.rows(statement)))
        finally:
            await database.close()

    return asyncio.run(ask())


def test_a_server_that_is_killed_comes_back(tmp_path: Path, database_url: str) -> None:
    """While it takes complaints, one by one and many at once, and a run is under way.

    What it acknowledged is there once, of what it did not acknowledge all or nothing; the run is not left RUNNING.
    """
    server = LiveServer(tmp_path, database_url=database_url).wait()
    told: list[str] = []
    sent: list[list[dict[str, str]]] = []
    headers = {"Authorization": f"Bearer {server.token}"}

    def ask(client: httpx.Client, query: str, **variables: object) -> dict[str, object]:
        answer = client.post(server.graphql_url, json={"query": query, "variables": variables}, headers=headers)
        return answer.json()["data"]

    def submit(worker: int) -> None:
        with httpx.Client(timeout=20) as client:
            for index in range(10_000):
                key = f"{worker}-{index}"
                given = {"text": f"The zip broke ({key}).", "channel": "mail", "source": "live", "externalId": key}
                try:
                    ask(client, SUBMIT, input=given)
                except (httpx.HTTPError, ValueError):
                    return
                told.append(key)

    def bulk() -> None:
        with httpx.Client(timeout=20) as client:
            for index in range(1_000):
                keys = [f"bulk-{index}-{row}" for row in range(40)]
                sent.append(
                    [{"text": f"The sole came off ({key}).", "source": "live", "externalId": key} for key in keys]
                )
                try:
                    ask(client, IMPORT, input={"rows": sent[-1]})
                except (httpx.HTTPError, ValueError):
                    return
                told.extend(keys)

    with ThreadPoolExecutor(4) as threads:
        try:
            for worker in range(3):
                threads.submit(submit, worker)
            threads.submit(bulk)
            with httpx.Client(timeout=20) as client:
                assert ask(client, START)["inferenceStart"]["userErrors"] == []  # type: ignore[index]
            deadline = time.monotonic() + 30
            while (
                asked(database_url, "SELECT status FROM inference_run") != [("RUNNING",)]
                or len(told) < 30
                or len(sent) < 3
            ):
                assert time.monotonic() < deadline
                time.sleep(0.01)
        finally:
            server.process.kill()
    server.stop()
    # as if it had been dead for a while
    asked(database_url, "UPDATE inference_run SET heartbeat_at = heartbeat_at - 60000 RETURNING id")
    again = LiveServer(tmp_path, database_url=database_url).wait()
    try:
        keys = [key for (key,) in asked(database_url, "SELECT external_id FROM complaint")]
        ((status, failure),) = asked(database_url, "SELECT status, failure FROM inference_run")
        ((counted,),) = asked(database_url, "SELECT sum(complaints) FROM complaint_channel")
        if database_url.startswith("sqlite"):
            assert asked(database_url, "PRAGMA quick_check") == [("ok",)]
        assert set(told) <= set(keys)
        assert len(keys) == len(set(keys)) == counted <= len(told) + 3 + 40
        assert sum(key.startswith("bulk") for key in keys) % 40 == 0
        assert status == "FAILED"
        assert "cut off" in failure
        with httpx.Client(timeout=20) as client:
            answer = client.post(again.graphql_url, json={"query": START}, headers=headers).json()
            assert answer["data"]["inferenceStart"]["userErrors"] == []
            # whoever heard nothing sends it again
            payload = client.post(
                again.graphql_url, json={"query": IMPORT, "variables": {"input": {"rows": sent[-1]}}}, headers=headers
            ).json()["data"]["complaintsImport"]
            assert payload["createdCount"] + payload["knownCount"] == 40
    finally:
        assert again.stop() == 0


async def test_a_migration_that_is_killed_is_taken_from_the_start(blank_url: str) -> None:
    process = await asyncio.create_subprocess_exec(sys.executable, "-P", "-c", MIGRATE, blank_url)
    assert await process.wait() == -signal.SIGKILL
    database = await Database.open(blank_url, pool=1)
    try:
        waiting = await database.pending_migrations()
        assert waiting
        assert await database.migrate() == waiting
        await complaints.submit(database, OPERATOR, draft("1"))
        assert await verified(database) == 1
    finally:
        await database.close()


@pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)
async def test_a_full_disk_changes_nothing(database: Database) -> None:
    await complaints.submit(database, OPERATOR, draft("before"))
    writer = database._engine._writer  # type: ignore[attr-defined]
    ((pages,),) = writer.execute("PRAGMA page_count").fetchall()
    writer.execute(f"PRAGMA max_page_count = {pages + 10}").fetchall()
    many = [draft(f"{index} {'x' * 500}"[:250]) for index in range(2_000)]
    with pytest.raises(NoSpace, match="disk is full"):
        await complaints.import_rows(database, OPERATOR, many)
    assert await database.value("SELECT count(*) FROM complaint") == 1
    assert await verified(database) == 1
    # what waited for the same commit hears of it as well
    ended = await asyncio.gather(*(complaints.submit(database, OPERATOR, one) for one in many), return_exceptions=True)
    assert {type(one) for one in ended} <= {NoSpace, Submitted}
    assert NoSpace in {type(one) for one in ended}
    written = sum(isinstance(one, Submitted) for one in ended)
    assert await database.value("SELECT count(*) FROM complaint") == 1 + written
    # with room again it goes on
    writer.execute("PRAGMA max_page_count = 1000000").fetchall()
    await complaints.import_rows(database, OPERATOR, [draft("after")])
    assert await database.value("SELECT count(*) FROM complaint WHERE external_id IN ('before', 'after')") == 2
    await verified(database)


@pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)
async def test_a_log_that_cannot_be_written_into_the_file_fails_no_change(
    database: Database, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The disk may be full then, after the commit."""
    monkeypatch.setattr("nobodyasked.models.engines.sqlite.ROWS_PER_CHECKPOINT", 1)
    monkeypatch.setattr("nobodyasked.models.engines.sqlite.SCRUB_PAUSE_SECONDS", 0.0)
    writer = database._engine._writer  # type: ignore[attr-defined]

    def deny(_: int, name: str | None, *__: str | None) -> int:
        return sqlite3.SQLITE_DENY if name == "wal_checkpoint" else sqlite3.SQLITE_OK

    writer.set_authorizer(deny)
    assert (await complaints.submit(database, OPERATOR, draft("1"))).created
    assert not await database.scrub()
    writer.set_authorizer(None)
    assert (await complaints.submit(database, OPERATOR, draft("2"))).created
    assert await database.scrub()
    assert await database.value("SELECT count(*) FROM complaint") == 2
    await database.close()
    said = [record.getMessage() for record in caplog.records if record.name.startswith("nobodyasked")]
    assert said == ["the write-ahead log stays as it is for now (SQLITE_AUTH)"]


@asynccontextmanager
async def full(app: Starlette, url: str, data: Path) -> AsyncIterator[None]:
    """No room for the server's changes: its SQLite may take no more pages; PostgreSQL's file of events, which every
    change grows, leads to /dev/full, where the system says ENOSPC as a full disk does."""
    engine = app.state.services.context(OPERATOR, "").database._engine
    if isinstance(engine, SqliteEngine):
        assert engine._writer is not None
        ((pages,),) = engine._writer.execute("PRAGMA page_count").fetchall()
        engine._writer.execute(f"PRAGMA max_page_count = {pages}").fetchall()
        yield
        engine._writer.execute("PRAGMA max_page_count = 1000000").fetchall()
        return
    if not ALWAYS_FULL:
        pytest.skip("this system has no /dev/full")
    admin = await asyncpg.connect(url)
    try:
        # a new, empty file, which no connection has open yet
        await admin.execute("TRUNCATE event")
        file = data / await admin.fetchval("SELECT pg_relation_filepath('event')")
        file.unlink()
        file.symlink_to(FULL)
        yield
        await admin.execute("TRUNCATE event")
    finally:
        await admin.close()


async def test_a_full_disk_is_told_and_over_once_there_is_room(
    database: Database, database_url: str, postgres: Postgres, tmp_path: Path
) -> None:
    secret, _ = await tokens.create(database, member_name="Ann", role=Role.ADMIN)
    settings = Settings(database_url=database_url, data_dir=tmp_path, embedder="hashed", worker=False, alert_seconds=0)
    async with reached(settings) as (client, app):
        client.headers["Authorization"] = f"Bearer {secret}"

        async def bring(key: str) -> httpx.Response:
            rows = [
                {"text": f"The zip broke again ({key} {n}).", "source": "s", "externalId": f"{key} {n}"}
                for n in range(300)
            ]
            return await client.post("/graphql", json={"query": IMPORT, "variables": {"input": {"rows": rows}}})

        async def ready() -> tuple[int, dict[str, Any]]:
            answer = await client.get("/readyz")
            return answer.status_code, answer.json()["checks"]["writes"]

        assert (await bring("before")).json()["data"]["complaintsImport"]["createdCount"] == 300
        assert await ready() == (200, {"ok": True})
        async with full(app, database_url, postgres.data):
            for _ in range(2):
                refused = await bring("meanwhile")
                assert (refused.status_code, refused.headers["retry-after"]) == (503, "1")
                (error,) = refused.json()["errors"]
                assert error["extensions"] == {"code": "NO_SPACE", "retryAfter": 1}
                assert "disk is full. Nothing was changed" in error["message"]
                # as long as it is so, and without anybody who tries to write
                assert await ready() == (503, {"ok": False, "problem": "the database's disk is full: make room."})
            assert (await client.get("/livez")).status_code == 200
            assert (await client.post("/graphql", json={"query": TEAMS})).json()["data"]["teams"]["totalCount"] == 0
            assert await database.value("SELECT count(*) FROM complaint") == 300
        assert await ready() == (200, {"ok": True})
        # what was refused is sent again
        assert (await bring("meanwhile")).json()["data"]["complaintsImport"]["createdCount"] == 300
        assert await database.value("SELECT count(*) FROM complaint") == 600
        assert await database.value("SELECT count(*) FROM event WHERE topic = 'NONE'") == 0
        await verified(database)


@pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)
def test_a_damaged_file_is_refused(database_url: str) -> None:
    path = Path(database_url.removeprefix("sqlite:///"))
    whole = path.read_bytes()
    for data in (whole[: len(whole) // 2], whole[:5_000], b"SQLite format 3\x00" + bytes(5_000), bytes(5_000)):
        path.write_bytes(data)
        with pytest.raises(Refusal, match="nobodyasked restore FILE"):
            asyncio.run(Database.open(database_url))
        assert path.read_bytes() == data


async def test_a_database_that_goes_away_and_comes_back(tmp_path: Path) -> None:
    server = Postgres({"fsync": "on", "synchronous_commit": "on"})
    await asyncio.to_thread(server.start)
    try:
        url = await asyncio.to_thread(server.create, "away")
        database = await Database.open(url, pool=2)
        await database.migrate()
        secret, _ = await tokens.create(database, member_name="Ann", role=Role.ADMIN)
        settings = Settings(database_url=url, data_dir=tmp_path, embedder="hashed", worker=False, alert_seconds=0)
        async with reached(settings) as (client, _):
            client.headers["Authorization"] = f"Bearer {secret}"

            async def say(key: str) -> httpx.Response:
                given = {
                    "text": f"The zip broke again ({key}).",
                    "channel": "mail",
                    "source": "shop",
                    "externalId": key,
                }
                return await client.post("/graphql", json={"query": SUBMIT, "variables": {"input": given}})

            assert (await say("before")).json()["data"]["complaintSubmit"]["userErrors"] == []
            await asyncio.to_thread(server._run, "pg_ctl", "-w", "-m", "immediate", "stop")
            refused = await say("meanwhile")
            assert (refused.status_code, refused.headers["retry-after"]) == (503, "1")
            assert refused.json()["errors"][0]["extensions"] == {"code": "BUSY", "retryAfter": 1}
            assert (await client.get("/readyz")).status_code == 503
            assert (await client.get("/livez")).status_code == 200
            with pytest.raises(Busy):
                await database.ping()
            await asyncio.to_thread(server.again)
            assert (await say("meanwhile")).json()["data"]["complaintSubmit"]["userErrors"] == []
            assert (await client.get("/readyz")).status_code == 200
        assert await database.value("SELECT count(*) FROM complaint") == 2
        await verified(database)
        await database.close()
    finally:
        await asyncio.to_thread(server.stop)


@asynccontextmanager
async def held(url: str) -> AsyncIterator[None]:
    """Another process holds what writes need; on PostgreSQL nobody can read teams either."""
    if url.startswith("sqlite"):
        with closing(sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            yield
        return
    other = await asyncpg.connect(url)
    try:
        async with other.transaction():
            await other.execute("LOCK TABLE team, table_version IN ACCESS EXCLUSIVE MODE")
            yield
    finally:
        await other.close()


async def test_a_database_that_others_hold(
    database: Database, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("nobodyasked.models.engines.sqlite.LOCK_WAIT_SECONDS", 0.05)
    monkeypatch.setitem(connections.WRITING, "lock_timeout", "50ms")
    secret, _ = await tokens.create(database, member_name="Ann", role=Role.ADMIN)
    settings = Settings(
        database_url=database_url, data_dir=tmp_path, embedder="hashed", worker=False, alert_seconds=0,
        request_timeout_seconds=0.3,
    )  # fmt: skip
    async with reached(settings) as (client, _):
        client.headers["Authorization"] = f"Bearer {secret}"

        async def ask(query: str) -> httpx.Response:
            return await client.post("/graphql", json={"query": query})

        assert (await ask(TEAMS)).json()["data"]["teams"]["totalCount"] == 0
        async with held(database_url):
            change, read, ready = await asyncio.gather(ask(CREATE), ask(TEAMS), client.get("/readyz"))
            assert (change.status_code, change.headers["retry-after"]) == (503, "1")
            assert change.json()["errors"][0]["extensions"] == {"code": "BUSY", "retryAfter": 1}
            if database.dialect == "postgres":
                # slow, rather than away
                assert (read.status_code, read.json()["errors"][0]["extensions"]["code"]) == (503, "TIMEOUT")
            else:
                assert read.json()["data"]["teams"]["totalCount"] == 0
            assert (ready.status_code, ready.json()["checks"]["writes"]["ok"]) == (503, False)
        assert (await client.get("/readyz")).status_code == 200
        assert (await ask(CREATE)).json()["data"]["teamCreate"]["team"] == {"id": "team_1"}
        assert (await ask(TEAMS)).json()["data"]["teams"]["totalCount"] == 1
        # others hold it for a moment only: nobody is told
        monkeypatch.setattr("nobodyasked.models.engines.sqlite.LOCK_WAIT_SECONDS", 10.0)
        async with held(database_url):
            waiting = asyncio.create_task(ask(CREATE.replace("A", "B")))
            await asyncio.sleep(0.1)
        assert (await waiting).json()["data"]["teamCreate"]["team"] == {"id": "team_2"}


async def test_a_database_out_of_connections(tmp_path: Path) -> None:
    server = Postgres({"max_connections": "16", "superuser_reserved_connections": "0"})
    await asyncio.to_thread(server.start)
    others: list[asyncpg.Connection] = []
    full = False
    try:
        url = await asyncio.to_thread(server.create, "few")
        settings = Settings(
            database_url=url, data_dir=tmp_path, embedder="hashed", worker=False, alert_seconds=0, database_pool=2,
            anonymous_role="READER", response_cache_bytes=0,
        )  # fmt: skip
        async with reached(settings) as (client, _):

            async def ask() -> httpx.Response:
                return await client.post("/graphql", json={"query": TEAMS})

            assert (await ask()).status_code == 200
            admin = await asyncpg.connect(url)
            ours = "FROM pg_stat_activity WHERE application_name = 'nobodyasked'"
            # what the server gives up others take
            async with asyncio.timeout(30):
                while not full or await admin.fetchval(f"SELECT count(*) {ours}"):
                    await admin.execute(f"SELECT pg_terminate_backend(pid) {ours}")
                    try:
                        others.append(await asyncpg.connect(url))
                    except asyncpg.TooManyConnectionsError:
                        full = True
            refused, ready = await asyncio.gather(ask(), client.get("/readyz"))
            assert (refused.status_code, refused.headers["retry-after"]) == (503, "1")
            assert refused.json()["errors"][0]["extensions"]["code"] == "BUSY"
            assert ready.status_code == 503
            for other in [*others, admin]:
                await other.close()
            assert (await ask()).json()["data"]["teams"]["totalCount"] == 0
            assert (await client.get("/readyz")).status_code == 200
    finally:
        await asyncio.to_thread(server.stop)


async def test_clocks_that_jump(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """Order is that of ids and chains, never that of clocks; what waits for a time waits that much longer or shorter."""
    real = time.time_ns
    run_id = await runs.start(database, OPERATOR, {})
    await runs.begin(database, run_id, {})
    for index, hours in enumerate((0, -48, 3, -1)):
        with monkeypatch.context() as clock:
            clock.setattr("time.time_ns", lambda hours=hours: real() + hours * 3_600_000_000_000)
            await complaints.submit(database, OPERATOR, draft(str(index)))
            assert not await runs.beat(database, run_id, "reading", index / 10)
            assert await runs.recover(database, 30_000) == []  # it has just been heard
            assert await outbox.claim(database, webhook=True, email=True) is None
    told = await database.rows("SELECT topic FROM event ORDER BY id")
    assert [topic for (topic,) in told].count("COMPLAINT_RECEIVED") == 4
    assert await events.prune(database, 7 * 86_400_000) == 0
    # the run, its begin and four complaints; signs of life are no change
    assert await verified(database) == 6
    # a clock that went back leaves signs of life in the future: once real time is beyond them, silence tells again
    with monkeypatch.context() as clock:
        clock.setattr("time.time_ns", lambda: real() + 3_600_000_000_000)
        assert await runs.recover(database, 30_000) == [run_id]
