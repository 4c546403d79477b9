"""Runs operations: parse, check, plan or walk, answer in JSON.

A query whose root fields are all planned is answered by the database's own JSON; everything else is walked by
graphql-core over the same plans.
"""

from __future__ import annotations

import contextlib
import inspect
import logging
import secrets
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Collection, Coroutine, Mapping, Sequence
from types import CoroutineType
from typing import Any, NamedTuple, cast
from weakref import finalize

import orjson
from graphql import DocumentNode, ExecutionResult, GraphQLError, Undefined, execute
from graphql.execution import Executor, create_source_event_stream
from graphql.execution.values import VariableValues

from ..models.database import ValueAtOnce
from ..models.errors import Busy, Forbidden, Refusal, Unsure
from ..models.timing import during
from ..models.versions import Stamp
from .cache import Kept, Key, ResponseCache, key_of, lasting
from .completion import completion_of
from .context import Context
from .guard.gate import Gate, Overloaded
from .guard.limits import Limits
from .guard.measure import Measure, beyond, check, cost_of
from .guard.points import Account, TooDear, cost_body
from .operation import Documents, Operation, OperationKind, coded, error
from .payload import BUILDER
from .plan.planner import Plans, Refused, Request, Whole, at
from .scalars import renewed
from .schema import core_schema
from .sharing import Shared
from .subscriptions import Told
from .walk import Walk, complete

log = logging.getLogger("nobodyasked.graphql")

_QUERY = '"Query"'
"""What `__typename` says at the root."""


class Answer(NamedTuple):
    """One response: JSON bytes, and whether execution began (`well_formed`) or the request itself was refused.

    `busy` says that nothing was read and nothing changed, since the database was away: the same may succeed later.
    """

    body: bytes
    well_formed: bool
    busy: bool = False


class Listening(AsyncIterator[bytes]):
    """The results of one subscription. Its place is given back once: when it ends, is closed, or is forgotten unheard."""

    def __init__(self, results: AsyncGenerator[bytes, None], gate: Gate) -> None:
        self._results = results
        self._leave = finalize(self, gate.unsubscribe)
        self._leave.atexit = False

    async def __anext__(self) -> bytes:
        try:
            return await anext(self._results)
        except BaseException:
            self._leave()
            raise

    async def aclose(self) -> None:
        try:
            await self._results.aclose()
        finally:
            self._leave()


