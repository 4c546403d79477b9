"""The two ways of answering a query agree: the database's JSON as it is, and graphql-core's walk over the same rows."""

from __future__ import annotations

import json
from typing import Any

import pytest

from nobodyasked.graphql.engine import Engine

from .conftest import Graph
from .test_reads import WORK_BACKWARDS
from .world import World

DOCUMENTS = [
    WORK_BACKWARDS,
    "{ __typename needs { __typename totalCount pageInfo { __typename hasNextPage } edges { __typename node { __typename id } } } }",
    "{ complaints(first: 3) { nodes { customer { id tier value reach createdAt } rating sentiment severity product language } } }",
    "{ a: needs(first: 1) { nodes { id } } b: needs(first: 2) { x: nodes { y: id } z: edges { y: cursor } } }",
    '{ nodes(ids: ["need_1", "complaint_1", "team_1", "run_1", "member_77"]) { __typename id ... on Need { weekly { week } } ... on Node { i: id } } }',
    "{ evidence(orderBy: [{ field: CONFIDENCE, direction: DESC }]) { nodes { basis status version decidedAt decidedBy { id } run { id status parameters timings } need { id team { id } } } } }",
    '{ need(id: "need_424242") { id evidence { nodes { id } } } }',
    "{ needs(last: 2) { pageInfo { startCursor endCursor hasPreviousPage } nodes { keyPhrases confirmed statementBasis bySegment { segment } inventions { edges { relief claim { id } node { door proposer { name } } } } } } }",
    '{ complaints(where: { customer: { segment: { eq: "none" } } }) { nodes { id } edges { cursor } pageInfo { endCursor } } }',
]


def keys(value: Any) -> Any:
    if isinstance(value, dict):
        return [(key, keys(item)) for key, item in value.items()]
    return [keys(item) for item in value] if isinstance(value, list) else None


@pytest.mark.parametrize("document", DOCUMENTS, ids=range(len(DOCUMENTS)))
async def test_spliced_equals_walked(graph: Graph, world: World, document: str) -> None:
    spliced = await graph.answer(document)
    graph.engine = Engine(splice=False)
    walked = await graph.answer(document)
    assert "errors" not in json.loads(walked.body), walked.body
    assert json.loads(spliced.body) == json.loads(walked.body)
    # the order of keys counts too
    assert keys(json.loads(spliced.body)) == keys(json.loads(walked.body))
    assert spliced.well_formed
    assert walked.well_formed


async def test_introspection_is_walked(graph: Graph) -> None:
    data = await graph.ask(
        '{ __schema { queryType { name } } __type(name: "Need") { description } needs(first: 1) { nodes { id } } }'
    )
    assert data["__schema"]["queryType"]["name"] == "Query"
    assert data["__type"]["description"].startswith("A solution-free lack")
    assert len(data["needs"]["nodes"]) == 1


async def test_introspection_can_be_switched_off(graph: Graph) -> None:
    graph.engine = Engine(introspection=False)
    codes = {error["extensions"]["code"] for error in await graph.errors("{ __schema { queryType { name } } }")}
    assert codes == {"GRAPHQL_VALIDATION_FAILED"}
