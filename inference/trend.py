"""Whether a need is heard of more, or less, than its own past lets one expect.

A need's weeks are held against each other: of all who were heard in the past and now, how many fall into the weeks that
are looked at? Where counts are Poisson that is binomial, whatever the rate, so that nothing about it has to be guessed
(Przyborowski and Wilenski 1940); where they spread more it is beta-binomial, with the same mean and longer tails: counts
of weeks are then negative binomial with one spread, the variance as a multiple of the mean. A short or empty past thus
makes a loose comparison, not a sure one. The spread is that of all needs, weighed by how often they are heard, for of one
that is seldom heard it cannot be told: the upper end of its interval, since too small a spread makes chance look like a
surge. A need whose own weeks spread more has more. Many needs are looked at in one week: p-values are adjusted for that by
Benjamini and Hochberg (1995), so that the share of false ones among those found is bounded.
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
SURE = 2.0
"""Standard errors by which the spread of all needs is taken to be larger than it was found."""
LEAST_EXCESS = 1e-3
"""Of the spread over Poisson's: less makes no difference, and none at all would divide by zero."""
PRIOR = 0.5
"""Customers that are added to a past, so that none expects nothing at all (Jeffreys' prior of a Poisson rate)."""


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

    length = past.shape[1]
    if length < LEAST_WEEKS:
        raise ValueError(f"a past of {length} weeks is too short; it takes {LEAST_WEEKS}")
    sums = past.sum(axis=1).astype(np.float64)
    total = sums + observed
    # had nothing changed, what is observed tells as much of the rate as the past does
    shape = (total + PRIOR) / (length + weeks) / np.maximum(_spread(past) - 1, LEAST_EXCESS)
    high, low = _tails(observed, total, weeks * shape, length * shape)
    return Surprise(weeks * (sums + PRIOR) / length, high, low)


def _spread(past: Counts) -> Floats:
    """(needs,) How many times its mean a weekly count varies by, at least 1."""
    import numpy as np

    freedom = past.shape[1] - 1
    means = past.mean(axis=1)
    squares = ((past - means[:, None]) ** 2).sum(axis=1)
    weights = freedom * means
    heard = max(weights.sum(), 1e-9)
    pooled = squares.sum() / heard
    # of a ratio of sums, from how needs differ, and no less than of normal counts, where they are few
    differ = np.sqrt(((squares - pooled * weights) ** 2).sum()) / heard
    normal = pooled * np.sqrt(2 * (weights**2).sum() / freedom) / heard
    upper = max(1.0, pooled + SURE * max(differ, normal))
    own = (squares + POOLED * upper * means) / np.maximum((freedom + POOLED) * means, 1e-9)
    return np.maximum(upper, own)


def _tails(count: Counts, total: Floats, here: Floats, there: Floats) -> tuple[Floats, Floats]:
    """(needs,) twice: the probabilities of as many as `count` and more, or fewer, of `total`: beta-binomial with the
    shapes `here` and `there`."""
    import numpy as np
    from scipy.special import betaln, gammaln

    if not len(count):
        return np.zeros(0), np.zeros(0)
    terms = count.astype(np.int64) + 1
    begins = np.cumsum(terms) - terms
    k = np.arange(terms.sum()) - np.repeat(begins, terms)
    n, a, b = (np.repeat(value, terms) for value in (total, here, there))
    choose = gammaln(n + 1) - gammaln(k + 1) - gammaln(n - k + 1)
    chances = np.exp(choose + betaln(k + a, n - k + b) - betaln(a, b))
    low = np.add.reduceat(chances, begins)
    last = chances[begins + terms - 1]
    # far out the difference is lost in rounding: then the first of the terms that are left
    return np.clip(np.maximum(1 - low + last, last), 0, 1), np.clip(low, 0, 1)


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
