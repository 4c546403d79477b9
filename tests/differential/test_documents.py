"""Valid documents that hypothesis-graphql makes up out of the schema, and shrinks where one is answered in two ways."""

from __future__ import annotations

from typing import Any

import pytest
from graphql import (
    REMOVE,
    ArgumentNode,
    FieldNode,
    IntValueNode,
    NameNode,
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

from nobodyasked.models.team import Role
from tests.api.conftest import Graph

from .compare import compare
from .oracle import Oracle
from .shape import IN_PYTHON, SCHEMA

ID = st.sampled_from(
    [f"{prefix}_{key}" for prefix in ("need", "complaint", "invention", "evidence", "run") for key in (1, 2, 77)]
)


def value_nodes(texts: st.SearchStrategy[str]) -> st.SearchStrategy[StringValueNode]:
    return texts.map(lambda text: StringValueNode(value=text))


DOCUMENTS = queries(
    SCHEMA,
    custom_scalars={
        "ID": value_nodes(ID),
        "DateTimeOrDuration": value_nodes(st.sampled_from(["2026-01-06", "-P4W", "2026-01-15T00:00:00Z"])),
    },
)


class Mender(Visitor):
    """Turns what would only be refused (wrong kinds of id, both ends of a page, null conditions) into what runs.

    Equal arguments are mended equally, so that fields that were merged still can be.
    """

    def enter_field(self, node: FieldNode, *_: Any) -> Any:
        # what is written in Python, not planned, has tests of its own
        if node.name.value in IN_PYTHON:
            return FieldNode(name=NameNode(value="__typename"), alias=node.alias, directives=node.directives)
        return None

    def enter_argument(self, node: ArgumentNode, _key: Any, _parent: Any, _path: Any, ancestors: list[Any]) -> Any:
        name = node.name.value
        field = next((one for one in reversed(ancestors) if isinstance(one, FieldNode)), None)
        if name in ("last", "before", "after", "search"):
            return REMOVE
        if name == "first" and isinstance(node.value, IntValueNode):
            return self._with(node, IntValueNode(value=str(abs(int(node.value.value)) % 6)))
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


ROLES = st.sampled_from(list(Role))
PREFIXES = {"inferenceRun": "run"}
MOST_LETTERS = 20_000
"""Now and then one is made of more than a hundred thousand, which takes minutes and tells no more."""
RUNS = DOCUMENTS.map(lambda text: print_ast(visit(parse(text), Mender()))).filter(lambda text: len(text) < MOST_LETTERS)
OFTEN = settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)
VERY_OFTEN = settings(OFTEN, max_examples=3_000, derandomize=False)


@given(document=RUNS, role=ROLES)
@OFTEN
async def test_random_documents(graph: Graph, oracle: Oracle, document: str, role: Role) -> None:
    event(await compare(graph, oracle, document, {}, role))


@pytest.mark.long
@given(document=RUNS, role=ROLES)
@VERY_OFTEN
async def test_many_random_documents(graph: Graph, oracle: Oracle, document: str, role: Role) -> None:
    event(await compare(graph, oracle, document, {}, role))
