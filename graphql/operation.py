"""Query texts, read once: parsed, measured, validated, and kept for the requests that send them again."""

from __future__ import annotations

import itertools
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from graphql import (
    DocumentNode,
    FragmentDefinitionNode,
    GraphQLError,
    GraphQLSchema,
    GraphQLSyntaxError,
    NoSchemaIntrospectionCustomRule,
    OperationDefinitionNode,
    OperationType,
    parse,
    specified_rules,
    validate,
)
from graphql.execution.values import VariableValues, get_variable_values
from graphql.validation.rules import overlapping_fields_can_be_merged

from .coercion import Coercion
from .completion import inner_variables
from .guard.limits import Limits
from .guard.measure import Measure, TooNested, check, cost_of

__all__ = ["Document", "Documents", "Operation", "OperationKind", "coded", "error"]

OperationKind = Literal["query", "mutation", "subscription"]
KINDS: dict[OperationType, OperationKind] = {
    OperationType.QUERY: "query",
    OperationType.MUTATION: "mutation",
    OperationType.SUBSCRIPTION: "subscription",
}
MOST_ERRORS = 20
MOST_KEPT_LETTERS = 16_384
"""Length up to which a document is kept for the next request: a thousand of them are 16 MB of text at most."""

_NUMBERS = itertools.count(1)

# how much graphql-core compares of fields that may have to be merged, which grows with the square of a selection. Its own
# bound takes most of a second; this one takes thirty fragments of one thing with thirty fields each
overlapping_fields_can_be_merged.MAX_COMPLEXITY_BUDGET = 50_000


@dataclass(eq=False, slots=True)
class Document:
    """A query text, read once. Either `errors`, or its operations and fragments."""

    node: DocumentNode | None = None
    errors: Sequence[GraphQLError] = ()
    operations: dict[str, Operation] = field(default_factory=dict)
    """By name, "" for the one without."""
    fragments: dict[str, FragmentDefinitionNode] = field(default_factory=dict)
    key: Document | None = None
    """Itself where it is kept, under which its plans are kept as well."""

    def operation(self, name: str | None) -> Operation | Sequence[GraphQLError]:
        """The named operation, or the only one; else what is wrong."""
        if self.errors:
            return self.errors
        if not self.operations:
            return [error("The document holds no operation.", "OPERATION_RESOLUTION_FAILED")]
        if not name:
            if len(self.operations) > 1:
                return [
                    error(
                        "The document holds several operations: say which in operationName.",
                        "OPERATION_RESOLUTION_FAILED",
                    )
                ]
            return next(iter(self.operations.values()))
        found = self.operations.get(name)
        if found is None:
            return [error(f"The document holds no operation named {name[:80]!r}.", "OPERATION_RESOLUTION_FAILED")]
        return found


@dataclass(eq=False, slots=True)
class Operation:
    """One operation of a document, and what is known of it before any request."""

    document: Document
    node: OperationDefinitionNode
    kind: OperationKind
    name: str
    """"" where it has none."""
    settled: bool = False
    """Whether it is within the limits whatever the variables."""
    cost: int = 0
    """In points, where it is settled."""
    answered: bool = False
    """Whether an answer of it was ever kept."""
    number: int = field(default_factory=lambda: next(_NUMBERS))
    """Stands for it in the keys of kept answers, which must not keep the document itself."""
    _coercion: Coercion | None = None
    _shown: frozenset[str] | None = None

    def values(self, schema: GraphQLSchema, given: Mapping[str, Any]) -> VariableValues | list[GraphQLError]:
        """The variables, coerced; or what is wrong with them."""
        coerce = self._coercion
        if coerce is None:
            coerce = self._coercion = Coercion(schema, self.node)
        return coerce(given) or get_variable_values(
            schema, self.node.variable_definitions or (), dict(given), MOST_ERRORS
        )

    def shown(self) -> frozenset[str]:
        """Names of the variables that what a mutation shows depends on."""
        if self._shown is None:
            self._shown = inner_variables(self.node, self.document.fragments)
        return self._shown


