"""Learns the weights of `teller` from the examples of this project, which were all written for it (Apache-2.0, as it is).

    python -m nobodyasked.inference.training [--models FOLDER]

writes them beside this file. The same examples and embedding model give the same weights but for rounding.
"""

import argparse
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.sparse import csr_matrix

from .teller import CLASSES, WEIGHTS, Layer, Teller, softmax
from .trait import traits
from .vector import MiniLM

__all__ = ["Example", "examples", "train"]

Floats = NDArray[np.float32]
Doubles = NDArray[np.float64]

EXAMPLES = Path(__file__).with_name("examples.tsv")
_LEAST_OFTEN = 3  # a trait of fewer examples is not learned
# How strongly each kind of trait is believed at first: the inverse of the spread of its weights. Found by leaving out
# one register of the examples at a time.
_RULE_SCALE = 0.8
_RUN_SCALE = 0.4
_VECTOR_SCALE = 2.0
_RIDGE = 1.5
_ITERATIONS = 400
# Asks are many among the examples, so that their ways are learned; among what customers write they are about half as
# common, and as that they are told.
_ASKS_LESS_COMMON = 0.5


@dataclass(frozen=True)
class Example:
    """A labelled text; `register` is where one would meet such a text."""

    kind: str
    register: str
    text: str


def examples(path: Path = EXAMPLES) -> list[Example]:
    """The labelled examples."""
    lines = path.read_text(encoding="utf-8").splitlines()[1:]
    return [Example(*line.split("\t")) for line in lines]


def train(given: Sequence[Example], vectors: Floats | None = None, rows: dict[str, int] | None = None) -> Teller:
    """The model of some examples; without `vectors` (n, width) it has no weights for them."""
    shown = [traits(example.text) for example in given]
    if rows is None:
        often = Counter(trait for some in shown for trait in set(some))
        rows = {
            trait: row for row, trait in enumerate(sorted(trait for trait in often if often[trait] >= _LEAST_OFTEN))
        }
    scale = np.array([_RULE_SCALE if trait.startswith("r:") else _RUN_SCALE for trait in rows])
    design = _design(shown, rows, scale)
    labels = np.array([CLASSES.index(example.kind) for example in given])
    none = np.zeros((len(given), 0))
    alone = _fit(design, none, labels, scale)
    joint = alone if vectors is None else _fit(design, _VECTOR_SCALE * vectors.astype(np.float64), labels, scale)
    return Teller(rows, alone, joint)


def _design(shown: Sequence[Sequence[str]], rows: dict[str, int], scale: Doubles) -> Any:
    places = [(number, rows[trait]) for number, some in enumerate(shown) for trait in some if trait in rows]
    texts, columns = np.array(places).T
    return csr_matrix((scale[columns], (texts, columns)), shape=(len(shown), len(rows)))


def _fit(design: Any, vectors: Doubles, labels: NDArray[np.int64], scale: Doubles) -> Layer:
    """Least cross-entropy with a ridge on every weight (L-BFGS from naught; the problem is convex)."""
    count, width, classes = design.shape[1], vectors.shape[1], len(CLASSES)
    wanted = np.eye(classes)[labels]
    turned = design.T.tocsr()

    def loss(flat: Doubles) -> tuple[float, Doubles]:
        weights = flat[:-classes].reshape(-1, classes)
        scores = design @ weights[:count] + vectors @ weights[count:] + flat[-classes:]
        chances = softmax(scores)
        missed = chances - wanted
        cost = -np.log(np.maximum(chances[np.arange(len(labels)), labels], 1e-300)).sum()
        slope = np.vstack([turned @ missed, vectors.T @ missed]) + _RIDGE * weights
        return cost + _RIDGE / 2 * (weights**2).sum(), np.concatenate([slope.ravel(), missed.sum(axis=0)])

    start = np.zeros((count + width + 1) * classes)
    best = minimize(
        loss, start, jac=True, method="L-BFGS-B", options={"maxiter": _ITERATIONS, "maxfun": 2 * _ITERATIONS}
    )
    weights = best.x[:-classes].reshape(-1, classes)
    kept = np.vstack([weights[:count] * scale[:, None], np.zeros(classes)])
    factor = _VECTOR_SCALE if width else 1.0
    bias = best.x[-classes:].copy()
    bias[CLASSES.index("ASK")] += np.log(_ASKS_LESS_COMMON)
    return Layer(kept.astype(np.float32), (factor * weights[count:]).astype(np.float32), bias.astype(np.float32))


def main(given: list[str] | None = None) -> None:
    """Train on all examples and write the weights."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--models", type=Path, default=Path(".data/models"), help="folder of the embedding model")
    arguments = parser.parse_args(given)
    known = examples()
    train(known, MiniLM(arguments.models).embed([example.text for example in known])).save(WEIGHTS)


if __name__ == "__main__":
    main()
