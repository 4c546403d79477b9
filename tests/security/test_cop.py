"""The checks of graphql-cop (github.com/dolevf/graphql-cop), by its names for them.

It is in no package registry, so that it cannot be installed and run itself, as other people's audits are in
`tests/conformance`: each check is written anew, with what it sends and what it takes for a finding. `circular_fragment` is
there too, which it holds but does not run.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import httpx
import pytest
from graphql import (
    ExecutionResult,
    GraphQLSyntaxError,
    MaxIntrospectionDepthRule,
    OverlappingFieldsCanBeMergedRule,
    execute,
    parse,
    specified_rules,
    validate,
)

from nobodyasked.graphql.schema import core_schema
from nobodyasked.server.settings import Settings

from ..server.fakes import reached
from .conftest import House

Found = Callable[[Any], bool]
Check = Callable[[httpx.AsyncClient], Awaitable[bool]]
ALLOWED = {
    "field_suggestions": "NOBODYASKED_INTROSPECTION",
    "introspection": "NOBODYASKED_INTROSPECTION",
    "get_method_support": "GraphQL over HTTP has it, for queries alone; no page of another site may use it",
}
"""What is found all the same, by the setting that takes it away or the reason."""


def asked(query: str, found: Found, *, times: int = 1) -> Check:
    """A check that sends a document, or many in one body, and looks at the JSON that comes."""
    one = {"query": query} if times > 1 else {"query": query, "operationName": "cop"}

    async def check(client: httpx.AsyncClient) -> bool:
        told = (await client.post("/graphql", json=[one] * times if times > 1 else one)).json()
        return found(told)

    return check


def sent(method: str, found: Found, **request: Any) -> Check:
    """A check that sends no JSON."""

    async def check(client: httpx.AsyncClient) -> bool:
        return found((await client.request(method, "/graphql", **request)).json())

    return check


def ran(told: Any) -> bool:
    return bool((told.get("data") or {}).get("__typename"))


async def detect_graphiql(client: httpx.AsyncClient) -> bool:
    pages = [await client.get(path) for path in ("/graphiql", "/playground", "/console", "/graphql")]
    signs = ("graphiql.min.css", "GraphQL Playground", "GraphiQL", "graphql-playground")
    return any(sign in page.text for page in pages if page.is_success for sign in signs)


def traced(told: Any) -> bool:
    extensions = [told.get("extensions") or {}, *(error.get("extensions") or {} for error in told.get("errors", ()))]
    return any({"tracing", "exception"} & one.keys() for one in extensions) or "stacktrace" in str(told).lower()


TYPES = "fields { type { " * 4 + "name" + " } }" * 4
CHECKS: dict[str, Check] = {
    # dos_*
    "alias_overloading": asked(
        "query cop { " + " ".join(f"alias{n}:__typename" for n in range(101)) + " }",
        lambda told: bool((told.get("data") or {}).get("alias100")),
    ),
    "batch_query": asked("query cop { __typename }", lambda told: isinstance(told, list) and len(told) >= 10, times=10),
    "circular_fragment": asked(
        "query cop { __schema { ...A } } fragment A on __Schema { __typename ...B } fragment B on __Schema { ...A }",
        lambda told: "errors" not in told,
    ),
    "circular_query_introspection": asked(
        f"query cop {{ __schema {{ types {{ {TYPES} }} }} }}",
        lambda told: len(((told.get("data") or {}).get("__schema") or {}).get("types", ())) > 25,
    ),
    "directive_overloading": asked(
        "query cop { __typename " + "@aa" * 10 + " }", lambda told: len(told.get("errors", ())) == 10
    ),
    "field_duplication": asked("query cop { " + "__typename " * 500 + "}", ran),
    # info_*
    "field_suggestions": asked(
        "query cop { __schema { directive } }", lambda told: "Did you mean" in told["errors"][0]["message"]
    ),
    "get_based_mutation": sent("GET", ran, params={"query": "mutation cop {__typename}"}),
    "get_method_support": sent("GET", ran, params={"query": "query cop {__typename}"}),
    "detect_graphiql": detect_graphiql,
    "introspection": asked(
        "query cop { __schema { types { name fields { name } } } }",
        lambda told: bool(((told.get("data") or {}).get("__schema") or {}).get("types")),
    ),
    # its older versions put the document into the address, its newer ones into a form
    "post_based_csrf": sent("POST", ran, data={"query": "query cop {__typename}"}),
    "post_based_csrf by the address": sent("POST", ran, params={"query": "query cop {__typename}"}),
    "trace_mode": asked("query cop { __typename }", traced),
    "unhandled_error_detection": asked("qwerty cop { abc }", traced),
}


@pytest.fixture
async def closed(database_url: str, tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    """A server that tells nothing of its schema."""
    settings = Settings(
        database_url=database_url, data_dir=tmp_path, embedder="hashed", worker=False, alert_seconds=0,
        anonymous_role="READER", introspection=False, graphiql=False,
    )  # fmt: skip
    async with reached(settings) as (client, _):
        yield client


@pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)
async def test_what_graphql_cop_finds(house: House, closed: httpx.AsyncClient) -> None:
    """Nothing but what a setting or the protocol allows on purpose."""
    assert {name for name, check in CHECKS.items() if await check(house.client)} == set(ALLOWED)
    assert {name for name, check in CHECKS.items() if await check(closed)} == {"get_method_support"}


@pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)
async def test_a_closed_server_tells_nothing_of_its_schema(house: House, closed: httpx.AsyncClient) -> None:
    async def ask(client: httpx.AsyncClient, query: str) -> httpx.Response:
        return await client.post("/graphql", json={"query": query})

    assert "Did you mean" in (await ask(house.client, "{ need { id } nees { nodes { id } } }")).text
    for close in ("{ nees { nodes { id } } }", "{ needs { nodes { i } } }", "{ __schem { x } }"):
        assert "Did you mean" not in (await ask(closed, close)).text
    page = await closed.get("/graphql", headers={"Accept": "text/html"})
    assert (page.status_code, b"<" in page.content) == (406, False)


@pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)
async def test_how_it_is_refused(house: House) -> None:
    change, query = {"query": "mutation cop { __typename }"}, {"query": "query cop { __typename }"}
    assert (await house.client.post("/graphql", json=[query] * 10)).status_code == 400
    assert (await house.client.get("/graphql", params=change)).status_code == 405
    assert (await house.client.post("/graphql", data=change)).status_code == 415
    assert (await house.client.post("/graphql", data=query)).status_code == 415
    other = {"Sec-Fetch-Site": "cross-site"}
    assert (await house.client.get("/graphql", params=query, headers=other)).status_code == 403


LOOSE = [rule for rule in specified_rules if rule not in (MaxIntrospectionDepthRule, OverlappingFieldsCanBeMergedRule)]


def careless(request: httpx.Request) -> httpx.Response:
    """A server that graphql-core alone makes, with all that there is to find."""
    schema = core_schema()

    def run(query: str) -> dict[str, Any]:
        try:
            document = parse(query)
        except GraphQLSyntaxError as fault:
            return {"errors": [{**fault.formatted, "extensions": {"exception": {"stacktrace": []}}}]}
        errors = [] if "fragment" in query else validate(schema, document, LOOSE)
        if errors:
            return {"errors": [error.formatted for error in errors]}
        result = execute(schema, document)
        assert isinstance(result, ExecutionResult)
        return {**result.formatted, "extensions": {"tracing": {}}}

    if request.url.path == "/graphiql":
        return httpx.Response(200, text="<title>GraphiQL</title>")
    body = parse_qs(request.content.decode())
    if "query" in request.url.params or "query" in body:
        return httpx.Response(200, json=run(request.url.params.get("query") or body["query"][0]))
    told = json.loads(request.content or b"{}")
    answer = [run(one["query"]) for one in told] if isinstance(told, list) else run(told.get("query", ""))
    return httpx.Response(200, json=answer)


async def test_each_check_finds_what_it_looks_for() -> None:
    async with httpx.AsyncClient(transport=httpx.MockTransport(careless), base_url="http://localhost") as client:
        assert [name for name, check in CHECKS.items() if not await check(client)] == []
