"""Hostile documents: the work they make grows no faster than they do.

Work is counted in calls, so that a busy machine changes nothing.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from graphql.validation.rules import overlapping_fields_can_be_merged

from nobodyasked.graphql.context import Context
from nobodyasked.graphql.engine import Answer, Engine
from nobodyasked.graphql.guard.limits import Limits
from nobodyasked.graphql.guard.points import Account
from nobodyasked.graphql.operation import Operation
from nobodyasked.models.actor import Actor

from .conftest import House

WIDE = Limits(tokens=10**6, depth=10**6, aliases=10**6, directives=10**6, root_fields=10**6, nodes=10**12)
"""What else is refused at once must not hide what it costs to read."""


def repeat(text: Callable[[int], str], count: int) -> str:
    return " ".join(map(text, range(count)))


def on_needs(inner: str) -> str:
    return f"{{ needs {{ nodes {{ {inner} }} }} }}"


KINDS: dict[str, Callable[[int], str]] = {
    "one field": lambda n: on_needs("id " * n),
    "one object": lambda n: on_needs("team { name } " * (n // 4)),
    "one list": lambda n: on_needs("evidence { nodes { need { id } } } " * (n // 10)),
    "one alias": lambda n: on_needs(repeat(lambda i: f"x: evidence(first: {i}) {{ totalCount }}", n // 9)),
    "aliases": lambda n: "{ " + repeat(lambda i: f"a{i}: __typename", n // 3) + " }",
    "spreads": lambda n: on_needs("...F " * (n // 2)) + " fragment F on Need { id }",
    "many fragments": lambda n: (
        on_needs(repeat(lambda i: f"...F{i}", n // 10))
        + repeat(lambda i: f" fragment F{i} on Need {{ a{i}: id }}", n // 10)
    ),
    "a chain of fragments": lambda n: (
        on_needs("...F0")
        + repeat(lambda i: f" fragment F{i} on Need {{ id ...F{i + 1} }}", n // 9)
        + f" fragment F{n // 9} on Need {{ id }}"
    ),
    "a bomb of fragments": lambda n: (
        "{ ...F0 }"
        + repeat(lambda i: f" fragment F{i} on Query {{ ...F{i + 1} ...F{i + 1} }}", n // 10)
        + f" fragment F{n // 10} on Query {{ __typename }}"
    ),
    "a ring of fragments": lambda n: (
        "{ ...F0 }"
        + repeat(
            lambda i: f" fragment F{i} on Query {{ ...F{(i + 1) % (n // 10)} ...F{(i + 2) % (n // 10)} }}", n // 10
        )
    ),
    "operations": lambda n: (
        repeat(lambda i: f"query Q{i} {{ ...F0 }}", n // 12)
        + repeat(lambda i: f" fragment F{i} on Query {{ ...F{i + 1} }}", n // 14)
        + f" fragment F{n // 14} on Query {{ __typename }}"
    ),
    "directives": lambda n: "{ __typename " + "@skip(if: false) " * (n // 6) + "}",
    "unknown directives": lambda n: "{ __typename " + "@a" * (n // 2) + "}",
    "unknown fields": lambda n: on_needs(repeat(lambda i: f"x{i}", n)),
    "inline fragments": lambda n: on_needs("... on Need { id } " * (n // 6)),
    "nested inline fragments": lambda n: on_needs("... { " * (n // 3) + "id" + " }" * (n // 3)),
    "nested lists": lambda n: "{ needs(where: { and: " + "[" * (n // 2) + "]" * (n // 2) + " }) { nodes { id } } }",
    "nested objects": lambda n: "{ needs(where: " + "{ not: " * (n // 4) + "{}" + "}" * (n // 4) + ") { totalCount } }",
    "a long list": lambda n: "{ needs(where: { id: { in: [" + '"need_1" ' * n + "] } }) { nodes { id } } }",
    "one argument": lambda n: "{ needs(" + "first: 1 " * (n // 3) + ") { nodes { id } } }",
    "one key": lambda n: "{ needs(where: {" + ' id: { eq: "need_1" }' * (n // 7) + "}) { nodes { id } } }",
    "variables": lambda n: "query (" + repeat(lambda i: f"$v{i}: Int", n // 4) + ") { __typename }",
    "one variable": lambda n: (
        "query ($v: Int) { needs(first: $v) { nodes { " + "evidence(first: $v) { totalCount } " * (n // 9) + "} } }"
    ),
    "a nested type": lambda n: "query ($a: " + "[" * (n // 2) + "Int" + "]" * (n // 2) + ") { __typename }",
    "introspection": lambda n: "{ __schema { types { " + "... on __Type { fields { name } } " * (n // 10) + "} } }",
}


class Bottomless:
    """A counter that anybody may draw from."""

    limit = 10**15

    def take(self, key: bytes, cost: int) -> None:
        return None

    def give(self, key: bytes, points: int) -> None:
        return None

    def left(self, key: bytes) -> int:
        return self.limit


def work(document: str, limits: Limits = WIDE) -> int:
    """Calls that it takes to read, weigh and plan a document, whatever comes of it; no statement is run."""
    engine, calls = Engine(), 0
    nowhere: Any = SimpleNamespace(value_at_once=lambda *_: "{}", dialect="sqlite")
    engine._finish = lambda *_: Answer(b"{}", False)  # type: ignore[method-assign]
    context = Context(nowhere, Actor.operator(), nowhere, nowhere, limits, account=Account(Bottomless(), b""))

    def count(_frame: Any, event: str, _argument: Any) -> None:
        nonlocal calls
        calls += event in ("call", "c_call")

    sys.setprofile(count)
    try:
        begun = engine.begin(document, None, None, context)
    finally:
        sys.setprofile(None)
    assert isinstance(begun, Answer)
    return calls


@pytest.mark.parametrize("kind", list(KINDS))
def test_work_grows_with_the_document(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert overlapping_fields_can_be_merged.MAX_COMPLEXITY_BUDGET == 50_000
    # the share of it that is bounded whatever the size would hide the rest
    monkeypatch.setattr(overlapping_fields_can_be_merged, "MAX_COMPLEXITY_BUDGET", 200)
    small, large = work(KINDS[kind](250)), work(KINDS[kind](1_000))
    assert large <= 4 * small + 2_000
    assert large <= 250 * 1_000


@pytest.mark.parametrize("text", ["#" + "x" * 1_000_000, " " * 1_000_000, '"' + "x" * 1_000_000 + '"', "id " * 333_334])
def test_a_megabyte_is_not_even_read(text: str) -> None:
    assert work("{ needs { nodes { id } } } " + text) < 100


def test_the_bounded_share_is_small() -> None:
    """A large selection of equal fields, each of which has to be held against the others."""
    assert work(KINDS["one object"](4_000), Limits(tokens=10_000, fields=10_000)) < 1_500_000


@pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)
async def test_values_may_nest_as_they_like(house: House) -> None:
    headers = {"Content-Type": "application/json"}
    query = b'{"query":"query ($w: NeedWhere) { needs(where: $w) { totalCount } }","variables":{"w":'
    for depth in (20, 100, 300, 500, 1_000):
        for begin, end in ((b'{"not":', b"}"), (b'{"and":[', b"]}")):
            body = query + begin * depth + b"{}" + end * depth + b"}}"
            answer = await house.client.post("/graphql", content=body, headers=headers)
            (error,) = answer.json()["errors"]
            assert error["extensions"]["code"] in ("INVALID", "BAD_USER_INPUT", "MALFORMED_JSON"), (depth, begin, error)
    body = b'{"query":"{ __typename }","variables":' + b'{"a":' * 100_000 + b"1" + b"}" * 100_000 + b"}"
    answer = await house.client.post("/graphql", content=body, headers=headers)
    assert answer.json()["errors"][0]["extensions"]["code"] == "MALFORMED_JSON"


def test_a_document_may_hold_many_operations_but_not_endlessly() -> None:
    documents = Engine()._documents
    fifty = repeat(lambda i: f"query Q{i} {{ __typename }}", 50)
    assert isinstance(documents.operation(fifty, "Q7", Limits()), Operation)
    refused: Any = documents.operation(fifty + " query More { __typename }", "Q7", Limits())
    assert refused[0].extensions["code"] == "QUERY_TOO_COMPLEX"
