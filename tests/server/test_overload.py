"""More to do than can be done in time: what is too much is refused at once, told as such, and nothing collapses."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from nobodyasked.graphql.guard import gate as guard
from nobodyasked.graphql.guard.gate import Gate, Overloaded
from nobodyasked.models.commands import tokens
from nobodyasked.models.database import Database
from nobodyasked.models.team import Role
from nobodyasked.server.protocol.wire import RESERVED
from nobodyasked.server.settings import Settings

from .fakes import TOKEN, Stand, reached, served
from .test_websocket import hear, socket, subscribe

FACETS = "{ complaints(first: 1) { totalCount } needs(first: 1) { totalCount } }"


async def test_turns_are_taken_in_order_and_given_back() -> None:
    gate = Gate(2, waiting=3, seconds=5)
    await gate.enter()
    await gate.enter()
    order: list[int] = []

    async def work(number: int) -> None:
        await gate.enter()
        order.append(number)

    tasks = [asyncio.create_task(work(number)) for number in range(3)]
    await asyncio.sleep(0)
    assert (gate.running, gate.waiting, gate.overloaded) == (2, 3, False)
    with pytest.raises(Overloaded):
        await gate.enter()
    assert gate.overloaded
    # who goes away while waiting, or just as the turn comes, takes no turn with him
    tasks[0].cancel()
    gate.leave()
    tasks[1].cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    assert order == [2]
    assert (gate.running, gate.waiting) == (2, 0)
    gate.leave()
    gate.leave()
    assert gate.running == 0
    # whoever waits too long is refused, and leaves nothing behind
    late = Gate(1, waiting=1, seconds=0.01)
    await late.enter()
    with pytest.raises(Overloaded):
        await late.enter()
    late.leave()
    assert (late.running, late.waiting, late.refused) == (0, 0, 1)


@pytest.fixture
async def house(database: Database, database_url: str, tmp_path: Path) -> AsyncIterator[tuple[httpx.AsyncClient, Any]]:
    """The real application, which works on one operation at a time; one more may wait."""
    settings = Settings(
        database_url=database_url, data_dir=tmp_path, embedder="hashed", worker=False, alert_seconds=0,
        operation_limit=1, queue_limit=1, queue_seconds=0.2, rate_limit=1_000,
    )  # fmt: skip
    async with reached(settings) as (client, app):
        secret, _ = await tokens.create(database, member_name="Ann", role=Role.ADMIN)
        client.headers["Authorization"] = f"Bearer {secret}"
        yield client, app


async def test_what_is_too_much_is_refused_and_costs_nothing(
    house: tuple[httpx.AsyncClient, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    client, app = house
    gate: Gate = app.state.services.engine.gate

    async def ask(query: str = FACETS) -> httpx.Response:
        return await client.post("/graphql", json={"query": query})

    change = 'mutation { teamCreate(input: { name: "A" }) { team { id } } }'
    before = (await ask()).json()["extensions"]["cost"]["throttleStatus"]["currentlyAvailable"]
    await gate.enter()
    answers = await asyncio.gather(ask(), ask(change), ask(change))
    # two at once, for there is no room to wait, and one once it had waited for its time
    for answer in answers:
        assert answer.status_code == 503
        assert answer.headers["retry-after"] == "1"
        (error,) = answer.json()["errors"]
        assert error["extensions"] == {"code": "OVERLOADED", "retryAfter": 1}
    ready = await client.get("/readyz")
    assert (ready.status_code, ready.json()["checks"]["load"]["ok"]) == (503, False)
    waiting = asyncio.create_task(ask())
    await asyncio.sleep(0.05)
    gate.leave()
    served = await waiting
    assert served.status_code == 200
    assert served.json()["data"]["complaints"] == {"totalCount": 0}
    assert served.json()["extensions"]["cost"]["throttleStatus"]["currentlyAvailable"] >= before - 5
    assert (await ask("{ teams { totalCount } }")).json()["data"]["teams"]["totalCount"] == 0
    assert (gate.running, gate.waiting, gate.refused) == (0, 0, 3)
    metrics = (await client.get("/metrics")).text
    assert 'nobodyasked_operations{state="running"} 0.0' in metrics
    monkeypatch.setattr(guard, "SETTLED_SECONDS", 0.0)
    assert (await client.get("/readyz")).status_code == 200


async def test_every_transport_tells_it(running: Stand) -> None:
    told = {"code": "OVERLOADED", "retryAfter": 1}
    async with httpx.AsyncClient(headers=TOKEN, base_url=running.url) as client:
        answer = await client.post("/graphql", json={"query": "{ crowd }"})
        stream = await client.post(
            "/graphql/stream", json={"query": "{ crowd }"}, headers={"Accept": "text/event-stream"}
        )
        listening = await client.post(
            "/graphql/stream", json={"query": "subscription { crowd }"}, headers={"Accept": "text/event-stream"}
        )
        for refused in (answer, stream, listening):
            assert (refused.status_code, refused.headers["retry-after"]) == (503, "1")
            assert refused.json()["errors"][0]["extensions"] == told
    async with socket(running) as opened:
        for query in ("{ crowd }", "subscription { crowd }"):
            await subscribe(opened, "1", query)
            message = await hear(opened)
            assert (message["type"], message["payload"][0]["extensions"]) == ("error", told)


async def test_connections_beyond_the_limit_are_turned_away() -> None:
    body = b'{"query":"{ hello soon }"}'
    ask = (
        b"POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\nauthorization: Bearer good\r\n"
        b"content-length: %d\r\n\r\n" % len(body) + body
    )
    alive = b"GET /livez HTTP/1.1\r\nhost: x\r\n\r\n"
    upgrade = (
        b"GET /graphql HTTP/1.1\r\nhost: x\r\nupgrade: websocket\r\nconnection: upgrade\r\nsec-websocket-version: 13\r\n"
        b"sec-websocket-key: x3JJHMbDL1EzLkh9GBhXDw==\r\nsec-websocket-protocol: graphql-transport-ws\r\n\r\n"
    )
    async with served(connection_limit=16) as made:
        port = int(made.url.rpartition(":")[2])
        opened: list[asyncio.StreamWriter] = []

        async def connect() -> asyncio.StreamReader:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            opened.append(writer)
            return reader

        async def answered(sent: bytes) -> tuple[bytes, bytes]:
            reader = await connect()
            opened[-1].write(sent)
            async with asyncio.timeout(5):
                return (await reader.readuntil(b"\r\n\r\n")).partition(b"\r\n")[0], await reader.read(2_000)

        for _ in range(16):
            await connect()
        while len(made.server.server_state.connections) < 16:  # type: ignore[union-attr]  # noqa: ASYNC110
            await asyncio.sleep(0.01)
        for sent in (ask, upgrade):
            status, said = await answered(sent)
            assert status == b"HTTP/1.1 503 Service Unavailable"
            assert json.loads(said)["errors"][0]["extensions"] == {"code": "OVERLOADED", "retryAfter": 1}
        # whoever looks after the process is heard still, and told
        assert (await answered(alive))[0] == b"HTTP/1.1 200 OK"
        assert (await answered(alive.replace(b"livez", b"readyz")))[0].startswith(b"HTTP/1.1 503 ")
        # until they are too many as well
        for _ in range(RESERVED):
            await connect()
        assert (await answered(b""))[0] == b"HTTP/1.1 503 Service Unavailable"
        for writer in opened:
            writer.close()
        while made.server.server_state.connections:  # type: ignore[union-attr]  # noqa: ASYNC110
            await asyncio.sleep(0.01)
        reader = await connect()
        opened[-1].write(ask)
        assert (await reader.readuntil(b"}")).startswith(b"HTTP/1.1 200 OK")
        opened[-1].close()
