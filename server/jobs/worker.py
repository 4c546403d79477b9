"""Inference runs: who runs them, and what becomes of them if it goes wrong.

Each run computes in a process of its own (`run.py`): long stages hold Python's lock, so a thread would stall requests
and could not be stopped; a process is niced, its memory goes back when it ends, and a crash takes nothing with it.
This side claims the run, passes on its progress, stops it when asked, and writes how it ended.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from importlib.metadata import version

import orjson

from ...models.acting import acting
from ...models.commands import runs as run_commands
from ...models.database import Database
from ...models.errors import Busy, Conflict
from ...models.queries import runs as run_queries
from ...models.run import RunStatus
from ..logs import report_error
from ..settings import Settings
from .watch import Watch

__all__ = ["Progress", "Worker", "run_once"]

log = logging.getLogger(__name__)

Progress = Callable[[str, float], None]
"""Told the stage and the share of the whole run that is done, 0 to 1."""

BEAT_SECONDS = 0.5
POLL_SECONDS = 5.0
SILENT_MS = 30_000
COMMAND = (sys.executable, "-P", "-m", "nobodyasked.server.jobs.run")
LONGEST_LINE = 1 << 16

STOPPED = "The server was stopped while this run was under way. Start another: what was read so far is kept."


@dataclass
class Place:
    """How far a run has come, as its process last told."""

    stage: str = "starting"
    progress: float = 0.0
    ended: bool = False
    failure: str | None = None


async def run_once(
    db: Database, settings: Settings, run_id: int, progress_callback: Progress | None = None
) -> RunStatus:
    """Claim a waiting run, carry it out and say how it ended: SUCCEEDED, FAILED or CANCELED.

    `progress_callback` is called on the event loop. Raises NotFound or IllegalTransition where there is nothing to
    claim, since another process has it for one. Cancelled, it stops the run and marks it FAILED.
    """
    from .embedders import embedder_for  # with numpy, which a server without runs does not need

    models = {"embedder": embedder_for(settings).name, "rules": version("nobodyasked")}
    await run_commands.begin(db, run_id, models)
    place = Place()
    try:
        process = await asyncio.create_subprocess_exec(
            *COMMAND,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            # a key that interrupts the server must reach the server alone
            start_new_session=True,
            limit=LONGEST_LINE,
        )
        try:
            asked = await _accompany(db, settings, run_id, process, place, progress_callback)
        finally:
            await _stop(process)
    except asyncio.CancelledError:
        await asyncio.shield(_end(run_commands.fail(db, run_id, STOPPED)))
        raise
    except Exception as error:
        await _end(run_commands.fail(db, run_id, f"The run could not be carried out (error {report_error(error)})."))
    else:
        if asked:
            await _end(run_commands.canceled(db, run_id))
        elif not place.ended:
            await _end(run_commands.fail(db, run_id, place.failure or _how_it_died(process.returncode)))
    return await run_queries.status(db, run_id) or RunStatus.FAILED


async def _accompany(
    db: Database,
    settings: Settings,
    run_id: int,
    process: asyncio.subprocess.Process,
    place: Place,
    progress_callback: Progress | None,
) -> bool:
    """Write the run's signs of life until its process ends; True where it is asked to stop before."""
    assert process.stdin is not None
    given = settings.model_dump(mode="json")
    for name in ("embedder_key", "language_model_key"):
        secret = getattr(settings, name)
        if secret is not None:  # a dump leaves secrets out
            given[name] = secret.get_secret_value()
    order = {"run_id": run_id, "settings": given}
    # by pipe, since everybody on the machine may read a command line, and the database's address and the key are secret.
    # The pipe stays open: its end tells the process that nobody waits for it any more.
    process.stdin.write(orjson.dumps(order) + b"\n")
    following = asyncio.create_task(_follow(process, place, progress_callback))
    try:
        while True:
            await asyncio.wait({following}, timeout=BEAT_SECONDS)
            if following.done():
                await following
                return False
            try:
                if await run_commands.beat(db, run_id, place.stage, place.progress):
                    return True
            except Busy:
                log.info("a sign of life of run %d had to wait", run_id)
            except Conflict:
                # it has ended: well, a moment ago, or because somebody took it for dead
                if await run_queries.status(db, run_id) is not RunStatus.SUCCEEDED:
                    return False
    finally:
        following.cancel()
        await asyncio.gather(following, return_exceptions=True)


async def _follow(process: asyncio.subprocess.Process, place: Place, progress_callback: Progress | None) -> None:
    assert process.stdout is not None
    async for line in process.stdout:
        told = orjson.loads(line)
        place.stage = told.get("stage", place.stage)
        place.progress = told.get("progress", place.progress)
        place.failure = told.get("failure", place.failure)
        place.ended = told.get("ended", place.ended)
        if progress_callback is not None:
            progress_callback(place.stage, place.progress)
    await process.wait()


async def _stop(process: asyncio.subprocess.Process) -> None:
    if process.stdin is not None:
        process.stdin.close()
    if process.returncode is None:
        # nothing is lost: it writes in transactions, and a gentler signal would wait for the end of a long stage
        process.kill()
    await asyncio.shield(process.wait())


async def _end(writing: Awaitable[None]) -> None:
    """Write how a run ended, unless it has ended otherwise already."""
    try:
        await writing
    except Conflict:
        log.info("a run had ended before it could be ended")
    except Busy:
        # it stays RUNNING and silent until `recover` finds it
        log.warning("how a run ended could not be written")


def _how_it_died(code: int | None) -> str:
    if code is not None and code < 0:
        return f"The process that ran it was ended by signal {-code}. Where that is 9, memory may have run out."
    return f"The process that ran it ended unexpectedly (exit code {code})."


class Worker(Watch):
    """Carries out waiting runs, one at a time, from `start` to `close`, which stops a run under way and marks it FAILED."""

    def __init__(self, database: Database, settings: Settings, *, poll_seconds: float = POLL_SECONDS) -> None:
        super().__init__("inference", poll_seconds)
        self._database = database
        self._settings = settings
        self._woken = asyncio.Event()

    async def start(self) -> None:
        """Begin to look for waiting runs; ones that were cut off are marked FAILED first."""
        with acting(self._name):
            await run_commands.recover(self._database, SILENT_MS)
        await super().start()

    def wake(self) -> None:
        """A run is waiting: look now rather than at the next poll."""
        self._woken.set()

    async def once(self) -> None:
        """Carry out what waits."""
        while True:
            await run_commands.recover(self._database, SILENT_MS)
            run_id = await run_queries.waiting(self._database)
            if run_id is None:
                return
            with contextlib.suppress(Conflict):  # another process was faster
                await run_once(self._database, self._settings, run_id)

    async def rest(self) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self._seconds):
                await self._woken.wait()
        self._woken.clear()
