"""Surveys in the graph: answers come in once each, and take the place of the proxy once there are enough."""

from __future__ import annotations

from typing import Any

from nobodyasked.models.team import Role

from .conftest import Graph
from .test_mutations import only_error, run
from .world import DARK, PARCEL, SIZE, World

SHOWN = """createdCount knownCount rejectedCount
  rows { index created surveyAnswer { id importance need { id } } userErrors { code path } }"""
STANDING = """query ($id: ID!) { need(id: $id) { importance satisfaction opportunity opportunityBasis surveyCount
  surveyAnswers(first: 2, orderBy: [{ field: IMPORTANCE, direction: DESC }]) { totalCount
    nodes { source respondent importance satisfaction answeredAt } } } }"""


def rows(need: str, *ratings: tuple[int, int]) -> list[dict[str, Any]]:
    return [
        {
            "needId": need,
            "respondent": f"r{index}",
            "importance": one,
            "satisfaction": other,
            "answeredAt": "2026-03-01",
        }
        for index, (one, other) in enumerate(ratings)
    ]


async def test_opportunity_out_of_a_survey(graph: Graph, world: World) -> None:
    size = f"need_{world.needs[SIZE]}"
    four = rows(size, (5, 1), (4, 4), (3, 2), (5, 3))
    done = await run(graph, "surveyImport", SHOWN, {"source": "Spring", "rows": four}, Role.CONTRIBUTOR)
    assert (done["createdCount"], done["knownCount"], done["rejectedCount"]) == (4, 0, 0)
    assert done["rows"][1]["surveyAnswer"]["need"] == {"id": size}
    found = (await graph.ask(STANDING, {"id": size}))["need"]
    # four are too few to tell
    assert (found["opportunityBasis"], found["surveyCount"], found["importance"]) == ("PROXY", 4, 5.0)
    assert found["surveyAnswers"] == {
        "totalCount": 4,
        "nodes": [
            {
                "source": "spring",
                "respondent": who,
                "importance": 5,
                "satisfaction": rating,
                "answeredAt": "2026-03-01T00:00:00.000Z",
            }
            for who, rating in (("r3", 3), ("r0", 1))
        ],
    }
    done = await run(graph, "surveyImport", SHOWN, {"source": "autumn", "rows": rows(size, (4, 2))})
    assert done["createdCount"] == 1
    with graph.database.counting() as recorder:
        found = (await graph.ask(STANDING, {"id": size}))["need"]
    assert recorder.count == 1
    # four of five rate it 4 or 5, one of five is satisfied as much: 8 + (8 - 2)
    wanted = {
        "importance": 8.0,
        "satisfaction": 2.0,
        "opportunity": 14.0,
        "opportunityBasis": "SURVEY",
        "surveyCount": 5,
    }
    assert {name: found[name] for name in wanted} == wanted
    white = (await graph.ask("{ whiteSpace { nodes { id opportunityBasis whiteSpace } } }"))["whiteSpace"]["nodes"]
    assert white[0] == {"id": size, "opportunityBasis": "SURVEY", "whiteSpace": 14 * 0.9}
    assert white[1]["opportunityBasis"] == "PROXY"
    # whoever was asked tells how far it is met, whatever became of it since; what they said no more
    async with graph.database.transaction() as work:
        await work.execute("UPDATE need SET status = 'RELIEVED' WHERE id = ?1", (world.needs[SIZE],))
        await work.execute("UPDATE need SET status = 'ADDRESSED' WHERE id = ?1", (world.needs[DARK],))
    found = (await graph.ask(STANDING, {"id": size}))["need"]
    assert {name: found[name] for name in wanted} == wanted
    assert (await graph.ask(STANDING, {"id": f"need_{world.needs[DARK]}"}))["need"]["opportunity"] is None
    async with graph.database.transaction() as work:
        await work.execute("UPDATE need SET status = 'ACTIVE' WHERE id = ?1", (world.needs[SIZE],))
    # what is merged takes its answers along
    parcel = f"need_{world.needs[PARCEL]}"
    versions = {
        need: (await graph.ask(f'{{ need(id: "{need}") {{ version }} }}'))["need"]["version"] for need in (parcel, size)
    }
    merge = {"needId": parcel, "version": versions[parcel], "sources": [{"needId": size, "version": versions[size]}]}
    assert (await run(graph, "needMerge", "need { id }", merge))["userErrors"] == []
    found = (await graph.ask(STANDING, {"id": parcel}))["need"]
    assert (found["surveyCount"], found["opportunityBasis"], found["importance"]) == (5, "SURVEY", 8.0)
    assert found["surveyAnswers"]["totalCount"] == 5
    # which are known when they come again, and an answer about the old id is one about the new need
    for source, again in (("spring", four), ("autumn", rows(size, (4, 2)))):
        done = await run(graph, "surveyImport", SHOWN, {"source": source, "rows": again})
        assert (done["createdCount"], done["knownCount"], done["rejectedCount"]) == (0, len(again), 0)
    other = await run(graph, "surveyImport", SHOWN, {"source": "spring", "rows": rows(size, (1, 1))})
    assert other["rows"][0]["userErrors"] == [{"code": "CONFLICT", "path": ["input", "rows", "0", "respondent"]}]
    # of what was asked about both, each is known by the need that it names
    both = [
        {**one, "respondent": f"s{index}"} for index, one in enumerate([*rows(size, (2, 2)), *rows(parcel, (3, 3))])
    ]
    done = await run(graph, "surveyImport", SHOWN, {"source": "spring", "rows": [*both, *both]})
    assert [one["created"] for one in done["rows"]] == [True, True, False, False]
    assert (done["createdCount"], done["knownCount"], done["rejectedCount"]) == (2, 2, 0)
    done = await run(graph, "surveyImport", SHOWN, {"source": "winter", "rows": rows(size, (1, 1))})
    assert done["rows"][0]["surveyAnswer"]["need"] == {"id": parcel}


