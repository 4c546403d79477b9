"""The walk: what a plan alone cannot answer, over rows that the same plans fetched.

Operations are completed by generated code (`completion.py`). Where a value is not what its type promises, or a field
fails, graphql-core completes the same values: it is the only one that writes errors. Planned fields then find their
values in the fetched JSON under their response key, and things are loaded by their keys, all that one selection needs in
one statement.
"""

from __future__ import annotations

import asyncio
import inspect
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson
from graphql import GraphQLResolveInfo, GraphQLSchema, OperationDefinitionNode
from graphql.execution.values import get_argument_values
from graphql.pyutils import Path

from .completion import Completion, Root, Write
from .context import Context
from .mutations.base import CHANGES
from .mutations.inputs import input_maker
from .plan.planner import IDS, Plans, Request
from .plan.values import TYPE_TAG
from .resolved import RESOLVERS, Originals

_TYPES = {"query": "Query", "mutation": "Mutation", "subscription": "Subscription"}


@dataclass(slots=True)
class Walk:
    """The state of one operation that is walked; resolvers find it as `info.context`."""

    context: Context
    document: object
    plans: Plans
    batches: dict[tuple[str, int], Batch] = field(default_factory=dict)
    settled: dict[str, Any] = field(default_factory=dict)
    """What root fields gave already, or raised, by response key: a mutation is never run again."""
    originals: Originals = field(init=False)

    def __post_init__(self) -> None:
        self.originals = Originals(self.context)

    def request(self, info: GraphQLResolveInfo) -> Request:
        return Request(info.schema, info.fragments, info.variable_values, self.context)

    async def load(self, entity: str, key: int, info: GraphQLResolveInfo) -> Any:
        """One thing by its key, shaped for the field that asks; None where there is none."""
        place = (entity, info.field_nodes[0].loc.start if info.field_nodes[0].loc else 0)
        batch = self.batches.get(place)
        if batch is None:
            batch = self.batches[place] = Batch(self, entity, place, info)
        return await batch.get(key)


class Batch:
    """Gathers the keys that sibling fields ask for within one turn of the event loop, and fetches them at once."""

    def __init__(self, walk: Walk, entity: str, place: tuple[str, int], info: GraphQLResolveInfo) -> None:
        self._walk = walk
        self._entity = entity
        self._place = place
        self._info = info
        self._keys: set[int] = set()
        self._task: asyncio.Task[Mapping[int, Any]] | None = None

    async def get(self, key: int) -> Any:
        self._keys.add(key)
        if self._task is None:
            self._task = asyncio.create_task(self._fetch())
        return (await self._task).get(key)

    async def _fetch(self) -> Mapping[int, Any]:
        # later siblings still join while their resolvers start in this turn
        await asyncio.sleep(0)
        del self._walk.batches[self._place]
        request = self._walk.request(self._info)
        plan = self._walk.plans.rows(self._walk.document, self._entity, self._info.field_nodes, request)
        variables = {**request.variables.coerced, IDS: json.dumps(sorted(self._keys))}
        request.context.statements += 1
        rows = await request.context.database.rows(plan.sql, await plan.parameters(variables, request.context))
        return {key: json.loads(text) for key, text in rows}


async def complete(
    roots: Completion, walk: Walk, operation: OperationDefinitionNode, request: Request, event: Any = None
) -> dict[str, Any]:
    """The data of an operation, one root field after the other.

    Raises whatever stands in the way: graphql-core then goes on from what is settled.
    """
    data: dict[str, Any] = {}
    for root in roots:
        if root.definition is None:
            data[root.key] = _TYPES[operation.operation.value]
        elif root.plan is not None:
            parameters = await root.plan.parameters(request.variables.coerced, request.context)
            request.context.statements += 1
            text = await request.context.database.value(root.plan.sql, parameters, quick=root.plan.quick)
            data[root.key] = root.write(json.loads(text), ()) if root.write else orjson.Fragment(text)
        elif root.write is not None:
            value = event if event is not None else await _settle(root, walk, operation, request)
            data[root.key] = await _shown(root, root.write, value, request)
    return data


async def _settle(root: Root, walk: Walk, operation: OperationDefinitionNode, request: Request) -> Any:
    """Make the change, or run the field's resolver as graphql-core would."""
    definition: Any = root.definition
    arguments = get_argument_values(definition, root.nodes[0], request.variables)
    change = CHANGES.get(root.nodes[0].name.value) if operation.operation.value == "mutation" else None
    try:
        if change is not None:
            value = await change.make(request.context, input_maker(change.input)(arguments["input"]), root.shown)
        else:
            value = await _resolved(root, walk, operation, request, arguments)
    except Exception as error:
        walk.settled[root.key] = error
        raise
    walk.settled[root.key] = value
    return value


