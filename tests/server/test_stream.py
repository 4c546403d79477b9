"""graphql-sse: a stream for each operation, and one for several."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import orjson
import pytest

from nobodyasked.server.protocol import events, reservation
from nobodyasked.server.protocol.events import next_event

from .fakes import TOKEN, Stand

EVENTS = {"Accept": "text/event-stream"}


@pytest.fixture
async def client(running: Stand) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=running.url, headers=TOKEN, timeout=5) as made:
        yield made


@asynccontextmanager
async def stream(
    client: httpx.AsyncClient, method: str, path: str, **rest: Any
) -> AsyncIterator[AsyncIterator[tuple[str, Any]]]:
    """The events of a stream as (name, data)."""
    headers = {**EVENTS, **rest.pop("headers", {})}
    async with client.stream(method, path, headers=headers, **rest) as answer:
        assert answer.status_code == 200
        assert answer.headers["content-type"] == "text/event-stream; charset=utf-8"
        assert answer.headers["cache-control"] == "no-store"
        yield parsed(answer)


async def parsed(answer: httpx.Response) -> AsyncIterator[tuple[str, Any]]:
    name, data = "", []
    async for line in answer.aiter_lines():
        if line.startswith("event: "):
            name = line[7:]
        elif line.startswith("data:"):
            data.append(line[5:].strip())
        elif not line and name:
            text = "\n".join(data)
            yield name, orjson.loads(text) if text else None
            name, data = "", []


@pytest.mark.parametrize("path", ["/graphql", "/graphql/stream"])
@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_one_operation_on_its_own_stream(client: httpx.AsyncClient, path: str, method: str) -> None:
    query = {"query": "subscription { count }"}
    asked = {"params": query} if method == "GET" else {"json": query}
    async with stream(client, method, path, **asked) as heard:
        assert [event async for event in heard] == [
            *(("next", {"data": {"count": number}}) for number in range(3)),
            ("complete", None),
        ]


async def test_queries_and_mutations_on_a_stream(client: httpx.AsyncClient) -> None:
    for query in ("{ hello }", "mutation { hello }"):
        async with stream(client, "POST", "/graphql", json={"query": query}) as heard:
            names = [(name, data and data["data"]["hello"]) async for name, data in heard]
            assert names == [("next", "world"), ("complete", None)]


@pytest.mark.parametrize("query", ["{ broken", "subscription { wrong }"])
async def test_what_is_wrong_with_the_document_comes_as_an_event(client: httpx.AsyncClient, query: str) -> None:
    async with stream(client, "POST", "/graphql/stream", json={"query": query}) as heard:
        (first, data), last = [event async for event in heard]
        assert (first, last) == ("next", ("complete", None))
        assert data["errors"][0]["extensions"]["code"] in ("SYNTAX", "INVALID")


async def test_a_client_that_also_takes_events_gets_them_for_subscriptions_alone(client: httpx.AsyncClient) -> None:
    accept = {"Accept": "application/json, text/event-stream"}
    answer = await client.post("/graphql", json={"query": "{ hello }"}, headers=accept)
    assert answer.headers["content-type"].startswith("application/json")
    async with stream(client, "POST", "/graphql", json={"query": "subscription { count }"}, headers=accept) as heard:
        assert len([event async for event in heard]) == 4


@pytest.mark.parametrize(
    ("method", "path", "options", "status", "code"),
    [
        ("GET", "/graphql?query=mutation{hello}", {}, 405, "METHOD_NOT_ALLOWED"),
        ("GET", "/graphql/stream?query=mutation{hello}", {}, 405, "METHOD_NOT_ALLOWED"),
        ("GET", "/graphql/stream", {}, 400, "MALFORMED_REQUEST"),
        ("POST", "/graphql/stream", {"json": {}}, 400, "MALFORMED_REQUEST"),
        ("POST", "/graphql/stream", {"content": "{}"}, 415, "UNSUPPORTED_MEDIA_TYPE"),
        ("POST", "/graphql/stream", {"json": {"query": "x" * 70_000}}, 413, "PAYLOAD_TOO_LARGE"),
        ("POST", "/graphql/stream", {"json": {}, "headers": {"Accept": "application/json"}}, 406, "NOT_ACCEPTABLE"),
        ("POST", "/graphql/stream", {"json": {}, "headers": {"Authorization": "Bearer bad"}}, 401, "UNAUTHENTICATED"),
        ("PUT", "/graphql/stream", {"headers": {"Authorization": "Bearer bad"}}, 401, "UNAUTHENTICATED"),
        ("PATCH", "/graphql/stream", {}, 405, "METHOD_NOT_ALLOWED"),
        ("GET", "/graphql/stream?token=unknown", {}, 404, "STREAM_NOT_FOUND"),
        ("POST", "/graphql/stream?token=unknown", {"json": {"query": "{ hello }"}}, 404, "STREAM_NOT_FOUND"),
        ("DELETE", "/graphql/stream?token=unknown&operationId=1", {}, 404, "STREAM_NOT_FOUND"),
        ("DELETE", "/graphql/stream?operationId=1", {}, 400, "MALFORMED_REQUEST"),
    ],
)
async def test_refusals(
    client: httpx.AsyncClient, method: str, path: str, options: Any, status: int, code: str
) -> None:
    headers = {**EVENTS, **options.pop("headers", {})} if "headers" in options else EVENTS
    answer = await client.request(method, path, headers=headers, **options)
    assert (answer.status_code, answer.json()["errors"][0]["extensions"]["code"]) == (status, code)


async def test_a_client_that_hangs_up_ends_its_subscription(client: httpx.AsyncClient, running: Stand) -> None:
    async with stream(client, "POST", "/graphql", json={"query": "subscription { forever }"}) as heard:
        running.engine.pushed.put_nowait(1)
        assert await anext(heard) == ("next", {"data": {"forever": 1}})
        assert not running.engine.ended.is_set()
    await asyncio.wait_for(running.engine.ended.wait(), 5)


async def test_a_silent_stream_is_kept_alive(client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch) -> None:
    assert events.KEEP_ALIVE_SECONDS <= 15
    monkeypatch.setattr(events, "KEEP_ALIVE_SECONDS", 0.05)
    async with client.stream("POST", "/graphql", json={"query": "subscription { forever }"}, headers=EVENTS) as answer:
        comments = 0
        async for part in answer.aiter_bytes():
            comments += part.count(b":\n\n")
            if comments > 3:
                break


async def test_a_revoked_token_ends_the_stream(client: httpx.AsyncClient, running: Stand) -> None:
    async with stream(client, "POST", "/graphql", json={"query": "subscription { forever }"}) as heard:
        running.access.revoked = True
        running.engine.pushed.put_nowait(1)
        name, data = await anext(heard)
        assert (name, data["errors"][0]["extensions"]["code"]) == ("next", "UNAUTHENTICATED")
        assert await anext(heard) == ("complete", None)


def test_line_breaks_in_a_result_stay_in_one_event() -> None:
    assert next_event(b'{\n"a":\r\n1}') == b'event: next\ndata: {\ndata: "a":\ndata: 1}\n\n'
    assert next_event(b"{}", 'a"b') == b'event: next\ndata: {"id":"a\\"b","payload":{}}\n\n'


async def reserve(client: httpx.AsyncClient) -> dict[str, str]:
    answer = await client.put("/graphql/stream")
    assert answer.status_code == 201
    assert len(answer.text) >= 40
    return {"X-GraphQL-Event-Stream-Token": answer.text}


async def start(client: httpx.AsyncClient, token: dict[str, str], key: Any, query: str, **rest: Any) -> httpx.Response:
    body = {"query": query, "extensions": {"operationId": key}}
    return await client.post("/graphql/stream", json=body, headers={**token, **rest})


async def test_several_operations_on_one_stream(client: httpx.AsyncClient, running: Stand) -> None:
    token = await reserve(client)
    # an operation may begin before the stream is opened
    assert (await start(client, token, "early", "{ hello }")).status_code == 202
    async with stream(client, "GET", "/graphql/stream", headers=token) as heard:
        name, data = await anext(heard)
        assert (name, data["id"], data["payload"]["data"]["hello"]) == ("next", "early", "world")
        assert await anext(heard) == ("complete", {"id": "early"})

        assert (await start(client, token, "long", "subscription { forever }")).status_code == 202
        running.engine.pushed.put_nowait(7)
        assert await anext(heard) == ("next", {"id": "long", "payload": {"data": {"forever": 7}}})
        assert (await start(client, token, "long", "{ hello }")).status_code == 409

        assert (await start(client, token, "bang", "{ boom }")).status_code == 202
        name, data = await anext(heard)
        assert data["payload"]["errors"][0]["extensions"]["code"] == "INTERNAL"
        assert await anext(heard) == ("complete", {"id": "bang"})

        stopped = await client.delete("/graphql/stream", params={"operationId": "long"}, headers=token)
        assert stopped.status_code == 200
        await asyncio.wait_for(running.engine.ended.wait(), 5)
        again = await client.delete("/graphql/stream", params={"operationId": "long"}, headers=token)
        assert again.status_code == 200


async def test_bad_operations_for_a_shared_stream(client: httpx.AsyncClient) -> None:
    token = await reserve(client)
    for query in ("{ broken", "subscription { wrong }"):
        answer = await start(client, token, "bad", query)
        assert answer.status_code == 400
        assert answer.json()["errors"][0]["extensions"]["code"] in ("SYNTAX", "INVALID")
    for key in (None, 3, "", "x" * 129):
        assert (await start(client, token, key, "{ hello }")).status_code == 400
    for key in "abc":
        assert (await start(client, token, key, "subscription { forever }")).status_code == 202
    answer = await start(client, token, "d", "subscription { forever }")
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "1")


async def test_a_shared_stream_belongs_to_who_reserved_it(client: httpx.AsyncClient) -> None:
    token = await reserve(client)
    answer = await start(client, token, "a", "{ hello }", Authorization="Bearer other")
    assert answer.status_code == 403
    answer = await client.delete(
        "/graphql/stream", params={"operationId": "a"}, headers={**token, "Authorization": "Bearer other"}
    )
    assert answer.status_code == 403


async def test_a_shared_stream_is_opened_once_and_ends_with_its_client(
    client: httpx.AsyncClient, running: Stand
) -> None:
    token = await reserve(client)
    # as a browser's EventSource does: no header, the token in the address
    anonymous = httpx.AsyncClient(base_url=running.url)
    path = f"/graphql/stream?token={token['X-GraphQL-Event-Stream-Token']}"
    async with anonymous, stream(anonymous, "GET", path) as heard:
        assert (await client.get(path, headers=EVENTS)).status_code == 409
        await start(client, token, "s", "subscription { forever }")
        running.engine.pushed.put_nowait(1)
        await anext(heard)
    await asyncio.wait_for(running.engine.ended.wait(), 5)
    assert (await start(client, token, "s", "{ hello }")).status_code == 404


async def test_reservations_are_bounded_and_go_stale(
    client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reservation, "MOST", 2)
    first = await reserve(client)
    await reserve(client)
    refused = await client.put("/graphql/stream")
    assert (refused.status_code, refused.headers["retry-after"]) == (429, "10")
    monkeypatch.setattr(reservation, "UNOPENED_SECONDS", 0.0)
    await reserve(client)
    assert (await client.get("/graphql/stream", headers={**EVENTS, **first})).status_code == 404
