"""Posts to the organisation's webhook, in bounded time.

Redirects are not followed: what is told is for the address that the operator named, and for no other.
"""

from __future__ import annotations

import contextlib
import http.client
import socket
import threading
import urllib.error
import urllib.request
from collections.abc import Mapping
from typing import Any

from ..outward import opener
from .mail import Undelivered

__all__ = ["ATTEMPT_SECONDS", "Hook"]

STEP_SECONDS = 20.0
ATTEMPT_SECONDS = 60.0
"""An attempt is cut off then, however lively the other side is. Below the lease of a webhook (`models/commands/outbox.py`)."""
LARGEST_ANSWER = 64 * 1024


class _Watched(urllib.request.HTTPHandler, urllib.request.HTTPSHandler):
    """Keeps the socket of what it opens: the library gives it away before the answer is read."""

    line: socket.socket | None = None

    def do_open(self, http_class: Any, req: Any, **arguments: Any) -> Any:
        handler = self

        class Connection(http_class):
            def connect(self) -> None:
                super().connect()
                handler.line = self.sock

        made: Any = Connection
        return super().do_open(made, req, **arguments)


class Hook:
    """A way to a webhook, for one post at a time, that can be cut from another thread."""

    def __init__(self) -> None:
        self._watched = _Watched()
        self._opener = opener(self._watched)
        self._late = threading.Event()

    def cut(self) -> None:
        """End what is under way."""
        self._late.set()
        line = self._watched.line
        if line is not None:
            with contextlib.suppress(OSError):
                line.shutdown(socket.SHUT_RDWR)

    def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> None:
        """Send a body; it is received once a status of success is. Blocks, up to `ATTEMPT_SECONDS`. Raises Undelivered."""
        request = urllib.request.Request(url, body, dict(headers), method="POST")
        # each step has its time, but the other side may make many steps of one
        self._late.clear()
        watch = threading.Timer(ATTEMPT_SECONDS, self.cut)
        watch.daemon = True
        watch.start()
        try:
            with self._opener.open(request, timeout=STEP_SECONDS) as response:
                if self._late.is_set():
                    # half a head reads like a whole one
                    raise TimeoutError
                # nothing depends on what else it says; only some servers mind who does not listen
                with contextlib.suppress(OSError, http.client.HTTPException):
                    response.read(LARGEST_ANSWER)
        except urllib.error.HTTPError as error:
            error.close()
            raise Undelivered(f"The webhook answered with status {error.code}.") from None
        except (OSError, http.client.HTTPException) as error:
            cause = getattr(error, "reason", error)
            raise Undelivered(f"The webhook could not be reached ({type(cause).__name__}).") from None
        finally:
            watch.cancel()
            self._watched.line = None
