"""Needs that are one: found apart, though customers word them alike, or each might be called what the other is called."""

from collections import defaultdict
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from .bearing import stated
from .manner import at_odds
from .statement import Statement

__all__ = ["twins", "worded_alike"]

Floats = NDArray[np.float32]

_ALIKE = 0.6  # cosine of two centres from which needs that customers word alike are one
_NEAR = 0.8  # the same of needs that customers word differently
_CALLED = 0.6  # cosine of what a need is called to the other's centre from which it could be called that as well
_NEAR_FREELY, _CALLED_FREELY = 0.7, 0.55  # the same two where each customer words what is lacked in their own way


def worded_alike(options: Sequence[Sequence[Statement]], centres: Sequence[Floats]) -> list[list[int]]:
    """The numbers of needs whose customers mostly say the same, of two and more; not as a need is told from its neighbours."""
    same: dict[frozenset[str], list[int]] = defaultdict(list)
    for number, some in enumerate(options):
        shared = [option for option in some if option.basis == "TEMPLATE"]
        if shared and some[0].basis == "TEMPLATE":
            same[max(shared, key=lambda option: option.worth).sense].append(number)
    near = [[one for one in numbers if centres[one] @ centres[numbers[0]] >= _ALIKE] for numbers in same.values()]
    return [numbers for numbers in near if len(numbers) > 1]


def twins(
    statements: Sequence[Statement], meanings: Floats, centres: Floats, *, plainly: bool = True
) -> list[list[int]]:
    """The numbers of needs that are one, of two and more, in the order in which they are given.

    `meanings` and `centres` (needs, width) are the vectors of their statements and of their spans, of length 1. `plainly` says
    that customers mostly say in so many words what they lack, so that needs worded differently are likely different.
    """
    nearness, calling = (_NEAR, _CALLED) if plainly else (_NEAR_FREELY, _CALLED_FREELY)
    near = centres @ centres.T
    called = meanings @ centres.T
    ways = [stated(statement) for statement in statements]
    taken: set[int] = set()
    found: list[list[int]] = []
    for one in range(len(statements)):
        if one in taken:
            continue
        same = [one] + [
            other
            for other in range(one + 1, len(statements))
            if other not in taken
            and near[one, other] >= nearness
            and min(called[one, other], called[other, one]) >= calling
            and not (at_odds(ways[one], ways[other]) and at_odds(ways[other], ways[one]))
        ]
        taken.update(same)
        if len(same) > 1:
            found.append(same)
    return found
