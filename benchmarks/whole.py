"""Memory and time of whole runs, as `nobodyasked import` and `nobodyasked infer` take them, as messages become many.

    python -m benchmarks whole [--data FILE.tsv] [--scale 10000,30000] [--json]

Each size is imported into a SQLite database of its own and inferred for the first time. Messages are made of sentences of
the bundled sample, two to four each, so that few sentences are embedded but nearly all messages differ; with `--data` they
are the rows of that file (column text, and app, rating where there are such), and all of it is embedded. Printed for each size: the
spans, needs and evidence found; of the import and of the run the seconds, the processor seconds and the peak of memory (MB, of
the largest process); and how much each further message took since the size before, in KB.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from nobodyasked.inference import split

SAMPLE = Path(__file__).resolve().parent.parent / "server" / "sample" / "messages.csv"
CUSTOMERS_A_MESSAGE = 0.75
START = "from nobodyasked.server.cli.main import main; main()"

Row = tuple[str, str, str]
"""Text, product and rating."""


def made(seed: int) -> Iterator[Row]:
    """Messages without end, of the sample's sentences about one product."""
    dice = random.Random(seed)
    by_product: dict[str, list[str]] = {}
    with SAMPLE.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            text = row["text"]
            by_product.setdefault(row["product"], []).extend(text[start:end] for start, end in split(text))
    products = list(by_product)
    weights = [len(some) for some in by_product.values()]
    while True:
        (product,) = dice.choices(products, weights)
        some = by_product[product]
        sentences = dice.sample(some, min(len(some), dice.randint(2, 4)))
        text = " ".join(one if one.endswith((".", "!", "?")) else f"{one}." for one in sentences)
        yield text, product, str(dice.randint(1, 5))


def read(path: Path) -> Iterator[Row]:
    """The rows of a file of labelled texts."""
    csv.field_size_limit(2**31 - 1)
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE):
            yield row["text"], row.get("app") or "", row.get("rating") or ""


def write(path: Path, rows: Iterator[Row], count: int) -> int:
    """Write so many messages, fewer where there are no more; how many."""
    dice = random.Random(0)
    written = 0
    with path.open("w", encoding="utf-8", newline="") as file:
        out = csv.writer(file)
        out.writerow(["id", "text", "product", "rating", "customer", "channel"])
        for written, (text, product, rating) in enumerate(islice(rows, count), 1):
            customer = dice.randrange(int(count * CUSTOMERS_A_MESSAGE) + 1)
            out.writerow([written, text, product, rating, f"c{customer}", "review"])
    return written


def taken(arguments: list[str], environment: dict[str, str]) -> tuple[str, dict[str, float]]:
    """What a command printed, and what it took with its children."""
    began = time.perf_counter()
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as told:
        command = [sys.executable, "-c", START, *arguments]
        process = subprocess.Popen(command, env=environment, stdout=out, stderr=told)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        told.seek(0)
        if process.returncode:
            raise SystemExit(told.read().decode(errors="replace")[-2_000:])
        return out.read().decode(), {
            "seconds": round(time.perf_counter() - began, 1),
            "cpu_seconds": round(usage.ru_utime + usage.ru_stime, 1),
            "peak_mb": round(usage.ru_maxrss / 1024),
        }


def measure(count: int, arguments: argparse.Namespace, folder: Path) -> dict[str, Any]:
    folder.mkdir()
    (folder / "models").symlink_to(arguments.models.resolve())
    environment = {**os.environ, "NOBODYASKED_DATA_DIR": str(folder)}
    environment.pop("NOBODYASKED_DATABASE_URL", None)
    rows = made(0) if arguments.data is None else read(arguments.data)
    written = write(folder / "messages.csv", rows, count)
    _, imported = taken(["import", str(folder / "messages.csv")], environment)
    out, inferred = taken(["infer", "--json", "--top", "0"], environment)
    run = json.loads(out)["run"]
    counts = {name: run["counts"][name] for name in ("spans", "needs", "evidence", "embedded")}
    inferred["peak_mb"] = max(inferred["peak_mb"], run["counts"]["peak_memory_mb"])
    return {"n": written, **counts, "import": imported, "infer": inferred, "phases": run["timings"]}


def main(given: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, help="the messages are the rows of this file")
    parser.add_argument("--scale", default="10000,30000", help="numbers of messages")
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument("--models", type=Path, default=Path(".data/models"), help="folder of the model files")
    arguments = parser.parse_args(given)
    results: list[dict[str, Any]] = []
    for count in map(int, arguments.scale.split(",")):
        with tempfile.TemporaryDirectory() as folder:
            result = measure(count, arguments, Path(folder) / "data")
        if results and result["n"] > results[-1]["n"]:
            more = result["infer"]["peak_mb"] - results[-1]["infer"]["peak_mb"]
            result["kb_a_message"] = round(1024 * more / (result["n"] - results[-1]["n"]), 1)
        results.append(result)
        if not arguments.json:
            for name, value in result.items():
                print(
                    name, "  ".join(f"{key} {one}" for key, one in value.items()) if isinstance(value, dict) else value
                )
            print(flush=True)
    if arguments.json:
        print(json.dumps(results))


if __name__ == "__main__":
    main()
