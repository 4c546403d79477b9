"""Do needs keep their ids when everything is grouped anew, in another order and with a fifth more texts?

    python benchmarks/identity.py --data FILE.tsv [--json] [--seeds N] [--limit N]

FILE has a header and a column text (and rating, if any). A database of its own is filled with 5 of 6 texts; they are
grouped in an order drawn by lot, and the needs written. Then the other sixth is added, which is 20 % more, everything
is grouped afresh in another order and with another seed, and written over the first. Both runs go through what a run
afresh goes through, from the grouping to the database; medians over N seeds (default 3):

    kept       Percentage of the earlier needs whose id is still carried by the later need that holds most of their texts
               (of two that hold as many, the one with the smaller index). A need none of whose texts is in a later need
               is not kept.
    texts      Percentage of the texts in an earlier need that are in a need of the same id afterwards.
    same       Percentage of the texts in an earlier need that are in a need which the id of the earlier one leads to: the
               same id, or the one that it became an alias of.
    retired    Earlier needs that hold nothing afterwards under their own id.
    resolved   Percentage of them whose id leads to what took most of their texts, where anything did; and of which
               every one can still be asked for.
    agreement  Adjusted Rand index of the two groupings, over the texts that are in a need of both.
"""

from __future__ import annotations

import argparse
import asyncio
import csv
import json
import random
import statistics
import tempfile
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from nobodyasked.inference import Findings, Message, MiniLM, Parameters, find
from nobodyasked.inference.called import Called
from nobodyasked.inference.past import Past
from nobodyasked.inference.store import KnownVectors
from nobodyasked.inference.vector import Embedder
from nobodyasked.models.actor import Actor
from nobodyasked.models.commands import complaints, findings, runs
from nobodyasked.models.commands.complaints import ComplaintDraft
from nobodyasked.models.database import Database
from nobodyasked.models.queries import inference as queries
from nobodyasked.models.queries import nearness, orders
from nobodyasked.models.queries.anchors import anchors, dismissed
from nobodyasked.server.jobs.run import Before, regrouped

OPERATOR = Actor.operator()
HELD_BACK = 6  # every sixth text comes later: 20 % more than the others
ROWS_AT_ONCE = 2_000


@dataclass(frozen=True)
class State:
    """Supporting texts by need, and where each need's id leads (None: nowhere)."""

    texts: dict[int, set[int]]
    leads: dict[int, int | None]


def read(path: Path, limit: int | None) -> list[tuple[str, float | None]]:
    csv.field_size_limit(2**31 - 1)
    with path.open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
        texts = [(row["text"], float(row["rating"]) if row.get("rating") else None) for row in rows]
    return [(text, rating) for text, rating in texts if text.strip()][:limit]


async def receive(database: Database, rows: list[tuple[int, str, float | None]]) -> None:
    for start in range(0, len(rows), ROWS_AT_ONCE):
        drafts = [
            ComplaintDraft(text, "file", "benchmark", external_id=str(number), rating=rating)
            for number, text, rating in rows[start : start + ROWS_AT_ONCE]
        ]
        await complaints.import_rows(database, OPERATOR, drafts)


async def infer(database: Database, embedder: Embedder, parameters: Parameters, order: random.Random) -> Findings:
    """One run over everything, in an order of its own."""
    run_id = await runs.start(database, OPERATOR, {})
    await runs.begin(database, run_id, {})
    messages = [
        Message(row.id, row.text, row.customer_id, row.rating)
        async for rows in queries.messages(database, await queries.newest(database))
        for row in rows
    ]
    order.shuffle(messages)
    last = await orders.before(database)
    before = Before(
        await queries.previous(database),
        await queries.lost(database),
        await anchors(database),
        await dismissed(database),
        await queries.aspects(database),
    )
    told = await nearness.called(database)
    called = {need: one for need, text in told.items() if (one := Called.unpacked(text)) is not None}
    past = Past(before.owners(), called, () if last is None else range(last[0] + 1))
    found = find(messages, embedder, parameters, past=past)
    customers = {message.key: message.customer for message in messages}
    known = KnownVectors(embedder.dimensions)
    written = regrouped(found, customers, before, parameters, await queries.newest(database), known, embedder)
    await findings.apply(database, run_id, written, {}, {})
    return found


