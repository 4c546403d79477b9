"""A small server of the same shape as the real one: GraphiQL's page, a schema, tokens, a subscription."""

from __future__ import annotations

import asyncio
import datetime
import socket
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import strawberry
import uvicorn
from nobodyasked.server.pages import index_response, pages
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.types import Receive, Scope, Send
from strawberry.asgi import GraphQL
from strawberry.exceptions import ConnectionRejectionError
from strawberry.subscriptions import GRAPHQL_TRANSPORT_WS_PROTOCOL

TOKEN = "a-token-of-the-stub"


@dataclass(frozen=True)
class LiveServer:
    """A server under test: its address and a token that may do everything the tests do."""

    url: str
    token: str


@strawberry.type(description="Who spoke.")
class Customer:
    segment: str


@strawberry.type(description="What one customer said, word for word.")
class Complaint:
    id: strawberry.ID
    text: str
    channel: str
    occurred_at: datetime.datetime
    received_at: datetime.datetime
    customer: Customer


@strawberry.type
class ComplaintConnection:
    nodes: list[Complaint]
    total_count: int


@strawberry.input
class ComplaintSubmitInput:
    source: str
    external_id: str
    channel: str
    text: str


@strawberry.type
class UserError:
    code: str
    message: str
    path: list[str]


@strawberry.type
class ComplaintSubmitPayload:
    complaint: Complaint | None
    user_errors: list[UserError]


def _complaint(number: int, text: str) -> Complaint:
    now = datetime.datetime(2026, 3, 1, tzinfo=datetime.UTC)
    return Complaint(
        id=strawberry.ID(str(number)),
        text=text,
        channel="chat",
        occurred_at=now,
        received_at=now,
        customer=Customer(segment="family"),
    )


STORED = [_complaint(n, f"The shipping took {n} days.") for n in range(1, 31)]
LISTENERS: set[asyncio.Queue[Complaint]] = set()


@strawberry.type
class Query:
    @strawberry.field(description="What customers said, newest first.")
    async def complaints(self, first: int = 20, search: str | None = None) -> ComplaintConnection:
        found = [c for c in STORED if not search or all(word in c.text for word in search.split())]
        return ComplaintConnection(nodes=found[:first], total_count=len(found))


@strawberry.type
class Mutation:
    @strawberry.mutation(description="Hands in what a customer said.")
    async def complaint_submit(self, input: ComplaintSubmitInput) -> ComplaintSubmitPayload:
        complaint = _complaint(len(STORED) + 1, input.text)
        for listener in LISTENERS:
            listener.put_nowait(complaint)
        return ComplaintSubmitPayload(complaint=complaint, user_errors=[])


@strawberry.type
class Subscription:
    @strawberry.subscription(description="Complaints as they arrive.")
    async def complaint_received(self) -> AsyncIterator[Complaint]:
        queue: asyncio.Queue[Complaint] = asyncio.Queue()
        LISTENERS.add(queue)
        try:
            while True:
                yield await queue.get()
        finally:
            LISTENERS.discard(queue)


class Endpoint(GraphQL[Any, None]):
    async def on_ws_connect(self, context: Any) -> Any:
        if (context["connection_params"] or {}).get("authorization") != f"Bearer {TOKEN}":
            raise ConnectionRejectionError({"reason": "token"})
        return await super().on_ws_connect(context)


def app() -> Starlette:
    endpoint = Endpoint(
        strawberry.Schema(Query, Mutation, Subscription),
        graphql_ide=None,
        subscription_protocols=[GRAPHQL_TRANSPORT_WS_PROTOCOL],
    )

    class Graph:
        async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
            if scope["type"] == "http":
                response = self._page_or_refusal(Request(scope))
                if response is not None:
                    await response(scope, receive, send)
                    return
            await endpoint(scope, receive, send)

        def _page_or_refusal(self, request: Request) -> Response | None:
            if request.method == "GET" and "text/html" in request.headers.get("accept", ""):
                return index_response(request)
            if request.headers.get("authorization") != f"Bearer {TOKEN}":
                refusal = {"message": "Send a token.", "extensions": {"code": "UNAUTHENTICATED"}}
                return JSONResponse({"errors": [refusal]}, status_code=401)
            return None

    graph = Graph()
    return Starlette(routes=[*pages(), Route("/graphql", graph), WebSocketRoute("/graphql", graph)])


@contextmanager
def serve() -> Iterator[LiveServer]:
    """The stub on a free loopback port, in a thread of its own."""
    listening = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app(), log_level="warning", ws="websockets-sansio", lifespan="off"))
    thread = threading.Thread(target=server.run, args=([listening],), daemon=True)
    thread.start()
    try:
        yield LiveServer(url=f"http://127.0.0.1:{listening.getsockname()[1]}", token=TOKEN)
    finally:
        server.should_exit = True
        thread.join(timeout=10)
        listening.close()
