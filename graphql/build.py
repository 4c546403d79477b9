"""From declarations to strawberry types: objects, connections, edges, and the inputs that filter and order them.

Nothing here knows SQL, and nothing resolves anything: `schema.py` binds every planned field to the plan.
"""

from __future__ import annotations

import inspect
from enum import Enum
from typing import Any, Optional

import strawberry
from strawberry.annotation import StrawberryAnnotation
from strawberry.types.arguments import StrawberryArgument
from strawberry.types.base import StrawberryObjectDefinition, has_object_definition
from strawberry.types.field import StrawberryField
from strawberry.utils.str_converters import to_camel_case

from . import types as _types  # noqa: F401  (declares every entity)
from .declare import (
    ENTITIES,
    AnyById,
    Breakdown,
    ById,
    Cells,
    Column,
    Connection,
    Declared,
    Entity,
    Join,
    One,
    PlannedField,
    Scalar,
)
from .enums import OrderDirection, graphql_enum
from .scalars import JSON, Date, DateTime, Moment

_OUTPUT: dict[Scalar, Any] = {
    Scalar.ID: strawberry.ID,
    Scalar.TEXT: str,
    Scalar.INT: int,
    Scalar.FLOAT: float,
    Scalar.BOOLEAN: bool,
    Scalar.MOMENT: DateTime,
    Scalar.DAY: Date,
    Scalar.TEXTS: list[str],
    Scalar.JSON: JSON,
}


@strawberry.interface(description="Anything that has a global id.")
class Node:
    id: strawberry.ID = strawberry.field(description="Its id, unique in the whole graph.")


@strawberry.type(description="Where a page lies in its list.")
class PageInfo:
    has_next_page: bool = strawberry.field(description="Whether more follow; exact when paging forward.")
    has_previous_page: bool = strawberry.field(description="Whether others come before; exact when paging backward.")
    start_cursor: str | None = strawberry.field(description="Cursor of the first edge; null on an empty page.")
    end_cursor: str | None = strawberry.field(description="Cursor of the last edge; null on an empty page.")


@strawberry.input(description="Things whose meaning is close to a text.")
class SimilarTo:
    text: str = strawberry.field(description="Words to compare with, 1 to 10,000 characters.")
    minimum: float = strawberry.field(default=0.3, description="Least cosine similarity, 0 to 1.")


def _define(cls: type, description: str, *, is_input: bool = False) -> type:
    """Make a type of the schema of a class of fields, as strawberry's decorators do.

    They make a dataclass of it as well. Nobody makes one of these, though, and to make hundreds of dataclasses took a
    third of a server's start.
    """
    interfaces = [base.__strawberry_definition__ for base in cls.__bases__ if has_object_definition(base)]
    fields = [field for interface in interfaces for field in interface.fields]
    for name, annotation in cls.__annotations__.items():
        field: StrawberryField = cls.__dict__[name]
        field.python_name = name
        field.origin = cls
        field.type_annotation = field.type_annotation or StrawberryAnnotation(annotation)
        fields.append(field)
    cls.__strawberry_definition__ = StrawberryObjectDefinition(  # type: ignore[attr-defined]
        name=cls.__name__,
        is_input=is_input,
        is_interface=False,
        origin=cls,
        description=description,
        interfaces=interfaces,
        extend=False,
        directives=(),
        is_type_of=None,
        resolve_type=None,
        fields=fields,
    )
    return cls


