"""`where:` inputs as SQL conditions."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from enum import Enum
from typing import Any

from strawberry.utils.str_converters import to_camel_case

from ...models.errors import Invalid
from ..declare import ENTITIES, Column, Declared, Entity, One, Scalar
from ..ids import key_in
from .binder import Binder
from .scope import KeyScope, Scope
from .values import Leaf, plain

MOST_VALUES = 1_000
MOST_NESTING = 10
MOST_CONDITIONS = 200
"""In one statement. Databases take deeper and longer expressions than this, but not without end."""
Allow = Callable[[Declared, str, str], None]
_COMPARE = {"eq": "=", "gt": ">", "gte": ">=", "lt": "<", "lte": "<="}
_KINDS: dict[Scalar, Any] = {
    Scalar.ID: "int",
    Scalar.TEXT: "text",
    Scalar.INT: "int",
    Scalar.FLOAT: "float",
    Scalar.BOOLEAN: "bool",
    Scalar.MOMENT: "int",
}


def key_of(entity: type[Entity]) -> Callable[[object], int]:
    """A conversion from global ids of one kind to keys. It raises Invalid for anything else."""
    return lambda value: key_in(entity.__name__, str(value), ("id",))


def condition(where: Mapping[str, Any], scope: Scope, binder: Binder, allow: Allow, depth: int = 1) -> str:
    """SQL of a filter on a row; "" of an empty one. Raises Invalid for a null condition, and for what is too much.

    `allow` raises Forbidden for a field that the actor may not see: whoever may filter by it can find out what it holds.
    """
    if depth > MOST_NESTING:
        raise Invalid(f"where is nested more than {MOST_NESTING} deep: say it more plainly.", path=("where",))
    parts: list[str] = []
    fields = {to_camel_case(name): (name, declared) for name, declared in scope.entity.declared.items()}
    for name, value in where.items():
        binder.conditions += _count(value)
        if binder.conditions > MOST_CONDITIONS:
            raise Invalid(
                f"There are more than {MOST_CONDITIONS} conditions: use 'in', or ask in parts.", path=("where",)
            )
        if value is None:
            raise Invalid(f"The condition '{name}' is null: leave it out, or ask with isNull.", path=("where", name))
        if name in ("and", "or"):
            # an empty list out of a variable is marked like a list of scalars
            listed = value.value if isinstance(value, Leaf) else value
            nested = [condition(one, scope, binder, allow, depth + 1) or "1 = 1" for one in listed]
            # "at least one of none" holds for nothing, "all of none" for everything
            parts.append("(" + f" {name} ".join(nested) + ")" if nested else "1 = 0" if name == "or" else "1 = 1")
        elif name == "not":
            nested_one = condition(value, scope, binder, allow, depth + 1)
            # a comparison with null is neither true nor false, and must not hide the row from its own negation
            parts.append(f"not coalesce({nested_one or '1 = 1'}, 1 = 0)")
        elif name == "id":
            convert = key_of(scope.entity)
            parts += _comparisons(scope.key, Scalar.ID, value, binder, convert, scope.entity.prefix)
        else:
            python_name, declared = fields[name]
            allow(declared, scope.entity.__name__, name)
            if isinstance(declared, One):
                linked = _linked(scope, python_name, declared, value)
                nested_one = condition(value, linked, binder, allow, depth + 1)
                parts.append(nested_one or "1 = 1")
            elif isinstance(declared, Column):
                expression = scope.sql(declared.sql or f"{{self}}.{python_name}")
                if scope.outer and declared.sql:
                    # where there is no row, nothing is worked out from it either: not even a count of none
                    expression = f"case when {scope.key} is null then null else {expression} end"
                parts += _comparisons(expression, declared.kind, value, binder)
    return " and ".join(f"({part})" for part in parts)


def _linked(scope: Scope, name: str, link: One, where: Any) -> Scope:
    """The row at the other end of a link, for a filter on it."""
    target = ENTITIES[link.target]
    if isinstance(where, Mapping) and {*where} == {"id"} and not target.where:
        # the foreign key says it all, and has an index
        return KeyScope(target, scope, link)
    return scope.link(name)


def _count(value: Any) -> int:
    return len(value) if isinstance(value, list) else 1


def _comparisons(
    expression: str,
    kind: Scalar | type[Enum],
    conditions: Mapping[str, Any],
    binder: Binder,
    convert: Any = None,
    name: Any = None,
) -> list[str]:
    parts = []
    for operator, value in conditions.items():
        if value is None:
            raise Invalid(
                f"The condition '{operator}' is null: leave it out, or ask with isNull.", path=("where", operator)
            )
        if operator == "isNull":
            parts.append(f"{expression} is {'' if plain(value) else 'not '}null")
        elif operator == "in":
            parts.append(binder.dialect.among(expression, _listed(kind, value, binder, convert)))
        else:
            if isinstance(kind, Scalar):
                placeholder = binder.add(value, _KINDS[kind], convert, name=name)
            else:
                placeholder = binder.add(value, "text", lambda member: member.value, name="enum")
            if operator == "contains":
                parts.append(binder.dialect.contains(expression, placeholder))
            elif operator == "startsWith":
                parts.append(binder.dialect.starts(expression, placeholder))
            else:
                parts.append(f"{expression} {_COMPARE[operator]} {placeholder}")
    return parts


def _listed(kind: Scalar | type[Enum], value: Any, binder: Binder, convert: Any) -> str:
    def as_json(items: Any) -> str:
        if not isinstance(items, list):
            items = [items]
        if len(items) > MOST_VALUES:
            raise Invalid(
                f"'in' holds {len(items)} values; it takes at most {MOST_VALUES}. Ask in parts.", path=("where", "in")
            )
        if any(item is None for item in items):
            raise Invalid("'in' holds a null: leave it out, or ask with isNull.", path=("where", "in"))
        return json.dumps(
            [item.value if isinstance(item, Enum) else convert(item) if convert else item for item in items]
        )

    if isinstance(value, list):
        # an array literal: its items may be constants and variables side by side
        leaves = [item for item in value if isinstance(item, Leaf)]
        if leaves:
            return _mixed(kind, value, binder, convert)
    placeholder = binder.add(value, "json", as_json)
    if kind in (Scalar.FLOAT,):
        return binder.dialect.listed_numbers(placeholder)
    if kind in (Scalar.INT, Scalar.ID, Scalar.MOMENT):
        return binder.dialect.listed(placeholder)
    return binder.dialect.listed_texts(placeholder)


def _mixed(kind: Scalar | type[Enum], items: list[Any], binder: Binder, convert: Any) -> str:
    rows = []
    for item in items:
        if plain(item) is None:
            raise Invalid("'in' holds a null: leave it out, or ask with isNull.", path=("where", "in"))
        if isinstance(kind, Scalar):
            rows.append(f"select {binder.add(item, _KINDS[kind], convert)} as value")
        else:
            rows.append(f"select {binder.add(item, 'text', lambda member: member.value, name='enum')} as value")
    return f"({' union all '.join(rows)})"
