"""Aspects in the graph: what needs are about, counted and curated."""

from __future__ import annotations

import pytest

from nobodyasked.models.actor import Actor
from nobodyasked.models.commands import runs
from nobodyasked.models.commands.findings import AspectDraft, FoundLink, FoundSpan, NeedDraft, RunFindings, apply
from nobodyasked.models.evidence import Stance
from nobodyasked.models.need import StatementBasis
from nobodyasked.models.span import SpanKind
from nobodyasked.models.team import Role

from .conftest import Graph
from .world import DARK, PARCEL, SIZE, World

TREE = """{ aspects { totalCount nodes { id name named keyPhrases needCount evidenceCount customerCount version
  weekly { week complaints customers } byChannel { channel complaints customers }
  needs { nodes { id aspect { name } } } } } }"""
RENAME = """mutation ($input: AspectRenameInput!) { aspectRename(input: $input) {
  aspect { id name named version } userErrors { code path } } }"""
MOVE = """mutation ($input: NeedMoveInput!) { needMove(input: $input) {
  need { id version aspect { id } } userErrors { code path } } }"""


@pytest.fixture
async def tree(graph: Graph, world: World) -> dict[str, int]:
    """Keys of two aspects: of parcels and sizes, and of looks."""
    database = graph.database
    words = {
        PARCEL: world.complaints[:4],
        SIZE: [world.complaints[0], world.complaints[4]],
        DARK: world.complaints[6:7],
    }
    spans = [FoundSpan(key, 0, 10, SpanKind.PAIN, 0.9, None) for key in world.complaints]
    drafts = []
    for need, keys in words.items():
        links = [FoundLink(world.complaints.index(key), Stance.SUPPORTS, 0.5) for key in keys]
        about = 1 if need == DARK else 0
        drafts.append(NeedDraft(world.needs[need], f"N{need}", StatementBasis.QUOTE, 0.5, ["word"], links, about))
    run = await runs.start(database, Actor.operator(), {})
    await runs.begin(database, run, {})
    found = RunFindings(
        max(world.complaints),
        spans=spans,
        needs=drafts,
        aspects=[AspectDraft(None, "getting it", ["parcel", "size"]), AspectDraft(None, "looks", ["dark"])],
    )
    await apply(database, run, found, {}, {})
    return {name: key for key, name in await database.rows("select id, name from aspect")}


async def test_the_tree_and_its_counts(graph: Graph, world: World, tree: dict[str, int]) -> None:
    found = (await graph.ask(TREE))["aspects"]
    assert found["totalCount"] == 2
    first, second = found["nodes"]
    assert (first["id"], first["name"], first["named"]) == (f"aspect_{tree['getting it']}", "getting it", False)
    assert first["keyPhrases"] == ["parcel", "size"]
    # C1 speaks to both needs and counts once
    assert (first["needCount"], first["evidenceCount"], first["customerCount"]) == (2, 13, 5)
    assert first["weekly"] == [
        {"week": "2026-01-05", "complaints": 2, "customers": 2},
        {"week": "2026-01-12", "complaints": 3, "customers": 3},
        {"week": "2026-01-19", "complaints": 1, "customers": 1},
    ]
    assert first["byChannel"] == [
        {"channel": "review", "complaints": 3, "customers": 3},
        {"channel": "email", "complaints": 2, "customers": 2},
        {"channel": "chat", "complaints": 1, "customers": 1},
    ]
    assert [one["id"] for one in first["needs"]["nodes"]] == [f"need_{world.needs[need]}" for need in (PARCEL, SIZE)]
    assert [one["aspect"] for one in second["needs"]["nodes"]] == [{"name": "looks"}]


async def test_a_part_of_the_time(graph: Graph, tree: dict[str, int]) -> None:
    query = """query ($id: ID!) { aspect(id: $id) { weekly(since: "2026-01-06", until: "2026-01-16")
      { week complaints customers } byChannel(since: "2026-01-06", until: "2026-01-16") { channel complaints } } }"""
    assert (await graph.ask(query, {"id": f"aspect_{tree['getting it']}"}))["aspect"] == {
        "weekly": [
            {"week": "2026-01-05", "complaints": 1, "customers": 1},
            {"week": "2026-01-12", "complaints": 2, "customers": 2},
        ],
        "byChannel": [
            {"channel": "chat", "complaints": 1},
            {"channel": "email", "complaints": 1},
            {"channel": "review", "complaints": 1},
        ],
    }


