"""Questions through the graph: asked, queued, answered, and how long that takes."""

from __future__ import annotations

from typing import Any

from nobodyasked.models.event import Topic
from nobodyasked.models.team import Role

from .conftest import Graph, Happened
from .test_mutations import need, only_error, run
from .test_subscriptions import heard
from .world import DARK, PARCEL, World

SHOWN = "escalation { id version status reopenCount breached severity team { name } owner { name } need { id } }"
WHYS = [f"Because of {n}." for n in range(5)]
HOUR = 3_600_000


async def step(graph: Graph, name: str, question: dict[str, Any], role: Role = Role.CURATOR, **input: Any) -> Any:
    given = {"escalationId": question["id"], "version": question["version"], **input}
    payload = await run(graph, name, SHOWN, given, role)
    assert payload["userErrors"] == [], name
    return payload["escalation"]


async def owned(graph: Graph, world: World, which: int) -> str:
    """Id of the team that owns the need from now on."""
    one = await need(graph, world.needs[which])
    team = (await graph.ask("{ teams { nodes { id } } }"))["teams"]["nodes"][0]["id"]
    input = {"needId": one["id"], "version": one["version"], "teamId": team}
    assert (await run(graph, "needAssign", "need { id }", input))["userErrors"] == []
    return team


async def raised(graph: Graph, **about: Any) -> Any:
    payload = await run(graph, "escalationRaise", SHOWN, {"question": "?", **about}, Role.CONTRIBUTOR)
    assert payload["userErrors"] == []
    return payload["escalation"]


async def test_from_a_question_to_its_end(graph: Graph, world: World) -> None:
    await owned(graph, world, PARCEL)
    parcel = f"need_{world.needs[PARCEL]}"
    question = await raised(graph, complaintId=f"complaint_{world.complaints[0]}")
    assert question == {
        "id": question["id"],
        "version": 1,
        "status": "OPEN",
        "reopenCount": 0,
        "breached": False,
        "severity": 3,
        "team": {"name": "Delivery"},
        "owner": None,
        "need": {"id": parcel},
    }
    # Ada asks and is of the team; Grace reviews
    question = await step(graph, "escalationAcknowledge", question, Role.CONTRIBUTOR)
    assert (question["status"], question["owner"]) == ("ACKNOWLEDGED", {"name": "Ada"})
    done = {"text": "Snow.", "whys": WHYS, "actions": ["Salt the roads."]}
    question = await step(graph, "escalationAnswer", question, Role.CONTRIBUTOR, **done)
    refused = {"escalationId": question["id"], "version": question["version"], "comment": "Good."}
    own = await run(graph, "escalationReview", SHOWN, refused)
    assert only_error(own) == ("REVIEWER_IS_AUTHOR", ["input"])
    assert own["userErrors"][0]["__typename"] == "ReviewerError"
    stale = await run(graph, "escalationReview", SHOWN, {**refused, "version": 1})
    assert only_error(stale) == ("STALE_VERSION", ["input", "version"])
    closed = await run(graph, "escalationClose", SHOWN, {key: refused[key] for key in ("escalationId", "version")})
    assert only_error(closed) == ("ILLEGAL_TRANSITION", ["input"])
    graph.member = world.members["Grace"]
    question = await step(graph, "escalationReopen", question, reason="And when it melts?")
    assert (question["status"], question["reopenCount"], question["owner"]) == ("OPEN", 1, None)
    graph.member = world.members["Ada"]
    question = await step(graph, "escalationAcknowledge", question)
    question = await step(graph, "escalationAnswer", question, **{**done, "text": "Rain."})
    graph.member = world.members["Grace"]
    question = await step(graph, "escalationReview", question, comment="Yes.")
    question = await step(graph, "escalationClose", question)
    assert question["status"] == "CLOSED"

    query = """query ($need: ID!, $complaint: ID!) {
      need(id: $need) { escalations { totalCount } }
      complaint(id: $complaint) { escalations { nodes { question closedAt answers { totalCount nodes { text whys actions
        late review reopenedBecause author { name escalations { totalCount } } reviewer { name } team { name } } } } } } }"""
    with graph.database.counting() as recorder:
        found = await graph.ask(
            query, {"need": parcel, "complaint": f"complaint_{world.complaints[0]}"}, role=Role.READER
        )
    assert recorder.count == 2
    assert found["need"]["escalations"] == {"totalCount": 1}
    (kept,) = found["complaint"]["escalations"]["nodes"]
    assert kept["closedAt"] is not None
    ada = {"name": "Ada", "escalations": {"totalCount": 1}}
    common = {"whys": WHYS, "actions": ["Salt the roads."], "late": False, "author": ada, "team": {"name": "Delivery"}}
    assert kept["answers"] == {
        "totalCount": 2,
        "nodes": [
            {**common, "text": "Rain.", "review": "Yes.", "reopenedBecause": None, "reviewer": {"name": "Grace"}},
            {**common, "text": "Snow.", "review": None, "reopenedBecause": "And when it melts?", "reviewer": None},
        ],
    }
    key = int(question["id"].split("_")[1])
    graph.events.events = [Happened(1, Topic.ESCALATION_CHANGED, [key])]
    assert await heard(graph, "subscription { escalationChanged { status reopenCount } }") == [
        {"data": {"escalationChanged": {"status": "CLOSED", "reopenCount": 1}}}
    ]


