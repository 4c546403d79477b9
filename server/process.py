"""One server process: listens, serves, and comes to rest without losing what it has begun."""

from __future__ import annotations

import asyncio
import errno
import logging
import socket
import time
from collections.abc import Callable
from types import FrameType

import uvicorn

from ..graphql.schema import core_schema
from .app import create_app
from .drain import Drain
from .files import raise_limit
from .garbage import no_collection, settle
from .heap import keep_freed_memory
from .logs import configure
from .protocol.wire import BoundedHttp
from .settings import Settings

__all__ = ["serve"]

log = logging.getLogger(__name__)

KEEP_ALIVE_SECONDS = 30
BACKLOG = 2_048


class Server(uvicorn.Server):
    """uvicorn, which also ends streams and sockets when it stops, and tells where it listens."""

    def __init__(self, config: uvicorn.Config, drain: Drain, url: str, ready: Callable[[str], None] | None) -> None:
        super().__init__(config)
        self._drain = drain
        self._url = url
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        log.info("Listening on %s", self._url)
        if self._ready is not None:
            self._ready(self._url)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """First signal: finish and stop. Second: stop at once. Neither is raised again afterwards: the exit is in order."""
        self.force_exit = self.should_exit
        self.should_exit = True

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        log.info("Stopping")
        for server in self.servers:
            server.close()
        allowed = self.config.timeout_graceful_shutdown or 0
        deadline = time.monotonic() + allowed
        self._drain.begin()
        # uvicorn cuts sockets off at once: let them say goodbye before
        while self._drain.busy and not self.force_exit and time.monotonic() < deadline:  # noqa: ASYNC110 signals set flags
            await asyncio.sleep(0.02)
        self.config.timeout_graceful_shutdown = max(deadline - time.monotonic(), 0.1)  # type: ignore[assignment]
        await super().shutdown(sockets)
        log.info("Stopped")


def serve(settings: Settings, *, ready: Callable[[str], None] | None = None) -> int:
    """Serve until SIGINT or SIGTERM; returns the exit status: 0 after an orderly stop, 3 where the start failed.

    `ready` is called with the server's own address, such as `http://127.0.0.1:8000`, once it listens. Reasons for a
    failure are logged in one line.
    """
    configure(settings.log_format, settings.log_level, slow=settings.slow_query_seconds)
    try:
        listener = listen(settings.host, settings.port)
    except OSError as error:
        log.error("The server cannot start: %s", explain(error, settings))
        return 3
    keep_freed_memory()
    raise_limit()
    with no_collection():
        core_schema()  # which every process needs, before there is anybody to keep waiting
        app = create_app(settings)
    settle()
    config = uvicorn.Config(
        app,
        http=BoundedHttp,
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        ws_max_size=settings.body_limit_bytes,
        # each compressed connection would hold two windows of memory; a proxy can compress
        ws_per_message_deflate=False,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=settings.shutdown_seconds,  # type: ignore[arg-type]
        backlog=BACKLOG,
    )
    try:
        Server(config, app.state.drain, url_of(listener), ready).run(sockets=[listener])
    except SystemExit:
        return 3
    finally:
        listener.close()
    return 0


def listen(host: str, port: int) -> socket.socket:
    """A socket bound to the address. Raises OSError."""
    family, kind, protocol, _, address = socket.getaddrinfo(
        host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
    )[0]
    listener = socket.socket(family, kind, protocol)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.setblocking(False)
    except OSError:
        listener.close()
        raise
    return listener


def url_of(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def explain(error: OSError, settings: Settings) -> str:
    """What is wrong with the address to listen on, and what to change."""
    where = f"{settings.host}:{settings.port}"
    if error.errno == errno.EADDRINUSE:
        return f"{where} is taken by another process: stop it, or set NOBODYASKED_PORT to another port."
    if error.errno == errno.EACCES:
        return f"{where} is not for this user: ports below 1024 are reserved, set NOBODYASKED_PORT."
    return f"nothing can listen on {where}: set NOBODYASKED_HOST to an address of this machine."
