"""The same known world that the graph's own tests ask."""

from tests.api.conftest import graph, world

__all__ = ["graph", "world"]
