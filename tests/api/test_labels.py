"""spanLabel through the graph."""

from __future__ import annotations

import pytest

from nobodyasked.models.team import Role

from .conftest import Graph
from .test_mutations import only_error, run

SHOWN = "label { id kind quote start end createdAt updatedAt complaint { id text } labelledBy { name } }"


async def test_a_place_is_labelled_and_becomes_an_ask(graph: Graph) -> None:
    data = await graph.ask("{ complaints(first: 1) { nodes { id text asks { totalCount } } } }")
    (complaint,) = data["complaints"]["nodes"]
    place = {"complaintId": complaint["id"], "start": 0, "end": 4, "kind": "ASK"}
    payload = await run(graph, "spanLabel", SHOWN, place, Role.CURATOR)
    assert payload["userErrors"] == []
    label = payload["label"]
    assert (label["kind"], label["quote"]) == ("ASK", complaint["text"][:4])
    assert (label["start"], label["end"], label["complaint"]["id"]) == (0, 4, complaint["id"])
    assert label["labelledBy"] == {"name": "Ada"}
    query = "query ($id: ID!) { complaint(id: $id) { labels { nodes { id } } asks { nodes { id quote score } } } }"
    after = (await graph.ask(query, {"id": complaint["id"]}))["complaint"]
    assert after["labels"]["nodes"] == [{"id": label["id"]}]
    (ask,) = [ask for ask in after["asks"]["nodes"] if ask["quote"] == complaint["text"][:4]]
    assert ask["score"] == 1.0
    # by the span's own id, as an ask and as the export names it
    for span in (ask["id"], ask["id"].replace("ask", "span")):
        again = await run(graph, "spanLabel", SHOWN, {"spanId": span, "kind": "NOISE"}, Role.CURATOR)
        assert (again["label"]["id"], again["label"]["kind"]) == (label["id"], "NOISE")
    left = (await graph.ask(query, {"id": complaint["id"]}))["complaint"]
    assert ask not in left["asks"]["nodes"]
    node = await graph.ask("query ($id: ID!) { node(id: $id) { ... on SpanLabel { kind } } }", {"id": label["id"]})
    assert node["node"] == {"kind": "NOISE"}


@pytest.mark.parametrize(
    ("input", "path"),
    [
        ({}, "spanId"),
        ({"spanId": "need_1"}, "spanId"),
        ({"spanId": "span_x"}, "spanId"),
        ({"spanId": "span_1", "start": 1}, "spanId"),
        ({"complaintId": "complaint_1", "start": 1}, "spanId"),
        ({"complaintId": "ask_1", "start": 0, "end": 2}, "complaintId"),
        ({"complaintId": "complaint_1", "start": 5, "end": 2}, "end"),
    ],
)
async def test_bad_places(graph: Graph, input: dict[str, object], path: str) -> None:
    payload = await run(graph, "spanLabel", "label { id }", {**input, "kind": "PAIN"}, Role.CURATOR)
    assert only_error(payload) == ("INVALID", ["input", path])
    assert payload["label"] is None


async def test_an_unknown_span_and_a_contributor(graph: Graph) -> None:
    payload = await run(graph, "spanLabel", "label { id }", {"spanId": "span_999999", "kind": "PAIN"}, Role.CURATOR)
    assert only_error(payload) == ("NOT_FOUND", ["input", "spanId"])
    mutation = 'mutation { spanLabel(input: { spanId: "span_1", kind: PAIN }) { label { id } } }'
    assert await graph.refusal(mutation, role=Role.CONTRIBUTOR) == "FORBIDDEN"
