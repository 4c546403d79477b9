"""Request bodies, read within bounds."""

from __future__ import annotations

from starlette.types import Receive

from .fault import Fault

__all__ = ["ClientGone", "read_body"]


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
    """The whole body. Raises Fault (400, 413) and ClientGone.

    A length that is declared beyond the limit is refused unread; one that lies is caught while reading. How long a
    client may take is bounded on the wire (`wire.py`).
    """
    if declared is not None:
        if not declared.isdigit():
            raise Fault(400, "MALFORMED_REQUEST", "The Content-Length header is not a number.")
        if len(declared) > 15 or int(declared) > limit:
            raise too_large(limit)
    parts: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientGone
        part: bytes = message.get("body", b"")
        size += len(part)
        if size > limit:
            raise too_large(limit)
        parts.append(part)
        if not message.get("more_body"):
            return b"".join(parts)
