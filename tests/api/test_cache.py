"""Finished answers are given again while they are true, and never after."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nobodyasked.graphql.engine import Answer, Engine
from nobodyasked.models.database import Database
from nobodyasked.models.team import Role

from .conftest import Graph
from .test_reads import WORK_BACKWARDS

TEAMS = "{ teams { nodes { name } } }"
INVENTION = "query ($id: ID!) { invention(id: $id) { title version } }"
RENAME = "update team set name = name || '!'"
EVENT = "insert into event (topic, subjects, details, at) values ('NEED_CHANGED', '[]', '{}', 1)"


@pytest.fixture
async def cached(graph: Graph) -> Graph:
    """The graph, with answers kept."""
    graph.engine = Engine(cache_bytes=1 << 20)
    return graph


@pytest.fixture
async def elsewhere(database_url: str, graph: Graph) -> AsyncIterator[Database]:
    """The same database, as another process has it."""
    opened = await Database.open(database_url, pool=4)
    try:
        yield opened
    finally:
        await opened.close()


async def run(database: Database, sql: str) -> None:
    async with database.transaction() as transaction:
        await transaction.execute(sql)


def figures(graph: Graph) -> tuple[int, int]:
    """Hits and misses."""
    assert graph.engine.cache is not None
    numbers = graph.engine.cache.figures()
    return numbers["hits"], numbers["misses"]


async def test_an_answer_is_given_again(cached: Graph, database: Database) -> None:
    first, second = await cached.answer(WORK_BACKWARDS), await cached.answer(WORK_BACKWARDS)
    with database.counting() as sent:
        third = await cached.answer(WORK_BACKWARDS)
    assert sent.count == 0
    assert third is second
    assert first.body == second.body
    assert figures(cached) == (1, 2)


@pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)
@pytest.mark.parametrize("query", [TEAMS, '{ team(id: "team_1") { name } }'], ids=["list", "key"])
async def test_at_once_on_sqlite(cached: Graph, database: Database, query: str) -> None:
    """Without a task, whichever way it was computed."""
    context = cached.context()
    await cached.answer(query)
    kept = await cached.answer(query)
    assert cached.engine.begin(query, {}, "", context) is kept
    # not where queries are not allowed
    refused = cached.engine.begin(query, None, None, context, allow=("mutation",))
    assert isinstance(refused, Answer)
    assert not refused.well_formed
    await run(database, RENAME)
    assert await cached.answer(query) is not kept


@pytest.mark.parametrize("where", ["here", "elsewhere"])
async def test_a_change_is_seen(cached: Graph, database: Database, elsewhere: Database, where: str) -> None:
    writer = database if where == "here" else elsewhere
    for count in range(4):
        assert await cached.ask(TEAMS) == {"teams": {"nodes": [{"name": "Delivery" + "!" * count}]}}
        assert await cached.ask(TEAMS) == {"teams": {"nodes": [{"name": "Delivery" + "!" * count}]}}
        await run(writer, RENAME)


async def test_other_changes_leave_it(cached: Graph, elsewhere: Database) -> None:
    one = [await cached.answer(TEAMS) for _ in range(2)][-1]
    await run(elsewhere, EVENT)
    assert await cached.answer(TEAMS) is one
    await run(elsewhere, "update api_token set last_used_at = 5")
    assert await cached.answer(TEAMS) is one
    await run(elsewhere, "update need set confidence = 0.5")
    assert await cached.answer(TEAMS) is one
    await run(elsewhere, RENAME)
    assert await cached.answer(TEAMS) is not one


async def test_mutations_are_read_back(cached: Graph) -> None:
    """Through the front door: every change is in the next answer."""
    change = """mutation ($input: InventionUpdateInput!) { inventionUpdate(input: $input) {
        invention { version } userErrors { message } } }"""
    for count in range(1, 5):
        for _ in range(2):
            found = await cached.ask(INVENTION, {"id": "invention_1"})
            assert found["invention"]["version"] == count
        given = {"inventionId": "invention_1", "version": count, "title": f"Title {count}"}
        assert (await cached.ask(change, {"input": given}))["inventionUpdate"]["userErrors"] == []


async def test_variables_as_they_were_written(cached: Graph) -> None:
    query = "query ($some: Float) { needs(where: { confidence: { gte: $some } }) { totalCount } }"
    for _ in range(3):
        assert (await cached.ask(query, {"some": 0.85}))["needs"]["totalCount"] == 1
        assert (await cached.ask(query, {"some": 0}))["needs"]["totalCount"] == 3
        assert await cached.refusal(query, {"some": False}) == "BAD_USER_INPUT"
        assert await cached.refusal(query, {"some": "\ud800"}) == "BAD_USER_INPUT"
        assert await cached.refusal(query, {"some": 10**30}) == "BAD_USER_INPUT"
    assert figures(cached) == (2, 4)


async def test_roles_and_limits_never_share(cached: Graph) -> None:
    kept = [await cached.answer(TEAMS) for _ in range(2)][-1]
    for role in (Role.READER, Role.CONTRIBUTOR, Role.CURATOR):
        assert await cached.answer(TEAMS, role=role) is not kept
    # what a plan knows of a caller is the role
    cached.member = None
    assert await cached.answer(TEAMS) is kept
    cached.limits = type(cached.limits)(page_default=5)
    assert await cached.answer(TEAMS) is not kept


async def test_operations_of_one_document_do_not_share(cached: Graph) -> None:
    both = "query A { teams { totalCount } } query B { members { totalCount } }"
    for _ in range(3):
        for name, field in (("A", "teams"), ("B", "members")):
            assert list(json.loads((await cached.answer(both, operation=name)).body)["data"]) == [field]


NEVER_KEPT: dict[str, tuple[str, dict[str, Any] | None]] = {
    "time": ('{ complaints(where: { occurredAt: { gte: "-P2W" } }) { totalCount } }', None),
    "time in a variable": (
        "query ($t: DateTimeOrDuration) { complaints(where: { occurredAt: { gte: $t } }) { totalCount } }",
        {"t": "-P2W"},
    ),
    "the mind": ('{ needs(similarTo: { text: "late" }) { totalCount } }', None),
    "walked": ("{ viewer { role } teams { totalCount } }", None),
    "a wrong id": ('{ need(id: "team_1") { id } }', None),
    "refused": ("{ teams(first: -1) { totalCount } }", None),
}


async def test_what_is_never_kept(cached: Graph) -> None:
    assert cached.engine.cache is not None
    for name, (query, variables) in NEVER_KEPT.items():
        for _ in range(3):
            await cached.answer(query, variables)
        numbers = cached.engine.cache.figures()
        assert (numbers["entries"], numbers["hits"]) == (0, 0), name


async def test_a_fault_is_not_kept(cached: Graph, monkeypatch: pytest.MonkeyPatch) -> None:
    await cached.answer(TEAMS)
    with monkeypatch.context() as patched:

        async def broken(*_: Any, **__: Any) -> Any:
            raise ZeroDivisionError

        patched.setattr(Database, "value", broken)
        for _ in range(2):
            assert await cached.refusal(TEAMS) == "INTERNAL"
    assert (await cached.ask(TEAMS))["teams"]["nodes"]


async def test_it_stays_within_its_bytes(graph: Graph) -> None:
    graph.engine = Engine(cache_bytes=20_000)
    cache = graph.engine.cache
    assert cache is not None
    for number in range(1, 40):
        for _ in range(2):
            await graph.answer(INVENTION, {"id": f"invention_{number}"})
        assert cache.figures()["bytes"] == sum(kept.size for kept in cache._kept.values()) <= 20_000
    assert 10 < cache.figures()["entries"] < 20
    # the one asked for last is there, the first is not
    assert cache.figures()["hits"] == 0
    await graph.answer(INVENTION, {"id": "invention_39"})
    await graph.answer(INVENTION, {"id": "invention_1"})
    assert cache.figures()["hits"] == 1
    # no answer may fill it
    for _ in range(3):
        assert len((await graph.answer(WORK_BACKWARDS)).body) > 20_000 // 8
    assert cache.figures()["hits"] == 1


async def test_switched_off(graph: Graph) -> None:
    assert graph.engine.cache is None
    one, two, three = [await graph.answer(TEAMS) for _ in range(3)]
    assert one is not two
    assert two is not three


class Gate:
    """Holds every statement of the graph until it is opened."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.waiting = 0
        self.before, self.after = asyncio.Event(), asyncio.Event()
        value = Database.value

        async def gated(database: Database, *arguments: Any, **named: Any) -> Any:
            self.waiting += 1
            await self.before.wait()
            found = await value(database, *arguments, **named)
            self.waiting += 1
            await self.after.wait()
            return found

        monkeypatch.setattr(Database, "value", gated)

    async def reached(self, count: int) -> None:
        async with asyncio.timeout(5):
            while self.waiting < count:  # noqa: ASYNC110 what is watched has no event
                await asyncio.sleep(0.001)