class Engine:
    """The graph's one door. Holds what is worth keeping between requests; belongs to one event loop.

    `splice=False` walks every query, and `complete=False` leaves every walk to graphql-core, so that the ways of
    answering can be held against each other. Finished answers are kept in at most `cache_bytes`; 0 keeps none. `gate`
    bounds what is worked on at a time.
    """

    def __init__(
        self,
        *,
        introspection: bool = True,
        documents: int = 1_000,
        splice: bool = True,
        complete: bool = True,
        cache_bytes: int = 0,
        gate: Gate | None = None,
    ) -> None:
        self.schema = core_schema()
        self.gate = gate or Gate()
        self._plans = Plans(BUILDER.planned)
        self._shared = Shared()
        self._documents = Documents(self.schema, introspection=introspection, most=documents)
        self._splice = splice
        self.cache = ResponseCache(cache_bytes) if cache_bytes else None
        self._complete = complete

    def identify(
        self, query: str, operation_name: str | None, limits: Limits
    ) -> tuple[OperationKind, str | None] | tuple[None, None]:
        """Kind and name of the named (or only) operation; None where the document or the name is at fault."""
        operation = self._documents.operation(query, operation_name, limits)
        return (operation.kind, operation.name or None) if isinstance(operation, Operation) else (None, None)

    async def execute(
        self,
        query: str,
        variables: Mapping[str, Any] | None,
        operation_name: str | None,
        context: Context,
        *,
        allow: Collection[str] = ("query", "mutation"),
    ) -> Answer:
        """Run a query or a mutation. Never raises, but for cancellation and for want of points or of a turn."""
        begun = self.begin(query, variables, operation_name, context, allow=allow)
        return begun if isinstance(begun, Answer) else await begun

    def begin(
        self,
        query: str,
        variables: Mapping[str, Any] | None,
        operation_name: str | None,
        context: Context,
        *,
        allow: Collection[str] = ("query", "mutation"),
    ) -> Answer | CoroutineType[Any, Any, Answer]:
        """Like `execute`: the answer itself where nothing has to be waited for, else what gives it.

        On SQLite a kept answer that is still true comes at once, and is the same object each time. Where points are counted,
        this or awaiting it raises Throttled, and Busy where they are counted in the database. Awaiting it raises
        Overloaded where there is too much to do.
        """
        operation = self._documents.operation(query, operation_name, context.limits)
        if not isinstance(operation, Operation):
            return _refused(operation)
        if operation.kind not in allow:
            return _refused([error(f"A {operation.kind} cannot be run this way.", "OPERATION_NOT_ALLOWED")])
        if context.account is None:
            return self._run(operation, variables, context)
        cost = self._cost(operation, variables, context)
        try:
            waiting = context.account.charge(cost)
        except TooDear as refusal:
            return _too_dear(refusal)
        if waiting is not None:
            return self._charged(waiting, operation, variables, context)
        try:
            begun = self._run(operation, variables, context)
        except BaseException as fault:
            context.account.settle(_used(fault, context))
            raise
        return _settled(begun, context.account) if isinstance(begun, Answer) else self._paid(begun, context)

    def _cost(self, operation: Operation, variables: Mapping[str, Any] | None, context: Context) -> int:
        """What an operation may cost, in points."""
        if operation.settled:
            return operation.cost
        values = operation.values(self.schema, variables or {})
        given = values.coerced if isinstance(values, VariableValues) else {}
        size = Measure(operation.document.fragments, given, context.limits).operation(operation.node)
        # beyond the limit it is refused unrun
        return cost_of(size, operation.kind) if size.nodes <= context.limits.nodes else 1

    async def _charged(
        self, waiting: Awaitable[None], operation: Operation, variables: Mapping[str, Any] | None, context: Context
    ) -> Answer:
        """The answer, once it is paid for elsewhere."""
        await waiting
        return await self._paid(self._ran(operation, variables, context), context)

    async def _ran(self, operation: Operation, variables: Mapping[str, Any] | None, context: Context) -> Answer:
        begun = self._run(operation, variables, context)
        return begun if isinstance(begun, Answer) else await begun

    async def _paid(self, begun: Coroutine[Any, Any, Answer], context: Context) -> Answer:
        """The answer with what it cost; where none comes of it, what was not used is given back as well."""
        assert context.account is not None
        try:
            answer = await begun
        except BaseException as fault:
            context.account.settle(_used(fault, context))
            raise
        return _settled(answer, context.account)

    def _run(
        self, operation: Operation, variables: Mapping[str, Any] | None, context: Context
    ) -> Answer | CoroutineType[Any, Any, Answer]:
        """The answer to an operation that may be run."""
        key = None
        if self.cache is not None and operation.kind == "query" and operation.document.key is not None:
            key = key_of(operation.number, variables, context)
            kept = self.cache.find(key) if key is not None and operation.answered else None
            if key is not None and kept is not None:
                if context.database.value_at_once is None:
                    return self._recall(key, kept, operation, variables, context)
                stamp = context.database.glance()
                if stamp is not None and (answer := self.cache.hit(key, kept, stamp)) is not None:
                    context.way = "kept"
                    return answer
        return self._begin(operation, variables, context, key)

    async def _recall(
        self, key: Key, kept: Kept, operation: Operation, variables: Mapping[str, Any] | None, context: Context
    ) -> Answer:
        """The kept answer if it is still true, else another."""
        stamp = await context.database.stamp()
        if self.cache is not None and stamp is not None and (answer := self.cache.hit(key, kept, stamp)) is not None:
            context.way = "kept"
            return answer
        begun = self._begin(operation, variables, context, key, stamp)
        return begun if isinstance(begun, Answer) else await begun

    def _begin(
        self,
        operation: Operation,
        variables: Mapping[str, Any] | None,
        context: Context,
        key: Key | None,
        stamp: Stamp | None = None,
    ) -> Answer | CoroutineType[Any, Any, Answer]:
        request = self._request(operation, variables, context)
        if isinstance(request, Answer):
            return request
        value_at_once = context.database.value_at_once
        if value_at_once is not None and self._splice and operation.kind == "query":
            answer = self._at_once(operation, request, key, value_at_once)
            if answer is not None:
                return answer
        return self._finish(operation, request, key, stamp)

    async def _finish(self, operation: Operation, request: Request, key: Key | None, stamp: Stamp | None) -> Answer:
        await self.gate.enter()
        try:
            return await self._worked(operation, request, key, stamp)
        finally:
            self.gate.leave()

    async def _worked(self, operation: Operation, request: Request, key: Key | None, stamp: Stamp | None) -> Answer:
        context = request.context
        try:
            spliced = self._splice and operation.kind == "query"
            whole = self._whole(operation, request) if spliced else None
            if whole is not None:
                return await self._cached(key, operation, whole, request, stamp)
        except Refused as refused:
            answer = _refused([_of_refusal(refused.refusal, path=[refused.key])])
            return answer._replace(busy=isinstance(refused.refusal, Busy))
        except Refusal as refusal:
            return _refused([_of_refusal(refusal)])._replace(busy=isinstance(refusal, Busy))
        except Exception as fault:
            return Answer(orjson.dumps({"data": None, "errors": [_unexpected(fault, context)]}), True)
        with during("walk"):
            return await self._walked(operation, request)

    async def subscribe(
        self, query: str, variables: Mapping[str, Any] | None, operation_name: str | None, context: Context
    ) -> AsyncIterator[bytes] | Answer:
        """Start a subscription: whole responses, one an event; or the one answer that refuses it.

        Raises Overloaded, and what `begin` raises where points are counted.
        """
        operation = self._documents.operation(query, operation_name, context.limits)
        if not isinstance(operation, Operation):
            return _refused(operation)
        if operation.kind != "subscription":
            return _refused([error(f"A {operation.kind} cannot be run this way.", "OPERATION_NOT_ALLOWED")])
        self.gate.subscribe()
        try:
            begun = await self._subscribed(operation, variables, context)
        except BaseException:
            self.gate.unsubscribe()
            raise
        if isinstance(begun, Answer):
            self.gate.unsubscribe()
            return begun
        return Listening(begun, self.gate)

    async def _subscribed(
        self, operation: Operation, variables: Mapping[str, Any] | None, context: Context
    ) -> AsyncGenerator[bytes, None] | Answer:
        """The subscription, once it is paid for."""
        account = context.account
        if account is None:
            return await self._listen(operation, variables, context)
        try:
            waiting = account.charge(self._cost(operation, variables, context))
        except TooDear as refusal:
            return _too_dear(refusal)
        if waiting is not None:
            await waiting
        try:
            begun = await self._listen(operation, variables, context)
        except BaseException as fault:
            account.settle(_used(fault, context))
            raise
        if isinstance(begun, Answer):
            account.settle(1)
        return begun

    async def _listen(
        self, operation: Operation, variables: Mapping[str, Any] | None, context: Context
    ) -> AsyncGenerator[bytes, None] | Answer:
        request = self._request(operation, variables, context)
        if isinstance(request, Answer):
            return request
        # what its events may not show is refused before the first one; whatever else is wrong each of them tells
        with contextlib.suppress(Exception):
            try:
                completion_of(self._plans, operation.document.key, operation.node, request, splice=self._splice)
            except Forbidden as refusal:
                return _refused([_of_refusal(refusal)])
        walk = Walk(context, operation.document.key, self._plans)
        executor = Executor.build(
            self.schema,
            cast(DocumentNode, operation.document.node),
            context_value=walk,
            raw_variable_values=dict(variables or {}),
            operation_name=operation.name or None,
        )
        assert isinstance(executor, Executor)  # the operation and its variables were checked above
        stream = create_source_event_stream(executor)
        if inspect.isawaitable(stream):
            stream = await stream
        if isinstance(stream, ExecutionResult):
            return Answer(_body(stream, request.context), stream.data is not None)
        # of an event everybody with one role is shown the same: whoever asks the same shares it
        key = key_of(operation.number, variables, context) if operation.document.key is not None else None
        return self._events(cast(AsyncIterator[Told], stream), executor, operation, request, walk, key)

    async def _events(
        self,
        stream: AsyncIterator[Told],
        executor: Executor,
        operation: Operation,
        request: Request,
        walk: Walk,
        key: Key | None,
    ) -> AsyncGenerator[bytes, None]:
        context, given = request.context, request.variables

        async def shown(subject: int) -> bytes:
            # a subscription may last for days
            now = VariableValues(given.sources, renewed(given.coerced))
            body = await self._completed(
                operation, Request(request.schema, request.fragments, now, context), walk, subject
            )
            if body is not None:
                return body
            result = executor.build_per_event_executor(subject).execute_operation()
            return _body(await result if inspect.isawaitable(result) else result, context)  # type: ignore[arg-type]

        try:
            async for told in stream:
                work = shown(told.subject)
                yield await (work if key is None else self._shared.result(key, told.event, told.subject, work))
        except Refusal as refusal:
            yield orjson.dumps({"data": None, "errors": [_of_refusal(refusal).formatted]})
        except Exception as fault:
            yield orjson.dumps({"data": None, "errors": [_unexpected(fault, context)]})
        finally:
            await stream.aclose()  # type: ignore[attr-defined]

    def _request(self, operation: Operation, variables: Mapping[str, Any] | None, context: Context) -> Request | Answer:
        """The operation with its variables; or the answer that refuses them."""
        values = operation.values(self.schema, variables or {})
        if not isinstance(values, VariableValues):
            return _refused([coded(fault, "BAD_USER_INPUT") for fault in values])
        fragments = operation.document.fragments
        if not operation.settled:
            measure = Measure(fragments, values.coerced, context.limits)
            too_much = check(measure.operation(operation.node), context.limits)
            if too_much:
                return _refused(too_much)
        return Request(self.schema, fragments, values, context)

    def _at_once(
        self, operation: Operation, request: Request, key: Key | None, value_at_once: ValueAtOnce
    ) -> Answer | None:
        """Answer a query whose statements only look rows up by their keys, without a task.

        None where something has to be waited for, or goes wrong: `_finish` meets it again and tells it.
        """
        variables, database = request.variables.coerced, request.context.database
        try:
            whole = self._whole(operation, request)
            if whole is None or not whole.immediate:
                return None
            stamp = database.glance() if self._may_be_kept(key, whole, request) else None
            with during("sql"):
                texts = [
                    value_at_once(plan.sql, plan.binder.fill(variables, ())) if plan else _QUERY for plan in whole.plans
                ]
        except Exception:
            return None
        answer = Answer(whole.spliced(texts), True)
        request.context.way, request.context.statements = "plan", len(texts)
        if self.cache is not None:
            self.cache.missed()
            if key is not None and stamp is not None:
                operation.answered = True
                self.cache.keep(key, answer, whole.tables, stamp)
        return answer

    def _whole(self, operation: Operation, request: Request) -> Whole | None:
        """The plan of a query as a whole, made or kept; None where it has none."""
        with during("plan"):
            return self._plans.whole(operation.document.key, operation.node, request)

    def _may_be_kept(self, key: Key | None, whole: Whole, request: Request) -> bool:
        """Whether an answer is to be kept. An asking that is the first of its kind is noted."""
        return (
            self.cache is not None
            and key is not None
            and lasting(whole, request.variables.coerced)
            and self.cache.wanted(key)
        )

    async def _cached(
        self, key: Key | None, operation: Operation, whole: Whole, request: Request, stamp: Stamp | None
    ) -> Answer:
        """A planned answer, kept where it may be. `stamp` is a stamp of this request, if one was taken."""
        if self.cache is None:
            return await self._planned(whole, request)
        if key is not None and self._may_be_kept(key, whole, request):
            stamp = stamp or await request.context.database.stamp()
            if stamp is not None:
                operation.answered = True
                request.context.way = "kept"  # unless it has to be computed
                return await self.cache.answer(key, whole.tables, stamp, lambda: self._planned(whole, request))
        self.cache.missed()
        return await self._planned(whole, request)

    async def _planned(self, whole: Whole, request: Request) -> Answer:
        """Splice the databases' JSON together; no value is read or built in Python."""
        context, variables = request.context, request.variables.coerced
        context.way = "plan"
        # every value is checked before the first statement runs
        filled: list[Sequence[Any]] = []
        for key, plan in zip(whole.keys, whole.plans, strict=True):
            with at(key):
                filled.append(await plan.parameters(variables, context) if plan else ())
        texts: list[str] = []
        for plan, values in zip(whole.plans, filled, strict=True):
            context.statements += 1
            texts.append(await context.database.value(plan.sql, values, quick=plan.quick) if plan else _QUERY)
        with during("complete"):
            return Answer(whole.spliced(texts), True)

    async def _walked(self, operation: Operation, request: Request) -> Answer:
        request.context.way = "walk"
        walk = Walk(request.context, operation.document.key, self._plans)
        body = await self._completed(operation, request, walk)
        if body is not None:
            return Answer(body, True)
        result = execute(
            self.schema,
            cast(DocumentNode, operation.document.node),
            context_value=walk,
            variable_values={
                name: source.value
                for name, source in request.variables.sources.items()
                if source.value is not Undefined
            },
            operation_name=operation.name or None,
        )
        if not isinstance(result, ExecutionResult):
            result = await result
        # of several changes some may have been made
        alone = operation.kind == "query" or len(operation.node.selection_set.selections) == 1
        return Answer(_body(result, request.context), True, alone and _away(result))

    async def _completed(self, operation: Operation, request: Request, walk: Walk, event: Any = None) -> bytes | None:
        """The answer by generated code; None where graphql-core has to go on, from what `walk` holds as settled."""
        if not self._complete:
            return None
        try:
            roots = completion_of(
                self._plans,
                operation.document.key,
                operation.node,
                self._showing(operation, request),
                splice=self._splice,
            )
            if roots is None:
                return None
            return orjson.dumps({"data": await complete(roots, walk, operation.node, request, event)})
        except Exception:
            # whatever it was, graphql-core meets it again and says where
            return None

    @staticmethod
    def _showing(operation: Operation, request: Request) -> Request:
        """The request without what a mutation only takes in, be it a thousand rows: completions are not kept by that."""
        if operation.kind != "mutation":
            return request
        inner, given = operation.shown(), request.variables
        few = VariableValues(given.sources, {key: value for key, value in given.coerced.items() if key in inner})
        return Request(request.schema, request.fragments, few, request.context)


