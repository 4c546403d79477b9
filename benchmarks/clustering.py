"""How well the grouping agrees with labels given by people: V-measure, ARI, AMI and accuracy.

    python benchmarks/clustering.py --data FILE.tsv [--json] [--seeds N] [--k [K]] [--of groups|needs]
                                    [--rival bertopic|evoc|recipe ...] [--limit N] [--least N] [--granularity G]

FILE has a header and the columns text and label (rating is used where there is one). Each text is one message of one
customer. What is measured is the grouping of a run at default settings, the number of groups unknown (`--of groups`): a
text belongs to the group of alike spans that most of its own are in, whether that group was then found to be a need or
not, since labels such as intents and topics are no needs. `--of needs` measures the needs alone: a text belongs to the
need that it supports most. Either way a text that belongs to none goes to the one whose centre is nearest; `noise` is the
share of such texts, and `needs` how many of the groups are needs.

`--k` is the published setting, in which the number of groups is known (that of the labels, or K): the texts themselves
are grouped, each a row, and every one is in a group. `--rival` runs others on the same vectors of the same texts, each
with its own defaults: `recipe` (a plain one, see its docstring) always, `bertopic` and `evoc` where they are installed.

Percentages are 0..100; figures are medians over the seeds. Accuracy is that of the best pairing of groups and labels,
one to one (Kuhn 1955). Seconds hold the embedding, but for the rivals. The peak of memory is that of the whole process, in
MB. Needs scikit-learn.
"""

import argparse
import csv
import json
import resource
import statistics
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from nobodyasked.inference import Findings, Message, MiniLM, Parameters, find
from nobodyasked.inference.graph import exactly, neighbours
from nobodyasked.inference.vector import Embedder, normalised

Floats = NDArray[np.float32]
Group = Callable[[list[str], Floats, int], list[int]]


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


def assign(found: Findings, messages: list[Message], embedder: Embedder, of: str) -> tuple[list[int], float]:
    """The group (or need) of each message, and the share of messages, 0..100, that are in none and went to the nearest."""
    best: dict[int, tuple[float, int]] = {}
    if of == "needs":
        centres = [need.centroid for need in found.needs]
        held = [
            (found.spans[item.span].key, number, item.confidence)
            for number, need in enumerate(found.needs)
            for item in need.evidence
            if item.stance == "SUPPORTS"
        ]
    else:
        centres = [found.vectors[rows].mean(axis=0) for rows in found.groups]
        length: Counter[tuple[int, int]] = Counter()
        for number, rows in enumerate(found.groups):
            for row in rows:
                span = found.spans[row]
                length[span.key, number] += span.end - span.start
        held = [(key, number, float(size)) for (key, number), size in length.items()]
    for key, number, weight in held:
        best[key] = max(best.get(key, (0.0, 0)), (weight, number))
    stray = [message for message in messages if message.key not in best]
    if stray and centres:
        middle = normalised(np.stack(centres))
        nearest = (embedder.embed([message.text for message in stray]) @ middle.T).argmax(axis=1)
        best.update({message.key: (0.0, int(number)) for message, number in zip(stray, nearest, strict=True)})
    return [best.get(message.key, (0.0, 0))[1] for message in messages], 100 * len(stray) / len(messages)


def scores(labels: Sequence[str], assigned: Sequence[int]) -> dict[str, float]:
    """Agreement of a grouping with the labels, 0..100."""
    from scipy.optimize import linear_sum_assignment
    from sklearn.metrics import adjusted_mutual_info_score, adjusted_rand_score, v_measure_score
    from sklearn.metrics.cluster import contingency_matrix

    table = contingency_matrix(labels, assigned)
    return {
        "v_measure": 100 * float(v_measure_score(labels, assigned)),
        "ari": 100 * float(adjusted_rand_score(labels, assigned)),
        "ami": 100 * float(adjusted_mutual_info_score(labels, assigned)),
        "accuracy": 100 * float(table[linear_sum_assignment(-table)].sum() / table.sum()),
    }


def recipe(texts: list[str], vectors: Floats, seed: int) -> list[int]:
    """The plain way: communities of the graph of k nearest neighbours, k = sqrt(n) / 4 from 5 to 40, taken apart again
    while the mean of more than 12 vectors is shorter than 0.62.

    Louvain on modularity, its resolution halved in until 85 % of the graph's weight is inside.
    """
    from scipy.sparse import csr_matrix
    from sknetwork.clustering import Louvain

    def communities(members: NDArray[np.intp]) -> list[NDArray[np.intp]]:
        rows = len(members)
        nearest, cosines = neighbours(vectors[members], int(np.clip(np.sqrt(rows) / 4, 5, 40)))
        places = np.repeat(np.arange(rows), nearest.shape[1])
        one = csr_matrix((np.clip(cosines, 0.001, None).astype(float).ravel(), (places, nearest.ravel())), (rows, rows))
        graph = one.maximum(one.T).tocsr()
        edges = graph.tocoo()
        low, high = 0.05, 32.0
        found = np.zeros(rows, dtype=np.int64)
        for _ in range(8):
            resolution = (low * high) ** 0.5
            found = Louvain(resolution, shuffle_nodes=True, random_state=seed).fit_predict(graph)
            inside = edges.data[found[edges.row] == found[edges.col]].sum() / edges.data.sum()
            low, high = (low, resolution) if inside < 0.85 else (resolution, high)
        return [members[found == number] for number in range(int(found.max()) + 1)]

    labels = np.zeros(len(vectors), dtype=np.int64)
    waiting = communities(np.arange(len(vectors)))
    number = 0
    while waiting:
        members = waiting.pop()
        if len(members) > 12 and np.linalg.norm(vectors[members].mean(axis=0)) < 0.62:
            parts = communities(members)
            if len(parts) > 1:
                waiting += parts
                continue
        labels[members] = number
        number += 1
    return labels.tolist()


