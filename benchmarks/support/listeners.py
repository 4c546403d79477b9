"""Many subscribers in a process of their own, on raw connections: what they hear is counted, not read.

    python -m benchmarks.support.listeners PORT TRANSPORT COUNT TOKEN

TRANSPORT is `sse` or `websocket`. Prints `ready` once all listen; for each line on its input, a JSON object with what was heard
since the one before (`Heard`); ends with its input. Moments are those of the system's monotonic clock, which processes share.
"""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import time
from typing import TypedDict, cast

import uvloop

from nobodyasked.server.files import raise_limit

from .serving import LOAD_CORE, ROOT, pinned

__all__ = ["Heard", "Listeners"]

AT_ONCE = 100
"""Connections that are being made at a time."""
PATIENCE_SECONDS = 120
QUERY = "subscription { complaintReceived { id channel text } }"


class Heard(TypedDict):
    """What listeners heard."""

    moments: list[float]
    """Of each event that a listener heard."""
    lost: int
    """Connections that ended."""


class Listeners:
    """`count` subscribers of a server, in a process."""

    def __init__(self, port: int, transport: str, count: int, token: str) -> None:
        command = [sys.executable, "-m", "benchmarks.support.listeners", str(port), transport, str(count), token]
        self._process = subprocess.Popen(
            pinned(LOAD_CORE, command), cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def ready(self) -> None:
        """Wait until all listen."""
        self._line()

    def heard(self) -> Heard:
        """What they heard since they were asked last."""
        assert self._process.stdin is not None
        self._process.stdin.write("\n")
        self._process.stdin.flush()
        return json.loads(self._line())

    def close(self) -> None:
        self._process.communicate(timeout=PATIENCE_SECONDS)

    def _line(self) -> str:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise SystemExit("the subscribers could not listen")
        return line


class Listener(asyncio.Protocol):
    """One connection. `listening` is set once its subscription runs."""

    def __init__(self, head: bytes, heard: Heard) -> None:
        self.head, self.record = head, heard
        self.listening: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transports are of no class of asyncio's
        self.transport = cast(asyncio.Transport, transport)
        self.transport.write(self.head)

    def connection_lost(self, error: Exception | None) -> None:
        self.record["lost"] += 1
        if not self.listening.done():
            self.listening.set_exception(ConnectionError("the server hung up"))

    def heard(self, count: int) -> None:
        now = time.monotonic()
        self.record["moments"] += [now] * count


class Streaming(Listener):
    """Server-sent events."""

    def data_received(self, data: bytes) -> None:
        if b":\n\n" in data and not self.listening.done():
            self.listening.set_result(None)
        self.heard(data.count(b"event: next"))


class Talking(Listener):
    """A WebSocket: says what it wants, and answers pings."""

    greeted = False
    rest = b""

    def data_received(self, data: bytes) -> None:
        self.rest += data
        if not self.greeted:
            _, found, self.rest = self.rest.partition(b"\r\n\r\n")
            self.greeted = bool(found)
            self.transport.write(framed(1, b'{"type":"connection_init"}'))
        while len(self.rest) >= 4:
            size = self.rest[1] & 127
            begin = 2 if size < 126 else 4
            size = size if size < 126 else int.from_bytes(self.rest[2:4], "big")
            if len(self.rest) < begin + size:
                return
            kind, content = self.rest[0] & 15, self.rest[begin : begin + size]
            self.rest = self.rest[begin + size :]
            self.take(kind, content)

    def take(self, kind: int, content: bytes) -> None:
        if kind == 9:
            self.transport.write(framed(10, content))
        elif b'"next"' in content:
            self.heard(1)
        elif b'"connection_ack"' in content:
            asked = {"id": "1", "type": "subscribe", "payload": {"query": QUERY}}
            self.transport.write(framed(1, json.dumps(asked).encode()) + framed(1, b'{"type":"ping"}'))
        elif b'"pong"' in content:
            self.listening.set_result(None)


def framed(kind: int, content: bytes) -> bytes:
    """A frame of a client (RFC 6455), masked with zeros."""
    assert len(content) < 126
    return bytes((0x80 | kind, 0x80 | len(content))) + bytes(4) + content


def head_of(transport: str, token: str) -> bytes:
    head = f"POST /graphql HTTP/1.1\r\nhost: 127.0.0.1\r\nauthorization: Bearer {token}\r\n"
    if transport == "sse":
        body = json.dumps({"query": QUERY})
        head += "accept: text/event-stream\r\ncontent-type: application/json\r\n"
        return f"{head}content-length: {len(body)}\r\n\r\n{body}".encode()
    head = head.replace("POST", "GET") + "connection: upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\n"
    head += "sec-websocket-key: x3JJHMbDL1EzLkh9GBhXDw==\r\nsec-websocket-protocol: graphql-transport-ws\r\n\r\n"
    return head.encode()


async def listen(port: int, transport: str, count: int, token: str) -> None:
    loop = asyncio.get_running_loop()
    heard = Heard(moments=[], lost=0)
    kind = Streaming if transport == "sse" else Talking
    head = head_of(transport, token)
    turns = asyncio.Semaphore(AT_ONCE)

    async def one() -> None:
        async with turns:
            _, listener = await loop.create_connection(lambda: kind(head, heard), "127.0.0.1", port)
            await asyncio.wait_for(listener.listening, PATIENCE_SECONDS)

    await asyncio.gather(*(one() for _ in range(count)))
    print("ready", flush=True)
    reader = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), os.fdopen(0, "rb"))
    while await reader.readline():
        print(json.dumps(heard), flush=True)
        heard["moments"], heard["lost"] = [], 0


if __name__ == "__main__":
    raise_limit()
    given = sys.argv[1:]
    uvloop.run(listen(int(given[0]), given[1], int(given[2]), given[3]))