async def start(graph: Graph, count: int) -> list[asyncio.Task[Answer]]:
    tasks = [asyncio.create_task(graph.answer(TEAMS)) for _ in range(count)]
    await asyncio.sleep(0.05)
    return tasks


async def test_those_who_ask_at_once_share(cached: Graph, monkeypatch: pytest.MonkeyPatch) -> None:
    await cached.answer(TEAMS)
    gate = Gate(monkeypatch)
    gate.after.set()
    tasks = await start(cached, 5)
    await gate.reached(1)
    gate.before.set()
    answers = await asyncio.gather(*tasks)
    assert len({id(answer) for answer in answers}) == 1
    assert cached.engine.cache is not None
    assert cached.engine.cache.figures()["shared"] == 4


@pytest.mark.parametrize("ran", [False, True])
async def test_nobody_shares_what_began_before_a_change(
    cached: Graph, elsewhere: Database, monkeypatch: pytest.MonkeyPatch, ran: bool
) -> None:
    await cached.answer(TEAMS)
    gate = Gate(monkeypatch)
    if ran:
        gate.before.set()
    early = await start(cached, 2)
    await gate.reached(2 if ran else 1)
    await run(elsewhere, RENAME)
    late = await start(cached, 2)
    gate.before.set()
    gate.after.set()
    names = [json.loads((await task).body)["data"]["teams"]["nodes"][0]["name"] for task in (*early, *late)]
    assert names == ["Delivery" if ran else "Delivery!"] * 2 + ["Delivery!"] * 2
    assert (await cached.ask(TEAMS))["teams"]["nodes"] == [{"name": "Delivery!"}]


