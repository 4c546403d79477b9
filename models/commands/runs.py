"""The life of an inference run: PENDING, RUNNING, then SUCCEEDED (`findings.apply`), FAILED or CANCELED."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson

from ..actor import Actor
from ..database import Database, Transaction
from ..errors import AlreadyRunning, IllegalTransition, NotFound
from ..event import Topic
from ..fields import now_ms
from ..run import UNFINISHED_RUNS, RunStatus
from ..team import Role
from ..text import exact
from .events import tell

__all__ = ["beat", "begin", "cancel", "canceled", "change", "fail", "recover", "refused", "run_for_change", "start"]

FAILURE_MOST = 500
CUT_OFF = (
    "The run was cut off: the process that carried it out has stopped. Start another; what was read so far is kept."
)
# of PostgreSQL's advisory locks: two starts at once must see each other
START_LOCK = 0x6E6F_6272


async def start(db: Database, actor: Actor, parameters: Mapping[str, Any]) -> int:
    """Id of a new run that waits to be carried out. Raises Forbidden, AlreadyRunning, Busy."""
    actor.require(Role.ADMIN)

    async def work(transaction: Transaction) -> int:
        if transaction.dialect == "postgres":
            await transaction.value("SELECT pg_advisory_xact_lock(?1::bigint)", (START_LOCK,))
        other = await transaction.value("SELECT id FROM inference_run WHERE status IN ('PENDING', 'RUNNING')")
        if other is not None:
            raise AlreadyRunning(other)
        run_id = await transaction.value(
            "INSERT INTO inference_run (status, stage, progress, parameters, models, counts, timings, cancel_asked,"
            " started_by_id, created_at) VALUES ('PENDING', 'waiting', 0, ?1, '{}', '{}', '{}', ?2, ?3, ?4) RETURNING id",
            (orjson.dumps(parameters).decode(), False, actor.member_id, now_ms()),
        )
        await tell(transaction, Topic.RUN_CHANGED, [run_id], {"status": RunStatus.PENDING})
        return run_id

    return await db.retrying(work)


async def begin(db: Database, run_id: int, models: Mapping[str, str]) -> None:
    """A worker takes the run on; `models` are names and versions. Raises NotFound, IllegalTransition, Busy."""
    now = now_ms()
    await step(
        db,
        run_id,
        RunStatus.RUNNING,
        "begin",
        (RunStatus.PENDING,),
        {
            "models": orjson.dumps(models).decode(),
            "started_at": now,
            "heartbeat_at": now,
            "stage": "starting",
        },
    )


async def beat(db: Database, run_id: int, stage: str, progress: float) -> bool:
    """The worker is alive, at `stage` and `progress` (0 to 1); True where it is asked to stop.

    Raises NotFound, IllegalTransition where the run is not RUNNING, Busy.
    """
    progress = exact(min(max(progress, 0.0), 1.0))

    async def work(transaction: Transaction) -> bool:
        status, before, done, asked = await run_for_change(transaction, run_id, "stage, progress, cancel_asked")
        if status is not RunStatus.RUNNING:
            raise refused(status, "a sign of life", (RunStatus.RUNNING,))
        await transaction.execute(
            "UPDATE inference_run SET heartbeat_at = ?1, stage = ?2, progress = ?3 WHERE id = ?4",
            (now_ms(), stage[:32], progress, run_id),
        )
        if (stage[:32], progress) != (before, done):
            await tell(transaction, Topic.RUN_CHANGED, [run_id], {"stage": stage, "progress": progress})
        return bool(asked)

    return await db.retrying(work, quick=True)


async def cancel(db: Database, actor: Actor, run_id: int) -> None:
    """Ask a run to stop: one that waits is CANCELED at once, one under way at its next sign of life.

    Raises Forbidden, NotFound, IllegalTransition, Busy.
    """
    actor.require(Role.ADMIN)

    async def work(transaction: Transaction) -> None:
        (status,) = await run_for_change(transaction, run_id)
        if status not in UNFINISHED_RUNS:
            raise refused(status, "cancelling", UNFINISHED_RUNS)
        if status is RunStatus.PENDING:
            await finish(transaction, run_id, RunStatus.CANCELED, None)
        else:
            await transaction.execute("UPDATE inference_run SET cancel_asked = ?1 WHERE id = ?2", (True, run_id))
            await tell(transaction, Topic.RUN_CHANGED, [run_id], {"cancelAsked": True})

    await db.retrying(work)


async def canceled(db: Database, run_id: int) -> None:
    """The worker has stopped as it was asked. Raises NotFound, IllegalTransition, Busy."""
    await step(db, run_id, RunStatus.CANCELED, "cancelling", (RunStatus.RUNNING,), {"finished_at": now_ms()})


async def fail(db: Database, run_id: int, safe_message: str) -> None:
    """The run went wrong; `safe_message` is shown to everybody. Raises NotFound, IllegalTransition, Busy."""
    changes = {"finished_at": now_ms(), "failure": safe_message[:FAILURE_MOST]}
    await step(db, run_id, RunStatus.FAILED, "failing", UNFINISHED_RUNS, changes)


async def recover(db: Database, silent_for_ms: int) -> list[int]:
    """Mark as FAILED every RUNNING run without a sign of life for so long; their ids.

    A run that waits is not silent: it has nobody yet, and whoever comes next takes it on.
    """
    before = now_ms() - silent_for_ms

    async def work(transaction: Transaction) -> list[int]:
        rows = await transaction.rows(
            f"SELECT id FROM inference_run WHERE status = 'RUNNING' AND heartbeat_at <= ?1 ORDER BY id{transaction.for_update}",
            (before,),
        )
        ids = [row[0] for row in rows]
        for run_id in ids:
            await finish(transaction, run_id, RunStatus.FAILED, CUT_OFF)
        return ids

    return await db.retrying(work)


async def step(
    db: Database,
    run_id: int,
    to: RunStatus,
    action: str,
    allowed: tuple[RunStatus, ...],
    changes: Mapping[str, object],
) -> None:
    async def work(transaction: Transaction) -> None:
        (status,) = await run_for_change(transaction, run_id)
        if status not in allowed:
            raise refused(status, action, allowed)
        await change(transaction, run_id, {"status": to.value, **changes})
        await tell(transaction, Topic.RUN_CHANGED, [run_id], {"status": to.value})

    await db.retrying(work)


async def finish(transaction: Transaction, run_id: int, to: RunStatus, failure: str | None) -> None:
    await change(transaction, run_id, {"status": to.value, "finished_at": now_ms(), "failure": failure})
    await tell(transaction, Topic.RUN_CHANGED, [run_id], {"status": to.value})


async def change(transaction: Transaction, run_id: int, changes: Mapping[str, object]) -> None:
    sets = ", ".join(f"{column} = ?{index}" for index, column in enumerate(changes, start=2))
    await transaction.execute(f"UPDATE inference_run SET {sets} WHERE id = ?1", (run_id, *changes.values()))


async def run_for_change(transaction: Transaction, run_id: int, more: str = "") -> tuple[Any, ...]:
    """Status, then the columns named in `more`, of a run that is locked for change. Raises NotFound."""
    columns = f"status, {more}" if more else "status"
    rows = await transaction.rows(
        f"SELECT {columns} FROM inference_run WHERE id = ?1{transaction.for_update}", (run_id,)
    )
    if not rows:
        raise NotFound("There is no such run.", path=("runId",))
    status, *rest = rows[0]
    return RunStatus(status), *rest


def refused(status: RunStatus, action: str, allowed: tuple[RunStatus, ...]) -> IllegalTransition:
    return IllegalTransition("The run", status.value, action, allowed=[state.value for state in allowed])
