"""Random valid documents: the database's spliced JSON equals graphql-core's walk, value for value, errors and order included.

Both read by the same plans, so what is compared is the shape: aliases, merged fields, fragments on interfaces,
nullability, enums, empty pages. What the plans read is checked by hand in `tests/api`.
"""

from __future__ import annotations

import json
from typing import Any

import pytest
from graphql import StringValueNode, parse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis_graphql import queries

from nobodyasked.graphql.engine import Engine
from nobodyasked.graphql.guard.limits import Limits
from nobodyasked.graphql.schema import sdl
from nobodyasked.models.team import Role
from tests.api.conftest import Graph
from tests.api.test_walk import keys

ID = st.sampled_from(
    [f"{prefix}_{key}" for prefix in ("need", "complaint", "invention", "evidence", "run") for key in (1, 2, 77)]
)


def value_nodes(texts: st.SearchStrategy[str]) -> st.SearchStrategy[StringValueNode]:
    return texts.map(lambda text: StringValueNode(value=text))


DOCUMENTS = queries(
    sdl(),
    custom_scalars={
        "ID": value_nodes(ID),
        "DateTimeOrDuration": value_nodes(st.sampled_from(["2026-01-06", "-P4W", "2026-01-15T00:00:00Z"])),
    },
)
OFTEN = settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)
VERY_OFTEN = settings(OFTEN, max_examples=3_000)


async def compare(graph: Graph, document: str) -> None:
    graph.limits = Limits(aliases=1_000, root_fields=1_000, depth=100, nodes=10_000_000)
    graph.engine = Engine()
    spliced = await graph.answer(document, role=Role.READER)
    graph.engine = Engine(splice=False)
    walked = await graph.answer(document, role=Role.READER)
    one, other = json.loads(spliced.body), json.loads(walked.body)
    if not spliced.well_formed:
        # refused before it ran: the walk refuses the same, wherever it finds out
        assert "errors" in other, document
        return
    assert without_ids(one) == without_ids(other), document
    assert keys(one.get("data")) == keys(other.get("data")), document


def without_ids(body: Any) -> Any:
    """A body whose faults of ours fail the comparison: there must be none."""
    assert "INTERNAL" not in {error["extensions"]["code"] for error in body.get("errors", ())}, body
    return body


@given(document=DOCUMENTS)
@OFTEN
async def test_random_documents(graph: Graph, document: str) -> None:
    parse(document)
    await compare(graph, document)


@pytest.mark.long
@given(document=DOCUMENTS)
@VERY_OFTEN
async def test_many_random_documents(graph: Graph, document: str) -> None:
    await compare(graph, document)
