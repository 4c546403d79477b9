"""Confidences corrected by what people decided: two numbers that say how far those of one body of texts are off.

How often likeness means one need differs from texts to texts by more than anything in them tells (`confidence.py`). A
few decisions do tell: the log-odds of what is stated are shifted and stretched until they agree with what was right (Platt 1999,
"Probabilistic outputs for support vector machines"; Guo et al. 2017, "On calibration of modern neural networks", has temperature,
which is the stretch alone). Both are held to no correction by normal priors, so that few decisions move little; and a
correction never changes which of what it corrects ranks higher.

Decisions of one need say less than as many of different needs, since right and wrong come by need: each counts by the
design effect of its cluster (Kish 1965, "Survey sampling").
"""

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

__all__ = ["AS_STATED", "NEEDS_LIKE_LINKS", "SURPRISE", "Correction", "Decided", "corrected"]

SURPRISE = {"links": 0.5, "placements": 0.7, "needs": 0.3}
"""By how much what is stated of one body of texts is off from what is right there, as a standard deviation of log-odds: the likeliest
over the texts that the confidences were fitted to."""
NEEDS_LIKE_LINKS = 0.5
"""By how much of what links are off by needs are off too, over the same texts: where the one is stated too high, the other mostly is."""
_USUAL = 1.7  # log-odds of 0.85, which is what is usually stated
_STRETCH = 0.25  # the same of the stretch, around 1
_LEAST_STRETCH = 0.25
_ALIKE = 0.2  # correlation of what is right within one need, over the same texts
_LEAST, _MOST = 0.001, 0.999  # of a confidence
_ROUNDS = 50
_STILL = 1e-9


class Decided(NamedTuple):
    """What a person decided: the confidence that was stated, 0..1, whether it was right, and the need it is of."""

    stated: float
    right: bool
    of: int


class Correction(NamedTuple):
    """The log-odds of a confidence become `shift + stretch * log-odds`; stretch is above 0."""

    shift: float = 0.0
    stretch: float = 1.0

    def part(self, share: float) -> "Correction":
        """What is off by such a share of what this corrects, at confidences that are usually stated."""
        return Correction(round(share * (self.shift + (self.stretch - 1) * _USUAL), 4))

    def of(self, stated: Sequence[float]) -> list[float]:
        """Corrected confidences, 0..1, parallel to those stated; equal to them where nothing is corrected."""
        if self == AS_STATED or not len(stated):
            return list(stated)
        odds = np.clip(self.shift + self.stretch * _log_odds(stated), -30.0, 30.0)
        return [round(float(one), 4) for one in np.clip(1 / (1 + np.exp(-odds)), _LEAST, _MOST)]


AS_STATED = Correction()


def corrected(decided: Sequence[Decided], surprise: float, towards: Correction = AS_STATED) -> Correction:
    """The likeliest correction where people decided so, of confidences that are as far off from `towards` as `surprise` says (see
    `SURPRISE`); `towards` where nothing was decided."""
    if not decided:
        return towards
    stated = _log_odds([one.stated for one in decided])
    right = np.array([one.right for one in decided], dtype=np.float64)
    count = Counter(one.of for one in decided)
    weights = np.array([1 / (1 + _ALIKE * (count[one.of] - 1)) for one in decided])
    # around the usual of them, the stretch says nothing of whether too much or too little is stated on the whole
    middle = float(np.average(stated, weights=weights))
    signs = np.stack([np.ones_like(stated), stated - middle], axis=1)
    usual = np.array([towards.shift + towards.stretch * middle, towards.stretch])
    hold = np.array([1 / surprise**2, 1 / _STRETCH**2])
    guess = usual.copy()
    for _ in range(_ROUNDS):  # Newton's steps; the loss is convex
        share = 1 / (1 + np.exp(-np.clip(signs @ guess, -30.0, 30.0)))
        slope = signs.T @ (weights * (share - right)) + hold * (guess - usual)
        bend = (signs * (weights * share * (1 - share))[:, None]).T @ signs + np.diag(hold)
        step = np.linalg.solve(bend, slope)
        guess = guess - step / max(1.0, float(np.abs(step).max()))
        guess[1] = max(guess[1], _LEAST_STRETCH)
        if float(np.abs(step).max()) < _STILL:
            break
    shift, stretch = float(guess[0] - guess[1] * middle), float(guess[1])
    return Correction(round(shift, 4), round(stretch, 4))


def _log_odds(shares: Sequence[float]) -> np.ndarray:
    some = np.clip(np.asarray(shares, dtype=np.float64), _LEAST, _MOST)
    return np.log(some) - np.log1p(-some)
