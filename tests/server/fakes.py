"""A graph made of a few scripted operations, behind the real protocol and the real server process."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Collection, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import httpx
import orjson
import uvicorn
from starlette.applications import Starlette

from nobodyasked.graphql.guard.gate import Gate
from nobodyasked.graphql.guard.limits import Limits
from nobodyasked.graphql.guard.trusted import Stored
from nobodyasked.models.errors import Busy
from nobodyasked.server.app import assemble, create_app
from nobodyasked.server.drain import Drain
from nobodyasked.server.points import Rates
from nobodyasked.server.process import Server, listen, url_of
from nobodyasked.server.protocol.fault import unauthenticated
from nobodyasked.server.protocol.reservation import Reservations
from nobodyasked.server.protocol.wire import BoundedHttp
from nobodyasked.server.services import Services
from nobodyasked.server.settings import Settings

TOKEN = {"Authorization": "Bearer good"}


@dataclass(frozen=True)
class FakeAnswer:
    body: bytes
    well_formed: bool = True
    busy: bool = False


@dataclass
class FakeEngine:
    """Answers by the first field: `hello`, `big`, `slow` (until released), `boom`, `busy`, `crowd`; at once beside `soon`; subscriptions `count`, `forever`, `crash`."""

    begun: asyncio.Event = field(default_factory=asyncio.Event)
    released: asyncio.Event = field(default_factory=asyncio.Event)
    ended: asyncio.Event = field(default_factory=asyncio.Event)
    crowded: asyncio.Event = field(default_factory=asyncio.Event)
    outcome: str = ""
    contexts: list[Any] = field(default_factory=list)
    pushed: asyncio.Queue[int] = field(default_factory=asyncio.Queue)
    cache: Any = None
    gate: Gate = field(default_factory=Gate)

    def identify(self, query: str, operation_name: str | None, limits: Limits) -> tuple[str | None, str | None]:
        match = re.match(r"\s*(query|mutation|subscription|(?=\{))\s*(\w+)?[^}]*\}", query)
        return (None, None) if match is None else (match[1] or "query", match[2])

    def begin(
        self, query: str, variables: Any, operation_name: str | None, context: Any, *, allow: Collection[str]
    ) -> FakeAnswer | Coroutine[Any, Any, FakeAnswer]:
        """At once, where the query says so."""
        work = self.execute(query, variables, operation_name, context, allow=allow)
        if "soon" not in query:
            return work
        try:
            work.send(None)
        except StopIteration as end:
            return end.value
        raise AssertionError("this has to be waited for")

    async def execute(
        self, query: str, variables: Any, operation_name: str | None, context: Any, *, allow: Collection[str]
    ) -> FakeAnswer:
        assert self.identify(query, operation_name, context.limits)[0] in (None, *allow)
        self.contexts.append(context)
        if len(self.contexts) >= 40:
            self.crowded.set()
        if "}" not in query:
            return FakeAnswer(
                orjson.dumps({"errors": [{"message": "Syntax", "extensions": {"code": "SYNTAX"}}]}), False
            )
        if "boom" in query:
            raise ValueError("SELECT secret FROM api_token")
        if "busy" in query:
            raise Busy("The database is busy.")
        if "crowd" in query:
            raise self.gate.refuse()
        if "slow" in query:
            self.begun.set()
            try:
                await self.released.wait()
                self.outcome = "finished"
            except asyncio.CancelledError:
                self.outcome = "cancelled"
                raise
            finally:
                self.ended.set()
        if "big" in query:
            return FakeAnswer(orjson.dumps({"data": {"big": "x" * 1_000_000}}))
        data = {"hello": "world", "variables": variables, "name": operation_name, "actor": context.actor}
        return FakeAnswer(orjson.dumps({"data": data}))

    async def subscribe(
        self, query: str, variables: Any, operation_name: str | None, context: Any
    ) -> AsyncIterator[bytes] | FakeAnswer:
        self.contexts.append(context)
        if "crowd" in query:
            raise self.gate.refuse()
        if "wrong" in query:
            return FakeAnswer(
                orjson.dumps({"errors": [{"message": "No such field", "extensions": {"code": "INVALID"}}]}), False
            )
        return self._results(query)

    async def _results(self, query: str) -> AsyncIterator[bytes]:
        self.begun.set()
        try:
            if "count" in query:
                for number in range(3):
                    yield orjson.dumps({"data": {"count": number}})
            elif "crash" in query:
                yield orjson.dumps({"data": {"crash": 1}})
                raise ValueError("SELECT secret FROM api_token")
            else:
                while True:
                    yield orjson.dumps({"data": {"forever": await self.pushed.get()}})
        finally:
            self.ended.set()


class FakeAccess:
    """Knows the token `good`, and `other` as another caller; `revoked` turns `good` bad."""

    revoked = False
    provider = None

    async def actor(self, authorization: str | None) -> str:
        if authorization == "Bearer good" and not self.revoked:
            return "ann"
        if authorization == "Bearer other":
            return "bob"
        if authorization == "Bearer away":
            raise Busy("The database is away.")
        raise unauthenticated("A token is needed.", presented=authorization is not None)

    def key(self, authorization: str | None) -> bytes:
        return (authorization or "").encode()

    def known(self, key: bytes) -> str | None:
        return "ann" if key == b"Bearer good" and not self.revoked else None

    async def unchanged(self, authorization: str | None, actor: str) -> bool:
        return authorization == "Bearer good" and not self.revoked


@dataclass
class Stand:
    """A running server and what it stands on."""

    url: str
    app: Starlette
    engine: FakeEngine
    access: FakeAccess
    drain: Drain
    server: Server | None = None
    serving: asyncio.Task[None] | None = None

    @property
    def socket_url(self) -> str:
        return self.url.replace("http", "ws", 1) + "/graphql"


def stand(**overrides: Any) -> Stand:
    """The application over a fake graph."""
    settings = Settings(**{"shutdown_seconds": 2.0, "allowed_hosts": ("test", "x"), **overrides})
    engine, access = FakeEngine(), FakeAccess()
    wrong: dict[str, str] = {}

    @asynccontextmanager
    async def opener(settings: Settings, drain: Drain) -> AsyncIterator[Services]:
        async def check() -> str | None:
            return wrong.get("database")

        trusted = settings.trusted_documents is not None
        rates = Rates(settings, None) if settings.address_rate_limit else None  # type: ignore[arg-type]
        yield Services(
            settings=settings,
            engine=engine,  # type: ignore[arg-type]
            access=access,  # type: ignore[arg-type]
            context=lambda actor, request_id, address: SimpleNamespace(
                actor=actor, request_id=request_id, limits=Limits(), way="", statements=0, account=None
            ),  # type: ignore[arg-type,return-value]
            limits=Limits(),
            drain=drain,
            reservations=Reservations(settings.subscription_limit),
            stored=Stored({"hi": "{ hello }"} if trusted else None),
            rates=rates,
            checks={"database": check},
        )
        await drain.finish(0)

    app = assemble(settings, opener)
    app.state.wrong = wrong
    return Stand("http://test", app, engine, access, app.state.drain)


@asynccontextmanager
async def opened(**overrides: Any) -> AsyncIterator[Stand]:
    """The application with its services, without a socket."""
    made = stand(**overrides)
    async with made.app.router.lifespan_context(made.app):
        yield made


@asynccontextmanager
async def reached(settings: Settings) -> AsyncIterator[tuple[httpx.AsyncClient, Starlette]]:
    """The real application as settings ask for it, started, and a client that speaks to it without a socket."""
    app = create_app(settings)
    transport = httpx.ASGITransport(app)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://localhost") as client,
    ):
        yield client, app


@asynccontextmanager
async def served(**overrides: Any) -> AsyncIterator[Stand]:
    """The application in a server process's own loop, listening on a free port of the loopback."""
    made = stand(**overrides)
    settings = Settings(**overrides)
    listener = listen("127.0.0.1", 0)
    config = uvicorn.Config(
        made.app,
        http=BoundedHttp,
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        ws_max_size=settings.body_limit_bytes,
        timeout_graceful_shutdown=2,
    )
    made.url = url_of(listener)
    listening = asyncio.Event()
    made.server = Server(config, made.drain, made.url, lambda _: listening.set())
    made.serving = asyncio.create_task(made.server.serve(sockets=[listener]))
    try:
        await asyncio.wait_for(listening.wait(), 10)
        yield made
    finally:
        made.server.should_exit = True
        await asyncio.wait_for(made.serving, 20)
        listener.close()
