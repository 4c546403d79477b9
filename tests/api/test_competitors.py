"""Competitors in the graph: of a complaint, and of a need where several customers name them."""

from __future__ import annotations

from nobodyasked.models.commands import facts
from nobodyasked.models.commands.findings import Named, Reading

from .conftest import Graph
from .world import PARCEL, SIZE, World

QUERY = """query ($id: ID!) { need(id: $id) { competitors { name complaints customers }
  early: competitors(until: "2026-01-10") { name customers } late: competitors(since: "2026-01-10") { name } } }"""
OF_ONE = "query ($id: ID!) { complaint(id: $id) { competitors { totalCount nodes { id name complaint { id } } } } }"


async def test_competitors_that_several_customers_name(graph: Graph, world: World) -> None:
    first, second, third = world.complaints[:3]
    campwise, spelled = Named("Campwise", "campwise"), Named("CampWise", "campwise")
    names = {first: [campwise, Named("Peak", "peak")], second: [spelled, Named("Lone", "lone")], third: [campwise]}
    names[third].append(Named("Peak", "peak"))
    readings = [Reading(key, 0.0, 2, None, some) for key, some in names.items()]
    await facts.write(graph.database, readings, {key: [] for key in names})
    need = (await graph.ask(QUERY, {"id": f"need_{world.needs[PARCEL]}"}))["need"]
    assert need["competitors"] == [
        {"name": "CampWise", "complaints": 3, "customers": 3},
        {"name": "Peak", "complaints": 2, "customers": 2},
    ]
    assert need["early"] == [{"name": "CampWise", "customers": 2}]
    assert need["late"] == []
    # who is named behind another need is none of this one's
    assert (await graph.ask(QUERY, {"id": f"need_{world.needs[SIZE]}"}))["need"]["competitors"] == []
    of_one = (await graph.ask(OF_ONE, {"id": f"complaint_{second}"}))["complaint"]["competitors"]
    assert of_one["totalCount"] == 2
    assert [(node["name"], node["complaint"]["id"]) for node in of_one["nodes"]] == [
        ("CampWise", f"complaint_{second}"),
        ("Lone", f"complaint_{second}"),
    ]
    node = await graph.ask(
        "query ($id: ID!) { node(id: $id) { ... on Mention { name } } }", {"id": of_one["nodes"][1]["id"]}
    )
    assert node["node"] == {"name": "Lone"}
    # an answer that was kept is not given once reading found otherwise
    await facts.write(graph.database, [Reading(second, 0.0, 2, None, [spelled])], {second: []})
    of_one = (await graph.ask(OF_ONE, {"id": f"complaint_{second}"}))["complaint"]["competitors"]
    assert [node["name"] for node in of_one["nodes"]] == ["CampWise"]
