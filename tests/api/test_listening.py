"""Listening through the graph: drawn with known probabilities, heard one by one, noted, and made evidence."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from nobodyasked.models.actor import Actor
from nobodyasked.models.commands import complaints, listening, runs
from nobodyasked.models.commands.complaints import ComplaintDraft, ErrorPolicy
from nobodyasked.models.commands.findings import Reading, RunFindings, apply
from nobodyasked.models.errors import Busy
from nobodyasked.models.fields import now_ms
from nobodyasked.models.listening import Allocation, Strata
from nobodyasked.models.team import Role

from .conftest import Graph
from .test_mutations import need, only_error, run
from .world import PARCEL, ROWS, SIZE, World

SESSION = """session { id size population heardCount listenedHours member { name }
  drawn { stratum pooled population drawn probability }
  complaints(first: 100) { totalCount edges { position stratum pooled inclusionProbability heard listeningDraw { id } node { id text channel } } } }"""


async def started(graph: Graph, **input: Any) -> Any:
    payload = await run(graph, "listeningSessionStart", SESSION, input, Role.CONTRIBUTOR)
    assert payload["userErrors"] == []
    return payload["session"]


async def test_a_draw_says_its_probabilities(graph: Graph, world: World) -> None:
    # three chats, three reviews, two mails
    session = await started(graph, size=5, strata="CHANNEL")
    assert (session["size"], session["population"], session["member"]) == (5, 8, {"name": "Ada"})
    parts = {one["stratum"]: one for one in session["drawn"]}
    assert {name: (one["population"], one["drawn"]) for name, one in parts.items()} == {
        "chat": (3, 2),
        "review": (3, 2),
        "email": (2, 1),
    }
    edges = session["complaints"]["edges"]
    assert [one["position"] for one in edges] == [1, 2, 3, 4, 5]
    assert len({one["node"]["id"] for one in edges}) == 5
    for one in edges:
        part = parts[one["node"]["channel"]]
        assert one["stratum"] == one["node"]["channel"]
        assert one["inclusionProbability"] == part["probability"] == pytest.approx(part["drawn"] / part["population"])
    # weighted by the inverse, the sample is as large as what it was drawn from
    assert sum(1 / one["inclusionProbability"] for one in edges) == pytest.approx(8)

    everything = await started(graph, size=100)
    assert (everything["size"], everything["population"]) == (len(ROWS), len(ROWS))
    assert {one["inclusionProbability"] for one in everything["complaints"]["edges"]} == {1.0}
    # fewer draws than segments (family 4, business 1, new 2, none 2): the small ones are put together
    few = await started(graph, size=2, strata="SEGMENT", allocation="EQUAL")
    assert [(one["stratum"], one["pooled"], one["population"]) for one in few["drawn"]] == [
        (None, True, 5),
        ("family", False, 3),
    ]
    bounded = await started(graph, size=50, strata="LANGUAGE", since="2026-01-16", until="2026-02-03")
    assert {one["node"]["text"] for one in bounded["complaints"]["edges"]} == {
        text for text, *_, at, _, _ in ROWS if "2026-01-16" <= at < "2026-02-03"
    }
    for wrong in ({"size": 0}, {"size": 101}, {"size": 5, "since": "2030-01-01"}):
        refused = await run(graph, "listeningSessionStart", SESSION, wrong)
        assert only_error(refused) == ("INVALID", ["input", "size"])


async def test_draws_from_the_tables_are_without_bias(graph: Graph, world: World) -> None:
    """Over many seeds each complaint is drawn as often as its probability says; equal seeds draw the same."""
    ada = Actor(world.members["Ada"], Role.CONTRIBUTOR, "Ada")
    times = 120
    seen: dict[int, int] = {}
    sessions = []
    for seed in range(times):
        sessions.append(await listening.start(graph.database, ada, 4, Strata.PRODUCT, Allocation.EQUAL, seed=seed))
    rows = await graph.database.rows("SELECT session_id, complaint_id, probability, position FROM listening_draw")
    assert {probability for _, _, probability, _ in rows} == {0.5}
    for _, complaint, *_ in rows:
        seen[complaint] = seen.get(complaint, 0) + 1
    assert set(seen) == set(world.complaints)
    # 60 expected of each, give or take four standard deviations of 5.5
    assert all(38 <= count <= 82 for count in seen.values())
    again = await listening.start(graph.database, ada, 4, Strata.PRODUCT, Allocation.EQUAL, seed=7)
    drawn = {
        session: {(complaint, position) for one, complaint, _, position in rows if one == session}
        for session in sessions
    }
    sql = graph.database.sql("SELECT complaint_id, position FROM listening_draw WHERE session_id = ?1")
    assert set(map(tuple, await graph.database.rows(sql, (again,)))) == drawn[sessions[7]]


async def test_heard_one_by_one(graph: Graph, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    start = now_ms()
    clock = [start]
    monkeypatch.setattr(listening, "now_ms", lambda: clock[0])
    session = await started(graph, size=3)
    ids = [one["listeningDraw"]["id"] for one in session["complaints"]["edges"]]
    shown = "draw { heardAt session { heardCount listenedHours } } next { id complaint { text } }"
    following = []
    for minutes, id in ((3, ids[0]), (60, ids[1]), (0, ids[1]), (1, ids[2])):
        clock[0] += minutes * 60_000
        done = await run(graph, "listeningMarkHeard", shown, {"drawId": id}, Role.CONTRIBUTOR)
        assert done["draw"]["heardAt"] is not None
        following.append(done["next"] and done["next"]["id"])
    assert following == [ids[1], ids[2], ids[2], None]
    # an hour at one complaint counts for ten minutes, and a second mark for nothing
    assert done["draw"]["session"] == {"heardCount": 3, "listenedHours": pytest.approx(14 / 60, abs=1e-4)}
    query = """{ members(orderBy: { field: LISTENED_HOURS, direction: DESC }) { nodes { name heardCount listenedHours
      listeningSessions { nodes { size complaints(where: { heard: { eq: true } }) { totalCount } } } } } }"""
    with graph.database.counting() as recorder:
        found = (await graph.ask(query, role=Role.READER))["members"]["nodes"]
    assert recorder.count == 1
    assert [(one["name"], one["heardCount"]) for one in found] == [("Ada", 3), ("Grace", 0)]
    assert found[0]["listenedHours"] == pytest.approx(14 / 60, abs=1e-4)
    assert found[0]["listeningSessions"]["nodes"] == [{"size": 3, "complaints": {"totalCount": 3}}]
    # a sample is its member's own
    graph.member = world.members["Grace"]
    for name, input in (("listeningMarkHeard", ""), ("listeningNoteAdd", ', text: "x"')):
        query = f'mutation {{ {name}(input: {{ drawId: "{ids[0]}"{input} }}) {{ clientMutationId }} }}'
        assert await graph.refusal(query) == "FORBIDDEN"
    graph.member = None
    assert (
        await graph.refusal("mutation { listeningSessionStart(input: { size: 1 }) { clientMutationId } }")
        == "FORBIDDEN"
    )


async def test_sessions_that_are_heard_in_turns_share_the_time(
    graph: Graph, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = [now_ms()]
    monkeypatch.setattr(listening, "now_ms", lambda: clock[0])
    ada = Actor(world.members["Ada"], Role.CONTRIBUTOR, "Ada")
    first, second = [await started(graph, size=3) for _ in range(2)]
    draws = [
        [int(one["listeningDraw"]["id"].removeprefix("draw_")) for one in session["complaints"]["edges"]]
        for session in (first, second)
    ]
    shown = '{ members(where: { name: { eq: "Ada" } }) { nodes { heardCount listenedHours } } }'
    for one, other in zip(*draws, strict=True):
        clock[0] += 120_000
        # also where both are marked at once
        await asyncio.gather(*(listening.heard(graph.database, ada, draw) for draw in (one, other)))
    (found,) = (await graph.ask(shown))["members"]["nodes"]
    assert found == {"heardCount": 6, "listenedHours": pytest.approx(6 / 60, abs=1e-4)}
    # what lies before a session was drawn is none of its time, and an hour away counts for ten minutes
    clock[0] += 3_600_000
    third = await started(graph, size=2)
    fresh = [int(one["listeningDraw"]["id"].removeprefix("draw_")) for one in third["complaints"]["edges"]]
    for minutes, draw in ((1, fresh[0]), (60, fresh[1])):
        clock[0] += minutes * 60_000
        await listening.heard(graph.database, ada, draw)
    (found,) = (await graph.ask(shown))["members"]["nodes"]
    assert found == {"heardCount": 8, "listenedHours": pytest.approx(17 / 60, abs=1e-4)}


async def test_notes_become_evidence(graph: Graph, world: World) -> None:
    session = await started(graph, size=8)
    by_complaint = {one["node"]["id"]: one["listeningDraw"]["id"] for one in session["complaints"]["edges"]}
    draw = by_complaint[f"complaint_{world.complaints[0]}"]

    async def noted() -> str:
        done = await run(
            graph,
            "listeningNoteAdd",
            "note { id evidence { id } draw { id } }",
            {"drawId": draw, "text": "Nobody told."},
        )
        assert (done["note"]["evidence"], done["note"]["draw"]) == (None, {"id": draw})
        return done["note"]["id"]

    shown = """note { text evidence { id quote basis status confidence stance version complaint { id }
      need { id evidenceCount customerCount } } }"""
    before = await need(graph, world.needs[SIZE])
    note = await noted()
    here = {"noteId": note, "needId": before["id"], "start": 28, "end": 43}
    far = await run(graph, "listeningNoteCite", shown, {**here, "end": 44})
    assert only_error(far) == ("INVALID", ["input", "end"])
    done = await run(graph, "listeningNoteCite", shown, here, Role.CONTRIBUTOR)
    assert done["note"]["evidence"] == {
        "id": done["note"]["evidence"]["id"],
        "quote": "Nobody told me.",
        "basis": "HUMAN",
        "status": "PENDING",
        "confidence": 1.0,
        "stance": "SUPPORTS",
        "version": 1,
        "complaint": {"id": f"complaint_{world.complaints[0]}"},
        # its customer had spoken of this need already
        "need": {"id": before["id"], "evidenceCount": 3, "customerCount": 2},
    }
    assert only_error(await run(graph, "listeningNoteCite", shown, here)) == ("CONFLICT", ["input", "noteId"])
    # what a model found becomes the member's word, with what they heard in it, and nobody else's note turns that
    known = {"noteId": await noted(), "needId": f"need_{world.needs[PARCEL]}", "start": 0, "end": 26}
    heard = await run(graph, "listeningNoteCite", shown, {**known, "stance": "CONTRADICTS"})
    kept = heard["note"]["evidence"]
    assert {name: kept[name] for name in ("basis", "status", "stance", "version")} == {
        "basis": "HUMAN",
        "status": "PENDING",
        "stance": "CONTRADICTS",
        "version": 2,
    }
    known["noteId"] = await noted()
    assert only_error(await run(graph, "listeningNoteCite", shown, known)) == ("CONFLICT", ["input", "stance"])
    agreed = await run(graph, "listeningNoteCite", shown, {**known, "stance": "CONTRADICTS"})
    assert agreed["note"]["evidence"] == kept
    # no run takes away what a person noted, and what a curator dismissed does not come back so
    run_id = await runs.start(graph.database, Actor.operator(), {})
    await runs.begin(graph.database, run_id, {})
    nothing = RunFindings(watermark=max(world.complaints), readings=[Reading(1, 0.0, 3, "en")], spans=[], needs=[])
    await apply(graph.database, run_id, nothing, {}, {})
    query = "query ($id: ID!) { node(id: $id) { ... on Evidence { status version } } }"
    mine = done["note"]["evidence"]["id"]
    assert (await graph.ask(query, {"id": mine}))["node"] == {"status": "PENDING", "version": 1}
    assert (await graph.ask(query, {"id": kept["id"]}))["node"] == {"status": "PENDING", "version": 2}
    # what did expire lives again by a note
    draw, first = by_complaint[f"complaint_{world.complaints[4]}"], draw
    gone = {"noteId": await noted(), "needId": before["id"], "start": 0, "end": 32}
    again = (await run(graph, "listeningNoteCite", shown, gone))["note"]["evidence"]
    assert (again["basis"], again["status"], again["version"]) == ("HUMAN", "PENDING", 2)
    draw = first
    dismissal = {"evidenceId": mine, "version": 1, "decision": "DISMISS"}
    assert (await run(graph, "evidenceDecide", "evidence { status }", dismissal))["userErrors"] == []
    late = await run(graph, "listeningNoteCite", shown, {**here, "noteId": await noted()})
    assert only_error(late) == ("CONFLICT", ["input", "needId"])


async def test_complaints_that_change_while_they_are_drawn(
    graph: Graph, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is counted and what is drawn are two looks: where they differ, nothing is drawn by guess."""
    ada = Actor(world.members["Ada"], Role.CONTRIBUTOR, "Ada")
    read = graph.database.rows
    looks = []

    async def rows(sql: str, *rest: Any, **more: Any) -> Any:
        found = await read(sql, *rest, **more)
        looks.append(sql)
        # the second look finds one less than the first one counted
        return found[1:] if "ROW_NUMBER" in sql and len(looks) <= losing else found

    monkeypatch.setattr(graph.database, "rows", rows)
    losing = 2
    assert await listening.start(graph.database, ada, 4)
    losing = 1_000
    with pytest.raises(Busy):
        await listening.start(graph.database, ada, 4)
    # and one that comes in between is not looked at
    losing = 0
    draft = ComplaintDraft(text="Later.", channel="chat", source="world", external_id="late")
    await complaints.import_rows(graph.database, Actor.operator(), [draft], ErrorPolicy.REJECT_EVERYTHING)
    session = await listening.start(graph.database, ada, 100)
    sql = graph.database.sql("SELECT population FROM listening_session WHERE id = ?1")
    assert await graph.database.value(sql, (session,)) == len(ROWS) + 1
