"""The silent majority is told only where somebody said, with a source, how readily customers complain."""

from __future__ import annotations

from typing import Any

from nobodyasked.models.team import Role

from .conftest import Graph
from .test_mutations import only_error, run
from .world import PARCEL, World

QUERY = """query ($id: ID!) { need(id: $id) { customerCount
    silentMajority { complainants affectedLow affectedHigh propensityLow propensityHigh source } } }"""


async def test_an_interval_where_a_propensity_is_known(graph: Graph, world: World) -> None:
    async def silent() -> Any:
        with graph.database.counting() as recorder:
            found = await graph.ask(QUERY, {"id": f"need_{world.needs[PARCEL]}"}, role=Role.READER)
        assert recorder.count == 1
        assert found["need"]["customerCount"] == 3
        return found["need"]["silentMajority"]

    assert await silent() is None
    told = {"low": 0.04, "high": 0.1, "source": "Survey, March 2026"}
    payload = await run(graph, "propensityRecord", "propensity { id low high source }", told, Role.CURATOR)
    first = payload["propensity"].pop("id")
    assert payload["propensity"] == told
    wanted = {
        # a fourth one only praised
        "complainants": 3,
        "affectedLow": 30.0,
        "affectedHigh": 75.0,
        "propensityLow": 0.04,
        "propensityHigh": 0.1,
        "source": "Survey, March 2026",
    }
    assert await silent() == wanted
    # the latest holds, until it is taken back
    later = {"low": 0.5, "high": 0.5, "source": "Another"}
    second = (await run(graph, "propensityRecord", "propensity { id }", later))["propensity"]["id"]
    now: Any = await silent()
    assert (now["affectedLow"], now["source"]) == (6.0, "Another")
    await run(graph, "propensityWithdraw", "propensity { withdrawnAt }", {"propensityId": second}, Role.CURATOR)
    assert await silent() == wanted
    again = await run(graph, "propensityWithdraw", "propensity { id }", {"propensityId": second})
    assert only_error(again) == ("CONFLICT", ["input", "propensityId"])
    await run(graph, "propensityWithdraw", "propensity { withdrawnAt }", {"propensityId": first}, Role.CURATOR)
    assert await silent() is None
    listed = (await graph.ask("{ propensities { nodes { id withdrawnAt } } }"))["propensities"]["nodes"]
    assert [one["id"] for one in listed] == [second, first]
    assert all(one["withdrawnAt"] for one in listed)

    for bad, path in (
        ({**told, "low": 0.0}, "low"),
        ({**told, "high": 1.1}, "high"),
        ({**told, "low": 0.2}, "low"),
        ({**told, "source": " "}, "source"),
    ):
        refused = await run(graph, "propensityRecord", "propensity { id }", bad)
        assert only_error(refused) == ("INVALID", ["input", path])
