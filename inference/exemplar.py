"""Which need is a point of? One answer for a run and for what comes after it: by its nearest neighbours and the middles."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from .vector import normalised

__all__ = ["CHOICES", "Exemplars", "Fit", "NearBy", "reach"]

Floats = NDArray[np.float32]

EXEMPLARS = 64
"""Points of a need that vote."""
CHOICES = 3
"""Needs that a point is asked of in turn: it belongs to the likeliest whose name it bears out."""
_VOTERS = 25  # nearest points whose votes count
_POWER = 4  # of their cosines, as the weights of the votes
_RIVALS = 12  # needs whose points vote: those whose middles are nearest
_RIVALS_OF_NEED = 8
_MOST_LARGER = 1.5  # in natural logarithms, 4.5 times
_MIDDLE = 1.5  # weight of the cosine to a need's middle beside its share of the vote
_FARTHER = 0.1  # share of a need's own points that may be farther from its middle than what reaches it
_SLACK = 0.9  # of that, since few points show little of how far off others are
_NOVEL_BELOW = (
    0.32  # cosine to the middle of the nearest need under which a point belongs to none, however wide that is
)
_BEYOND_DOUBT = 0.65  # the same from which it belongs there, however much closer that need's own are to one another


class Fit(NamedTuple):
    """How a point fits a need: cosine to its middle, by how much that is above the next need's, share of the vote 0..1,
    and how large the need is beside the others: the logarithm of its points over their usual (median) number, -1.5 to 1.5."""

    near: float
    margin: float
    share: float
    size: float


class NearBy(NamedTuple):
    """The index of a need, and how a point fits it."""

    need: int
    fit: Fit


class Exemplars:
    """Needs by their points: `parts` has for each need an array of rows of length 1, at least one."""

    def __init__(self, parts: Sequence[Floats]) -> None:
        self._sums = np.stack([part.sum(axis=0) for part in parts])
        self.centres = normalised(self._sums)
        self._sizes = np.array([len(part) for part in parts])
        self._usual = float(np.median(self._sizes))
        # apart, so that one can be renewed and few can be read without a copy of them all
        self._chosen = [_evenly(part) for part in parts]
        self._reaches: dict[int, float] = {}

    def renew(self, need: int, part: Floats) -> None:
        """Other points for one need."""
        self._sums[need] = part.sum(axis=0)
        self.centres[need] = normalised(self._sums[need : need + 1])[0]
        self._sizes[need] = len(part)
        self._usual = float(np.median(self._sizes))
        self._chosen[need] = _evenly(part)
        self._reaches.pop(need, None)

    def reach(self, need: int) -> float:
        """The cosine to the middle of a need from which a point belongs to it; see the function of that name."""
        if need not in self._reaches:
            self._reaches[need] = reach(self._chosen[need], self._sums[need])
        return self._reaches[need]

    def nearest(self, vector: Floats) -> NearBy:
        """The need that a new point (width,) is most likely of; there is at least one need."""
        return self.likeliest(vector, 1)[0]

    def likeliest(self, vector: Floats, most: int) -> list[NearBy]:
        """At most so many needs that a new point (width,) may be of, most likely first."""
        middles = self.centres @ vector
        rivals = np.arange(len(middles))
        if len(middles) > _RIVALS:
            rivals = np.sort(np.argpartition(-middles, _RIVALS - 1)[:_RIVALS])
        rivals = rivals[np.argsort(-middles[rivals], kind="stable")]
        some = [self._chosen[need] for need in rivals.tolist()]
        owners = np.repeat(np.arange(len(rivals)), [len(part) for part in some])
        cosines = np.clip(np.concatenate([part @ vector for part in some]), 0.0, 1.0)
        top = np.argsort(-cosines, kind="stable")[:_VOTERS]
        votes = np.bincount(owners[top], cosines[top] ** _POWER, len(rivals))
        votes /= max(float(votes.sum()), 1e-9)
        found: list[NearBy] = []
        for place in np.argsort(-(votes + _MIDDLE * middles[rivals]), kind="stable")[:most].tolist():
            near = float(middles[rivals[place]])
            # the rivals are in the order of their middles
            margin = near - float(middles[rivals[0 if place else 1]]) if len(rivals) > 1 else near
            need = int(rivals[place])
            found.append(NearBy(need, Fit(near, margin, float(votes[place]), self._size(need))))
        return found

    def within_reach(self, vector: Floats) -> list[NearBy]:
        """The needs that a new point (width,) is near enough to that it may belong to them, most likely first: at most CHOICES."""
        return [one for one in self.likeliest(vector, CHOICES) if one.fit.near >= self.reach(one.need)]

    def fits(self, vectors: Floats, need: int, *, members: bool) -> list[Fit]:
        """How points (n, width) fit a need. `members` are points of it, and are held against the others of it."""
        middles = vectors @ self.centres.T
        near = middles[:, need].copy()
        if members:
            rest = self._sums[need] - vectors
            near = np.einsum("ij,ij->i", rest, vectors) / np.maximum(np.linalg.norm(rest, axis=1), 1e-6)
        order = np.argsort(-(self.centres @ self.centres[need]), kind="stable")
        rivals = np.append(order[order != need][:_RIVALS_OF_NEED], need)
        some = [self._chosen[rival] for rival in rivals.tolist()]
        cosines = np.clip(vectors @ np.concatenate(some).T, 0.0, 1.0)
        mine = np.repeat(rivals == need, [len(part) for part in some])
        if members:
            cosines[:, mine] = np.where(cosines[:, mine] > 0.9999, 0.0, cosines[:, mine])
        count = min(_VOTERS, cosines.shape[1])
        top = np.argpartition(-cosines, count - 1, axis=1)[:, :count]
        weights = np.take_along_axis(cosines, top, axis=1) ** _POWER
        share = (weights * mine[top]).sum(axis=1) / np.maximum(weights.sum(axis=1), 1e-9)
        middles[:, need] = -1.0
        other = middles.max(axis=1) if middles.shape[1] > 1 else np.zeros(len(vectors), dtype=np.float32)
        size = self._size(need)
        return [
            Fit(float(one), float(one - two), float(three), size)
            for one, two, three in zip(near, other, share, strict=True)
        ]

    def _size(self, need: int) -> float:
        return float(np.clip(np.log(self._sizes[need] / self._usual), -_MOST_LARGER, _MOST_LARGER))


def reach(own: Floats, total: Floats | None = None) -> float:
    """The cosine to a need's middle from which a point belongs to it: a little less than what nearly all of its own points
    (n, width) have to the middle of the others, within bounds. `total` (width,) is the sum of all its points, where these are
    not all."""
    rest = (own.sum(axis=0) if total is None else total) - own
    near = np.sort(np.einsum("ij,ij->i", rest, own) / np.maximum(np.linalg.norm(rest, axis=1), 1e-6))
    # the quantile, straight between its neighbours; numpy's own takes several times as long for so few
    below, part = divmod(_FARTHER * (len(near) - 1), 1.0)
    lower, upper = near[int(below)], near[min(int(below) + 1, len(near) - 1)]
    return min(max(_SLACK * float(lower + part * (upper - lower)), _NOVEL_BELOW), _BEYOND_DOUBT)


def _evenly(part: Floats) -> Floats:
    if len(part) <= EXEMPLARS:
        return part
    return part[np.linspace(0, len(part) - 1, EXEMPLARS).astype(int)]
