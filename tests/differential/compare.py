"""Asks the same thing every way there is, and holds the answers against each other."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import pytest
from graphql import execute

from nobodyasked.graphql.completion import completion_of
from nobodyasked.graphql.engine import Answer, Engine
from nobodyasked.models.database import TOO_DEEP_MESSAGE
from nobodyasked.models.errors import Forbidden
from nobodyasked.models.team import Role
from tests.api.conftest import Graph
from tests.api.test_walk import keys

from .oracle import Oracle

LEAST = ("", -9223372036854775807, -1e308)
"""What cursors hold for a missing value."""


async def compare(
    graph: Graph, oracle: Oracle | None, document: str, variables: Mapping[str, Any], role: Role = Role.READER
) -> str:
    """ "ran" or "refused". Fails where two ways of answering differ: in a value, an error, or the order of keys."""
    what = f"{document}\n{json.dumps(variables)}\n{role}"
    first = Engine()
    planned = await answered(graph, first, document, variables, role)
    keeping = alike(first, cache_bytes=1 << 22)
    # computed, computed again and kept, given again where that is right
    for _ in range(3):
        assert (await answered(graph, keeping, document, variables, role)).body == planned.body, what
    walked = await answered(graph, alike(first, splice=False, complete=False), document, variables, role)
    with watching() as (handed_over, forbidden):
        completed = await answered(graph, alike(first, splice=False), document, variables, role)
    if any(TOO_DEEP_MESSAGE.encode() in body for body in (planned.body, walked.body, completed.body)):
        # what SQLite's parser cannot follow; a statement whose objects say their types is no shallower
        return "too deep"
    one, other = json.loads(planned.body), json.loads(walked.body)
    assert json.loads(completed.body) == other, (difference(json.loads(completed.body), other), what)
    assert keys(json.loads(completed.body)) == keys(other), what
    if not planned.well_formed:
        # a request is refused whole before anything runs; graphql-core finds out on its way, field by field
        found = [(error["message"], error["extensions"]) for error in other.get("errors", ())]
        assert found, what
        assert all((error["message"], error["extensions"]) in found for error in one["errors"]), (what, one, found)
        return "refused"
    errors = one.get("errors", ())
    if errors:
        # beside a field that is walked anyway, graphql-core tells what is refused: whole fields of the root, by name
        assert all(error["extensions"]["code"] in ("FORBIDDEN", "INVALID") for error in errors), (errors, what)
        data = one["data"] or {}  # all of it is null where such a field may not be
        assert all(len(error["path"]) == 1 and data.get(error["path"][0]) is None for error in errors), (errors, what)
        assert one == other, (difference(one, other), what)
        return "refused"
    # below a member that is not there, graphql-core does not come to what may not be asked
    assert forbidden or not handed_over, ("generated completion gave up", what)
    assert one == other, (difference(one, other), what)
    assert keys(one) == keys(other), what
    if oracle is not None:
        expected = oracle.execute(document, variables, graph.context(role).actor)
        assert expected.errors is None, (what, expected.errors)
        have, wanted = opened(one["data"]), opened(expected.data)
        assert have == wanted, (difference(have, wanted), what)
        assert keys(one["data"]) == keys(expected.data), what
    return "ran"


def alike(first: Engine, **ways: Any) -> Engine:
    """An engine of another way to answer, which has parsed and validated what the first one has: that is the same in all."""
    engine = Engine(**ways)
    engine._documents = first._documents
    return engine


@contextmanager
def watching() -> Iterator[tuple[list[Any], list[Forbidden]]]:
    """Gathers what is left to graphql-core while it is open, and what completions met that may not be asked."""
    handed_over: list[Any] = []
    forbidden: list[Forbidden] = []

    def watched(*arguments: Any, **named: Any) -> Any:
        handed_over.append(arguments)
        return execute(*arguments, **named)

    def noted(*arguments: Any, **named: Any) -> Any:
        try:
            return completion_of(*arguments, **named)
        except Forbidden as refusal:
            forbidden.append(refusal)
            raise

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("nobodyasked.graphql.engine.execute", watched)
        patch.setattr("nobodyasked.graphql.engine.completion_of", noted)
        yield handed_over, forbidden


async def answered(graph: Graph, engine: Engine, document: str, variables: Mapping[str, Any], role: Role) -> Answer:
    answer = await engine.execute(document, variables, None, graph.context(role))
    codes = {error["extensions"]["code"] for error in json.loads(answer.body).get("errors", ())}
    assert not codes & {"INTERNAL", "GRAPHQL_VALIDATION_FAILED", "GRAPHQL_PARSE_FAILED"}, (document, answer.body)
    return answer


def opened(value: Any) -> Any:
    """A response with each cursor replaced by the values that it holds."""
    if isinstance(value, dict):
        return {key: opened(item) for key, item in value.items()}
    if isinstance(value, list):
        return [opened(item) for item in value]
    if isinstance(value, str):
        if value.startswith("[") and value.endswith("]"):
            return ("cursor", *json.loads(value))
        if value.startswith("5b") and len(value) % 2 == 0:
            _, *values = json.loads(bytes.fromhex(value))
            return ("cursor", *(None if one in LEAST else one for one in values))
    return value


def difference(one: Any, other: Any, path: str = "") -> str:
    """Where two values first differ."""
    if isinstance(one, dict) and isinstance(other, dict) and one.keys() == other.keys():
        return next((found for key in one if (found := difference(one[key], other[key], f"{path}.{key}"))), "")
    if isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        pairs = enumerate(zip(one, other, strict=True))
        return next((found for index, pair in pairs if (found := difference(*pair, f"{path}[{index}]"))), "")
    return "" if one == other else f"{path}: {one!r:.300} is not {other!r:.300}"
