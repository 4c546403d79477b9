"""The walk: graphql-core's own execution, over rows that the same plans fetched.

Planned fields find their values in the fetched JSON under their response key. A mutation's or subscription's things
are loaded by their keys, all that one selection needs in one statement.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from graphql import GraphQLResolveInfo, GraphQLSchema

from .context import Context
from .plan.planner import IDS, Plans, Request
from .plan.values import TYPE_TAG


@dataclass(slots=True)
class Walk:
    """The state of one operation that is walked; resolvers find it as `info.context`."""

    context: Context
    document: object
    plans: Plans
    batches: dict[tuple[str, int], Batch] = field(default_factory=dict)

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
        rows = await request.context.database.rows(plan.sql, await plan.parameters(variables, request.context))
        return {key: json.loads(text) for key, text in rows}


def pluck(source: Mapping[str, Any], info: GraphQLResolveInfo, **_: Any) -> Any:
    """A planned field's value: it lies in its parent under the response key."""
    return source[info.path.key]  # type: ignore[index]


async def resolve_root(_: Any, info: GraphQLResolveInfo, **__: Any) -> Any:
    """A planned field of Query: its own statement, read back as values."""
    walk: Walk = info.context
    request = walk.request(info)
    plan = walk.plans.root(walk.document, info.path.key, info.field_nodes, request)
    parameters = await plan.parameters(request.variables.coerced, walk.context)
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
                definition.resolve = pluck
            elif ("Query", field_name) in plans.planned:
                definition.resolve = resolve_root
    node: Any = schema.type_map["Node"]
    node.resolve_type = type_of