def _comparator(name: str, of: Any, what: str, operators: str) -> type:
    """An input such as IntFilter { eq in gt ... }."""
    meanings = {
        "eq": "Equals this.",
        "in": "Equals one of these, at most 1,000.",
        "gt": "Greater than this.",
        "gte": "This or greater.",
        "lt": "Less than this.",
        "lte": "This or less.",
        "contains": "Contains this, letter case aside.",
        "starts_with": "Starts with this, letter case aside.",
        "is_null": "True: has no value; false: has one.",
    }
    ns: dict[str, Any] = {"__annotations__": {}}
    for operator in operators.split():
        kind: Any = bool if operator == "is_null" else list[of] if operator == "in" else of
        python = "in_" if operator == "in" else operator
        ns["__annotations__"][python] = Optional[kind]  # noqa: UP045  (kind is a value, not an annotation)
        ns[python] = strawberry.field(
            default=strawberry.UNSET, description=meanings[operator], name=to_camel_case(operator)
        )
    return _define(type(name, (), ns), f"Conditions on {what}; all that are given must hold.", is_input=True)


_ORDERED = "eq in gt gte lt lte is_null"
FILTERS: dict[Scalar, type] = {
    Scalar.ID: _comparator("IDFilter", strawberry.ID, "an id", "eq in"),
    Scalar.TEXT: _comparator("StringFilter", str, "a text", "eq in contains starts_with is_null"),
    Scalar.INT: _comparator("IntFilter", int, "a whole number", _ORDERED),
    Scalar.FLOAT: _comparator("FloatFilter", float, "a number", _ORDERED),
    Scalar.BOOLEAN: _comparator("BooleanFilter", bool, "a yes or no", "eq"),
    Scalar.MOMENT: _comparator("DateTimeFilter", Moment, "a point in time", _ORDERED),
}


