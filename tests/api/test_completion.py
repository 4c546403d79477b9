"""Mutations answered directly say what graphql-core's own execution says."""

from __future__ import annotations

import json
from typing import Any

import pytest
from graphql import OperationDefinitionNode, parse
from graphql.execution.values import VariableValues, get_variable_values
from hypothesis import given, settings
from hypothesis import strategies as st

from nobodyasked.graphql.coercion import Coercion
from nobodyasked.graphql.engine import Engine
from nobodyasked.graphql.schema import core_schema
from nobodyasked.models.database import Database
from nobodyasked.models.errors import Busy
from nobodyasked.models.team import Role

from .conftest import Graph

KNOWN = {"text": "Known.", "source": "desk", "externalId": "1", "customer": "C1"}
CLASH = {**KNOWN, "text": "Other."}
SUBMIT = "mutation ($input: ComplaintSubmitInput!) { complaintSubmit(input: $input) { %s } }"
IMPORT = "mutation ($input: ComplaintsImportInput!) { complaintsImport(input: $input) { %s } }"
ERRORS = "userErrors { __typename kind: code m: message path ... on DuplicateExternalIdError { complaint { __typename id text } } }"
# each changes nothing, so that it can be asked twice
CASES: list[tuple[str, Any, Role]] = [
    (SUBMIT % "complaint { id } created userErrors { message }", KNOWN, Role.CONTRIBUTOR),
    (SUBMIT % f"a: complaint {{ id }} b: complaint {{ text needs {{ totalCount }} }} {ERRORS}", KNOWN, Role.ADMIN),
    (SUBMIT % f"complaint {{ key: id type: __typename }} {ERRORS}", CLASH, Role.ADMIN),
    (SUBMIT % f"__typename clientMutationId {ERRORS}", {**KNOWN, "clientMutationId": "x"}, Role.ADMIN),
    (
        SUBMIT % f"... on ComplaintSubmitPayload {{ complaint {{ customer {{ externalId }} }} }} {ERRORS}",
        {"text": ""},
        Role.ADMIN,
    ),
    (SUBMIT % "created", KNOWN, Role.READER),
    (SUBMIT % "created", {"text": 7}, Role.ADMIN),
    (SUBMIT % "created", {"text": "x", "occurredAt": "yesterday"}, Role.ADMIN),
    (SUBMIT % "created", {"text": "x", "unknown": 1}, Role.ADMIN),
    (SUBMIT % "created", None, Role.ADMIN),
    (SUBMIT % "complaint @include(if: true) { id } created @skip(if: true)", KNOWN, Role.ADMIN),
    (
        'mutation { complaintSubmit(input: {text: "Known.", source: "desk", externalId: "1", customer: "C1"}) { created complaint { id } } }',
        None,
        Role.ADMIN,
    ),
    (
        "mutation ($input: ComplaintSubmitInput!) { a: complaintSubmit(input: $input) { created } b: complaintSubmit(input: $input) { created } }",
        KNOWN,
        Role.ADMIN,
    ),
    (
        "mutation ($input: ComplaintSubmitInput!) { c: complaintSubmit(input: $input) { ...P } }"
        " fragment P on ComplaintSubmitPayload { complaint { ...C } userErrors { ...E } } fragment C on Complaint { id source }"
        " fragment E on UserError { code ... on ConflictError { path } }",
        KNOWN,
        Role.ADMIN,
    ),
    (
        IMPORT % f"createdCount knownCount rejectedCount rows {{ index created complaint {{ id text }} {ERRORS} }}",
        {"rows": [KNOWN, CLASH, {"text": ""}, KNOWN, {"text": "x", "rating": 9}]},
        Role.ADMIN,
    ),
    (IMPORT % f"createdCount {ERRORS}", {"rows": []}, Role.ADMIN),
    (IMPORT % "createdCount", {"rows": [KNOWN], "errorPolicy": "REJECT_EVERYTHING"}, Role.ADMIN),
    (IMPORT % "createdCount", {"rows": KNOWN}, Role.ADMIN),
    (
        "mutation ($input: NeedRenameInput!) { needRename(input: $input) { need { id } userErrors { code ... on StaleVersionError { expected current } } } }",
        {"needId": "need_1", "version": 77, "statement": "Anything else"},
        Role.ADMIN,
    ),
    (
        "mutation ($input: NeedRenameInput!) { needRename(input: $input) { need { id } userErrors { code path } } }",
        {"needId": "invention_1", "version": 1, "statement": "Anything else"},
        Role.CURATOR,
    ),
]


@pytest.mark.parametrize(("query", "input", "role"), CASES)
async def test_the_same_answer_as_when_walked(graph: Graph, query: str, input: Any, role: Role) -> None:
    await graph.ask(SUBMIT % "created", {"input": KNOWN})
    variables = {} if "$input" not in query else {"input": input}
    direct = await graph.answer(query, variables, role=role)
    again = await graph.answer(query, variables, role=role)
    graph.engine = Engine(complete=False)
    walked = await graph.answer(query, variables, role=role)
    assert json.loads(direct.body) == json.loads(walked.body)
    assert direct.body == again.body
    assert direct.well_formed == walked.well_formed
    # the order of keys counts
    assert json.dumps(json.loads(direct.body)) == json.dumps(json.loads(walked.body))


@pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)
@pytest.mark.parametrize("complete", [True, False])
async def test_what_goes_wrong_is_told_alike(graph: Graph, complete: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    graph.engine = Engine(complete=complete)
    query = SUBMIT % "created complaint { id text }"

    async def rows(self: Database, *_: object, **__: object) -> Any:
        raise Busy("Later.")

    with monkeypatch.context() as patch:
        patch.setattr(Database, "rows", rows)
        body = json.loads((await graph.answer(query, {"input": KNOWN})).body)
        assert body["data"] == {"complaintSubmit": {"created": True, "complaint": None}}
        (error,) = body["errors"]
        assert (error["path"], error["extensions"]) == (["complaintSubmit", "complaint"], {"code": "BUSY"})
        patch.setattr(Database, "together", rows)
        body = json.loads((await graph.answer(query, {"input": KNOWN})).body)
        assert body["data"] is None
        (error,) = body["errors"]
        assert (error["path"], error["extensions"]) == (["complaintSubmit"], {"code": "BUSY"})
        assert error["locations"]

        async def broken(self: Database, *_: object) -> Any:
            raise ZeroDivisionError("secret")

        patch.setattr(Database, "together", broken)
        body = json.loads((await graph.answer(query, {"input": KNOWN})).body)
        assert body["errors"][0]["extensions"]["code"] == "INTERNAL"
        assert "secret" not in json.dumps(body)


def operation_of(query: str) -> OperationDefinitionNode:
    operation = parse(query).definitions[0]
    assert isinstance(operation, OperationDefinitionNode)
    return operation


async def test_who_does_not_look_at_what_inference_finds_does_not_wait_for_it(graph: Graph) -> None:
    shown = {
        "created complaint { id text }": "noted",
        "complaint { needs { totalCount } }": "received",
        "complaint { severity }": "received",
    }
    for index, (fields, told) in enumerate(shown.items()):
        for engine in (Engine(), Engine(complete=False)):
            graph.engine = engine
            graph.mind.told.clear()
            await graph.ask(SUBMIT % fields, {"input": {"text": f"New {index} {id(engine)}"}})
            assert [what for what, _ in graph.mind.told] == [told]


scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**33), 2**33),
    st.floats(),
    st.text(max_size=3),
    st.sampled_from(["2026-01-31", "-P2W", "REJECT_EVERYTHING"]),
)
names = st.sampled_from(
    ["text", "rating", "reach", "occurredAt", "externalId", "channel", "value", "errorPolicy", "rows", "other"]
)
objects = st.dictionaries(names, scalars, max_size=5)
good = st.fixed_dictionaries(
    {"text": st.text(max_size=3)},
    optional={"rating": st.floats(1, 5), "reach": st.integers(0, 9), "segment": st.none()},
)
inputs = st.one_of(
    scalars,
    objects,
    st.fixed_dictionaries({"rows": st.one_of(scalars, st.lists(st.one_of(good, objects), max_size=3), objects)}),
    good,
)


@settings(max_examples=400, deadline=None)
@given(
    inputs,
    st.sampled_from(
        [
            "ComplaintsImportInput!",
            "ComplaintSubmitInput",
            "[ComplaintInput!]",
            "Float!",
            "ErrorPolicy",
            "ComplaintWhere",
        ]
    ),
    st.booleans(),
)
def test_coercion_is_that_of_graphql_core(value: Any, kind: str, given_: bool) -> None:
    schema = core_schema()
    operation = operation_of(f"query ($input: {kind}, $more: Int = 3) {{ viewer {{ role }} }}")
    variables = {"input": value} if given_ else {}
    quick = Coercion(schema, operation)({**variables, "more": 4})
    slow = get_variable_values(schema, operation.variable_definitions or (), {**variables, "more": 4}, 20)
    if quick is not None:
        assert isinstance(slow, VariableValues)
        assert repr(quick.coerced) == repr(slow.coerced)
        assert [(name, repr(source.value)) for name, source in quick.sources.items()] == [
            (name, repr(source.value)) for name, source in slow.sources.items()
        ]


def test_plainly_valid_rows_are_coerced_quickly() -> None:
    row = {"text": "x", "rating": 4, "value": 1.5, "reach": 7, "occurredAt": "2026-01-31", "customer": None}
    values = {"input": {"rows": [row, {"text": "y"}], "errorPolicy": "REJECT_EVERYTHING"}}
    found = Coercion(core_schema(), operation_of(IMPORT % "createdCount"))(values)
    assert found is not None
    assert [row["text"] for row in found.coerced["input"]["rows"]] == ["x", "y"]
