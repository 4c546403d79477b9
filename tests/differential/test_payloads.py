"""Payloads and events: generated completion equals graphql-core's, and what it cannot complete is graphql-core's alone."""

from __future__ import annotations

import json
from random import Random
from typing import Any

import pytest
from graphql import get_named_type

from nobodyasked.graphql.engine import Engine
from nobodyasked.graphql.mutations.base import Change
from nobodyasked.graphql.mutations.complaints_import import ComplaintsImportPayload, ImportedRow
from nobodyasked.graphql.user_errors import InvalidError, StaleVersionError, UserErrorCode
from nobodyasked.models.event import Topic
from nobodyasked.models.team import Role
from tests.api.conftest import Graph, Happened
from tests.api.test_walk import keys

from .compare import difference, watching
from .documents import Writer
from .shape import SCHEMA
from .world import Scattered

KNOWN = 'text: "The same each time", source: "again", externalId: "1", occurredAt: "2026-01-02"'
OTHER = 'text: "Something else", source: "again", externalId: "1", occurredAt: "2026-01-02"'
BAD = 'text: "", source: "again"'
# mutations that leave the data as it is, once the first of them has run
MUTATIONS = (
    ("complaintSubmit", f'{{ {KNOWN}, clientMutationId: "a\\"b" }}'),
    ("complaintSubmit", f"{{ {OTHER} }}"),
    ("complaintSubmit", f"{{ {BAD} }}"),
    ("complaintsImport", f"{{ rows: [{{ {KNOWN} }}, {{ {OTHER} }}, {{ {BAD} }}, {{ {KNOWN} }}] }}"),
    ("complaintsImport", "{ rows: [] }"),
    ("needConfirm", '{ needId: "need_1", version: 99 }'),
    ("needConfirm", '{ needId: "team_1", version: 1 }'),
    ("needRename", '{ needId: "need_999", version: 1, statement: "s" }'),
    ("inferenceStart", "{}"),
)


async def both(graph: Graph, document: str, role: Role, variables: Any = None) -> tuple[Any, list[Any]]:
    """The answer, which generated code and graphql-core must give alike; and what was left to graphql-core."""
    walked = await Engine(complete=False).execute(document, variables, None, graph.context(role))
    with watching() as (handed_over, _):
        completed = await Engine().execute(document, variables, None, graph.context(role))
    one, other = json.loads(completed.body), json.loads(walked.body)
    assert walked.well_formed, (walked.body, document)
    assert one == other, (difference(one, other), document)
    assert keys(one["data"]) == keys(other["data"]), document
    return one, handed_over


async def test_payloads(graph: Graph, scattered: Scattered) -> None:
    await graph.ask(f"mutation {{ complaintSubmit(input: {{ {KNOWN} }}) {{ created }} }}")
    completed = 0
    for seed in range(60):
        writer = Writer(Random(f"payloads {seed}"), scattered)
        parts = []
        for _ in range(writer.random.randint(1, 3)):
            name, given = writer.random.choice(MUTATIONS)
            kind: Any = get_named_type(SCHEMA.mutation_type.fields[name].type)  # type: ignore[union-attr]
            parts.append(
                f"{writer.fresh('m')}: {name}(input: {given}){writer.directive()} {writer.selection(kind, 0, 5)}"
            )
        heads = f"({', '.join(writer.heads)})" if writer.heads else ""
        document = f"mutation{heads} {{ __typename {' '.join(parts)} }} {' '.join(writer.fragments)}"
        role = list(Role)[seed % 4]
        answer, handed_over = await both(graph, document, role, writer.variables)
        assert bool(handed_over) == ("errors" in answer), (document, answer)
        completed += not handed_over
    assert completed > 25


async def test_viewer_among_planned_fields(graph: Graph) -> None:
    document = "{ needs(first: 2) { nodes { id } } viewer { __typename role member { name inventions { totalCount } } } __typename }"
    answer, handed_over = await both(graph, document, Role.CURATOR)
    assert list(answer["data"]) == ["needs", "viewer", "__typename"]
    assert answer["data"]["viewer"]["member"]["name"] == "grace"
    assert not handed_over
    with graph.database.counting() as recorder:
        await graph.ask(document)
    assert recorder.count == 2


