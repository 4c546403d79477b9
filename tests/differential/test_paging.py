"""Pages laid end to end are the whole list, in its order, whichever way one goes."""

from __future__ import annotations

from random import Random
from typing import Any

from graphql import is_required_argument

from tests.api.conftest import Graph

from .compare import opened
from .documents import Writer
from .oracle import Oracle
from .shape import CONNECTIONS, SCHEMA
from .world import Scattered

LISTS = [
    ("", name)
    for kind, name in CONNECTIONS
    # what is worked out for the arguments that it must have is tested by itself
    if kind == "Query"
    and not any(map(is_required_argument, SCHEMA.query_type.fields[name].args.values()))  # type: ignore[union-attr]
    # entries of the audit log have no ids, and are for administrators
    and name != "auditLog"
] + [
    ('need(id: "need_2")', "evidence"),
    ('need(id: "need_3")', "inventions"),
    ('customer(id: "customer_1")', "complaints"),
    ('complaint(id: "complaint_4")', "needs"),
    ('team(id: "team_1")', "needs"),
]
PAGE = "{ edges { cursor node { id } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } }"


async def test_pages_make_up_the_list(graph: Graph, oracle: Oracle, scattered: Scattered) -> None:
    random = Random("pages")
    steps = 0
    for owner, name in LISTS * 2:
        writer = Writer(random, scattered)
        kind = SCHEMA.query_type.fields[owner.split("(")[0]].type if owner else SCHEMA.query_type  # type: ignore[union-attr]
        arguments = kind.fields[name].args  # type: ignore[union-attr]
        given = {
            one: writer.value(arguments[one].type, name, 1)
            for one in ("orderBy", "where")
            if one in arguments and random.random() < 0.7
        }
        given = {one: value for one, value in given.items() if value}

        async def read(
            given: dict[str, Any] = given, owner: str = owner, name: str = name, args: Any = arguments, **more: Any
        ) -> Any:
            types = {"first": "Int", "last": "Int", "after": "String", "before": "String"}
            heads = ", ".join(f"${one}: {args[one].type if one in given else types[one]}" for one in (*given, *more))
            passed = ", ".join(f"{one}: ${one}" for one in (*given, *more))
            page = f"{name}({passed}) {PAGE}"
            document = f"query({heads}) {{ {owner + ' { ' + page + ' }' if owner else page} }}"
            if not any(one in more for one in ("after", "before")):
                expected = oracle.execute(document, {**given, **more}, graph.context().actor)
                wanted = expected.data and (expected.data[owner.split("(")[0]] if owner else expected.data)[name]
            else:
                wanted = None
            data = await graph.ask(document, {**given, **more})
            have = (data[owner.split("(")[0]] if owner else data)[name]
            if wanted is not None:
                assert opened(have) == opened(wanted)
            return have

        whole = (await read(first=100))["edges"]
        for end, cursor, edge, more in (
            ("first", "after", "endCursor", "hasNextPage"),
            ("last", "before", "startCursor", "hasPreviousPage"),
        ):
            size, found, page = random.choice((1, 3, 7)), [], await read(**{end: 1})
            found = page["edges"]
            while page["pageInfo"][more]:
                page = await read(**{end: size, cursor: page["pageInfo"][edge]})
                found = [*found, *page["edges"]] if end == "first" else [*page["edges"], *found]
                assert len(page["edges"]) == size or not page["pageInfo"][more]
                steps += 1
            assert found == whole, (name, given, end)
    assert steps > 100
