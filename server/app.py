"""The server: addresses, start-up, shutdown."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route, WebSocketRoute

from ..inference.weights import ModelUnavailable
from ..models.errors import Refusal
from .drain import Drain
from .health import livez, readyz
from .logs import report_error
from .pages import pages
from .protocol.edge import Edge
from .protocol.fault import error_body
from .protocol.host import Hosts
from .protocol.http import GraphQLEndpoint
from .protocol.stream import StreamEndpoint
from .protocol.websocket import SocketEndpoint
from .scrape import MetricsEndpoint
from .services import Services
from .settings import Settings
from .wiring import open_services

__all__ = ["OpenServices", "StartFailed", "assemble", "create_app"]

log = logging.getLogger(__name__)

OpenServices = Callable[[Settings, Drain], AbstractAsyncContextManager[Services]]

CODES = {404: "NOT_FOUND", 405: "METHOD_NOT_ALLOWED"}


class StartFailed(Exception):
    """The server could not start; the message, one line, is safe to show."""


def create_app(settings: Settings) -> Starlette:
    """The ASGI application with everything it needs; its lifespan opens and closes the database and the rest."""
    return assemble(settings, open_services)


def assemble(settings: Settings, opener: OpenServices) -> Starlette:
    """The application around whatever services `opener` opens. `app.state.drain` tells it that the process is stopping."""
    drain = Drain()
    hosts = Hosts(settings.allowed_hosts, settings.host)

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            try:
                app.state.services = await stack.enter_async_context(opener(settings, drain))
            except Exception as error:
                failure = start_failure(error)
                log.error("The server cannot start: %s", failure)
                raise failure from None
            yield

    app = Starlette(
        routes=routes(settings),
        middleware=middleware(settings, hosts),
        exception_handlers={HTTPException: refuse},
        lifespan=lifespan,
    )
    app.router.redirect_slashes = False
    app.state.drain = drain
    app.state.hosts = hosts
    return app


def routes(settings: Settings) -> list[BaseRoute]:
    # in the order of use: each request tries them from the top
    found: list[BaseRoute] = [
        Route("/graphql", GraphQLEndpoint()),
        WebSocketRoute("/graphql", SocketEndpoint()),
        Route("/graphql/stream", StreamEndpoint()),
        Route("/livez", livez),
        Route("/readyz", readyz),
        Route("/metrics", MetricsEndpoint()),
    ]
    if settings.graphiql:
        found += [*pages(), Route("/", to_page)]
    return found


def middleware(settings: Settings, hosts: Hosts) -> list[Middleware]:
    layers = [Middleware(Edge, hosts)]
    if settings.allowed_origins:
        cors = Middleware(
            CORSMiddleware,
            allow_origins=list(settings.allowed_origins),
            allow_methods=["GET", "POST", "PUT", "DELETE"],
            allow_headers=["authorization", "content-type", "x-request-id", "x-graphql-event-stream-token"],
            expose_headers=["x-request-id"],
        )
        layers.append(cors)
    return layers


async def to_page(request: Request) -> Response:
    return RedirectResponse("graphql", 302)


async def refuse(request: Request, error: Exception) -> Response:
    """Starlette's own refusals (no such address, wrong method), in the shape of all others."""
    assert isinstance(error, HTTPException)
    code = CODES.get(error.status_code, "REFUSED")
    message = (
        f"There is nothing at {request.url.path}: the graph is at /graphql."
        if code == "NOT_FOUND"
        else error.detail + "."
    )
    return Response(error_body(code, message), error.status_code, error.headers, "application/json")


def start_failure(error: Exception) -> StartFailed:
    """What to tell the operator, in one line."""
    if isinstance(error, StartFailed):
        return error
    if isinstance(error, Refusal):
        return StartFailed(error.message)
    if isinstance(error, ModelUnavailable):
        return StartFailed(f"{error}; see NOBODYASKED_EMBEDDER.")
    return StartFailed(f"unexpected {type(error).__name__} (error {report_error(error)})")
