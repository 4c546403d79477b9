"""Completion as generated Python: one function for each selection, made once and kept like the plans.

What the plans cannot answer (payloads of mutations, events of subscriptions, `viewer`) is completed by code such as

    def f2(s, L):
        return {"created": (v1 if (v1 := s.created) is True or v1 is False else serialize3(v1)), "complaint": ...}

in which things of the graph are finished JSON of a plan, spliced in. The code knows good values alone: at anything else
(a null where none may be, a value of another type) it raises, and graphql-core completes the same values instead, with
its own words for what is wrong.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    GraphQLEnumType,
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLLeafType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    OperationDefinitionNode,
    VariableNode,
    Visitor,
    is_leaf_type,
    visit,
)
from strawberry.schema.name_converter import NameConverter

from .declare import ENTITIES
from .payload import BUILDER, NOUN
from .plan.planner import Plan, Plans, Request
from .plan.select import Selections, names_under
from .plan.values import TYPE_TAG
from .subscriptions import ENTITY_OF

NAMES = NameConverter()
ROWS = frozenset([*BUILDER.types, "PageInfo"])
"""Types whose values are rows of a plan, by response key; those of others are objects of Python."""
Lookups = Sequence[Callable[[int], Any]]
Write = Callable[[Any, Lookups], Any]

# a good value of each built-in scalar, which graphql-core would pass on as it is
_GOOD = {
    "String": "type({v}) is str",
    "ID": "type({v}) is str",
    "Boolean": "type({v}) is bool",
    "Int": "type({v}) is int and -2147483648 <= {v} <= 2147483647",
    "Float": "type({v}) is float and {v} - {v} == 0",
    "DateTime": "type({v}) is str",
    "Date": "type({v}) is str",
}


class Odd(Exception):
    """A value that only graphql-core may complete."""


class Unwritten(Exception):
    """A field that this file does not know how to complete, such as one of introspection."""


@dataclass(frozen=True, slots=True)
class Root:
    """A field of an operation: how its value is found, and how it is shown."""

    key: str
    nodes: list[FieldNode]
    definition: GraphQLField | None
    """None of `__typename`."""
    plan: Plan | None
    """The statement of a planned field of Query."""
    write: Write | None
    """What shows the field's value; None where the plan's text is spliced as it is."""
    nouns: tuple[Plan, ...] = ()
    """Statements of the things that `write` looks up, in their order."""
    shown: frozenset[str] = frozenset()
    """Names of all fields below this one."""


Completion = tuple[Root, ...]


def completion_of(
    plans: Plans, document: object, operation: OperationDefinitionNode, request: Request, *, splice: bool
) -> Completion | None:
    """How an operation is completed; None where it is graphql-core's from beginning to end. Raises what plans refuse.

    `splice=False` completes planned fields from the plan's rows instead, which is how a field would be computed that
    SQL cannot say.
    """
    kind = {"query": "Query", "mutation": "Mutation", "subscription": "Subscription"}[operation.operation.value]

    def write() -> Completion | None:
        selections = request.selections()
        parent: Any = request.schema.type_map[kind]
        roots: list[Root] = []
        try:
            for key, nodes in selections.root(operation.selection_set, kind).items():
                name = nodes[0].name.value
                if name == "__typename":
                    roots.append(Root(key, nodes, None, None, None))
                elif name not in parent.fields:
                    return None
                elif (kind, name) in plans.planned and splice:
                    plan = plans.root(None, key, nodes, request, tagged=False)
                    if plan.resolved:
                        raise Unwritten
                    roots.append(Root(key, nodes, parent.fields[name], plan, None))
                else:
                    plan = plans.root(None, key, nodes, request) if (kind, name) in plans.planned else None
                    if plan is not None and plan.resolved:
                        raise Unwritten
                    generator = Generator(request.schema, plans, selections, request)
                    function = generator.root(parent.fields[name], name, nodes, kind)
                    shown = names_under(nodes, request.fragments)
                    roots.append(Root(key, nodes, parent.fields[name], plan, function, tuple(generator.nouns), shown))
        except Unwritten:
            return None
        return tuple(roots)

    name = operation.name.value if operation.name else ""
    return plans.kept((document, name, "completion", splice), request, write)


def inner_variables(
    operation: OperationDefinitionNode, fragments: Mapping[str, FragmentDefinitionNode]
) -> frozenset[str]:
    """Names of the variables that stand anywhere but in an argument of a root field."""
    names: set[str] = set()
    left: list[Any] = [fragment.selection_set for fragment in fragments.values()]
    for node in operation.selection_set.selections:
        left += [node.selection_set, *(node.directives or ())] if isinstance(node, FieldNode) else [node]
    for node in left:
        if node is not None:
            visit(node, Gatherer(names))
    return frozenset(names)


class Gatherer(Visitor):
    """Gathers the names of variables."""

    def __init__(self, names: set[str]) -> None:
        super().__init__()
        self._names = names

    def enter_variable(self, node: VariableNode, *_: Any) -> None:
        self._names.add(node.name.value)


class Generator:
    """Writes the functions of one root field."""

    def __init__(self, schema: GraphQLSchema, plans: Plans, selections: Selections, request: Request) -> None:
        self.nouns: list[Plan] = []
        self._schema = schema
        self._plans = plans
        self._selections = selections
        self._request = request
        self._number = 0
        self._code: list[str] = []
        self._known: dict[str, Any] = {}

    def root(self, definition: GraphQLField, name: str, nodes: Sequence[FieldNode], kind: str) -> Write:
        """The function of a field's value and the lookups of `nouns`."""
        if kind == "Subscription":
            text = self._noun(ENTITY_OF[name], nodes, "s", sure=True)
        else:
            text = self._value(definition.type, nodes, "s")
        self._code.append(f"def root(s, L):\n    return {text}\n")
        # names in the code are GraphQL's and Python's; whatever else came with the document goes through repr
        exec(compile("".join(self._code), "<completion>", "exec"), self._known)
        return self._known["root"]

    def _fresh(self, letter: str) -> str:
        self._number += 1
        return f"{letter}{self._number}"

    def _hold(self, letter: str, value: Any) -> str:
        name = self._fresh(letter)
        self._known[name] = value
        return name

    def _value(self, kind: Any, nodes: Sequence[FieldNode], access: str) -> str:
        """Expression of a value shown as its type says."""
        name = self._fresh("v")
        required = isinstance(kind, GraphQLNonNull)
        inner = kind.of_type if required else kind
        shown = self._shown(inner, nodes, name)
        if required:
            return f"({shown} if ({name} := {access}) is not None else {self._hold('odd', _odd)}())"
        return f"({shown} if ({name} := {access}) is not None else None)"

    def _shown(self, kind: Any, nodes: Sequence[FieldNode], name: str) -> str:
        if isinstance(kind, GraphQLList):
            function, item = self._fresh("f"), self._value(kind.of_type, nodes, "x")
            listed = f"[{item} for x in s] if type(s) is list else {self._hold('odd', _odd)}()"
            self._code.append(f"def {function}(s, L):\n    return {listed}\n")
            return f"{function}({name}, L)"
        if isinstance(kind, GraphQLObjectType):
            return f"{self._object(kind, nodes)}({name}, L)"
        if isinstance(kind, GraphQLInterfaceType | GraphQLUnionType):
            return self._abstract(kind, nodes, name)
        return self._leaf(kind, name)

    def _leaf(self, kind: GraphQLLeafType, name: str) -> str:
        serialize = self._hold("serialize", _strict(kind))
        if isinstance(kind, GraphQLEnumType):
            members = getattr(kind, "wrapped_cls", ())
            table = self._hold("names", {member: kind.serialize(member) for member in members})
            return f"({table}[{name}] if {name} in {table} else {serialize}({name}))"
        good = _GOOD.get(kind.name)
        return f"({name} if {good.format(v=name)} else {serialize}({name}))" if good else f"{serialize}({name})"

    def _abstract(self, kind: Any, nodes: Sequence[FieldNode], name: str) -> str:
        """By the row's tag, or by the class of what a resolver gave."""
        table: dict[Any, Write] = {}
        late: list[tuple[Any, str]] = []
        rows = kind.name == "Node"
        for possible in self._schema.get_possible_types(kind):
            definition = possible.extensions.get("strawberry-definition")
            if definition is None:
                raise Unwritten
            late.append((possible.name if rows else definition.origin, self._object(possible, nodes)))
        held = self._hold("types", table)
        fill = ", ".join(f"({self._hold('key', key)}, {function})" for key, function in late)
        self._code.append(f"{held}.update([{fill}])\n")
        return f"{held}[{f'{name}[{TYPE_TAG!r}]' if rows else f'type({name})'}]({name}, L)"

    def _object(self, kind: GraphQLObjectType, nodes: Sequence[FieldNode]) -> str:
        parts = []
        for key, same in self._selections.fields(nodes, kind.name).items():
            field = same[0].name.value
            if field == "__typename":
                parts.append(f"{key!r}: {kind.name!r}")
                continue
            parts.append(f"{key!r}: {self._field(kind, key, field, same)}")
        function = self._fresh("f")
        self._code.append(f"def {function}(s, L):\n    return {{{', '.join(parts)}}}\n")
        return function

    def _field(self, kind: GraphQLObjectType, key: str, field: str, nodes: Sequence[FieldNode]) -> str:
        of = kind.fields[field].type
        if kind.name in ROWS:
            return self._value(of, nodes, f"s[{key!r}]")
        made = _made(kind).get(field)
        if made is None or made.base_resolver is not None:
            raise Unwritten
        entity = (made.metadata or {}).get(NOUN)
        if entity is not None:
            return self._noun(entity, nodes, f"s.{made.python_name}")
        return self._value(of, nodes, f"s.{made.python_name}")

    def _noun(self, entity: str, nodes: Sequence[FieldNode], access: str, *, sure: bool = False) -> str:
        """A thing by its key, null where there is no key, or no such thing any more.

        Only its id needs no statement, unless one must be `sure` that it is still there: payloads speak of what is.
        """
        name = self._fresh("v")
        fields = {key: same[0].name.value for key, same in self._selections.fields(nodes, entity).items()}
        if not sure and {*fields.values()} <= {"id", "__typename"}:
            prefix = ENTITIES[entity].prefix
            ids = [
                f"{key!r}: " + (f"'{prefix}_%s' % {name}" if of == "id" else repr(entity)) for key, of in fields.items()
            ]
            return f"({{{', '.join(ids)}}} if ({name} := {access}) is not None else None)"
        plan = self._plans.rows(None, entity, nodes, self._request, tagged=False)
        if plan.resolved:
            raise Unwritten
        self.nouns.append(plan)
        return f"(L[{len(self.nouns) - 1}]({name}) if ({name} := {access}) is not None else None)"


def _odd() -> Any:
    raise Odd


def _strict(kind: GraphQLLeafType) -> Callable[[Any], Any]:
    """graphql-core's own serialisation, whose complaints and nulls are left to graphql-core."""
    assert is_leaf_type(kind)

    def serialize(value: Any) -> Any:
        found = kind.serialize(value)
        return _odd() if found is None else found

    return serialize


def _made(kind: GraphQLObjectType) -> Mapping[str, Any]:
    """The strawberry fields of a type that is written by hand, by GraphQL name."""
    definition = kind.extensions.get("strawberry-definition")
    if definition is None:
        return {}
    return {NAMES.get_graphql_name(field): field for field in definition.fields}