def _settled(answer: Answer, account: Account) -> Answer:
    """The answer with what it cost. Each thing that it holds has a brace, and so have `data` and the whole."""
    used = max(answer.body.count(b"{") - 2, 1) if answer.well_formed else 1
    account.settle(0 if answer.busy else used)
    return answer._replace(body=answer.body[:-1] + b"," + cost_body(account) + b"}")


def _used(fault: BaseException, context: Context) -> int:
    """Points of an operation that is not answered: none where nothing was begun, else one a statement, as if each had found one thing."""
    idle = isinstance(fault, Busy | Overloaded) and not isinstance(fault, Unsure)
    return 0 if idle else context.statements


def _refused(errors: Sequence[GraphQLError]) -> Answer:
    return Answer(orjson.dumps({"errors": [error.formatted for error in errors]}), False)


def _too_dear(refusal: TooDear) -> Answer:
    return _refused([beyond(refusal.message, "points", refusal.cost, refusal.limit)])


def _of_refusal(
    refusal: Refusal, at: GraphQLError | None = None, *, path: list[str | int] | None = None
) -> GraphQLError:
    extensions: dict[str, Any] = {"code": refusal.code}
    if refusal.path:
        extensions["argument"] = list(refusal.path)
    return GraphQLError(refusal.message, at.nodes if at else None, path=at.path if at else path, extensions=extensions)


