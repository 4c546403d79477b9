"""Permission inside the plan: a role that may not see a field makes no statement that reads it, however it is asked."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest
from graphql import GraphQLInterfaceType, GraphQLObjectType, get_named_type, is_leaf_type, is_required_argument

from nobodyasked.graphql.declare import ENTITIES, Column, Connection, One, role_for
from nobodyasked.graphql.engine import Engine
from nobodyasked.graphql.payload import BUILDER
from nobodyasked.models.team import Role
from tests.api.conftest import Graph

from .oracle import snake
from .shape import CONNECTIONS, PREFIX_OF, SCHEMA


@contextmanager
def restricted(graph: Graph, kind: str, name: str, role: Role) -> Iterator[None]:
    """While it is open, a field is declared to need a role."""
    field = BUILDER.planned[kind, name]
    declared = replace(field.declared, role=role)  # type: ignore[arg-type]
    open_engine = graph.engine
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(field.owner, "declared", {**field.owner.declared, field.name: declared})
        graph.engine = Engine()
        graph.engine._plans.planned = {**BUILDER.planned, (kind, name): replace(field, declared=declared)}
        yield
    graph.engine = open_engine


def paths() -> dict[str, str]:
    """For each type a document in which %s stands for a selection on it."""
    found = {"Query": "%s"}
    waiting = ["Query"]
    while waiting:
        kind: Any = SCHEMA.type_map[waiting.pop(0)]
        for name, definition in kind.fields.items():
            of = get_named_type(definition.type)
            if not isinstance(of, GraphQLObjectType) or of.name in found or name == "viewer":
                continue
            found[of.name] = found[kind.name] % f"{{ {head(name, kind.name)} %s }}"
            waiting.append(of.name)
    return found


def head(name: str, owner: str = "Query") -> str:
    kind = name[0].upper() + name[1:]
    if owner == "Query" and kind in PREFIX_OF and name != "evidence":
        return f'{name}(id: "{PREFIX_OF[kind]}_1")'
    return f"{name}({needed(name, owner)})" if needed(name, owner) else name


def needed(name: str, owner: str = "Query") -> str:
    """The arguments that a field must have: times, so far."""
    arguments: Any = SCHEMA.type_map[owner].fields[name].args  # type: ignore[attr-defined]
    must = [one for one, argument in arguments.items() if is_required_argument(argument)]
    return ", ".join(f'{one}: "2026-01-01"' for one in must if one not in {"id", "ids"})


def selection(kind: str, name: str) -> str:
    field: Any = SCHEMA.type_map[kind].fields[name]  # type: ignore[attr-defined]
    of = get_named_type(field.type)
    inner = "" if is_leaf_type(of) else " { __typename }"
    if kind == "Query" and name in ("node", "nodes"):
        return '{ node(id: "need_1") { id } }' if name == "node" else '{ nodes(ids: ["need_1"]) { id } }'
    assert not isinstance(of, GraphQLInterfaceType)
    return f"{{ {head(name, kind)}{inner} }}"


FIELDS = [(kind, name) for (kind, name), field in BUILDER.planned.items() if hasattr(field.declared, "role")]


async def refused(graph: Graph, document: str, role: Role) -> bool:
    """Whether the plan was refused for want of a role; no statement may have been sent then."""
    with graph.database.counting() as recorder:
        errors = json.loads((await graph.answer(document, role=role)).body).get("errors", [])
    codes = [error["extensions"]["code"] for error in errors]
    # what is worked out first may find the time that was given no good
    assert codes in ([], ["FORBIDDEN"], ["INVALID"]), (document, errors)
    assert recorder.count == 0 if codes == ["FORBIDDEN"] else recorder.count > 0
    return codes == ["FORBIDDEN"]


@pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)
async def test_every_field_and_role(graph: Graph) -> None:
    ways = paths()
    assert len(FIELDS) > 120
    for kind, name in FIELDS:
        document = ways[kind] % selection(kind, name)
        declared = BUILDER.planned[kind, name].declared
        # an edge is of the thing that it stands for
        whole = BUILDER.planned[kind, name].owner.least_role
        needs = max(role_for(declared), whole, key=lambda role: role.rank)
        if getattr(declared, "withheld", False):  # then it is null
            assert not await refused(graph, document, Role.READER)
            continue
        assert await refused(graph, document, Role.READER) is not Role.READER.includes(needs), (kind, name)
        if needs is Role.ADMIN:  # its resolver asks for the role once more
            continue
        with restricted(graph, kind, name, Role.CURATOR):
            for role in Role:
                assert await refused(graph, document, role) is not role.includes(Role.CURATOR), (document, role)


@pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)
async def test_conditions_and_orders_tell_as_much(graph: Graph) -> None:
    asked = 0
    lists = {link.kind: name for (owner, name), link in CONNECTIONS.items() if owner == "Query"}
    for kind, listed in lists.items():
        for name, declared in ENTITIES[kind].declared.items():
            shown = next((shown for (k, shown) in BUILDER.planned if k == kind and snake(shown) == name), None)
            if shown is None or isinstance(declared, Connection):
                continue
            ways = []
            if isinstance(declared, Column | One) and declared.filter:
                ways += [f"where: {{ {shown}: {{}} }}", f"where: {{ not: {{ or: [{{ {shown}: {{}} }}] }} }}"]
            if isinstance(declared, Column) and declared.order:
                ways.append(f"orderBy: [{{ field: {name.upper()} }}]")
            with restricted(graph, kind, shown, Role.CURATOR):
                for way in ways:
                    document = f"{{ {listed}({needed(listed)} {way}) {{ nodes {{ __typename }} totalCount }} }}"
                    asked += 1
                    assert await refused(graph, document, Role.CONTRIBUTOR), (kind, way)
                    assert not await refused(graph, document, Role.ADMIN), (kind, way)
    assert asked > 60


@pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)
async def test_searching_tells_as_much(graph: Graph) -> None:
    """Whatever the full-text index holds is marked as searched, and found by nobody who may not see it."""
    searched = {
        kind: {name for name, column in entity.declared.items() if isinstance(column, Column) and column.searched}
        for kind, entity in ENTITIES.items()
    }
    lists = {link.kind: name for (owner, name), link in CONNECTIONS.items() if owner == "Query"}
    for kind, listed in lists.items():
        columns = await graph.database.rows(f"SELECT name FROM pragma_table_info('{ENTITIES[kind].table}_fts')")
        # a list of part of a table that another type stands for may go without a search
        takes = "search" in SCHEMA.query_type.fields[listed].args  # type: ignore[union-attr]
        assert searched[kind] == {name for (name,) in columns if takes}, kind
        for name in searched[kind]:
            shown = next(shown for (k, shown) in BUILDER.planned if k == kind and snake(shown) == name)
            with restricted(graph, kind, shown, Role.CURATOR):
                for way in ('search: "late"', 'similarTo: { text: "late" }'):
                    for selection in ("totalCount", "nodes { id }"):
                        document = f"{{ {listed}({way}) {{ {selection} }} }}"
                        assert await refused(graph, document, Role.CONTRIBUTOR), (name, way)
                        assert not await refused(graph, document, Role.CURATOR), (name, way)
    assert searched["Complaint"] == {"text"}
