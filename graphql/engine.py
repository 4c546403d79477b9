"""Runs operations: parse, check, plan or walk, answer in JSON.

A query whose root fields are all planned is answered by the database's own JSON; everything else is walked by
graphql-core over the same plans.
"""

from __future__ import annotations

import inspect
import itertools
import logging
import secrets
from collections import OrderedDict
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from types import CoroutineType
from typing import Any, Literal, cast

import orjson
from graphql import (
    DocumentNode,
    ExecutionResult,
    FragmentDefinitionNode,
    GraphQLError,
    GraphQLSyntaxError,
    NoSchemaIntrospectionCustomRule,
    OperationDefinitionNode,
    OperationType,
    Undefined,
    execute,
    parse,
    specified_rules,
    validate,
)
from graphql.execution import Executor, create_source_event_stream
from graphql.execution.values import VariableValues, get_variable_values

from ..models.database import ValueAtOnce
from ..models.errors import Refusal
from ..models.versions import Stamp
from .cache import Kept, Key, ResponseCache, key_of, lasting
from .coercion import Coercion
from .completion import completion_of, inner_variables
from .context import Context
from .guard.limits import Limits
from .guard.measure import Measure, check
from .payload import BUILDER
from .plan.planner import Plans, Refused, Request, Whole, at
from .scalars import renewed
from .schema import core_schema
from .walk import Walk, complete

log = logging.getLogger("nobodyasked.graphql")

Asked = tuple[str, Mapping[str, Any] | None, str | None, Context, Collection[str]]
"""Query, variables, operation name, context, kinds of operation that are allowed."""
OperationKind = Literal["query", "mutation", "subscription"]
KINDS: dict[OperationType, OperationKind] = {
    OperationType.QUERY: "query",
    OperationType.MUTATION: "mutation",
    OperationType.SUBSCRIPTION: "subscription",
}
MOST_ERRORS = 20
_QUERY = '"Query"'
MOST_KEPT_LETTERS = 16_384
"""Length up to which a document is kept for the next request: a thousand of them are 16 MB of text at most."""


@dataclass(frozen=True, slots=True)
class Answer:
    """One response: JSON bytes, and whether execution began (`well_formed`) or the request itself was refused."""

    body: bytes
    well_formed: bool


_NUMBERS = itertools.count(1)


@dataclass(eq=False, slots=True)
class Document:
    """A query text, read once. Either `errors`, or its operations and fragments."""

    node: DocumentNode | None = None
    errors: Sequence[GraphQLError] = ()
    operations: dict[str, OperationDefinitionNode] = field(default_factory=dict)
    fragments: dict[str, FragmentDefinitionNode] = field(default_factory=dict)
    key: Document | None = None
    """Itself where it is kept, under which its plans are kept as well."""
    coercions: dict[str, Coercion] = field(default_factory=dict)
    """By the name of an operation."""
    inner: dict[str, frozenset[str]] = field(default_factory=dict)
    """Names of the variables that what a mutation shows depends on, by the name of the operation."""
    settled: set[str] = field(default_factory=set)
    """Names of the operations that are within the limits whatever the variables."""
    number: int = field(default_factory=lambda: next(_NUMBERS))
    """Stands for this document in the keys of kept answers, which must not keep the document itself."""
    answered: bool = False
    """Whether an answer of one of its operations was ever kept."""


