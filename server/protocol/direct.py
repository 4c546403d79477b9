"""The short way of the plain case: POST /graphql, JSON, in one piece, from a caller who is known.

uvicorn runs a task, a scope and messages for every request; the routes and layers of the application add theirs. That
costs several times what the answer to a small query does. Here such a request is answered where it was parsed, straight
on the transport, by the same functions that the ordinary way calls. Everything that is not plain, or that goes wrong
before anything was done, goes the ordinary way from its beginning; the answers are the same, byte for byte.

A client that keeps its connection sends the same head again and again. What a head says is kept, under the digest of its
bytes, as long as the connection lives, and heads that are known are not parsed again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass
from hashlib import blake2b
from types import CoroutineType
from typing import TYPE_CHECKING, Any

from starlette.types import Message
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol
from uvicorn.server import ServerState

from ..logs import Exchange, report_exchange
from . import operation
from .address import address_of
from .body import ClientGone
from .edge import complete, given_request_id, internal, new_request_id
from .fault import Fault, RawHeaders
from .http import CLIENT_CLOSED, OFFERED, VARY, check_content_type, status_of
from .media import EVENTS, choose
from .origin import check_origin
from .parameters import from_body
from .reply import headers_of, reply_headers, text

if TYPE_CHECKING:
    from ...graphql.engine import Answer
    from ..services import Services
    from .host import Hosts

__all__ = ["DirectHttp"]

PATH = b"/graphql"
ONE_WRITE_BYTES = 65_536
"""Larger bodies are not copied behind their heads but written by themselves."""
HEADS_KEPT = 16
LONGEST_HEAD_KEPT = 2_048


@dataclass(slots=True)
class Head:
    """What the head of a plain request says."""

    media: str
    """Media type of the answer."""
    caller: bytes
    """Key of the caller (`Access.key`)."""
    request_id: str | None
    """The client's own, where it gave one."""
    body_size: int
    forwarded: bytes | None
    """What proxies say of where it comes from."""
    traceparent: str | None


class Turn:
    """A request whose answer has to be waited for; stands where uvicorn keeps its own state of a request."""

    __slots__ = ("_lost", "disconnected", "keep_alive", "message_event", "more_body", "response_complete")

    def __init__(self) -> None:
        self.response_complete = False
        self.more_body = False
        self.disconnected = False
        self.keep_alive = True
        # uvicorn wakes whoever waits for the client through this
        self.message_event = self
        self._lost: asyncio.Future[None] | None = None

    @property
    def response_started(self) -> bool:
        return self.response_complete

    def set(self) -> None:
        """The connection was lost."""
        if self._lost is not None and not self._lost.done():
            self._lost.set_result(None)

    async def receive(self) -> Message:
        """ASGI's `receive` after the body: returns when the client hangs up."""
        if not self.disconnected:
            self._lost = asyncio.get_running_loop().create_future()
            await self._lost
        return {"type": "http.disconnect"}


