"""Are confidences probabilities? Measures them on labelled texts, and fits them to texts of this project's own.

    python benchmarks/calibrate.py --data FILE.tsv [--json]     columns text and label
    python benchmarks/calibrate.py --write                      fit, and write inference/calibration.py
    python benchmarks/calibrate.py --held-out                   how far off the fit is on labels that it was not shown

A link is right where the label of its message is the one that most messages of its need carry; a need is right where more
than half of its supporting messages carry one label, which then is the one that it stands for. A placement is a link of one of
every five texts, drawn by lot, to the needs that a run over the others found. Printed for each of the three: how many there are, the
share that is right, the mean confidence, the expected calibration error over 10 bins of equal width, in percentage
points, the error that probabilities which are exactly right would show by chance among so few (`chance`), and the area
under the ROC curve (percent): how often of a right and a wrong one the right one is surer. What bounds the error: `fitted`
is that of the best monotone map of these confidences, fitted to one half of the set's own needs and measured on the other: what
part of the needs of one set says of the rest. `after 20` (60, 200) is the error of the rest once so many, drawn
by lot, were decided and corrected the confidences as a run does (`inference/correction.py`), the median of five lots; of needs, all of them, once so many
links were. Where less than a third would be left it is not measured.

Fitted to: the bundled sample with the labels of its authors, and `own_needs.txt`, each domain by itself, its two largest
and all of them together; with few, some and many texts of each need, and at three granularities, so that there are good
and bad needs among them. How often what looks alike is one need hangs on how many texts there are of each, and on how close
the needs are that there are: what a run cannot see, and by what confidences must be off on any one set.
"""

from __future__ import annotations

import argparse
import csv
import json
import random
import re
import sys
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import numpy as np

from nobodyasked.inference import Findings, Message, MiniLM, NeedIndex, Parameters, Piece, confidence, find
from nobodyasked.inference.calibration import Table
from nobodyasked.inference.correction import NEEDS_LIKE_LINKS, SURPRISE, Decided, corrected
from nobodyasked.inference.vector import Embedder

HERE = Path(__file__).resolve().parent
TABLES = HERE.parent / "inference" / "calibration.py"
SAMPLE = HERE.parent / "server" / "sample" / "messages.csv"
BINS = 10
SIZES = ((3, 4, 6, 9, 14), (6, 10, 16, 26, 42), (20, 30, 45, 70))
"""Texts of a need, in three densities: were all alike, a large group would always be several needs."""
GRANULARITIES = (0.45, Parameters().granularity, 0.61)
HELD_OUT = 5  # every fifth text is placed
HELD = 64  # spans of a need that are held, as the server does
HALVES = 20  # ways to halve a set
CHANCES = 50  # draws of what chance makes of exact probabilities
DECIDED = (20, 60, 200)
LOTS = 5  # ways to draw what is decided
LEFT = 1 / 3  # of all that must be left to measure on
LEAST_STEP = 0.05  # share of all that a step of the map stands for at least
RIDGE = 0.5
LEAST_OF_PLACED = (0.0, 0.0, 0.0, None, 1.0, 0.3, None)
LEAST_OF_LINK = (*LEAST_OF_PLACED, 0.0)
"""Bounds of the signs' factors. Labels of whole messages cannot teach which of a message's spans says it: that the span
is near by itself, and is clearly of its kind, is given a weight, so that the quotes that say it are read first."""
LEAST_OF_NEED = (0.0, 0.0, 0.0, None, None, 0.0)


@dataclass
class Pile:
    """Signs, confidences and what was right, parallel; `of` is the need that each is of."""

    signs: list[tuple[float, ...]] = field(default_factory=list)
    sure: list[float] = field(default_factory=list)
    right: list[bool] = field(default_factory=list)
    of: list[int] = field(default_factory=list)

    def add(self, signs: tuple[float, ...], right: bool, of: int) -> None:
        self.signs.append(signs)
        self.right.append(right)
        self.of.append(of)


@dataclass
class Told:
    """What was said of links, needs and placements, and what was right."""

    links: Pile = field(default_factory=Pile)
    needs: Pile = field(default_factory=Pile)
    placements: Pile = field(default_factory=Pile)


