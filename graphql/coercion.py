"""Variables coerced by functions made once for each input type.

graphql-core's own coercion asks each type what it is at every value: 13 ms for 1,000 complaints, a millisecond here.
These functions know only what is plainly valid and give exactly what graphql-core gives for it; whatever else comes is
left to graphql-core, which finds and words the errors.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from math import isfinite
from typing import Any

from graphql import (
    GraphQLFloat,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLInt,
    GraphQLList,
    GraphQLNonNull,
    GraphQLSchema,
    GraphQLString,
    OperationDefinitionNode,
    Undefined,
)
from graphql.execution.get_variable_signature import GraphQLVariableSignature, get_variable_signature
from graphql.execution.values import VariableValues, VariableValueSource
from graphql.utilities.coerce_input_value import coerce_default_value

__all__ = ["Coercion"]

Coerce = Callable[[Any], Any]
INT_LEAST, INT_MOST = -(1 << 31), (1 << 31) - 1


class NotPlain(Exception):
    """The value is not plainly valid, or its type is none that is known here."""


class Coercion:
    """Coerces the variables of one operation."""

    def __init__(self, schema: GraphQLSchema, operation: OperationDefinitionNode) -> None:
        self._variables: list[tuple[str, GraphQLVariableSignature, Coerce]] | None = []
        for node in operation.variable_definitions or ():
            signature = get_variable_signature(schema, node)
            coerce = coerce_of(signature.type) if isinstance(signature, GraphQLVariableSignature) else None
            if not isinstance(signature, GraphQLVariableSignature) or coerce is None:
                self._variables = None
                return
            self._variables.append((signature.name, signature, coerce))

    def __call__(self, given: Mapping[str, Any]) -> VariableValues | None:
        """What graphql-core would make of the variables; None where that must be asked."""
        if self._variables is None:
            return None
        sources: dict[str, VariableValueSource] = {}
        coerced: dict[str, Any] = {}
        try:
            for name, signature, coerce in self._variables:
                if name in given:
                    value = given[name]
                    sources[name] = VariableValueSource(signature, value)
                    coerced[name] = coerce(value)
                elif signature.default is not None or isinstance(signature.type, GraphQLNonNull):
                    return None
                else:
                    sources[name] = VariableValueSource(signature)
        except Exception:
            # a custom scalar may raise anything; graphql-core meets the same and tells it
            return None
        return VariableValues(sources, coerced)


@lru_cache(maxsize=256)
def coerce_of(kind: GraphQLInputType) -> Coerce | None:
    """The function for a type; None for one that holds itself, or one of several fields."""
    return _made(kind, ())


def _made(kind: Any, within: Sequence[GraphQLInputObjectType]) -> Coerce | None:
    if isinstance(kind, GraphQLNonNull):
        inner = _made(kind.of_type, within)
        return inner and _required(inner)
    if isinstance(kind, GraphQLList):
        inner = _made(kind.of_type, within)
        return inner and _list(inner)
    if isinstance(kind, GraphQLInputObjectType):
        return None if kind in within or kind.is_one_of else _object(kind, (*within, kind))
    return _leaf(kind)


def _required(inner: Coerce) -> Coerce:
    def coerce(value: Any) -> Any:
        if value is None:
            raise NotPlain
        return inner(value)

    return coerce


def _list(inner: Coerce) -> Coerce:
    def coerce(value: Any) -> Any:
        if value is None:
            return None
        if type(value) is not list:
            raise NotPlain
        return [inner(item) for item in value]

    return coerce


def _object(kind: GraphQLInputObjectType, within: Sequence[GraphQLInputObjectType]) -> Coerce | None:
    # in the type's own order, which is the order of the result
    fields: list[tuple[str, str, Coerce, Any]] = []
    for name, field in kind.fields.items():
        coerce = _made(field.type, within)
        if coerce is None:
            return None
        default = coerce_default_value(field)
        if default is Undefined and isinstance(field.type, GraphQLNonNull):
            default = NotPlain
        fields.append((name, field.out_name or name, coerce, default))
    out_type = kind.out_type

    def coerce_fields(value: Any) -> Any:
        if value is None:
            return None
        if type(value) is not dict:
            raise NotPlain
        found: dict[str, Any] = {}
        known = 0
        for name, out_name, coerce, default in fields:
            if name in value:
                known += 1
                found[out_name] = coerce(value[name])
            elif default is NotPlain:
                raise NotPlain
            elif default is not Undefined:
                found[out_name] = default
        if known != len(value):
            raise NotPlain
        return out_type(found)

    return coerce_fields


def _leaf(kind: Any) -> Coerce:
    if kind is GraphQLString:
        return _string
    if kind is GraphQLFloat:
        return _float
    if kind is GraphQLInt:
        return _int
    parse = kind.coerce_input_value

    def coerce(value: Any) -> Any:
        return None if value is None else parse(value)

    return coerce


def _string(value: Any) -> Any:
    if value is None or type(value) is str:
        return value
    raise NotPlain


def _float(value: Any) -> Any:
    if value is None or (type(value) is float and isfinite(value)):
        return value
    if type(value) is int:
        return GraphQLFloat.coerce_input_value(value)
    raise NotPlain


def _int(value: Any) -> Any:
    if value is None or (type(value) is int and INT_LEAST <= value <= INT_MOST):
        return value
    raise NotPlain
