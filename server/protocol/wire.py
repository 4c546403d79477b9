"""HTTP/1.1 on the wire, within bounds: uvicorn's protocol, with limits on a request's head and on its time.

uvicorn reads headers without end and waits for a body for ever; a few slow or endless ones would take its memory and
its connections. The size of a body is for the application to bound.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from ..files import connections
from .direct import DirectHttp
from .edge import SAFE_HEADERS, UNCOUNTED, overloaded

if TYPE_CHECKING:
    from ..services import Services

__all__ = ["BODY_SECONDS", "HEAD_BYTES", "HEAD_SECONDS", "RESERVED", "BoundedHttp"]

HEAD_BYTES = 65_536
HEAD_SECONDS = 20.0
BODY_SECONDS = 60.0

RESERVED = 32
"""Connections beyond the limit that may still ask how the process does; whoever comes after them is turned away unheard."""
HEARD = (*(path.encode() for path in UNCOUNTED), b"/metrics")

END = b"content-length: 0\r\nconnection: close\r\n" + b"".join(b"%b: %b\r\n" % one for one in SAFE_HEADERS) + b"\r\n"
REFUSALS = {
    400: b"HTTP/1.1 400 Bad Request\r\n" + END,
    431: b"HTTP/1.1 431 Request Header Fields Too Large\r\n" + END,
    408: b"HTTP/1.1 408 Request Timeout\r\n" + END,
}


class BoundedHttp(DirectHttp):
    """One connection. What is too large or too slow is answered with 431 or 408, and the connection closed.

    So is, with 503, one that comes while there are as many as there may be.
    """

    _beyond = False
    """Whether there were as many connections as there may be when this one came."""
    _turned_away = False
    _in_head = True
    _head_size = 0
    _timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        if self._services is not None:
            beyond = len(self.server_state.connections) - connections(self._services.settings.connection_limit)
            self._beyond = beyond > 0
            if beyond > RESERVED:
                self._turn_away(self._services)
                return
        # a connection that never says anything counts as a slow head
        self._start_timer(HEAD_SECONDS)

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_timer()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self._turned_away:
            return
        if self.answers_at_sight(data):
            return
        if self._in_head:
            self._head_size += len(data)
        super().data_received(data)
        if self._in_head and self._head_size > 0:
            if self._head_size > HEAD_BYTES:
                self._refuse(431)
            self._start_timer(HEAD_SECONDS)
        elif self._in_body():
            self._start_timer(BODY_SECONDS)

    def on_headers_complete(self) -> None:
        self._in_head = False
        self._head_size = 0
        self._stop_timer()
        if self._beyond and self._services is not None and self.url not in HEARD:
            self._turn_away(self._services)
            return
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        if not self._turned_away:
            super().on_body(body)

    def on_message_complete(self) -> None:
        if self._turned_away:
            return
        self._in_head = True
        self._stop_timer()
        super().on_message_complete()

    def _in_body(self) -> bool:
        # no cycle, or an older one, after an upgrade to WebSocket
        return self.cycle is not None and self.cycle.more_body and not self.cycle.response_complete

    def _start_timer(self, seconds: float) -> None:
        if self._timer is None:
            self._timer = self.loop.call_later(seconds, self._refuse, 408)

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def send_400_response(self, msg: str) -> None:
        """What is no HTTP is answered with the headers that every answer has."""
        self._stop_timer()
        self.transport.write(REFUSALS[400])
        self.transport.close()

    def handle_websocket_upgrade(self) -> None:
        if not self._turned_away:
            super().handle_websocket_upgrade()

    def _turn_away(self, services: Services) -> None:
        """Answer with 503, whatever is asked, and hear no more."""
        self._turned_away = True
        self._stop_timer()
        fault = overloaded(services.engine.gate.refuse())
        head = b"HTTP/1.1 503 Service Unavailable\r\nconnection: close\r\ncontent-type: application/json\r\n"
        sized = (*fault.headers, (b"content-length", b"%d" % len(fault.body)), *SAFE_HEADERS)
        self.transport.write(head + b"".join(b"%b: %b\r\n" % one for one in sized) + b"\r\n" + fault.body)
        self.transport.close()

    def _refuse(self, status: int) -> None:
        self._stop_timer()
        if self.transport.is_closing():
            return
        # an answer that has begun can only be broken off
        if self._in_head or (self._in_body() and not self.cycle.response_started):
            self.transport.write(REFUSALS[status])
        self.transport.close()
