"""From shipping to what it did, through the graph, with the real statistics."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from nobodyasked.models.actor import Actor
from nobodyasked.models.commands import complaints, findings, runs
from nobodyasked.models.commands.complaints import ComplaintDraft
from nobodyasked.models.commands.findings import FoundLink, FoundSpan, NeedDraft, Reading, RunFindings
from nobodyasked.models.evidence import Stance
from nobodyasked.models.fields import WEEK_MS, from_ms
from nobodyasked.models.need import StatementBasis
from nobodyasked.models.span import SpanKind
from nobodyasked.models.team import Role
from nobodyasked.server.jobs.impact import Measuring, measured

from .conftest import Graph
from .test_document import step
from .test_mutations import only_error, run
from .world import DARK, PARCEL, World, day

START = day("2025-07-07")
SHIPPED = day("2025-12-01")


async def said(graph: Graph, rows: list[tuple[int, int]]) -> None:
    """Complaints: (need, when) each."""
    operator = Actor.operator()
    drafts = [
        ComplaintDraft(
            text=f"Complaint {number} of many.", channel="chat", source="many", occurred_at=at, customer=f"M{number}"
        )
        for number, (_, at) in enumerate(rows)
    ]
    keys = [one.complaint_id or 0 for one in await complaints.import_rows(graph.database, operator, drafts)]
    spans = [FoundSpan(key, 0, 9, SpanKind.PAIN, 0.9, None) for key in keys]
    links: dict[int, list[FoundLink]] = {}
    for index, (need, _) in enumerate(rows):
        links.setdefault(need, []).append(FoundLink(index, Stance.SUPPORTS, 0.8))
    run_id = await runs.start(graph.database, operator, {})
    await runs.begin(graph.database, run_id, {})
    readings = [Reading(key, -0.5, 3, "en") for key in keys]
    needs = [NeedDraft(need, "", StatementBasis.TEMPLATE, 0.9, [], mine) for need, mine in links.items()]
    found = RunFindings(watermark=0, readings=readings, spans=spans, needs=needs, adds=True)
    await findings.apply(graph.database, run_id, found, {}, {})


async def test_what_a_shipped_invention_did(graph: Graph, world: World) -> None:
    parcel, dark = world.needs[PARCEL], world.needs[DARK]
    dice = np.random.default_rng(5)
    rows = []
    # the porch box claims parcels, which fall to a third, and sizes, of which there is hardly a word; nothing came for the dark
    for week in range(36):
        at = START + week * WEEK_MS
        rows += [(parcel, at + n) for n in range(dice.poisson(4 if at >= SHIPPED else 12))]
        rows += [(dark, at + n) for n in range(dice.poisson(20))]
    await said(graph, rows)
    async with graph.database.transaction() as transaction:
        await transaction.execute("UPDATE invention SET status = 'BUILDING' WHERE id = ?1", (world.inventions[0],))
        await transaction.execute("UPDATE need SET status = 'ADDRESSED' WHERE id <> ?1", (dark,))
    porch: Any = {"id": f"invention_{world.inventions[0]}", "version": 1}
    # there is nothing to measure before it ships
    payload = await run(graph, "inventionMeasure", "invention { id }", {"inventionId": porch["id"], "version": 1})
    assert payload["invention"] is None
    porch = await step(graph, "inventionShip", porch, {"shippedAt": "2025-12-01"})
    stale = {"inventionId": porch["id"], "version": 1}
    assert only_error(await run(graph, "inventionMeasure", "invention { id }", stale)) == (
        "STALE_VERSION",
        ["input", "version"],
    )
    mutation = "mutation ($input: InventionMeasureInput!) { inventionMeasure(input: $input) { invention { id } } }"
    assert await graph.refusal(mutation, {"input": stale}, role=Role.CONTRIBUTOR) == "FORBIDDEN"

    async def really(invention: int) -> Any:
        return await measured(graph.database, invention)

    graph.mind.measured = really  # type: ignore[method-assign]
    porch = await step(graph, "inventionMeasure", porch)
    assert porch["status"] == "MEASURED"

    query = """query ($id: ID!) { invention(id: $id) { status shipment { shippedAt impacts { totalCount nodes {
        verdict reason look lookLow lookHigh basis exposureWeeks exposureFilled ratio low high pValue levelRatio trendRatio model autocorrelation controlNeeds weeksBefore weeksAfter
        complaintsBefore complaintsAfter perCustomers rateBefore residualRate residualLow residualHigh distanceFromZero
        placeboDates placeboRejections placebos
        weekly(since: "2025-11-24", until: "2025-12-15") { week after complaints activeCustomers }
        need { id status impacts { nodes { invention { title } } } } } } } } }"""
    with graph.database.counting() as recorder:
        found = (await graph.ask(query, {"id": porch["id"]}, role=Role.CONTRIBUTOR))["invention"]
    assert recorder.count == 1
    assert found["shipment"]["impacts"]["totalCount"] == 2
    relieved, unknown = found["shipment"]["impacts"]["nodes"]
    before, after = (sum(n == parcel and (at < SHIPPED) == early for n, at in rows) for early in (True, False))
    assert relieved["need"]["id"] == f"need_{parcel}"
    assert relieved["need"]["impacts"]["nodes"] == [{"invention": {"title": "Porch box"}}]
    assert (relieved["verdict"], relieved["need"]["status"]) == ("RELIEVED", "RELIEVED")
    assert relieved["low"] < 1 / 3 < relieved["high"] < 1
    assert relieved["low"] < relieved["ratio"] < relieved["high"]
    assert relieved["pValue"] < 0.05
    assert (relieved["controlNeeds"], relieved["placeboDates"], relieved["placebos"]) == (1, 0, [])
    assert (relieved["reason"], relieved["look"], relieved["basis"]) == (None, 12, "CONTROLS")
    assert relieved["lookLow"] < relieved["low"] < relieved["high"] < relieved["lookHigh"] < 1
    assert (relieved["exposureWeeks"], relieved["exposureFilled"], relieved["perCustomers"]) == (0, 0, False)
    assert (relieved["weeksBefore"], relieved["complaintsBefore"]) == (21, before)
    assert relieved["complaintsAfter"] == after + 3  # of the world itself
    assert relieved["rateBefore"] == float(f"{before / 21:.6g}")
    assert relieved["residualLow"] < relieved["residualRate"] < relieved["residualHigh"]
    assert relieved["distanceFromZero"] == round(relieved["residualRate"] / relieved["rateBefore"], 6)
    weeks = relieved["weekly"]
    assert [(one["week"], one["after"], one["activeCustomers"]) for one in weeks] == [
        ("2025-11-24", False, None),
        ("2025-12-01", True, None),
        ("2025-12-08", True, None),
    ]
    assert weeks[0]["complaints"] == sum(n == parcel and SHIPPED - WEEK_MS <= at < SHIPPED for n, at in rows)
    assert (unknown["verdict"], unknown["ratio"], unknown["need"]["status"]) == ("INSUFFICIENT_DATA", None, "ADDRESSED")
    assert (unknown["reason"], unknown["look"], unknown["basis"]) == ("TOO_FEW_COMPLAINTS", None, None)
    assert unknown["distanceFromZero"] is None

    # by itself the server measures what is due: nothing, now
    assert await Measuring(graph.database).once() == 0
    async with graph.database.transaction() as transaction:
        await transaction.execute("UPDATE impact SET through = through - 1")
        # nothing stands against what was complained of any more, and the next look is ten weeks off
        await transaction.execute("UPDATE need SET status = 'DISMISSED' WHERE id = ?1", (dark,))
    told = [START + week * WEEK_MS for week in range(36) if week not in (5, 6)]
    weeks = [{"week": from_ms(at).date().isoformat(), "activeCustomers": 2_000} for at in told]
    assert (await run(graph, "exposureRecord", "weeks", {"weeks": weeks}))["userErrors"] == []
    assert await Measuring(graph.database).once() == 1
    found = (await graph.ask(query, {"id": porch["id"]}))["invention"]
    again = found["shipment"]["impacts"]["nodes"][0]
    # without controls there is no telling what is the season's: it takes a year
    assert (found["status"], again["verdict"], again["reason"]) == ("MEASURED", "INSUFFICIENT_DATA", "NO_CONTROLS")
    assert (again["ratio"], again["look"], again["basis"], again["need"]["status"]) == (None, 12, None, "RELIEVED")
    # the rate is one of customers now, of the weeks in which it is known who was there
    assert (again["perCustomers"], again["exposureWeeks"], again["exposureFilled"]) == (True, 34, 2)
    assert again["residualRate"] == pytest.approx(relieved["residualRate"] / 2, rel=1e-5)
    assert (await graph.ask("{ impacts { totalCount } }"))["impacts"]["totalCount"] == 2
