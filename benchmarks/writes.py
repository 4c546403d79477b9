"""How fast does `nobodyasked import` take a file, next to the driver alone, on the same rows in the same run?

    python -m benchmarks writes [--rows 200000] [--databases sqlite,postgres] [--rounds 3]

Each round imports the file into a new database, and writes its rows raw into another (benchmarks/support/raw.py says
how: executemany on SQLite, COPY on PostgreSQL, same tables, indexes and triggers). The import reads and decodes the
file, normalises, knows rows that came before, joins customers, and tells what came. Printed are medians, one JSON
object a database: seconds, processor seconds in the process and in PostgreSQL's, rows a second, and the ratio of our
rows a second to raw ones. Single submissions and imports over the API are in `graph` (m1, m2).
"""

from __future__ import annotations

import argparse
import asyncio
import csv
import json
import os
import random
import resource
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from nobodyasked.models.database import Database

from .support.databases import Databases
from .support.fill import CHANNELS, WORDS
from .support.serving import ROOT, SERVER_CORE, pinned
from .support.usage import cpu_seconds

LETTERS = 200


def write_file(path: Path, rows: int) -> None:
    """A seeded CSV: id, text, date, customer, channel, rating; five rows a customer."""
    dice = random.Random(7)
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("id", "text", "date", "customer", "channel", "rating"))
        for row in range(rows):
            words = " ".join(dice.choices(WORDS, k=LETTERS // 5))
            day = f"2025-{dice.randint(1, 12):02}-{dice.randint(1, 28):02}"
            date = f"{day}T{dice.randint(0, 23):02}:{dice.randint(0, 59):02}:00Z"
            customer = f"C-{dice.randint(1, max(1, rows // 5))}"
            writer.writerow((f"T-{row}", words, date, customer, dice.choice(CHANNELS), dice.randint(1, 5)))


async def migrate(url: str) -> None:
    database = await Database.open(url, pool=1)
    try:
        await database.migrate()
    finally:
        await database.close()


def run(command: Sequence[str], environment: Mapping[str, str]) -> Any:
    """What a command prints as JSON."""
    done = subprocess.run(
        pinned(SERVER_CORE, command),
        cwd=ROOT,
        env={**os.environ, **environment},
        capture_output=True,
        check=False,
        timeout=3_600,
    )
    if done.returncode:
        raise SystemExit(f"{' '.join(command)} failed:\n{done.stderr.decode()[-2000:]}")
    return json.loads(done.stdout)


def imported(url: str, path: Path, rows: int) -> dict[str, float]:
    """Seconds that the import took by its own account; processor time with its start."""
    before = children_seconds()
    command = [str(Path(sys.executable).parent / "nobodyasked"), "import", str(path), "--json"]
    environment = {"NOBODYASKED_DATABASE_URL": url, "NOBODYASKED_DATA_DIR": str(path.parent)}
    (summary,) = run(command, environment)["files"]
    if summary["created"] != rows:
        raise SystemExit(f"{summary['created']} of {rows} rows were imported")
    return {"seconds": summary["seconds"], "cpu_seconds": children_seconds() - before}


def raw(url: str, path: Path) -> dict[str, float]:
    return run([sys.executable, "-m", "benchmarks.support.raw", url, str(path)], {})


def children_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def measure(kind: str, path: Path, rows: int, rounds: int, databases: Databases) -> dict[str, object]:
    runs: dict[str, list[dict[str, float]]] = {"import": [], "raw": []}
    for turn in range(rounds):
        for name in runs:
            url = databases.empty(kind, f"{name}_{turn}")
            asyncio.run(migrate(url))
            server = databases.postgres.pid if databases.postgres else 0
            before = cpu_seconds(server) if server else 0.0
            found = imported(url, path, rows) if name == "import" else raw(url, path)
            found["database_cpu_seconds"] = cpu_seconds(server) - before if server else 0.0
            runs[name].append(found)
    middle: dict[str, dict[str, float]] = {
        name: {key: round(statistics.median(one[key] for one in some), 3) for key in some[0]}
        for name, some in runs.items()
    }
    for one in middle.values():
        one["rows_per_second"] = round(rows / one["seconds"])
    ratio = round(middle["raw"]["seconds"] / middle["import"]["seconds"], 3)
    return {"database": kind, "rows": rows, **middle, "of_raw": ratio}


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="writes", description="Imports of a file, next to the driver alone.")
    parser.add_argument("--rows", type=int, default=200_000)
    parser.add_argument("--databases", default="sqlite,postgres")
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder, Databases(Path(folder)) as databases:
        path = Path(folder) / "rows.csv"
        write_file(path, given.rows)
        for kind in given.databases.split(","):
            print(json.dumps(measure(kind, path, given.rows, given.rounds, databases)), flush=True)


if __name__ == "__main__":
    main()
