"""Writes one SQL statement for a root field: its answer, as finished JSON text."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from graphql import FieldNode

from ...models.dialects import Dialect
from ...models.errors import Forbidden, Invalid
from ...models.fields import MONDAY_SHIFT_MS, WEEK_MS
from ...models.team import Role
from ..declare import (
    ENTITIES,
    AnyById,
    Breakdown,
    ById,
    Cells,
    Column,
    Connection,
    Crowd,
    Declared,
    Entity,
    One,
    Parameter,
    PlannedField,
    Scalar,
    parse_global_id,
    role_for,
)
from ..guard.limits import Limits
from .binder import Binder, Similar
from .crowd import SEES_ALL, hides, in_crowds, stepped
from .filters import key_of
from .page import Page
from .scope import Aliases, KeyScope, Scope
from .select import Selections
from .values import TYPE_TAG, Leaf, plain

MOST_IDS = 100
VALUED = "valueAtStake"

Template = tuple[str, list[str]]
"""JSON text with a `%s` for each SQL expression that follows."""


class Compiler:
    """Compiles the fields of one operation for one role. One instance writes one statement."""

    def __init__(
        self,
        dialect: Dialect,
        planned: Mapping[tuple[str, str], PlannedField],
        selections: Selections,
        role: Role,
        limits: Limits,
        *,
        tagged: bool,
    ) -> None:
        self.dialect = dialect
        self.selections = selections
        self.limits = limits
        self.binder = Binder(dialect)
        self.aliases = Aliases({"asked": self.binder.asked, "now": self.binder.now})
        self.quick = True
        """Whether the statement only looks rows up by their keys, so that its cost is known to be small."""
        self._many = False
        """Whether what is written may be asked of many rows."""
        self._planned = planned
        self.role = role
        self.resolved = False
        """Whether some value is found by a resolver, from what the statement gives for it."""
        self.tagged = tagged

    # --- statements ---------------------------------------------------------------------------------------------

    def root(self, nodes: Sequence[FieldNode]) -> str:
        """The statement of a field of Query."""
        field = self._planned["Query", nodes[0].name.value]
        self._require(role_for(field.declared), f"Query.{nodes[0].name.value}")
        arguments = self.selections.arguments("Query", nodes[0])
        match field.declared:
            case ById(target=target):
                key = self.binder.add(arguments["id"], "int", key_of(ENTITIES[target]))
                return f"select {self._by_key(ENTITIES[target], nodes, key)}"
            case AnyById(many=False):
                return f"select {self._any(nodes, arguments['id'])}"
            case AnyById():
                return f"select {self._any_of(nodes, arguments['ids'])}"
            case Connection() as declared:
                return f"select {Page(self, 'Query', declared, nodes, arguments).sql()}"
            case Breakdown() as declared:
                return f"select {self._breakdown(declared, 'Query', nodes, Scope(field.owner, '', self.aliases))}"
            case _:
                raise TypeError(f"Query.{field.name} has no statement")

    def rows(self, entity: type[Entity], nodes: Sequence[FieldNode], ids: Any) -> str:
        """A statement of (id, json) rows for a list of keys: what a mutation or a subscription shows of a thing."""
        self._open(entity.__name__)
        self._many = True
        scope = Scope(entity, self.aliases.fresh(), self.aliases)
        text = self.dialect.template(*self.object(entity.__name__, nodes, scope))
        listed = self.dialect.listed(self.binder.add(ids, "json"))
        return f"select {scope.alias}.id, {text} from {scope.clause()} where {scope.alias}.id in (select value from {listed} l)"

    def _by_key(self, entity: type[Entity], nodes: Sequence[FieldNode], key: str) -> str:
        scope = Scope(entity, self.aliases.fresh(), self.aliases)
        text = self.dialect.template(*self.object(entity.__name__, nodes, scope))
        if entity.alias_of:
            key = f"coalesce((select a.{entity.alias_of} from {entity.table} a where a.id = {key}), {key})"
        narrowed = f" and {scope.sql(entity.where)}" if entity.where else ""
        return f"coalesce((select {text} from {scope.clause()} where {scope.alias}.id = {key}{narrowed}), 'null')"

    def _any(self, nodes: Sequence[FieldNode], value: Any) -> str:
        entity = self._open(_entity_of(plain(value)).__name__)
        return self._by_key(entity, nodes, self.binder.add(value, "int", key_of(entity)))

    def _any_of(self, nodes: Sequence[FieldNode], values: Any) -> str:
        self._many = True
        wanted = plain(values)
        if not isinstance(wanted, list):
            wanted = [wanted]
        names = {_entity_of(one).__name__ for one in wanted}
        pairs = self.dialect.pairs(self.binder.add(values if isinstance(values, Leaf) else wanted, "json", _as_pairs))
        cases = [f"when '{name}' then {self._by_key(self._open(name), nodes, 'v.id')}" for name in sorted(names)]
        if not cases:
            return "'[]'"
        item = f"case v.name {' '.join(cases)} end"
        return f"(select '[' || {self.dialect.join_texts('j')} || ']' from (select {item} as j from {pairs} v order by v.position) x)"

    # --- objects ------------------------------------------------------------------------------------------------

    def object(self, type_name: str, nodes: Sequence[FieldNode], scope: Scope) -> Template:
        """JSON of one row as an object of the named type."""
        parts: list[str] = []
        arguments: list[str] = []
        if self.tagged:
            parts.append(f'"{TYPE_TAG}":"{type_name}"')
        for key, same in self.selections.fields(nodes, type_name).items():
            text, more = self.field(type_name, same, scope)
            parts.append(f'"{key}":{text}')
            arguments += more
        return "{" + ",".join(parts) + "}", arguments

    def field(self, type_name: str, nodes: Sequence[FieldNode], scope: Scope) -> Template:
        """JSON of one field of a row."""
        name = nodes[0].name.value
        if name == "__typename":
            return f'"{type_name}"', []
        field = self._planned[type_name, name]
        if (
            isinstance(field.declared, One)
            and field.declared.withheld
            and not self.role.includes(role_for(field.declared))
        ):
            return "null", []
        self._require(role_for(field.declared), f"{type_name}.{name}")
        match field.declared:
            case Column() as column:
                self.resolved = self.resolved or bool(column.resolved)
                return self._column(field, column, scope)
            case One() as declared:
                return self._one(field.name, declared, nodes, scope)
            case Connection() as declared:
                arguments = self.selections.arguments(type_name, nodes[0])
                return "%s", [Page(self, type_name, declared, nodes, arguments, scope).sql()]
            case Breakdown() as declared:
                return "%s", [self._breakdown(declared, type_name, nodes, scope)]
            case _:
                raise TypeError(f"{type_name}.{name} cannot be planned")

    def allow(self, declared: Declared, type_name: str, name: str) -> None:
        """Raises Forbidden where the actor's role may not filter or order by a field, or search it."""
        self._require(role_for(declared), f"{type_name}.{name}")
        if isinstance(declared, Column) and declared.crowd is not Crowd.SHOWN and hides(self):
            self._require(SEES_ALL, f"To filter or order by {type_name}.{name}")

    def _require(self, needed: Role, what: str) -> None:
        if not self.role.includes(needed):
            raise Forbidden(f"{what} needs the role {needed.value}; yours is {self.role.value}.")

    def may_give(self, taken: Parameter, name: str) -> None:
        """Raises Forbidden where the actor's role may not give an argument."""
        self._require(taken.role, f"The argument {name}")

    def _open(self, name: str) -> type[Entity]:
        """An entity that is reached by its key. Raises Forbidden where the role may see none of it."""
        entity = ENTITIES[name]
        self._require(entity.least_role, name)
        return entity

    def _column(self, field: PlannedField, column: Column, scope: Scope) -> Template:
        null = column.null or scope.outer
        if column.kind is Scalar.ID:
            return f'"{field.owner.prefix}_%s"', [scope.key]
        if column.crowd is Crowd.HIDDEN and hides(self):
            return "null", []
        sql = scope.sql(column.sql or f"{{self}}.{field.name}")
        if column.crowd is Crowd.STEPPED and hides(self):
            sql = stepped(sql, self.limits.crowd)
        dialect = self.dialect
        if column.resolved:
            return "%s", [dialect.number(sql, null=scope.outer)]
        if isinstance(column.kind, type) or column.kind is Scalar.DAY:
            # the values of a closed set, and dates, need no escapes
            return ("%s", [dialect.string(sql, null=True)]) if null else ('"%s"', [sql])
        match column.kind:
            case Scalar.TEXT:
                text = dialect.string(sql, null=null)
            case Scalar.INT | Scalar.FLOAT:
                text = dialect.number(sql, null=null)
            case Scalar.BOOLEAN:
                text = dialect.boolean(sql)
            case Scalar.MOMENT:
                text = dialect.moment(sql, null=null)
            case _:
                text = dialect.json(sql)
        return "%s", [text]

    def _one(self, name: str, declared: One, nodes: Sequence[FieldNode], scope: Scope) -> Template:
        entity = ENTITIES[declared.target]
        fields = self.selections.fields(nodes, declared.target).values()
        if not entity.where and all(same[0].name.value in ("id", "__typename") for same in fields):
            # the foreign key says it all: no need to look the row up
            target = KeyScope(entity, scope, declared)
        else:
            target = scope.link(name)
        template = self.object(declared.target, nodes, target)
        if not target.outer:
            return template
        return "%s", [f"case when {target.key} is null then 'null' else {self.dialect.template(*template)} end"]

    def _breakdown(self, declared: Breakdown, type_name: str, nodes: Sequence[FieldNode], scope: Scope) -> str:
        arguments = self.selections.arguments(type_name, nodes[0])
        counts = Scope(ENTITIES[declared.entity], self.aliases.fresh(), self.aliases)
        text = self.dialect.template(*self.object(declared.entity, nodes, counts))
        part = arguments.get("since") is not None or arguments.get("until") is not None
        crowds = hides(self)
        place = f"{type_name}.{nodes[0].name.value}"
        shown = in_crowds(self, declared, place, scope, counts.entity, part=part) if crowds else str
        if not part:
            fields = self.selections.fields(nodes, declared.entity).values()
            valued = declared.valued if any(same[0].name.value == VALUED for same in fields) else ""
            crowded = declared.crowded if crowds else ""
            self.quick = self.quick and not self._many and declared.kept and not valued and not crowded
            inner = scope.sql(valued or crowded or declared.whole)
        else:
            self.quick = False
            since, until = self.binder.add_times(arguments.get("since"), arguments.get("until"))
            begin = f"(({since} + {MONDAY_SHIFT_MS - 1}) / {WEEK_MS} + 1)"
            end = f"(({until} + {MONDAY_SHIFT_MS}) / {WEEK_MS})"
            if crowds and declared.cells is not Cells.NOBODY:
                # the whole weeks within: what is left of others tells by its end which messages are one person's
                since, until = (f"({week} * {WEEK_MS} - {MONDAY_SHIFT_MS})" for week in (begin, end))
            inner = scope.sql(declared.part, since=since, until=until, begin=begin, end=end)
        rows = f"select {text} as j from ({shown(inner)}) {counts.alias} {' '.join(counts.joins)} order by {declared.order}"
        return f"(select '[' || {self.dialect.join_texts('j')} || ']' from ({rows}) x)"

    def similar(self, kind: str, argument: Mapping[str, Any]) -> str:
        """Placeholder of the mind's answer to a `similarTo:` argument."""
        return self.binder.add_similar(Similar(kind, argument["text"], argument.get("minimum", 0.3)))


def _entity_of(value: Any) -> type[Entity]:
    named = parse_global_id(str(value))
    if named is None:
        raise Invalid(f"{str(value)[:80]!r} is no id; ids look like 'need_1'.", path=("id",))
    return named[0]


def _as_pairs(values: Any) -> str:

    if not isinstance(values, list):
        values = [values]
    if len(values) > MOST_IDS:
        raise Invalid(f"ids holds {len(values)} ids; it takes at most {MOST_IDS}. Ask in parts.", path=("ids",))
    pairs = []
    for value in values:
        named = parse_global_id(str(value))
        if named is None:
            raise Invalid(f"{str(value)[:80]!r} is no id; ids look like 'need_1'.", path=("ids",))
        pairs.append([named[0].__name__, named[1]])
    return json.dumps(pairs)