class Watched:
    """Keeps the signs behind each confidence while it is used in place of a function of `confidence`."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.real = getattr(confidence, name)
        self.signs: dict[float, tuple[float, ...]] = {}
        self.count = 0

    def __call__(self, signs: Sequence[tuple[float, ...]], *common: float) -> list[float]:
        # a number of its own for each, by which it is found again in what the run gives back
        keys = []
        for one in signs:
            self.count += 1
            keys.append(self.count / 10**7)
            self.signs[keys[-1]] = (*map(float, one), *common)
        return keys

    def __enter__(self) -> Watched:
        setattr(confidence, self.name, self)
        return self

    def __exit__(self, *_: object) -> None:
        setattr(confidence, self.name, self.real)


def look(messages: Sequence[Message], labels: dict[int, set[str]], embedder: Embedder, parameters: Parameters) -> Told:
    """One run, and what its confidences were and should have been; and the same of what is placed into a run over most of them."""
    told = Told()
    with Watched("links") as links, Watched("needs") as needs:
        found = find(messages, embedder, parameters)
    for number, need in enumerate(found.needs):
        keys = [found.spans[item.span].key for item in need.evidence if item.stance == "SUPPORTS"]
        label, most = most_told(keys, labels)
        told.needs.add(needs.signs[need.confidence], 2 * most > len(set(keys)), number)
        for item in need.evidence:
            if item.stance == "SUPPORTS":
                right = label in labels[found.spans[item.span].key]
                told.links.add(links.signs[item.confidence], right, number)
    told.links.sure = (
        links.real([confidence.LinkSigns(*one[:-1]) for one in told.links.signs], told.links.signs[0][-1])
        if told.links.signs
        else []
    )
    told.needs.sure = needs.real([confidence.NeedSigns(*one) for one in told.needs.signs])
    order = list(messages)
    random.Random(parameters.seed).shuffle(order)
    place(found, order[: len(order) // HELD_OUT], order[len(order) // HELD_OUT :], labels, embedder, parameters, told)
    return told


def place(
    found: Findings,
    later: Sequence[Message],
    first: Sequence[Message],
    labels: dict[int, set[str]],
    embedder: Embedder,
    parameters: Parameters,
    told: Told,
) -> None:
    """Place messages into the needs of others; `found` has the spans of all."""
    texts = {message.key: message.text for message in (*later, *first)}
    known = {span[:3]: vector for span, vector in zip(found.spans, found.vectors, strict=True)}
    before = find(first, embedder, parameters, known)
    index = NeedIndex(embedder)
    standing: list[str] = []
    for number, need in enumerate(before.needs):
        rows = [item.span for item in need.evidence if item.stance == "SUPPORTS"]
        standing.append(most_told([before.spans[row].key for row in rows], labels)[0])
        rows = sorted(row for at, row in enumerate(rows) if at * HELD % len(rows) < HELD)
        pieces = [
            Piece(span.key, texts[span.key][span.start : span.end]) for row in rows for span in [before.spans[row]]
        ]
        index.learn(number, pieces, before.vectors[rows], need.called)
    rows_of: dict[int, list[int]] = defaultdict(list)
    for row, span in enumerate(found.spans):
        rows_of[span.key].append(row)
    with Watched("placed") as placed:
        for message in later:
            rows = rows_of[message.key]
            spans = [found.spans[row] for row in rows]
            pieces = [Piece(one.key, message.text[one.start : one.end], one.kind, one.score) for one in spans]
            for item in index.place(pieces, found.vectors[rows]).placements:
                if item.stance == "SUPPORTS":
                    right = standing[item.need_id] in labels[message.key]
                    told.placements.add(placed.signs[item.confidence], right, item.need_id)
    told.placements.sure = placed.real([confidence.LinkSigns(*one) for one in told.placements.signs])


def most_told(keys: Sequence[int], labels: dict[int, set[str]]) -> tuple[str, int]:
    """The label that most of these messages carry, and how many do."""
    counts = Counter(label for key in sorted(set(keys)) for label in labels[key])
    return counts.most_common(1)[0] if counts else ("", 0)


# --- measuring


def calibration_error(sure: Sequence[float], right: Sequence[bool]) -> float:
    """Mean distance of confidence and share of right ones over bins of equal width, in percentage points."""
    values, hits = np.asarray(sure), np.asarray(right, dtype=float)
    bins = np.minimum((values * BINS).astype(int), BINS - 1)
    apart = [
        abs(values[bins == one].mean() - hits[bins == one].mean()) * (bins == one).sum() for one in np.unique(bins)
    ]
    return 100 * float(sum(apart)) / max(1, len(values))


def ranking(sure: Sequence[float], right: Sequence[bool]) -> float | None:
    """Area under the ROC curve in percent; None where all are right or all are wrong."""
    from sklearn.metrics import roc_auc_score

    return 100 * float(roc_auc_score(right, sure)) if len(set(right)) == 2 else None


def chance(sure: Sequence[float]) -> float:
    """The calibration error to be expected where these are exactly the probabilities, in percentage points."""
    values, dice = np.asarray(sure), np.random.default_rng(0)
    drawn = dice.random((CHANCES, len(values))) < values
    return float(np.mean([calibration_error(sure, some.tolist()) for some in drawn]))


def bound(pile: Pile) -> float | None:
    """The calibration error, in percentage points, of the best monotone map of the confidences: fitted to one half of the needs,
    measured on the other; None where there are fewer than two needs."""
    # only a measurement needs it, not --help
    from sklearn.isotonic import IsotonicRegression

    sure, right, of = np.asarray(pile.sure), np.asarray(pile.right, dtype=float), np.asarray(pile.of)
    needs, dice = np.unique(of), np.random.default_rng(0)
    errors: list[float] = []
    for _ in range(HALVES if len(needs) > 1 else 0):
        half = np.isin(of, dice.permutation(needs)[: len(needs) // 2])
        for one, other in ((half, ~half), (~half, half)):
            map_ = IsotonicRegression(y_min=0.01, y_max=0.99, out_of_bounds="clip").fit(sure[one], right[one])
            errors.append(calibration_error(map_.predict(sure[other]).tolist(), (right[other] > 0).tolist()))
    return float(np.mean(errors)) if errors else None


def after(name: str, told: Told, count: int) -> float | None:
    """The calibration error, in percentage points, of the rest once so many were decided; None where too few are left."""
    pile = told.links if name == "needs" else getattr(told, name)
    if len(pile.sure) * (1 - LEFT) < count:
        return None
    errors: list[float] = []
    for lot in range(LOTS):
        order = np.random.default_rng(lot).permutation(len(pile.sure)).tolist()
        decided = [Decided(pile.sure[one], pile.right[one], pile.of[one]) for one in order[:count]]
        fit = corrected(decided, SURPRISE["placements" if name == "placements" else "links"])
        sure, right = [pile.sure[one] for one in order[count:]], [pile.right[one] for one in order[count:]]
        if name == "needs":
            fit, sure, right = fit.part(NEEDS_LIKE_LINKS), told.needs.sure, told.needs.right
        errors.append(calibration_error(fit.of(sure), right))
    return float(np.median(errors))


def measures(name: str, told: Told) -> dict[str, float | None]:
    pile: Pile = getattr(told, name)
    if not pile.sure:
        return {"n": 0}
    area, best = ranking(pile.sure, pile.right), bound(pile)
    return {
        "n": len(pile.sure),
        "right": round(100 * float(np.mean(pile.right)), 1),
        "confidence": round(100 * float(np.mean(pile.sure)), 1),
        "ece": round(calibration_error(pile.sure, pile.right), 1),
        "chance": round(chance(pile.sure), 1),
        "fitted": rounded(best),
        "auc": rounded(area),
        **{f"after {count}": rounded(after(name, told, count)) for count in DECIDED},
    }


def rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 1)


# --- texts


def read(path: Path, limit: int | None) -> tuple[list[Message], dict[int, set[str]]]:
    csv.field_size_limit(2**31 - 1)
    with path.open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE) if row["label"]][:limit]
    messages = [
        Message(key, row["text"], rating=float(row["rating"]) if row.get("rating") else None)
        for key, row in enumerate(rows)
    ]
    return messages, {key: {row["label"]} for key, row in enumerate(rows)}


def own(dice: random.Random, sizes: Sequence[int]) -> dict[str, list[tuple[str, str]]]:
    """By domain, texts and the needs they were written for, each of one of the sizes."""
    domains: dict[str, dict[str, list[str]]] = {}
    patterns: list[str] = []
    for line in (HERE / "own_needs.txt").read_text(encoding="utf-8").splitlines():
        if line.startswith("== "):
            needs = domains.setdefault(line[3:], {})
        elif line.startswith("-- "):
            patterns = needs.setdefault(line[3:], [])
        elif line and not line.startswith("#"):
            patterns.append(line)
    return {
        domain: [(text, need) for need, some in needs.items() for text in drawn(some, dice.choice(sizes), dice)]
        for domain, needs in domains.items()
    }


def drawn(patterns: list[str], most: int, dice: random.Random) -> list[str]:
    """Different texts of some patterns, as many of each pattern as can be."""
    found: dict[str, None] = {}
    for number in range(10 * most):
        text = re.sub(r"\(([^()]*)\)", lambda match: dice.choice(match[1].split("|")), patterns[number % len(patterns)])
        found.setdefault(" ".join(text.split()))
        if len(found) == most:
            break
    return list(found)


def sample() -> tuple[list[Message], dict[int, set[str]]]:
    with SAMPLE.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    number = {row["id"]: key for key, row in enumerate(rows)}
    customers = {name: key for key, name in enumerate(sorted({row["customer"] for row in rows}))}
    labels: dict[int, set[str]] = {key: set() for key in number.values()}
    with (HERE / "sample_needs.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            if row["need"] != "noise" and not row["need"].startswith("praise:"):
                labels[number[row["id"]]].add(row["need"])
    messages = [
        Message(key, row["text"], customers[row["customer"]], float(row["rating"]) if row["rating"] else None)
        for key, row in enumerate(rows)
    ]
    return messages, labels


def material(draw: int) -> list[tuple[list[Message], dict[int, set[str]]]]:
    """Sets of labelled messages, three quarters of each."""
    dice = random.Random(draw)
    sets = [sample()]
    for sizes in SIZES:
        domains = sorted(own(dice, sizes).values(), key=len)
        # needs close to one another are told apart least surely where there is nothing else
        for pairs in (*domains, [*domains[-1], *domains[-2]], [pair for some in domains for pair in some]):
            messages = [Message(key, text) for key, (text, _) in enumerate(pairs)]
            sets.append((messages, {key: {need} for key, (_, need) in enumerate(pairs)}))
    some = []
    for messages, labels in sets:
        kept = sorted(dice.sample(range(len(messages)), 3 * len(messages) // 4))
        some.append(([messages[key] for key in kept], labels))
    return some


# --- fitting


def fitted(
    signs: Sequence[tuple[float, ...]], right: Sequence[bool], weights: Sequence[float], least: Sequence[float | None]
) -> Table:
    """An entry of `calibration.py`; `least` bounds the factors of the signs from below.

    Each step of the isotonic fit is a point of the map in its middle; steps of few are joined to the next.
    """
    from scipy.optimize import minimize
    from sklearn.isotonic import IsotonicRegression

    values, hits, heavy = np.asarray(signs), np.asarray(right, dtype=float), np.asarray(weights)
    heavy = heavy / heavy.mean()

    def loss(guess: np.ndarray) -> tuple[float, np.ndarray]:
        line = values @ guess[1:] + guess[0]
        wrong = heavy * (1 / (1 + np.exp(-line)) - hits)
        cost = float((heavy * (np.logaddexp(0, line) - hits * line)).sum() + RIDGE * (guess[1:] ** 2).sum())
        return cost, np.concatenate([[wrong.sum()], wrong @ values + 2 * RIDGE * guess[1:]])

    bounds = [(None, None), *((one, None) for one in least)]
    guess = minimize(loss, np.zeros(values.shape[1] + 1), jac=True, method="L-BFGS-B", bounds=bounds).x
    line = values @ guess[1:] + guess[0]
    order = np.argsort(line, kind="stable")
    line, heavy = line[order], heavy[order]
    steps = IsotonicRegression(y_min=0.01, y_max=0.99).fit(line, hits[order], sample_weight=heavy).predict(line)
    edges = [0]
    for edge in (np.flatnonzero(np.diff(steps) > 0) + 1).tolist():
        if min(heavy[edges[-1] : edge].sum(), heavy[edge:].sum()) >= LEAST_STEP * heavy.sum():
            edges.append(edge)
    parts = [slice(*pair) for pair in pairwise([*edges, len(line)])]
    at = [float(np.average(line[part], weights=heavy[part])) for part in parts]
    share = [float(np.average(steps[part], weights=heavy[part])) for part in parts]
    return Table(tuple(guess[1:].tolist()), float(guess[0]), tuple(at), tuple(share))


class Marked(NamedTuple):
    """Signs, whether what has them is right, its weight, and the number of the set that it is of."""

    signs: tuple[float, ...]
    right: bool
    weight: float
    of: int


def marked(embedder: Embedder) -> dict[str, list[Marked]]:
    """What there is to fit to, by the name of the table."""
    piles: dict[str, list[Marked]] = {"LINK": [], "PLACED": [], "NEED": []}
    for draw, granularity in enumerate(GRANULARITIES):
        for number, (messages, labels) in enumerate(material(draw)):
            told = look(messages, labels, embedder, Parameters(granularity=granularity, seed=draw))
            for pile, one in zip(piles.values(), (told.links, told.placements, told.needs), strict=True):
                # each set counts by its square root, so that the large ones do not decide alone
                weight = len(one.signs) ** -0.5 if one.signs else 0.0
                pile += [Marked(*pair, weight, number) for pair in zip(one.signs, one.right, strict=True)]
            print(granularity, len(messages), *map(len, piles.values()), file=sys.stderr)
    return piles


def table(name: str, pile: Sequence[Marked]) -> Table:
    """The table of that name, fitted to what is given."""
    least = {"LINK": LEAST_OF_LINK, "PLACED": LEAST_OF_PLACED, "NEED": LEAST_OF_NEED}
    signs, right, weights, _ = zip(*pile, strict=True)
    return fitted(signs, right, weights, least[name])


def fit(embedder: Embedder) -> str:
    """The text of `calibration.py`, fitted anew."""
    found = TABLES.read_text(encoding="utf-8").partition("LINK = ")[0]
    for name, pile in marked(embedder).items():
        one = table(name, pile)
        texts = [", ".join(f"{value:.4f}" for value in some) for some in (one.weights, one.at, one.share)]
        found += (
            f"{name} = Table(\n    ({texts[0]}),\n    {one.constant:.4f},\n    ({texts[1]}),\n    ({texts[2]}),\n)\n"
        )
    return found


def held_out(pile: Sequence[Marked], name: str) -> dict[str, float]:
    """How far off a fit is on the labels of the sets that it was not shown, each set left out in turn."""
    sure: list[float] = []
    right: list[bool] = []
    for number in sorted({one.of for one in pile}):
        left = [one for one in pile if one.of == number]
        known = table(name, [one for one in pile if one.of != number])
        values = np.asarray([one.signs for one in left]) @ np.asarray(known.weights) + known.constant
        sure += confidence.steps(values, known.at, known.share).tolist()
        right += [one.right for one in left]
    return {
        "n": len(sure),
        "right": round(100 * float(np.mean(right)), 1),
        "ece": round(calibration_error(sure, right), 1),
    }


def main(given: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--data", type=Path)
    what.add_argument("--write", action="store_true", help="fit to this project's texts and write the tables")
    what.add_argument(
        "--held-out",
        action="store_true",
        help="fit to all but one of this project's sets, and measure on that one, in turn",
    )
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument("--limit", type=int, help="use only the first N texts")
    parser.add_argument("--granularity", type=float, default=Parameters().granularity)
    parser.add_argument("--models", type=Path, default=Path(".data/models"), help="folder of the model files")
    arguments = parser.parse_args(given)
    embedder = MiniLM(arguments.models)
    if arguments.write:
        TABLES.write_text(fit(embedder), encoding="utf-8")
        return
    if arguments.held_out:
        for name, pile in marked(embedder).items():
            print(json.dumps({"table": name, **held_out(pile, name)}))
        return
    messages, labels = read(arguments.data, arguments.limit)
    told = look(messages, labels, embedder, Parameters(granularity=arguments.granularity))
    result = {name: measures(name, told) for name in ("links", "placements", "needs")}
    if arguments.json:
        print(json.dumps({"data": arguments.data.name, **result}))
    else:
        for name, one in result.items():
            print(f"{name:10}", "  ".join(f"{key} {value}" for key, value in one.items()))


if __name__ == "__main__":
    main()
