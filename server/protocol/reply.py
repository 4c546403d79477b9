"""Request headers in, whole answers out, at the level of ASGI messages."""

from __future__ import annotations

from starlette.types import Send

from .fault import Fault, RawHeaders
from .media import JSON

__all__ = ["Headers", "headers_of", "reply_headers", "send_fault", "send_reply"]

Headers = dict[bytes, bytes]


def headers_of(raw: RawHeaders) -> Headers:
    """A request's headers by lower-case name; one that came several times is joined by commas."""
    headers: Headers = {}
    for name, value in raw:
        headers[name] = headers[name] + b", " + value if name in headers else value
    return headers


def text(headers: Headers, name: bytes) -> str | None:
    """One header as text, or None."""
    value = headers.get(name)
    return value.decode("latin-1") if value is not None else None


def reply_headers(media: str, size: bytes, headers: RawHeaders = ()) -> list[tuple[bytes, bytes]]:
    """The headers of one whole answer of `size` bytes in UTF-8."""
    return [(b"content-type", f"{media}; charset=utf-8".encode()), (b"content-length", size), *headers]


async def send_reply(send: Send, status: int, body: bytes, media: str, headers: RawHeaders = ()) -> None:
    """Send one whole answer in UTF-8."""
    given = reply_headers(media, b"%d" % len(body), headers)
    await send({"type": "http.response.start", "status": status, "headers": given})
    await send({"type": "http.response.body", "body": body})


async def send_fault(send: Send, fault: Fault, media: str = JSON) -> None:
    """Send a refusal in the shape of a GraphQL response."""
    await send_reply(send, fault.status, fault.body, media, fault.headers)
