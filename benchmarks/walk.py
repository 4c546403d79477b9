"""What does it cost where SQL does not answer alone? In one process and one run:

    python -m benchmarks walk [--complaints 20000] [--databases sqlite,postgres] [--rounds 15]

Work backwards (q2) is answered five ways in turn: `spliced` from the database's own JSON; `completed` by generated
functions, and `walked` by graphql-core, both over the rows of the same plan; `levels` by resolvers over raw rows, a
statement a level (benchmarks/support/levels.py); and `rows` is the plan's statement alone, read into Python. Then the
rows are completed without any database: `a_field` is microseconds for each plain field. Printed is one JSON object a
database: median processor milliseconds of this process an answer (that of SQLite's statements included, that of
PostgreSQL's not) and median milliseconds by the clock, and ratios of both.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import orjson

from nobodyasked.graphql.completion import completion_of
from nobodyasked.graphql.context import Context
from nobodyasked.graphql.engine import Answer, Engine
from nobodyasked.graphql.operation import Operation
from nobodyasked.models.actor import Actor
from nobodyasked.models.database import Database

from .support.databases import Databases
from .support.levels import Levels
from .support.questions import BACKWARDS

Ask = Callable[[], Awaitable[Any]]


async def measure(url: str, rounds: int) -> dict[str, object]:
    database = await Database.open(url)
    try:
        context = Context(database, Actor.operator(), None, None)  # type: ignore[arg-type]
        levels = Levels(database, BACKWARDS.document)

        def asking(engine: Engine) -> Ask:
            async def ask() -> bytes:
                return (await engine.execute(BACKWARDS.document, {}, None, context)).body

            return ask

        async def by_levels() -> bytes:
            return orjson.dumps({"data": (await levels.answer()).data})

        engine = Engine(splice=False)
        operation = engine._documents.operation(BACKWARDS.document, None, context.limits)
        assert isinstance(operation, Operation)
        request = engine._request(operation, {}, context)
        assert not isinstance(request, Answer)
        roots = completion_of(engine._plans, operation.document.key, operation.node, request, splice=False)
        assert roots is not None
        (root,) = roots
        plan, write = root.plan, root.write
        assert plan is not None
        assert write is not None
        parameters = await plan.parameters({}, context)

        async def read() -> Any:
            return json.loads(await database.value(plan.sql, parameters))

        ways: dict[str, Ask] = {
            "spliced": asking(Engine()),
            "completed": asking(engine),
            "walked": asking(Engine(splice=False, complete=False)),
            "levels": by_levels,
            "rows": read,
        }
        answers = {name: await ask() for name, ask in ways.items()}
        rows = answers.pop("rows")
        first, *others = (json.loads(body) for body in answers.values())
        agree = all(other == first for other in others)
        processor: dict[str, list[float]] = {name: [] for name in ways}
        clock: dict[str, list[float]] = {name: [] for name in ways}
        for _ in range(rounds):
            for name, ask in ways.items():
                began, cpu = time.perf_counter(), time.process_time()
                for _ in range(3):
                    await ask()
                clock[name].append((time.perf_counter() - began) / 3 * 1e3)
                processor[name].append((time.process_time() - cpu) / 3 * 1e3)
        completing = []
        for _ in range(rounds):
            cpu = time.process_time()
            for _ in range(20):
                write(rows, ())
            completing.append((time.process_time() - cpu) / 20 * 1e6)
    finally:
        await database.close()
    cpu_ms = {name: statistics.median(some) for name, some in processor.items()}
    clock_ms = {name: statistics.median(some) for name, some in clock.items()}
    fields = leaves(json.loads(answers["spliced"])["data"])
    return {
        "database": database.dialect,
        "agree": agree,
        "fields": fields,
        "cpu_ms": {name: round(value, 3) for name, value in cpu_ms.items()},
        "clock_ms": {name: round(value, 3) for name, value in clock_ms.items()},
        "a_field": {
            "generated": round(statistics.median(completing) / fields, 3),
            "graphql_core": round((cpu_ms["walked"] - cpu_ms["rows"]) * 1e3 / fields, 3),
        },
        "levels_to_completed": {
            "cpu": round(cpu_ms["levels"] / cpu_ms["completed"], 2),
            "clock": round(clock_ms["levels"] / clock_ms["completed"], 2),
        },
        "walked_to_completed": {
            "cpu": round(cpu_ms["walked"] / cpu_ms["completed"], 2),
            "clock": round(clock_ms["walked"] / clock_ms["completed"], 2),
        },
    }


def leaves(value: Any) -> int:
    """Plain fields of an answer."""
    if isinstance(value, dict):
        return sum(leaves(item) for item in value.values())
    return sum(map(leaves, value)) if isinstance(value, list) else 1


def main(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks walk")
    parser.add_argument("--complaints", type=int, default=20_000)
    parser.add_argument("--databases", default="sqlite,postgres")
    parser.add_argument("--rounds", type=int, default=15)
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder, Databases(Path(folder)) as databases:
        for kind in options.databases.split(","):
            print(json.dumps(asyncio.run(measure(databases.filled(kind, options.complaints), options.rounds))))
