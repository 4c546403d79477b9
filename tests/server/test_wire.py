"""The head of a request, within bounds of size and time."""

from __future__ import annotations

import asyncio

import pytest

from nobodyasked.server.protocol import wire

from .fakes import Stand


async def answer_to(stand: Stand, *parts: bytes, pause: float = 0.0) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", int(stand.url.rpartition(":")[2]))
    try:
        for part in parts:
            writer.write(part)
            await writer.drain()
            await asyncio.sleep(pause)
        return await asyncio.wait_for(reader.read(4096), 5)
    finally:
        writer.close()


async def test_an_endless_head_is_431(running: Stand) -> None:
    parts = [b"GET /livez HTTP/1.1\r\nHost: x\r\nX-Long: ", *[b"a" * 16_384] * 4]
    assert (await answer_to(running, *parts, pause=0.01)).startswith(b"HTTP/1.1 431 ")


async def test_an_endless_address_is_431(running: Stand) -> None:
    assert (await answer_to(running, b"GET /", *[b"a" * 16_384] * 4, pause=0.01)).startswith(b"HTTP/1.1 431 ")


async def test_a_long_head_within_the_bound_is_taken(running: Stand) -> None:
    parts = [b"GET /livez HTTP/1.1\r\nHost: x\r\nX-Long: ", *[b"a" * 15_000] * 4, b"\r\n\r\n"]
    assert (await answer_to(running, *parts, pause=0.01)).startswith(b"HTTP/1.1 200 ")


@pytest.mark.parametrize("said", [b"", b"GET /livez HTTP/1.1\r\nHost: "])
async def test_a_slow_head_is_408(running: Stand, monkeypatch: pytest.MonkeyPatch, said: bytes) -> None:
    assert wire.HEAD_SECONDS <= 30
    monkeypatch.setattr(wire, "HEAD_SECONDS", 0.1)
    assert (await answer_to(running, said)).startswith(b"HTTP/1.1 408 ")


async def test_a_slow_second_head_is_408(running: Stand, monkeypatch: pytest.MonkeyPatch) -> None:
    first = b"GET /livez HTTP/1.1\r\nHost: x\r\n\r\n"
    reader, writer = await asyncio.open_connection("127.0.0.1", int(running.url.rpartition(":")[2]))
    writer.write(first)
    assert (await reader.readuntil(b"}")).startswith(b"HTTP/1.1 200 ")
    monkeypatch.setattr(wire, "HEAD_SECONDS", 0.1)
    writer.write(b"GET /liv")
    assert (await asyncio.wait_for(reader.read(4096), 5)).startswith(b"HTTP/1.1 408 ")
    writer.close()


async def test_a_slow_body_is_408_and_nothing_is_run(running: Stand, monkeypatch: pytest.MonkeyPatch) -> None:
    assert wire.BODY_SECONDS <= 60
    monkeypatch.setattr(wire, "BODY_SECONDS", 0.1)
    head = b"POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nAuthorization: Bearer good\r\n"
    reader, writer = await asyncio.open_connection("127.0.0.1", int(running.url.rpartition(":")[2]))
    writer.write(head + b"Content-Length: 500\r\n\r\n")
    await asyncio.sleep(0.05)
    writer.write(b" ")  # a byte now and then does not help
    assert (await asyncio.wait_for(reader.read(4096), 5)).startswith(b"HTTP/1.1 408 ")
    writer.close()
    assert running.engine.contexts == []


async def test_a_slow_answer_to_a_whole_body_is_waited_for(running: Stand, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wire, "BODY_SECONDS", 0.1)
    monkeypatch.setattr(wire, "HEAD_SECONDS", 0.1)
    asking = asyncio.create_task(
        answer_to(
            running,
            b"POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nAuthorization: Bearer good\r\n",
            b"Content-Length: 21\r\n\r\n",
            b'{"query": "{ slow }"}',
        )
    )
    await running.engine.begun.wait()
    await asyncio.sleep(0.3)
    running.engine.released.set()
    assert (await asking).startswith(b"HTTP/1.1 200 ")


async def test_what_is_no_http_is_400(running: Stand) -> None:
    assert (await answer_to(running, b"\x16\x03\x01 hello\r\n\r\n")).startswith(b"HTTP/1.1 400 ")


async def test_requests_in_a_row_on_one_connection(running: Stand) -> None:
    request = b"GET /livez HTTP/1.1\r\nHost: x\r\n\r\n"
    last = b"GET /livez HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    reader, writer = await asyncio.open_connection("127.0.0.1", int(running.url.rpartition(":")[2]))
    writer.write(request * 3 + last)
    answers = await asyncio.wait_for(reader.read(), 5)
    assert answers.count(b"HTTP/1.1 200 ") == 4
    writer.close()
