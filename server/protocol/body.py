"""Request bodies, read within bounds of size and time."""

from __future__ import annotations

import asyncio

from starlette.types import Message, Receive

from .fault import Fault

__all__ = ["ClientGone", "read_body"]

SECONDS = 30.0
"""Longest time that a client may take to send its body."""


class ClientGone(Exception):
    """The client hung up: there is nobody to answer."""


def too_large(limit: int) -> Fault:
    return Fault(
        413,
        "PAYLOAD_TOO_LARGE",
        f"The body is larger than {limit:,} bytes: send less at a time, or ask the operator to raise the limit.",
        limit=limit,
    )


async def read_body(receive: Receive, declared: bytes | None, limit: int) -> bytes:
    """The whole body. Raises Fault (400, 408, 413) and ClientGone.

    A length that is declared beyond the limit is refused unread; one that lies is caught while reading.
    """
    if declared is not None:
        if not declared.isdigit():
            raise Fault(400, "MALFORMED_REQUEST", "The Content-Length header is not a number.")
        if len(declared) > 15 or int(declared) > limit:
            raise too_large(limit)
    message = await _first(receive)
    if not message.get("more_body"):
        body: bytes = message.get("body", b"")
        if len(body) > limit:
            raise too_large(limit)
        return body
    return await _rest(receive, message, limit)


async def _first(receive: Receive) -> Message:
    try:
        async with asyncio.timeout(SECONDS):
            return _part(await receive())
    except TimeoutError:
        raise _too_slow() from None


async def _rest(receive: Receive, message: Message, limit: int) -> bytes:
    parts: list[bytes] = []
    size = 0
    try:
        async with asyncio.timeout(SECONDS):
            while True:
                part: bytes = message.get("body", b"")
                size += len(part)
                if size > limit:
                    raise too_large(limit)
                parts.append(part)
                if not message.get("more_body"):
                    return b"".join(parts)
                message = _part(await receive())
    except TimeoutError:
        raise _too_slow() from None


def _too_slow() -> Fault:
    return Fault(408, "BODY_TIMEOUT", f"The body did not arrive within {SECONDS:.0f} seconds.")


def _part(message: Message) -> Message:
    if message["type"] == "http.disconnect":
        raise ClientGone
    return message
