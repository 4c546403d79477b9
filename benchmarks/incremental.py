"""Do new texts go where a full run would put them, how fast, and how sure is it?

    python benchmarks/incremental.py --data FILE.tsv [--json] [--complaints 100000] [--limit N]

FILE has a header and the columns text and label (label may be left empty, rating may be given). Four fifths of the texts,
drawn by lot, are grouped; the others are placed one by one into the needs that were found, as the server does it: read,
embedded, compared, nothing written. Then everything is grouped by a full run that knows the first one's needs.

    agreement   Percentage of the held-out texts for which placement and full run agree: a need that the text was placed
                into is one that the full run put it into (as supporting it, under the same id, or under that which the
                need's id became an alias of), or both found none.
    new         Percentage of the held-out texts that the full run put only into needs that were not there before: no
                placement can agree on those. repeated: agreement of the full run with another one, of another seed,
                where `--repeat` is given; needs new in both count as one where most of their texts are the same.
    placed      Percentage of the held-out texts that were placed. both: agreement among those that both put somewhere.
    accuracy    Where there are labels: percentage of the placed texts whose need mostly holds texts of their label.
    p50, p95    Milliseconds for one text, end to end without the database: at the file's size, and with needs filled up to
                as many complaints as asked for with slightly moved copies of the vectors (grown), on one thread.
    ece, auc    Expected calibration error of the placements' confidences (percentage points, 10 bins) and area under the
                ROC curve (percent), against the labels: right is what `accuracy` counts. Null without labels.
"""

from __future__ import annotations

import argparse
import csv
import json
import random
import time
from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

import numpy as np

from nobodyasked.inference import Findings, Message, MiniLM, NeedIndex, Parameters, Piece, find, match
from nobodyasked.inference.identity import heirs
from nobodyasked.inference.past import Past
from nobodyasked.inference.place import Placed
from nobodyasked.inference.vector import Embedder, normalised
from nobodyasked.server.jobs.reader import read as read_messages

HELD_OUT = 5  # every fifth text
EVIDENCE_PER_NEED = 64  # as many as the server holds
COPY_NOISE = 0.03  # standard deviation of each of a copy's numbers: about 0.8 cosine to where it came from
BINS = 10


def read(path: Path, limit: int | None) -> tuple[list[Message], list[str]]:
    csv.field_size_limit(2**31 - 1)
    with path.open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE) if row["text"].strip()]
    rows = rows[:limit]
    messages = [
        Message(key, row["text"], rating=float(row["rating"]) if row.get("rating") else None)
        for key, row in enumerate(rows)
    ]
    return messages, [row.get("label") or "" for row in rows]


def evenly(spans: Sequence[int], most: int) -> Sequence[int]:
    """At most so many of a need's spans, from the surest to the least sure, as the server holds them."""
    return [span for place, span in enumerate(spans) if place * most % len(spans) < most]


def index_of(
    found: Findings, texts: dict[int, str], embedder: Embedder, per_need: int = EVIDENCE_PER_NEED
) -> NeedIndex:
    """The needs of a run, numbered as it gave them."""
    index = NeedIndex(embedder)
    for number, need in enumerate(found.needs):
        best = evenly([item.span for item in need.evidence if item.stance == "SUPPORTS"], per_need)
        rows = sorted(best, key=lambda row: found.spans[row].key)
        pieces = [
            Piece(span.key, texts[span.key][span.start : span.end]) for span in (found.spans[row] for row in rows)
        ]
        index.learn(number, pieces, found.vectors[rows], need.called)
    return index