async def test_a_root_field_that_fails_leaves_the_others(graph: Graph) -> None:
    document = '{ viewer { role } a: need(id: "team_1") { id } b: need(id: "need_2") { id } }'
    answer, handed_over = await both(graph, document, Role.READER)
    assert answer["data"] == {"viewer": {"role": "READER"}, "a": None, "b": {"id": "need_2"}}
    assert answer["errors"][0]["path"] == ["a"]
    assert handed_over


ERROR = {"message": "m", "path": [], "code": UserErrorCode.INVALID}
ODD: dict[str, Any] = {
    "a null in a list": ComplaintsImportPayload(rows=[None]),  # type: ignore[list-item]
    "a null that must not be": ComplaintsImportPayload(created_count=None),  # type: ignore[arg-type]
    "a null deep down": ComplaintsImportPayload(
        user_errors=[InvalidError(**{**ERROR, "message": None})], rows=[ImportedRow(index=1)]
    ),
    "no list": ComplaintsImportPayload(rows=7),  # type: ignore[arg-type]
    "a number too large": ComplaintsImportPayload(known_count=2**31),
    "a word for a number": ComplaintsImportPayload(known_count="many"),  # type: ignore[arg-type]
    "no such code": ComplaintsImportPayload(user_errors=[InvalidError(**{**ERROR, "code": "WRONG"})]),  # type: ignore[arg-type]
    "nothing at all": None,
    "what the type coerces": ComplaintsImportPayload(known_count=True, client_mutation_id=5),  # type: ignore[arg-type]
    "a thing that is gone": ComplaintsImportPayload(rows=[ImportedRow(index=0, complaint=987_654)]),
    "several kinds of error": ComplaintsImportPayload(
        user_errors=[InvalidError(**ERROR), StaleVersionError(**ERROR, expected=1, current=2)]
    ),
}
COMPLETES = ("what the type coerces", "a thing that is gone", "several kinds of error")


@pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)
@pytest.mark.parametrize("name", ODD)
async def test_odd_values_are_graphql_cores(graph: Graph, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    runs = []

    async def give(*_: Any, **__: Any) -> Any:
        runs.append(1)
        return ODD[name]

    monkeypatch.setattr("nobodyasked.graphql.engine.secrets.token_hex", lambda _: "the same")
    monkeypatch.setattr(Change, "make", give)
    document = (
        "mutation { complaintsImport(input: { rows: [] }) { clientMutationId createdCount knownCount "
        "userErrors { __typename message code ... on StaleVersionError { current } } "
        "rows { index complaint { text } userErrors { path } } } }"
    )
    answer, handed_over = await both(graph, document, Role.ADMIN)
    assert len(runs) == 2
    assert bool(handed_over) is (name not in COMPLETES), answer


async def test_events(graph: Graph, scattered: Scattered) -> None:
    subjects = [1, 2, 3, 987_654, 2]
    graph.events.events = [
        Happened(1, topic, subjects)
        for topic in (Topic.NEED_CHANGED, Topic.COMPLAINT_RECEIVED, Topic.INVENTION_CHANGED)
    ]
    shown = 0
    for seed in range(16):
        writer = Writer(Random(f"events {seed}"), scattered)
        name, kind = writer.random.choice(
            (("needChanged", "Need"), ("complaintReceived", "Complaint"), ("inventionChanged", "Invention"))
        )
        body = writer.selection(SCHEMA.type_map[kind], 0, 5)  # type: ignore[arg-type]
        heads = f"({', '.join(writer.heads)})" if writer.heads else ""
        document = f"subscription{heads} {{ {name} {body} }} {' '.join(writer.fragments)}"
        answers = []
        for engine in (Engine(), Engine(complete=False)):
            stream = await engine.subscribe(document, writer.variables, None, graph.context(Role.CONTRIBUTOR))
            answers.append([json.loads(one) async for one in stream])  # type: ignore[union-attr]
        assert answers[0] == answers[1], document
        assert len(answers[0]) == len(subjects)
        if any(error["extensions"]["code"] == "INVALID" for error in answers[0][3].get("errors", ())):
            continue  # more conditions or levels than may be: refused alike, whatever the event
        assert answers[0][3] == {"data": {name: None}}
        shown += 1
    assert shown >= 12
