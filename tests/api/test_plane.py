"""The Prime plane and white space of the known world, worked out by hand."""

from __future__ import annotations

from typing import Any

import pytest

from nobodyasked.models.team import Role

from .conftest import Graph
from .test_mutations import run
from .world import PARCEL, SIZE, World

PLANE = """{ inventions(orderBy: [{ field: COVERAGE, direction: DESC }]) { nodes { id askDistance coverage coverageBasis quadrant
  nearestAsks { totalCount edges { nearness node { quote complaint { channel } } } }
  evidence { totalCount edges { quote confidence node { customer { externalId } } } } } } }"""
WHITE = "{ whiteSpace { totalCount nodes { id importance satisfaction opportunity opportunityBasis askedRatio whiteSpace } } }"


async def accept(graph: Graph, need: int, quotes: set[str]) -> None:
    query = "query ($id: ID!) { need(id: $id) { evidence { edges { quote evidence { id version } } } } }"
    found = await graph.ask(query, {"id": f"need_{need}"})
    for edge in found["need"]["evidence"]["edges"]:
        if edge["quote"] in quotes:
            piece = edge["evidence"]
            input = {"evidenceId": piece["id"], "version": piece["version"], "decision": "ACCEPT"}
            assert (await run(graph, "evidenceDecide", "evidence { id }", input))["userErrors"] == []


async def plane(graph: Graph) -> list[Any]:
    with graph.database.counting() as recorder:
        found = await graph.ask(PLANE, role=Role.CONTRIBUTOR)
    assert recorder.count == 1
    return found["inventions"]["nodes"]


async def test_every_quadrant(graph: Graph, world: World) -> None:
    first, second = await plane(graph)
    # nobody has decided on the evidence of the one yet, and the answer says so; of the other's there is none to decide on
    assert {(one["id"], one["askDistance"], one["coverage"], one["quadrant"]) for one in (first, second)} == {
        (f"invention_{world.inventions[0]}", 1.0, 0.0, None),
        (f"invention_{world.inventions[1]}", 1.0, 0.0, "PET_PROJECT"),
    }
    assert {one["id"]: one["coverageBasis"] for one in (first, second)} == {
        f"invention_{world.inventions[0]}": "UNDECIDED",
        f"invention_{world.inventions[1]}": "NOT_ACTIVE",
    }
    await accept(graph, world.needs[PARCEL], {"The parcel came a day late", "Where is my parcel?"})
    await accept(graph, world.needs[SIZE], {"The boots were too small, again."})
    porch, night = await plane(graph)
    # three pieces of weight 1: 0.9 and 0.8 of a need relieved to 0.6, 0.95 of one relieved to 0.1
    assert porch["coverage"] == pytest.approx((0.9 * 0.6 + 0.8 * 0.6 + 0.95 * 0.1) / 3, abs=1e-6)
    assert (porch["quadrant"], night["coverage"], night["quadrant"]) == ("PRIME", 0, "PET_PROJECT")
    assert (porch["coverageBasis"], night["coverageBasis"]) == ("ACCEPTED", "NOT_ACTIVE")
    assert porch["evidence"] == {
        "totalCount": 3,
        "edges": [
            {"quote": quote, "confidence": sure, "node": {"customer": {"externalId": who}}}
            for quote, sure, who in (
                ("The boots were too small, again.", 0.95, "C1"),
                ("The parcel came a day late", 0.9, "C1"),
                ("Where is my parcel?", 0.8, "C2"),
            )
        ],
    }
    # no need but an active one makes coverage, and its evidence is not listed: what is listed and what counts is the same
    for status in ("EMERGING", "DISMISSED"):
        async with graph.database.transaction() as transaction:
            await transaction.execute("UPDATE need SET status = ?1 WHERE id = ?2", (status, world.needs[SIZE]))
        porch = next(one for one in await plane(graph) if one["id"] == porch["id"])
        assert porch["coverage"] == pytest.approx(
            sum(0.6 * one["confidence"] for one in porch["evidence"]["edges"]) / 2
        )
        assert porch["evidence"]["totalCount"] == 2
    async with graph.database.transaction() as transaction:
        await transaction.execute("UPDATE need SET status = 'ACTIVE' WHERE id = ?1", (world.needs[SIZE],))
    claimed = "(SELECT need_id FROM claim WHERE invention_id = ?1)"
    for change, basis in (
        (f"UPDATE need SET status = 'ACTIVE' WHERE id IN {claimed}", "UNDECIDED"),
        (f"UPDATE evidence SET status = 'EXPIRED' WHERE need_id IN {claimed}", "NO_EVIDENCE"),
    ):
        async with graph.database.transaction() as transaction:
            await transaction.execute(change, (world.inventions[1],))
        night = next(one for one in await plane(graph) if one["id"] == f"invention_{world.inventions[1]}")
        expected = (0, basis, None if basis == "UNDECIDED" else "PET_PROJECT")
        assert (night["coverage"], night["coverageBasis"], night["quadrant"]) == expected
    # who reaches five thousand people weighs four
    async with graph.database.transaction() as transaction:
        await transaction.execute("UPDATE customer SET reach = 5000 WHERE external_id = 'C1'")
    porch, _ = await plane(graph)
    assert porch["coverage"] == pytest.approx((4 * 0.54 + 0.48 + 4 * 0.095) / 9, abs=1e-6)
    asks = (await graph.ask("{ asks { nodes { id quote } } }"))["asks"]["nodes"]
    dark = next(int(one["id"].split("_")[1]) for one in asks if "dark" in one["quote"])
    for near, far, quadrants in (
        (0.9, 0.59, ["REQUESTED", "PET_PROJECT"]),
        (0.61, 0.61, ["REQUESTED", "LOUD_MINORITY"]),
        (0.6, 0.9, ["PRIME", "LOUD_MINORITY"]),
    ):
        graph.mind.asks = [(world.inventions[0], dark, near), (world.inventions[1], dark, far)]
        found = await plane(graph)
        assert [one["quadrant"] for one in found] == quadrants
        assert [one["askDistance"] for one in found] == [pytest.approx(1 - near), pytest.approx(1 - far)]
        assert found[0]["nearestAsks"] == {
            "totalCount": 1,
            "edges": [
                {"nearness": near, "node": {"quote": "Please add a dark mode", "complaint": {"channel": "chat"}}}
            ],
        }
    # one piece in fifty tells nothing of the rest: as long as many may need it, it is nobody's pet
    link = "UPDATE need SET status = 'ACTIVE', customer_count = {} WHERE id IN " + claimed
    decided = f"UPDATE evidence SET status = '{{}}', live = TRUE, confidence = 0.01 WHERE need_id IN {claimed} AND stance = 'SUPPORTS'"
    for changes, expected in (
        ((link.format(50), decided.format("ACCEPTED")), "PET_PROJECT"),
        (
            (decided.format("PENDING") + " AND id > (SELECT MIN(id) FROM evidence WHERE need_id IN " + claimed + ")",),
            None,
        ),
        ((link.format(0),), "PET_PROJECT"),
    ):
        for change in changes:
            async with graph.database.transaction() as transaction:
                await transaction.execute(change, (world.inventions[0],))
        porch = next(one for one in await plane(graph) if one["id"] == f"invention_{world.inventions[0]}")
        assert porch["quadrant"] == expected
    near = await graph.ask("{ inventions(where: { askDistance: { lt: 0.2 } }) { nodes { id } } }")
    assert near["inventions"]["nodes"] == [{"id": f"invention_{world.inventions[1]}"}]
    async with graph.database.transaction() as transaction:
        await transaction.execute("DELETE FROM claim WHERE invention_id = ?1", (world.inventions[1],))
    night = next(one for one in await plane(graph) if one["id"] == f"invention_{world.inventions[1]}")
    assert (night["coverage"], night["coverageBasis"], night["quadrant"]) == (0, "NO_CLAIM", None)


