"""What a plan says it reads is what the database reads for it."""

from __future__ import annotations

import re
import sqlite3
from collections import deque
from collections.abc import Iterator
from contextlib import closing

import pytest
from graphql import GraphQLObjectType, get_named_type
from strawberry.utils.str_converters import to_camel_case

from nobodyasked.graphql.declare import ENTITIES, AnyById, Breakdown, ById, Column, Connection, Entity, One, Parameter
from nobodyasked.graphql.engine import Engine
from nobodyasked.graphql.payload import BUILDER
from nobodyasked.graphql.plan.planner import Plan, Plans
from nobodyasked.graphql.schema import core_schema
from nobodyasked.models.database import Database
from nobodyasked.models.versions import DERIVED, VERSIONED

from .conftest import Graph

IN_PYTHON = ("Complaint.originalText",)


def planned() -> Iterator[tuple[str, str]]:
    """Every planned field by its type, with the start of a document that leads to the type."""
    schema = core_schema()
    # the shortest way to each type: text with a hole for a selection
    ways: dict[str, str] = {"Query": "%s"}
    open_ = deque(["Query"])
    while open_:
        kind = open_.popleft()
        type_ = schema.type_map[kind]
        assert isinstance(type_, GraphQLObjectType)
        for name, field in type_.fields.items():
            target = get_named_type(field.type)
            if (
                not isinstance(target, GraphQLObjectType)
                or target.name in ways
                or (kind == "Query" and name == "viewer")
            ):
                continue
            ways[target.name] = ways[kind] % f"{name}{_arguments(kind, name)} {{ %s }}"
            open_.append(target.name)
    for kind, way in ways.items():
        type_ = schema.type_map[kind]
        assert isinstance(type_, GraphQLObjectType)
        for name, field in type_.fields.items():
            if (kind, name) in BUILDER.planned:
                of = get_named_type(field.type)
                rest = " { __typename }" if hasattr(of, "fields") else ""
                for arguments in _variants(kind, name):
                    yield f"{kind}.{name}{arguments}", "{ " + way % f"{name}{arguments}{rest}" + " }"


def _arguments(kind: str, name: str) -> str:
    found = BUILDER.planned.get((kind, name))
    if found is None:
        return ""
    match found.declared:
        case ById(target=target):
            return f'(id: "{_prefix(target)}_1")'
        case AnyById(many=True):
            return '(ids: ["need_1", "team_1"])'
        case AnyById():
            return '(id: "complaint_1")'
        case Connection(takes=takes) if any(one.required for _, one in takes):
            return f"({_taken(takes)})"
    return ""


def _taken(takes: tuple[tuple[str, Parameter], ...]) -> str:
    """The arguments that a list must be given; each is a time."""
    return ", ".join(f'{to_camel_case(name)}: "2026-01-01"' for name, one in takes if one.required)


def _prefix(target: str) -> str:
    return ENTITIES[target].prefix


def _variants(kind: str, name: str) -> Iterator[str]:
    """Arguments that lead to other tables."""
    yield _arguments(kind, name)
    declared = BUILDER.planned[kind, name].declared
    if isinstance(declared, Connection):
        if declared.search:
            yield '(search: "late")'
        row: type[Entity] = ENTITIES[declared.through.entity if declared.through else declared.target]
        for field, one in row.declared.items():
            if isinstance(one, One) and one.filter:
                must = _taken(declared.takes)
                yield f'({must} where: {{ {to_camel_case(field)}: {{ id: {{ eq: "{_prefix(one.target)}_1" }} }} }})'


def reads(path: str, plan: Plan) -> set[str]:
    """The tables that SQLite asks leave to read for a statement."""
    found: set[str] = set()

    def note(action: int, table: str | None, *_: object) -> int:
        if action == sqlite3.SQLITE_READ and table:
            found.add(table)
        return sqlite3.SQLITE_OK

    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
        connection.set_authorizer(note)
        connection.execute(f"explain {plan.sql}", [None] * len(set(re.findall(r"\?\d+", plan.sql))))
    return found


@pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)
async def test_every_table_that_a_field_reads(
    graph: Graph, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[Plan] = []
    compile_ = Plans._compile

    def noted(*arguments: object, **named: object) -> Plan:
        made.append(compile_(*arguments, **named))  # type: ignore[arg-type]
        return made[-1]

    monkeypatch.setattr(Plans, "_compile", noted)
    graph.engine = Engine()
    path = database.url.removeprefix("sqlite:///")
    seen: set[str] = set()
    kinds: set[type] = set()
    for name, document in planned():
        made.clear()
        await graph.ask(document)
        # one, and what is worked out in Python takes another for the rows it needs
        assert len(made) == 1 or name in IN_PYTHON, name
        for plan in made:
            # json_each is a table to SQLite, whose making looks at the schema
            read = reads(path, plan) - {"json_each", "sqlite_master"}
            inner = {table for table in read if any(table.startswith(f"{one}_") for one in DERIVED)}
            sources = {source for table in read - inner for source in DERIVED.get(table, (table,))}
            assert sources <= plan.tables, name
            assert plan.tables <= set(VERSIONED)
            seen |= sources
        kind, field = name.partition("(")[0].split(".")
        kinds.add(type(BUILDER.planned[kind, field].declared))
    # no field was left out: those of every kind, and all tables
    assert kinds == {Column, One, Connection, Breakdown, ById, AnyById}
    assert seen == set(VERSIONED)
