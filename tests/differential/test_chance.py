"""Documents made by chance over a world made by chance: the plan, graphql-core's walk and plain Python say the same."""

from __future__ import annotations

from collections import Counter
from random import Random

import pytest

from nobodyasked.models.team import Role
from tests.api.conftest import Graph

from .compare import compare
from .documents import ORDINARY, Writer
from .oracle import Oracle
from .world import Scattered

ROLES = list(Role)


async def ask(graph: Graph, oracle: Oracle, scattered: Scattered, seeds: range) -> Counter[str]:
    """How often it ran and was refused. Every other caller is a member, the others have no token's member."""
    ended: Counter[str] = Counter()
    for seed in seeds:
        graph.member = 2 if seed % 2 else None
        document, variables = Writer(Random(f"documents {seed}"), scattered).document()
        ended[await compare(graph, oracle, document, variables, ROLES[seed % len(ROLES)])] += 1
        # full-text search, which plain Python does not answer
        document, variables = Writer(
            Random(f"searches {seed}"), scattered, lambda one: ORDINARY(one) or one == "search"
        ).document()
        ended[await compare(graph, None, document, variables, ROLES[seed % len(ROLES)])] += 1
    return ended


async def test_documents(graph: Graph, oracle: Oracle, scattered: Scattered) -> None:
    ended = await ask(graph, oracle, scattered, range(1, 48))
    assert ended["ran"] > 75


@pytest.mark.long
@pytest.mark.parametrize("seed", range(5))
async def test_many_documents(graph: Graph, oracle: Oracle, scattered: Scattered, seed: int) -> None:
    ended = await ask(graph, oracle, scattered, range(seed * 1_000 + 101, seed * 1_000 + 1_101))
    assert ended["ran"] > 1_500