async def test_whoever_computes_may_hang_up(cached: Graph, monkeypatch: pytest.MonkeyPatch) -> None:
    await cached.answer(TEAMS)
    gate = Gate(monkeypatch)
    first, *others = await start(cached, 3)
    await gate.reached(1)
    first.cancel()
    gate.before.set()
    gate.after.set()
    for task in others:
        assert b"Delivery" in (await task).body


DOCUMENTS = [
    TEAMS,
    WORK_BACKWARDS,
    "{ needs { totalCount nodes { statement confidence team { name } weekly { complaints } } } }",
    '{ complaints(search: "parcel", first: 2) { totalCount nodes { text severity } } inventions { nodes { title } } }',
    """{ complaintsByWeek { week complaints } complaintsBySegment { segment complaints } evidenceByChannel { channel needs }
    needs { nodes { byChannel { channel complaints } bySegment { segment customers } } } }""",
]
WRITES = [
    RENAME,
    EVENT,
    "update need set confidence = confidence * 0.99",
    "update complaint set severity = 5 - severity",
    "update customer set segment = coalesce(segment, '') || '.' where id = 2",
    "update need set status = case status when 'DISMISSED' then 'ACTIVE' else 'DISMISSED' end where id = 2",
    "update evidence set live = not live where id = 2",
    "update complaint set text = text || ' parcel' where id = 5",
    "update invention set title = title || '.'",
    "update evidence set confidence = confidence * 0.9 where id = 1",
    "delete from claim where id = (select min(id) from claim)",
]
STEPS = st.one_of(
    st.tuples(st.just("read"), st.integers(0, 1), st.sampled_from(DOCUMENTS)),
    st.tuples(st.just("race"), st.integers(0, 1), st.sampled_from(DOCUMENTS), st.sampled_from(WRITES), st.booleans()),
    st.tuples(st.just("write"), st.integers(0, 1), st.sampled_from(WRITES)),
    st.tuples(st.sampled_from(["begin", "commit", "roll back"]), st.sampled_from(WRITES)),
)


class Interleaving:
    """Two processes' worth of database and engine over one database, and at most one open transaction."""

    def __init__(self, graph: Graph, databases: Sequence[Database]) -> None:
        self.graph = graph
        self.databases = databases
        self.engines = [Engine(cache_bytes=1 << 20) for _ in databases]
        self.open: Any = None
        self.transaction: Any = None

    async def read(self, where: int, document: str) -> None:
        self.graph.database, self.graph.engine = self.databases[where], self.engines[where]
        found = (await self.graph.answer(document)).body
        self.graph.engine = Engine()
        assert found == (await self.graph.answer(document)).body

    async def race(self, where: int, document: str, sql: str, late: bool, monkeypatch: pytest.MonkeyPatch) -> None:
        """A change is committed while an answer is computed, before or after its statement ran."""
        value = Database.value
        with monkeypatch.context() as patched:

            async def raced(database: Database, *arguments: Any, **named: Any) -> Any:
                found = await value(database, *arguments, **named) if late else None
                await run(self.databases[1 - where], sql)
                return found if late else await value(database, *arguments, **named)

            patched.setattr(Database, "value", raced)
            self.graph.database, self.graph.engine = self.databases[where], self.engines[where]
            await self.graph.answer(document)
        await self.read(where, document)

    async def step(self, monkeypatch: pytest.MonkeyPatch, kind: str, *rest: Any) -> None:
        free = self.transaction is None
        if kind == "read":
            await self.read(*rest)
        elif kind == "race" and free:
            await self.race(*rest, monkeypatch)
        elif kind == "write" and free:
            await run(self.databases[rest[0]], rest[1])
        elif kind == "begin" and free:
            self.open = self.databases[1].transaction()
            self.transaction = await self.open.__aenter__()
            await self.transaction.execute(rest[0])
        elif kind == "commit" and not free:
            self.transaction = None
            await self.open.__aexit__(None, None, None)
        elif kind == "roll back" and not free:
            self.transaction = None
            error = ValueError()
            await self.open.__aexit__(ValueError, error, None)


@given(steps=st.lists(STEPS, min_size=5, max_size=20))
@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
async def test_any_interleaving(
    graph: Graph, database: Database, elsewhere: Database, monkeypatch: pytest.MonkeyPatch, steps: list[Any]
) -> None:
    world = Interleaving(graph, [database, elsewhere])
    try:
        for step in steps:
            try:
                await world.step(monkeypatch, *step)
            except ValueError:
                assert step[0] == "roll back"
    finally:
        if world.transaction is not None:
            await world.step(monkeypatch, "commit")
