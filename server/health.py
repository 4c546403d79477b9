"""Whether the process lives (`/livez`) and whether it can serve (`/readyz`): for supervisors and load balancers."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Any

import orjson
from starlette.requests import Request
from starlette.responses import Response

from ..models.database import Database
from ..models.engines.faults import Fault
from ..models.errors import Refusal

if TYPE_CHECKING:
    from .services import Services

__all__ = ["Assessed", "Check", "database_check", "livez", "migrations_check", "readiness", "readyz", "writes_check"]

SECONDS = 3.0
"""Longest time that one check may take."""
SHARED_SECONDS = 1.0
"""For so long everybody who asks is told the same: anyone may ask, and asking writes."""

Check = Callable[[], Awaitable[str | None]]
"""Returns what is wrong, in words that anyone may read, or None."""


def database_check(database: Database) -> Check:
    """Whether the database answers."""

    async def check() -> str | None:
        await database.ping()
        return None

    return check


def writes_check(database: Database) -> Check:
    """Whether the database takes changes: one that is a copy, or lies on a disk that is full or went read-only, answers all the same."""

    async def check() -> str | None:
        try:
            if not await database.room():
                return "the database's disk is full: make room."
            await database.retrying(lambda work: work.execute(NO_CHANGE), quick=True)
        except Fault:
            return "the database takes no changes."
        return None

    return check


NO_CHANGE = "UPDATE table_version SET n = n WHERE name = ''"
"""No table has this name."""


def migrations_check(database: Database) -> Check:
    """Whether the tables are up to date. Asked of the database until they are; they do not go back."""
    applied = False

    async def check() -> str | None:
        nonlocal applied
        if not applied:
            pending = await database.pending_migrations()
            if pending:
                return f"{len(pending)} migration(s) wait: run 'nobodyasked migrate'."
            applied = True
        return None

    return check


async def _run(check: Check) -> dict[str, Any]:
    try:
        async with asyncio.timeout(SECONDS):
            problem = await check()
    except TimeoutError:
        problem = f"no answer within {SECONDS:g} seconds"
    except Refusal as refusal:
        problem = refusal.message
    except Exception as error:
        # a driver's own words may tell addresses or SQL
        problem = f"failed with {type(error).__name__}"
    return {"ok": True} if problem is None else {"ok": False, "problem": problem}


async def assess(checks: Mapping[str, Check]) -> dict[str, dict[str, Any]]:
    """Run all checks at the same time."""
    return dict(zip(checks, await asyncio.gather(*map(_run, checks.values())), strict=True))


class Assessed:
    """What the checks said last."""

    def __init__(self) -> None:
        self._task: asyncio.Task[dict[str, dict[str, Any]]] | None = None
        self._began = 0.0

    async def of(self, checks: Mapping[str, Check]) -> dict[str, dict[str, Any]]:
        """Each check by its name. They run once for all who ask within `SHARED_SECONDS`, or while they run."""
        now = time.monotonic()
        if self._task is None or (self._task.done() and now - self._began >= SHARED_SECONDS):
            self._task, self._began = asyncio.create_task(assess(checks), name="readiness"), now
        # whoever hangs up takes nothing from the others
        return dict(await asyncio.shield(self._task))


def answer(status: int, value: dict[str, Any]) -> Response:
    return Response(orjson.dumps(value), status, media_type="application/json")


async def livez(request: Request) -> Response:
    """200 while the event loop turns."""
    return answer(200, {"status": "alive"})


async def readiness(services: Services) -> dict[str, dict[str, Any]]:
    """Each check by its name: `ok`, and the `problem` where it is not."""
    results = await services.assessed.of(services.checks)
    if services.drain.begun.is_set():
        results["shutdown"] = {"ok": False, "problem": "the server is stopping"}
    if services.engine.gate.overloaded:
        results["load"] = {"ok": False, "problem": "there is more to do than can be done in time: requests are refused"}
    return results


async def readyz(request: Request) -> Response:
    """200 when every check passes, else 503; each check is shown, and how the kept answers do."""
    services: Services = request.app.state.services
    results = await readiness(services)
    ready = all(result["ok"] for result in results.values())
    shown: dict[str, Any] = {"status": "ready" if ready else "not ready", "checks": results}
    if services.engine.cache is not None:
        shown["response_cache"] = services.engine.cache.figures()
    return answer(200 if ready else 503, shown)
