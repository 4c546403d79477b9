"""How well asks are told apart: precision, recall, F1, average precision and calibration against labelled texts.

    python benchmarks/asks.py --data FILE.tsv [--positive LABEL] [--reviews] [--text-only] [--learn FILE.tsv] [--json]

FILE has a header and the columns text and label; a label equal to LABEL (default 1) marks an ask. A text of several
spans scores as its likeliest one. With `--reviews` labels say what whole reviews mostly do, and an ask is one of the product:
a text scores as the mean of its spans, and advice to other customers is none. Everything is told as the pipeline tells it, by rules and model, and called an ask
from a probability of one half on. With `--learn` the model learns first from texts drawn from another file of the same
form, as it does from a team's own labels; figures are then means over the draws. `ece` is the expected calibration error over ten bins of equal width.
"""

import argparse
import csv
import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from nobodyasked.inference import Embedder, Kind, MiniLM, prepare
from nobodyasked.inference.lesson import Lesson
from nobodyasked.inference.signal import KINDS, chances, taught
from nobodyasked.inference.span import split
from nobodyasked.inference.teller import CLASSES, probabilities

THRESHOLD = 0.5  # the score at which the pipeline calls a span an ask


def review_scores(texts: Sequence[str], embedder: Embedder | None) -> NDArray[np.float32]:
    """The mean probability, over the spans of each text, of an ask of the product."""
    spans = [[text[start:end] for start, end in split(text)] for text in texts]
    flat = [span for some in spans for span in some]
    vectors = embedder.embed(flat) if embedder is not None and flat else None
    likely = probabilities(flat, vectors)[:, CLASSES.index("ASK")]
    owner = np.repeat(np.arange(len(texts)), [len(some) for some in spans])
    count = np.maximum(np.bincount(owner, minlength=len(texts)), 1)
    return (np.bincount(owner, likely, len(texts)) / count).astype(np.float32)


def scores(texts: Sequence[str], embedder: Embedder | None, lesson: Lesson | None = None) -> NDArray[np.float32]:
    """The probability of an ask in each text; without an embedder from the texts alone."""
    spans = [[text[start:end] for start, end in split(text)] for text in texts]
    flat = [span for some in spans for span in some]
    vectors = embedder.embed(flat) if embedder is not None and flat else None
    likely = chances(flat, vectors=vectors, lesson=lesson)[:, KINDS.index(Kind.ASK)]
    best = np.zeros(len(texts), dtype=np.float32)
    np.maximum.at(best, np.repeat(np.arange(len(texts)), [len(some) for some in spans]), likely)
    return best


def lesson_of(texts: Sequence[str], positives: Sequence[bool], embedder: Embedder) -> Lesson | None:
    """What labels of whole texts teach: an ask, or any other kind. Texts of several spans are left out, since a label
    does not say which of them it means."""
    whole = [row for row, text in enumerate(texts) if len(split(text)) == 1]
    others = [kind for kind in Kind if kind is not Kind.ASK]
    kinds = [[Kind.ASK] if positives[row] else others for row in whole]
    some = [texts[row] for row in whole]
    return taught(some, kinds, embedder.embed(some))


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
        "ece": round(100 * calibration_error(scores, positives), 1),
    }


def calibration_error(scores: Sequence[float], positives: Sequence[bool], bins: int = 10) -> float:
    """Mean distance, 0..1, of the share of positives in a bin from the mean score there, bins weighed by their size."""
    values, right = np.asarray(scores, dtype=float), np.asarray(positives, dtype=float)
    places = np.minimum((values * bins).astype(int), bins - 1)
    shares = [(places == place) for place in range(bins) if (places == place).any()]
    return float(sum(part.mean() * abs(values[part].mean() - right[part].mean()) for part in shares))


def read(path: Path) -> tuple[list[str], list[str]]:
    csv.field_size_limit(2**31 - 1)
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    return [row["text"] for row in rows], [row["label"] for row in rows]


def main(given: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(
        prog="asks", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True, action="append", help="labelled texts; may be given again")
    parser.add_argument("--positive", default="1", help="the label that marks an ask")
    parser.add_argument(
        "--reviews", action="store_true", help="labels are of whole reviews, advice to others is no ask"
    )
    parser.add_argument("--text-only", action="store_true", help="tell from the texts without their vectors")
    parser.add_argument("--learn", type=Path, help="labelled texts to learn from first")
    parser.add_argument("--learn-count", type=int, default=800, help="how many of them")
    parser.add_argument("--draws", type=int, default=5, help="how often other ones are drawn")
    parser.add_argument("--models", type=Path, default=Path(".data/models"), help="folder of the model files")
    parser.add_argument("--json", action="store_true", help="print JSON, one object a line")
    arguments = parser.parse_args(given)
    embedder = None
    if not arguments.text_only:
        prepare(arguments.models)
        embedder = MiniLM(arguments.models)
    if arguments.reviews and arguments.learn is not None:
        parser.error("--reviews tells without --learn")
    lessons: list[Lesson | None] = [None]
    if arguments.learn is not None:
        if embedder is None:
            parser.error("--learn needs vectors, which --text-only leaves out")
        known, labels = read(arguments.learn)
        lessons = []
        for draw in range(arguments.draws):
            drawn = np.random.default_rng(draw).permutation(len(known))[: arguments.learn_count]
            some, right = [known[row] for row in drawn], [labels[row] == arguments.positive for row in drawn]
            lessons.append(lesson_of(some, right, embedder))
    for path in arguments.data:
        texts, labels = read(path)
        positives = [label == arguments.positive for label in labels]
        told = (
            [review_scores(texts, embedder)]
            if arguments.reviews
            else [scores(texts, embedder, lesson) for lesson in lessons]
        )
        measured = [measure(some.tolist(), positives) for some in told]
        means = {name: round(sum(one[name] for one in measured) / len(measured), 1) for name in measured[0]}
        result = {"data": path.name, **means}
        print(json.dumps(result) if arguments.json else "  ".join(f"{key} {value}" for key, value in result.items()))


if __name__ == "__main__":
    main()
