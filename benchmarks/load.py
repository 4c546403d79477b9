"""Does a server hold, for long, under users who read, write and listen, and under more than it can do?

    python -m benchmarks load [--database sqlite] [--minutes 30] [--complaints 5000]

Several processes of users load one server process. Two thirds of the time they pause between requests; then, in surges, many
more come who do not, so that the server sheds. Prints a JSON object:

    answers: by status and code. calm, surge: of answers with status 200, how many, and how long they took in milliseconds.
    wrong: answers that should not have been; refusals of overload are no wrong. taken: complaints that were acknowledged;
    lost, doubled, unknown: of these, how many are not in the database, are there more than once, and how many are there
    that nobody was told of. unheard: of those acknowledged, how many a listener did not hear of, or more than once.
    resident_mb: of the server's process, in ten parts of the time. grown_mb: from the second quarter of
    the time, or the first after a surge, to the last.
    counts_agree, audit: roll-ups against rows, and the audit log's chain. errors: what the server counted as its own mistakes.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import re
import statistics
import tempfile
import time
import urllib.request
from collections import Counter
from pathlib import Path
from typing import Any

from nobodyasked.models.commands import audit
from nobodyasked.models.database import Database
from nobodyasked.models.queries import audit as log
from nobodyasked.models.team import Role

from .support.databases import Databases
from .support.serving import Server, ours
from .support.tokens import token_of
from .support.users import Crowd, Plan

PROCESSES = 3
SETTINGS = {
    # little enough that it fills up while memory is not yet looked at
    "NOBODYASKED_RESPONSE_CACHE_BYTES": str(4 * 2**20),
    "NOBODYASKED_WORKER": "true",
    "NOBODYASKED_OPERATION_LIMIT": "16",
    "NOBODYASKED_QUEUE_LIMIT": "64",
    "NOBODYASKED_QUEUE_SECONDS": "0.5",
}
"""Narrow, so that surges of a few dozen users are more than is taken."""


async def verdict(url: str, taken: dict[str, str]) -> dict[str, Any]:
    """What is in the database, held against what was acknowledged."""
    database = await Database.open(url)
    try:
        rows = await database.rows("SELECT external_id, id FROM complaint WHERE source = 'load'")
        there = Counter(key for key, _ in rows)
        total = await database.value("SELECT count(*) FROM complaint")
        counted = await database.value("SELECT sum(complaints) FROM complaint_channel")
        await audit.seal_all(database)
        chain = await log.verify(database)
        return {
            "lost": len(taken.keys() - there.keys())
            + sum(f"complaint_{id}" != taken.get(key) for key, id in rows if key in taken),
            "doubled": sum(count - 1 for count in there.values()),
            "unknown": len(there.keys() - taken.keys()),
            "counts_agree": total == counted,
            "audit": chain.wrong is None,
        }
    finally:
        await database.close()


def milliseconds(seconds: list[float]) -> dict[str, float]:
    ordered = sorted(seconds)
    if not ordered:
        return {"answers": 0}
    at = {"p50": 0.5, "p99": 0.99, "p999": 0.999}
    found = {name: round(ordered[int(len(ordered) * share)] * 1000, 1) for name, share in at.items()}
    return {"answers": len(ordered), **found, "longest": round(ordered[-1] * 1000, 1)}


def scraped(server: Server, name: str) -> float:
    """The sum of a metric."""
    request = urllib.request.Request(
        f"http://127.0.0.1:{server.port}/metrics", headers={"Authorization": f"Bearer {server.token}"}
    )
    with urllib.request.urlopen(request, timeout=60) as response:
        found = re.findall(rf"^{name}(?:{{.*}})? (\S+)$", response.read().decode(), re.MULTILINE)
    return sum(map(float, found))


def measure(
    url: str, folder: str, seconds: float, complaints: int, users: int, surging: int, pause: float
) -> dict[str, Any]:
    token = asyncio.run(token_of(url, Role.CONTRIBUTOR))
    with ours(url, token, {**SETTINGS, "NOBODYASKED_DATA_DIR": folder}) as server:
        period = min(seconds / 2, 60.0)
        plans = [
            Plan(server.port, token, f"p{number}", seconds, users, surging, pause, period, 2, complaints)
            for number in range(PROCESSES)
        ]
        crowds = [Crowd(plan, Path(folder)) for plan in plans]
        for crowd in crowds:
            crowd.listening()
        for crowd in crowds:
            crowd.go()
        began = time.monotonic()
        resident: list[float] = []
        while time.monotonic() - began < seconds:
            resident.append(server.resident_mb())
            time.sleep(min(1.0, seconds / 60))
        told = [crowd.told() for crowd in crowds]
        errors = scraped(server, "nobodyasked_errors_total")
        refused = scraped(server, "nobodyasked_throttled_total")
    taken = {key: id for one in told for key, id in one.taken.items()}
    new = set(taken.values())
    listeners = [heard for one in told for heard in one.heard]
    quarter = len(resident) // 4
    # memory for as many as come in a surge is taken in the first one
    early = max(quarter, int(len(resident) * period / seconds))
    tenths = [resident[len(resident) * part // 10 : len(resident) * (part + 1) // 10] for part in range(10)]
    return {
        "seconds": seconds,
        "answers": dict(sum((Counter(one.statuses) for one in told), Counter[str]()).most_common()),
        "calm": milliseconds([at for one in told for at in one.times["calm"]]),
        "surge": milliseconds([at for one in told for at in one.times["surge"]]),
        "wrong": sum(len(one.wrong) for one in told),
        "wrong_were": [what for one in told for what in one.wrong][:5],
        "refused": refused,
        "taken": len(taken),
        **asyncio.run(verdict(url, taken)),
        "listeners": len(listeners),
        "unheard": sum(heard.get(id) != 1 for heard in listeners for id in new),
        "resident_mb": [round(statistics.median(part), 1) for part in tenths if part],
        "grown_mb": round(
            statistics.median(resident[-quarter:]) - statistics.median(resident[early : early + quarter]), 1
        ),
        "errors": errors,
    }


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="load", description="One server under many users, for long.")
    parser.add_argument("--database", default="sqlite", choices=("sqlite", "postgres"))
    parser.add_argument("--minutes", type=float, default=30.0)
    parser.add_argument("--complaints", type=int, default=5_000)
    parser.add_argument("--users", type=int, default=10, help="in each of three processes")
    parser.add_argument("--surging", type=int, default=40, help="in each process, in surges")
    parser.add_argument("--pause", type=float, default=0.5, help="seconds between the requests of a user")
    given = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder, Databases(Path(folder)) as databases:
        url = databases.filled(given.database, given.complaints)
        found = measure(url, folder, given.minutes * 60, given.complaints, given.users, given.surging, given.pause)
        print(json.dumps({"database": given.database, **found}), flush=True)


if __name__ == "__main__":
    main()
