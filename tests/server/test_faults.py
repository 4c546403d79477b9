"""What goes wrong around the server: it is killed, the disk is full, the database goes away, clocks jump."""

from __future__ import annotations

import asyncio
import signal
import sqlite3
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import httpx
import pytest

from nobodyasked.models.actor import Actor
from nobodyasked.models.commands import audit, complaints, events, outbox, runs
from nobodyasked.models.commands.complaints import ComplaintDraft, Submitted
from nobodyasked.models.database import Database
from nobodyasked.models.errors import Busy, NoSpace, Refusal
from nobodyasked.models.queries import audit as log

from ..live import LiveServer
from ..postgres import Postgres

OPERATOR = Actor.operator()
SUBMIT = """mutation ($input: ComplaintSubmitInput!) {
  complaintSubmit(input: $input) { complaint { id } userErrors { code } } }"""
START = "mutation { inferenceStart(input: {}) { inferenceRun { id } userErrors { code message } } }"
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


def test_a_server_that_is_killed_comes_back(tmp_path: Path) -> None:
    """While it takes complaints and a run is under way. What it acknowledged is there once; the run is not left RUNNING."""
    server = LiveServer(tmp_path).wait()
    told: list[str] = []
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

    with ThreadPoolExecutor(3) as threads, closing(sqlite3.connect(tmp_path / "live.db", timeout=20)) as beside:
        try:
            for worker in range(3):
                threads.submit(submit, worker)
            with httpx.Client(timeout=20) as client:
                assert ask(client, START)["inferenceStart"]["userErrors"] == []  # type: ignore[index]
            deadline = time.monotonic() + 30
            while beside.execute("SELECT status FROM inference_run").fetchall() != [("RUNNING",)] or len(told) < 30:
                assert time.monotonic() < deadline
                time.sleep(0.01)
        finally:
            server.process.kill()
    server.stop()
    with closing(sqlite3.connect(tmp_path / "live.db")) as beside:
        # as if it had been dead for a while
        beside.execute("UPDATE inference_run SET heartbeat_at = heartbeat_at - 60000")
        beside.commit()
    again = LiveServer(tmp_path).wait()
    try:
        with closing(sqlite3.connect(tmp_path / "live.db", timeout=20)) as beside:
            keys = [key for (key,) in beside.execute("SELECT external_id FROM complaint")]
            assert beside.execute("PRAGMA quick_check").fetchall() == [("ok",)]
            ((status, failure),) = beside.execute("SELECT status, failure FROM inference_run").fetchall()
            counted = beside.execute("SELECT sum(complaints) FROM complaint_channel").fetchone()[0]
        assert set(told) <= set(keys)
        assert len(keys) == len(set(keys)) == counted <= len(told) + 3
        assert status == "FAILED"
        assert "cut off" in failure
        with httpx.Client(timeout=20) as client:
            answer = client.post(again.graphql_url, json={"query": START}, headers=headers).json()
        assert answer["data"]["inferenceStart"]["userErrors"] == []
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
def test_a_damaged_file_is_refused(database_url: str) -> None:
    path = Path(database_url.removeprefix("sqlite:///"))
    whole = path.read_bytes()
    for data in (whole[: len(whole) // 2], whole[:5_000], b"SQLite format 3\x00" + bytes(5_000), bytes(5_000)):
        path.write_bytes(data)
        with pytest.raises(Refusal, match="nobodyasked restore FILE"):
            asyncio.run(Database.open(database_url))
        assert path.read_bytes() == data


async def test_a_database_that_goes_away_and_comes_back() -> None:
    server = Postgres({"fsync": "on", "synchronous_commit": "on"})
    await asyncio.to_thread(server.start)
    try:
        database = await Database.open(await asyncio.to_thread(server.create, "away"), pool=2)
        await database.migrate()
        await complaints.submit(database, OPERATOR, draft("before"))
        await asyncio.to_thread(server._run, "pg_ctl", "-w", "-m", "immediate", "stop")
        with pytest.raises(Busy):
            await complaints.submit(database, OPERATOR, draft("meanwhile"))
        with pytest.raises(Busy):
            await database.ping()
        await asyncio.to_thread(server.again)
        await complaints.submit(database, OPERATOR, draft("meanwhile"))
        assert await database.value("SELECT count(*) FROM complaint") == 2
        assert await verified(database) == 2
        await database.close()
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
