"""What a team's own labels add to what the project's examples taught.

A light layer on top of the model: it corrects the log odds of the kinds by the model's own opinion and by the meaning
of the text. Where there are no labels it corrects nothing, and a ridge keeps it near that while they are few.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .teller import softmax

__all__ = ["Lesson", "learn"]

Floats = NDArray[np.float32]

_RIDGE = 1.0
# How readily each part is believed: the spread that is expected of its weights.
_BIAS_SCALE = 1.0
_OPINION_SCALE = 0.1
_MEANING_SCALE = 1.0
_LEAST_CHANCE = 1e-4


@dataclass(frozen=True)
class Lesson:
    """Corrections of the log odds of the kinds: `weights` (1 + 8 + width, kinds), on a constant, the log probabilities of
    the classes, and the vector."""

    weights: Floats

    def corrected(self, chances: Floats, classes: Floats, vectors: Floats) -> Floats:
        """The chances of kinds (n, kinds) as the labels would have them; what each row lacks of 1 counts as a pain, which
        mere statements are taken for, as long as no label says otherwise."""
        return softmax(np.log(np.maximum(chances, _LEAST_CHANCE)) + _seen(classes, vectors) @ self.weights)


def learn(labels: Sequence[Collection[int]], chances: Floats, classes: Floats, vectors: Floats) -> Lesson:
    """The corrections that some labels ask for.

    Each label is the set of kinds (columns of `chances`) that are right, mostly one. `chances` (n, kinds) is the model's
    own opinion, `classes` (n, 8) the finer one, `vectors` (n, width) the texts' meaning, all parallel to the labels.
    """
    kinds = chances.shape[1]
    right = np.array([[float(kind in label) for kind in range(kinds)] for label in labels])
    seen = _seen(classes, vectors).astype(np.float64)
    base = np.log(np.maximum(chances, _LEAST_CHANCE)).astype(np.float64)

    def loss(flat: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        weights = flat.reshape(-1, kinds)
        found = softmax(base + seen @ weights)
        share = (found * right).sum(axis=1, keepdims=True)
        slope = seen.T @ (found - found * right / share) + _RIDGE * weights
        return float(-np.log(share).sum() + _RIDGE / 2 * (weights**2).sum()), slope.ravel()

    from scipy.optimize import minimize  # not before there are labels: it takes long to import

    best = minimize(loss, np.zeros(seen.shape[1] * kinds), jac=True, method="L-BFGS-B", options={"maxiter": 200})
    return Lesson(best.x.reshape(-1, kinds).astype(np.float32))


def _seen(classes: Floats, vectors: Floats) -> Floats:
    opinion = np.log(np.maximum(classes, _LEAST_CHANCE))
    opinion = opinion - opinion.mean(axis=1, keepdims=True)
    constant = np.full((len(classes), 1), _BIAS_SCALE)
    return np.hstack([constant, _OPINION_SCALE * opinion, _MEANING_SCALE * vectors]).astype(np.float32)
