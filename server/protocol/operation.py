"""One operation from parameters to answer, the same on every transport."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Collection, Coroutine
from dataclasses import dataclass, field
from types import CoroutineType
from typing import TYPE_CHECKING, Any, Literal

import orjson
from starlette.types import Receive

from ...graphql.guard.gate import Overloaded
from ...graphql.guard.points import Throttled
from ...graphql.guard.trusted import Unknown, Untrusted
from ...models.errors import Busy, Refusal
from ...models.timing import watch
from ..logs import Exchange
from ..metrics import METRICS
from .body import ClientGone
from .edge import internal, overloaded, too_soon
from .fault import Fault
from .hangup import Bounded
from .parameters import Parameters
from .reply import Headers, text

if TYPE_CHECKING:
    from ...graphql.engine import Answer
    from ...models.actor import Actor
    from ..services import Services

__all__ = ["Caller", "Kind", "authenticate", "authenticate_as", "begin", "execute", "identify", "subscribe"]

Kind = Literal["query", "mutation", "subscription"]


@dataclass(slots=True, frozen=True)
class Caller:
    """Who asks, and the Authorization header that says so: a subscription asks again whether it still holds."""

    actor: Actor
    authorization: str | None = field(repr=False)


async def authenticate(services: Services, headers: Headers) -> Caller:
    """The caller behind a request's headers. Raises Fault: 401, or 503 where the database cannot be asked."""
    return await authenticate_as(services, text(headers, b"authorization"))


async def authenticate_as(services: Services, authorization: str | None) -> Caller:
    """The caller behind an Authorization header. Raises Fault as `authenticate`."""
    try:
        return Caller(await services.access.actor(authorization), authorization)
    except Busy as error:
        raise _busy(error) from error


def _busy(error: Busy) -> Fault:
    return Fault(503, error.code, error.message, headers=((b"retry-after", b"1"),), retryAfter=1)


def _there(answer: Answer) -> Answer:
    """The answer. Raises Fault (503) where it holds nothing for want of the database."""
    if not answer.busy:
        return answer
    error = orjson.loads(answer.body)["errors"][0]
    raise Fault(503, error["extensions"]["code"], error["message"], headers=((b"retry-after", b"1"),), retryAfter=1)


def refused(error: Refusal) -> Fault:
    """What the engine refuses to begin, or cannot: for want of points (429), of time or of a database that answers (503)."""
    if isinstance(error, Busy):
        return _busy(error)
    if isinstance(error, Throttled):
        return too_soon(error.message, error.seconds, error.code)
    if isinstance(error, Overloaded):
        return overloaded(error)
    return Fault(400, error.code, error.message)


def identify(services: Services, parameters: Parameters, exchange: Exchange) -> Kind | None:
    """Kind of the operation, also noted for the log; None where the document does not tell.

    Puts the text of a document that came by its id into the parameters. Raises Fault where there is none.
    """
    stored = services.stored
    if parameters.document_id is not None or stored.trusted is not None:
        try:
            parameters.query = stored.text(parameters.query, parameters.document_id)
        except Unknown as error:
            # the status that Apollo's clients expect before they send the text as well
            raise Fault(200, error.code, error.message) from None
        except Untrusted as error:
            raise Fault(403, error.code, error.message) from None
        except Refusal as error:
            raise Fault(400, error.code, error.message) from None
    exchange.document = parameters.query
    began = 0.0
    if METRICS.observers:
        exchange.parts, began = watch(), time.perf_counter()
    kind, name = services.engine.identify(parameters.query, parameters.operation_name, services.limits)
    if exchange.parts is not None:
        exchange.parts.add("parse", began)
    exchange.name_operation(parameters.operation_name or name, kind)
    return kind


def begin(
    services: Services,
    parameters: Parameters,
    actor: Actor,
    exchange: Exchange,
    kind: Kind | None,
    *,
    allow: Collection[Kind] = ("query", "mutation"),
    receive: Receive | None = None,
) -> Answer | CoroutineType[Any, Any, Answer]:
    """Answer a query or mutation: at once, where nothing has to be waited for, or with what gives the answer.

    Either raises Fault where the engine itself fails or a query takes too long, and ClientGone. A query ends when its
    caller is cancelled, and when its client hangs up, where `receive` lets that be watched. A mutation that has begun is
    carried through: its caller may have gone between the commit and what must follow it.
    """
    context = exchange.context = services.context(actor, exchange.request_id, exchange.address)
    try:
        begun = services.engine.begin(
            parameters.query, parameters.variables, parameters.operation_name, context, allow=allow
        )
    except Refusal as error:
        raise refused(error) from None
    except Exception as error:
        raise internal(error, exchange.request_id) from error
    return _finish(services, begun, exchange, kind, receive) if isinstance(begun, CoroutineType) else begun


async def execute(
    services: Services,
    parameters: Parameters,
    actor: Actor,
    exchange: Exchange,
    kind: Kind | None,
    *,
    allow: Collection[Kind] = ("query", "mutation"),
    receive: Receive | None = None,
) -> Answer:
    """The answer to a query or mutation; otherwise like `begin`."""
    begun = begin(services, parameters, actor, exchange, kind, allow=allow, receive=receive)
    return await begun if isinstance(begun, CoroutineType) else begun


async def _finish(
    services: Services,
    work: Coroutine[Any, Any, Answer],
    exchange: Exchange,
    kind: Kind | None,
    receive: Receive | None,
) -> Answer:
    seconds = services.settings.request_timeout_seconds
    try:
        if kind == "mutation":
            carried = services.drain.start(work)
            async with Bounded(receive):
                return _there(await asyncio.shield(carried))
        async with Bounded(receive, seconds):
            return _there(await work)
    except TimeoutError:
        raise Fault(
            503, "TIMEOUT", f"The query took longer than {seconds:g} seconds and was stopped: ask for less at a time."
        ) from None
    except (ClientGone, Fault):
        raise
    except Refusal as error:
        raise refused(error) from None
    except Exception as error:
        raise internal(error, exchange.request_id) from error


async def subscribe(
    services: Services, parameters: Parameters, caller: Caller, exchange: Exchange
) -> AsyncIterator[bytes] | Answer:
    """Begin a subscription: an iterator of whole results, or the answer that refuses it. Raises Fault."""
    context = exchange.context = services.context(caller.actor, exchange.request_id, exchange.address)
    try:
        source = await services.engine.subscribe(
            parameters.query, parameters.variables, parameters.operation_name, context
        )
    except Refusal as error:
        raise refused(error) from None
    except Exception as error:
        raise internal(error, exchange.request_id) from error
    if isinstance(source, AsyncIterator):
        return _guarded(services, source, caller, exchange)
    return source


async def _guarded(
    services: Services, source: AsyncIterator[bytes], caller: Caller, exchange: Exchange
) -> AsyncIterator[bytes]:
    """Results as long as the caller's token stands; an error nobody foresaw ends them with an error as the last one."""
    try:
        async for item in source:
            if not await services.access.unchanged(caller.authorization, caller.actor):
                yield Fault(401, "UNAUTHENTICATED", "The token was revoked, has expired or has another role now.").body
                return
            yield item
    except Busy as error:
        yield _busy(error).body
    except Exception as error:
        yield internal(error, exchange.request_id).body
    finally:
        close = getattr(source, "aclose", None)
        if close is not None:
            await close()