def bertopic(texts: list[str], vectors: Floats, seed: int) -> list[int]:
    """BERTopic with its defaults; what it calls outliers goes to the nearest topic's mean."""
    from bertopic import BERTopic  # type: ignore[reportMissingImports]
    from umap import UMAP  # type: ignore[reportMissingImports]

    steps = UMAP(n_neighbors=15, n_components=5, min_dist=0.0, metric="cosine", random_state=seed)
    topics, _ = BERTopic(umap_model=steps).fit_transform(texts, embeddings=vectors)
    return _filled(np.asarray(topics), vectors)


def evoc(texts: list[str], vectors: Floats, seed: int) -> list[int]:
    """EVoC with its defaults; what it calls noise goes to the nearest cluster's mean."""
    from evoc import EVoC  # type: ignore[reportMissingImports]

    return _filled(np.asarray(EVoC(random_state=seed).fit_predict(vectors)), vectors)


def _filled(labels: NDArray[np.int64], vectors: Floats) -> list[int]:
    known = np.unique(labels[labels >= 0])
    if len(known):
        centres = normalised(np.stack([vectors[labels == one].mean(axis=0) for one in known]))
        stray = labels < 0
        labels = labels.copy()
        labels[stray] = known[(vectors[stray] @ centres.T).argmax(axis=1)]
    return labels.tolist()


RIVALS: dict[str, Group] = {"recipe": recipe, "bertopic": bertopic, "evoc": evoc}


def _medians(runs: Sequence[dict[str, float]]) -> dict[str, float]:
    return {key: round(statistics.median(run[key] for run in runs), 1) for key in runs[0]}


def _own(
    messages: list[Message], labels: list[str], embedder: Embedder, arguments: argparse.Namespace
) -> dict[str, float]:
    runs: list[dict[str, float]] = []
    for seed in range(arguments.seeds):
        began = time.perf_counter()
        found = find(messages, embedder, Parameters(seed=seed, granularity=arguments.granularity))
        seconds = time.perf_counter() - began
        assigned, noise = assign(found, messages, embedder, arguments.of)
        counted = {"groups": len(set(assigned)), "needs": len(found.needs)}
        runs.append({**counted, **scores(labels, assigned), "noise": noise, "seconds": seconds})
    return _medians(runs)


def _given(texts: list[str], vectors: Floats, labels: list[str], group: Group, seeds: int) -> dict[str, float]:
    runs: list[dict[str, float]] = []
    for seed in range(seeds):
        began = time.perf_counter()
        assigned = group(texts, vectors, seed)
        seconds = time.perf_counter() - began
        runs.append({"groups": len(set(assigned)), **scores(labels, assigned), "seconds": seconds})
    return _medians(runs)


def main(given: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument("--seeds", type=int, default=5, help="runs, each with a seed of its own")
    parser.add_argument(
        "--k", type=int, nargs="?", const=0, help="the number of groups is known: K, or that of the labels"
    )
    parser.add_argument("--of", choices=["groups", "needs"], default="groups", help="what is measured")
    parser.add_argument("--rival", choices=sorted(RIVALS), action="append", default=[], help="run this beside it")
    parser.add_argument("--limit", type=int, help="use only the first N texts")
    parser.add_argument("--least", type=int, default=1, help="leave out labels of fewer texts")
    parser.add_argument("--granularity", type=float, default=Parameters().granularity)
    parser.add_argument("--models", type=Path, default=Path(".data/models"), help="folder of the model files")
    arguments = parser.parse_args(given)
    messages, labels = read(arguments.data, arguments.limit, arguments.least)
    if not messages:
        parser.error("there is no labelled text in the data")
    embedder = MiniLM(arguments.models)
    embedder.embed(["warm up"])
    about = {"data": arguments.data.name, "n": len(messages), "labels": len(set(labels))}
    texts = [message.text for message in messages]
    vectors = embedder.embed(texts) if arguments.k is not None or arguments.rival else np.zeros((0, 0), np.float32)
    results: list[dict[str, object]] = []
    if arguments.k is None:
        results.append({**about, "method": "nobodyasked", **_own(messages, labels, embedder, arguments)})
    else:
        count = arguments.k or len(set(labels))

        def group(texts: list[str], vectors: Floats, seed: int) -> list[int]:
            return exactly(vectors, count, seed).tolist()

        results.append({**about, "method": "nobodyasked", **_given(texts, vectors, labels, group, arguments.seeds)})
    results[0]["peak_mb"] = round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
    for name in arguments.rival:
        try:
            results.append({**about, "method": name, **_given(texts, vectors, labels, RIVALS[name], arguments.seeds)})
        except ImportError as missing:
            print(f"{name} is not installed here ({missing.name}); pip install {name}", file=sys.stderr)
    if arguments.json:
        print(json.dumps(results[0] if len(results) == 1 else results))
    else:
        for result in results:
            print("  ".join(f"{key} {value}" for key, value in result.items()))


if __name__ == "__main__":
    main()
