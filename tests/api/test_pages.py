"""Keyset pages: nothing skipped, nothing twice, in both directions, under every order."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from .conftest import Graph
from .world import ROWS

PAGE = """query ($first: Int, $after: String, $last: Int, $before: String, $order: [ComplaintOrder!]) {
  complaints(first: $first, after: $after, last: $last, before: $before, orderBy: $order) {
    totalCount pageInfo { hasNextPage hasPreviousPage startCursor endCursor } edges { cursor node { id } }
  } }"""
ORDERS: list[Any] = [
    None,
    [{"field": "OCCURRED_AT", "direction": "ASC"}],
    [{"field": "RATING", "direction": "DESC"}],
    [{"field": "RATING"}, {"field": "OCCURRED_AT", "direction": "DESC"}],
    [{"field": "SENTIMENT"}, {"field": "SEVERITY", "direction": "DESC"}],
]


async def page(graph: Graph, **variables: Any) -> Any:
    return (await graph.ask(PAGE, variables))["complaints"]


@pytest.mark.parametrize("order", ORDERS, ids=range(len(ORDERS)))
@pytest.mark.parametrize("size", [1, 3, 8])
async def test_pages_join_up_in_both_directions(graph: Graph, order: Any, size: int) -> None:
    whole = [edge["node"]["id"] for edge in (await page(graph, first=100, order=order))["edges"]]
    assert len(set(whole)) == len(whole) == len(ROWS)
    forward: list[str] = []
    after = None
    for number in itertools.count(1):
        one = await page(graph, first=size, after=after, order=order)
        forward += [edge["node"]["id"] for edge in one["edges"]]
        info = one["pageInfo"]
        assert one["totalCount"] == len(ROWS)
        assert info["hasPreviousPage"] is (number > 1)
        assert (info["startCursor"], info["endCursor"]) == (one["edges"][0]["cursor"], one["edges"][-1]["cursor"])
        after = info["endCursor"]
        if not info["hasNextPage"]:
            break
    assert forward == whole
    backward: list[str] = []
    before = None
    while True:
        one = await page(graph, last=size, before=before, order=order)
        backward = [edge["node"]["id"] for edge in one["edges"]] + backward
        info = one["pageInfo"]
        assert info["hasNextPage"] is (before is not None)
        assert (info["startCursor"], info["endCursor"]) == (one["edges"][0]["cursor"], one["edges"][-1]["cursor"])
        before = info["startCursor"]
        if not info["hasPreviousPage"]:
            break
    assert backward == whole


async def test_after_and_before_together(graph: Graph) -> None:
    edges = (await page(graph, first=100))["edges"]
    between = await page(graph, first=10, after=edges[1]["cursor"], before=edges[5]["cursor"])
    assert between["edges"] == edges[2:5]


async def test_an_empty_page_knows_it_is_empty(graph: Graph) -> None:
    empty = {"hasNextPage": False, "hasPreviousPage": False, "startCursor": None, "endCursor": None}
    data = await graph.ask(
        '{ complaints(where: { channel: { eq: "none" } }) { totalCount edges { cursor } nodes { id } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }'
    )
    assert data["complaints"] == {"totalCount": 0, "edges": [], "nodes": [], "pageInfo": empty}
    zero = await page(graph, first=0)
    assert (zero["edges"], zero["totalCount"]) == ([], len(ROWS))
    assert zero["pageInfo"] == {**empty, "hasNextPage": True}


async def test_bad_bounds_are_refused(graph: Graph) -> None:
    cursor = (await page(graph, first=1))["edges"][0]["cursor"]
    bad: list[dict[str, Any]] = [
        {"first": -1},
        {"first": 101},
        {"last": 101},
        {"first": 1, "last": 1},
        {"first": 1, "after": "not hexadecimal"},
        {"first": 1, "after": "5b5d"},
        {"first": 1, "after": "7b7d"},
        {"first": 1, "after": "00"},
        {"first": 1, "after": ""},
        # a cursor of another order
        {"first": 1, "after": cursor, "order": [{"field": "RATING"}]},
        {"first": 1, "order": [{"field": "RATING"}] * 6},
    ]
    for variables in bad:
        assert await graph.refusal(PAGE, variables) in ("INVALID", "QUERY_TOO_COMPLEX"), variables


async def test_a_tampered_cursor_cannot_carry_other_types(graph: Graph) -> None:
    cursor = (await page(graph, first=1))["edges"][0]["cursor"]
    text = bytes.fromhex(cursor).decode()
    head = text.split(",")[0]
    for tail in ("null,1]", '"a",1]', "1.5,1]", "true,1]", "[1],1]", "1]", "1,2,3]", "99999999999999999999,1]"):
        assert await graph.refusal(PAGE, {"first": 1, "after": f"{head},{tail}".encode().hex()}) == "INVALID"