async def test_needs_by_aspect_and_aspects_by_size(graph: Graph, world: World, tree: dict[str, int]) -> None:
    by_id = "query ($id: ID!) { needs(where: { aspect: { id: { eq: $id } } }) { nodes { id } } node(id: $id) { id } }"
    looks = f"aspect_{tree['looks']}"
    assert await graph.ask(by_id, {"id": looks}) == {
        "needs": {"nodes": [{"id": f"need_{world.needs[DARK]}"}]},
        "node": {"id": looks},
    }
    query = """{ aspects(where: { needCount: { gte: 2 } }) { nodes { name } }
      small: aspects(orderBy: [{ field: CUSTOMER_COUNT }]) { nodes { name } }
      named: needs(where: { aspect: { name: { contains: "OOK" } } }) { totalCount } }"""
    assert await graph.ask(query) == {
        "aspects": {"nodes": [{"name": "getting it"}]},
        "small": {"nodes": [{"name": "looks"}, {"name": "getting it"}]},
        "named": {"totalCount": 1},
    }


async def test_a_curator_names_and_moves(graph: Graph, world: World, tree: dict[str, int]) -> None:
    looks = f"aspect_{tree['looks']}"
    given = {"aspectId": looks, "version": 1, "name": "How it looks"}
    assert (await graph.ask(RENAME, {"input": given}, role=Role.CURATOR))["aspectRename"] == {
        "aspect": {"id": looks, "name": "How it looks", "named": True, "version": 2},
        "userErrors": [],
    }
    stale = await graph.ask(RENAME, {"input": given})
    assert stale["aspectRename"]["userErrors"] == [{"code": "STALE_VERSION", "path": ["input", "version"]}]
    assert await graph.refusal(RENAME, {"input": given}, role=Role.CONTRIBUTOR) == "FORBIDDEN"
    size = f"need_{world.needs[SIZE]}"
    version = (await graph.ask("query ($id: ID!) { need(id: $id) { version } }", {"id": size}))["need"]["version"]
    moved = {"needId": size, "version": version, "aspectId": looks}
    assert (await graph.ask(MOVE, {"input": moved}, role=Role.CURATOR))["needMove"] == {
        "need": {"id": size, "version": version + 1, "aspect": {"id": looks}},
        "userErrors": [],
    }
    unsaid = {"needId": size, "version": version + 1}
    refused = (await graph.ask(MOVE, {"input": unsaid}))["needMove"]["userErrors"]
    assert refused == [{"code": "INVALID", "path": ["input", "aspectId"]}]
    out = (await graph.ask(MOVE, {"input": {**unsaid, "aspectId": None}}))["needMove"]["need"]
    assert out["aspect"] is None
    unknown = await graph.ask(MOVE, {"input": {"needId": size, "version": version + 2, "aspectId": "aspect_99"}})
    assert unknown["needMove"]["userErrors"][0]["code"] == "NOT_FOUND"


async def test_an_aspect_without_needs_is_hidden_and_still_there(
    graph: Graph, world: World, tree: dict[str, int]
) -> None:
    looks = f"aspect_{tree['looks']}"
    version = await graph.database.value(
        graph.database.sql("select version from need where id = ?1"), [world.needs[DARK]]
    )
    away = {"needId": f"need_{world.needs[DARK]}", "version": version, "aspectId": None}
    assert (await graph.ask(MOVE, {"input": away}))["needMove"]["userErrors"] == []
    query = "query ($id: ID!) { aspects { nodes { name } } node(id: $id) { ... on Aspect { name needCount weekly { week } } } }"
    assert await graph.ask(query, {"id": looks}) == {
        "aspects": {"nodes": [{"name": "getting it"}]},
        "node": {"name": "looks", "needCount": 0, "weekly": []},
    }
