"""Random valid documents: the database's spliced JSON equals graphql-core's walk, value for value, errors and order included.

Both read by the same plans, so what is compared is the shape: aliases, merged fields, fragments on interfaces,
nullability, enums, empty pages. What the plans read is checked by hand in `tests/api`.
"""

from __future__ import annotations

import json
from typing import Any

import pytest
from graphql import (
    REMOVE,
    ArgumentNode,
    FieldNode,
    IntValueNode,
    NullValueNode,
    ObjectFieldNode,
    StringValueNode,
    Visitor,
    parse,
    parse_value,
    print_ast,
    visit,
)
from hypothesis import HealthCheck, event, given, settings
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


class Mender(Visitor):
    """Turns what would only be refused (wrong kinds of id, both ends of a page, null conditions) into what runs.

    Equal arguments are mended equally, so that fields that were merged still can be.
    """

    def enter_argument(self, node: ArgumentNode, _key: Any, _parent: Any, _path: Any, ancestors: list[Any]) -> Any:
        name = node.name.value
        field = next((one for one in reversed(ancestors) if isinstance(one, FieldNode)), None)
        if name in ("last", "before", "after"):
            return REMOVE
        if name == "first" and isinstance(node.value, IntValueNode):
            return self._with(node, IntValueNode(value=str(abs(int(node.value.value)) % 6)))
        if name == "search":
            return self._with(node, StringValueNode(value="parcel or app"))
        if name == "similarTo":
            return self._with(node, parse_value('{ text: "late", minimum: 0.2 }'))
        if name == "id" and field is not None and field.name.value != "node":
            number = len(str(node.value)) % 3 + 1
            return self._with(
                node, StringValueNode(value=f"{PREFIXES.get(field.name.value, field.name.value)}_{number}")
            )
        return None

    def enter_object_field(self, node: ObjectFieldNode, *_: Any) -> Any:
        # which kind of id a condition takes depends on the type around it: left to the tests written by hand
        return REMOVE if isinstance(node.value, NullValueNode) or node.name.value == "id" else None

    @staticmethod
    def _with(node: ArgumentNode, value: Any) -> ArgumentNode:
        return ArgumentNode(name=node.name, value=value)


PREFIXES = {"inferenceRun": "run"}
RUNS = DOCUMENTS.map(lambda text: print_ast(visit(parse(text), Mender())))
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
        event("refused")
        return
    event("ran")
    assert without_ids(one) == without_ids(other), document
    assert keys(one.get("data")) == keys(other.get("data")), document


def without_ids(body: Any) -> Any:
    """A body whose faults of ours fail the comparison: there must be none."""
    assert "INTERNAL" not in {error["extensions"]["code"] for error in body.get("errors", ())}, body
    return body


@given(document=RUNS)
@OFTEN
async def test_random_documents(graph: Graph, document: str) -> None:
    await compare(graph, document)


@pytest.mark.long
@given(document=RUNS)
@VERY_OFTEN
async def test_many_random_documents(graph: Graph, document: str) -> None:
    await compare(graph, document)
