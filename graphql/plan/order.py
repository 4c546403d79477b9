"""Orders, and the cursors that are bound to them."""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

from ...models.dialects.base import ParameterKind
from ...models.errors import Invalid
from ..declare import Column, Scalar
from .binder import Binder
from .scope import Scope

# stands in for a missing value, below every real one: keyset comparisons need values
_LEAST: dict[Scalar, str] = {
    Scalar.TEXT: "''",
    Scalar.INT: "-9223372036854775807",
    Scalar.FLOAT: "-1e308",
    Scalar.MOMENT: "-9223372036854775807",
    Scalar.BOOLEAN: "-1",
}
_PARAMETERS: dict[Scalar, ParameterKind] = {
    Scalar.TEXT: "text",
    Scalar.INT: "int",
    Scalar.FLOAT: "float",
    Scalar.MOMENT: "int",
    Scalar.ID: "int",
}
_PYTHON: dict[ParameterKind, tuple[type, ...]] = {"text": (str,), "int": (int,), "float": (int, float)}


@dataclass(frozen=True, slots=True)
class Term:
    """One part of an order: never null, so that pages neither skip nor repeat rows."""

    name: str
    sql: str
    descending: bool
    kind: ParameterKind


@dataclass(frozen=True, slots=True)
class Order:
    """A total order of a list: the terms asked for, then the row's id."""

    terms: tuple[Term, ...]

    @property
    def signature(self) -> str:
        """Ties cursors to this order; a cursor of another order is refused."""
        text = ",".join(f"{term.name}{'-' if term.descending else '+'}" for term in self.terms)
        return f"{zlib.crc32(text.encode()):08x}"

    def by(self, *, backward: bool = False) -> str:
        """The ORDER BY list."""
        return ", ".join(f"{term.sql}{' desc' if term.descending != backward else ''}" for term in self.terms)

    def cursor(self, dialect: Any) -> str:
        """SQL of a row's cursor, as a JSON string."""
        return dialect.cursor([f"'{self.signature}'", *(term.sql for term in self.terms)])

    def beyond(self, cursor: Any, binder: Binder, *, after: bool) -> str:
        """Condition: a row lies after (or before) a cursor."""
        placeholders = [
            binder.add(cursor, term.kind, self._reader(index), name=(self.signature, index))
            for index, term in enumerate(self.terms)
        ]
        if len({term.descending for term in self.terms}) == 1:
            # one direction: a row comparison, which both databases answer from an index
            sign = ">" if after != self.terms[0].descending else "<"
            return f"({', '.join(term.sql for term in self.terms)}) {sign} ({', '.join(placeholders)})"
        text = ""
        for term, placeholder in reversed(list(zip(self.terms, placeholders, strict=True))):
            sign = ">" if after != term.descending else "<"
            here = f"{term.sql} {sign} {placeholder}"
            # the redundant first half lets an index narrow the search
            text = f"({term.sql} {sign}= {placeholder} and ({here} or {text}))" if text else here
        return text

    def _reader(self, index: int) -> Callable[[Any], Any]:
        def read(cursor: Any) -> Any:
            return self._decoded(str(cursor))[index]

        return read

    def _decoded(self, cursor: str) -> Sequence[Any]:
        try:
            signature, *values = json.loads(bytes.fromhex(cursor))
        except (ValueError, TypeError):
            raise Invalid(
                "This is no cursor of ours: give one that came with an earlier page.", path=("after",)
            ) from None
        if signature != self.signature:
            raise Invalid(
                "This cursor belongs to another order: keep orderBy as it was, or start without a cursor.",
                path=("after",),
            )
        fits = len(values) == len(self.terms) and all(
            isinstance(value, _PYTHON[term.kind])
            and not isinstance(value, bool)
            and (not isinstance(value, int) or abs(value) < 2**63)
            for value, term in zip(values, self.terms, strict=True)
        )
        if not fits:
            raise Invalid("This is no cursor of ours: give one that came with an earlier page.", path=("after",))
        return [float(value) if term.kind == "float" else value for value, term in zip(values, self.terms, strict=True)]


def order_of(wanted: Sequence[tuple[str, bool]], scope: Scope) -> Order:
    """The order of a list by its fields (python name, descending), made total by the row's id, in the last direction."""
    terms: list[Term] = []
    for name, descending in wanted:
        if name == "id" or name in {term.name for term in terms}:
            continue
        column = scope.entity.declared[name]
        if not isinstance(column, Column) or isinstance(column.kind, type):
            raise TypeError(f"{scope.entity.__name__}.{name} cannot be ordered by")
        sql = scope.sql(column.sql or f"{{self}}.{name}")
        if column.null or scope.outer:
            sql = f"coalesce({sql}, {_LEAST[column.kind]})"
        terms.append(Term(name, sql, descending, _PARAMETERS[column.kind]))
    last = wanted[-1][1] if wanted else False
    return Order((*terms, Term("id", f"{scope.alias}.id", last, "int")))


def wanted_order(order_by: Any, default: Sequence[tuple[str, bool]]) -> Sequence[tuple[str, bool]]:
    """The (field, descending) pairs of an `orderBy:` argument, enums already read."""
    if order_by is None or order_by == []:
        return default
    pairs = order_by if isinstance(order_by, list) else [order_by]
    if len(pairs) > 5:
        raise Invalid(f"orderBy holds {len(pairs)} orders; it takes at most 5.", path=("orderBy",))
    return [(_value(one["field"]), _value(one.get("direction")) == "DESC") for one in pairs]


def _value(member: Any) -> Any:
    return member.value if isinstance(member, Enum) else member