class DirectHttp(HttpToolsProtocol):
    """One connection."""

    _held = False
    """Whether a request that may be plain waits for its body to be complete."""
    _body = b""
    _between = True
    """Whether nothing of a next request was read yet."""
    _read = b""
    """What is being read, where it began between two requests."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._services: Services | None = getattr(getattr(self.config.app, "state", None), "services", None)
        self._turn = Turn()
        # by their digests: a head holds a token, which nothing keeps
        self._heads: dict[bytes, Head] = {}
        self._rested = 0.0
        self._hosts: Hosts | None = getattr(getattr(self.config.app, "state", None), "hosts", None)
        cross_origin = self._services is not None and self._services.settings.allowed_origins
        # the layer for other sites' pages says so, whether a page asks or not
        self._vary = ((b"vary", b"accept, Origin"),) if cross_origin else VARY

    def answers_at_sight(self, data: bytes) -> bool:
        """Whether `data` is one whole request whose head is known, and was taken here. Nothing was done where it is not."""
        if not self._between or not self._heads or self._services is None:
            return False
        end = data.find(b"\r\n\r\n") + 4
        head = self._heads.get(_digest(data[:end]))
        if head is None or len(data) - end != head.body_size or not self._free():
            return False
        return self._taken(self._services, head, data[end:])

    def data_received(self, data: bytes) -> None:
        self._read = data if self._between else b""
        super().data_received(data)
        if self._held:
            # a body in several pieces is read, and watched, the ordinary way
            self._hand_over()
        # a connection may rest for long: it keeps neither tokens nor what was said
        self._read = self._body = b""

    def on_message_begin(self) -> None:
        self.url = b""
        self.expect_100_continue = False
        self.headers = []
        self._body = b""
        self._between = False

    def on_headers_complete(self) -> None:
        if self._may_be_plain():
            self._held = True
        else:
            self._hand_over()

    def on_body(self, body: bytes) -> None:
        if self._held:
            self._body += body
        else:
            super().on_body(body)

    def on_message_complete(self) -> None:
        self._between = True
        if self._held:
            if self._services is not None and self._plain(self._services):
                self._held = False
                self.headers = []
                return
            self._hand_over()
        super().on_message_complete()

    def _may_be_plain(self) -> bool:
        parser: Any = self.parser
        return (
            self.url == PATH
            and self._free()
            and parser.get_method() == b"POST"
            and parser.get_http_version() == "1.1"
            and parser.should_keep_alive()
            and not parser.should_upgrade()
            and not self.expect_100_continue
        )

    def _free(self) -> bool:
        """Whether an answer may be written now."""
        return (
            # requests that came before are answered first
            (self.cycle is None or self.cycle.response_complete)
            # a client that does not read its answers is waited for
            and not self.flow.write_paused
            and not self.transport.is_closing()
        )

    def _rest(self) -> None:
        """What uvicorn does after an answer that nobody waited for, but for its timer: one serves many requests."""
        self.server_state.total_requests += 1
        self._rested = self.loop.time()
        if self.timeout_keep_alive_task is None and not self.transport.is_closing():
            self.timeout_keep_alive_task = self.loop.call_later(
                self.timeout_keep_alive, self.timeout_keep_alive_handler
            )

    def timeout_keep_alive_handler(self) -> None:
        self.timeout_keep_alive_task = None
        if self.cycle is not None and not self.cycle.response_complete:
            # its end starts the timer anew
            return
        left = self._rested + self.timeout_keep_alive - self.loop.time()
        if left > 0.001:
            self.timeout_keep_alive_task = self.loop.call_later(left, self.timeout_keep_alive_handler)
        else:
            super().timeout_keep_alive_handler()

    def _hand_over(self) -> None:
        """Go the ordinary way, from the beginning of the request up to here."""
        self._held = False
        url, headers, expected = self.url, self.headers, self.expect_100_continue
        super().on_message_begin()
        self.url, self.expect_100_continue = url, expected
        self.headers += headers
        super().on_headers_complete()
        if self._body:
            super().on_body(self._body)

    def _plain(self, services: Services) -> bool:
        """Whether the request that was read is plain, and is answered here."""
        headers = headers_of(self.headers)
        if b"origin" in headers and services.settings.allowed_origins:
            return False
        try:
            if self._hosts is not None:
                self._hosts.check(headers.get(b"host"))
            check_origin(headers, services.settings.allowed_origins)
            media = choose(text(headers, b"accept"), OFFERED)
            if media is None or media == EVENTS:
                return False
            check_content_type(headers)
            caller = services.access.key(text(headers, b"authorization"))
        except Fault:
            return False
        body = self._body
        head = Head(
            media,
            caller,
            given_request_id(self.headers),
            len(body),
            headers.get(b"x-forwarded-for"),
            text(headers, b"traceparent"),
        )
        if not self._taken(services, head, body):
            return False
        end = self._read.find(b"\r\n\r\n") + 4
        if (
            # the head and the body are all that was read, so that the same bytes mean the same again
            len(self._read) == end + len(body)
            and b"transfer-encoding" not in headers
            and end <= LONGEST_HEAD_KEPT
            and head.request_id is None
        ):
            if len(self._heads) >= HEADS_KEPT:
                self._heads.clear()
            self._heads[_digest(self._read[:end])] = head
        return True

    def _taken(self, services: Services, head: Head, body: bytes) -> bool:
        """Whether a plain request is answered here, now or later. Nothing was done where it is not."""
        media = head.media
        try:
            actor = services.access.known(head.caller)
            if actor is None or len(body) > services.settings.body_limit_bytes:
                return False
            parameters = from_body(body)
            exchange = Exchange(head.request_id or new_request_id(), "POST", "/graphql")
            exchange.traceparent = head.traceparent
            kind = operation.identify(services, parameters, exchange)
        except Exception:
            # refused, or broken: told the ordinary way
            return False
        if kind == "subscription":
            return False
        if services.rates is not None:
            exchange.address = address_of(self.client[0] if self.client else "", head.forwarded, services.rates.hops)
            if not services.rates.arrived_at_once(exchange.address):
                return False
        try:
            begun = operation.begin(services, parameters, actor, exchange, kind, receive=self._turn.receive)
        except Fault as fault:
            self._send(exchange, fault.status, fault.body, media, (*fault.headers, *self._vary))
        else:
            if isinstance(begun, CoroutineType):
                turn, self._turn = self._turn, Turn()
                self.cycle = turn  # type: ignore[assignment]
                task = self.loop.create_task(self._answer(turn, begun, exchange, media))
                task.add_done_callback(self.tasks.discard)
                self.tasks.add(task)
                return True
            self._send(exchange, status_of(begun, media), begun.body, media, self._vary)
        report_exchange(exchange)
        self._rest()
        return True

    async def _answer(self, turn: Turn, begun: Coroutine[Any, Any, Answer], exchange: Exchange, media: str) -> None:
        try:
            try:
                answer = await begun
                reply = status_of(answer, media), answer.body, media, self._vary
            except Fault as fault:
                reply = fault.status, fault.body, media, (*fault.headers, *self._vary)
            except ClientGone:
                exchange.status = CLIENT_CLOSED
                return
            except Exception as error:
                fault = internal(error, exchange.request_id)
                reply = fault.status, fault.body, media, fault.headers
            except asyncio.CancelledError:
                # the process stops at once
                self.transport.close()
                raise
            self._send(exchange, *reply, turn)
            if not turn.disconnected:
                turn.response_complete = True
                if not turn.keep_alive:
                    self.transport.close()
                self.on_response_complete()
        finally:
            report_exchange(exchange)

    def _send(
        self,
        exchange: Exchange,
        status: int,
        body: bytes,
        media: str,
        extra: RawHeaders,
        turn: Turn | None = None,
    ) -> None:
        """Write one whole answer."""
        exchange.status, exchange.size = status, len(body)
        if turn is not None and turn.disconnected:
            return
        before, middle, after = _around(self.server_state, status, media, extra)
        end = b"\r\n" if turn is None or turn.keep_alive else b"connection: close\r\n\r\n"
        head = b"".join((before, b"%d" % len(body), middle, exchange.request_id.encode(), after, end))
        if len(body) <= ONE_WRITE_BYTES:
            self.transport.write(head + body)
        else:
            self.transport.write(head)
            self.transport.write(body)


_Heads = dict[tuple[int, str, RawHeaders], tuple[bytes, bytes, bytes]]
_latest: tuple[object, _Heads] = (None, {})


def _around(state: ServerState, status: int, media: str, extra: RawHeaders) -> tuple[bytes, bytes, bytes]:
    """The head of an answer, cut where the length and the id of the request belong.

    uvicorn gives every answer a list of headers, the time among them, and makes a new list every second.
    """
    global _latest
    given, heads = _latest
    if given is not state.default_headers:
        given, heads = _latest = state.default_headers, {}
    found = heads.get((status, media, extra))
    if found is None:
        gap = b"\0"
        headers = [*state.default_headers, *complete(reply_headers(media, gap, extra), gap)]
        before, middle, after = b"".join([b"%b: %b\r\n" % header for header in headers]).split(gap)
        found = heads[status, media, extra] = STATUS_LINE[status] + before, middle, after
    return found


def _digest(head: bytes) -> bytes:
    return blake2b(head, digest_size=32).digest()