async def _resolved(
    root: Root, walk: Walk, operation: OperationDefinitionNode, request: Request, arguments: Mapping[str, Any]
) -> Any:
    definition: Any = root.definition
    parent: Any = request.schema.type_map[_TYPES[operation.operation.value]]
    info = GraphQLResolveInfo(
        root.nodes[0].name.value,
        root.nodes,
        definition.type,
        parent,
        Path(None, root.key, parent.name),
        request.schema,
        dict(request.fragments),
        None,
        operation,
        request.variables,
        walk,
        inspect.isawaitable,  # type: ignore[arg-type]
        None,
        None,  # type: ignore[arg-type]
    )
    value = definition.resolve(None, info, **arguments)
    return await value if inspect.isawaitable(value) else value


async def _shown(root: Root, write: Write, value: Any, request: Request) -> Any:
    """The value completed: first to learn which things it names, then with their JSON."""
    if not root.nouns:
        return write(value, ())
    keys: list[dict[int, None]] = [{} for _ in root.nouns]
    write(value, [some.setdefault for some in keys])
    found = []
    for plan, some in zip(root.nouns, keys, strict=True):
        rows: list[Any] = []
        if some:
            variables = {**request.variables.coerced, IDS: json.dumps(list(some))}
            request.context.statements += 1
            rows = await request.context.database.rows(plan.sql, await plan.parameters(variables, request.context))
        found.append({key: orjson.Fragment(text) for key, text in rows}.get)
    return write(value, found)


def remembering(resolve: Callable[..., Any]) -> Callable[..., Any]:
    """A resolver of a root field that gives what is settled, where something is."""

    def work(source: Any, info: GraphQLResolveInfo, **arguments: Any) -> Any:
        settled: dict[str, Any] = info.context.settled
        if info.path.key not in settled:
            return resolve(source, info, **arguments)
        value = settled[info.path.key]  # type: ignore[index]
        if isinstance(value, Exception):
            raise value
        return value

    return work


def pluck(source: Mapping[str, Any], info: GraphQLResolveInfo, **_: Any) -> Any:
    """A planned field's value: it lies in its parent under the response key."""
    return source[info.path.key]  # type: ignore[index]


async def resolve_root(_: Any, info: GraphQLResolveInfo, **__: Any) -> Any:
    """A planned field of Query: its own statement, read back as values."""
    walk: Walk = info.context
    request = walk.request(info)
    plan = walk.plans.root(walk.document, info.path.key, info.field_nodes, request)
    parameters = await plan.parameters(request.variables.coerced, walk.context)
    walk.context.statements += 1
    return json.loads(await walk.context.database.value(plan.sql, parameters))


def resolve_noun(entity: str, attribute: str) -> Callable[..., Any]:
    """A field of a payload: the payload's attribute holds a key, or None."""

    async def resolve(source: Any, info: GraphQLResolveInfo, **_: Any) -> Any:
        key = getattr(source, attribute)
        return None if key is None else await info.context.load(entity, key, info)

    return resolve


def resolve_event(entity: str) -> Callable[..., Any]:
    """A field of Subscription: the event is a key."""

    async def resolve(key: int, info: GraphQLResolveInfo, **_: Any) -> Any:
        return await info.context.load(entity, key, info)

    return resolve


def type_of(value: Any, *_: Any) -> str | None:
    """The object type of a planned value behind an interface."""
    return value.get(TYPE_TAG) if isinstance(value, dict) else None


def bind(schema: GraphQLSchema, plans: Plans, made: Sequence[str]) -> None:
    """Point every planned field of a schema at the plan. `made` names the object types that declarations made."""
    for name in made:
        kind: Any = schema.type_map.get(name)
        if kind is None:
            continue
        kind.is_type_of = None
        for field_name, definition in kind.fields.items():
            if name != "Query":
                declared = plans.planned.get((name, field_name))
                resolved = getattr(declared.declared, "resolved", "") if declared else ""
                definition.resolve = RESOLVERS[resolved] if resolved else pluck
            elif ("Query", field_name) in plans.planned:
                definition.resolve = resolve_root
            else:
                definition.resolve = remembering(definition.resolve)
    mutation: Any = schema.mutation_type
    for definition in mutation.fields.values():
        definition.resolve = remembering(definition.resolve)
    node: Any = schema.type_map["Node"]
    node.resolve_type = type_of