async def test_rows_come_in_once_and_bad_ones_are_told(graph: Graph, world: World) -> None:
    parcel = f"need_{world.needs[PARCEL]}"
    good = rows(parcel, (5, 1))[0]
    given = [
        good,
        good,
        {**good, "importance": 4},
        {**good, "respondent": "r9", "importance": 6},
        {**good, "respondent": "r8", "satisfaction": 0},
        {**good, "respondent": "r7", "needId": "need_999"},
        {**good, "respondent": "r6", "answeredAt": "1969-01-01"},
        {**good, "respondent": ""},
        {**good, "respondent": "r5", "needId": "no id"},
    ]
    paths = ["respondent", "importance", "satisfaction", "needId", "answeredAt", "respondent", "needId"]
    input = {"source": "s", "rows": given, "errorPolicy": "REJECT_EVERYTHING"}
    refused = await run(graph, "surveyImport", SHOWN, input)
    assert (refused["createdCount"], refused["rejectedCount"]) == (0, 9)
    assert (await graph.ask("{ surveyAnswers { totalCount } }"))["surveyAnswers"]["totalCount"] == 0
    done = await run(graph, "surveyImport", SHOWN, {**input, "errorPolicy": "REJECT_FAILED_ROWS"})
    assert [row["created"] for row in done["rows"]] == [True] + [False] * 8
    assert (done["createdCount"], done["knownCount"], done["rejectedCount"]) == (1, 1, 7)
    assert done["rows"][0]["surveyAnswer"] == done["rows"][1]["surveyAnswer"]
    told = [one["userErrors"][0] for one in done["rows"][2:]]
    assert [one["path"] for one in told] == [["input", "rows", str(n), path] for n, path in enumerate(paths, start=2)]
    assert [one["code"] for one in told] == ["CONFLICT", "INVALID", "INVALID", "NOT_FOUND", *["INVALID"] * 3]
    again = await run(graph, "surveyImport", SHOWN, {"source": "S", "rows": [good]})
    assert (again["createdCount"], again["knownCount"]) == (0, 1)
    assert only_error(await run(graph, "surveyImport", "createdCount", {"source": "s", "rows": []})) == (
        "INVALID",
        ["input", "rows"],
    )
    assert only_error(await run(graph, "surveyImport", "createdCount", {"source": " ", "rows": [good]})) == (
        "INVALID",
        ["input", "source"],
    )
    query = "mutation ($input: SurveyImportInput!) { surveyImport(input: $input) { createdCount } }"
    assert await graph.refusal(query, {"input": {"source": "s", "rows": [good]}}, role=Role.READER) == "FORBIDDEN"
