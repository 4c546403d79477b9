"""What is in customers' hands, and how many customers there are."""

from __future__ import annotations

from nobodyasked.models.commands.exposures import WEEKS_MOST
from nobodyasked.models.team import Role

from .conftest import Graph
from .test_mutations import only_error, run
from .world import World


async def test_exposures(graph: Graph, world: World) -> None:
    weeks = [{"week": "2026-01-07", "activeCustomers": 900}, {"week": "2026-01-12T00:00:00Z", "activeCustomers": 950}]
    payload = await run(graph, "exposureRecord", "weeks", {"weeks": weeks}, Role.CURATOR)
    assert (payload["weeks"], payload["userErrors"]) == (2, [])
    # told again, a week takes the new number
    again = [{"week": "2026-01-05", "activeCustomers": 800}]
    await run(graph, "exposureRecord", "weeks", {"weeks": again}, Role.CURATOR)
    query = "{ exposures { totalCount nodes { week beganAt activeCustomers } } }"
    with graph.database.counting() as recorder:
        found = (await graph.ask(query, role=Role.READER))["exposures"]
    assert recorder.count == 1
    assert found == {
        "totalCount": 2,
        "nodes": [
            {"week": "2026-01-12", "beganAt": "2026-01-12T00:00:00.000Z", "activeCustomers": 950},
            {"week": "2026-01-05", "beganAt": "2026-01-05T00:00:00.000Z", "activeCustomers": 800},
        ],
    }
    for bad, path in (
        ([], ["weeks"]),
        ([{"week": "2026-01-05", "activeCustomers": 1}] * (WEEKS_MOST + 1), ["weeks"]),
        ([*again, {"week": "2026-01-11", "activeCustomers": 1}], ["weeks", "1", "week"]),
        ([{"week": "1969-12-01", "activeCustomers": 1}], ["weeks", "0", "week"]),
        ([{"week": "2026-01-05", "activeCustomers": 0}], ["weeks", "0", "activeCustomers"]),
    ):
        payload = await run(graph, "exposureRecord", "weeks", {"weeks": bad}, Role.CURATOR)
        assert only_error(payload) == ("INVALID", ["input", *path])
    mutation = "mutation ($input: ExposureRecordInput!) { exposureRecord(input: $input) { weeks } }"
    assert await graph.refusal(mutation, {"input": {"weeks": again}}, role=Role.CONTRIBUTOR) == "FORBIDDEN"


async def test_a_shipment_is_an_invention_that_shipped(graph: Graph, world: World) -> None:
    first, second = world.inventions
    query = f"""{{ shipments {{ totalCount nodes {{ id shippedAt invention {{ id }} }} }}
        invention(id: "invention_{first}") {{ shipment {{ id }} }} node(id: "shipment_{first}") {{ id }} }}"""
    nothing = {"shipments": {"totalCount": 0, "nodes": []}, "invention": {"shipment": None}, "node": None}
    assert await graph.ask(query) == nothing
    async with graph.database.transaction() as transaction:
        await transaction.execute("UPDATE invention SET status = 'BUILDING'")
    ship = {"inventionId": f"invention_{first}", "version": 1, "shippedAt": "2026-02-01"}
    payload = await run(graph, "inventionShip", "invention { shipment { shippedAt } }", ship, Role.CURATOR)
    assert payload["invention"] == {"shipment": {"shippedAt": "2026-02-01T00:00:00.000Z"}}
    shown = {
        "id": f"shipment_{first}",
        "shippedAt": "2026-02-01T00:00:00.000Z",
        "invention": {"id": f"invention_{first}"},
    }
    assert await graph.ask(query) == {
        "shipments": {"totalCount": 1, "nodes": [shown]},
        "invention": {"shipment": {"id": f"shipment_{first}"}},
        "node": {"id": f"shipment_{first}"},
    }
    assert (await graph.ask(f'{{ node(id: "shipment_{second}") {{ id }} }}'))["node"] is None
