"""GraphQL over WebSocket: the sub-protocol graphql-transport-ws.

Close codes: 4400 bad message, 4401 not (yet) allowed, 4406 other sub-protocol, 4408 no connection_init in time, 4409 id
in use, 4429 second connection_init; 1001 the server stops; 1009 message too big.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any, cast

import orjson
from starlette.datastructures import State
from starlette.types import Message, Receive, Scope, Send

from ..logs import Exchange, report_exchange
from . import operation
from .edge import check_address
from .fault import Fault
from .operation import Caller
from .origin import check_origin
from .parameters import Parameters, from_value
from .reply import Headers, headers_of, reply_headers, text

if TYPE_CHECKING:
    from ..services import Services

__all__ = ["INIT_SECONDS", "SUBPROTOCOL", "SocketEndpoint"]

SUBPROTOCOL = "graphql-transport-ws"

INIT_SECONDS = 5.0
"""Time within which a client must send connection_init."""

LONGEST_ID = 128


class Close(Exception):
    """Close the socket with a code and a reason (cut to the 123 bytes that a close frame holds)."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason.encode()[:123].decode(errors="ignore")


class ClientLeft(Exception):
    """The other side closed the socket."""


class SocketEndpoint:
    """The ASGI application behind the WebSocket address."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        services: Services = scope["app"].state.services
        headers = headers_of(scope["headers"])
        await receive()  # websocket.connect
        try:
            scope["app"].state.hosts.check(headers.get(b"host"))
            check_origin(headers, services.settings.allowed_origins)
            await check_address(scope["app"].state, scope["exchange"].address)
        except Fault as fault:
            await refuse(scope, send, fault)
            return
        if services.drain.begun.is_set():
            await refuse(scope, send, Fault(503, "SHUTTING_DOWN", "The server is stopping: connect again."))
            return
        if SUBPROTOCOL not in scope["subprotocols"]:
            # refusing the handshake would hide the reason from a browser
            await send({"type": "websocket.accept"})
            await send(
                {"type": "websocket.close", "code": 4406, "reason": f"Subprotocol not acceptable: use {SUBPROTOCOL}"}
            )
            return
        await send({"type": "websocket.accept", "subprotocol": SUBPROTOCOL})
        current = asyncio.current_task()
        assert current is not None
        services.drain.watch(current)
        await Socket(scope["app"].state, scope["exchange"], headers, receive, send).serve()


async def refuse(scope: Scope, send: Send, fault: Fault) -> None:
    """Turn the handshake down, with the reason where the server can carry it (else as 403)."""
    if "websocket.http.response" not in scope.get("extensions", {}):
        await send({"type": "websocket.close", "code": 1008})
        return
    body = fault.body
    headers = reply_headers("application/json", b"%d" % len(body), fault.headers)
    await send({"type": "websocket.http.response.start", "status": fault.status, "headers": headers})
    await send({"type": "websocket.http.response.body", "body": body})


class Socket:
    """One connection and the operations on it."""

    def __init__(self, state: State, exchange: Exchange, headers: Headers, receive: Receive, send: Send) -> None:
        self.state = state
        self.services: Services = state.services
        self.exchange = exchange
        self.authorization = text(headers, b"authorization")
        self.receive = receive
        self.send = send
        self.initialised = False
        self.acknowledged = False
        self.operations: dict[str, asyncio.Task[None]] = {}
        self.streaming: set[str] = set()
        self.initialise_by = asyncio.get_running_loop().time() + INIT_SECONDS

    async def serve(self) -> None:
        """Talk until either side closes; leaves nothing running."""
        reading = asyncio.create_task(self._read())
        stopping = asyncio.get_running_loop().create_future()
        untell = self.services.drain.tell(lambda: stopping.done() or stopping.set_result(None))
        try:
            await asyncio.wait({reading, stopping}, return_when=asyncio.FIRST_COMPLETED)
            if reading.done():
                await reading
            else:
                await self._rest()
                raise Close(1001, "The server is stopping")
        except Close as close:
            # first the operations, so that none of them speaks after the close
            await self._cancel()
            with contextlib.suppress(ClientLeft):
                await self._send({"type": "websocket.close", "code": close.code, "reason": close.reason})
        except ClientLeft:
            pass
        finally:
            untell()
            await self._cancel(reading)

    async def _cancel(self, *others: asyncio.Task[Any]) -> None:
        tasks = [*others, *self.operations.values()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _rest(self) -> None:
        """End the subscriptions, let queries and mutations finish; the server bounds the wait."""
        for operation_id in self.streaming & self.operations.keys():
            self.operations[operation_id].cancel()
        await asyncio.gather(*self.operations.values(), return_exceptions=True)

    async def _read(self) -> None:
        while True:
            try:
                async with asyncio.timeout_at(None if self.initialised else self.initialise_by):
                    message = await self.receive()
            except TimeoutError:
                raise Close(4408, "Connection initialisation timeout") from None
            if message["type"] == "websocket.disconnect":
                self.exchange.status = message.get("code", 1005)
                raise ClientLeft
            await self._take(message)

    async def _take(self, message: Message) -> None:
        content = message.get("text")
        if content is None:
            raise Close(4400, "Messages must be text")
        if len(content) > self.services.settings.body_limit_bytes:
            raise Close(1009, "Message too big")
        try:
            value: Any = orjson.loads(content)
        except orjson.JSONDecodeError:
            raise Close(4400, "The message is not JSON") from None
        if not isinstance(value, dict):
            raise Close(4400, "The message is not a JSON object")
        match value.get("type"):
            case "connection_init":
                await self._initialise(value.get("payload"))
            case "ping":
                payload = {"payload": value["payload"]} if "payload" in value else {}
                await self._tell({"type": "pong", **payload})
            case "pong":
                pass
            case "subscribe":
                await self._subscribe(value)
            case "complete":
                self._complete(value.get("id"))
            case other:
                raise Close(4400, f"Unknown message type {str(other)[:40]!r}")

    async def _initialise(self, payload: object) -> None:
        if self.initialised:
            raise Close(4429, "Too many initialisation requests")
        self.initialised = True
        if payload is not None and not isinstance(payload, dict):
            raise Close(4400, "The payload of connection_init is not an object")
        for name, value in cast(dict[str, Any], payload or {}).items():
            if name.lower() == "authorization":
                if not isinstance(value, str):
                    raise Close(4400, "'authorization' must be text")
                self.authorization = value
        await self._caller()
        self.acknowledged = True
        await self._tell({"type": "connection_ack"})

    async def _caller(self) -> Caller:
        try:
            return await operation.authenticate_as(self.services, self.authorization)
        except Fault as fault:
            raise Close(4401 if fault.status == 401 else 1013, fault.message) from None

    async def _subscribe(self, message: dict[str, Any]) -> None:
        if not self.acknowledged:
            raise Close(4401, "Unauthorized: send connection_init first")
        operation_id = message.get("id")
        if not isinstance(operation_id, str) or not 0 < len(operation_id) <= LONGEST_ID:
            raise Close(4400, f"'id' must be text of 1 to {LONGEST_ID} characters")
        if operation_id in self.operations:
            raise Close(4409, f"Subscriber for {operation_id} already exists")
        try:
            parameters = from_value(message.get("payload"))
        except Fault as fault:
            raise Close(4400, fault.message) from None
        limit = self.services.settings.subscription_limit
        if len(self.operations) >= limit:
            fault = Fault(
                429,
                "TOO_MANY_OPERATIONS",
                f"This connection carries {limit} operations, the most it may: end one first.",
            )
            await self._tell({"id": operation_id, "type": "error", "payload": [fault.error]})
            return
        # the caller is looked up anew: a token that was revoked since must not start anything
        caller = await self._caller()
        self.operations[operation_id] = asyncio.create_task(self._operate(operation_id, parameters, caller))

    def _complete(self, operation_id: object) -> None:
        if not isinstance(operation_id, str):
            raise Close(4400, "'id' must be text")
        # one that has just ended is no error: the messages crossed
        task = self.operations.pop(operation_id, None)
        self.streaming.discard(operation_id)
        if task is not None:
            task.cancel()

    async def _operate(self, operation_id: str, parameters: Parameters, caller: Caller) -> None:
        exchange = Exchange(self.exchange.request_id, "SUBSCRIBE", self.exchange.path)
        exchange.address = self.exchange.address
        prefix = b'{"id":' + orjson.dumps(operation_id) + b',"type":"next","payload":'
        try:
            await check_address(self.state, exchange.address)
            kind = operation.identify(self.services, parameters, exchange)
            if kind == "subscription":
                self.streaming.add(operation_id)
                source = await operation.subscribe(self.services, parameters, caller, exchange)
            else:
                source = await operation.execute(self.services, parameters, caller.actor, exchange, kind)
            if isinstance(source, AsyncIterator):
                await self._forward(prefix, source, exchange)
            elif source.well_formed:
                await self._next(prefix, source.body, exchange)
            else:
                self._release(operation_id)
                errors = orjson.loads(source.body)["errors"]
                await self._tell({"id": operation_id, "type": "error", "payload": errors})
                return
            self._release(operation_id)
            await self._tell({"id": operation_id, "type": "complete"})
        except Fault as fault:
            exchange.status = fault.status
            self._release(operation_id)
            with contextlib.suppress(ClientLeft):
                await self._tell({"id": operation_id, "type": "error", "payload": [fault.error]})
        except ClientLeft:
            pass  # the reader ends the connection
        finally:
            self._release(operation_id)
            exchange.status = exchange.status or 200
            report_exchange(exchange)

    async def _forward(self, prefix: bytes, source: AsyncIterator[bytes], exchange: Exchange) -> None:
        try:
            async for result in source:
                await self._next(prefix, result, exchange)
        finally:
            close = getattr(source, "aclose", None)
            if close is not None:
                await close()

    def _release(self, operation_id: str) -> None:
        """Free the id, before the message that tells the client so."""
        if self.operations.get(operation_id) is asyncio.current_task():
            del self.operations[operation_id]
            self.streaming.discard(operation_id)

    async def _next(self, prefix: bytes, result: bytes, exchange: Exchange) -> None:
        exchange.size += len(result)
        await self._send({"type": "websocket.send", "text": (prefix + result + b"}").decode()})

    async def _tell(self, message: dict[str, Any]) -> None:
        await self._send({"type": "websocket.send", "text": orjson.dumps(message).decode()})

    async def _send(self, message: Message) -> None:
        try:
            await self.send(message)
        except OSError:
            # the socket is gone; the reader hears of it too
            raise ClientLeft from None
