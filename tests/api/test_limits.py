"""Operations beyond the limits are refused before anything is run, with what to change."""

from __future__ import annotations

import json
import math
import time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nobodyasked.graphql.context import Context
from nobodyasked.graphql.engine import Answer, Engine
from nobodyasked.graphql.guard.limits import Limits

from .conftest import Graph

ENGINE = Engine()
DEEP = "{ customers { nodes " + "{ complaints { nodes { customer " * 6 + "{ id }" + " } } }" * 6 + " } }"
BOMB = (
    "query { ...F0 } "
    + " ".join(f"fragment F{i} on Query {{ ...F{i + 1} ...F{i + 1} }}" for i in range(30))
    + " fragment F30 on Query { __typename }"
)


@pytest.mark.parametrize(
    ("document", "limit"),
    [
        (DEEP, "depth"),
        ("{ " + " ".join(f"a{i}: __typename" for i in range(101)) + " }", "aliases"),
        ("{ __typename " + "@include(if: true) " * 101 + "}", "directives"),
        ("{ " + "__typename " * 21 + "}", "root fields"),
        (BOMB, "root fields"),
        (
            "{ customers(first: 100) { nodes { complaints(first: 100) { nodes { needs(first: 100) { nodes { id } } } } } } }",
            "nodes",
        ),
    ],
    ids=["depth", "aliases", "directives", "root fields", "fragment bomb", "nodes"],
)
async def test_beyond_a_limit(graph: Graph, document: str, limit: str) -> None:
    with graph.database.counting() as counted:
        errors = await graph.errors(document)
    assert {error["extensions"]["code"] for error in errors} == {"QUERY_TOO_COMPLEX"}
    assert limit in {error["extensions"]["limit"] for error in errors}
    assert counted.count == 0


async def test_page_sizes_in_variables_count(graph: Graph) -> None:
    query = "query ($n: Int) { customers(first: $n) { nodes { complaints(first: $n) { nodes { needs(first: $n) { nodes { id } } } } } } }"
    assert await graph.refusal(query, {"n": 100}) == "QUERY_TOO_COMPLEX"
    await graph.ask(query, {"n": 10})


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.none() | st.integers(2, 2**31 - 1) | st.integers(10**6, 10**30), min_size=1, max_size=30), st.booleans()
)
def test_sizes_that_no_number_of_json_holds_are_told_as_the_largest(pages: list[int | None], doubled: bool) -> None:
    inner = "{ id }"
    for page in reversed(pages):
        size = f"(first: {page})" if page is not None else ""
        inner = f"{{ needs{size} {{ nodes {inner} }} }}"
    spread, fragments = "", ""
    if doubled:
        spread = "...F0"
        fragments = "".join(f" fragment F{i} on Query {{ ...F{i + 1} ...F{i + 1} }}" for i in range(70))
        fragments += " fragment F70 on Query { b: id }"
    nobody: Any = None
    context = Context(nobody, nobody, nobody, nobody, Limits(nodes=1))
    begun = ENGINE.begin(f"query {{ {spread} all {inner} }}{fragments}", {}, None, context)
    assert isinstance(begun, Answer)
    assert not begun.well_formed
    told = {error["extensions"]["limit"]: error for error in json.loads(begun.body)["errors"]}
    assert {error["extensions"]["code"] for error in told.values()} == {"QUERY_TOO_COMPLEX"}
    things = math.prod(min(20 if page is None else page, 10_000_000) for page in pages)
    assert told["nodes"]["extensions"]["value"] == min(things, 2**53 - 1)
    assert (f"{things:,} things" in told["nodes"]["message"]) == (things < 2**53)
    assert not doubled or told["fields"]["extensions"]["value"] == 2**53 - 1


async def test_too_many_tokens(graph: Graph) -> None:
    assert await graph.refusal("{ " + "a " * 6000 + "}") == "GRAPHQL_PARSE_FAILED"


