"""GraphQL over HTTP on one address: POST for everything, GET for queries, GraphiQL for a browser.

Status: 200 with data; for a request that fails before execution 400 as application/graphql-response+json and 200 as
application/json, as the audits of the npm package graphql-http ask. Only JSON is taken as a body: another site's form
cannot send that without asking first, which is what keeps forged requests out.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.types import Receive, Scope, Send

from ..logs import Exchange
from ..pages import SignIn, index_response
from . import operation
from .body import ClientGone, read_body
from .events import answer_events, result_events, send_events
from .fault import Fault
from .hangup import Bounded
from .media import EVENTS, HTML, JSON, RESPONSE, accepts, choose, content_type
from .operation import Caller, Kind
from .origin import check_origin
from .parameters import Parameters, from_body, from_query_string
from .reply import Headers, headers_of, send_fault, send_reply, text

if TYPE_CHECKING:
    from ...graphql.engine import Answer
    from ..services import Services

__all__ = [
    "CLIENT_CLOSED",
    "OFFERED",
    "VARY",
    "GraphQLEndpoint",
    "check_content_type",
    "method_not_allowed",
    "status_of",
]

OFFERED = (JSON, RESPONSE, EVENTS)
CLIENT_CLOSED = 499
VARY = ((b"vary", b"accept"),)


def method_not_allowed(allow: str, message: str) -> Fault:
    return Fault(405, "METHOD_NOT_ALLOWED", message, headers=((b"allow", allow.encode()),))


def check_content_type(headers: Headers) -> None:
    """Raise Fault (415) unless the body is JSON in UTF-8, as it is: what unpacks to a thousand times its size is not read."""
    if headers.get(b"content-encoding", b"identity").strip().lower() not in (b"identity", b""):
        raise Fault(
            415,
            "UNSUPPORTED_CONTENT_ENCODING",
            "Send the request uncompressed, without the header 'Content-Encoding'.",
            headers=((b"accept-encoding", b"identity"),),
        )
    name, charset = content_type(text(headers, b"content-type"))
    if name != JSON:
        raise Fault(
            415, "UNSUPPORTED_MEDIA_TYPE", "Send the request as JSON, with the header 'Content-Type: application/json'."
        )
    if charset not in ("utf-8", "utf8"):
        raise Fault(415, "UNSUPPORTED_MEDIA_TYPE", "Send the request in UTF-8.")


def status_of(answer: Answer, media: str) -> int:
    """The status under which an answer is sent."""
    return 200 if answer.well_formed or media == JSON else 400


class GraphQLEndpoint:
    """The ASGI application behind /graphql."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        services: Services = scope["app"].state.services
        exchange: Exchange = scope["exchange"]
        headers = headers_of(scope["headers"])
        accept = text(headers, b"accept")
        media = JSON
        try:
            if scope["method"] in ("GET", "HEAD") and services.settings.graphiql and wants_page(scope, accept):
                sign_in, provider = SignIn.of(services.settings), services.access.provider
                origins = await provider.origins() if sign_in and provider else ()
                await index_response(Request(scope), sign_in, origins)(scope, receive, send)
                return
            check_origin(headers, services.settings.allowed_origins)
            if scope["method"] not in ("GET", "POST"):
                raise method_not_allowed("GET, POST", "Use POST, or GET for queries.")
            chosen = choose(accept, OFFERED)
            if chosen is None:
                raise Fault(
                    406, "NOT_ACCEPTABLE", f"Answers come as {JSON}, {RESPONSE} or {EVENTS}: accept one of them."
                )
            if chosen != EVENTS:
                media = chosen
            await self._answer(services, exchange, scope, headers, chosen, receive, send)
        except Fault as fault:
            fault.headers += VARY
            await send_fault(send, fault, media)
        except ClientGone:
            exchange.status = CLIENT_CLOSED

    async def _answer(
        self,
        services: Services,
        exchange: Exchange,
        scope: Scope,
        headers: Headers,
        media: str,
        receive: Receive,
        send: Send,
    ) -> None:
        if scope["method"] == "POST":
            check_content_type(headers)
            caller = await operation.authenticate(services, headers)
            body = await read_body(receive, headers.get(b"content-length"), services.settings.body_limit_bytes)
            parameters = from_body(body)
        else:
            caller = await operation.authenticate(services, headers)
            parameters = from_query_string(scope["query_string"])
        kind = operation.identify(services, parameters, exchange)
        if kind == "mutation" and scope["method"] == "GET":
            raise method_not_allowed("POST", "Mutations are taken by POST alone.")
        if kind == "subscription" and media != EVENTS:
            if not accepts(text(headers, b"accept"), EVENTS):
                raise Fault(
                    400,
                    "SUBSCRIPTION_UNSUPPORTED",
                    f"Subscriptions are streams: accept {EVENTS}, or open a WebSocket with graphql-transport-ws.",
                )
            media = EVENTS
        if media == EVENTS:
            await stream_operation(services, exchange, parameters, kind, caller, receive, send)
            return
        allow = ("query", "mutation") if scope["method"] == "POST" else ("query",)
        answer = await operation.execute(
            services, parameters, caller.actor, exchange, kind, allow=allow, receive=receive
        )
        await send_reply(send, status_of(answer, media), answer.body, media, VARY)


async def stream_operation(
    services: Services,
    exchange: Exchange,
    parameters: Parameters,
    kind: Kind | None,
    caller: Caller,
    receive: Receive,
    send: Send,
) -> None:
    """Answer one operation of any kind as an event stream of its own.

    What is wrong with the document is told by a `next` event, since a browser's EventSource shows the body of no other
    status than 200.
    """
    if kind == "subscription":
        async with Bounded(receive):
            result = await operation.subscribe(services, parameters, caller, exchange)
    else:
        result = await operation.execute(services, parameters, caller.actor, exchange, kind, receive=receive)
    frames = result_events(result) if isinstance(result, AsyncIterator) else answer_events(result.body)
    await send_events(receive, send, frames, services.drain)


def wants_page(scope: Scope, accept: str | None) -> bool:
    """Whether a browser asks for the page: it names text/html, and asks no query."""
    return accepts(accept, HTML) and not any(
        pair.startswith(b"query=") or pair == b"query" for pair in scope["query_string"].split(b"&")
    )
