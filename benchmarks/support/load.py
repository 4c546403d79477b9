"""A load generator on loopback: keep-alive connections that send one prepared request over and over.

    python -m benchmarks.support.load PORT CONCURRENCY SECONDS < request

Prints JSON: requests a second, p50 and p99 in milliseconds, answers that were not 200. Bounded in time.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from typing import cast

import uvloop


class Client(asyncio.Protocol):
    """One connection: sends, waits for the whole answer, notes how long it took, sends again."""

    def __init__(
        self, request: bytes, until: float, times: list[float], bad: list[bytes], done: asyncio.Future[None]
    ) -> None:
        self.request, self.until, self.times, self.bad, self.done = request, until, times, bad, done
        self.held = bytearray()
        self.expected = -1
        self.began = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transports are of no class of asyncio's
        self.transport = cast(asyncio.Transport, transport)
        self.send()

    def send(self) -> None:
        self.began = time.perf_counter()
        if self.began >= self.until:
            self.transport.close()
            return
        self.transport.write(self.request)

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
            self.held.clear()
            self.expected = -1
            self.send()

    def connection_lost(self, error: Exception | None) -> None:
        if not self.done.done():
            self.done.set_result(None)


async def load(port: int, concurrency: int, seconds: float, request: bytes) -> dict[str, float]:
    loop = asyncio.get_running_loop()
    times: list[float] = []
    bad: list[bytes] = []
    begin = time.perf_counter()
    ends = [loop.create_future() for _ in range(concurrency)]
    for end in ends:
        await loop.create_connection(
            lambda end=end: Client(request, begin + seconds, times, bad, end), "127.0.0.1", port
        )
    await asyncio.wait(ends, timeout=seconds + 30)
    elapsed = time.perf_counter() - begin
    times.sort()
    return {
        "rps": len(times) / elapsed,
        "p50_ms": times[len(times) // 2] * 1000 if times else 0.0,
        "p99_ms": times[int(len(times) * 0.99)] * 1000 if times else 0.0,
        "bad": len(bad),
    }


if __name__ == "__main__":
    port, concurrency, seconds = int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3])
    print(json.dumps(uvloop.run(load(port, concurrency, seconds, sys.stdin.buffer.read()))))
