"""bundleSuggest: greedy choice of needs by the customers that each adds, held against every choice there is."""

from __future__ import annotations

from itertools import combinations
from math import e
from random import Random
from typing import Any

from nobodyasked.models.commands import complaints, runs
from nobodyasked.models.commands.findings import FoundLink, FoundSpan, NeedDraft, Reading, RunFindings, apply
from nobodyasked.models.database import Database
from nobodyasked.models.evidence import Stance
from nobodyasked.models.need import StatementBasis
from nobodyasked.models.span import SpanKind
from nobodyasked.models.team import Role
from tests.models.people import ADMIN, draft

from .conftest import Graph
from .world import PARCEL, World

QUERY = """query ($max: Int, $segment: String) { bundleSuggest(maxNeeds: $max, segment: $segment) { totalCount
  edges { position gain covered coverage node { id statement } } } }"""
NEEDS, CUSTOMERS = 7, 11
# two needs of five customers each make the best pair; greedy begins with the one of six between them
TRAP = {0: {0, 1, 2, 6, 7}, 1: {3, 4, 5, 8, 9}, 2: {0, 1, 2, 3, 4, 5}}


async def suggest(graph: Graph, **variables: Any) -> Any:
    with graph.database.counting() as recorder:
        found = await graph.ask(QUERY, variables, role=Role.CONTRIBUTOR)
    # who has which need, and what is shown of those that were chosen
    assert recorder.count == 2
    return found["bundleSuggest"]


async def scatter(database: Database, segments: list[str], random: Random) -> dict[str, dict[int, set[str]]]:
    """By segment, the customers behind each need: every customer says one thing and means some needs."""
    drafts = [
        draft(f"{segment} {number}", customer=f"{segment}{number}", segment=segment, external_id=f"{segment}{number}")
        for segment in segments
        for number in range(CUSTOMERS)
    ]
    keys = [one.complaint_id for one in await complaints.import_rows(database, ADMIN, drafts) if one.complaint_id]
    links: list[list[FoundLink]] = [[] for _ in range(NEEDS)]
    chosen: list[tuple[str, int, str]] = []
    for index, one in enumerate(drafts):
        share = random.choice((0.15, 0.3, 0.6))
        needs = [need for need in range(NEEDS) if random.random() < share]
        if one.segment == "trap":
            needs = [need for need, who in TRAP.items() if index % CUSTOMERS in who]
        for need in needs:
            links[need].append(FoundLink(index, Stance.SUPPORTS, 0.5))
            chosen.append((str(one.segment), need, str(one.customer)))
    run = await runs.start(database, ADMIN, {})
    await runs.begin(database, run, {})
    spans = [FoundSpan(key, 0, 3, SpanKind.PAIN, 0.9, None) for key in keys]
    made = [NeedDraft(None, f"N{n}", StatementBasis.QUOTE, 0.5, [], some) for n, some in enumerate(links)]
    await apply(database, run, RunFindings(max(keys), [Reading(key, 0, 3) for key in keys], spans, made), {}, {})
    ids = {statement: id for id, statement in await database.rows("select id, statement from need")}
    found: dict[str, dict[int, set[str]]] = {segment: {} for segment in segments}
    for segment, need, customer in chosen:
        found[segment].setdefault(ids[f"N{need}"], set()).add(customer)
    return found


def greedy(needs: dict[int, set[str]], most: int) -> list[tuple[int, int, int]]:
    """Need, gain and customers covered, step by step."""
    covered: set[str] = set()
    steps = []
    while len(steps) < most:
        gain, need = max((len(who - covered), -need) for need, who in needs.items())
        if not gain:
            break
        covered |= needs[-need]
        steps.append((-need, gain, len(covered)))
    return steps


async def test_greedy_and_within_its_bound_of_the_best_choice(database: Database) -> None:
    graph = Graph(database)
    segments = ["trap", *(f"s{number}" for number in range(5))]
    world = await scatter(database, segments, Random(5))
    exact = 0
    for segment, needs in world.items():
        everybody = len(set().union(*needs.values()))
        for most in (1, 2, 3, NEEDS):
            found = await suggest(graph, max=most, segment=segment)
            steps = [(int(one["node"]["id"].split("_")[1]), one["gain"], one["covered"]) for one in found["edges"]]
            assert steps == greedy(needs, most)
            assert [one["position"] for one in found["edges"]] == list(range(1, len(steps) + 1))
            assert found["totalCount"] == len(steps)
            best = max(
                len(set().union(*(needs[need] for need in choice)))
                for choice in combinations(needs, min(most, len(needs)))
            )
            assert steps[-1][2] >= (1 - 1 / e) * best
            exact += steps[-1][2] == best
            assert found["edges"][-1]["coverage"] == round(steps[-1][2] / everybody, 4)
        # what adds nobody is not chosen, however many may be
        assert steps[-1][2] == everybody
    # here and there greedy is not the best, which tells it from trying all
    assert 12 < exact < 24


async def test_open_needs_of_all_or_of_a_segment(graph: Graph, world: World) -> None:
    found = await suggest(graph)
    assert [(one["node"]["statement"][:30], one["gain"], one["covered"]) for one in found["edges"]] == [
        ("Customers need to know when th", 3, 3),
        ("Customers need to be sure that", 1, 4),
        ("Customers need to use the app ", 1, 5),
    ]
    assert [one["gain"] for one in (await suggest(graph, segment="family"))["edges"]] == [2]
    assert (await suggest(graph, segment="nobody's"))["edges"] == []
    # what an approved invention addresses needs no bundle
    async with graph.database.transaction() as transaction:
        await transaction.execute("UPDATE need SET status = 'ADDRESSED' WHERE id = ?1", (world.needs[PARCEL],))
    assert [one["gain"] for one in (await suggest(graph, max=1))["edges"]] == [2]
    for wrong in (0, 11):
        assert await graph.refusal(QUERY, {"max": wrong}) == "INVALID"
    page = "query ($after: String) { bundleSuggest(first: 1, after: $after) { pageInfo { hasNextPage endCursor } nodes { id } } }"
    first = (await graph.ask(page))["bundleSuggest"]
    assert first["pageInfo"]["hasNextPage"]
    second = (await graph.ask(page, {"after": first["pageInfo"]["endCursor"]}))["bundleSuggest"]
    assert not second["pageInfo"]["hasNextPage"]
    assert second["nodes"] != first["nodes"]
