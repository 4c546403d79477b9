"""Which fields a selection holds, once fragments and directives are worked out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLIncludeDirective,
    GraphQLInterfaceType,
    GraphQLSchema,
    GraphQLSkipDirective,
    InlineFragmentNode,
    SelectionSetNode,
)
from graphql.execution.values import VariableValues, get_argument_values, get_directive_values

from .values import mark

Fields = dict[str, list[FieldNode]]
"""Response key -> the field nodes that are merged under it, in document order."""


class Selections:
    """Reads selection sets of one operation under its (marked) variables."""

    def __init__(
        self, schema: GraphQLSchema, fragments: Mapping[str, FragmentDefinitionNode], variables: VariableValues
    ) -> None:
        self.schema = schema
        self._fragments = fragments
        self._plain = variables

    @cached_property
    def _marked(self) -> VariableValues:
        return VariableValues(self._plain.sources, mark(self._plain.coerced))

    def fields(self, nodes: Sequence[FieldNode], type_name: str) -> Fields:
        """The sub-fields of merged field nodes, for an object of the named type."""
        found: Fields = {}
        seen: set[str] = set()
        for node in nodes:
            if node.selection_set:
                self._gather(node.selection_set, type_name, found, seen)
        return found

    def root(self, selection_set: SelectionSetNode, type_name: str) -> Fields:
        """The fields of an operation's own selection set."""
        found: Fields = {}
        self._gather(selection_set, type_name, found, set())
        return found

    def arguments(self, type_name: str, node: FieldNode) -> dict[str, Any]:
        """A field's arguments by GraphQL name, with a `Leaf` wherever a value comes out of a variable."""
        definition = self.schema.type_map[type_name].fields[node.name.value]  # type: ignore[attr-defined]
        return get_argument_values(definition, node, self._marked)

    def _gather(self, selection_set: SelectionSetNode, type_name: str, found: Fields, seen: set[str]) -> None:
        for node in selection_set.selections:
            if not self._included(node):
                continue
            if isinstance(node, FieldNode):
                found.setdefault(node.alias.value if node.alias else node.name.value, []).append(node)
            elif isinstance(node, InlineFragmentNode):
                if node.type_condition is None or self._applies(node.type_condition.name.value, type_name):
                    self._gather(node.selection_set, type_name, found, seen)
            elif isinstance(node, FragmentSpreadNode):
                name = node.name.value
                if name not in seen:
                    seen.add(name)
                    fragment = self._fragments[name]
                    if self._applies(fragment.type_condition.name.value, type_name):
                        self._gather(fragment.selection_set, type_name, found, seen)

    def _applies(self, condition: str, type_name: str) -> bool:
        if condition == type_name:
            return True
        abstract = self.schema.type_map[condition]
        if not isinstance(abstract, GraphQLInterfaceType):
            return False
        return self.schema.is_sub_type(abstract, self.schema.type_map[type_name])  # type: ignore[arg-type]

    def _included(self, node: Any) -> bool:
        if not node.directives:
            return True
        skip = get_directive_values(GraphQLSkipDirective, node, self._plain)
        if skip and skip["if"]:
            return False
        include = get_directive_values(GraphQLIncludeDirective, node, self._plain)
        return not include or include["if"]


def names_under(nodes: Sequence[FieldNode], fragments: Mapping[str, FragmentDefinitionNode]) -> frozenset[str]:
    """Names of all fields beneath some, at whatever depth and under whatever condition."""
    names: set[str] = set()
    spread: set[str] = set()
    left: list[Any] = [node.selection_set for node in nodes]
    while left:
        selection_set = left.pop()
        for node in selection_set.selections if selection_set else ():
            if isinstance(node, FragmentSpreadNode):
                if node.name.value not in spread:
                    spread.add(node.name.value)
                    left.append(fragments[node.name.value].selection_set)
                continue
            if isinstance(node, FieldNode):
                names.add(node.name.value)
            left.append(node.selection_set)
    return frozenset(names)