class Documents:
    """At most `most` documents, least recently used out first. A document was read under certain limits."""

    def __init__(self, schema: GraphQLSchema, *, introspection: bool, most: int) -> None:
        self._schema = schema
        # what a name might have meant tells the schema as well
        self._hide_suggestions = not introspection
        self._rules = list(specified_rules) + ([] if introspection else [NoSchemaIntrospectionCustomRule])
        self._most = most
        self._kept: OrderedDict[tuple[str, int], Document] = OrderedDict()
        # as a rule there is one set of limits, whose hash takes longer than all else here
        self._numbers: dict[Limits, int] = {}
        self._limits, self._number = Limits(), 0
        self._latest: tuple[str, str | None, Limits, Operation | Sequence[GraphQLError]] = ("", None, Limits(), ())

    def __len__(self) -> int:
        return len(self._kept)

    def operation(self, query: str, name: str | None, limits: Limits) -> Operation | Sequence[GraphQLError]:
        """The named operation of a text, or the only one; else what is wrong with the text or the name."""
        latest = self._latest
        if latest[0] is query and latest[1] is name and latest[2] is limits:
            # the same request asks again
            return latest[3]
        found = self._read(query, limits).operation(name)
        self._latest = query, name, limits, found
        return found

    def _read(self, query: str, limits: Limits) -> Document:
        if limits is not self._limits:
            self._limits, self._number = limits, self._numbers.setdefault(limits, len(self._numbers) + 1)
        key = query, self._number
        document = self._kept.get(key)
        if document is not None:
            self._kept.move_to_end(key)
            return document
        document = self._parse(query, limits)
        if len(query) <= MOST_KEPT_LETTERS:
            document.key = self._kept[key] = document
            while len(self._kept) > self._most:
                self._kept.popitem(last=False)
        return document

    def _parse(self, query: str, limits: Limits) -> Document:
        if len(query) > limits.letters:
            return Document(
                errors=[
                    error(
                        f"The document has {len(query):,} characters; at most {limits.letters:,} are allowed. Send long values as"
                        " variables.",
                        "QUERY_TOO_COMPLEX",
                    )
                ]
            )
        try:
            node = parse(query, max_tokens=limits.tokens)
        except GraphQLSyntaxError as fault:
            return Document(errors=[coded(fault, "GRAPHQL_PARSE_FAILED")])
        except RecursionError:
            return Document(errors=[error("The document is nested too deeply to be read.", "GRAPHQL_PARSE_FAILED")])
        document = Document(node)
        for definition in node.definitions:
            if isinstance(definition, OperationDefinitionNode):
                name = definition.name.value if definition.name else ""
                document.operations[name] = Operation(document, definition, KINDS[definition.operation], name)
            elif isinstance(definition, FragmentDefinitionNode):
                document.fragments[definition.name.value] = definition
        if len(document.operations) > limits.operations:
            return Document(errors=[too_many_operations(len(document.operations), limits)])
        try:
            # before validation, some of whose rules are slower than linear
            errors = self._measured(document, limits)
        except TooNested:
            errors = [error("The document is nested too deeply to be read.", "QUERY_TOO_COMPLEX")]
        errors = errors or [
            coded(fault, "GRAPHQL_VALIDATION_FAILED")
            for fault in validate(
                self._schema, node, self._rules, max_errors=MOST_ERRORS, hide_suggestions=self._hide_suggestions
            )
        ]
        return Document(errors=together(errors)) if errors else document

    @staticmethod
    def _measured(document: Document, limits: Limits) -> list[GraphQLError]:
        """What is beyond the limits in the first operation that is, each with what to change."""
        for operation in document.operations.values():
            measure = Measure(document.fragments, {}, limits)
            size = measure.operation(operation.node)
            errors = check(size, limits)
            operation.cost = cost_of(size, operation.kind)
            if measure.varies:
                # page sizes that come from variables are measured with each request
                errors = [fault for fault in errors if (fault.extensions or {})["limit"] != "nodes"]
            else:
                operation.settled = True
            if errors:
                return errors
        return []


def too_many_operations(seen: int, limits: Limits) -> GraphQLError:
    """Each is held against all fragments that it reaches: the two multiplied is more than the document's size."""
    return error(
        f"The document holds {seen:,} operations; at most {limits.operations:,} are allowed. Send those that you run.",
        "QUERY_TOO_COMPLEX",
    )


def together(errors: Sequence[GraphQLError]) -> list[GraphQLError]:
    """Errors that say the same, as one with all its places: a thousand like mistakes are one."""
    found: dict[tuple[str, str], GraphQLError] = {}
    for one in errors:
        key = one.message, str((one.extensions or {}).get("code"))
        before = found.get(key)
        if before is not None and before.nodes and one.nodes:
            one = GraphQLError(one.message, [*before.nodes, *one.nodes], extensions=one.extensions)
        found[key] = one
    return list(found.values())


def error(message: str, code: str) -> GraphQLError:
    """An error with a code."""
    return GraphQLError(message, extensions={"code": code})


def coded(fault: GraphQLError, code: str) -> GraphQLError:
    """The error, with a code where it has none."""
    extensions = {"code": code, **(fault.extensions or {})}
    return GraphQLError(fault.message, fault.nodes, fault.source, fault.positions, fault.path, extensions=extensions)
