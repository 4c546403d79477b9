"""Server-sent events in the shapes of graphql-sse: `next` for each result, `complete` at the end."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator

import orjson
from starlette.types import Receive, Send

from ..drain import Drain

__all__ = ["KEEP_ALIVE_SECONDS", "answer_events", "complete_event", "next_event", "result_events", "send_events"]

KEEP_ALIVE_SECONDS = 12.0
"""Longest silence on a stream; proxies close connections that are silent for longer."""

COMMENT = b":\n\n"
HEADERS = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-store"),
    # nginx would hold the events back
    (b"x-accel-buffering", b"no"),
]


def next_event(result: bytes, operation_id: str | None = None) -> bytes:
    """The event of one result (JSON); with an operation id for a stream that several operations share."""
    if operation_id is not None:
        result = b'{"id":' + orjson.dumps(operation_id) + b',"payload":' + result + b"}"
    # JSON may hold line breaks between its tokens; each line of data needs its own name
    if b"\n" in result or b"\r" in result:
        result = b"\ndata: ".join(result.splitlines())
    return b"event: next\ndata: " + result + b"\n\n"


def complete_event(operation_id: str | None = None) -> bytes:
    """The event that ends an operation."""
    # browsers drop an event without a data line
    data = b"" if operation_id is None else b" " + orjson.dumps({"id": operation_id})
    return b"event: complete\ndata:" + data + b"\n\n"


async def answer_events(body: bytes) -> AsyncGenerator[bytes, None]:
    """Events of an operation with a single result."""
    yield next_event(body)
    yield complete_event()


async def result_events(results: AsyncIterator[bytes]) -> AsyncGenerator[bytes, None]:
    """Events of a subscription."""
    try:
        async for result in results:
            yield next_event(result)
        yield complete_event()
    finally:
        close = getattr(results, "aclose", None)
        if close is not None:
            await close()


async def send_events(receive: Receive, send: Send, frames: AsyncGenerator[bytes, None], drain: Drain) -> None:
    """Send events until they end, the client hangs up or the server stops; closes `frames`.

    A stream that the server breaks off ends without `complete`, so a client knows to come again.
    """
    task = asyncio.current_task()
    assert task is not None
    cancelling = task.cancelling()
    ended = ""

    def end(reason: str) -> None:
        nonlocal ended
        if not ended:
            ended = reason
            task.cancel()

    beside = asyncio.create_task(_beside(receive, send))
    beside.add_done_callback(lambda _: end("gone"))
    untell = drain.tell(lambda: end("stopping"))
    try:
        await send({"type": "http.response.start", "status": 200, "headers": HEADERS})
        # some browsers tell their page of a stream only at its first byte
        await send({"type": "http.response.body", "body": COMMENT, "more_body": True})
        # in this task itself: another one for each event would cost as much as all the rest
        async for frame in frames:
            await send({"type": "http.response.body", "body": frame, "more_body": True})
        ended = ended or "complete"
    except asyncio.CancelledError:
        # as in asyncio.timeout: a cancellation of somebody else must pass
        if not ended or task.uncancel() > cancelling:
            raise
    finally:
        ended = ended or "failed"
        untell()
        beside.cancel()
        await asyncio.gather(beside, return_exceptions=True)
        await frames.aclose()
    if ended != "gone":
        await send({"type": "http.response.body", "body": b""})


async def _beside(receive: Receive, send: Send) -> None:
    """Give signs of life until the client hangs up."""
    while True:
        try:
            async with asyncio.timeout(KEEP_ALIVE_SECONDS):
                message = await receive()
        except TimeoutError:
            await send({"type": "http.response.body", "body": COMMENT, "more_body": True})
            continue
        if message["type"] == "http.disconnect":
            return
