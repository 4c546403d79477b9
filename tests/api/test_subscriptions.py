"""Subscriptions: each event shows its thing as it is now."""

from __future__ import annotations

import json
from typing import Any

import pytest

from nobodyasked.graphql.engine import Answer
from nobodyasked.models.event import Topic
from nobodyasked.models.fields import now_ms
from nobodyasked.models.team import Role

from .conftest import Graph, Happened
from .world import DARK, PARCEL, ROWS, STATEMENTS, World


async def heard(graph: Graph, query: str, variables: dict[str, Any] | None = None) -> list[Any]:
    stream = await graph.engine.subscribe(query, variables, None, graph.context(Role.READER))
    assert not isinstance(stream, Answer), stream.body
    return [json.loads(body) async for body in stream]


async def test_each_subject_of_an_event_is_shown(graph: Graph, world: World) -> None:
    graph.events.events = [
        Happened(1, Topic.COMPLAINT_RECEIVED, world.complaints[:2]),
        Happened(2, Topic.NEED_CHANGED, [world.needs[DARK]]),
        Happened(3, Topic.NEED_CHANGED, [world.needs[PARCEL]]),
        Happened(4, Topic.INVENTION_CHANGED, [world.inventions[0]]),
        Happened(5, Topic.RUN_CHANGED, [world.run]),
        Happened(6, Topic.COMPLAINT_RECEIVED, [424242]),
    ]
    complaints = await heard(graph, "subscription { complaintReceived { text needs { nodes { statement } } } }")
    assert [one["data"]["complaintReceived"] and one["data"]["complaintReceived"]["text"] for one in complaints] == [
        ROWS[0][0],
        ROWS[1][0],
        None,
    ]
    needs = await heard(graph, "subscription { needChanged { statement } }")
    assert [one["data"]["needChanged"]["statement"] for one in needs] == [STATEMENTS[DARK], STATEMENTS[PARCEL]]
    one = await heard(
        graph, "subscription ($id: ID) { needChanged(id: $id) { id } }", {"id": f"need_{world.needs[PARCEL]}"}
    )
    assert one == [{"data": {"needChanged": {"id": f"need_{world.needs[PARCEL]}"}}}]
    assert len(await heard(graph, "subscription { inventionChanged { title } }")) == 1
    (run,) = await heard(graph, "subscription { inferenceProgress { status progress stage } }")
    assert run["data"]["inferenceProgress"]["status"] == "SUCCEEDED"


async def test_bad_subscriptions_are_refused(graph: Graph) -> None:
    for query in (
        "subscription { nope }",
        "{ needs { nodes { id } } }",
        "subscription { a: needChanged { id } b: needChanged { id } }",
    ):
        answer = await graph.engine.subscribe(query, None, None, graph.context())
        assert isinstance(answer, Answer)
        assert not answer.well_formed
    events = await graph.engine.subscribe(
        'subscription { needChanged(id: "complaint_1") { id } }', None, None, graph.context()
    )
    bodies = [json.loads(events.body)] if isinstance(events, Answer) else [json.loads(body) async for body in events]
    assert bodies[0]["errors"][0]["extensions"]["code"] == "INVALID"


async def test_a_subscription_is_no_query(graph: Graph) -> None:
    assert await graph.refusal("subscription { needChanged { id } }") == "OPERATION_NOT_ALLOWED"


@pytest.mark.parametrize("given", ["as a variable", "in the document"])
async def test_times_count_from_each_event(
    graph: Graph, world: World, monkeypatch: pytest.MonkeyPatch, given: str
) -> None:
    evidence = "{ evidence(where: { createdAt: { gte: %s } }) { totalCount } }"
    query, variables = "subscription { needChanged " + evidence % '"-PT1H"' + " }", None
    if given == "as a variable":
        query = "subscription ($from: DateTimeOrDuration) { needChanged " + evidence % "$from" + " }"
        variables = {"from": "-PT1H"}
    graph.events.events = [Happened(number, Topic.NEED_CHANGED, [world.needs[PARCEL]]) for number in (1, 2)]
    stream = await graph.engine.subscribe(query, variables, None, graph.context())
    assert not isinstance(stream, Answer)
    counts = []
    async for body in stream:
        counts.append(json.loads(body)["data"]["needChanged"]["evidence"]["totalCount"])
        later = now_ms() + 2 * 3_600_000
        monkeypatch.setattr("nobodyasked.graphql.scalars.now_ms", lambda later=later: later)
    assert counts[0] > 0
    assert counts[1] == 0
