"""Who may see and do what: every field and every mutation of the schema, for every role, over HTTP.

`rules.txt` is the rule that people agreed on, one line for a type and a role. A field or a mutation that is not in it
fails here, and so does one that is declared otherwise or answers otherwise.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLList,
    GraphQLNonNull,
    get_named_type,
    is_required_input_field,
)

from nobodyasked.graphql.declare import ENTITIES, Column, Connection, role_for
from nobodyasked.graphql.mutations.base import CHANGES
from nobodyasked.graphql.payload import BUILDER, NOUN
from nobodyasked.graphql.schema import core_schema
from nobodyasked.graphql.subscriptions import ENTITY_OF
from nobodyasked.models.team import Role

from ..api.conftest import Graph
from ..differential.shape import SCHEMA
from ..differential.test_permission import paths, selection
from .conftest import House

RULES = Path(__file__).with_name("rules.txt")
HAND_MADE = {
    "Query": ("node", "nodes", "inventionDocument", "inventionDiff", "rateLimit", "viewer"),
    "ApiToken": ("id", "hint", "role", "member", "createdAt", "expiresAt", "revokedAt", "lastUsedAt"),
    "FieldDiff": ("field", "before", "after"),
    "RateLimit": ("cost", "limit", "remaining", "resetAt"),
    "Viewer": ("member", "role", "viewerCanContribute", "viewerCanCurate", "viewerCanAdminister"),
    "PageInfo": ("hasNextPage", "hasPreviousPage", "startCursor", "endCursor"),
}
"""Fields that no declaration makes: they are for everybody who may read, and their things bring their own rules."""
GUARDED = {("Query", "apiTokens"): Role.ADMIN}
"""Those of them that ask for more by themselves."""
BY_HAND = {
    "inventionDocument": '{ inventionDocument(inventionId: "invention_1", format: HTML) }',
    "inventionDiff": '{ inventionDiff(inventionId: "invention_1", from: 0, to: 1) { __typename } }',
}
WITHHELD = {("Complaint", "customer"): "{ complaints { nodes { customer { id } } } }"}
"""What is null, rather than refused, for who may not see it: every one of them in a list."""
WAYS = {**paths(), "FieldDiff": BY_HAND["inventionDiff"].replace("{ __typename }", "%s"), "Viewer": "{ viewer %s }"}
"""For each type a document in which %s stands for a selection on it."""
PORTION = 20

Rules = dict[tuple[str, str], Role]


def agreed() -> Rules:
    found: Rules = {}
    for line in RULES.read_text().splitlines():
        who, _, names = line.partition(": ")
        kind, role = who.split()
        for name in names.split():
            assert (kind, name) not in found, f"{kind}.{name} stands in rules.txt twice"
            found[kind, name] = Role(role)
    return found


def shown() -> Iterator[tuple[str, str]]:
    """Every field that a read can reach, and every field at the root of a change or a subscription."""
    for kind in sorted({*WAYS, "Subscription", "Mutation"}):
        definition: Any = SCHEMA.type_map[kind]
        # what a list is made of follows the rule of the list
        part = kind.endswith(("Connection", "Edge"))
        yield from ((kind, name) for name in definition.fields if not part or (kind, name) in BUILDER.planned)


def declared(kind: str, name: str) -> Role:
    if kind == "Mutation":
        return CHANGES[name].needs
    if kind == "Subscription":
        return ENTITIES[ENTITY_OF[name]].least_role
    field = BUILDER.planned.get((kind, name))
    if field is not None:
        # an edge is of what it stands for
        return max(role_for(field.declared), field.owner.least_role, key=lambda role: role.rank)
    if (kind, name) in GUARDED or kind == "ApiToken":
        return Role.ADMIN
    if name in HAND_MADE.get(kind, ()):
        return Role.READER
    raise AssertionError(f"{kind}.{name} has no rule: declare one")


def test_every_field_and_mutation_has_the_rule_that_was_agreed() -> None:
    seen = {(kind, name): declared(kind, name) for kind, name in shown()}
    lines: dict[tuple[str, Role], list[str]] = {}
    for (kind, name), role in seen.items():
        lines.setdefault((kind, role), []).append(name)
    right = "".join(f"{kind} {role}: {' '.join(sorted(names))}\n" for (kind, role), names in sorted(lines.items()))
    differs = {place: (agreed().get(place), seen.get(place)) for place in agreed() | seen}
    wrong = {place: both for place, both in differs.items() if both[0] is not both[1]}
    assert wrong == {}, f"agreed and declared rules differ; rules.txt would read:\n{right}"


def test_no_rule_is_undone_by_another_way() -> None:
    """A cursor holds the values that a list is ordered by, and a payload or an error shows things by their keys."""
    for kind, entity in ENTITIES.items():
        for name, listed in entity.declared.items():
            if isinstance(listed, Connection):
                row: Any = ENTITIES[listed.through.entity if listed.through else listed.target]
                for by, _ in listed.order:
                    column = row.declared.get(by)
                    assert not isinstance(column, Column) or role_for(listed).includes(column.role), (kind, name, by)
    by_payload = {
        get_named_type(definition.type): CHANGES[name].needs
        for name, definition in core_schema().mutation_type.fields.items()
    }  # type: ignore[union-attr]
    for kind in core_schema().type_map.values():
        made = getattr(kind, "extensions", {}).get("strawberry-definition")
        for field in getattr(made, "fields", ()):
            entity = (field.metadata or {}).get(NOUN)
            if entity is not None:
                least = by_payload.get(kind, Role.READER)
                assert least.includes(ENTITIES[entity].least_role), (kind, field.python_name)


@pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)
async def test_every_field_answers_as_agreed(house: House) -> None:
    rules = agreed()
    asked = refused = 0
    for kind, way in WAYS.items():
        fields = [name for of, name in rules if of == kind]
        for role in (None, *Role):
            mine = Role.READER if role is None else role
            open_ = [name for name in fields if mine.includes(rules[kind, name])]
            for start in range(0, len(open_), PORTION):
                inner = " ".join(
                    (BY_HAND.get(name) or selection(kind, name))[1:-1] for name in open_[start : start + PORTION]
                )
                document = way % f"{{ {inner} }}"
                answer = await house.ask(document, role)
                codes = [error["extensions"]["code"] for error in answer.json().get("errors", ())]
                # what is worked out first may find the time that was given no good
                assert {*codes} <= {"INVALID"}, (kind, role, answer.text)
                asked += len(open_[start : start + PORTION])
            for name in fields:
                if (kind, name) in WITHHELD and name not in open_:
                    answer = await house.ask(WITHHELD[kind, name], role)
                    assert {one[name] for one in answer.json()["data"]["complaints"]["nodes"]} == {None}, (kind, role)
                    refused += 1
                elif name not in open_:
                    document = way % selection(kind, name)
                    answer = await house.ask(document, role)
                    assert answer.json().get("data") is None, (kind, name, role)
                    assert [error["extensions"]["code"] for error in answer.json()["errors"]] == ["FORBIDDEN"]
                    refused += 1
    assert asked > 2_000
    # readers come with a token and without
    assert refused == sum(role.rank + 1 for (of, _), role in rules.items() if of in WAYS and role is not Role.READER)


def sample(kind: Any, name: str) -> Any:
    """A value that an input takes; its ids name nothing."""
    if isinstance(kind, GraphQLNonNull):
        return sample(kind.of_type, name)
    if isinstance(kind, GraphQLList):
        return [sample(kind.of_type, name)]
    if isinstance(kind, GraphQLInputObjectType):
        return {key: sample(field.type, key) for key, field in kind.fields.items() if is_required_input_field(field)}
    if isinstance(kind, GraphQLEnumType):
        return next(iter(kind.values))
    if kind.name == "ID":
        stem = name.removesuffix("s").removesuffix("Id")
        return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in stem) + "_999999"
    return {
        "Int": 1,
        "Float": 0.5,
        "Boolean": True,
        "DateTimeOrDuration": "2026-01-05T00:00:00Z",
        "Date": "2026-01-01",
    }.get(kind.name, "word")


@pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)
async def test_every_mutation_answers_as_agreed(house: House) -> None:
    rules = agreed()
    assert SCHEMA.mutation_type is not None
    for name, definition in SCHEMA.mutation_type.fields.items():
        kind: Any = get_named_type(definition.args["input"].type)
        document = f"mutation ($input: {kind.name}!) {{ {name}(input: $input) {{ __typename userErrors {{ code }} }} }}"
        before = await house.database.value("SELECT count(*) FROM event")
        for role in (None, *Role):
            answer = (await house.ask(document, role, input=sample(kind, name))).json()
            codes = [error["extensions"]["code"] for error in answer.get("errors", ())]
            if (role or Role.READER).includes(rules["Mutation", name]):
                assert "FORBIDDEN" not in codes, (name, role, answer)
                continue
            assert (answer.get("data"), codes) == (None, ["FORBIDDEN"]), (name, role, answer)
            assert answer["errors"][0]["message"].startswith(f"This needs the role {rules['Mutation', name]};")
            assert answer["errors"][0]["path"] == [name]
            assert await house.database.value("SELECT count(*) FROM event") == before, (name, role)


@pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)
async def test_a_subscription_to_what_is_not_for_everybody_is_refused_at_once(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    graph = Graph(house.database)
    monkeypatch.setattr(ENTITIES["Need"], "least_role", Role.CURATOR)
    query = "subscription { needChanged { id } }"
    answer: Any = await graph.engine.subscribe(query, None, None, graph.context(Role.READER))
    assert b'"FORBIDDEN"' in answer.body
    stream: Any = await graph.engine.subscribe(query, None, None, graph.context(Role.CURATOR))
    assert [body async for body in stream] == []


@pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)
async def test_a_thing_that_is_not_for_everybody_is_refused_on_every_way(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whether it is there or not: the answers are the same."""
    monkeypatch.setattr(ENTITIES["Customer"], "least_role", Role.ADMIN)
    ways = [
        '{ node(id: "customer_%s") { __typename } }',
        '{ nodes(ids: ["need_1", "customer_%s"]) { id } }',
        '{ customer(id: "customer_%s") { id } }',
        "{ customers { totalCount } }",
        "{ notices { nodes { customer { id } } } }",
        '{ complaints(where: { customer: { id: { eq: "customer_%s" } } }) { totalCount } }',
        '{ complaints(where: { not: { customer: { segment: { eq: "new" } } } }) { nodes { id } } }',
        '{ notices(where: { customer: { id: { eq: "customer_%s" } } }) { totalCount } }',
    ]
    for way in ways:
        told = set()
        for key in (1, 999_999):
            document = way.replace("%s", str(key))
            answer = await house.ask(document, Role.CURATOR)
            assert answer.json()["errors"][0]["extensions"]["code"] == "FORBIDDEN", (document, answer.text)
            told.add(answer.content)
            assert await house.codes(document, Role.ADMIN) == [], document
        assert len(told) == 1
    # a link that may be missing is as if it were
    answers = [
        ("{ complaints { nodes { customer { id } } } }", 8),
        ('{ complaint(id: "complaint_1") { customer { __typename } } }', 1),
        ("{ needs { nodes { evidence { nodes { customer { segment } } } } } }", 8),
    ]
    for document, most in answers:
        answer = await house.ask(document, Role.CURATOR)
        assert answer.text.count('"customer":null') == most, answer.text
        assert '"customer":{' in (await house.ask(document, Role.ADMIN)).text


@pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)
async def test_a_token_that_is_no_good_gets_nothing(house: House) -> None:
    for authorization in ("Bearer nba_wrong", "Basic QTpC", "Bearer a.b.c"):
        answer = await house.client.post(
            "/graphql", json={"query": "{ __typename }"}, headers={"Authorization": authorization}
        )
        assert (answer.status_code, "data" in answer.json()) == (401, False)
