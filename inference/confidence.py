"""How sure a link and a need are: probabilities, fitted to texts whose needs are known.

The confidence of a link is the probability that its span expresses the need: that, of people who label texts by need, the
label of the span's message is the one that most messages of the need carry. The confidence of a need is the probability
that it is one need: that more than half of its supporting messages carry one label.

A link that is placed between runs has a table of its own: what a run groups is held against all there is, what is placed against
what was found before. All three know how well spans had to bear a need out (`called.py`), which tells sets apart: where customers mostly say plainly
what they lack, there are more needs that are close to each other, and the same fit is right less often. What a run finds also knows how far its needs stand
apart as a whole: where neighbours are often of other needs, the same fit is right less often too.

All are a logistic regression on a few signs, and after it a monotone map (isotonic regression; Zadrozny and
Elkan 2002) from its value to the share that was right, straight between the middles of its steps, so that none of them makes
different signs the same number (centred isotonic regression; Oron and Flournoy 2017). The numbers are in `calibration.py`, which
`benchmarks/calibrate.py` writes; they were fitted to texts written for this project alone.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from . import calibration
from .exemplar import Fit

__all__ = ["LinkSigns", "NeedSigns", "links", "needs", "placed", "sharpness"]


class LinkSigns(NamedTuple):
    """What tells how sure a link is: how its point fits the need, the cosine of the span alone, without the rest of its
    message, to what the need is about (its middle, and its statement where a run just made one), the score of the
    span's kind (0..1), and how well it had to bear the need out (0 where nothing was asked)."""

    near: float
    margin: float
    share: float
    size: float
    alone: float
    score: float
    asked: float

    @classmethod
    def of(cls, fit: Fit, alone: float, score: float, asked: float) -> "LinkSigns":
        return cls(fit.near, fit.margin, fit.share, fit.size, alone, score, asked)


class NeedSigns(NamedTuple):
    """What tells how sure a need is: means over its points of how they fit it, how well these had to bear it out, and how far
    the needs of its run stand apart (see `sharpness`)."""

    near: float
    margin: float
    share: float
    size: float
    asked: float
    sharp: float


def sharpness(signs: Sequence[NDArray[np.float32]]) -> float:
    """How far the needs of a run stand apart, 0 to 1: the mean share of the vote that their supporting links have, of which
    `signs` has for each need of several wordings an array (n, `LinkSigns`); 1 where there are none."""
    shares = [some[:, LinkSigns._fields.index("share")] for some in signs if len(some)]
    return float(np.concatenate(shares).mean(dtype=np.float64)) if shares else 1.0


def links(signs: Sequence[LinkSigns] | NDArray[np.float32], sharp: float) -> list[float]:
    """Probabilities of what a run links, 0..1, parallel to the signs; `sharp` is how far the needs of the run stand apart."""
    if not len(signs):
        return []
    some = np.asarray(signs, dtype=np.float64)
    return _probabilities(np.column_stack([some, np.full(len(some), sharp)]), calibration.LINK)


def placed(signs: Sequence[LinkSigns]) -> list[float]:
    """The same of what is placed into the needs of a run."""
    return _probabilities(signs, calibration.PLACED)


def needs(signs: Sequence[NeedSigns]) -> list[float]:
    """Probabilities, 0..1, parallel to the signs."""
    return _probabilities(signs, calibration.NEED)


def _probabilities(signs: Sequence[tuple[float, ...]] | NDArray[np.float64], table: "calibration.Table") -> list[float]:
    if not len(signs):
        return []
    values = np.asarray(signs, dtype=np.float64) @ np.asarray(table.weights) + table.constant
    return [round(float(one), 4) for one in steps(values, table.at, table.share)]


def steps(values: NDArray[np.float64], at: Sequence[float], share: Sequence[float]) -> NDArray[np.float64]:
    """The table read at values, straight between its entries, so that what ranks higher is never less sure.

    Beyond its ends the log-odds go on as the regression has them.
    """
    read = np.clip(np.interp(values, at, share), 0.001, 0.999)
    beyond = np.clip(values - at[-1], 0.0, 10.0) - np.clip(at[0] - values, 0.0, 10.0)
    return np.clip(1 / (1 + np.exp(-beyond) * (1 / read - 1)), 0.001, 0.999)