async def state(database: Database) -> State:
    texts: dict[int, set[int]] = {}
    for need, places in (await queries.previous(database)).items():
        texts[need] = {place[0] for place in places}
    rows = await database.rows(
        "SELECT n.id, t.id FROM need n LEFT JOIN need t ON t.id = COALESCE(n.merged_into_id, n.id) AND t.status <> 'MERGED'"
    )
    return State(texts, dict(map(tuple, rows)))


def compare(before: State, after: State) -> dict[str, float]:
    # only a measurement needs it, not --help
    from sklearn.metrics import adjusted_rand_score

    owners: dict[int, list[int]] = {}
    for need, texts in sorted(after.texts.items()):
        for text in texts:
            owners.setdefault(text, []).append(need)
    kept = retired = resolved = unchanged = same = total = 0
    for need, texts in before.texts.items():
        took = Counter(owner for text in texts for owner in owners.get(text, ()))
        most = min(took, key=lambda owner: (-took[owner], owner)) if took else None
        kept += most == need
        leads = after.leads.get(need)
        if not after.texts.get(need):
            retired += 1
            resolved += leads is not None and (most is None or took[leads] == took[most])
        for text in texts:
            total += 1
            unchanged += need in owners.get(text, ())
            same += leads in owners.get(text, ())
    both = sorted(owners.keys() & {text for texts in before.texts.values() for text in texts})
    first = {text: need for need, texts in before.texts.items() for text in texts}
    return {
        "needs_before": len(before.texts),
        "needs_after": len(after.texts),
        "kept": 100 * kept / max(1, len(before.texts)),
        "texts": 100 * unchanged / max(1, total),
        "same": 100 * same / max(1, total),
        "retired": retired,
        "resolved": 100 * resolved / retired if retired else 100.0,
        "agreement": 100 * adjusted_rand_score([first[text] for text in both], [owners[text][0] for text in both]),
    }


async def measure(rows: list[tuple[str, float | None]], embedder: Embedder, seed: int) -> dict[str, float]:
    numbered = [(number, text, rating) for number, (text, rating) in enumerate(rows)]
    dice = random.Random(seed)
    dice.shuffle(numbered)
    later = len(numbered) // HELD_BACK
    began = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        database = await Database.open(f"sqlite:///{folder}/identity.db", pool=1)
        try:
            await database.migrate()
            await receive(database, numbered[later:])
            await infer(database, embedder, Parameters(seed=2 * seed), random.Random(2 * seed))
            before = await state(database)
            await receive(database, numbered[:later])
            await infer(database, embedder, Parameters(seed=2 * seed + 1), random.Random(2 * seed + 1))
            result = compare(before, await state(database))
        finally:
            await database.close()
    return {**result, "seconds": time.perf_counter() - began}


def main(given: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument("--seeds", type=int, default=3, help="measurements, each with an order of its own")
    parser.add_argument("--limit", type=int, help="use only the first N texts")
    parser.add_argument("--models", type=Path, default=Path(".data/models"), help="folder of the model files")
    arguments = parser.parse_args(given)
    rows = read(arguments.data, arguments.limit)
    embedder = MiniLM(arguments.models)
    results = [asyncio.run(measure(rows, embedder, seed)) for seed in range(arguments.seeds)]
    result: dict[str, object] = {"data": arguments.data.name, "n": len(rows)}
    result |= {key: round(statistics.median(one[key] for one in results), 1) for key in results[0]}
    print(json.dumps(result) if arguments.json else "  ".join(f"{key} {value}" for key, value in result.items()))


if __name__ == "__main__":
    main()
