from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import orjson
import pytest

from nobodyasked.models.commands import runs
from nobodyasked.models.database import Database
from nobodyasked.models.errors import AlreadyRunning, Forbidden, IllegalTransition, NotFound
from nobodyasked.models.queries import runs as run_queries
from nobodyasked.models.run import RunStatus

from .people import ADMIN, CURATOR, row

Step = Callable[[Database, int], Awaitable[object]]

STEPS: dict[str, Step] = {
    "begin": lambda db, run: runs.begin(db, run, {"embedder": "1"}),
    "beat": lambda db, run: runs.beat(db, run, "reading", 0.5),
    "cancel": lambda db, run: runs.cancel(db, ADMIN, run),
    "canceled": runs.canceled,
    "fail": lambda db, run: runs.fail(db, run, "out of paper"),
}
# what each step makes of each state; what is missing is refused
LEGAL = {
    ("PENDING", "begin"): "RUNNING",
    ("PENDING", "cancel"): "CANCELED",
    ("PENDING", "fail"): "FAILED",
    ("RUNNING", "beat"): "RUNNING",
    ("RUNNING", "cancel"): "RUNNING",
    ("RUNNING", "canceled"): "CANCELED",
    ("RUNNING", "fail"): "FAILED",
}


async def in_state(database: Database, state: RunStatus) -> int:
    run = await runs.start(database, ADMIN, {"k": 5})
    if state is not RunStatus.PENDING:
        async with database.transaction() as transaction:
            await transaction.execute(
                "UPDATE inference_run SET status = ?1, heartbeat_at = 0 WHERE id = ?2", (state.value, run)
            )
    return run


@pytest.mark.parametrize("state", list(RunStatus))
@pytest.mark.parametrize("step", STEPS)
async def test_every_step_from_every_state(database: Database, state: RunStatus, step: str) -> None:
    run = await in_state(database, state)
    to = LEGAL.get((state.value, step))
    if to is None:
        with pytest.raises(IllegalTransition, match=state.value):
            await STEPS[step](database, run)
        assert await run_queries.status(database, run) is state
    else:
        await STEPS[step](database, run)
        assert await run_queries.status(database, run) is RunStatus(to)


@pytest.mark.parametrize("step", STEPS)
async def test_no_such_run(database: Database, step: str) -> None:
    with pytest.raises(NotFound):
        await STEPS[step](database, 77)
    assert await run_queries.status(database, 77) is None


async def test_a_run_from_start_to_failure(database: Database) -> None:
    run = await runs.start(database, ADMIN, {"resolution": 0.5})
    assert await run_queries.waiting(database) == run
    await runs.begin(database, run, {"embedder": "minilm 1"})
    assert await run_queries.waiting(database) is None
    assert await runs.beat(database, run, "reading", 0.25) is False
    await runs.cancel(database, ADMIN, run)
    assert await runs.beat(database, run, "x" * 99, 7.0) is True
    await runs.fail(database, run, "y" * 600)
    parameters, models, stage, progress, failure, finished = await row(
        database, "inference_run", run, "parameters, models, stage, progress, failure, finished_at"
    )
    assert orjson.loads(parameters) == {"resolution": 0.5}
    assert orjson.loads(models) == {"embedder": "minilm 1"}
    assert (stage, progress, failure) == ("x" * 32, 1.0, "y" * 500)
    assert finished > 0


async def test_one_run_at_a_time(database: Database) -> None:
    outcomes = await asyncio.gather(*(runs.start(database, ADMIN, {}) for _ in range(6)), return_exceptions=True)
    started = [outcome for outcome in outcomes if isinstance(outcome, int)]
    refused = [outcome for outcome in outcomes if isinstance(outcome, AlreadyRunning)]
    assert (len(started), len(refused)) == (1, 5)
    assert {refusal.run_id for refusal in refused} == set(started)
    await runs.cancel(database, ADMIN, started[0])
    assert await runs.start(database, ADMIN, {}) != started[0]


async def test_runs_are_the_administrators(database: Database) -> None:
    with pytest.raises(Forbidden):
        await runs.start(database, CURATOR, {})
    run = await runs.start(database, ADMIN, {})
    with pytest.raises(Forbidden):
        await runs.cancel(database, CURATOR, run)


async def test_a_silent_run_is_marked(database: Database) -> None:
    waiting = await runs.start(database, ADMIN, {})
    assert await runs.recover(database, 0) == []
    await runs.begin(database, waiting, {})
    assert await runs.recover(database, 60_000) == []
    async with database.transaction() as transaction:
        await transaction.execute("UPDATE inference_run SET heartbeat_at = heartbeat_at - 60000")
    assert await runs.recover(database, 60_000) == [waiting]
    status, failure = await row(database, "inference_run", waiting, "status, failure")
    assert status == "FAILED"
    assert "cut off" in failure
    assert await runs.recover(database, 60_000) == []
    await runs.start(database, ADMIN, {})


async def test_only_news_are_told(database: Database) -> None:
    run = await runs.start(database, ADMIN, {})
    await runs.begin(database, run, {})
    before = await database.value("SELECT COUNT(*) FROM event")
    for progress in (0.5, 0.5, 0.5, 0.75):
        await runs.beat(database, run, "reading", progress)
    assert await database.value("SELECT COUNT(*) FROM event") == before + 2
