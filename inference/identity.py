"""Needs across runs: which need of a new run is which need of before, and what became of those that are none any more.

Two runs over nearly the same messages draw borders a little differently: seen on real sets, a new order and a fifth more
messages changed a third of all needs. So a run that knows the needs of before keeps their borders (`steady`) where they
are still good ones, and moves them where the new grouping says clearly that it should.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from .exemplar import CHOICES, Exemplars, reach

Place = tuple[int, int, int]
Floats = NDArray[np.float32]
Indices = NDArray[np.intp]

_LEAST_SHARED = 0.2  # share of the smaller one's spans, among those both runs knew, below which two are not the same
_FEWEST_APART = 3  # points that each of two parts of a need has at least before it is taken apart
_APART = 0.5  # mean cosine across, over that within the looser side, below which two parts of a need are two
_ONE = 0.97  # the same, from which two needs that a new grouping holds together are one
_LOOKED_AT_ONCE = 4_096  # points
_MOSTLY = (
    0.5  # share of a new group's points with a need of before, below which its other points are a need of their own
)


def match(previous: Mapping[int, Collection[Place]], found: Sequence[Collection[Place]]) -> dict[int, int]:
    """Index in `found` -> id of the earlier need it continues, one to one; new needs are not in the answer.

    Spans are (message key, start, end). Pairs are taken greedily by how much they share: the Dice coefficient of their
    spans that were known to both sides, so that many new messages do not make a need look new.
    """
    owners: dict[Place, list[int]] = defaultdict(list)
    for need, places in previous.items():
        for place in set(places):
            owners[place].append(need)
    known = set(owners)
    seen = {place for places in found for place in places}
    size_before = {need: len(set(places) & seen) for need, places in previous.items()}
    pairs: list[tuple[float, int, int, int]] = []
    for index, places in enumerate(found):
        mine = set(places) & known
        shared = Counter(need for place in mine for need in owners[place])
        for need, count in shared.items():
            if count < _LEAST_SHARED * min(len(mine), size_before[need]):
                continue
            pairs.append((-2 * count / (len(mine) + size_before[need]), -count, need, index))
    kept: dict[int, int] = {}
    used: set[int] = set()
    for _, _, need, index in sorted(pairs):
        if index not in kept and need not in used:
            kept[index] = need
            used.add(need)
    return kept


def heirs(
    previous: Mapping[int, Collection[Place]], found: Sequence[Collection[Place]], same: Mapping[int, int]
) -> dict[int, int]:
    """Earlier need that nothing in `found` continues -> index in `found` of the need that took most of its spans.

    `same` is what `match` said. Of two that took as many the first one counts; a need whose spans are in none of `found`
    is not in the answer.
    """
    owners: dict[Place, list[int]] = defaultdict(list)
    for index, places in enumerate(found):
        for place in set(places):
            owners[place].append(index)
    going_on = set(same.values())
    became: dict[int, int] = {}
    for need, places in previous.items():
        if need not in going_on:
            took = Counter(index for place in set(places) for index in owners.get(place, ()))
            if took:
                became[need] = min(took, key=lambda index: (-took[index], index))
    return became


def steady(
    parts: Sequence[Indices],
    before: Indices,
    vectors: Floats,
    fresh: NDArray[np.bool_] | None = None,
    bears: Callable[[int, int], bool] = lambda point, need: True,
    shown: Callable[[Indices], Floats] | None = None,
) -> list[tuple[Indices, bool]]:
    """A new grouping of points, held against the one of before: (points, whether they are mostly such a need) each.

    `before` has for each point the need that it belonged to, -1 for none; `vectors` has rows of length 1. Each point of
    `parts` is in one group of the answer. A need of before stays whole, unless the new grouping takes it apart into
    parts that are far from each other for how close their own points are; two of them become one where the new grouping
    holds them together and they are as close to each other as each is in itself. Of the points without a need of before
    those that are `fresh`, all where that is not told, go to the one that they would be placed into (`place.py`): where they are as
    near to its middle as nearly all of its own, and bear it out, which `bears` tells of a point and a need. `shown` gives points as
    they show the need that they are of, which may be by a part of what they say. The others stay with one another; alone, where their group is mostly of needs of before.
    """
    part_of = np.full(len(vectors), -1, dtype=np.intp)
    for number, part in enumerate(parts):
        part_of[part] = number
    standing = _standing(part_of, before, vectors)
    held = np.full(len(vectors), -1, dtype=np.intp)
    for number, points in enumerate(standing):
        held[points] = number
    joined: list[list[Indices]] = [[points] for points in standing]
    groups: list[tuple[Indices, bool]] = []
    own = [vectors[points] if shown is None else shown(points) for points in standing]
    exemplars = Exemplars(own) if standing else None
    reaches = np.array([reach(some) for some in own])
    needs = [_most_common(before[points]) for points in standing]
    asked = np.flatnonzero((held < 0) & (part_of >= 0) & (True if fresh is None else fresh))
    near_any = _near_any(vectors, asked, exemplars.centres, reaches) if exemplars else frozenset()
    for part in parts:
        free: list[int] = []
        for point in part[held[part] < 0].tolist():
            choices = exemplars.likeliest(vectors[point], CHOICES) if exemplars and point in near_any else []
            within = (one.need for one in choices if one.fit.near >= reaches[one.need])
            home = next((need for need in within if bears(point, int(needs[need]))), None)
            if home is not None:
                joined[home].append(np.array([point]))
            else:
                free.append(point)
        alone = np.count_nonzero(held[part] >= 0) >= _MOSTLY * len(part)
        groups += [(np.array(some), False) for some in ([[point] for point in free] if alone else [free]) if some]
    groups += [(np.sort(np.concatenate(some)), True) for some in joined]
    return sorted(groups, key=lambda pair: (-len(pair[0]), int(pair[0][0])))


def _most_common(needs: Indices) -> int:
    """Of several the smallest."""
    found, counts = np.unique(needs, return_counts=True)
    return int(found[counts.argmax()])


def _near_any(vectors: Floats, points: Indices, centres: Floats, reaches: NDArray[np.float64]) -> frozenset[int]:
    """The points that are near enough to any need's middle: only they are worth a vote."""
    near: list[int] = []
    for start in range(0, len(points), _LOOKED_AT_ONCE):
        some = points[start : start + _LOOKED_AT_ONCE]
        near += some[(vectors[some] @ centres.T >= reaches).any(axis=1)].tolist()
    return frozenset(near)


