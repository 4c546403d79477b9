"""How well needs agree with labels given by people: V-measure, ARI and AMI of the needs found.

    python benchmarks/clustering.py --data FILE.tsv [--json] [--seeds N] [--limit N] [--least N] [--granularity G]

FILE has a header and the columns text and label (rating is used where there is one). Each text is one message of one
customer; it belongs to the need that it supports most, and where it supports none, to the need whose centre is nearest
(`noise` is the share of such texts). Percentages are 0..100; figures are medians over the seeds. The peak of memory is
that of the whole process, in MB. Needs scikit-learn.
"""

import argparse
import csv
import json
import resource
import statistics
import time
from collections import Counter
from pathlib import Path

import numpy as np

from nobodyasked.inference import Findings, Message, MiniLM, Parameters, find
from nobodyasked.inference.vector import Embedder


def read(path: Path, limit: int | None, least: int) -> tuple[list[Message], list[str]]:
    csv.field_size_limit(2**31 - 1)
    with path.open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE) if row["label"]]
    sizes = Counter(row["label"] for row in rows)
    rows = [row for row in rows if sizes[row["label"]] >= least][:limit]
    messages = [
        Message(key, row["text"], rating=float(row["rating"]) if row.get("rating") else None)
        for key, row in enumerate(rows)
    ]
    return messages, [row["label"] for row in rows]


def assign(found: Findings, messages: list[Message], embedder: Embedder) -> tuple[list[int], float]:
    """The need of each message, and the share of messages that support none."""
    best: dict[int, tuple[float, int]] = {}
    for number, need in enumerate(found.needs):
        for item in need.evidence:
            if item.stance == "SUPPORTS":
                key = found.spans[item.span].key
                best[key] = max(best.get(key, (0.0, 0)), (item.confidence, number))
    stray = [message for message in messages if message.key not in best]
    if stray and found.needs:
        centres = np.stack([need.centroid for need in found.needs])
        nearest = (embedder.embed([message.text for message in stray]) @ centres.T).argmax(axis=1)
        best.update({message.key: (0.0, int(number)) for message, number in zip(stray, nearest, strict=True)})
    return [best.get(message.key, (0.0, 0))[1] for message in messages], 100 * len(stray) / len(messages)


def main(given: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument("--seeds", type=int, default=3, help="runs, each with a seed of its own")
    parser.add_argument("--limit", type=int, help="use only the first N texts")
    parser.add_argument("--least", type=int, default=1, help="leave out labels of fewer texts")
    parser.add_argument("--granularity", type=float, default=Parameters().granularity)
    parser.add_argument("--models", type=Path, default=Path(".data/models"), help="folder of the model files")
    arguments = parser.parse_args(given)
    # only a measurement needs it, not --help
    from sklearn.metrics import adjusted_mutual_info_score, adjusted_rand_score, v_measure_score

    messages, labels = read(arguments.data, arguments.limit, arguments.least)
    embedder = MiniLM(arguments.models)
    embedder.embed(["warm up"])
    runs: list[dict[str, float]] = []
    for seed in range(arguments.seeds):
        began = time.perf_counter()
        found = find(messages, embedder, Parameters(seed=seed, granularity=arguments.granularity))
        seconds = time.perf_counter() - began
        assigned, noise = assign(found, messages, embedder)
        runs.append(
            {
                "needs": len(found.needs),
                "v_measure": 100 * float(v_measure_score(labels, assigned)),
                "ari": 100 * float(adjusted_rand_score(labels, assigned)),
                "ami": 100 * float(adjusted_mutual_info_score(labels, assigned)),
                "noise": noise,
                "seconds": seconds,
            }
        )
    result: dict[str, object] = {"data": arguments.data.name, "n": len(messages), "labels": len(set(labels))}
    result |= {key: round(statistics.median(run[key] for run in runs), 1) for key in runs[0]}
    result["peak_mb"] = round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
    print(json.dumps(result) if arguments.json else "  ".join(f"{key} {value}" for key, value in result.items()))


if __name__ == "__main__":
    main()
