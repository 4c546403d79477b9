"""A load generator on loopback: keep-alive connections that send a prepared request over and over.

    python -m benchmarks.support.load PORT CONCURRENCY SECONDS FIRST EXPECTED < request

A run of `@` in the request stands for a number of as many digits, another one in each request: FIRST, FIRST + 1 and so
on; `###` for its last three digits. Prints JSON (`Load`). Bounded in time.
"""

from __future__ import annotations

import asyncio
import json
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from typing import TypedDict, cast

import uvloop

from .serving import LOAD_CORE, ROOT, pinned

__all__ = ["Load", "load", "numbered"]

MARKS = re.compile(rb"@{4,}")


class Load(TypedDict):
    """What a load found."""

    requests: int
    rps: float
    """Requests a second."""
    p50_ms: float
    p99_ms: float
    bad: int
    """Answers that were not 200, or lacked what was expected."""


def load(port: int, request: bytes, concurrency: int, seconds: float, *, first: int = 0, expected: str = "") -> Load:
    """Load a server from a process of its own."""
    arguments = [str(port), str(concurrency), str(seconds), str(first), expected]
    command = pinned(LOAD_CORE, [sys.executable, "-m", "benchmarks.support.load", *arguments])
    done = subprocess.run(command, cwd=ROOT, input=request, capture_output=True, check=True, timeout=seconds + 90)
    return json.loads(done.stdout)


def numbered(request: bytes, number: int) -> bytes:
    """The request with a number in its places."""
    marks = MARKS.search(request)
    if marks is None:
        return request
    digits = str(number).encode()
    if len(digits) != len(marks[0]):
        raise ValueError(f"{number} does not have {len(marks[0])} digits")
    return request.replace(marks[0], digits).replace(b"###", digits[-3:])


def requests_from(request: bytes, first: int) -> Iterator[bytes]:
    """A request for each number in turn, or always the same where it has no place for one."""
    marks = MARKS.search(request)
    if marks is None:
        while True:
            yield request
    least, most = 10 ** (len(marks[0]) - 1), 10 ** len(marks[0])
    number = max(first, least)
    while True:
        yield numbered(request, number)
        number = number + 1 if number + 1 < most else least


class Client(asyncio.Protocol):
    """One connection: sends, waits for the whole answer, notes how long it took, sends again."""

    def __init__(
        self,
        requests: Iterator[bytes],
        expected: bytes,
        until: float,
        times: list[float],
        bad: list[bytes],
        done: asyncio.Future[None],
    ) -> None:
        self.requests, self.wanted = requests, expected
        self.until, self.times, self.bad, self.done = until, times, bad, done
        self.held = bytearray()
        self.expected = -1
        self.began = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transports are of no class of asyncio's
        self.transport = cast(asyncio.Transport, transport)
        self.send()

    def send(self) -> None:
        if time.perf_counter() >= self.until:
            self.transport.close()
            return
        request = next(self.requests)
        self.began = time.perf_counter()
        self.transport.write(request)

    def data_received(self, data: bytes) -> None:
        self.held += data
        if self.expected < 0:
            end = self.held.find(b"\r\n\r\n")
            if end < 0:
                return
            head = bytes(self.held[:end]).lower()
            start = head.index(b"content-length:") + 15
            self.expected = end + 4 + int(head[start : head.find(b"\r", start) if b"\r" in head[start:] else None])
            if not head.startswith(b"http/1.1 200"):
                self.bad.append(head[:60])
        if len(self.held) >= self.expected:
            self.times.append(time.perf_counter() - self.began)
            if self.wanted not in self.held:
                self.bad.append(bytes(self.held[-60:]))
            self.held.clear()
            self.expected = -1
            self.send()

    def connection_lost(self, error: Exception | None) -> None:
        if not self.done.done():
            self.done.set_result(None)


async def drive(port: int, concurrency: int, seconds: float, first: int, expected: str, request: bytes) -> Load:
    loop = asyncio.get_running_loop()
    times: list[float] = []
    bad: list[bytes] = []
    requests = requests_from(request, first)
    begin = time.perf_counter()
    ends = [loop.create_future() for _ in range(concurrency)]
    for end in ends:
        await loop.create_connection(
            lambda end=end: Client(requests, expected.encode(), begin + seconds, times, bad, end), "127.0.0.1", port
        )
    await asyncio.wait(ends, timeout=seconds + 30)
    elapsed = time.perf_counter() - begin
    times.sort()
    return Load(
        requests=len(times),
        rps=len(times) / elapsed,
        p50_ms=times[len(times) // 2] * 1000 if times else 0.0,
        p99_ms=times[int(len(times) * 0.99)] * 1000 if times else 0.0,
        bad=len(bad),
    )


if __name__ == "__main__":
    port, concurrency, seconds, first, expected = sys.argv[1:]
    prepared = sys.stdin.buffer.read()
    print(json.dumps(uvloop.run(drive(int(port), int(concurrency), float(seconds), int(first), expected, prepared))))
