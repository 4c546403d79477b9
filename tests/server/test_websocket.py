"""graphql-transport-ws over real sockets: the talk, its limits, its ends."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from nobodyasked.server.protocol import websocket as protocol

from .fakes import Stand

GOOD = {"authorization": "Bearer good"}


@asynccontextmanager
async def socket(stand: Stand, *, init: Any = GOOD, **options: Any) -> AsyncIterator[ClientConnection]:
    """A connection; acknowledged, unless `init` is None."""
    async with connect(stand.socket_url, subprotocols=["graphql-transport-ws"], **options) as opened:  # type: ignore[list-item]
        if init is not None:
            await tell(opened, "connection_init", payload=init)
            assert await hear(opened) == {"type": "connection_ack"}
        yield opened


async def tell(opened: ClientConnection, kind: str, **rest: Any) -> None:
    await opened.send(json.dumps({"type": kind, **rest}))


async def hear(opened: ClientConnection) -> Any:
    return json.loads(await asyncio.wait_for(opened.recv(), 5))


async def closing(opened: ClientConnection) -> tuple[int, str]:
    """Code and reason with which the server closes."""
    async with asyncio.timeout(5):
        with contextlib.suppress(ConnectionClosed):
            async for _ in opened:
                pass
    assert opened.close_code is not None
    return opened.close_code, opened.close_reason or ""


async def subscribe(opened: ClientConnection, key: str, query: str, **rest: Any) -> None:
    await tell(opened, "subscribe", id=key, payload={"query": query, **rest})


async def test_a_subscription_from_first_to_last(running: Stand) -> None:
    async with socket(running) as opened:
        assert opened.subprotocol == "graphql-transport-ws"
        await subscribe(opened, "s", "subscription { count }")
        results = [await hear(opened) for _ in range(4)]
        assert results[:3] == [{"id": "s", "type": "next", "payload": {"data": {"count": n}}} for n in range(3)]
        assert results[3] == {"id": "s", "type": "complete"}


async def test_queries_and_mutations_work_too_each_with_its_own_context(running: Stand) -> None:
    async with socket(running) as opened:
        await subscribe(opened, "q", "query Q { hello }", variables={"a": 1}, operationName="Q")
        first = await hear(opened)
        assert first["payload"]["data"] == {"hello": "world", "variables": {"a": 1}, "name": "Q", "actor": "ann"}
        assert await hear(opened) == {"id": "q", "type": "complete"}
        # the id is free again
        await subscribe(opened, "q", "mutation { hello }")
        assert (await hear(opened))["type"] == "next"
        assert await hear(opened) == {"id": "q", "type": "complete"}
        first_context, second_context = running.engine.contexts
        assert first_context is not second_context


async def test_the_token_may_come_with_the_handshake(running: Stand) -> None:
    async with socket(running, init={}, additional_headers={"Authorization": "Bearer good"}) as opened:
        await subscribe(opened, "q", "{ hello }")
        assert (await hear(opened))["payload"]["data"]["actor"] == "ann"


async def test_several_operations_at_once(running: Stand) -> None:
    async with socket(running) as opened:
        await subscribe(opened, "slow", "{ slow }")
        await running.engine.begun.wait()
        await subscribe(opened, "fast", "{ hello }")
        assert [(await hear(opened))["id"] for _ in range(2)] == ["fast", "fast"]
        running.engine.released.set()
        assert [(await hear(opened))["id"] for _ in range(2)] == ["slow", "slow"]


async def test_ping_is_answered_with_its_payload_even_before_init(running: Stand) -> None:
    async with socket(running, init=None) as opened:
        await tell(opened, "ping")
        assert await hear(opened) == {"type": "pong"}
        await tell(opened, "ping", payload={"a": 1})
        assert await hear(opened) == {"type": "pong", "payload": {"a": 1}}
        await tell(opened, "pong", payload={"ignored": True})
        await tell(opened, "connection_init", payload=GOOD)
        assert await hear(opened) == {"type": "connection_ack"}


async def test_complete_cancels_a_query(running: Stand) -> None:
    async with socket(running) as opened:
        await subscribe(opened, "q", "{ slow }")
        await running.engine.begun.wait()
        await tell(opened, "complete", id="q")
        await asyncio.wait_for(running.engine.ended.wait(), 5)
        assert running.engine.outcome == "cancelled"
        await tell(opened, "complete", id="unknown")
        # nothing more is said of it
        await tell(opened, "ping")
        assert await hear(opened) == {"type": "pong"}


async def test_complete_ends_a_subscription_and_frees_its_id(running: Stand) -> None:
    async with socket(running) as opened:
        await subscribe(opened, "s", "subscription { forever }")
        running.engine.pushed.put_nowait(1)
        assert (await hear(opened))["payload"] == {"data": {"forever": 1}}
        await tell(opened, "complete", id="s")
        await asyncio.wait_for(running.engine.ended.wait(), 5)
        await subscribe(opened, "s", "subscription { count }")
        assert (await hear(opened))["payload"] == {"data": {"count": 0}}


async def test_a_client_that_leaves_ends_its_work(running: Stand) -> None:
    async with socket(running) as opened:
        await subscribe(opened, "s", "subscription { forever }")
        await running.engine.begun.wait()
    await asyncio.wait_for(running.engine.ended.wait(), 5)


async def test_a_mutation_outlives_its_client(running: Stand) -> None:
    async with socket(running) as opened:
        await subscribe(opened, "m", "mutation { slow }")
        await running.engine.begun.wait()
    await asyncio.sleep(0.1)
    assert running.engine.outcome == ""
    running.engine.released.set()
    await asyncio.wait_for(running.engine.ended.wait(), 5)
    assert running.engine.outcome == "finished"


@pytest.mark.parametrize("query", ["{ broken", "subscription { wrong }"])
async def test_a_document_that_cannot_run_is_an_error_message(running: Stand, query: str) -> None:
    async with socket(running) as opened:
        await subscribe(opened, "q", query)
        message = await hear(opened)
        assert (message["id"], message["type"]) == ("q", "error")
        assert message["payload"][0]["extensions"]["code"] in ("SYNTAX", "INVALID")
        await tell(opened, "ping")
        assert await hear(opened) == {"type": "pong"}


async def test_unforeseen_errors_tell_no_more_than_an_id(running: Stand) -> None:
    async with socket(running) as opened:
        await subscribe(opened, "q", "{ boom }")
        message = await hear(opened)
        assert message["type"] == "error"
        assert message["payload"][0]["extensions"]["code"] == "INTERNAL"
        await subscribe(opened, "s", "subscription { crash }")
        assert (await hear(opened))["payload"] == {"data": {"crash": 1}}
        last = await hear(opened)
        assert last["payload"]["errors"][0]["extensions"]["code"] == "INTERNAL"
        assert "SELECT" not in f"{message}{last}"
        assert await hear(opened) == {"id": "s", "type": "complete"}


async def test_a_revoked_token_ends_its_subscription_and_starts_nothing(running: Stand) -> None:
    async with socket(running) as opened:
        await subscribe(opened, "s", "subscription { forever }")
        await running.engine.begun.wait()
        running.access.revoked = True
        running.engine.pushed.put_nowait(1)
        message = await hear(opened)
        assert message["payload"]["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"
        assert await hear(opened) == {"id": "s", "type": "complete"}
        await subscribe(opened, "q", "{ hello }")
        assert (await closing(opened))[0] == 4401


async def test_too_many_operations_are_refused_one_by_one(running: Stand) -> None:
    async with socket(running) as opened:
        for key in "abc":
            await subscribe(opened, key, "subscription { forever }")
        await subscribe(opened, "d", "subscription { forever }")
        message = await hear(opened)
        assert (message["id"], message["type"]) == ("d", "error")
        assert message["payload"][0]["extensions"]["code"] == "TOO_MANY_OPERATIONS"
        await tell(opened, "complete", id="a")
        await subscribe(opened, "d", "{ hello }")
        assert (await hear(opened))["payload"]["data"]["hello"] == "world"


@pytest.mark.parametrize(
    ("messages", "code"),
    [
        (["not json"], 4400),
        (["[]"], 4400),
        (["{}"], 4400),
        ([b"{}"], 4400),
        (['{"type": "start"}'], 4400),
        (['{"type": 3}'], 4400),
        (['{"type": "connection_init", "payload": 3}'], 4400),
        (['{"type": "connection_init", "payload": {"authorization": 3}}'], 4400),
        (['{"type": "connection_init", "payload": {"authorization": "Bearer bad"}}'], 4401),
        (['{"type": "connection_init"}'], 4401),
        (['{"type": "subscribe", "id": "1", "payload": {"query": "{ hello }"}}'], 4401),
    ],
)
async def test_bad_beginnings_close_the_socket(running: Stand, messages: list[str | bytes], code: int) -> None:
    async with socket(running, init=None) as opened:
        for message in messages:
            await opened.send(message)
        assert (await closing(opened))[0] == code
    assert running.engine.contexts == []


@pytest.mark.parametrize(
    ("message", "code", "reason"),
    [
        ({"type": "connection_init"}, 4429, "Too many initialisation requests"),
        ({"type": "subscribe", "payload": {"query": "{ hello }"}}, 4400, "'id' must be"),
        ({"type": "subscribe", "id": "", "payload": {"query": "{ hello }"}}, 4400, "'id' must be"),
        ({"type": "subscribe", "id": "x" * 129, "payload": {"query": "{ hello }"}}, 4400, "'id' must be"),
        ({"type": "subscribe", "id": "1"}, 4400, "The request must be a JSON object"),
        ({"type": "subscribe", "id": "1", "payload": {"query": 1}}, 4400, "The field 'query' must be text"),
        ({"type": "subscribe", "id": "1", "payload": {"query": "{a}", "variables": 1}}, 4400, "The field 'variables'"),
        ({"type": "complete", "id": 1}, 4400, "'id' must be text"),
        ({"type": "connection_ack"}, 4400, "Unknown message type"),
        ({"type": "é" * 200}, 4400, "Unknown message type"),
    ],
)
async def test_bad_messages_close_the_socket(running: Stand, message: dict[str, Any], code: int, reason: str) -> None:
    async with socket(running) as opened:
        await opened.send(json.dumps(message))
        closed = await closing(opened)
        assert closed[0] == code
        assert closed[1].startswith(reason)


async def test_an_id_in_use_closes_the_socket_and_ends_all_work(running: Stand) -> None:
    async with socket(running) as opened:
        await subscribe(opened, "s", "subscription { forever }")
        await running.engine.begun.wait()
        await subscribe(opened, "s", "{ hello }")
        assert await closing(opened) == (4409, "Subscriber for s already exists")
    await asyncio.wait_for(running.engine.ended.wait(), 5)


async def test_silence_closes_the_socket(running: Stand, monkeypatch: pytest.MonkeyPatch) -> None:
    assert protocol.INIT_SECONDS == 5.0
    monkeypatch.setattr(protocol, "INIT_SECONDS", 0.2)
    async with socket(running, init=None) as opened:
        await tell(opened, "ping")  # saying something else does not help
        assert await closing(opened) == (4408, "Connection initialisation timeout")


async def test_a_message_that_is_too_big_closes_the_socket(running: Stand) -> None:
    async with socket(running) as opened:
        await subscribe(opened, "q", "{ hello }" + " " * 70_000)
        assert (await closing(opened))[0] == 1009


@pytest.mark.parametrize("offered", [None, ["graphql-ws"]])
async def test_other_subprotocols_are_closed(running: Stand, offered: Any) -> None:
    async with connect(running.socket_url, subprotocols=offered) as opened:
        assert (await closing(opened))[0] == 4406


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://127.0.0.1:1", "file://"])
async def test_pages_of_other_sites_may_not_connect(running: Stand, origin: str) -> None:
    with pytest.raises(InvalidStatus) as refused:
        await connect(running.socket_url, subprotocols=["graphql-transport-ws"], origin=origin)  # type: ignore[list-item, arg-type]
    assert refused.value.response.status_code == 403
    assert json.loads(refused.value.response.body)["errors"][0]["extensions"]["code"] == "ORIGIN_FORBIDDEN"


async def test_our_own_pages_may_connect(running: Stand) -> None:
    async with socket(running, origin=running.url) as opened:
        await subscribe(opened, "q", "{ hello }")
        assert (await hear(opened))["payload"]["data"]["hello"] == "world"
