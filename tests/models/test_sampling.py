"""The draw: every subset as likely as any other, probabilities that are true, and estimates without bias."""

from __future__ import annotations

import random
from fractions import Fraction
from math import comb, sqrt
from statistics import fmean, stdev

from hypothesis import example, given
from hypothesis import strategies as st

from nobodyasked.models.listening import Allocation
from nobodyasked.models.sampling import Stratum, plan, ranks

COUNTS = st.dictionaries(st.text("abcdefgh", min_size=1, max_size=2), st.integers(0, 40), max_size=12)


def test_shares_by_hand() -> None:
    assert plan({"email": 60, "chat": 30, "app": 10, "fax": 0}, 10, Allocation.PROPORTIONAL) == [
        Stratum(("email",), 60, 6),
        Stratum(("chat",), 30, 3),
        Stratum(("app",), 10, 1),
    ]
    equal = plan({"email": 60, "chat": 30, "app": 2}, 12, Allocation.EQUAL)
    assert [(one.population, one.size) for one in equal] == [(60, 5), (30, 5), (2, 2)]
    # a small part is drawn from too, at the cost of a large one
    assert [one.size for one in plan({"a": 1000, "b": 1, "c": 1}, 5, Allocation.PROPORTIONAL)] == [3, 1, 1]
    # more parts than draws: the smallest are put together
    pooled = plan({"a": 50, "b": 9, "c": 2, "d": 1}, 2, Allocation.PROPORTIONAL)
    assert pooled == [Stratum(("a",), 50, 1), Stratum(("b", "c", "d"), 12, 1)]
    assert plan({}, 5, Allocation.EQUAL) == plan({"a": 0}, 5, Allocation.EQUAL) == []


@given(COUNTS, st.integers(1, 60), st.sampled_from(Allocation))
@example({"a": 18, "b": 40, "aa": 40}, 1, Allocation.PROPORTIONAL)
def test_what_always_holds(counts: dict[str, int], size: int, allocation: Allocation) -> None:
    strata = plan(counts, size, allocation)
    there = {value: count for value, count in counts.items() if count}
    assert sorted(value for one in strata for value in one.values) == sorted(there)
    assert sum(one.size for one in strata) == min(size, sum(there.values()))
    for one in strata:
        assert one.population == sum(there[value] for value in one.values)
        assert 1 <= one.size <= one.population
    # the weights add up to the population, whatever is drawn: of fractions, since floats may miss it by a rounding
    assert sum(one.size / Fraction(one.probability).limit_denominator(1000) for one in strata) == sum(there.values())
    drawn = ranks(strata, random.Random(1))
    assert [len(set(some)) for some in drawn] == [one.size for one in strata]
    assert all(1 <= rank <= one.population for one, some in zip(strata, drawn, strict=True) for rank in some)


def test_the_draw_is_without_bias() -> None:
    """Over 20,000 draws: each thing, and each pair of a stratum, as often as its probability says."""
    rng = random.Random(20_261_126)
    strata = plan({"email": 14, "chat": 5, "app": 2}, 7, Allocation.PROPORTIONAL)
    draws = 20_000
    seen: dict[tuple[int, int], int] = {}
    pairs: dict[tuple[int, int], int] = {}
    # something to estimate that goes with the strata, where an unweighted mean would be wrong
    worth = {
        (index, rank): 10.0 * index + rank for index, one in enumerate(strata) for rank in range(1, one.population + 1)
    }
    totals = []
    for _ in range(draws):
        drawn = ranks(strata, rng)
        total = 0.0
        for index, (one, some) in enumerate(zip(strata, drawn, strict=True)):
            for rank in some:
                seen[index, rank] = seen.get((index, rank), 0) + 1
                total += worth[index, rank] / one.probability
        totals.append(total)
        if len(drawn[0]) > 1:
            for i, first in enumerate(drawn[0]):
                for second in drawn[0][i + 1 :]:
                    pairs[first, second] = pairs.get((first, second), 0) + 1
    for index, one in enumerate(strata):
        spread = sqrt(draws * one.probability * (1 - one.probability))
        for rank in range(1, one.population + 1):
            assert abs(seen[index, rank] - draws * one.probability) <= 5 * spread
        # chi-square of the counts, whose mean is its degrees of freedom (a draw without replacement makes it less)
        expected = draws * one.probability
        chi = sum((seen[index, rank] - expected) ** 2 / expected for rank in range(1, one.population + 1))
        assert chi < one.population + 5 * sqrt(2 * one.population)
    first = strata[0]
    likely = comb(first.size, 2) / comb(first.population, 2)
    assert len(pairs) == comb(first.population, 2)
    assert all(abs(count - draws * likely) <= 5 * sqrt(draws * likely) for count in pairs.values())
    # Horvitz and Thompson
    true = sum(worth.values())
    assert abs(fmean(totals) - true) <= 4 * stdev(totals) / sqrt(draws)
