"""graphql-sse on an address of its own: one connection for each operation, or one for several.

Distinct connections: POST or GET with `Accept: text/event-stream`. Single connection: PUT reserves a stream and answers
its token (201), GET opens it, POST with the token starts an operation on it (202), DELETE ends one (200). The token
travels in the header X-GraphQL-Event-Stream-Token or the parameter `token`.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

from starlette.types import Receive, Scope, Send

from ..logs import Exchange
from . import operation
from .body import ClientGone, read_body
from .events import send_events
from .fault import Fault
from .http import CLIENT_CLOSED, check_content_type, method_not_allowed, stream_operation
from .media import EVENTS, JSON, RESPONSE, choose
from .operation import Caller, Kind
from .origin import check_origin
from .parameters import Parameters, from_body, from_query_string, malformed
from .reply import Headers, headers_of, send_fault, send_reply, text
from .reservation import Reservation

if TYPE_CHECKING:
    from ..services import Services

__all__ = ["StreamEndpoint"]

TOKEN = b"x-graphql-event-stream-token"
METHODS = "GET, POST, PUT, DELETE"


class StreamEndpoint:
    """The ASGI application behind /graphql/stream."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        exchange: Exchange = scope["exchange"]
        request = StreamRequest(scope["app"].state.services, exchange, scope, receive, send)
        try:
            check_origin(request.headers, request.services.settings.allowed_origins)
            match scope["method"]:
                case "PUT":
                    await request.reserve()
                case "GET" if request.token is not None:
                    await request.open(request.token)
                case "POST" if request.token is not None:
                    await request.start(request.token)
                case "DELETE":
                    await request.stop()
                case "GET" | "POST":
                    await request.distinct()
                case _:
                    raise method_not_allowed(METHODS, f"Use one of {METHODS}.")
        except Fault as fault:
            await send_fault(send, fault)
        except ClientGone:
            exchange.status = CLIENT_CLOSED


class StreamRequest:
    """One request to the stream endpoint. Every step raises Fault."""

    def __init__(self, services: Services, exchange: Exchange, scope: Scope, receive: Receive, send: Send) -> None:
        self.services = services
        self.exchange = exchange
        self.scope = scope
        self.receive = receive
        self.send = send
        self.headers: Headers = headers_of(scope["headers"])
        self.token = text(self.headers, TOKEN) or self._argument("token")

    def _argument(self, name: str) -> str | None:
        arguments = parse_qs(self.scope["query_string"].decode("latin-1"), errors="replace")
        return arguments.get(name, [None])[0]

    async def _caller(self) -> Caller:
        return await operation.authenticate(self.services, self.headers)

    async def _body(self) -> Parameters:
        check_content_type(self.headers)
        limit = self.services.settings.body_limit_bytes
        return from_body(await read_body(self.receive, self.headers.get(b"content-length"), limit))

    def _check_accept(self) -> None:
        if choose(text(self.headers, b"accept"), (EVENTS,)) is None:
            raise Fault(406, "NOT_ACCEPTABLE", f"Answers at this address come as {EVENTS}: accept it.")

    async def distinct(self) -> None:
        self._check_accept()
        caller = await self._caller()
        parameters = (
            await self._body() if self.scope["method"] == "POST" else from_query_string(self.scope["query_string"])
        )
        kind = operation.identify(self.services, parameters, self.exchange)
        if kind == "mutation" and self.scope["method"] == "GET":
            raise method_not_allowed("POST", "Mutations are taken by POST alone.")
        await stream_operation(self.services, self.exchange, parameters, kind, caller, self.receive, self.send)

    async def reserve(self) -> None:
        reservation = self.services.reservations.make((await self._caller()).actor)
        await send_reply(self.send, 201, reservation.token.encode(), "text/plain")

    async def open(self, token: str) -> None:
        # a browser's EventSource cannot send an Authorization header: the token, which only the reserving caller got, admits
        self._check_accept()
        reservation = self.services.reservations.find(token)
        if reservation.opened:
            raise Fault(409, "STREAM_EXISTS", "This stream is open already: reserve another one.")
        reservation.opened = True
        try:
            await send_events(self.receive, self.send, reservation.frames(), self.services.drain)
        finally:
            self.services.reservations.end(reservation)

    async def start(self, token: str) -> None:
        caller = await self._caller()
        reservation = self._own(token, caller)
        parameters = await self._body()
        operation_id = (parameters.extensions or {}).get("operationId")
        if not isinstance(operation_id, str) or not 0 < len(operation_id) <= 128:
            raise malformed(
                "'extensions.operationId' is missing: it names the operation on its stream, in up to 128 characters."
            )
        kind = operation.identify(self.services, parameters, self.exchange)
        reservation.check(operation_id)
        results = await self._results(parameters, caller, kind)
        if isinstance(results, bytes):
            media = choose(text(self.headers, b"accept"), (JSON, RESPONSE)) or JSON
            await send_reply(self.send, 400, results, media)
            return
        reservation.carry(operation_id, results)
        await send_reply(self.send, 202, b"", "text/plain")

    async def _results(self, parameters: Parameters, caller: Caller, kind: Kind | None) -> AsyncIterator[bytes] | bytes:
        """Results to come, or the body that refuses the document."""
        if kind == "subscription":
            source = await operation.subscribe(self.services, parameters, caller, self.exchange)
            return source if isinstance(source, AsyncIterator) else source.body
        if kind is None:
            # there is nothing to run: the engine says what is wrong with the document
            return (await operation.execute(self.services, parameters, caller.actor, self.exchange, kind)).body
        return self._single(parameters, caller, kind)

    async def _single(self, parameters: Parameters, caller: Caller, kind: Kind) -> AsyncIterator[bytes]:
        try:
            yield (await operation.execute(self.services, parameters, caller.actor, self.exchange, kind)).body
        except Fault as fault:
            yield fault.body

    async def stop(self) -> None:
        if self.token is None:
            raise malformed("The stream's token is missing.")
        reservation = self._own(self.token, await self._caller())
        operation_id = self._argument("operationId")
        if operation_id is None:
            raise malformed("The parameter 'operationId' is missing.")
        reservation.stop(operation_id)
        await send_reply(self.send, 200, b"", "text/plain")

    def _own(self, token: str, caller: Caller) -> Reservation:
        reservation = self.services.reservations.find(token)
        if reservation.actor != caller.actor:
            raise Fault(403, "FORBIDDEN", "This stream was reserved by somebody else.")
        return reservation
