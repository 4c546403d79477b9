"""Rows in a FROM clause, and how expressions reach their columns."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from ..declare import ENTITIES, Entity, Join, One

_PLACEHOLDER = re.compile(r"\{(\w+)\}")


class Aliases:
    """Fresh table aliases: t1, t2, ...; and what the request tells (a table of the mind's, the present), by placeholder."""

    def __init__(self, told: Mapping[str, Callable[[], str]], numbers: Iterator[int] | None = None) -> None:
        self.told = told
        self._numbers: Iterator[int] = numbers or iter(range(1, 1_000_000))

    def knowing(self, name: str, table: str) -> Aliases:
        """The same aliases, and one more table by the name of its placeholder."""
        return Aliases({**self.told, name: lambda: table}, self._numbers)

    def fresh(self) -> str:
        return f"t{next(self._numbers)}"


@dataclass
class Scope:
    """One row variable of a FROM clause. To-one links are joined to the same clause, once each, when first used."""

    entity: type[Entity]
    alias: str
    aliases: Aliases
    joins: list[str] = field(default_factory=list)
    outer: bool = False
    """Whether this row may be missing (it hangs on a left join)."""
    _links: dict[str, Scope] = field(default_factory=dict)

    @property
    def key(self) -> str:
        """SQL of the row's id."""
        return f"{self.alias}.id"

    def sql(self, expression: str, **others: str) -> str:
        """An expression with its placeholders replaced: `{self}`, the names in `others`, and to-one links."""

        def alias(match: re.Match[str]) -> str:
            name = match[1]
            if name == "self":
                return self.alias
            if name in self.aliases.told:
                return self.aliases.told[name]()
            return others[name] if name in others else self.link(name).alias

        return _PLACEHOLDER.sub(alias, expression)

    @property
    def table(self) -> str:
        """SQL of the entity's table."""
        return self.sql(self.entity.table)

    def link(self, name: str) -> Scope:
        """The row at the other end of a to-one link."""
        if name not in self._links:
            declared = self.entity.declared[name]
            alias = self.aliases.fresh()
            if isinstance(declared, One):
                target, table = ENTITIES[declared.target], ENTITIES[declared.target].table
                outer = self.outer or declared.null
            elif isinstance(declared, Join):
                target, table, outer = Entity, declared.table, self.outer or declared.null
            else:
                raise TypeError(f"{self.entity.__name__}.{name} is no to-one link")
            scope = Scope(target, alias, self.aliases, self.joins, outer)
            narrowed = f" and {scope.sql(target.where)}" if target.where else ""
            # the place is taken before the condition is written, so that rows are joined in the order they are used
            self.joins.append(
                f"{'left ' if outer else ''}join {table} {alias} on {alias}.id = {self.alias}.{declared.key}{narrowed}"
            )
            self._links[name] = scope
        return self._links[name]

    def clause(self) -> str:
        """The FROM clause's text, with every join used so far."""
        return " ".join([f"{self.table} {self.alias}", *self.joins])


class KeyScope(Scope):
    """A row of which only the id is wanted: it is known from the foreign key that leads to it, without a join."""

    def __init__(self, entity: type[Entity], source: Scope, link: One) -> None:
        super().__init__(entity, source.alias, source.aliases, source.joins, source.outer or link.null)
        self._column = link.key

    @property
    def key(self) -> str:
        return f"{self.alias}.{self._column}"