class Builder:
    """Makes each type once. `types` holds every type by its GraphQL name; `planned` says which fields the plan answers."""

    def __init__(self) -> None:
        self.types: dict[str, type] = {}
        self.planned: dict[tuple[str, str], PlannedField] = {}
        self._wheres: dict[str, type] = {}
        self._orders: dict[str, type] = {}
        self._enum_filters: dict[type[Enum], type] = {}
        # first every class, then its fields: declarations point at one another
        for name, entity in ENTITIES.items():
            bases = (Node,) if entity.prefix else ()
            self.types[name] = type(name, bases, {"__annotations__": {}, "__doc__": entity.__doc__})
        for name in ENTITIES:
            self._where(name)
        for name, entity in ENTITIES.items():
            self._complete(name, entity)

    def _complete(self, name: str, entity: type[Entity]) -> None:
        cls = self.types[name]
        if entity.prefix:
            self.planned[name, "id"] = PlannedField("id", Column(Scalar.ID, ""), entity)
        for field, declared in entity.declared.items():
            if not isinstance(declared, Join):
                self._add(cls, name, field, declared, entity)
        _define(cls, inspect.cleandoc(entity.__doc__ or ""))

    def _add(self, cls: type, name: str, field: str, declared: Declared, owner: type[Entity]) -> None:
        annotation, arguments = self._signature(name, field, declared)
        made = StrawberryField(
            python_name=field,
            type_annotation=StrawberryAnnotation(annotation),
            description=getattr(declared, "description", None),
        )
        made._arguments = arguments
        cls.__annotations__[field] = annotation
        setattr(cls, field, made)
        self.planned[name, to_camel_case(field)] = PlannedField(field, declared, owner)

    def _signature(self, owner: str, field: str, declared: Declared) -> tuple[Any, list[StrawberryArgument]]:
        match declared:
            case Column():
                kind = declared.kind
                of = _OUTPUT[kind] if isinstance(kind, Scalar) else graphql_enum(kind)
                return _maybe(of, declared.null), []
            case One():
                # nullable all the same: a link crosses a fetch
                return _maybe(self.types[declared.target], declared.null), []
            case Breakdown():
                return list[self.types[declared.entity]], [  # type: ignore[misc]
                    _argument("since", Moment, f"Only what was said at this time or later.{_for_readers(declared)}"),
                    _argument("until", Moment, f"Only what was said before this time.{_for_readers(declared)}"),
                ]
            case ById():
                return _maybe(self.types[declared.target], True), [
                    _argument("id", strawberry.ID, "Its global id.", required=True)
                ]
            case AnyById(many=True):
                ids = _argument("ids", list[strawberry.ID], "Global ids, at most 100.", required=True)
                return list[Node | None], [ids]
            case AnyById():
                return _maybe(Node, True), [_argument("id", strawberry.ID, "A global id.", required=True)]
            case Connection():
                return self._connection(owner, field, declared), self._page_arguments(declared)
            case _:
                raise TypeError(f"{owner}.{field} is not shown in the graph")

    def _connection(self, owner: str, field: str, declared: Connection) -> type:
        """The connection's own type, with its edge; a connection without link fields is shared by all of its target."""
        through = declared.through
        stem = f"{owner}{field[0].upper()}{to_camel_case(field)[1:]}" if through else declared.target
        name = f"{stem}Connection"
        if name in self.types:
            return self.types[name]
        row = ENTITIES[through.entity if through else declared.target]
        node = self.types[declared.target]
        edge = type(f"{stem}Edge", (), {"__annotations__": {}})
        connection = type(name, (), {"__annotations__": {}})
        self.types[f"{stem}Edge"], self.types[name] = edge, connection
        _plain(edge, "cursor", str, "Where this edge lies in the list; give it as `after` or `before`.")
        _plain(edge, "node", node, "The thing itself.")
        if through:
            for link, column in row.declared.items():
                if isinstance(column, Column):
                    self._add(edge, f"{stem}Edge", link, column, row)
            itself = through.entity[0].lower() + through.entity[1:]
            _plain(edge, itself, self.types[through.entity], "The link itself.")
        # the type is shared by every plain list of its target, of which one may know similarity
        if not through and self._likeable(declared.target):
            _plain(
                edge, "similarity", _maybe(float, True), "Cosine similarity to `similarTo`, 0 to 1; null without it."
            )
        _plain(connection, "edges", list[edge], "The things with what belongs to their place in this list.")  # type: ignore[valid-type]
        _plain(connection, "nodes", list[node], "The things alone.")  # type: ignore[valid-type]
        _plain(connection, "page_info", PageInfo, "Where this page lies in the list.")
        _plain(connection, "total_count", int, "How many there are on all pages; counted only when asked for.")
        _define(edge, f"One entry of a {name}.")
        what = f": {declared.description}" if through else f" of {declared.target} things."
        _define(connection, f"A page of a list{what}")
        return connection

    @staticmethod
    def _likeable(target: str) -> bool:
        lists = (one for one in ENTITIES["Query"].declared.values() if isinstance(one, Connection))
        return any(one.similar for one in lists if one.target == target)

    def _page_arguments(self, declared: Connection) -> list[StrawberryArgument]:
        row = declared.through.entity if declared.through else declared.target
        arguments = [
            _argument(
                "first",
                int,
                "How many from the start; 20 unless given, at most 100 unless the operator set another limit.",
            ),
            _argument("after", str, "Only what comes after this cursor."),
            _argument("last", int, "How many from the end."),
            _argument("before", str, "Only what comes before this cursor."),
        ]
        if self._has(row, "filter"):
            arguments.append(_argument("where", self._where(row), "Only what meets these conditions."))
        if self._has(row, "order"):
            arguments.append(_argument("order_by", list[self._order(row)], "Order, most important first; at most 5."))  # type: ignore[misc]
        for name, parameter in declared.takes:
            kind = parameter.kind
            of = (
                graphql_enum(kind)
                if not isinstance(kind, Scalar)
                else Moment
                if kind is Scalar.MOMENT
                else _OUTPUT[kind]
            )
            arguments.append(_argument(name, of, parameter.description, required=parameter.required))
        if declared.search:
            arguments.append(
                _argument(
                    "search",
                    str,
                    'Only what holds these words, most relevant first unless ordered; knows "phrases", -exclusions and or.',
                )
            )
        if declared.similar:
            arguments.append(
                _argument("similar_to", SimilarTo, "Only what is close in meaning, closest first unless ordered.")
            )
        return arguments

    @staticmethod
    def _has(entity: str, trait: str) -> bool:
        return any(
            getattr(one, trait, False) for one in ENTITIES[entity].declared.values() if isinstance(one, Column | One)
        )

    def _where(self, name: str) -> type:
        """Input that filters rows of an entity: one condition a filterable field, and / or / not."""
        if name in self._wheres:
            return self._wheres[name]
        cls = type(f"{name}Where", (), {"__annotations__": {}})
        self._wheres[name] = cls
        entity = ENTITIES[name]
        if not self._has(name, "filter"):
            return cls
        if entity.prefix:
            _input(cls, "id", FILTERS[Scalar.ID], "Condition on its global id.")
        for field, declared in entity.declared.items():
            if isinstance(declared, Column) and declared.filter:
                kind = declared.kind
                of = FILTERS[kind] if isinstance(kind, Scalar) else self._enum_filter(kind)
                _input(cls, field, of, f"Condition on: {declared.description}")
            elif isinstance(declared, One) and declared.filter:
                _input(cls, field, self._where(declared.target), f"Conditions on: {declared.description}")
        _input(cls, "and_", list[cls], "All of these must hold.", name="and")  # type: ignore[valid-type]
        _input(cls, "or_", list[cls], "At least one of these must hold.", name="or")  # type: ignore[valid-type]
        _input(cls, "not_", cls, "This must not hold.", name="not")
        return _define(cls, f"Conditions on {name} things; all that are given must hold.", is_input=True)

    def _order(self, name: str) -> type:
        if name in self._orders:
            return self._orders[name]
        columns = {f: d for f, d in ENTITIES[name].declared.items() if isinstance(d, Column) and d.order}
        fields = Enum(f"{name}OrderField", {f.upper(): f for f in columns})  # type: ignore[misc]
        strawberry.enum(fields, description=f"What {name} things can be ordered by.")  # type: ignore[call-overload]
        for value in fields.__strawberry_definition__.values:  # type: ignore[attr-defined]
            value.description = columns[value.name.lower()].description
        cls = type(f"{name}Order", (), {"__annotations__": {"field": fields, "direction": OrderDirection}})
        cls.field = strawberry.field(description="What to order by.")  # type: ignore[attr-defined]
        cls.direction = strawberry.field(default=OrderDirection.ASC, description="Which way.")  # type: ignore[attr-defined]
        self._orders[name] = _define(cls, f"An order of {name} things.", is_input=True)
        return self._orders[name]

    def _enum_filter(self, cls: type[Enum]) -> type:
        if cls not in self._enum_filters:
            of = graphql_enum(cls)
            name = of.__strawberry_definition__.name
            self._enum_filters[cls] = _comparator(f"{name}Filter", of, f"a {name}", "eq in")
        return self._enum_filters[cls]


def _maybe(of: Any, null: bool) -> Any:
    return Optional[of] if null else of  # noqa: UP045  (of is a value, not an annotation)


def _for_readers(declared: Breakdown) -> str:
    """What READER, who sees customers in crowds, has to know of a part of the time (`plan/crowd.py`)."""
    if declared.cells is Cells.NOBODY:
        return ""
    return (
        " READER sees the whole weeks within." if "week" in ENTITIES[declared.entity].declared else " Not for READER."
    )


def _argument(name: str, of: Any, description: str, *, required: bool = False) -> StrawberryArgument:
    return StrawberryArgument(
        python_name=name,
        graphql_name=None,
        type_annotation=StrawberryAnnotation(_maybe(of, not required)),
        description=description,
    )


def _plain(cls: type, name: str, of: Any, description: str) -> None:
    cls.__annotations__[name] = of
    setattr(
        cls, name, StrawberryField(python_name=name, type_annotation=StrawberryAnnotation(of), description=description)
    )


def _input(cls: type, field: str, of: Any, description: str, *, name: str | None = None) -> None:
    cls.__annotations__[field] = _maybe(of, True)
    setattr(cls, field, strawberry.field(default=strawberry.UNSET, description=description, name=name))
