"""Subscriptions: each event shows its thing as it is now."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from nobodyasked.graphql.engine import Answer, Engine
from nobodyasked.graphql.guard.gate import Gate, Overloaded
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


async def test_an_event_is_worked_out_once_for_all_who_ask_the_same(graph: Graph, world: World) -> None:
    graph.events.events = [
        Happened(1, Topic.NEED_CHANGED, [world.needs[DARK]]),
        Happened(2, Topic.NEED_CHANGED, [world.needs[PARCEL]]),
        Happened(3, Topic.NEED_CHANGED, [world.needs[DARK]]),
    ]
    query = "subscription ($n: Int) { needChanged { statement evidence(first: $n) { edges { quote } } } }"

    async def one(role: Role, number: int) -> list[Any]:
        stream = await graph.engine.subscribe(query, {"n": number}, None, graph.context(role))
        assert not isinstance(stream, Answer), stream.body
        return [json.loads(body)["data"]["needChanged"] async for body in stream]

    async def all_of_them(*who: tuple[Role, int]) -> tuple[list[list[Any]], int]:
        with graph.database.counting() as sent:
            seen = await asyncio.gather(*(one(*each) for each in who))
        return seen, sent.count

    alone, each = await all_of_them((Role.READER, 1))
    assert each == 3
    graph.engine = Engine()
    seen, count = await all_of_them(*[(Role.READER, 1)] * 50)
    assert (seen, count) == (alone * 50, each)
    graph.engine = Engine()
    # other variables and other roles are shown what is theirs
    seen, count = await all_of_them(*[(Role.READER, 1), (Role.READER, 2), (Role.ADMIN, 1)] * 10)
    assert count == 3 * each
    assert [len(one[1]["evidence"]["edges"]) for one in seen[:3]] == [1, 2, 1]
    # whoever began to work it out may go: it is finished for the others
    graph.engine = Engine()
    tasks = [asyncio.create_task(one(Role.READER, 1)) for _ in range(3)]
    while not graph.engine._shared._results:  # noqa: ASYNC110 nobody tells of it
        await asyncio.sleep(0)
    tasks[0].cancel()
    first, *others = await asyncio.gather(*tasks, return_exceptions=True)
    assert isinstance(first, asyncio.CancelledError)
    assert others == alone * 2
    # somebody who takes an event much later is shown the thing as it is then
    for task in list(graph.engine._shared._results):
        graph.engine._shared._forget(task, graph.engine._shared._results[task])
    _, count = await all_of_them((Role.READER, 1))
    assert count == each
    assert graph.engine.gate.subscribed == 0


async def test_so_many_may_listen_and_no_more(graph: Graph) -> None:
    graph.engine = Engine(gate=Gate(subscribers=2))
    graph.events.events = [Happened(number, Topic.NEED_CHANGED, [number]) for number in (1, 2)]

    async def begin() -> Any:
        return await graph.engine.subscribe("subscription { needChanged { id } }", None, None, graph.context())

    async def listen() -> Any:
        stream = await begin()
        await anext(stream)
        return stream

    first, _second = await listen(), await listen()
    with pytest.raises(Overloaded):
        await listen()
    await first.aclose()
    await first.aclose()
    # each counts from its beginning, heard or not, and gives its place back once: closed, forgotten or at its end
    third = await begin()
    with pytest.raises(Overloaded):
        await begin()
    await third.aclose()
    third = await begin()
    del third
    third = await begin()
    assert len([event async for event in third]) == 2
    assert graph.engine.gate.subscribed == 1


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
    # nothing would ever be heard of what is not there: that is told at once, and ends it
    for field, argument, id in (
        ("needChanged", "id", "need_999"),
        ("inventionChanged", "id", "invention_999"),
        ("escalationChanged", "id", "escalation_999"),
        ("inferenceProgress", "id", "run_999"),
        ("commentAdded", "needId", "need_999"),
        ("commentAdded", "inventionId", "invention_999"),
        ("commentAdded", "mentions", "member_999"),
    ):
        (told,) = await heard(graph, f'subscription {{ {field}({argument}: "{id}") {{ id }} }}')
        assert told == {"data": None, "errors": [{
            "message": f"There is no {id}: nothing will be heard of it.",
            "extensions": {"code": "NOT_FOUND", "argument": [argument]},
        }]}  # fmt: skip
    assert graph.engine.gate.subscribed == 0


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
