"""Documents made by chance: valid, dense and small, each with its variables. Equal seeds give equal documents."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from typing import Any

from graphql import (
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    get_named_type,
    is_leaf_type,
)

from .shape import IN_PYTHON, PREFIX_OF, SCHEMA
from .world import PIECES, Scattered

MOST_FIELDS = 90
NODES = list(PREFIX_OF)
TIMES = ("2026-01-03", "2026-01-06T00:00:00Z", "2026-04-01T10:00:00.123+02:00", "-P8W")
NUMBERS = (0, 1, 2, 3, 5, 0.1, 0.5, 0.9, 0.25, -0.5, 1234.5)
ORDINARY: Callable[[str], bool] = lambda argument: argument not in ("after", "before", "search")  # noqa: E731


class Word(str):
    """A text that is written without quotes: an enum's value, a variable."""

    __slots__ = ()


@dataclass
class Writer:
    """Writes one document. `takes` says which arguments may be used at all."""

    random: Random
    world: Scattered
    takes: Callable[[str], bool] = ORDINARY
    heads: list[str] = field(default_factory=list)
    variables: dict[str, Any] = field(default_factory=dict)
    fragments: list[str] = field(default_factory=list)
    number: int = 0
    written: int = 0

    def document(self) -> tuple[str, dict[str, Any]]:
        """A query and its variables."""
        body = self.selection(SCHEMA.query_type, 0, 3)  # type: ignore[arg-type]
        head = f"({', '.join(self.heads)})" if self.heads else ""
        return f"query Random{head} {body} {' '.join(self.fragments)}".strip(), self.variables

    def chance(self, share: float) -> bool:
        return self.random.random() < share

    def fresh(self, letter: str) -> str:
        self.number += 1
        return f"{letter}{self.number}"

    # --- selections -------------------------------------------------------------------------------------------------

    def selection(
        self, kind: GraphQLObjectType | GraphQLInterfaceType, depth: int, most: int, *, alias: bool = False
    ) -> str:
        parts: list[str] = []
        # what is written in Python, not planned, has tests of its own, and so has what the oracle would take long over
        names = [name for name in kind.fields if name not in IN_PYTHON and name != "centricity"]
        if depth > 5 or self.written > MOST_FIELDS:
            names = [name for name in names if is_leaf_type(get_named_type(kind.fields[name].type))]
        for _ in range(self.random.randint(1, most)):
            if self.chance(0.1) or not names:
                parts.append("__typename")
                continue
            name = self.random.choice(names)
            definition = kind.fields[name]
            of = get_named_type(definition.type)
            head = self.head(kind, name, definition, alias=alias)
            self.written += 1
            if is_leaf_type(of):
                parts.append(head)
                continue
            # the same field twice: its selections are merged
            for _ in range(2 if self.chance(0.15) else 1):
                parts.append(f"{head} {self.selection(of, depth + 1, 5)}")  # type: ignore[arg-type]
        if self.written < MOST_FIELDS:
            parts += self.spreads(kind, depth)
        return "{ " + " ".join(parts) + " }"

    def spreads(self, kind: GraphQLObjectType | GraphQLInterfaceType, depth: int) -> list[str]:
        """Fragments on the type itself, on its interface, or on what may stand behind an interface."""
        if isinstance(kind, GraphQLInterfaceType):
            possible = [one.name for one in SCHEMA.get_possible_types(kind)]
            chosen = [self.random.choice(possible) for _ in range(self.random.randint(0, 4))]
            # fields of several types under one name would have to agree
            return [f"... on {one} {self.selection(SCHEMA.type_map[one], depth + 1, 4, alias=True)}" for one in chosen]  # type: ignore[arg-type]
        parts = []
        if self.chance(0.15):
            face = kind.interfaces[0] if kind.interfaces and self.chance(0.5) else None
            on = face.name if face else kind.name
            inner = f"{{ {next(iter(face.fields))} __typename }}" if face else self.selection(kind, depth + 1, 2)
            parts.append(f"... on {on}{self.directive()} {inner}")
        if self.chance(0.1):
            name = self.fresh("F")
            self.fragments.append(f"fragment {name} on {kind.name} {self.selection(kind, depth + 1, 2)}")
            parts.append(f"...{name}{self.directive()}")
        if self.chance(0.05):
            parts.append(f"...{self.directive()} {self.selection(kind, depth + 1, 2)}")
        return parts

    def head(self, kind: Any, name: str, definition: GraphQLField, *, alias: bool) -> str:
        arguments = self.arguments(kind, name, definition)
        shown = f"{self.fresh('a')}: {name}" if alias or arguments or self.chance(0.2) else name
        return f"{shown}{arguments}{self.directive()}"

    def directive(self) -> str:
        if not self.chance(0.08):
            return ""
        which, value = self.random.choice(("include", "skip")), self.random.choice((True, False))
        given = self.variable("Boolean!", value) if self.chance(0.6) else json.dumps(value)
        return f" @{which}(if: {given})"

    # --- arguments --------------------------------------------------------------------------------------------------

    def arguments(self, kind: Any, name: str, definition: GraphQLField) -> str:
        parts: list[str] = []
        since = None
        chosen = [one for one in definition.args if self.takes(one)]
        if "first" in chosen:
            chosen.remove(self.random.choice(("first", "last")))
        for argument in chosen:
            of = definition.args[argument].type
            required = isinstance(of, GraphQLNonNull)
            if not required and not self.chance(0.6 if argument in ("first", "where") else 0.25):
                continue
            value = self.argument(kind, name, argument, of)
            if argument == "since":
                since = value
            elif argument == "until" and since is not None:
                value = max(since, value, key=TIMES.index)  # else it is refused
            if not required and self.chance(0.03):
                value = None
            if self.chance(0.35):
                parts.append(f"{argument}: {self.variable(str(of), value)}")
            else:
                parts.append(f"{argument}: {self.literal(value, of)}")
        return f"({', '.join(parts)})" if parts else ""

    def argument(self, kind: Any, field: str, argument: str, of: Any) -> Any:
        match argument:
            case "first" | "last":
                return self.random.choice((0, 1, 2, 3, 5, 100))
            case "id":
                names = NODES if field == "node" else [field[0].upper() + field[1:]]
                return self.id(self.random.choice(names))
            case "ids":
                return [self.id(self.random.choice(NODES)) for _ in range(self.random.randint(0, 5))]
            case "similarTo":
                return {"text": "late", "minimum": self.random.choice((0.0, 0.2, 0.5, 1.0))}
            case "search":
                return self.random.choice(("parcel", "late or dark", '"size fits"', "app -crash", "日本"))
            case _:
                target = get_named_type(of).name
                return self.value(of, target.removesuffix("Where").removesuffix("Order"), 0)

    def id(self, kind: str) -> str:
        most = {"Complaint": self.world.complaints, "Need": self.world.needs, "Invention": self.world.inventions}.get(
            kind, 6
        )
        return f"{PREFIX_OF[kind]}_{self.random.randint(1, most + 2)}"

    def value(self, of: Any, entity: str, depth: int) -> Any:
        """A value of an input type, without nulls, which conditions refuse."""
        random = self.random
        if isinstance(of, GraphQLNonNull):
            return self.value(of.of_type, entity, depth)
        if isinstance(of, GraphQLList):
            return [self.value(of.of_type, entity, depth) for _ in range(random.choice((0, 1, 1, 2, 3)))]
        if isinstance(of, GraphQLEnumType):
            return Word(random.choice(list(of.values)))
        if isinstance(of, GraphQLInputObjectType):
            if of.name.endswith("Where"):
                entity = of.name.removesuffix("Where")
            names = [
                name
                for name in of.fields
                if depth < 3 or not of.name.endswith("Where") or name not in ("and", "or", "not")
            ]
            few = random.sample(
                names, min(len(names), 1 if not of.name.endswith("Where") else random.choice((0, 1, 1, 2, 3)))
            )
            if of.name.endswith("Order"):
                few = ["field", *(["direction"] if self.chance(0.7) else [])]
            return {name: self.value(of.fields[name].type, entity, depth + 1) for name in few}
        match of.name:
            case "ID":
                return self.id(entity)
            case "Int":
                return random.choice([one for one in NUMBERS if isinstance(one, int)])
            case "Float":
                return random.choice(NUMBERS)
            case "Boolean":
                return random.choice((True, False))
            case "DateTimeOrDuration":
                return random.choice(TIMES)
            case _:
                return random.choice((*PIECES, "x", "email", "App", "family", "en", "ada", "r", "A", ""))

    def variable(self, of: str, value: Any) -> str:
        """A variable that holds the value, or whose default is the value."""
        name = self.fresh("v")
        optional = not of.endswith("!")
        if optional and value is not None and self.chance(0.3):
            self.heads.append(f"${name}: {of} = {self.plain(value)}")
            return f"${name}"
        self.heads.append(f"${name}: {of}")
        if value is not None or self.chance(0.5):
            self.variables[name] = json.loads(json.dumps(value))
        return f"${name}"

    def literal(self, value: Any, of: Any) -> str:
        """GraphQL's text of a value, of whose scalars some are variables."""
        if isinstance(of, GraphQLNonNull):
            inner = of.of_type
            if is_leaf_type(inner) and self.chance(0.15):
                return self.variable(f"{inner.name}!", value)
            return self.literal(value, inner)
        if value is None:
            return "null"
        if isinstance(value, list):
            return f"[{', '.join(self.literal(one, of.of_type) for one in value)}]"
        if isinstance(value, dict):
            return (
                "{" + ", ".join(f"{key}: {self.literal(one, of.fields[key].type)}" for key, one in value.items()) + "}"
            )
        if is_leaf_type(of) and self.chance(0.15):
            return self.variable(f"{of.name}!", value)
        return self.plain(value)

    def plain(self, value: Any) -> str:
        if isinstance(value, Word):
            return value
        if isinstance(value, list):
            return f"[{', '.join(map(self.plain, value))}]"
        if isinstance(value, dict):
            return "{" + ", ".join(f"{key}: {self.plain(one)}" for key, one in value.items()) + "}"
        return json.dumps(value)
