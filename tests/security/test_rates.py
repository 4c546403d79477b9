"""What a caller may use in a minute: charged before, given back after, told to the client."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from websockets.asyncio.client import connect

from nobodyasked.graphql.guard import points as guard
from nobodyasked.graphql.guard.gate import Gate
from nobodyasked.graphql.guard.points import Account, LocalPoints, Throttled
from nobodyasked.models.commands import tokens
from nobodyasked.models.database import Database
from nobodyasked.models.errors import Busy
from nobodyasked.models.team import Role
from nobodyasked.server.points import FORGET_MS, Rates, SharedPoints
from nobodyasked.server.protocol.address import address_of
from nobodyasked.server.settings import Settings

from ..api.world import settle
from ..server.fakes import TOKEN, opened, reached, served

LIMIT = 600
"""Ten points a second."""


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    now = [1_000.0]
    monkeypatch.setattr(guard.time, "monotonic", lambda: now[0])
    return now


def test_a_bucket_leaks_and_takes_back(clock: list[float]) -> None:
    local = LocalPoints(LIMIT, most=2)
    local.take(b"a", 600)
    assert local.left(b"a") == 0
    with pytest.raises(Throttled) as caught:
        local.take(b"a", 5)
    assert caught.value.seconds == pytest.approx(0.5)
    clock[0] += 0.5
    local.take(b"a", 5)
    local.give(b"a", 100)
    assert local.left(b"a") == 100
    clock[0] += 600
    assert local.left(b"a") == LIMIT
    # others have their own, and only so many are remembered
    local.take(b"b", 1)
    local.take(b"c", 1)
    assert set(local._buckets) == {b"b", b"c"}
    account = Account(local, b"c")
    account.charge(50)
    account.settle(70)
    assert account.used == 50


@pytest.fixture
async def house(database: Database, database_url: str, tmp_path: Path) -> AsyncIterator[tuple[httpx.AsyncClient, Any]]:
    await settle(database)
    settings = Settings(
        database_url=database_url, data_dir=tmp_path, embedder="hashed", worker=False, alert_seconds=0,
        anonymous_role="READER", rate_limit=LIMIT, page_limit=1_000, proxy_hops=1,
    )  # fmt: skip
    async with reached(settings) as (client, app):
        secret, _ = await tokens.create(database, member_name="Ann", role=Role.ADMIN)
        client.headers["Authorization"] = f"Bearer {secret}"
        yield client, app


@pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)
async def test_an_operation_pays_for_what_it_uses(house: tuple[httpx.AsyncClient, Any], clock: list[float]) -> None:
    client, _ = house

    async def ask(query: str, **variables: Any) -> httpx.Response:
        return await client.post("/graphql", json={"query": query, "variables": variables})

    few = (await ask("{ complaints(first: 500) { nodes { id customer { id } } } }")).json()
    nodes = few["data"]["complaints"]["nodes"]
    used = 1 + len(nodes) + sum(node["customer"] is not None for node in nodes)
    assert 10 < used < 20
    assert few["extensions"]["cost"] == {
        "requestedQueryCost": 500,
        "actualQueryCost": used,
        "throttleStatus": {"maximumAvailable": 600, "currentlyAvailable": 600 - used, "restoreRate": 10.0},
    }
    told = (await ask("{ rateLimit { cost limit remaining resetAt } needs(first: 5) { totalCount } }")).json()
    assert told["data"]["rateLimit"]["cost"] == told["extensions"]["cost"]["requestedQueryCost"]
    assert told["data"]["rateLimit"]["limit"] == 600
    # a variable counts as what it is
    sized = "query ($n: Int = 300) { complaints(first: $n) { nodes { id } } }"
    assert (await ask(sized, n=7)).json()["extensions"]["cost"]["requestedQueryCost"] == 7
    assert (await ask(sized)).json()["extensions"]["cost"]["requestedQueryCost"] == 300
    change = (await ask('mutation { teamCreate(input: { name: "A" }) { team { id } } }')).json()
    assert change["extensions"]["cost"]["requestedQueryCost"] == 11
    # what was refused unrun costs a point
    wrong = (await ask("query ($n: Int!) { complaints(first: $n) { nodes { id } } }", n="x")).json()
    assert "data" not in wrong
    # beyond what is left it is 429, with the time to wait, whatever the transport
    left = wrong["extensions"]["cost"]["throttleStatus"]["currentlyAvailable"]
    late = await ask("{ complaints(first: 600) { nodes { id } } }")
    assert (late.status_code, late.json()["errors"][0]["extensions"]["code"]) == (429, "THROTTLED")
    assert float(late.headers["retry-after"]) == pytest.approx((600 - left) / 10, abs=1.1)
    clock[0] += float(late.headers["retry-after"])
    assert (await ask("{ complaints(first: 600) { nodes { id } } }")).status_code == 200
    dear = await ask("{ complaints(first: 601) { nodes { id } } }")
    assert (dear.status_code, dear.json()["errors"][0]["extensions"]) == (
        (await ask("{ complaints(first: 100001) { nodes { id } } }")).status_code,
        {"code": "QUERY_TOO_COMPLEX", "limit": "points", "value": 601, "most": 600},
    )
    # nobody pays for others: without a token the address does
    del client.headers["Authorization"]
    for forwarded, remaining in (("1.1.1.1", 599), ("1.1.1.1", 598), ("evil, 2.2.2.2", 599), ("9.9.9.9, 2.2.2.2", 598)):
        answer = await client.post(
            "/graphql", json={"query": "{ rateLimit { remaining } }"}, headers={"X-Forwarded-For": forwarded}
        )
        assert answer.json()["data"]["rateLimit"]["remaining"] == remaining


@pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)
async def test_what_comes_to_nothing_is_given_back(
    house: tuple[httpx.AsyncClient, Any], clock: list[float], database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    client, app = house
    engine, dear = app.state.services.engine, "{ complaints(first: 500) { nodes { id } } }"
    engine.gate = Gate(1, waiting=1)

    async def ask(query: str, path: str = "/graphql") -> httpx.Response:
        headers = {"Accept": "text/event-stream"} if path != "/graphql" else {}
        return await client.post(path, json={"query": query}, headers=headers)

    async def left() -> int:
        # which costs a point itself
        return (await ask("{ rateLimit { remaining } }")).json()["data"]["rateLimit"]["remaining"]

    async def hang_up(begun: asyncio.Event | None = None) -> None:
        task = asyncio.create_task(ask(dear))
        while not (begun.is_set() if begun else engine.gate.waiting):  # noqa: ASYNC110 no clock runs
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    before = await left()
    # who goes while it waits for its turn pays nothing; who goes later pays for the statement that was begun
    await engine.gate.enter()
    await hang_up()
    engine.gate.leave()
    assert (before := before - 1) == await left()
    with monkeypatch.context() as patched:
        begun = asyncio.Event()

        async def never(*_: Any, **__: Any) -> None:
            begun.set()
            await asyncio.Event().wait()

        patched.setattr(type(database), "value", never)
        await hang_up(begun)
    assert (before := before - 2) == await left()
    with monkeypatch.context() as patched:

        async def away(*_: Any, **__: Any) -> None:
            raise Busy("The database is away.")

        patched.setattr(type(database), "value", away)
        busy = await ask(dear)
        assert (busy.status_code, busy.json()["errors"][0]["extensions"]["code"]) == (503, "BUSY")
    assert (before := before - 1) == await left()
    # what stands in the way of a subscription is found out once it is paid for
    wrong = "subscription ($id: ID!) { needChanged(id: $id) { evidence(first: 400) { nodes { id } } } }"
    assert '"code":"BAD_USER_INPUT"' in (await ask(wrong, "/graphql/stream")).text
    assert (before := before - 2) == await left()
    with monkeypatch.context() as patched:
        patched.setattr(type(engine), "_request", lambda *_: 1 / 0)
        assert (await ask(wrong, "/graphql/stream")).status_code == 500
    assert before - 1 == await left()
    assert (engine.gate.running, engine.gate.waiting, engine.gate.subscribed) == (0, 0, 0)


async def test_several_servers_count_together(database: Database) -> None:
    one, other = SharedPoints(database, LIMIT), SharedPoints(database, LIMIT)
    spent = 0

    async def spend(counter: SharedPoints) -> bool:
        nonlocal spent
        with contextlib.suppress(Throttled):
            waiting = counter.take(b"a", 10)
            if waiting is not None:
                await waiting
            spent += 10
            return True
        return False

    with database.counting() as sent:
        while await spend(one) or await spend(other):
            pass
    # what leaks meanwhile may be spent as well
    assert LIMIT - 60 <= spent <= LIMIT + 100
    assert sent.count < 200
    # whoever goes on asking in vain costs the database nothing
    with database.counting() as sent:
        for _ in range(50):
            with pytest.raises(Throttled):
                await (other.take(b"a", LIMIT) or asyncio.sleep(0))
    assert sent.count <= 3
    one.give(b"a", 25)
    assert one.left(b"a") >= 25
    assert await spend(one)
    await asyncio.gather(*(spend(SharedPoints(database, LIMIT)) for _ in range(5)))
    keys = await database.rows("SELECT key FROM allowance")
    assert [len(key) for (key,) in keys] == [64]
    # what leaked dry is cleared away by whoever draws later
    async with database.transaction() as transaction:
        await transaction.execute("UPDATE allowance SET at = at - ?1", (FORGET_MS + 1_000,))
    fresh = SharedPoints(database, LIMIT)
    fresh._tidied -= 61
    waiting = fresh.take(b"b", 1)
    assert waiting is not None
    await waiting
    await asyncio.wait(database._asides)
    assert await database.value("SELECT count(*) FROM allowance") == 1


async def test_an_address_may_send_so_many_requests() -> None:
    async with served(address_rate_limit=5) as made:
        async with httpx.AsyncClient(headers=TOKEN) as client:
            ask = {"json": {"query": "{ hello soon }"}}
            statuses = [(await client.post(f"{made.url}/graphql", **ask)).status_code for _ in range(7)]
            late = await client.post(f"{made.url}/graphql", **ask)
            bad = await client.post(f"{made.url}/graphql", **ask, headers={"Authorization": "Bearer guess"})
            assert (await client.get(f"{made.url}/livez")).status_code == 200
        assert statuses == [200] * 5 + [429] * 2
        assert late.json()["errors"][0]["extensions"]["code"] == "TOO_MANY_REQUESTS"
        assert int(late.headers["retry-after"]) >= 1
        assert "x-content-type-options" in late.headers
        assert bad.status_code == 429
        with pytest.raises(Exception, match="429"):
            await connect(made.socket_url, subprotocols=["graphql-transport-ws"])  # type: ignore[list-item]
    async with opened(address_rate_limit=5, proxy_hops=2) as made:
        transport = httpx.ASGITransport(made.app)
        async with httpx.AsyncClient(transport=transport, base_url="http://x", headers=TOKEN) as client:
            for number in range(8):
                # the client may write what it likes before what the proxies say
                headers = {"X-Forwarded-For": f"{number}.0.0.1, 7.7.7.7, 10.0.0.1"}
                answer = await client.post("/graphql", json={"query": "{ hello }"}, headers=headers)
                assert answer.status_code == (200 if number < 5 else 429)


async def test_several_servers_count_requests_of_an_address_together(
    database: Database, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = Settings(
        database_url=database_url, data_dir=tmp_path, embedder="hashed", worker=False, alert_seconds=0,
        anonymous_role="READER", address_rate_limit=20, rate_limit_shared=True,
    )  # fmt: skip
    async with reached(settings) as (one, _), reached(settings) as (other, _):
        taken = 0
        for number in range(40):
            answer = await (one, other)[number % 2].post("/graphql", json={"query": "{ __typename }"})
            taken += answer.status_code == 200
        assert 20 <= taken < 35  # each for itself takes 20, and some leaks meanwhile
        assert answer.json()["errors"][0]["extensions"]["code"] == "TOO_MANY_REQUESTS"
        assert (await one.get("/livez")).status_code == 200

    asked = 0

    async def away(*_: object, **__: object) -> None:
        nonlocal asked
        asked += 1
        raise Busy("away")

    # while the database is away each counts by itself
    monkeypatch.setattr(database, "retrying", away)
    rates = Rates(settings, database)
    waits = [await rates.arrived("7.7.7.7") for _ in range(30)]
    assert waits[:20] == [0.0] * 20
    assert waits[-1] > 0
    # and asks it, which takes a while, only now and then
    assert asked == 1
    monkeypatch.setattr(rates, "_alone_until", 0.0)
    assert await rates.arrived("8.8.8.8") == 0.0
    assert asked == 2


async def test_each_operation_on_a_socket_counts() -> None:
    async with (
        served(address_rate_limit=3) as made,
        connect(
            made.socket_url,
            subprotocols=["graphql-transport-ws"],  # type: ignore[list-item]
        ) as socket,
    ):
        await socket.send(json.dumps({"type": "connection_init", "payload": TOKEN}))
        assert json.loads(await socket.recv())["type"] == "connection_ack"
        seen = []
        for number in range(3):
            await socket.send(json.dumps({"type": "subscribe", "id": str(number), "payload": {"query": "{ hello }"}}))
            message = json.loads(await socket.recv())
            seen.append(message["type"])
            if message["type"] == "next":
                await socket.recv()
        assert seen == ["next", "next", "error"]
        assert message["payload"][0]["extensions"]["code"] == "TOO_MANY_REQUESTS"


@pytest.mark.parametrize(
    ("client", "forwarded", "hops", "address"),
    [
        ("1.2.3.4", b"5.6.7.8", 0, "1.2.3.4"),
        ("1.2.3.4", None, 1, "1.2.3.4"),
        ("1.2.3.4", b"5.6.7.8", 1, "5.6.7.8"),
        ("1.2.3.4", b"evil, 5.6.7.8, 10.0.0.1", 2, "5.6.7.8"),
        ("1.2.3.4", b"5.6.7.8", 3, "5.6.7.8"),
        ("2001:db8:1:2:3::4", None, 0, "2001:db8:1:2::/64"),
        ("::ffff:1.2.3.4", None, 0, "1.2.3.4"),
        ("", None, 0, ""),
        ("x" * 500, None, 0, "x" * 64),
    ],
)
def test_where_a_request_comes_from(client: str, forwarded: bytes | None, hops: int, address: str) -> None:
    assert address_of(client, forwarded, hops) == address
