"""Runs: claimed by one, watched, stopped, and never left RUNNING."""

from __future__ import annotations

import asyncio
import contextlib
import json
import sys
from collections.abc import AsyncIterator, Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest

from nobodyasked.models.actor import Actor
from nobodyasked.models.commands import runs
from nobodyasked.models.database import Database
from nobodyasked.models.errors import IllegalTransition
from nobodyasked.models.event import Topic
from nobodyasked.models.fields import now_ms
from nobodyasked.models.run import RunStatus
from nobodyasked.models.team import Role
from nobodyasked.server.jobs import worker as module
from nobodyasked.server.jobs.events import EventSource
from nobodyasked.server.jobs.worker import Worker, run_once
from nobodyasked.server.settings import Settings

ADMIN = Actor(None, Role.ADMIN, "tests")

Act = Callable[[str], None]


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    return Settings(database_url=database_url, data_dir=tmp_path, embedder="hashed", log_level="error")


@pytest.fixture
def act(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Act:
    """Let the process of a run do something else: Python that may call `say`, with its pid in the file `pid`."""

    def play(code: str) -> None:
        script = (
            "import json, os, signal, sys, time\n"
            "def say(**what): print(json.dumps(what), flush=True)\n"
            f"open({str(tmp_path / 'pid')!r}, 'w').write(str(os.getpid()))\n"
            "order = json.loads(sys.stdin.readline())\n"
        )
        monkeypatch.setattr(module, "COMMAND", (sys.executable, "-c", script + code))

    return play


async def row(database: Database, run_id: int) -> dict[str, Any]:
    columns = ["status", "stage", "progress", "failure", "heartbeat_at", "finished_at", "models"]
    found = await database.rows(f"SELECT {', '.join(columns)} FROM inference_run WHERE id = {run_id}")
    return dict(zip(columns, found[0], strict=True))


async def until(holds: Callable[[], Any], seconds: float = 10.0) -> Any:
    """Wait until `holds` gives something true."""
    async with asyncio.timeout(seconds):
        while True:
            found = holds()
            if asyncio.iscoroutine(found):
                found = await found
            if found:
                return found
            await asyncio.sleep(0.02)


async def status_is(database: Database, run_id: int, status: RunStatus) -> bool:
    return (await row(database, run_id))["status"] == status


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def command_line(pid: int) -> str:
    return Path(f"/proc/{pid}/cmdline").read_text()


@contextlib.asynccontextmanager
async def working(database: Database, settings: Settings, poll_seconds: float = 0.05) -> AsyncIterator[Worker]:
    worker = Worker(database, settings, poll_seconds=poll_seconds)
    await worker.start()
    try:
        yield worker
    finally:
        await worker.close()


async def test_progress_reaches_the_row_the_caller_and_the_listeners(
    database: Database, settings: Settings, act: Act
) -> None:
    act(
        "say(stage='reading', progress=0.25)\ntime.sleep(1.2)\nsay(stage='grouping', progress=0.5)\ntime.sleep(1.2)\nsay(failure='enough')"
    )
    source = EventSource(database)
    await source.start()
    listener = source.listen(Topic.RUN_CHANGED)
    run_id = await runs.start(database, ADMIN, {})
    told: list[tuple[str, float]] = []
    before = now_ms()
    assert await run_once(database, settings, run_id, lambda *what: told.append(what)) is RunStatus.FAILED
    assert told[:2] == [("reading", 0.25), ("grouping", 0.5)]
    end = await row(database, run_id)
    assert (end["stage"], end["progress"], end["failure"]) == ("grouping", 0.5, "enough")
    assert json.loads(end["models"]) == {"embedder": "hashed-words-1", "rules": version("nobodyasked")}
    assert end["heartbeat_at"] > before + 1_000
    heard = []
    async with asyncio.timeout(5):
        async for happening in listener:
            heard.append(happening.details)
            if happening.details.get("status") == RunStatus.FAILED:
                break
    assert [details["stage"] for details in heard if "stage" in details] == ["reading", "grouping"]
    await source.close()


async def test_few_writes_while_nothing_happens(database: Database, settings: Settings, act: Act) -> None:
    act(
        "for step in range(150):\n    say(stage='reading', progress=step / 200)\n    time.sleep(0.01)\nsay(failure='enough')"
    )
    run_id = await runs.start(database, ADMIN, {})
    with database.counting() as counted:
        await run_once(database, settings, run_id)
    assert sum("heartbeat_at" in statement and statement.startswith("UPDATE") for statement in counted.statements) <= 8


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("os.kill(os.getpid(), signal.SIGKILL)", "signal 9"),
        ("sys.exit(3)", "exit code 3"),
        ("say(failure='The texts could not be read.')", "The texts could not be read."),
        ("print('Segmentation fault', flush=True)", "error "),
    ],
)
async def test_a_process_that_dies_leaves_a_failed_run(
    database: Database, settings: Settings, act: Act, code: str, words: str
) -> None:
    act(code)
    run_id = await runs.start(database, ADMIN, {})
    assert await run_once(database, settings, run_id) is RunStatus.FAILED
    end = await row(database, run_id)
    assert words in end["failure"]
    assert end["finished_at"] is not None
    assert await runs.start(database, ADMIN, {}) > run_id  # the way is free


