"""A graph over a world made by chance, with what it should say."""

from __future__ import annotations

import pytest

from nobodyasked.graphql.guard.limits import Limits
from nobodyasked.models.database import Database
from tests.api.conftest import Graph

from ..furniture import Furnish
from .oracle import Oracle
from .world import Scattered, scatter


async def alike(database: Database) -> Scattered:
    return await scatter(database, 7)


@pytest.fixture
async def scattered(furnish: Furnish) -> Scattered:
    """What the world holds."""
    return await furnish(alike)


@pytest.fixture
async def graph(database: Database, scattered: Scattered) -> Graph:
    """The graph over it, which allows documents of any size."""
    graph = Graph(database, member=2)
    graph.limits = Limits(aliases=1_000, directives=1_000, root_fields=1_000, depth=100, nodes=10_000_000)
    graph.mind.likes = {
        kind: [(key, score / 13) for key, score in zip(range(1, 12), range(12, 0, -1), strict=False)]
        for kind in ("complaint", "need", "invention")
    }
    asks = [key for (key,) in await database.rows("select id from span where kind = 'ASK' order by id")]
    # one that is no ask any more, and one that is gone
    pain = await database.value("select min(id) from span where kind = 'PAIN'")
    graph.mind.asks = [
        (invention, ask, round(0.95 - place / 8 - invention / 40, 6))
        for invention in range(1, 8)
        for place, ask in enumerate((pain, 99_999, *asks[invention : invention + 3]))
    ]
    graph.mind.moves = [
        (need, direction, need % 3, *sure)
        for need, direction, sure in (
            (2, "RISING", (0.5, 0.001, 0.01)),
            (1, "FALLING", (4.25, 0.02, 0.05)),
            (3, "NEW", (None, None, None)),
            (5, "STEADY", (1.0, 0.4, 0.5)),
        )
    ]
    return graph


@pytest.fixture
async def oracle(database: Database, graph: Graph) -> Oracle:
    """The tables as they are."""
    return await Oracle.read(database, graph.mind.likes, graph.mind.asks, graph.mind.moves)
