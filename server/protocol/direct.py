"""The short way of the plain case: POST /graphql, JSON, in one piece, from a caller who is known.

uvicorn runs a task, a scope and messages for every request; the routes and layers of the application add theirs. That
costs several times what the answer to a small query does. Here such a request is answered where it was parsed, straight
on the transport, by the same functions that the ordinary way calls. Everything that is not plain, or that goes wrong
before anything was done, goes the ordinary way from its beginning; the answers are the same, byte for byte.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from starlette.types import Message
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from ..logs import Exchange, report_exchange
from . import operation
from .body import ClientGone
from .edge import complete, internal, request_id_of
from .fault import Fault, RawHeaders
from .http import CLIENT_CLOSED, OFFERED, VARY, check_content_type, status_of
from .media import EVENTS, choose
from .parameters import from_body
from .reply import headers_of, reply_headers, text

if TYPE_CHECKING:
    from ...graphql.engine import Answer
    from ..services import Services

__all__ = ["DirectHttp"]

PATH = b"/graphql"
ONE_WRITE_BYTES = 65_536
"""Larger bodies are not copied behind their heads but written by themselves."""


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

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._services: Services | None = getattr(getattr(self.config.app, "state", None), "services", None)
        self._turn = Turn()
        cross_origin = self._services is not None and self._services.settings.allowed_origins
        # the layer for other sites' pages says so, whether a page asks or not
        self._vary = ((b"vary", b"accept, Origin"),) if cross_origin else VARY

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self._held:
            # a body in several pieces is read, and watched, the ordinary way
            self._hand_over()

    def on_message_begin(self) -> None:
        self.url = b""
        self.expect_100_continue = False
        self.headers = []
        self._body = b""

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
        if self._held:
            if self._services is not None and self._taken(self._services):
                self._held = False
                return
            self._hand_over()
        super().on_message_complete()

    def _may_be_plain(self) -> bool:
        parser: Any = self.parser
        return (
            self.url == PATH
            # requests that came before are answered first
            and (self.cycle is None or self.cycle.response_complete)
            and parser.get_method() == b"POST"
            and parser.get_http_version() == "1.1"
            and parser.should_keep_alive()
            and not parser.should_upgrade()
            and not self.expect_100_continue
            # a client that does not read its answers is waited for
            and not self.flow.write_paused
            and not self.transport.is_closing()
        )

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

    def _taken(self, services: Services) -> bool:
        """Whether the request is answered here, now or later. Nothing was done where it is not."""
        headers = headers_of(self.headers)
        if b"origin" in headers and services.settings.allowed_origins:
            return False
        try:
            media = choose(text(headers, b"accept"), OFFERED)
            if media is None or media == EVENTS:
                return False
            check_content_type(headers)
            actor = services.access.known(text(headers, b"authorization"))
            if actor is None or len(self._body) > services.settings.body_limit_bytes:
                return False
            parameters = from_body(self._body)
            exchange = Exchange(request_id_of(self.headers), "POST", "/graphql")
            kind = operation.identify(services, parameters, exchange)
        except Exception:
            # refused, or broken: told the ordinary way
            return False
        if kind == "subscription":
            return False
        try:
            begun = operation.begin(services, parameters, actor, exchange, kind, receive=self._turn.receive)
        except Fault as fault:
            self._send(exchange, fault.status, fault.body, media, (*fault.headers, *self._vary))
        else:
            if isinstance(begun, Awaitable):
                turn, self._turn = self._turn, Turn()
                self.cycle = turn  # type: ignore[assignment]
                task = self.loop.create_task(self._answer(turn, begun, exchange, media))
                task.add_done_callback(self.tasks.discard)
                self.tasks.add(task)
                return True
            self._send(exchange, status_of(begun, media), begun.body, media, self._vary)
        report_exchange(exchange)
        self.on_response_complete()
        return True

    async def _answer(self, turn: Turn, begun: Awaitable[Answer], exchange: Exchange, media: str) -> None:
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
        before, middle, after = _parts(media, tuple(extra))
        head = b"".join(
            (
                STATUS_LINE[status],
                *[b"%b: %b\r\n" % header for header in self.server_state.default_headers],
                before,
                b"%d" % len(body),
                middle,
                exchange.request_id.encode(),
                after,
                b"\r\n" if turn is None or turn.keep_alive else b"connection: close\r\n\r\n",
            )
        )
        if len(body) <= ONE_WRITE_BYTES:
            self.transport.write(head + body)
        else:
            self.transport.write(head)
            self.transport.write(body)


@lru_cache(maxsize=64)
def _parts(media: str, extra: tuple[tuple[bytes, bytes], ...]) -> tuple[bytes, bytes, bytes]:
    """The head of an answer without its first line, cut where the length and the id of the request belong."""
    gap = b"\0"
    headers = complete(reply_headers(media, gap, extra), gap)
    before, middle, after = b"".join(b"%b: %b\r\n" % header for header in headers).split(gap)
    return before, middle, after