async def test_a_run_stops_when_asked_whatever_it_is_at(
    database: Database, settings: Settings, act: Act, tmp_path: Path
) -> None:
    act("signal.signal(signal.SIGTERM, signal.SIG_IGN)\nsay(stage='grouping', progress=0.7)\nwhile True: pass")
    run_id = await runs.start(database, ADMIN, {})
    running = asyncio.create_task(run_once(database, settings, run_id))
    await until(lambda: (tmp_path / "pid").exists())
    await runs.cancel(database, ADMIN, run_id)
    # it would go on for ever
    assert await asyncio.wait_for(running, 30) is RunStatus.CANCELED
    assert not alive(int((tmp_path / "pid").read_text()))
    assert (await row(database, run_id))["status"] == RunStatus.CANCELED


async def test_a_worker_that_closes_takes_its_run_along(
    database: Database, settings: Settings, act: Act, tmp_path: Path
) -> None:
    act("while True: time.sleep(1)")
    run_id = await runs.start(database, ADMIN, {})
    async with working(database, settings):
        await until(lambda: (tmp_path / "pid").exists())
    end = await row(database, run_id)
    assert end["status"] == RunStatus.FAILED
    assert "stopped" in end["failure"]
    assert not alive(int((tmp_path / "pid").read_text()))


async def test_a_worker_finds_runs_that_others_started(database: Database, settings: Settings, act: Act) -> None:
    act("say(failure='enough')")
    async with working(database, settings):
        for _ in range(2):
            run_id = await runs.start(database, ADMIN, {})
            await until(lambda run_id=run_id: status_is(database, run_id, RunStatus.FAILED))


async def test_a_worker_that_is_told_does_not_wait_for_its_poll(
    database: Database, settings: Settings, act: Act
) -> None:
    act("say(failure='enough')")
    async with working(database, settings, poll_seconds=60) as worker:
        await asyncio.sleep(0.1)
        run_id = await runs.start(database, ADMIN, {})
        worker.wake()
        await until(lambda: status_is(database, run_id, RunStatus.FAILED))


async def test_a_worker_goes_on_after_an_error(
    database: Database, settings: Settings, act: Act, monkeypatch: pytest.MonkeyPatch
) -> None:
    act("say(failure='enough')")
    look, failed = module.run_queries.waiting, []

    async def sometimes(db: Database) -> int | None:
        if not failed:
            failed.append(True)
            raise LookupError
        return await look(db)

    monkeypatch.setattr(module.run_queries, "waiting", sometimes)
    run_id = await runs.start(database, ADMIN, {})
    async with working(database, settings):
        await until(lambda: status_is(database, run_id, RunStatus.FAILED))


async def test_of_two_that_claim_a_run_one_has_it(
    database: Database, settings: Settings, act: Act, tmp_path: Path
) -> None:
    act(f"open({str(tmp_path / 'log')!r}, 'a').write('x')\nsay(failure='enough')")
    other = await Database.open(database.url, pool=2)
    try:
        for _ in range(3):
            run_id = await runs.start(database, ADMIN, {})
            outcomes = await asyncio.gather(
                run_once(database, settings, run_id), run_once(other, settings, run_id), return_exceptions=True
            )
            assert sorted(type(outcome) for outcome in outcomes if isinstance(outcome, Exception)) == [
                IllegalTransition
            ]
            assert RunStatus.FAILED in outcomes
        assert (tmp_path / "log").read_text() == "xxx"
    finally:
        await other.close()


async def test_a_run_whose_process_went_silent_is_marked_when_a_worker_starts(
    database: Database, settings: Settings
) -> None:
    silent = await runs.start(database, ADMIN, {})
    await runs.begin(database, silent, {})
    async with working(database, settings):
        assert await status_is(database, silent, RunStatus.RUNNING)  # it may be alive elsewhere
    long_ago = now_ms() - module.SILENT_MS - 1
    await database.retrying(
        lambda transaction: transaction.execute(
            "UPDATE inference_run SET heartbeat_at = ?1 WHERE id = ?2", (long_ago, silent)
        )
    )
    async with working(database, settings):
        end = await row(database, silent)
    assert end["status"] == RunStatus.FAILED
    assert "cut off" in end["failure"]


async def test_a_run_that_was_taken_for_dead_stops(
    database: Database, settings: Settings, act: Act, tmp_path: Path
) -> None:
    act("while True: time.sleep(1)")
    run_id = await runs.start(database, ADMIN, {})
    running = asyncio.create_task(run_once(database, settings, run_id))
    await until(lambda: (tmp_path / "pid").exists())
    await runs.fail(database, run_id, "taken for dead")
    assert await running is RunStatus.FAILED
    assert (await row(database, run_id))["failure"] == "taken for dead"
    assert not alive(int((tmp_path / "pid").read_text()))


async def test_no_secret_stands_in_the_command_line(
    database: Database, settings: Settings, act: Act, tmp_path: Path
) -> None:
    act("time.sleep(0.5)\nsay(failure=order['settings']['database_url'])")
    run_id = await runs.start(database, ADMIN, {})
    running = asyncio.create_task(run_once(database, settings, run_id))
    await until(lambda: (tmp_path / "pid").exists() and (tmp_path / "pid").read_text())
    assert settings.database_url not in command_line(int((tmp_path / "pid").read_text()))
    await running
    assert (await row(database, run_id))["failure"] == settings.database_url
