"""Which of the needs written into the bundled sample does inference find?

    python -m benchmarks sample [--json] [--seed N] [--granularity X]

Each message of the sample carries the need (or needs) that its author wrote into it; `sample_needs.csv` has the
labels, `noise` where there is none. Inference knows none of them. A found need belongs to the written need that most
of its supporting messages carry; a written need is FOUND when some found need of at least 3 customers belongs to it,
with at least half of its messages. Printed per written need: messages, found needs that belong to it (parts), the
share of its messages that they hold (recall), the largest part's share of right messages (precision) and statement.
"""

from __future__ import annotations

import argparse
import csv
import json
import time
from collections import Counter, defaultdict
from dataclasses import asdict, dataclass
from pathlib import Path

from nobodyasked.inference import Message, MiniLM, Parameters, find, prepare

HERE = Path(__file__).resolve().parent
SAMPLE = HERE.parent / "server" / "sample" / "messages.csv"
LABELS = HERE / "sample_needs.csv"
ENOUGH_CUSTOMERS = 3
ENOUGH_PRECISION = 0.5


@dataclass(frozen=True)
class Line:
    """What became of one written need. Shares from 0 to 1."""

    need: str
    messages: int
    found: bool
    parts: int
    recall: float
    precision: float
    statement: str


def read_labels() -> dict[str, set[str]]:
    """Message id -> the needs written into it; none for noise. Counter-evidence (`praise:`) does not count."""
    labels: dict[str, set[str]] = defaultdict(set)
    with LABELS.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            if row["need"] != "noise" and not row["need"].startswith("praise:"):
                labels[row["id"]].add(row["need"])
    return labels


def measure(parameters: Parameters, models: Path) -> tuple[list[Line], dict[str, float]]:
    """One line a written need, and the totals."""
    with SAMPLE.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    customers = {name: number for number, name in enumerate(sorted({row["customer"] for row in rows}))}
    messages = [
        Message(number, row["text"], customers[row["customer"]], float(row["rating"]) if row["rating"] else None)
        for number, row in enumerate(rows)
    ]
    prepare(models)
    start = time.perf_counter()
    found = find(messages, MiniLM(models), parameters)
    seconds = time.perf_counter() - start
    labels = read_labels()
    written: Counter[str] = Counter(need for needs in labels.values() for need in needs)
    parts: dict[str, list[tuple[int, float, set[int], str]]] = defaultdict(list)
    right = held = 0
    for need in found.needs:
        keys = {found.spans[link.span].key for link in need.evidence if link.stance == "SUPPORTS"}
        voices = {messages[key].customer for key in keys}
        carried = Counter(one for key in keys for one in labels[rows[key]["id"]])
        held += len(keys)
        if not carried:
            continue
        best, most = carried.most_common(1)[0]
        right += most
        if len(voices) >= ENOUGH_CUSTOMERS and most >= ENOUGH_PRECISION * len(keys):
            hits = {key for key in keys if best in labels[rows[key]["id"]]}
            parts[best].append((most, most / len(keys), hits, need.statement))
    lines = []
    for need, count in sorted(written.items(), key=lambda item: -item[1]):
        own = sorted(parts[need], key=lambda part: -part[0])
        reached = set().union(*(part[2] for part in own)) if own else set()
        lines.append(
            Line(
                need,
                count,
                bool(own),
                len(own),
                len(reached) / count,
                own[0][1] if own else 0.0,
                own[0][3] if own else "",
            )
        )
    totals = {
        "messages": len(messages),
        "written": len(written),
        "found": sum(line.found for line in lines),
        "needs": len(found.needs),
        "precision": right / held if held else 0.0,
        "recall": sum(line.recall * line.messages for line in lines) / sum(written.values()),
        "seconds": seconds,
    }
    return lines, totals


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="sample", description="Which of the sample's written needs are found?")
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument("--seed", type=int, default=Parameters().seed)
    parser.add_argument("--granularity", type=float, default=Parameters().granularity)
    parser.add_argument("--models", type=Path, default=Path(".data/models"), help="folder of the model files")
    given = parser.parse_args(arguments)
    lines, totals = measure(Parameters(granularity=given.granularity, seed=given.seed), given.models)
    if given.json:
        print(json.dumps({"totals": totals, "needs": [asdict(line) for line in lines]}))
        return
    print(
        f"{'written need':32} {'msgs':>4} {'found':>5} {'parts':>5} {'recall':>6} {'prec':>5}  statement of the largest part"
    )
    for line in lines:
        print(
            f"{line.need:32} {line.messages:>4} {'yes' if line.found else 'NO':>5} {line.parts:>5} "
            f"{line.recall:>6.2f} {line.precision:>5.2f}  {line.statement[:110]}"
        )
    print(
        f"{totals['found']:.0f} of {totals['written']:.0f} written needs found among {totals['needs']:.0f}; "
        f"precision {totals['precision']:.2f}, recall {totals['recall']:.2f}; "
        f"{totals['messages']:.0f} messages in {totals['seconds']:.1f} s"
    )


if __name__ == "__main__":
    main()