async def test_a_queue_and_its_times(graph: Graph, world: World) -> None:
    team = await owned(graph, world, PARCEL)
    parcel, dark = f"need_{world.needs[PARCEL]}", f"need_{world.needs[DARK]}"
    made = [await raised(graph, needId=parcel, severity=severity) for severity in (1, 5, 3)]
    nobodys = await raised(graph, needId=dark)
    assert nobodys["team"] is None
    mild, grave, middle = (one["id"] for one in made)
    query = """query ($team: ID!) { team(id: $team) { escalations { totalCount nodes { id breached } }
      late: escalations(where: { breached: { eq: true } }) { nodes { id } }
      all: escalations(where: { status: { in: [OPEN, ANSWERED] } }) { totalCount } answerTimes { answered medianHours } } }"""
    with graph.database.counting() as recorder:
        found = (await graph.ask(query, {"team": team}, role=Role.READER))["team"]
    assert recorder.count == 1
    assert found["escalations"] == {
        "totalCount": 3,
        "nodes": [{"id": id, "breached": False} for id in (grave, middle, mild)],
    }
    assert found["late"] == {"nodes": []}
    assert found["answerTimes"] == [{"answered": 0, "medianHours": None}]
    async with graph.database.transaction() as transaction:
        await transaction.execute("UPDATE escalation SET due_at = 5 WHERE id = ?1", (int(mild.split("_")[1]),))
    found = (await graph.ask(query, {"team": team}))["team"]
    assert [one["id"] for one in found["escalations"]["nodes"]] == [mild, grave, middle]
    assert found["late"] == {"nodes": [{"id": mild}]}
    # handed over, it is in another queue, and acknowledged it is in the queue still
    await step(graph, "escalationAcknowledge", made[1])
    routed = await step(graph, "escalationRoute", {"id": nobodys["id"], "version": 1}, teamId=team)
    assert routed["team"] == {"name": "Delivery"}
    assert (await graph.ask(query, {"team": team}))["team"]["escalations"]["totalCount"] == 4

    # nine answers of 1 to 9 hours by the team, one of 20 by nobody's; two of them late
    async with graph.database.transaction() as transaction:
        for hours, whose in [*((hours, int(team.split("_")[1])) for hours in range(1, 10)), (20, None)]:
            await transaction.execute(
                "INSERT INTO escalation_answer (escalation_id, team_id, text, whys, actions, asked_at, due_at, answered_at)"
                " VALUES (?1, ?2, 'x', '[]', '[]', 1000, ?3, ?4)",
                (int(mild.split("_")[1]), whose, 1000 + 8 * HOUR, 1000 + hours * HOUR),
            )
    shown = "answered late medianHours ninetyPercentHours longestHours"
    query = f"""{{ answerTimes {{ {shown} }} answerTimesByTeam {{ team {{ id name }} {shown} }}
      early: answerTimes(until: "1970-01-01T04:30:00Z") {{ answered medianHours }}
      none: answerTimesByTeam(since: "2000-01-01") {{ team {{ id }} }} teams {{ nodes {{ answerTimes {{ {shown} }} }} }} }}"""
    with graph.database.counting() as recorder:
        found = await graph.ask(query, role=Role.READER)
    assert recorder.count == 5
    of_team = {"answered": 9, "late": 1, "medianHours": 5.0, "ninetyPercentHours": 9.0, "longestHours": 9.0}
    assert found["answerTimes"] == [
        {"answered": 10, "late": 2, "medianHours": 5.5, "ninetyPercentHours": 9.0, "longestHours": 20.0}
    ]
    of_nobody = {"answered": 1, "late": 1, **dict.fromkeys(("medianHours", "ninetyPercentHours", "longestHours"), 20.0)}
    assert found["answerTimesByTeam"] == [
        {"team": {"id": team, "name": "Delivery"}, **of_team},
        {"team": None, **of_nobody},
    ]
    assert found["teams"]["nodes"] == [{"answerTimes": [of_team]}]
    assert found["early"] == [{"answered": 4, "medianHours": 2.5}]
    assert found["none"] == []


async def test_a_question_becomes_late_without_a_change(graph: Graph, world: World, monkeypatch: Any) -> None:
    """An answer that was kept is not given again once the time has passed."""
    question = await raised(graph, needId=f"need_{world.needs[DARK]}", severity=5)
    query = "query ($id: ID!) { escalation(id: $id) { breached } escalations(where: { breached: { eq: true } }) { totalCount } }"
    for ahead, late in ((0, False), (9, True)):
        later = ahead * HOUR
        from nobodyasked.models.fields import now_ms

        monkeypatch.setattr("nobodyasked.graphql.plan.binder.now_ms", lambda later=later: now_ms() + later)
        for _ in range(2):
            found = await graph.ask(query, {"id": question["id"]})
            assert found == {"escalation": {"breached": late}, "escalations": {"totalCount": int(late)}}
