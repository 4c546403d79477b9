"""Hang-ups, and the end of the process: what is under way is finished, what never ends is told."""

from __future__ import annotations

import asyncio
import json
import time

import httpx
import pytest
from websockets.exceptions import ConnectionClosed

from .fakes import TOKEN, Stand, served
from .test_websocket import closing, hear, socket, subscribe

JSON_HEADERS = "Content-Type: application/json\r\nAuthorization: Bearer good\r\nHost: x\r\n"


async def send_query(stand: Stand, query: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    reader, writer = await asyncio.open_connection("127.0.0.1", int(stand.url.rpartition(":")[2]))
    body = json.dumps({"query": query})
    writer.write(f"POST /graphql HTTP/1.1\r\n{JSON_HEADERS}Content-Length: {len(body)}\r\n\r\n{body}".encode())
    await writer.drain()
    return reader, writer


async def hang_up(writer: asyncio.StreamWriter) -> None:
    writer.close()
    await writer.wait_closed()


async def test_a_query_ends_with_its_client(running: Stand, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    _, writer = await send_query(running, "{ slow }")
    await running.engine.begun.wait()
    await hang_up(writer)
    await asyncio.wait_for(running.engine.ended.wait(), 5)
    assert running.engine.outcome == "cancelled"
    await asyncio.sleep(0.05)
    (line,) = [record.fields for record in caplog.records if record.name == "nobodyasked.access"]
    assert (line["status"], line["bytes"]) == (499, 0)
    assert not [record for record in caplog.records if record.levelname == "ERROR"]


async def test_a_mutation_is_carried_through_without_its_client(running: Stand) -> None:
    _, writer = await send_query(running, "mutation { slow }")
    await running.engine.begun.wait()
    await hang_up(writer)
    await asyncio.sleep(0.1)
    assert running.engine.outcome == ""
    running.engine.released.set()
    await asyncio.wait_for(running.engine.ended.wait(), 5)
    assert running.engine.outcome == "finished"


async def test_a_client_that_leaves_within_its_body_is_no_error(
    running: Stand, caplog: pytest.LogCaptureFixture
) -> None:
    _, writer = await asyncio.open_connection("127.0.0.1", int(running.url.rpartition(":")[2]))
    writer.write(f'POST /graphql HTTP/1.1\r\n{JSON_HEADERS}Content-Length: 100\r\n\r\n{{"query"'.encode())
    await writer.drain()
    await asyncio.sleep(0.05)
    await hang_up(writer)
    await asyncio.sleep(0.05)
    assert not [record for record in caplog.records if record.levelname == "ERROR"]
    assert running.engine.contexts == []


async def test_a_connection_is_used_again_after_a_slow_query(running: Stand) -> None:
    async with httpx.AsyncClient(base_url=running.url, headers=TOKEN) as client:
        asking = asyncio.create_task(client.post("/graphql", json={"query": "{ slow }"}))
        await running.engine.begun.wait()
        await asyncio.sleep(0.1)  # long enough for the watch to have begun
        running.engine.released.set()
        assert (await asking).status_code == 200
        assert (await client.post("/graphql", json={"query": "{ hello }"})).status_code == 200


async def test_requests_under_way_are_finished(running: Stand) -> None:
    assert running.server is not None
    assert running.serving is not None
    reader, writer = await send_query(running, "{ slow }")
    await running.engine.begun.wait()
    running.server.should_exit = True
    await asyncio.sleep(0.3)
    with pytest.raises(OSError):  # noqa: PT011 refused or reset, as the system likes
        await asyncio.open_connection("127.0.0.1", int(running.url.rpartition(":")[2]))
    running.engine.released.set()
    answer = await asyncio.wait_for(reader.read(), 5)
    assert answer.startswith(b"HTTP/1.1 200 OK")
    assert b"connection: close" in answer.lower()
    assert running.engine.outcome == "finished"
    await hang_up(writer)
    await asyncio.wait_for(running.serving, 5)


async def test_sockets_say_goodbye_after_their_queries(running: Stand) -> None:
    assert running.server is not None
    async with socket(running) as opened:
        await subscribe(opened, "s", "subscription { forever }")
        await running.engine.begun.wait()
        running.engine.begun.clear()
        await subscribe(opened, "m", "mutation { slow }")
        await running.engine.begun.wait()
        running.server.should_exit = True
        await asyncio.sleep(0.3)
        running.engine.released.set()
        assert (await hear(opened))["id"] == "m"
        assert await hear(opened) == {"id": "m", "type": "complete"}
        assert await closing(opened) == (1001, "The server is stopping")


async def test_streams_end_without_complete_so_that_clients_return(running: Stand) -> None:
    assert running.server is not None
    async with httpx.AsyncClient(base_url=running.url, headers={**TOKEN, "Accept": "text/event-stream"}) as client:
        async with client.stream("POST", "/graphql", json={"query": "subscription { forever }"}) as answer:
            running.engine.pushed.put_nowait(1)
            heard = b""
            parts = answer.aiter_bytes()
            while b"forever" not in heard:
                heard += await anext(parts)
            running.server.should_exit = True
            heard += b"".join([part async for part in parts])
        assert b"complete" not in heard
    await asyncio.wait_for(running.engine.ended.wait(), 5)


async def test_work_that_does_not_end_is_cut_off_in_time() -> None:
    async with served(shutdown_seconds=0.5) as made:
        assert made.server is not None
        assert made.serving is not None
        made.server.config.timeout_graceful_shutdown = 1
        async with socket(made) as opened:
            await subscribe(opened, "q", "{ slow }")
            await made.engine.begun.wait()
            began = time.monotonic()
            made.server.should_exit = True
            with pytest.raises(ConnectionClosed):
                await asyncio.wait_for(opened.recv(), 5)
        await asyncio.wait_for(made.serving, 30)  # the work itself never ends
        assert time.monotonic() - began > 0.9
        assert made.engine.outcome == "cancelled"


async def test_a_server_that_stops_is_not_ready(running: Stand) -> None:
    running.drain.begin()
    async with httpx.AsyncClient(base_url=running.url) as client:
        answer = await client.get("/readyz")
        assert answer.status_code == 503
        assert answer.json()["checks"]["shutdown"] == {"ok": False, "problem": "the server is stopping"}
        assert (await client.get("/livez")).status_code == 200
