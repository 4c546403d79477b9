"""Mutations performed and answered directly, where their payload is plain: no execution by graphql-core.

The payload's own fields are read off by functions made once for the document; its things are the same plans' JSON that
queries are answered with, spliced in. What is not plain (several root fields, directives) is left to the walk.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson
from graphql import (
    ExecutionResult,
    FieldNode,
    FragmentDefinitionNode,
    GraphQLError,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLString,
    OperationDefinitionNode,
    VariableNode,
    is_leaf_type,
    located_error,
)
from graphql.execution.values import VariableValues, get_argument_values

from .declare import ENTITIES
from .mutations.base import CHANGES
from .mutations.inputs import input_maker
from .payload import NOUN
from .plan.planner import IDS, Plans, Request
from .plan.select import Selections, names_under

__all__ = ["Performance", "performance_of"]

Path = tuple[str | int, ...]


class Unfit(Exception):
    """Not plain: the walk must do it."""


@dataclass(frozen=True, eq=False, slots=True)
class Place:
    """What a field that holds a thing's key shows of it."""

    entity: str
    nodes: Sequence[FieldNode]


@dataclass(slots=True)
class Answering:
    """One payload on its way out: the things that it still lacks, by the place that selects of them."""

    wanted: dict[Place, list[tuple[int, dict[str, Any], Path]]] = field(default_factory=dict)


Write = Callable[[Any, Path, Answering], Any]


def performance_of(
    schema: GraphQLSchema, fragments: Mapping[str, FragmentDefinitionNode], operation: OperationDefinitionNode
) -> Performance | None:
    """How to perform a mutation; None where the walk must do it."""
    try:
        return Performance(schema, fragments, operation)
    except Unfit:
        return None


class Performance:
    """Holds for a document, whatever its variables and whoever asks."""

    def __init__(
        self,
        schema: GraphQLSchema,
        fragments: Mapping[str, FragmentDefinitionNode],
        operation: OperationDefinitionNode,
    ) -> None:
        selections = Selections(schema, fragments, VariableValues({}, {}))
        _check_plain(operation.selection_set, fragments)
        assert schema.mutation_type is not None
        (self._key, nodes), *others = selections.root(operation.selection_set, "Mutation").items()
        self._node = nodes[0]
        name = self._node.name.value
        if others or name not in CHANGES:
            raise Unfit
        self._nodes = nodes
        self._change = CHANGES[name]
        self._make_input = input_maker(self._change.input)
        self._definition = schema.mutation_type.fields[name]
        self._shown = names_under(nodes, fragments)
        values = [argument.value for argument in self._node.arguments or ()]
        self._variable = next((value.name.value for value in values if isinstance(value, VariableNode)), None)
        self._write = _Writer(schema, selections).value(self._definition.type, nodes)

    async def run(self, document: Hashable, request: Request, plans: Plans) -> ExecutionResult:
        """Perform it: the result that graphql-core would give, things as finished JSON. Raises nothing but cancellation."""
        path = (self._key,)
        try:
            given = request.variables.coerced.get(self._variable) if self._variable else None
            if given is None:
                given = get_argument_values(self._definition, self._node, request.variables)["input"]
            done = await self._change.make(request.context, self._make_input(given), self._shown)
            answering = Answering()
            answer = self._write(done, path, answering)
        except Exception as error:
            data = None if isinstance(self._definition.type, GraphQLNonNull) else {self._key: None}
            return ExecutionResult(data, [located_error(error, self._nodes, list(path))])
        errors: list[GraphQLError] = []
        for place, wanted in answering.wanted.items():
            errors += await _fill(place, wanted, document, request, plans)
        return ExecutionResult({self._key: answer}, errors or None)


async def _fill(
    place: Place,
    wanted: Sequence[tuple[int, dict[str, Any], Path]],
    document: Hashable,
    request: Request,
    plans: Plans,
) -> list[GraphQLError]:
    """Put the things of one place where they belong; null with an error each where they cannot be had."""
    try:
        plan = plans.rows(document, place.entity, place.nodes, request, tagged=False)
        ids = json.dumps(sorted({key for key, _, _ in wanted}))
        parameters = await plan.parameters({**request.variables.coerced, IDS: ids}, request.context)
        rows = await request.context.database.rows(plan.sql, parameters, quick=plan.quick and len(wanted) == 1)
    except Exception as error:
        return [located_error(error, place.nodes, list(path)) for _, _, path in wanted]
    found = {key: orjson.Fragment(text) for key, text in rows}
    for key, parent, path in wanted:
        parent[path[-1]] = found.get(key)  # type: ignore[index]
    return []


