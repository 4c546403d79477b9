"""Needs across runs: which need of a new run is which need of before."""

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence

Place = tuple[int, int, int]

_LEAST_SHARED = 0.2  # share of the smaller one's spans, among those both runs knew, below which two are not the same


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
