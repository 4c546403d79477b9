"""HTTP/1.1 on the wire, within bounds: uvicorn's protocol, with a limit on the size and time of a request's head.

uvicorn keeps reading headers without end; a few slow or endless ones would take its memory and its connections.
"""

from __future__ import annotations

import asyncio
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

__all__ = ["HEAD_BYTES", "HEAD_SECONDS", "BoundedHttp"]

HEAD_BYTES = 65_536
HEAD_SECONDS = 20.0

REFUSALS = {
    431: b"HTTP/1.1 431 Request Header Fields Too Large\r\ncontent-length: 0\r\nconnection: close\r\n\r\n",
    408: b"HTTP/1.1 408 Request Timeout\r\ncontent-length: 0\r\nconnection: close\r\n\r\n",
}


class BoundedHttp(HttpToolsProtocol):
    """One connection. A head that is too large or too slow is answered with 431 or 408, and the connection closed."""

    _in_head = True
    _head_size = 0
    _head_timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        # a connection that never says anything counts as a slow head
        self._head_timer = self.loop.call_later(HEAD_SECONDS, self._refuse, 408)

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_timer()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if not self._in_head:
            super().data_received(data)
            return
        self._head_size += len(data)
        if self._head_timer is None:
            self._head_timer = self.loop.call_later(HEAD_SECONDS, self._refuse, 408)
        super().data_received(data)
        if self._in_head and self._head_size > HEAD_BYTES:
            self._refuse(431)

    def on_headers_complete(self) -> None:
        self._in_head = False
        self._head_size = 0
        self._stop_timer()
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        self._in_head = True
        super().on_message_complete()

    def _stop_timer(self) -> None:
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None

    def _refuse(self, status: int) -> None:
        self._head_timer = None
        if not self.transport.is_closing():
            self.transport.write(REFUSALS[status])
            self.transport.close()
