"""Whether a need is heard of more, or less, than its own past lets one expect.

A need's weekly count is held against what its weeks before let one predict. Where counts are Poisson with a rate that
the past tells with Jeffreys' prior, the next count is negative binomial (Gelman et al., Bayesian Data Analysis, 2.6):
so a short or empty past makes a wide prediction, not a sure one. Needs vary more than that from week to week. The
variance is therefore inflated by the need's own dispersion (Pearson's, never below 1), drawn towards that of all needs
where its own past is short. Many needs are looked at in one week: p-values are adjusted for that by Benjamini and
Hochberg (1995), so that the share of false ones among those found is bounded.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # both are imported where they are used: a server starts without them
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Counts = NDArray[np.integer]

__all__ = [
    "FALSE_SHARE",
    "LEAST_WEEKS",
    "PAST_WEEKS",
    "Movement",
    "Surprise",
    "adjusted",
    "movements",
    "surges",
    "surprise",
]

Heard = tuple[int, int, int]
"""A need, a week by its number, and the distinct customers heard of it there."""
Movement = tuple[int, str, int, float | None, float | None, float | None]
"""A need, RISING, FALLING, NEW or STEADY, customers heard and expected, p-value, and that among all needs."""

FALSE_SHARE = 0.05
"""Share of false ones among the needs that are found, at most."""

PAST_WEEKS = 26
"""Weeks before that a prediction rests on: half a year, so that it follows slow change."""
LEAST_WEEKS = 8
"""Fewer tell too little of how much counts vary."""
POOLED = 12.0
"""How many weeks of its own past the dispersion of all needs counts for."""
PRIOR = 0.5
"""Shape of Jeffreys' prior of a Poisson rate."""


@dataclass(frozen=True, slots=True)
class Surprise:
    """By need: the expected count, and the probabilities of counts as high, or as low, or more extreme."""

    expected: Floats
    high: Floats
    low: Floats


def surprise(past: Counts, observed: Counts, weeks: int = 1) -> Surprise:
    """Hold counts of `weeks` weeks together against the weeks before.

    `past` is (needs, weeks before), zeros included; `observed` (needs,). Raises ValueError for a past that is too short.
    """
    import numpy as np
    from scipy.stats import nbinom

    length = past.shape[1]
    if length < LEAST_WEEKS:
        raise ValueError(f"a past of {length} weeks is too short; it takes {LEAST_WEEKS}")
    sums = past.sum(axis=1).astype(np.float64)
    rate = (sums + PRIOR) / length
    expected = weeks * rate
    # of the count itself and of the rate, which a short past tells loosely
    variance = expected * (1 + weeks / length) * _dispersion(past, rate)
    size = expected**2 / np.maximum(variance - expected, 1e-9 * expected)
    chance = size / (size + expected)
    return Surprise(expected, nbinom.sf(observed - 1, size, chance), nbinom.cdf(observed, size, chance))


def _dispersion(past: Counts, rate: Floats) -> Floats:
    """(needs,) How many times its mean a weekly count varies by, at least 1."""
    import numpy as np

    freedom = past.shape[1] - 1
    own = ((past - past.mean(axis=1, keepdims=True)) ** 2).sum(axis=1) / rate
    pooled = own.sum() / (freedom * max(len(own), 1))
    return np.maximum(1.0, (own + POOLED * pooled) / (freedom + POOLED))


def adjusted(p: Floats) -> Floats:
    """P-values adjusted for that there are many: the least false discovery rate at which each would be found."""
    import numpy as np
    from scipy.stats import false_discovery_control

    return np.asarray(false_discovery_control(p), dtype=np.float64) if len(p) else p


def surges(rows: Iterable[Heard], first: int, week: int) -> dict[int, tuple[float, float, float]]:
    """By need: customers expected in `week`, the probability of as many as there were, and that among all needs.

    `rows` are of the weeks from `first` on; what is not among them was not heard.
    """
    heard = list(rows)
    needs = sorted({need for need, *_ in heard})
    if not needs:
        return {}
    table = _table(heard, needs, first, week)
    found = surprise(table[:, :-1], table[:, -1])
    values = zip(needs, found.expected.tolist(), found.high.tolist(), adjusted(found.high).tolist(), strict=True)
    return {need: (expected, p, q) for need, expected, p, q in values}


def movements(
    rows: Iterable[Heard], since_when: Mapping[int, int], first: int, begin: int, last: int
) -> list[Movement]:
    """How needs moved from week `begin` to `last`, both included, against those from `first` on; surest first.

    `since_when` has the week in which each need was first heard of; one that has none is left out.
    """
    import numpy as np

    heard = [row for row in rows if row[0] in since_when]
    totals = dict.fromkeys((need for need, *_ in heard), 0)
    for need, week, count in heard:
        totals[need] += count if week >= begin else 0
    new = {need for need in totals if since_when[need] >= begin}
    found: list[Movement] = [(need, "NEW", totals[need], None, None, None) for need in new]
    needs = sorted(totals.keys() - new)
    if needs:
        table = _table(heard, needs, first, last)
        before = begin - first
        told = surprise(table[:, :before], table[:, before:].sum(axis=1), last - begin + 1)
        p = np.minimum(1.0, 2 * np.minimum(told.high, told.low))
        for need, expected, one, share in zip(
            needs, told.expected.tolist(), p.tolist(), adjusted(p).tolist(), strict=True
        ):
            direction = "STEADY"
            if share <= FALSE_SHARE:
                direction = "RISING" if totals[need] > expected else "FALLING"
            found.append((need, direction, totals[need], round(expected, 4), round(one, 8), round(share, 8)))
    return sorted(found, key=lambda one: (0.0 if one[5] is None else one[5], -one[2], one[0]))


def _table(heard: Sequence[Heard], needs: Sequence[int], first: int, last: int) -> Counts:
    """(needs, weeks from first to last) Customers, zeros included."""
    import numpy as np

    place = {need: index for index, need in enumerate(needs)}
    table = np.zeros((len(needs), last - first + 1), dtype=np.int64)
    for need, week, count in heard:
        if need in place:
            table[place[need], week - first] = count
    return table
