"""A READER who wants to know who is behind a number: asks for every count there is, and takes them from each other."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import combinations
from random import Random
from statistics import mean
from typing import Any

import pytest
from graphql import GraphQLInputObjectType, get_named_type

from nobodyasked.graphql.declare import ENTITIES, Breakdown, Cells, Column, Crowd
from nobodyasked.graphql.guard.limits import Limits
from nobodyasked.models.commands import complaints, inventions
from nobodyasked.models.commands.inventions import ClaimDraft
from nobodyasked.models.database import Database
from nobodyasked.models.invention import Door
from nobodyasked.models.team import Role

from ..api.conftest import Graph
from ..differential.crowds import of_customers
from ..differential.shape import SCHEMA
from ..models.people import ADMIN, draft
from ..models.world import HOUR_MS, START_MS, found, infer

K = 3
DAY_MS = 24 * HOUR_MS
WIDE = Limits(aliases=10_000, root_fields=1_000, nodes=10**9, tokens=10**5, fields=10**5)
KNOWN = ("segment", "tier")
"""What no message tells."""
SAID = ("channel", "product", "language")
TIMES = [datetime.fromtimestamp((START_MS + week * 7 * DAY_MS) / 1000, UTC).isoformat() for week in range(5)]

SLID = [datetime.fromtimestamp((START_MS + step * 3.5 * DAY_MS) / 1000, UTC).isoformat() for step in range(9)]


@pytest.fixture
async def crowded(database: Database) -> Graph:
    """Needs of some dozens of customers, whose segments and tiers are of every size from one on."""
    random = Random(5)
    segments = ["family"] * 20 + ["business"] * 9 + ["regular"] * 5 + ["new", "new", "press", "staff"]
    rows = [
        draft(
            f"Message {number}.{part} of somebody.",
            external_id=f"m{number}.{part}",
            customer=f"C{number}",
            segment=segment,
            tier=random.choice(("gold", "silver", "silver", None)),
            value=100.0 + number,
            channel=random.choice(("email", "email", "chat", "fax")),
            product=random.choice(("boots", "tents", "stoves")),
            language=random.choice(("en", "en", "de")),
            occurred_at=START_MS + random.randrange(28) * DAY_MS,
        )
        for number, segment in enumerate(segments)
        for part in range(random.choice((1, 1, 2)))
    ]
    ids = [one.complaint_id for one in await complaints.import_rows(database, ADMIN, rows)]
    about = {f"Need {share}": [id for id in ids if id and random.random() < share / 10] for share in (9, 5, 3, 2)}
    await infer(database, found(about))
    for needs in ((1,), (1, 2), (2, 3), (1, 2, 3, 4), (3, 4)):
        claims = [ClaimDraft(need, "Because.", 0.5) for need in needs]
        await inventions.propose(database, ADMIN, title=f"{needs}", mechanism="How.", door=Door.TWO_WAY, claims=claims)
    graph = Graph(database)
    graph.limits = WIDE
    return graph


def counted(name: str, key: str, when: str = "") -> str:
    return f"{name}{when} {{ key: {key} complaints customers }}"


def everything() -> str:
    """Every break-down there is, and every part of the time of those that have parts: weeks, and pieces of some."""
    parts = " ".join(counted(f"by{key.capitalize()}", key) for key in (*KNOWN, *SAID))
    spans = ""
    for number, (since, until) in enumerate(combinations(SLID, 2)):
        when = f'(since: "{since}", until: "{until}")'
        spans += counted(f" week{number}: weekly", "week", when)
    roots = " ".join(counted(f"complaintsBy{key.capitalize()}", key) for key in ("segment", "channel", "week"))
    return (
        f"{{ needs(first: 100) {{ nodes {{ id customerCount {parts} {counted('weekly', 'week')} {spans} }} }}"
        f" inventions(first: 100) {{ nodes {{ id customerCount {parts} }} }} {roots} }}"
    )


def cells(answer: Any, path: str = "") -> dict[str, dict[str, int]]:
    """Complaints and customers of every cell, by where it stands."""
    if isinstance(answer, dict) and "complaints" in answer:
        return {path: answer}
    parts = (
        [(f"[{one.get('key', one.get('id'))}]", one) for one in answer]
        if isinstance(answer, list)
        else [(f".{name}", one) for name, one in answer.items()]
        if isinstance(answer, dict)
        else []
    )
    return {place: cell for name, one in parts for place, cell in cells(one, path + name).items()}


async def test_sliding_times_tell_nothing(crowded: Graph) -> None:
    """Whoever slides a window past one message, to see whether a cell moves, learns whether its customer was counted before."""
    said = "needs(first: 1) { nodes { "
    ways = [f"{said}by{key.capitalize()}%s {{ customers }} }} }}" for key in (*SAID, *KNOWN)]
    ways += [said + "competitors%s { customers } } }", said + "involvedTeams%s { customers } } }"]
    ways += [
        "inventions(first: 1) { nodes { byChannel%s { customers } } }",
        "aspects { nodes { byChannel%s { customers } } }",
    ]
    ways += [f"complaintsBy{key}%s {{ customers }}" for key in ("Channel", "Segment")] + [
        "evidenceByChannel%s { evidence }"
    ]
    for way in ways:
        for when in (f'(since: "{TIMES[1]}")', f'(until: "{TIMES[1]}")', f'(since: "{TIMES[0]}", until: "{TIMES[4]}")'):
            document = "{ " + way % when + " }"
            assert await crowded.refusal(document, role=Role.READER) == "FORBIDDEN", document
            await crowded.ask(document, role=Role.CONTRIBUTOR)
        await crowded.ask("{ " + way % "" + " }", role=Role.READER)
    moments = [START_MS + step * DAY_MS + 1 for step in range(0, 28, 3)]
    weekly = "{ needs(first: 9) { nodes { id weekly%s { week complaints customers } } } complaintsByWeek%s { week complaints customers } }"
    seen = 0
    for since, until in combinations(moments, 2):
        said_at = [datetime.fromtimestamp(one / 1000, UTC).isoformat() for one in (since, until)]
        when = '(since: "{}", until: "{}")'.format(*said_at)
        answer = await crowded.ask(weekly % (when, when), role=Role.READER)
        for rows in [one["weekly"] for one in answer["needs"]["nodes"]] + [answer["complaintsByWeek"]]:
            for row in rows:
                began = int(datetime.fromisoformat(row["week"]).replace(tzinfo=UTC).timestamp() * 1000)
                assert since <= began <= until - 7 * DAY_MS, row
                seen += row["customers"]
    assert seen


async def test_no_count_and_no_difference_of_counts_tells_of_fewer_than_a_crowd(crowded: Graph) -> None:
    document = everything()
    true = cells(await crowded.ask(document, role=Role.CONTRIBUTOR))
    answer = await crowded.ask(document, role=Role.READER)
    shown = cells(answer)
    small = [place for place, cell in true.items() if 0 < cell["customers"] < K]
    assert all(any(f"y{key.capitalize()}[" in place for place in small) for key in (*KNOWN, *SAID[:1]))
    assert len(true) > 500
    silent = {"complaints": 0, "customers": 0}
    for place, cell in shown.items():
        assert {name: cell[name] for name in silent} == silent or true[place]["customers"] >= K, place
    assert not any(any(shown.get(place, silent)[name] for name in silent) for place in small)
    values = {cell[name] for cell in shown.values() for name in silent}
    assert len(values) > 8
    assert not {abs(one - other) for one, other in combinations(values, 2)} & {*range(1, K)}
    # what is left of a total, which everybody sees
    lists: dict[str, list[str]] = {}
    for place in true:
        if any(f"y{key.capitalize()}[" in place for key in KNOWN):
            lists.setdefault(place.rpartition("[")[0], []).append(place)
    assert len(lists) > 15
    for inside in lists.values():
        hidden = [true[place]["customers"] for place in inside if place not in shown]
        alone = len(hidden) == len(inside)
        assert not hidden or (len(hidden) > 1 and sum(hidden) >= K) or alone, inside
        for place in inside:
            if place in shown:
                assert all(abs(shown[place][name] - true[place][name]) < K for name in silent)
    # whoever may see all of it sees it, and a crowd of one is everybody
    crowded.limits = Limits(aliases=10_000, root_fields=1_000, nodes=10**9, tokens=10**5, fields=10**5, crowd=1)
    crowded.engine = type(crowded.engine)()
    assert cells(await crowded.ask(document, role=Role.READER)) == true


@pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)
async def test_nothing_else_tells_what_is_known_of_customers(crowded: Graph) -> None:
    """Filters on every way to a customer, orders, parts of the time, revenue, who answered, and what a message was drawn by."""
    ways: list[str] = []
    for name, field in SCHEMA.query_type.fields.items():  # type: ignore[union-attr]
        for argument in field.args:
            if argument == "where":
                ways += [f"{{ {name}(where: {where}) {{ totalCount }} }}" for where in roads(field.args[argument].type)]
    assert sum("segment" in way for way in ways) > 4
    ways += [
        "{ customers { totalCount } }",
        '{ customer(id: "customer_1") { segment } }',
        '{ nodes(ids: ["need_1", "customer_1"]) { id } }',
        "{ notices { nodes { customer { id } } } }",
        "{ needs(orderBy: [{ field: VALUE_AT_STAKE }]) { pageInfo { endCursor } } }",
        "{ needs(orderBy: [{ field: REACH }]) { nodes { id } } }",
        "{ needs { nodes { valueAtStake } } }",
        "{ needs { nodes { byChannel { valueAtStake } } } }",
        f'{{ needs {{ nodes {{ bySegment(since: "{TIMES[1]}") {{ customers }} }} }} }}',
        f'{{ inventions {{ nodes {{ byTier(until: "{TIMES[1]}") {{ customers }} }} }} }}',
        f'{{ complaintsBySegment(since: "{TIMES[1]}") {{ segment }} }}',
        '{ bundleSuggest(segment: "press") { edges { gain } } }',
        "{ surveyAnswers { nodes { respondent } } }",
        '{ surveyAnswers(where: { respondent: { eq: "C1" } }) { totalCount } }',
        "{ listeningSessions { nodes { drawn { stratum } } } }",
        "{ listeningSessions { nodes { complaints { edges { stratum } } } } }",
        "{ listeningSessions { nodes { complaints { edges { inclusionProbability } } } } }",
        "{ alerts { nodes { reach } } }",
        # what answers one notice is one person's
        "{ notices { nodes { replies { totalCount } } } }",
        "{ complaints { nodes { repliesTo { nodes { id } } } } }",
        "{ shipments { nodes { replies { totalCount } } } }",
        '{ node(id: "reply_1") { id } }',
        "{ alerts(where: { observed: { lt: 3 } }) { totalCount } }",
        # with the counts of the weeks around, a probability gives away the count that it is of
        "{ alerts(where: { pValue: { lt: 0.2 } }) { totalCount } }",
        "{ alerts(orderBy: [{ field: P_VALUE }]) { pageInfo { endCursor } } }",
        *(
            f'{{ needMovements(since: "{TIMES[1]}", orderBy: [{{ field: {field} }}]) {{ pageInfo {{ endCursor }} }} }}'
            for field in ("P_VALUE", "FALSE_DISCOVERY")
        ),
    ]
    for way in ways:
        assert await crowded.refusal(way, role=Role.READER) == "FORBIDDEN", way
    document = "{ complaints(first: 100) { totalCount nodes { id customer { id segment } } } }"
    assert {one["customer"] for one in (await crowded.ask(document, role=Role.READER))["complaints"]["nodes"]} == {None}
    told = (await crowded.ask(document, role=Role.CONTRIBUTOR))["complaints"]["nodes"]
    assert all(one["customer"]["segment"] for one in told)


def roads(kind: Any, depth: int = 0) -> list[str]:
    """Conditions that lead to a customer, over other things too."""
    of = get_named_type(kind)
    found: list[str] = []
    if not isinstance(of, GraphQLInputObjectType) or depth > 2:
        return found
    for name, field in of.fields.items():
        inner = get_named_type(field.type)
        if inner.name == "CustomerWhere":
            found += [f'{{ {name}: {{ {one}: {{ eq: "x" }} }} }}' for one in ("segment", "tier", "externalId")]
            found += [f"{{ {name}: {{ value: {{ gt: 5 }} }} }}", f"{{ not: {{ {name}: {{}} }} }}"]
        elif inner.name.endswith("Where") and name not in ("and", "or", "not"):
            found += [f"{{ {name}: {one} }}" for one in roads(inner, depth + 1)]
    return found


def test_every_count_of_customers_says_what_it_parts_them_by() -> None:
    for kind, entity in ENTITIES.items():
        for name, declared in entity.declared.items():
            if isinstance(declared, Breakdown):
                columns = ENTITIES[declared.entity].declared
                counts = [one for one, column in columns.items() if getattr(column, "crowd", None) is Crowd.CELL]
                assert ("customers" in columns) <= ("customers" in counts), (kind, name)
                assert bool(counts) is (declared.cells is not Cells.NOBODY), (kind, name)
                known = any(one in columns for one in KNOWN)
                assert known is (declared.cells is Cells.CUSTOMERS), (kind, name)
                money = [one for one in columns.values() if isinstance(one, Column) and one.sql is None]
                assert all(one.role is not Role.READER for one in money if "Revenue" in one.description), (kind, name)


def test_a_step_tells_hardly_whose_it_was() -> None:
    """Rounding is right on average, and a cell moves as often when a message of another cell comes."""
    moved: dict[str, list[bool]] = {"own": [], "other": []}
    for owner in range(1, 400):
        sizes = {"a": 7 + owner % 5, "b": 30}
        before = numbers(sizes, owner)
        for whose, joined in (("own", "a"), ("other", "b")):
            moved[whose].append(numbers({**sizes, joined: sizes[joined] + 1}, owner)["a"] != before["a"])
    assert abs(mean(moved["own"]) - mean(moved["other"])) < 0.12
    assert mean(moved["other"]) > 0.2
    for size in (7, 8, 9):
        assert abs(mean(numbers({"a": size, "b": 50}, owner)["a"] for owner in range(1, 1_000)) - size) < 0.2
    assert {numbers({"a": 9, "b": 50}, owner)["a"] for owner in range(1, 100)} == {9}


def numbers(sizes: dict[str, int], owner: int) -> dict[str, int]:
    rows = [{"segment": name, "complaints": size, "customers": size} for name, size in sizes.items()]
    return {one["segment"]: one["customers"] for one in of_customers(rows, "Need.bySegment", owner, "segment")}
