"""The outermost layer: every request gets an id, a log line, safe headers, and an answer whatever happens inside."""

from __future__ import annotations

import math
import random
import re
from typing import TYPE_CHECKING

from starlette.datastructures import State
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ...graphql.guard.gate import Overloaded
from ..logs import Exchange, report_error, report_exchange
from ..metrics import METRICS
from .address import address_of
from .fault import Fault, RawHeaders
from .host import Hosts
from .reply import headers_of, send_fault, text

if TYPE_CHECKING:
    from ..services import Services

__all__ = [
    "SAFE_HEADERS",
    "Edge",
    "check_address",
    "complete",
    "given_request_id",
    "internal",
    "new_request_id",
    "overloaded",
    "too_soon",
]

REQUEST_ID = re.compile(rb"[A-Za-z0-9._:/+=-]{1,64}")

# an answer that is data: nothing may run or frame it, no other site may embed it, nobody keeps it.
# A page brings its own policy, which then stands.
SAFE_HEADERS = (
    (b"cache-control", b"no-store"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"referrer-policy", b"no-referrer"),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
)


UNCOUNTED = ("/livez", "/readyz")
"""What supervisors ask, however often."""


async def check_address(state: State, address: str) -> None:
    """Count a request of an address. Raises Fault (429) where it has sent too many."""
    services: Services | None = getattr(state, "services", None)
    if services is None or services.rates is None:
        return
    seconds = await services.rates.arrived(address)
    if seconds:
        most = services.settings.address_rate_limit
        raise too_soon(
            f"Your address has sent more than {most:,} requests in a minute: try again in {seconds:.1f} seconds.",
            seconds,
            "TOO_MANY_REQUESTS",
        )


def too_soon(message: str, seconds: float, code: str) -> Fault:
    """429, with the whole seconds after which to try again."""
    METRICS.refused[code] += 1
    return Fault(429, code, message, headers=((b"retry-after", b"%d" % math.ceil(max(seconds, 1.0))),))


def overloaded(refusal: Overloaded) -> Fault:
    """503, with the seconds after which to try again: in the body too, since sockets have no headers."""
    METRICS.refused[refusal.code] += 1
    headers = ((b"retry-after", b"%d" % refusal.seconds),)
    return Fault(503, refusal.code, refusal.message, headers=headers, retryAfter=refusal.seconds)


def internal(error: BaseException, request_id: str) -> Fault:
    """Log an error that nobody foresaw; the answer to it holds only the id of the log line."""
    error_id = report_error(error, request_id)
    return Fault(
        500,
        "INTERNAL",
        f"Something went wrong on the server. Quote {error_id} when you report it.",
        errorId=error_id,
    )


class Edge:
    """ASGI middleware; puts an `Exchange` into the scope under `exchange`."""

    def __init__(self, app: ASGIApp, hosts: Hosts) -> None:
        self.app = app
        self.hosts = hosts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._lifespan(scope, receive, send)
            return
        exchange = Exchange(
            given_request_id(scope["headers"]) or new_request_id(), scope.get("method", "WEBSOCKET"), scope["path"]
        )
        scope["exchange"] = exchange
        if METRICS.observers:
            exchange.traceparent = text(headers_of(scope["headers"]), b"traceparent")
        services = getattr(scope["app"].state, "services", None)
        rates = services.rates if services is not None else None
        if rates is not None:
            client = scope.get("client") or ("",)
            exchange.address = address_of(client[0], headers_of(scope["headers"]).get(b"x-forwarded-for"), rates.hops)
        try:
            if scope["type"] == "http":
                await self._http(scope, receive, send, exchange)
            else:
                await self._websocket(scope, receive, send, exchange)
        finally:
            report_exchange(exchange)

    async def _http(self, scope: Scope, receive: Receive, send: Send, exchange: Exchange) -> None:
        async def reply(message: Message) -> None:
            if message["type"] == "http.response.start":
                exchange.status = message["status"]
                headers = complete(message.get("headers", ()), exchange.request_id.encode())
                message = {**message, "headers": headers}
            else:
                exchange.size += len(message.get("body", b""))
            await send(message)

        try:
            self.hosts.check_raw(scope["headers"])
            if scope["path"] not in UNCOUNTED:
                await check_address(scope["app"].state, exchange.address)
            await self.app(scope, receive, reply)
        except Fault as fault:
            await send_fault(reply, fault)
        except Exception as error:
            fault = internal(error, exchange.request_id)
            # with the answer under way, all that is left is to break it off
            if exchange.status == 0:
                await send_fault(reply, fault)

    async def _websocket(self, scope: Scope, receive: Receive, send: Send, exchange: Exchange) -> None:
        async def reply(message: Message) -> None:
            if message["type"] == "websocket.close":
                exchange.status = message.get("code", 1000)
            elif message["type"] == "websocket.http.response.start":
                exchange.status = message["status"]
                headers = complete(message.get("headers", ()), exchange.request_id.encode())
                message = {**message, "headers": headers}
            else:
                exchange.size += len(message.get("text") or message.get("bytes") or message.get("body") or b"")
            await send(message)

        try:
            await self.app(scope, receive, reply)
        except Exception as error:
            report_error(error, exchange.request_id)
            if exchange.status == 0:
                await reply({"type": "websocket.close", "code": 1011, "reason": "Internal error"})

    async def _lifespan(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def reply(message: Message) -> None:
            # the reason was logged in one line where it arose; Starlette would print the stack
            if message["type"] in ("lifespan.startup.failed", "lifespan.shutdown.failed"):
                message = {**message, "message": ""}
            await send(message)

        await self.app(scope, receive, reply)


def given_request_id(headers: RawHeaders) -> str | None:
    """The id that the client or a proxy gave, where it is a harmless one."""
    for name, value in headers:
        if name == b"x-request-id" and REQUEST_ID.fullmatch(value):
            return value.decode()
    return None


def new_request_id() -> str:
    """16 hexadecimal digits: to tell requests apart, not to be secret."""
    return f"{random.getrandbits(64):016x}"


def complete(headers: RawHeaders, request_id: bytes) -> list[tuple[bytes, bytes]]:
    """The headers of an answer, with those that every answer has."""
    given = list(headers)
    present = {name.lower() for name, _ in given}
    return [*given, *(header for header in SAFE_HEADERS if header[0] not in present), (b"x-request-id", request_id)]