def grown(found: Findings, texts: dict[int, str], embedder: Embedder, complaints: int) -> NeedIndex:
    """As `index_of`, with needs added until there would be as many as among so many complaints."""
    index = index_of(found, texts, embedder)
    dice = np.random.default_rng(0)
    sizes = [sum(item.stance == "SUPPORTS" for item in need.evidence) for need in found.needs]
    copies = max(0, complaints // max(1, sum(sizes)) - 1)
    number = len(found.needs)
    for _ in range(copies):
        for need in found.needs:
            best = evenly([item.span for item in need.evidence if item.stance == "SUPPORTS"], EVIDENCE_PER_NEED)
            rows = sorted(best, key=lambda row: found.spans[row].key)
            moved = normalised(
                found.vectors[rows] + dice.normal(0, COPY_NOISE, (len(rows), found.vectors.shape[1])).astype(np.float32)
            )
            spans = [found.spans[row] for row in rows]
            pieces = [Piece(span.key, texts[span.key][span.start : span.end]) for span in spans]
            index.learn(number, pieces, moved, need.called)
            number += 1
    return index


def place(message: Message, index: NeedIndex, embedder: Embedder) -> Placed:
    """What the server does with a complaint that has just come, up to the writing."""
    (reading,) = read_messages([message], embedder)
    pieces = [Piece(span.key, message.text[span.start : span.end], span.kind, span.score) for span in reading.spans]
    return index.place(pieces, reading.vectors)


def timed(
    messages: Sequence[Message], index: NeedIndex, embedder: Embedder, name: str = ""
) -> tuple[list[Placed], dict[str, float]]:
    """What became of each, and the median and the 95th percentile of the milliseconds."""
    place(messages[0], index, embedder)
    taken, found = [], []
    for message in messages:
        began, used = time.perf_counter(), time.thread_time()
        found.append(place(message, index, embedder))
        taken.append((1_000 * (time.perf_counter() - began), 1_000 * (time.thread_time() - used)))
    by_clock, by_processor = np.percentile(taken, (50, 95), axis=0).T.tolist()
    times = {"p50": by_clock[0], "p95": by_clock[1], "cpu_p50": by_processor[0], "cpu_p95": by_processor[1]}
    return found, {f"{name}{key}": value for key, value in times.items()}


def support(found: Findings) -> list[set[tuple[int, int, int]]]:
    return [{found.spans[item.span][:3] for item in need.evidence if item.stance == "SUPPORTS"} for need in found.needs]


def needs_of(found: Sequence[Collection[tuple[int, int, int]]], number_of: Mapping[int, int]) -> dict[int, set[int]]:
    """The needs of each message, by their numbers."""
    needs: dict[int, set[int]] = defaultdict(set)
    for index, some in enumerate(found):
        for key, _, _ in some:
            needs[key].add(number_of[index])
    return needs


def agree(some: Collection[int], others: Collection[int]) -> bool:
    """Whether two answers share a need, or both are none."""
    return not set(some).isdisjoint(others) if some and others else not some and not others


def measure(
    messages: Sequence[Message],
    labels: Sequence[str],
    embedder: Embedder,
    complaints: int,
    seed: int,
    *,
    repeat: bool = False,
) -> dict[str, float | int | None]:
    texts = {message.key: message.text for message in messages}
    order = list(messages)
    random.Random(seed).shuffle(order)
    later, first = order[: len(order) // HELD_OUT], order[len(order) // HELD_OUT :]
    before = find(first, embedder, Parameters(seed=seed))
    placed, times = timed(later, index_of(before, texts, embedder), embedder)
    _, grown_times = timed(later[:500], grown(before, texts, embedder, complaints), embedder, "grown_")
    known = support(before)
    owner = {place: number for number, some in enumerate(known) for place in some}
    past = Past(
        owner,
        {number: need.called for number, need in enumerate(before.needs) if need.called is not None},
        {message.key for message in first},
    )
    after = support(find(order, embedder, Parameters(seed=seed), past=past))
    same = match(dict(enumerate(known)), after)
    number_of = {index: same.get(index, -1 - index) for index in range(len(after))}
    full = needs_of(after, number_of)
    became = {need: number_of[index] for need, index in heirs(dict(enumerate(known)), after, same).items()}
    repeated = None
    if repeat:
        again = support(find(order, embedder, Parameters(seed=seed + 1), past=past))
        same_again = match({number_of[index]: some for index, some in enumerate(after)}, again)
        other = needs_of(again, {index: same_again.get(index, len(known) + index) for index in range(len(again))})
        repeated = 100 * float(np.mean([agree(full[one.key], other[one.key]) for one in later]))
    agreed = fresh = put = both = both_agreed = 0
    sure: list[float] = []
    right: list[bool] = []
    major = [Counter(labels[key] for key, _, _ in some).most_common(1)[0][0] for some in known]
    for message, result in zip(later, placed, strict=True):
        supports = [one for one in result.placements if one.stance == "SUPPORTS"]
        needs, wanted = {became.get(one.need_id, one.need_id) for one in supports}, full[message.key]
        agreed += agree(needs, wanted)
        fresh += bool(wanted) and all(need < 0 for need in wanted)
        put += bool(needs)
        both += bool(needs and wanted)
        both_agreed += bool(needs & wanted)
        if labels[message.key]:
            sure += [one.confidence for one in supports]
            right += [major[one.need_id] == labels[message.key] for one in supports]
    return {
        "needs": len(before.needs),
        "held_out": len(later),
        "agreement": 100 * agreed / max(1, len(later)),
        "new": 100 * fresh / max(1, len(later)),
        "repeated": repeated,
        "placed": 100 * put / max(1, len(later)),
        "both": 100 * both_agreed / max(1, both),
        "accuracy": 100 * float(np.mean(right)) if right else None,
        **times,
        "complaints": complaints,
        **grown_times,
        "ece": calibration_error(sure, right) if right else None,
        "auc": ranking(sure, right) if right else None,
    }


def calibration_error(sure: Sequence[float], right: Sequence[bool]) -> float:
    """Mean distance of confidence and share of right ones over bins of equal width, in percentage points."""
    values, hits = np.asarray(sure), np.asarray(right, dtype=float)
    bins = np.minimum((values * BINS).astype(int), BINS - 1)
    apart = [
        abs(values[bins == one].mean() - hits[bins == one].mean()) * (bins == one).sum() for one in np.unique(bins)
    ]
    return 100 * float(sum(apart)) / len(values)


def ranking(sure: Sequence[float], right: Sequence[bool]) -> float | None:
    # only a measurement needs it, not --help
    from sklearn.metrics import roc_auc_score

    return 100 * float(roc_auc_score(right, sure)) if len(set(right)) == 2 else None


def main(given: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument("--complaints", type=int, default=100_000, help="complaints that the needs are filled up to")
    parser.add_argument("--limit", type=int, help="use only the first N texts")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--repeat", action="store_true", help="tell what two full runs agree on, which bounds the rest")
    parser.add_argument("--models", type=Path, default=Path(".data/models"), help="folder of the model files")
    arguments = parser.parse_args(given)
    messages, labels = read(arguments.data, arguments.limit)
    embedder = MiniLM(arguments.models, 1)
    found = measure(messages, labels, embedder, arguments.complaints, arguments.seed, repeat=arguments.repeat)
    result: dict[str, object] = {"data": arguments.data.name, "n": len(messages)}
    result |= {key: round(value, 1) if isinstance(value, float) else value for key, value in found.items()}
    print(json.dumps(result) if arguments.json else "  ".join(f"{key} {value}" for key, value in result.items()))


if __name__ == "__main__":
    main()
