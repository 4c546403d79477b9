"""Needs and inventions by segment, tier, channel, product and language, with customers and revenue, counted by hand."""

from __future__ import annotations

from typing import Any

from nobodyasked.models.team import Role

from .conftest import Graph
from .test_mutations import run
from .world import DARK, PARCEL, World

EXAMPLE = """query ($parcel: ID!, $since: DateTimeOrDuration) {
  need(id: $parcel) { valueAtStake reach ...of
    bySegment(since: $since) { segment complaints customers valueAtStake }
    byTier(since: $since) { tier complaints customers valueAtStake }
    byChannel(since: $since) { channel complaints customers valueAtStake }
    byProduct(since: $since) { product complaints customers valueAtStake }
    byLanguage(since: $since) { language complaints customers valueAtStake } }
  inventions(orderBy: [{ field: VALUE_AT_STAKE, direction: DESC }]) { nodes { id customerCount valueAtStake reach
    bySegment(since: $since) { segment complaints customers valueAtStake }
    byTier(since: $since) { tier complaints customers valueAtStake }
    byChannel(since: $since) { channel complaints customers valueAtStake }
    byProduct(since: $since) { product complaints customers valueAtStake }
    byLanguage(since: $since) { language complaints customers valueAtStake } } } }
fragment of on Need { weekly { complaints } }"""


def rows(found: list[dict[str, Any]]) -> list[tuple[Any, ...]]:
    return [tuple(one.values()) for one in found]


async def settle(graph: Graph, world: World) -> None:
    async with graph.database.transaction() as transaction:
        for key, tier, value, reach in (("C1", "gold", 100.5, 10), ("C2", "gold", 40, None), ("C3", None, None, 5000)):
            await transaction.execute(
                "UPDATE customer SET tier = ?2, value = ?3, reach = ?4 WHERE external_id = ?1",
                (key, tier, value, reach),
            )
        await transaction.execute("UPDATE complaint SET product = 'post' WHERE id = ?1", (world.complaints[0],))


async def test_needs_and_inventions_by_everything(graph: Graph, world: World) -> None:
    await settle(graph, world)
    parcel = f"need_{world.needs[PARCEL]}"
    with graph.database.counting() as recorder:
        found = await graph.ask(EXAMPLE, {"parcel": parcel}, role=Role.CONTRIBUTOR)
    assert recorder.count == 2
    need = found["need"]
    # C1, C2 and C3 support it, with four spans in three complaints; C4 is content. 100.5 counts as 101
    assert (need["valueAtStake"], need["reach"]) == (141, 5010)
    assert rows(need["bySegment"]) == [("family", 2, 2, 141), ("business", 1, 1, 0)]
    assert rows(need["byTier"]) == [("gold", 2, 2, 141), (None, 1, 1, 0)]
    assert rows(need["byChannel"]) == [("email", 2, 2, 101), ("chat", 1, 1, 40)]
    assert rows(need["byProduct"]) == [(None, 2, 2, 40), ("post", 1, 1, 101)]
    assert rows(need["byLanguage"]) == [("en", 3, 3, 141)]
    porch, night = found["inventions"]["nodes"]
    assert [one["id"] for one in (porch, night)] == [f"invention_{key}" for key in world.inventions]
    # C1 is behind both needs that it claims, and counts once; one complaint is nobody's
    assert (porch["customerCount"], porch["valueAtStake"], porch["reach"]) == (4, 141, 5010)
    assert rows(porch["bySegment"]) == [("family", 3, 2, 141), ("business", 1, 1, 0), (None, 1, 1, 0)]
    assert rows(porch["byTier"]) == [("gold", 3, 2, 141), (None, 2, 2, 0)]
    assert rows(porch["byChannel"]) == [("email", 2, 2, 101), ("review", 2, 2, 101), ("chat", 1, 1, 40)]
    assert (night["customerCount"], rows(night["byTier"])) == (1, [(None, 1, 1, 0)])
    # since the fourteenth: C3 of the need, and what was said of sizes
    found = await graph.ask(EXAMPLE, {"parcel": parcel, "since": "2026-01-14"})
    assert rows(found["need"]["byTier"]) == [(None, 1, 1, 0)]
    assert rows(found["need"]["bySegment"]) == [("business", 1, 1, 0)]
    porch = found["inventions"]["nodes"][0]
    assert rows(porch["byTier"]) == [(None, 2, 2, 0), ("gold", 1, 1, 101)]
    assert (porch["valueAtStake"], porch["customerCount"]) == (141, 4)


async def test_a_dismissed_need_is_nobodys_stake(graph: Graph, world: World) -> None:
    query = "query ($id: ID!) { invention(id: $id) { customerCount byChannel { customers } } }"
    night = {"id": f"invention_{world.inventions[1]}"}
    assert (await graph.ask(query, night))["invention"] == {"customerCount": 1, "byChannel": [{"customers": 1}]}
    input = {"needId": f"need_{world.needs[DARK]}", "version": 1, "reason": "No."}
    assert (await run(graph, "needDismiss", "need { id }", input))["userErrors"] == []
    assert (await graph.ask(query, night))["invention"] == {"customerCount": 0, "byChannel": []}