def _unexpected(error: BaseException, context: Context, at: GraphQLError | None = None) -> Any:
    """A fault of ours: the log gets the trace, the client an id to ask about it."""
    error_id = secrets.token_hex(8)
    log.error("an operation failed", exc_info=error, extra={"error_id": error_id, "request_id": context.request_id})
    return GraphQLError(
        f"Something went wrong on our side. Tell us the id {error_id}.",
        at.nodes if at else None,
        path=at.path if at else None,
        extensions={"code": "INTERNAL", "errorId": error_id},
    ).formatted


def _away(result: ExecutionResult) -> bool:
    """Whether nothing came of it, for want of the database alone."""
    causes = [error.original_error for error in result.errors or ()]
    return (
        result.data is None
        and bool(causes)
        and all(isinstance(cause, Busy) and not isinstance(cause, Unsure) for cause in causes)
    )


def _body(result: ExecutionResult, context: Context) -> bytes:
    body: dict[str, Any] = {"data": result.data}
    if result.errors:
        body["errors"] = [_shown(error, context) for error in result.errors]
    return orjson.dumps(body)


def _shown(error: GraphQLError, context: Context) -> Any:
    cause = error.original_error
    if isinstance(cause, Refusal):
        return _of_refusal(cause, error).formatted
    if cause is not None and not isinstance(cause, GraphQLError):
        return _unexpected(cause, context, error)
    return error.formatted if error.extensions else coded(error, "BAD_USER_INPUT").formatted
