"""The one pass over a document that measures it, each fragment once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    InlineFragmentNode,
    IntValueNode,
    OperationDefinitionNode,
    SelectionSetNode,
    VariableNode,
)

from .limits import Limits

# a page of this many rows is refused anyway; it keeps products of page sizes within reason
_MOST_PAGE = 10_000_000
CHANGE_COST = 10
"""Points of a mutation, beside those of what its answer shows."""
SCHEMA_COST = 1_000
"""The whole schema holds thousands of things, and is walked for each who asks."""


MOST_TOLD = 2**53 - 1
"""A value above it is told as this: it is the largest whole number that every reader of JSON keeps exact."""
MOST_INSIDE = 100
"""Selections inside selections, by way of fragments too: what reads them later follows no deeper."""


class TooNested(Exception):
    """A document is nested more deeply than anything reads."""


@dataclass(frozen=True, slots=True)
class Size:
    """What a selection amounts to with its fragments spread."""

    depth: int = 0
    aliases: int = 0
    directives: int = 0
    fields: int = 0
    top: int = 0
    """Fields of this level."""
    nodes: int = 0

    def beside(self, other: Size) -> Size:
        return Size(
            max(self.depth, other.depth),
            self.aliases + other.aliases,
            self.directives + other.directives,
            self.fields + other.fields,
            self.top + other.top,
            self.nodes + other.nodes,
        )


class Measure:
    """Measures operations of one document under given variables. Linear: a fragment is measured once, however often it is spread."""

    def __init__(
        self, fragments: Mapping[str, FragmentDefinitionNode], variables: Mapping[str, Any], limits: Limits
    ) -> None:
        self._fragments = fragments
        self._variables = variables
        self._limits = limits
        self._known: dict[str, Size] = {}
        self._inside = 0
        self.varies = False
        """Whether a page size came from a variable, so that another request may measure otherwise."""

    def operation(self, operation: OperationDefinitionNode) -> Size:
        """Size of a whole operation."""
        size = self._selection(operation.selection_set)
        return Size(
            size.depth,
            size.aliases,
            size.directives + len(operation.directives or ()),
            size.fields,
            size.top,
            size.nodes,
        )

    def _selection(self, selection_set: SelectionSetNode) -> Size:
        self._inside += 1
        if self._inside > MOST_INSIDE:
            raise TooNested
        total = self._sum(selection_set)
        self._inside -= 1
        return total

    def _sum(self, selection_set: SelectionSetNode) -> Size:
        total = Size()
        for node in selection_set.selections:
            if isinstance(node, FieldNode):
                total = total.beside(self._field(node))
            elif isinstance(node, FragmentSpreadNode):
                total = total.beside(self._fragment(node.name.value)).beside(
                    Size(directives=len(node.directives or ()))
                )
            elif isinstance(node, InlineFragmentNode):
                total = total.beside(self._selection(node.selection_set)).beside(
                    Size(directives=len(node.directives or ()))
                )
        return total

    def _fragment(self, name: str) -> Size:
        if name not in self._known:
            # validation forbids cycles; until it has run, a cycle must not hang this pass
            self._known[name] = Size()
            fragment = self._fragments.get(name)
            self._known[name] = self._selection(fragment.selection_set) if fragment else Size()
        return self._known[name]

    def _field(self, node: FieldNode) -> Size:
        inner = self._selection(node.selection_set) if node.selection_set else Size()
        if node.name.value == "__schema":
            inner = replace(inner, nodes=SCHEMA_COST)
        page = self._page(node, inner)
        return Size(
            inner.depth + 1,
            inner.aliases + (1 if node.alias else 0),
            inner.directives + len(node.directives or ()),
            inner.fields + 1,
            1,
            # a page of things, each with what hangs on it; anything else is as heavy as what it holds
            page * max(inner.nodes, 1) if page is not None else inner.nodes,
        )

    def _page(self, node: FieldNode, inner: Size) -> int | None:
        """How many rows a connection field may give; None where the field is no connection."""
        sizes = [argument.value for argument in node.arguments or () if argument.name.value in ("first", "last")]
        if not sizes:
            return self._limits.page_default if inner.depth > 1 and _is_connection(node) else None
        size = 0
        for value in sizes:
            if isinstance(value, IntValueNode):
                size = max(size, int(value.value))
            elif isinstance(value, VariableNode):
                self.varies = True
                given = self._variables.get(value.name.value)
                size = max(size, given if isinstance(given, int) else self._limits.page_default)
        return min(size, _MOST_PAGE)


def _is_connection(node: FieldNode) -> bool:
    """Whether a selection looks like a connection's: it asks for edges or nodes."""
    return any(
        isinstance(one, FieldNode) and one.name.value in ("edges", "nodes")
        for one in (node.selection_set.selections if node.selection_set else ())
    )


def cost_of(size: Size, kind: str) -> int:
    """Points that an operation may cost: what its answer could hold, and what it changes."""
    return max(size.nodes, 1) + (CHANGE_COST * size.top if kind == "mutation" else 0)


def check(size: Size, limits: Limits) -> list[GraphQLError]:
    """What is beyond the limits, each with what to change; empty where all is well."""
    found = [
        ("depth", size.depth, limits.depth, "fields inside fields", "Ask for less depth, or in several operations."),
        ("aliases", size.aliases, limits.aliases, "aliases", "Ask in several operations."),
        ("directives", size.directives, limits.directives, "directives", "Leave out what is not needed."),
        ("root fields", size.top, limits.root_fields, "root fields", "Ask in several operations."),
        ("fields", size.fields, limits.fields, "fields, fragments spread", "Ask for fewer fields."),
        (
            "nodes",
            size.nodes,
            limits.nodes,
            "things at most",
            "Use smaller pages (first, last), above all the inner ones.",
        ),
    ]
    return [
        beyond(f"The operation holds {shown(seen)} {what}; at most {most:,} are allowed. {advice}", name, seen, most)
        for name, seen, most, what, advice in found
        if seen > most
    ]


def beyond(message: str, limit: str, seen: int, most: int) -> GraphQLError:
    """The error of an operation beyond a limit."""
    told = {"code": "QUERY_TOO_COMPLEX", "limit": limit, "value": min(seen, MOST_TOLD), "most": most}
    return GraphQLError(message, extensions=told)


def shown(seen: int) -> str:
    return f"{seen:,}" if seen <= MOST_TOLD else f"more than {MOST_TOLD:,}"