async def test_white_space(graph: Graph, world: World) -> None:
    async def white() -> dict[str, Any]:
        with graph.database.counting() as recorder:
            found = await graph.ask(WHITE, role=Role.CONTRIBUTOR)
        assert recorder.count == 1
        assert found["whiteSpace"]["totalCount"] == len(found["whiteSpace"]["nodes"])
        return {one.pop("id"): one for one in found["whiteSpace"]["nodes"]}

    parcel, size = f"need_{world.needs[PARCEL]}", f"need_{world.needs[SIZE]}"
    found = await white()
    # the need of one customer is not active yet; the others in their order
    assert list(found) == [size, parcel]
    assert found == {
        size: {
            "importance": 5.0,
            "satisfaction": 0.0,
            "opportunity": 10.0,
            "opportunityBasis": "PROXY",
            "askedRatio": 0.0,
            "whiteSpace": pytest.approx(10 * (1 - 0.1)),
        },
        # one of its three customers asked; a fourth voice is glad
        parcel: {
            "importance": 10.0,
            "satisfaction": 2.5,
            "opportunity": 17.5,
            "opportunityBasis": "PROXY",
            "askedRatio": 0.3333,
            "whiteSpace": pytest.approx(17.5 * (1 - 1 / 3) * (1 - 0.6), abs=1e-4),
        },
    }
    # what was taken back serves nobody
    input = {"inventionId": f"invention_{world.inventions[0]}", "version": 1}
    assert (await run(graph, "inventionWithdraw", "invention { id }", input))["userErrors"] == []
    found = await white()
    assert {id: one["whiteSpace"] for id, one in found.items()} == {parcel: 11.6667, size: 10.0}
    assert list(found) == [parcel, size]
    # nor is a need white space that an approved invention addresses
    async with graph.database.transaction() as transaction:
        await transaction.execute("UPDATE need SET status = 'ADDRESSED' WHERE id = ?1", (world.needs[PARCEL],))
    assert list(await white()) == [size]
    gone = await graph.ask("query ($id: ID!) { need(id: $id) { opportunity importance whiteSpace } }", {"id": parcel})
    assert gone["need"] == {"opportunity": None, "importance": None, "whiteSpace": None}
