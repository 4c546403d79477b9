"""A stratified draw without replacement, and the probability with which each thing is drawn.

Within a stratum every subset of its size is as likely as any other, so each of its N_h things is drawn with probability
n_h / N_h. Every stratum gives at least one, so that no probability is zero and weighting by its inverse (Horvitz and
Thompson, 1952) estimates the whole without bias. Where there are more strata than draws, the smallest are put together.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass

from .listening import Allocation

__all__ = ["Stratum", "plan", "ranks"]


@dataclass(frozen=True, slots=True)
class Stratum:
    """A part of the population: the values that make it, how many things it holds, and how many are drawn of them."""

    values: tuple[str, ...]
    population: int
    size: int

    @property
    def probability(self) -> float:
        """Of each of its things being drawn."""
        return self.size / self.population


def plan(population: Mapping[str, int], size: int, allocation: Allocation) -> list[Stratum]:
    """The strata of `size` draws (at most as many as there are things) from `population`, things by value.

    PROPORTIONAL gives each stratum its share by largest remainders, EQUAL as many as each other; at least one, and no more
    than it holds, either way. It depends on the counts alone, never on chance.
    """
    filled = sorted(((count, value) for value, count in population.items() if count > 0), reverse=True)
    size = min(size, sum(count for count, _ in filled))
    if size < 1:
        return []
    parts: list[tuple[tuple[str, ...], int]] = [((value,), count) for count, value in filled]
    if len(parts) > size:
        rest = parts[size - 1 :]
        pool = (tuple(value for values, _ in rest for value in values), sum(count for _, count in rest))
        parts = [*parts[: size - 1], pool]
    counts = [count for _, count in parts]
    whole = sum(counts)
    shares = [size * count / whole if allocation is Allocation.PROPORTIONAL else size / len(counts) for count in counts]
    given = [max(1, min(count, int(share))) for count, share in zip(counts, shares, strict=True)]
    while sum(given) != size:
        # one more to whom most is missing, or one less from whom has most too much; the first of equals
        step = 1 if sum(given) < size else -1
        able = [
            (step * (share - have), -index)
            for index, (share, have, count) in enumerate(zip(shares, given, counts, strict=True))
            if (have < count if step > 0 else have > 1)
        ]
        _, index = max(able)
        given[-index] += step
    return [Stratum(values, count, have) for (values, count), have in zip(parts, given, strict=True)]


def ranks(strata: list[Stratum], rng: random.Random) -> list[list[int]]:
    """By stratum: which of its things are drawn, as ranks from 1."""
    return [sorted(rng.sample(range(1, stratum.population + 1), stratum.size)) for stratum in strata]