def _standing(part_of: Indices, before: Indices, vectors: Floats) -> list[Indices]:
    """The needs of before that are needs still, those that turned out to be one together."""
    whole: dict[int, Indices] = {}
    most: dict[int, list[int]] = defaultdict(list)
    for need in np.unique(before[(before >= 0) & (part_of >= 0)]).tolist():
        points = np.flatnonzero((before == need) & (part_of >= 0))
        sizes = Counter(part_of[points].tolist())
        largest, count = sizes.most_common(1)[0]
        rest = points[part_of[points] != largest]
        main = points[part_of[points] == largest]
        if min(count, len(rest)) >= _FEWEST_APART and _nearness(vectors[main], vectors[rest]) < _APART:
            points = main
        whole[need] = points
        if 2 * count >= len(points):
            most[largest].append(need)
    leader = {need: need for need in whole}
    for needs in most.values():
        for place, need in enumerate(needs):
            for other in needs[:place]:
                if leader[need] == need and _nearness(vectors[whole[need]], vectors[whole[other]]) >= _ONE:
                    leader[need] = leader[other]
    together: dict[int, list[Indices]] = defaultdict(list)
    for need, points in whole.items():
        together[leader[need]].append(points)
    return [np.sort(np.concatenate(some)) for some in together.values()]


def _nearness(one: Floats, other: Floats) -> float:
    """Mean cosine across two groups over that within the looser of them."""
    across = float(one.mean(axis=0) @ other.mean(axis=0))
    within = min(_within(one), _within(other))
    return across / within if within > 0 else 1.0


def _within(vectors: Floats) -> float:
    """Mean cosine of two different rows; 1 for a single one."""
    count = len(vectors)
    total = vectors.sum(axis=0)
    return float((total @ total - count) / (count * (count - 1))) if count > 1 else 1.0