class Engine:
    """The graph's one door. Holds what is worth keeping between requests; belongs to one event loop.

    `splice=False` walks every query, and `complete=False` leaves every walk to graphql-core, so that the ways of
    answering can be held against each other. Finished answers are kept in at most `cache_bytes`; 0 keeps none.
    """

    def __init__(
        self,
        *,
        introspection: bool = True,
        documents: int = 1_000,
        splice: bool = True,
        complete: bool = True,
        cache_bytes: int = 0,
    ) -> None:
        self.schema = core_schema()
        self._plans = Plans(BUILDER.planned)
        self._rules = list(specified_rules) + ([] if introspection else [NoSchemaIntrospectionCustomRule])
        self._documents: OrderedDict[tuple[str, Limits], Document] = OrderedDict()
        self._most_documents = documents
        self._latest: tuple[tuple[str, Limits], Document] = (("", Limits()), Document())
        self._splice = splice
        self.cache = ResponseCache(cache_bytes) if cache_bytes else None
        self._complete = complete

    def identify(
        self, query: str, operation_name: str | None, limits: Limits
    ) -> tuple[OperationKind, str | None] | tuple[None, None]:
        """Kind and name of the named (or only) operation; None where the document or the name is at fault."""
        operation = self._operation(self._read(query, limits), operation_name)
        if not isinstance(operation, OperationDefinitionNode):
            return None, None
        return KINDS[operation.operation], _name(operation) or None

    def _key(
        self, query: str, variables: Mapping[str, Any] | None, operation_name: str | None, context: Context
    ) -> Key | None:
        """Key of the kept answer; None where there can be none."""
        document = self._read(query, context.limits)
        if not document.answered:
            return None
        return key_of(document.number, operation_name, variables, context)

    async def execute(
        self,
        query: str,
        variables: Mapping[str, Any] | None,
        operation_name: str | None,
        context: Context,
        *,
        allow: Collection[str] = ("query", "mutation"),
    ) -> Answer:
        """Run a query or a mutation. Never raises, but for cancellation."""
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

        On SQLite a kept answer that is still true comes at once, and is the same object each time.
        """
        asked = query, variables, operation_name, context, allow
        if self.cache is not None and "query" in allow:
            key = self._key(query, variables, operation_name, context)
            kept = self.cache.find(key) if key is not None else None
            if key is not None and kept is not None:
                if context.database.value_at_once is None:
                    return self._recall(key, kept, asked)
                stamp = context.database.glance()
                if stamp is not None and (answer := self.cache.hit(key, kept, stamp)) is not None:
                    return answer
        return self._begin(*asked)

    async def _recall(self, key: Key, kept: Kept, asked: Asked) -> Answer:
        """The kept answer if it is still true, else another."""
        stamp = await asked[3].database.stamp()
        if self.cache is not None and stamp is not None and (answer := self.cache.hit(key, kept, stamp)) is not None:
            return answer
        begun = self._begin(*asked, stamp)
        return begun if isinstance(begun, Answer) else await begun

    def _begin(
        self,
        query: str,
        variables: Mapping[str, Any] | None,
        operation_name: str | None,
        context: Context,
        allow: Collection[str],
        stamp: Stamp | None = None,
    ) -> Answer | CoroutineType[Any, Any, Answer]:
        prepared = self._prepare(query, variables, operation_name, context, allow)
        if isinstance(prepared, Answer):
            return prepared
        document, operation, request = prepared
        key = None
        if self._splice and operation.operation is OperationType.QUERY:
            if self.cache is not None and document.key is not None:
                key = key_of(document.number, operation_name, variables, context)
            value_at_once = context.database.value_at_once
            if value_at_once is not None:
                answer = self._at_once(document, operation, request, key, value_at_once)
                if answer is not None:
                    return answer
        return self._finish(document, operation, request, operation_name, key, stamp)

    async def _finish(
        self,
        document: Document,
        operation: OperationDefinitionNode,
        request: Request,
        operation_name: str | None,
        key: Key | None,
        stamp: Stamp | None,
    ) -> Answer:
        context = request.context
        try:
            spliced = self._splice and operation.operation.value == "query"
            whole = self._plans.whole(document.key, operation, request) if spliced else None
            if whole is not None:
                return await self._cached(key, document, whole, request, stamp)
        except Refused as refused:
            return _refused([_of_refusal(refused.refusal, path=[refused.key])])
        except Refusal as refusal:
            return _refused([_of_refusal(refusal)])
        except Exception as error:
            return Answer(orjson.dumps({"data": None, "errors": [_unexpected(error, context)]}), True)
        return await self._walked(document, operation, request, operation_name)

    async def subscribe(
        self, query: str, variables: Mapping[str, Any] | None, operation_name: str | None, context: Context
    ) -> AsyncIterator[bytes] | Answer:
        """Start a subscription: whole responses, one an event; or the one answer that refuses it."""
        prepared = self._prepare(query, variables, operation_name, context, ("subscription",))
        if isinstance(prepared, Answer):
            return prepared
        document, operation, request = prepared
        walk = Walk(context, document.key, self._plans)
        executor = Executor.build(
            self.schema,
            cast(DocumentNode, document.node),
            context_value=walk,
            raw_variable_values=dict(variables or {}),
            operation_name=operation_name or None,
        )
        assert isinstance(executor, Executor)  # the operation and its variables were checked above
        stream = create_source_event_stream(executor)
        if inspect.isawaitable(stream):
            stream = await stream
        if isinstance(stream, ExecutionResult):
            return Answer(_body(stream, request.context), stream.data is not None)
        return self._events(cast(AsyncIterator[Any], stream), executor, document, operation, request, walk)

    async def _events(
        self,
        stream: AsyncIterator[Any],
        executor: Executor,
        document: Document,
        operation: OperationDefinitionNode,
        request: Request,
        walk: Walk,
    ) -> AsyncIterator[bytes]:
        context, given = request.context, request.variables
        try:
            async for event in stream:
                # a subscription may last for days
                now = VariableValues(given.sources, renewed(given.coerced))
                request = Request(request.schema, request.fragments, now, context)
                body = await self._completed(document, operation, request, walk, event)
                if body is None:
                    result = executor.build_per_event_executor(event).execute_operation()
                    body = _body(await result if inspect.isawaitable(result) else result, context)  # type: ignore[arg-type]
                yield body
        except Refusal as refusal:
            yield orjson.dumps({"data": None, "errors": [_of_refusal(refusal).formatted]})
        except Exception as error:
            yield orjson.dumps({"data": None, "errors": [_unexpected(error, context)]})
        finally:
            await stream.aclose()  # type: ignore[attr-defined]

    # --- before execution -----------------------------------------------------------------------------------------

    def _prepare(
        self,
        query: str,
        variables: Mapping[str, Any] | None,
        operation_name: str | None,
        context: Context,
        allow: Collection[str],
    ) -> Answer | tuple[Document, OperationDefinitionNode, Request]:
        document = self._read(query, context.limits)
        operation = self._operation(document, operation_name)
        if not isinstance(operation, OperationDefinitionNode):
            return _refused(operation)
        kind = KINDS[operation.operation]
        if kind not in allow:
            return _refused([_error(f"A {kind} cannot be run this way.", "OPERATION_NOT_ALLOWED")])
        values = self._variable_values(document, operation, variables or {})
        if not isinstance(values, VariableValues):
            return _refused([_coded(error, "BAD_USER_INPUT") for error in values])
        if _name(operation) not in document.settled:
            measure = Measure(document.fragments, values.coerced, context.limits)
            too_much = check(measure.operation(operation), context.limits)
            if too_much:
                return _refused(too_much)
        return document, operation, Request(self.schema, document.fragments, values, context)

    def _variable_values(
        self, document: Document, operation: OperationDefinitionNode, given: Mapping[str, Any]
    ) -> VariableValues | list[GraphQLError]:
        coerce = document.coercions.get(_name(operation))
        if coerce is None:
            coerce = document.coercions[_name(operation)] = Coercion(self.schema, operation)
        return coerce(given) or get_variable_values(
            self.schema, operation.variable_definitions or (), dict(given), MOST_ERRORS
        )

    def _read(self, query: str, limits: Limits) -> Document:
        latest, document = self._latest
        if latest[0] is query and latest[1] is limits:
            # the same request asks again
            return document
        key = (query, limits)
        document = self._documents.get(key)
        if document is None:
            document = self._parse(query, limits)
            if len(query) > MOST_KEPT_LETTERS:
                self._latest = key, document
                return document
            document.key = self._documents[key] = document
            while len(self._documents) > self._most_documents:
                self._documents.popitem(last=False)
        else:
            self._documents.move_to_end(key)
        self._latest = key, document
        return document

    def _parse(self, query: str, limits: Limits) -> Document:
        try:
            node = parse(query, max_tokens=limits.tokens)
        except GraphQLSyntaxError as error:
            return Document(errors=[_coded(error, "GRAPHQL_PARSE_FAILED")])
        except RecursionError:
            return Document(errors=[_error("The document is nested too deeply to be read.", "GRAPHQL_PARSE_FAILED")])
        document = Document(node)
        for definition in node.definitions:
            if isinstance(definition, OperationDefinitionNode):
                document.operations[_name(definition)] = definition
            elif isinstance(definition, FragmentDefinitionNode):
                document.fragments[definition.name.value] = definition
        # before validation, some of whose rules are slower than linear
        for name, operation in document.operations.items():
            measure = Measure(document.fragments, {}, limits)
            errors = check(measure.operation(operation), limits)
            if measure.varies:
                # page sizes that come from variables are measured with each request
                errors = [error for error in errors if (error.extensions or {})["limit"] != "nodes"]
            else:
                document.settled.add(name)
            if errors:
                return Document(errors=errors)
        errors = validate(self.schema, node, self._rules, max_errors=MOST_ERRORS)
        if errors:
            return Document(errors=[_coded(error, "GRAPHQL_VALIDATION_FAILED") for error in errors])
        return document

    @staticmethod
    def _operation(document: Document, name: str | None) -> OperationDefinitionNode | Sequence[GraphQLError]:
        if document.errors:
            return document.errors
        if not document.operations:
            return [_error("The document holds no operation.", "OPERATION_RESOLUTION_FAILED")]
        if name is None or name == "":
            if len(document.operations) > 1:
                return [
                    _error(
                        "The document holds several operations: say which in operationName.",
                        "OPERATION_RESOLUTION_FAILED",
                    )
                ]
            return next(iter(document.operations.values()))
        if name not in document.operations:
            return [_error(f"The document holds no operation named {name[:80]!r}.", "OPERATION_RESOLUTION_FAILED")]
        return document.operations[name]

    # --- execution --------------------------------------------------------------------------------------------------

    def _at_once(
        self,
        document: Document,
        operation: OperationDefinitionNode,
        request: Request,
        key: Key | None,
        value_at_once: ValueAtOnce,
    ) -> Answer | None:
        """Answer a query whose statements only look rows up by their keys, without a task.

        None where something has to be waited for, or goes wrong: `_finish` meets it again and tells it.
        """
        variables, database = request.variables.coerced, request.context.database
        try:
            whole = self._plans.whole(document.key, operation, request)
            if whole is None:
                return None
            for _, plan in whole:
                if plan is not None and not plan.immediate:
                    return None
            stamp = database.glance() if self._may_be_kept(key, whole, request) else None
            parts = [
                (name, value_at_once(plan.sql, plan.binder.fill(variables, ())) if plan else _QUERY)
                for name, plan in whole
            ]
        except Exception:
            return None
        answer = _spliced(parts)
        if self.cache is not None:
            self.cache.missed()
            if key is not None and stamp is not None:
                document.answered = True
                self.cache.keep(key, answer, _tables(whole), stamp)
        return answer

    def _may_be_kept(self, key: Key | None, whole: Whole, request: Request) -> bool:
        """Whether an answer is to be kept. An asking that is the first of its kind is noted."""
        return (
            self.cache is not None
            and key is not None
            and lasting(whole, request.variables.coerced)
            and self.cache.wanted(key)
        )

    async def _cached(
        self, key: Key | None, document: Document, whole: Whole, request: Request, stamp: Stamp | None
    ) -> Answer:
        """A planned answer, kept where it may be. `stamp` is a stamp of this request, if one was taken."""
        if self.cache is None:
            return await self._planned(whole, request)
        if key is not None and self._may_be_kept(key, whole, request):
            stamp = stamp or await request.context.database.stamp()
            if stamp is not None:
                document.answered = True
                return await self.cache.answer(key, _tables(whole), stamp, lambda: self._planned(whole, request))
        self.cache.missed()
        return await self._planned(whole, request)

    async def _planned(self, whole: Whole, request: Request) -> Answer:
        """Splice the databases' JSON together; no value is read or built in Python."""
        context, variables = request.context, request.variables.coerced
        # every value is checked before the first statement runs
        filled: list[list[Any]] = []
        for key, plan in whole:
            with at(key):
                filled.append(await plan.parameters(variables, context) if plan else [])
        parts: list[tuple[str, str]] = []
        for (key, plan), values in zip(whole, filled, strict=True):
            text = await context.database.value(plan.sql, values, quick=plan.quick) if plan else _QUERY
            parts.append((key, text))
        return _spliced(parts)

    async def _walked(
        self, document: Document, operation: OperationDefinitionNode, request: Request, operation_name: str | None
    ) -> Answer:
        walk = Walk(request.context, document.key, self._plans)
        body = await self._completed(document, operation, request, walk)
        if body is not None:
            return Answer(body, True)
        result = execute(
            self.schema,
            cast(DocumentNode, document.node),
            context_value=walk,
            variable_values={
                name: source.value
                for name, source in request.variables.sources.items()
                if source.value is not Undefined
            },
            operation_name=operation_name or None,
        )
        if not isinstance(result, ExecutionResult):
            result = await result
        return Answer(_body(result, request.context), True)

    async def _completed(
        self, document: Document, operation: OperationDefinitionNode, request: Request, walk: Walk, event: Any = None
    ) -> bytes | None:
        """The answer by generated code; None where graphql-core has to go on, from what `walk` holds as settled."""
        if not self._complete:
            return None
        try:
            roots = completion_of(
                self._plans, document.key, operation, self._showing(document, operation, request), splice=self._splice
            )
            if roots is None:
                return None
            return orjson.dumps({"data": await complete(roots, walk, operation, request, event)})
        except Exception:
            # whatever it was, graphql-core meets it again and says where
            return None

    @staticmethod
    def _showing(document: Document, operation: OperationDefinitionNode, request: Request) -> Request:
        """The request without what a mutation only takes in, be it a thousand rows: completions are not kept by that."""
        if operation.operation.value != "mutation":
            return request
        name = _name(operation)
        if name not in document.inner:
            document.inner[name] = inner_variables(operation, document.fragments)
        inner, given = document.inner[name], request.variables
        few = VariableValues(given.sources, {key: value for key, value in given.coerced.items() if key in inner})
        return Request(request.schema, request.fragments, few, request.context)


def _spliced(parts: Sequence[tuple[str, str]]) -> Answer:
    """The answer out of each root field's key and JSON. Texts may be long: they are copied once, then encoded."""
    pieces = ['{"data":']
    before = '{"'
    for key, text in parts:
        pieces += (before, key, '":', text)
        before = ',"'
    pieces.append("}}" if parts else "{}}")
    return Answer("".join(pieces).encode(), True)


def _tables(whole: Whole) -> frozenset[str]:
    return frozenset[str]().union(*(plan.tables for _, plan in whole if plan))


def _name(operation: OperationDefinitionNode) -> str:
    return operation.name.value if operation.name else ""


def _error(message: str, code: str) -> GraphQLError:
    return GraphQLError(message, extensions={"code": code})


def _coded(error: GraphQLError, code: str) -> GraphQLError:
    extensions = {"code": code, **(error.extensions or {})}
    return GraphQLError(error.message, error.nodes, error.source, error.positions, error.path, extensions=extensions)


def _refused(errors: Sequence[GraphQLError]) -> Answer:
    return Answer(orjson.dumps({"errors": [error.formatted for error in errors]}), False)


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
    return error.formatted if error.extensions else _coded(error, "BAD_USER_INPUT").formatted
