"""The schema, put together once per process."""

from __future__ import annotations

from functools import cache
from typing import Any

import strawberry
from graphql import GraphQLSchema
from strawberry.schema.config import StrawberryConfig
from strawberry.tools import merge_types

from . import user_errors
from .document import DocumentQuery
from .mutations import Mutation
from .payload import BUILDER, NOUN
from .plan.planner import Plans
from .rate import RateQuery
from .scalars import SCALARS
from .subscriptions import ENTITY_OF, Subscription
from .tokens import TokenQuery
from .viewer import ViewerQuery
from .walk import bind, resolve_event, resolve_noun


def _assemble(*, sort: bool) -> strawberry.Schema:
    return strawberry.Schema(
        merge_types("Query", (BUILDER.types["Query"], DocumentQuery, RateQuery, TokenQuery, ViewerQuery)),
        mutation=Mutation,
        subscription=Subscription,
        types=[*(kind for name, kind in BUILDER.types.items() if name != "Query"), *user_errors.KINDS],
        config=StrawberryConfig(scalar_map=SCALARS, sort_schema=sort),
    )


@cache
def core_schema() -> GraphQLSchema:
    """The schema in graphql-core's form, every planned field bound to the plan."""
    schema = _assemble(sort=False)
    core: Any = schema._schema
    core.type_map["Query"].description = BUILDER.types["Query"].__doc__
    bind(core, Plans(BUILDER.planned), [*BUILDER.types, "PageInfo"])
    for name, kind in core.type_map.items():
        definition = getattr(kind, "extensions", {}).get("strawberry-definition")
        for field in getattr(definition, "fields", ()):
            if NOUN in (field.metadata or {}):
                shown = schema.config.name_converter.get_graphql_name(field)
                kind.fields[shown].resolve = resolve_noun(field.metadata[NOUN], field.python_name)
        if name == "Subscription":
            for shown, definition in kind.fields.items():
                definition.resolve = resolve_event(ENTITY_OF[shown])
    return core


def sdl() -> str:
    """The schema as text, sorted, with a newline at its end."""
    return _assemble(sort=True).as_str().rstrip("\n") + "\n"
