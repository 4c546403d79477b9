"""One page of a connection, as SQL: keyset bounds, edges and nodes, page info, total count."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from graphql import FieldNode, get_named_type
from strawberry.utils.str_converters import to_camel_case

from ...models.errors import Invalid
from ..declare import ENTITIES, Column, Connection
from .binder import Told
from .filters import condition
from .order import Order, Term, order_of, wanted_order
from .scope import Scope
from .values import TYPE_TAG, plain

if TYPE_CHECKING:
    from .compiler import Compiler, Template

MOST_SEARCH_LETTERS = 1_000
HIT = "hit"
"""Alias of what the full-text index found: ids and their relevance."""


class Page:
    """Writes the SQL of one connection field.

    Rows come from a subquery `p`, one JSON column for each selection of edges or nodes (j0, j1, ...). Where the page
    must know its own bounds, one row more than asked for is read, and rows are numbered (`rn`) and counted (`cnt`).
    """

    def __init__(
        self,
        compiler: Compiler,
        owner: str,
        declared: Connection,
        nodes: Sequence[FieldNode],
        arguments: Mapping[str, Any],
        parent: Scope | None = None,
    ) -> None:
        compiler.quick = False
        self.compiler = compiler
        self.declared = declared
        self.arguments = arguments
        self.parent = parent
        self.dialect = compiler.dialect
        self.binder = compiler.binder
        self.type_name = _named_type(compiler, owner, nodes[0])
        self.fields = compiler.selections.fields(nodes, self.type_name)
        through = declared.through
        self.row = ENTITIES[through.entity if through else declared.target]
        if self._given("search", "similarTo"):
            self._allow_search()
        self.default = not (declared.default_unless and _mentions(arguments.get("where"), declared.default_unless))
        self.similar = (
            compiler.similar(declared.similar, arguments["similarTo"])
            if arguments.get("similarTo") is not None
            else None
        )
        self.backward = arguments.get("last") is not None
        self.aliases = compiler.aliases
        if declared.told:
            given = tuple((name, one, arguments.get(to_camel_case(name))) for name, one in declared.takes)
            for name, one, value in given:
                if value is not None:
                    compiler.may_give(one, to_camel_case(name))
            self.aliases = self.aliases.knowing(
                self.row.table.strip("{}"), self.binder.tell(Told(declared.told, given))
            )

    def sql(self) -> str:
        """A scalar subquery: the connection's JSON text."""
        parts: list[str] = []
        values: list[str] = []
        lists: list[tuple[str, str, list[FieldNode]]] = []
        knows_bounds = False
        if self.compiler.tagged:
            parts.append(_tag(self.type_name))
        for key, nodes in self.fields.items():
            match nodes[0].name.value:
                case "__typename":
                    parts.append(f'"{key}":"{self.type_name}"')
                case "totalCount":
                    parts.append(f'"{key}":%s')
                    values.append(self._count())
                case "pageInfo":
                    # what the arguments alone tell needs no rows, and without an aggregate none or many would come back
                    knows_bounds = knows_bounds or self._asks_bounds(nodes)
                    text, more = self._info(nodes)
                    parts.append(f'"{key}":{text}')
                    values += more
                case what:
                    column = f"j{len(lists)}"
                    lists.append((column, what, nodes))
                    parts.append(f'"{key}":[%s]')
                    values.append(column)
        template = "{" + ",".join(parts) + "}"
        if not lists and not knows_bounds:
            # still refuses what a page of rows would refuse
            self._size(0)
            return self.dialect.template(template, values)
        rows = self._rows(lists, knows_bounds)
        numbered = knows_bounds or self.backward
        size = self._size(0) if numbered else ""
        for column, _, _ in lists:
            joined = self.dialect.join_texts(
                f"p.{column}",
                where=f"p.rn <= {size}" if numbered else "",
                order=f"p.rn{' desc' if self.backward else ''}" if numbered else "",
            )
            values[values.index(column)] = joined
        return f"(select {self.dialect.template(template, values)} from ({rows}) p)"

    # --- rows ---------------------------------------------------------------------------------------------------

    def _given(self, *names: str) -> bool:
        """Whether any of these arguments was given (null is as good as not)."""
        return any(self.arguments.get(name) is not None for name in names)

    def _scope(self) -> Scope:
        return Scope(self.row, self.aliases.fresh(), self.aliases)

    def _rows(self, lists: Sequence[tuple[str, str, list[FieldNode]]], knows_bounds: bool) -> str:
        chosen, conditions = self._chosen(alone=self._by_relevance)
        order = self._order(chosen, "")
        bounds = [
            order.beyond(self.arguments[argument], self.binder, after=after)
            for argument, after in (("after", True), ("before", False))
            if self.arguments.get(argument) is not None
        ]
        where = _where([*conditions, *bounds])
        limit = f"limit {self._size(1 if knows_bounds else 0)}"
        # an index that gives the rows in order lets them be written as they come; otherwise the few rows of the page
        # are chosen first, so that a sort never carries the JSON of rows that nobody will see
        direct = self.declared.indexed and not self._given("where", "orderBy", "search", "similarTo")
        scope = chosen if direct else self._scope()
        written = order if direct else self._order(scope, "page")
        columns = [
            f"{self.dialect.template(*self._entry(what, nodes, scope, written))} as {name}"
            for name, what, nodes in lists
        ]
        if knows_bounds:
            columns.append(f"{written.cursor(self.dialect)} as cur")
        by = order.by(backward=self.backward)
        if direct:
            rows = f"select {', '.join(columns)} from {scope.clause()}{where} order by {by} {limit}"
        else:
            found = ", sim.score" if self.similar else f", {HIT}.relevance" if self._by_relevance else ""
            page = f"select {chosen.alias}.id{found} from {self._clause(chosen)}{where} order by {by} {limit}"
            rows = (
                f"select {', '.join(columns)} from ({page}) page join {scope.table} {scope.alias} "
                f"on {scope.alias}.id = page.id {' '.join(scope.joins)} order by {written.by(backward=self.backward)}"
            )
        if not (knows_bounds or self.backward):
            return rows
        numbered = f"select y.*, row_number() over () as rn, count(*) over () as cnt from ({rows}) y"
        return f"{numbered} order by rn desc" if self.backward else numbered

    def _entry(self, what: str, nodes: Sequence[FieldNode], scope: Scope, order: Order) -> Template:
        if what == "nodes":
            return self._node(nodes, scope)
        edge_type = _named_type(self.compiler, self.type_name, nodes[0])
        through = self.declared.through
        link = through.entity[0].lower() + through.entity[1:] if through else ""
        parts: list[str] = [_tag(edge_type)] if self.compiler.tagged else []
        values: list[str] = []
        for key, same in self.compiler.selections.fields(nodes, edge_type).items():
            name = same[0].name.value
            if name == "node":
                text, more = self._node(same, scope)
            elif name == "cursor":
                text, more = "%s", [order.cursor(self.dialect)]
            elif name == "similarity":
                text, more = ("%s", ["page.score"]) if self.similar else ("null", [])
            elif name == link and through:
                text, more = self.compiler.object(through.entity, same, scope)
            else:
                text, more = self.compiler.field(edge_type, same, scope)
            parts.append(f'"{key}":{text}')
            values += more
        return "{" + ",".join(parts) + "}", values

    def _node(self, nodes: Sequence[FieldNode], scope: Scope) -> Template:
        through = self.declared.through
        return self.compiler.object(self.declared.target, nodes, scope.link(through.node) if through else scope)

    def _order(self, scope: Scope, found: str) -> Order:
        """The order asked for; else by closeness or relevance (of the row `found`) where the list was searched."""
        asked = plain(self.arguments.get("orderBy"))
        tie = Term("id", f"{scope.alias}.id", True, "int")
        if not asked and self.similar:
            return Order((Term("similarity", f"{found or 'sim'}.score", True, "float"), tie))
        if self._by_relevance:
            return Order((Term("relevance", f"{found or HIT}.relevance", True, "float"), tie))
        wanted = wanted_order(asked, self.declared.order)
        if asked:
            for name, _ in wanted:
                self.compiler.allow(self.row.declared[name], self.row.__name__, name)
        return order_of(wanted, scope)

    # --- what belongs to the list ---------------------------------------------------------------------------------

    def _conditions(self, scope: Scope) -> list[str]:
        parts = self._met(scope)
        if self.declared.once and self.default:
            parts.append(self._foremost(scope, *self.declared.once))
        return parts

    def _foremost(self, scope: Scope, same: str, by: str) -> str:
        """That no other row of the list that meets the conditions and is of the same thing goes before this one."""
        other = self._scope()
        counted = self.binder.conditions
        met = self._met(other)
        self.binder.conditions = counted  # they are the same ones, written twice
        mine, its = scope.alias, other.alias
        before = f"{its}.{by} > {mine}.{by} or {its}.{by} = {mine}.{by} and {its}.id > {mine}.id"
        where = _where([*met, f"{its}.{same} = {mine}.{same}", f"({before})"])
        return f"not exists (select 1 from {other.clause()}{where})"

    def _met(self, scope: Scope) -> list[str]:
        parts: list[str] = []
        declared, arguments = self.declared, self.arguments
        if self.parent:
            parts.append(scope.sql(declared.where, parent=self.parent.alias))
        if self.row.where:
            parts.append(scope.sql(self.row.where))
        if declared.default and self.default:
            parts.append(scope.sql(declared.default))
        if arguments.get("where"):
            asked = condition(arguments["where"], scope, self.binder, self.compiler.allow)
            if asked:
                parts.append(asked)
        return parts

    def _allow_search(self) -> None:
        """Raises Forbidden where the actor may not see what is searched: hits tell which words it holds."""
        for name, column in self.row.declared.items():
            if isinstance(column, Column) and column.searched:
                self.compiler.allow(column, self.row.__name__, name)

    def _search_query(self, words: str) -> str:
        if len(words) > MOST_SEARCH_LETTERS:
            raise Invalid(
                f"search has {len(words)} characters; it takes at most {MOST_SEARCH_LETTERS}.", path=("search",)
            )
        query = self.dialect.full_text_query(words)
        if query is None:
            raise Invalid(
                "search holds no word to look for: give at least one, not only -excluded ones.", path=("search",)
            )
        return query

    @property
    def _by_relevance(self) -> bool:
        return self._given("search") and not self.similar and not plain(self.arguments.get("orderBy"))

    def _chosen(self, *, alone: bool) -> tuple[Scope, list[str]]:
        """The rows of the list and their conditions; `alone`: nothing but ids and relevance will be asked of them."""
        scope = self._scope()
        conditions = self._conditions(scope)
        if alone and not conditions and not self.similar and self._given("search"):
            # the full-text index knows both: no need to look the rows up
            scope.alias = HIT
        return scope, conditions

    def _clause(self, scope: Scope) -> str:
        """The rows, joined to what was found by words and by meaning."""
        clause = scope.clause()
        if self._given("search"):
            query = self.binder.add(self.arguments["search"], "text", self._search_query, name="search")
            hits = f"{self.dialect.full_text(self.declared.search, query)} {HIT}"
            clause = hits if scope.alias == HIT else f"{clause} join {hits} on {HIT}.id = {scope.alias}.id"
        if self.similar:
            clause += f" join {self.dialect.scored(self.similar)} sim on sim.id = {scope.alias}.id"
        return clause

    def _count(self) -> str:
        if self.declared.count and not self._given("where", "search", "similarTo"):
            return (
                self.parent.sql(self.declared.count, parent=self.parent.alias) if self.parent else self.declared.count
            )
        scope, conditions = self._chosen(alone=True)
        return f"(select count(*) from {self._clause(scope)}{_where(conditions)})"

    # --- bounds ---------------------------------------------------------------------------------------------------

    def _size(self, extra: int) -> str:
        """Placeholder of how many rows the page has, plus `extra`. Refuses what is out of range."""
        first, last = self.arguments.get("first"), self.arguments.get("last")
        if first is not None and last is not None:
            raise Invalid("Give first or last, not both.", path=("first",))
        name = "last" if last is not None else "first"
        asked = last if last is not None else first
        most = self.compiler.limits.page_most

        def checked(value: int) -> int:
            if not 0 <= value <= most:
                raise Invalid(
                    f"{name} is {value}; it must be from 0 to {most}. Use the cursors to read on.", path=(name,)
                )
            return value + extra

        if asked is None:
            return self.binder.add(self.compiler.limits.page_default + extra, "int")
        return self.binder.add(asked, "int", checked, name=("size", name, extra))

    def _info(self, nodes: Sequence[FieldNode]) -> Template:
        size = self._size(0)
        more = f"coalesce(max(p.cnt), 0) > {size}"
        edge = f"case when p.cnt < {size} then p.cnt else {size} end"
        first_row = f"max(case when p.rn = 1 and p.rn <= {size} then p.cur end)"
        last_row = f"max(case when p.rn = {edge} then p.cur end)"
        start, end = (last_row, first_row) if self.backward else (first_row, last_row)
        parts: list[str] = [_tag("PageInfo")] if self.compiler.tagged else []
        values: list[str] = []
        for key, same in self.compiler.selections.fields(nodes, "PageInfo").items():
            match same[0].name.value:
                case "__typename":
                    parts.append(f'"{key}":"PageInfo"')
                    continue
                case "hasNextPage":
                    text = self._known(self.arguments.get("before")) if self.backward else self.dialect.boolean(more)
                case "hasPreviousPage":
                    text = self.dialect.boolean(more) if self.backward else self._known(self.arguments.get("after"))
                case "startCursor":
                    text = f"coalesce({start}, 'null')"
                case _:
                    text = f"coalesce({end}, 'null')"
            parts.append(f'"{key}":%s')
            values.append(text)
        return "{" + ",".join(parts) + "}", values

    def _asks_bounds(self, nodes: Sequence[FieldNode]) -> bool:
        """Whether page info is asked for that only the rows tell."""
        known = ("__typename", "hasNextPage" if self.backward else "hasPreviousPage")
        fields = self.compiler.selections.fields(nodes, "PageInfo").values()
        return any(same[0].name.value not in known for same in fields)

    @staticmethod
    def _known(cursor: Any) -> str:
        # a page that starts at a cursor has something on the other side of it: the cursor's own row
        return "'true'" if cursor is not None else "'false'"


def _tag(type_name: str) -> str:
    return f'"{TYPE_TAG}":"{type_name}"'


def _where(conditions: Sequence[str]) -> str:
    return f" where {' and '.join(conditions)}" if conditions else ""


def _mentions(where: Any, name: str) -> bool:
    """Whether a filter speaks of a field, at any depth of and, or, not."""
    if isinstance(where, Mapping):
        return name in where or any(_mentions(where[key], name) for key in ("and", "or", "not") if key in where)
    return isinstance(where, list) and any(_mentions(one, name) for one in where)


def _named_type(compiler: Compiler, owner: str, node: FieldNode) -> str:
    fields = compiler.selections.schema.type_map[owner].fields  # type: ignore[attr-defined]
    return get_named_type(fields[node.name.value].type).name