async def test_the_deepest_allowed_query_runs(graph: Graph) -> None:
    deep = (
        "{ customers(first: 1) { nodes "
        + "{ complaints(first: 1) { edges { node { customer " * 3
        + "{ id }"
        + " } } } }" * 3
        + " } }"
    )
    graph.limits = Limits(depth=15)
    await graph.ask(deep)


@pytest.mark.parametrize(
    "document",
    [
        "",
        "{",
        "query { needs { nodes { id } }",
        "{ nope }",
        "{ needs { nodes } }",
        "fragment A on Need { id }",
        "query A { __typename } query B { __typename }",
    ],
)
async def test_malformed_documents(graph: Graph, document: str) -> None:
    answer = await graph.answer(document)
    assert not answer.well_formed
    assert b'"data"' not in answer.body


async def test_cyclic_fragments_and_hostile_nesting_end_quickly(graph: Graph) -> None:
    hostile = [
        "{ ...A } fragment A on Query { ...B } fragment B on Query { ...A }",
        "{" + "a{" * 2000 + "}" * 2000 + "}",
        "{ " + "needs { nodes { id } } " * 20 + "}",
        "{ needs { nodes { " + "id " * 4000 + "} } }",
        "query ($a: " + "[" * 1000 + "Int" + "]" * 1000 + ") { __typename }",
    ]
    for document in hostile:
        start = time.process_time()
        await graph.answer(document)
        # a bound against runaway growth only: each of these takes milliseconds
        assert time.process_time() - start < 20, document[:60]


async def test_variables_of_the_wrong_type(graph: Graph) -> None:
    assert await graph.refusal("query ($n: Int!) { needs(first: $n) { nodes { id } } }", {"n": "x"}) == "BAD_USER_INPUT"
    assert await graph.refusal("query ($n: Int!) { needs(first: $n) { nodes { id } } }") == "BAD_USER_INPUT"
    query = "query ($w: ComplaintWhere) { complaints(where: $w) { nodes { id } } }"
    assert await graph.refusal(query, {"w": {"occurredAt": {"gt": "yesterday"}}}) == "BAD_USER_INPUT"
    assert await graph.refusal(query, {"w": {"occurredAt": {"gt": "-P999999D"}}}) == "BAD_USER_INPUT"


async def test_filters_beyond_reason_are_refused(graph: Graph) -> None:
    query = "query ($w: ComplaintWhere) { complaints(where: $w) { nodes { id } } }"
    deep: dict[str, object] = {"channel": {"eq": "email"}}
    for _ in range(40):
        deep = {"not": deep}
    assert await graph.refusal(query, {"w": deep}) == "INVALID"
    deep = {"channel": {"eq": "email"}}
    for _ in range(9):
        deep = {"and": [deep]}
    assert "complaints" in await graph.ask(query, {"w": deep})
    many = {"or": [{"channel": {"eq": str(number)}} for number in range(2_000)]}
    assert await graph.refusal(query, {"w": many}) == "INVALID"
    assert "complaints" in await graph.ask(query, {"w": {"or": many["or"][:90]}})


@pytest.mark.parametrize("text", ["a\x00b", "\ud800"])
async def test_texts_that_no_database_takes_are_refused(graph: Graph, text: str) -> None:
    for query in (
        "query ($t: String!) { complaints(search: $t) { nodes { id } } }",
        "query ($t: String!) { complaints(where: { text: { contains: $t } }) { nodes { id } } }",
        "query ($t: String!) { complaints(where: { channel: { in: [$t] } }) { nodes { id } } }",
    ):
        assert await graph.refusal(query, {"t": text}) == "INVALID"


async def test_large_documents_are_not_kept(graph: Graph) -> None:
    for number in range(20):
        await graph.ask(f"{{ needs(first: {number}) {{ nodes {{ id }} }} }} #" + "x" * 20_000)
        await graph.ask(
            f"{{ needs(first: {number}) {{ nodes {{ id }} }} viewer {{ member {{ id }} }} }} #" + "x" * 20_000
        )
    assert not graph.engine._documents
    assert not graph.engine._plans._plans
