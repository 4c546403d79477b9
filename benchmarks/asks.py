"""How well asks are told apart: precision, recall, F1 and average precision against labelled texts.

    python benchmarks/asks.py --data FILE.tsv [--positive LABEL] [--json]

FILE has a header and the columns text and label; a label equal to LABEL (default 1) marks an ask. A text of several
spans scores as its clearest one.
"""

import argparse
import csv
import json
from collections.abc import Sequence
from pathlib import Path

from nobodyasked.inference.signal import ask_score
from nobodyasked.inference.span import split

THRESHOLD = 0.5  # the score at which the pipeline calls a span an ask


def score(text: str) -> float:
    return max((ask_score(text[start:end]) for start, end in split(text)), default=0.0)


def measure(scores: Sequence[float], positives: Sequence[bool]) -> dict[str, float]:
    """Percentages, 0..100. Average precision sums precision over the rises of recall, equal scores taken together."""
    hits = sum(value >= THRESHOLD and positive for value, positive in zip(scores, positives, strict=True))
    called = sum(value >= THRESHOLD for value in scores)
    total = sum(positives)
    precision, recall = hits / called if called else 0.0, hits / total if total else 0.0
    ranked = sorted(zip(scores, positives, strict=True), key=lambda pair: -pair[0])
    average = seen = before = 0.0
    for rank, (value, positive) in enumerate(ranked, 1):
        seen += positive
        if rank == len(ranked) or ranked[rank][0] != value:
            average += (seen - before) / total * seen / rank if total else 0.0
            before = seen
    return {
        "n": len(scores),
        "positive": total,
        "precision": round(100 * precision, 1),
        "recall": round(100 * recall, 1),
        "f1": round(200 * precision * recall / (precision + recall), 1) if hits else 0.0,
        "average_precision": round(100 * average, 1),
    }


def read(path: Path) -> tuple[list[str], list[str]]:
    csv.field_size_limit(2**31 - 1)
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    return [row["text"] for row in rows], [row["label"] for row in rows]


def main(given: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, action="append", help="labelled texts; may be given again")
    parser.add_argument("--positive", default="1", help="the label that marks an ask")
    parser.add_argument("--json", action="store_true", help="print JSON, one object a line")
    arguments = parser.parse_args(given)
    for path in arguments.data:
        texts, labels = read(path)
        result = {
            "data": path.name,
            **measure([score(text) for text in texts], [label == arguments.positive for label in labels]),
        }
        print(json.dumps(result) if arguments.json else "  ".join(f"{key} {value}" for key, value in result.items()))


if __name__ == "__main__":
    main()