def _check_plain(selection_set: Any, fragments: Mapping[str, FragmentDefinitionNode]) -> None:
    """Raises Unfit for a directive anywhere: what it lets through changes with each request."""
    seen: set[str] = set()
    left: list[Any] = [selection_set]
    while left:
        found = left.pop()
        for node in found.selections if found else ():
            if node.directives:
                raise Unfit
            if node.kind == "fragment_spread":
                if node.name.value not in seen:
                    seen.add(node.name.value)
                    left.append(fragments[node.name.value].selection_set)
            else:
                left.append(node.selection_set)


class _Writer:
    """Makes the functions that read a payload off. They give what graphql-core's completion gives."""

    def __init__(self, schema: GraphQLSchema, selections: Selections) -> None:
        self._schema = schema
        self._selections = selections

    def value(self, kind: Any, nodes: Sequence[FieldNode]) -> Write:
        if isinstance(kind, GraphQLNonNull):
            return self._present(self.value(kind.of_type, nodes))
        if isinstance(kind, GraphQLList):
            return self._list(self.value(kind.of_type, nodes))
        if isinstance(kind, GraphQLObjectType):
            return self._object(kind, nodes)
        if isinstance(kind, GraphQLInterfaceType):
            return self._one_of(kind, nodes)
        if not is_leaf_type(kind):
            raise Unfit
        if kind is GraphQLString:
            return lambda value, path, answering: value if type(value) is str else _leaf(kind, value)
        return lambda value, path, answering: _leaf(kind, value)

    @staticmethod
    def _present(inner: Write) -> Write:
        def write(value: Any, path: Path, answering: Answering) -> Any:
            if value is None:
                raise TypeError("a value is missing that is always there")
            return inner(value, path, answering)

        return write

    @staticmethod
    def _list(inner: Write) -> Write:
        def write(values: Any, path: Path, answering: Answering) -> Any:
            if values is None:
                return None
            return [inner(value, (*path, index), answering) for index, value in enumerate(values)]

        return write

    def _one_of(self, kind: GraphQLInterfaceType, nodes: Sequence[FieldNode]) -> Write:
        by_name = {possible.name: self._object(possible, nodes) for possible in self._schema.get_possible_types(kind)}

        def write(value: Any, path: Path, answering: Answering) -> Any:
            return by_name[type(value).__strawberry_definition__.name](value, path, answering)

        return write

    def _object(self, kind: GraphQLObjectType, nodes: Sequence[FieldNode]) -> Write:
        parts: list[tuple[str, str | None, Any]] = []
        """Response key; attribute, None for a constant; constant, noun or function."""
        for key, same in self._selections.fields(nodes, kind.name).items():
            name = same[0].name.value
            if name == "__typename":
                parts.append((key, None, kind.name))
                continue
            declared: Any = kind.fields[name].extensions.get("strawberry-definition")
            if declared is None or declared.base_resolver is not None:
                raise Unfit
            entity = (declared.metadata or {}).get(NOUN)
            of = self._noun(entity, same) if entity else self.value(kind.fields[name].type, same)
            parts.append((key, declared.python_name, of))

        def write(value: Any, path: Path, answering: Answering) -> Any:
            found: dict[str, Any] = {}
            for key, attribute, of in parts:
                if attribute is None:
                    found[key] = of
                elif isinstance(of, Place):
                    found[key] = None
                    identity = getattr(value, attribute)
                    if identity is not None:
                        answering.wanted.setdefault(of, []).append((identity, found, (*path, key)))
                else:
                    found[key] = of(getattr(value, attribute), (*path, key), answering)
            return found

        return write

    def _noun(self, entity: str, nodes: Sequence[FieldNode]) -> Write | Place:
        """A thing by its key: only its id needs no statement, since the payload speaks of what is there."""
        fields = {key: same[0].name.value for key, same in self._selections.fields(nodes, entity).items()}
        if not {*fields.values()} <= {"id", "__typename"}:
            return Place(entity, nodes)
        prefix = ENTITIES[entity].prefix

        def write(key: Any, path: Path, answering: Answering) -> Any:
            if key is None:
                return None
            return {shown: f"{prefix}_{key}" if name == "id" else entity for shown, name in fields.items()}

        return write


def _leaf(kind: Any, value: Any) -> Any:
    return None if value is None else kind.coerce_output_value(value)
