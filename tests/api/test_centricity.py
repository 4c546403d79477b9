"""The customer-centricity index: every part by hand, and the rows behind every number."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from nobodyasked.models.actor import Actor
from nobodyasked.models.commands import exposures, teams, tokens
from nobodyasked.models.errors import Invalid
from nobodyasked.models.fields import to_ms
from nobodyasked.models.period import Period, spans
from nobodyasked.models.queries import centricity
from nobodyasked.models.team import Role

from .conftest import Graph
from .test_escalations import owned
from .world import DARK, PARCEL, SIZE, World, day

HOUR = 3_600_000
NOW = day("2026-02-10")
# a count, and the list whose rows it counts
LISTS = {
    "linkedCount": "linkedComplaints",
    "receivedCount": "receivedComplaints",
    "unjudgedCount": "unjudgedComplaints",
    "answerCount": "answers",
    "waitingCount": "waitingQuestions",
    "citingCount": "citingInventions",
    "shippedCount": "shippedInventions",
    "undecidedCount": "undecidedInventions",
    "servedCount": "servedNeeds",
    "activeCount": "activeNeeds",
    "emergingCount": "emergingNeeds",
    "complaintCount": "countedComplaints",
}
SHARES = "linkedShare medianAnswerHours citingShare servedShare complaintsPerThousand"
ROWS = " ".join(f"{one} {{ totalCount nodes {{ id }} }}" for one in LISTS.values())
PART = f"""nodes {{ began ended {SHARES} {" ".join(LISTS)} activeCustomers weeksMissing {ROWS}
  exposures {{ nodes {{ activeCustomers }} }} }}"""
NOTHING = dict.fromkeys(LISTS, 0) | dict.fromkeys(SHARES.split())


@pytest.fixture
async def told(graph: Graph, world: World, monkeypatch: pytest.MonkeyPatch) -> Graph:
    """The world in January and February of 2026; Delivery owns the need for parcels and what is about the app."""
    monkeypatch.setattr(centricity, "now_ms", lambda: NOW)
    db, operator = graph.database, Actor.operator()
    team = int((await owned(graph, world, PARCEL)).split("_")[1])
    await teams.assign_product(db, operator, "App", team)
    await tokens.create(db, member_name="Joan", role=Role.READER, team_name="Nobody's")
    weeks = [(day("2026-01-05"), 500), (day("2026-01-12"), 1_000), (day("2026-02-02"), 800)]
    await exposures.record(db, operator, weeks)
    ends = day("2026-02-01")
    # when each complaint came, whether about the app, and how long after that its evidence was made
    came = [
        (day("2026-01-05"), True, 24 * HOUR),
        (day("2026-01-06"), True, 24 * HOUR + 1),
        (day("2026-01-14"), False, HOUR),
        (day("2026-01-15"), True, 0),
        (ends - 1, False, 0),
        (ends, False, 0),
        (NOW - 24 * HOUR, False, 0),
        (NOW - 12 * HOUR, True, 0),
    ]
    async with db.transaction() as transaction:

        async def execute(sql: str, *given: Any) -> None:
            await transaction.execute(sql, given)

        for key, (at, app, after) in zip(world.complaints, came, strict=True):
            await execute(
                "UPDATE complaint SET received_at = ?1, product = ?2 WHERE id = ?3", at, "App" * app or None, key
            )
            await execute("UPDATE evidence SET created_at = ?1 WHERE complaint_id = ?2", at + after, key)
        await execute(
            "UPDATE evidence SET status = 'DISMISSED', live = false WHERE complaint_id = ?1", world.complaints[4]
        )
        for need, at in ((PARCEL, "2026-01-01"), (SIZE, "2026-02-01"), (DARK, "2026-01-02")):
            await execute("UPDATE need SET created_at = ?1 WHERE id = ?2", day(at), world.needs[need])
        for need, at in ((PARCEL, "2026-02-05"), (SIZE, "2026-03-05"), (DARK, "2026-01-03")):
            await execute("UPDATE claim SET created_at = ?1 WHERE need_id = ?2", day(at), world.needs[need])
        for invention, state, at, need, status in (
            (world.inventions[0], "SHIPPED", day("2026-01-20"), PARCEL, "ACCEPTED"),
            (world.inventions[1], "MEASURED", ends - 1, DARK, "PENDING"),
        ):
            await execute("UPDATE invention SET status = ?1, shipped_at = ?2 WHERE id = ?3", state, at, invention)
            await execute("UPDATE evidence SET status = ?1 WHERE need_id = ?2", status, world.needs[need])
            await execute(
                "INSERT INTO citation (invention_id, part, evidence_id, created_at)"
                " SELECT ?1, 'PROBLEM', e.id, 1 FROM evidence e WHERE e.need_id = ?2",
                invention,
                world.needs[need],
            )
        for whose, state, at in (
            (team, "OPEN", "2026-02-03"),
            (None, "ACKNOWLEDGED", "2026-01-31"),
            (team, "ANSWERED", "2026-01-08"),
        ):
            await execute(
                "INSERT INTO escalation (question, status, severity, need_id, team_id, raised_at, asked_at, due_at, reopen_count,"
                " version) VALUES ('?', ?1, 3, ?2, ?3, ?4, ?4, ?4, 0, 1)",
                state,
                world.needs[PARCEL],
                whose,
                day(at),
            )
        for whose, hours in ((team, 2), (team, 4), (None, 9)):
            await execute(
                "INSERT INTO escalation_answer (escalation_id, team_id, text, whys, actions, asked_at, due_at, answered_at)"
                " SELECT max(id), ?1, 'x', '[]', '[]', ?2, ?2, ?3 FROM escalation",
                whose,
                day("2026-01-08"),
                day("2026-01-08") + hours * HOUR,
            )
    return graph


def check(rows: list[Any], *expected: dict[str, Any]) -> None:
    for row, numbers in zip(rows, expected, strict=True):
        assert {name: row[name] for name in numbers} == numbers
        # every number leads to just as many rows
        for count, listed in LISTS.items():
            assert (row[listed]["totalCount"], len(row[listed]["nodes"])) == (row[count], row[count]), count
        assert sum(one["activeCustomers"] for one in row["exposures"]["nodes"]) == row["activeCustomers"]


async def test_every_part_and_the_rows_behind_it(told: Graph, world: World) -> None:
    query = f'{{ centricity(since: "2026-01-15", until: "2026-03-01") {{ totalCount {PART} }} }}'
    with told.database.counting() as recorder:
        found = (await told.ask(query, role=Role.READER))["centricity"]
    assert (recorder.count, found["totalCount"]) == (2, 2)
    january = {
        "began": "2026-01-01T00:00:00.000Z",
        "ended": "2026-02-01T00:00:00.000Z",
        # the second was linked a millisecond too late, the link of the fifth was dismissed
        "receivedCount": 5,
        "linkedCount": 3,
        "linkedShare": 0.6,
        "unjudgedCount": 0,
        "answerCount": 3,
        "medianAnswerHours": 4.0,
        "waitingCount": 1,
        "shippedCount": 2,
        "citingCount": 1,
        "citingShare": 0.5,
        "undecidedCount": 1,
        # there was a need, but nobody had claimed it yet: a share of 0, not of nothing
        "activeCount": 1,
        "servedCount": 0,
        "servedShare": 0.0,
        "emergingCount": 1,
        "complaintCount": 5,
        "activeCustomers": 1_500,
        "complaintsPerThousand": 3.3333,
        "weeksMissing": 2,
    }
    february = {
        "began": "2026-02-01T00:00:00.000Z",
        "ended": "2026-03-01T00:00:00.000Z",
        "receivedCount": 1,
        "linkedCount": 1,
        "linkedShare": 1.0,
        "unjudgedCount": 2,
        "answerCount": 0,
        "medianAnswerHours": None,
        "waitingCount": 1,
        "shippedCount": 0,
        "citingCount": 0,
        "citingShare": None,
        "undecidedCount": 0,
        "activeCount": 2,
        "servedCount": 1,
        "servedShare": 0.5,
        "emergingCount": 1,
        "complaintCount": 2,
        "activeCustomers": 800,
        "complaintsPerThousand": 2.5,
        "weeksMissing": 1,
    }
    check(found["nodes"], january, february)
    shown = {name: [one["id"] for one in found["nodes"][0][name]["nodes"]] for name in LISTS.values()}
    said = [f"complaint_{key}" for key in world.complaints]
    assert shown["linkedComplaints"] == [said[3], said[2], said[0]]
    assert shown["receivedComplaints"] == [said[index] for index in (4, 3, 2, 1, 0)]
    assert shown["countedComplaints"] == [said[index] for index in (4, 3, 2, 1, 0)]
    assert shown["citingInventions"] == [f"invention_{world.inventions[0]}"]
    assert shown["undecidedInventions"] == [f"invention_{world.inventions[1]}"]
    assert shown["activeNeeds"] == [f"need_{world.needs[PARCEL]}"]
    assert shown["emergingNeeds"] == [f"need_{world.needs[DARK]}"]
    # what leads to a dismissed need is linked to none by it
    async with told.database.transaction() as transaction:
        await transaction.execute("UPDATE need SET status = 'DISMISSED' WHERE id = ?1", (world.needs[PARCEL],))
    (fewer, _) = (await told.ask(query, role=Role.READER))["centricity"]["nodes"]
    check([fewer], {"receivedCount": 5, "linkedCount": 0, "linkedShare": 0.0, "activeCount": 0})


async def test_by_team(told: Graph, world: World) -> None:
    query = f"""query ($by: Period) {{ teams(first: 2) {{ nodes {{ name
      centricity(since: "2026-01-15", until: "2026-03-01", by: $by, first: 5) {{ {PART} }} }} }} }}"""
    with told.database.counting() as recorder:
        found = (await told.ask(query, {"by": "MONTH"}, role=Role.READER))["teams"]["nodes"]
    assert recorder.count == 2
    assert [one["name"] for one in found] == ["Delivery", "Nobody's"]
    january = {
        "receivedCount": 3,
        "linkedCount": 2,
        "linkedShare": 0.6667,
        "unjudgedCount": 0,
        "answerCount": 2,
        "medianAnswerHours": 3.0,
        "waitingCount": 0,
        "shippedCount": 1,
        "citingCount": 1,
        "citingShare": 1.0,
        "undecidedCount": 0,
        "activeCount": 1,
        "servedCount": 0,
        "servedShare": 0.0,
        "emergingCount": 0,
        "complaintCount": 3,
        "activeCustomers": 1_500,
        "complaintsPerThousand": 2.0,
        "weeksMissing": 2,
    }
    february = {
        "receivedCount": 0,
        "linkedCount": 0,
        "linkedShare": None,
        "unjudgedCount": 1,
        "answerCount": 0,
        "medianAnswerHours": None,
        "waitingCount": 1,
        "shippedCount": 0,
        "citingCount": 0,
        "citingShare": None,
        "undecidedCount": 0,
        "activeCount": 1,
        "servedCount": 1,
        "servedShare": 1.0,
        "emergingCount": 0,
        "complaintCount": 1,
        "activeCustomers": 800,
        "complaintsPerThousand": 1.25,
        "weeksMissing": 1,
    }
    check(found[0]["centricity"]["nodes"], january, february)
    # who owns nothing has nothing to tell
    check(found[1]["centricity"]["nodes"], NOTHING, NOTHING)
    # the same plan, asked for other periods
    quarter = (await told.ask(query, {"by": "QUARTER"}))["teams"]["nodes"][0]["centricity"]["nodes"]
    assert [(one["began"][:10], one["ended"][:10]) for one in quarter] == [("2026-01-01", "2026-04-01")]
    check(quarter, {"receivedCount": 3, "unjudgedCount": 1, "complaintCount": 4, "complaintsPerThousand": 1.7391})


async def test_periods(told: Graph) -> None:
    query = """query ($since: DateTimeOrDuration!, $until: DateTimeOrDuration, $by: Period) {
      centricity(since: $since, until: $until, by: $by, first: 2, orderBy: [{ field: BEGAN, direction: DESC }]) {
        totalCount nodes { began ended } } }"""

    async def shown(since: str, by: str, until: str | None = None) -> tuple[int, list[str]]:
        found = (await told.ask(query, {"since": since, "by": by, "until": until}))["centricity"]
        return found["totalCount"], [f"{one['began'][:10]} {one['ended'][:10]}" for one in found["nodes"]]

    # none that has not begun, whatever is asked for
    assert await shown("2026-01-29", "WEEK", "2027-01-01") == (3, ["2026-02-09 2026-02-16", "2026-02-02 2026-02-09"])
    assert await shown("2025-12-31", "QUARTER") == (2, ["2026-01-01 2026-04-01", "2025-10-01 2026-01-01"])
    assert await shown("2024-02-29", "YEAR") == (3, ["2026-01-01 2027-01-01", "2025-01-01 2026-01-01"])
    assert await shown("2024-02-29", "MONTH", "2024-03-01") == (1, ["2024-02-01 2024-03-01"])
    assert await shown("2026-01-05", "WEEK", "2026-01-05") == (0, [])
    assert await shown("2026-05-05", "WEEK") == (0, [])
    many = {"since": "1990-01-01", "by": "WEEK"}
    assert await told.refusal(query, many) == "INVALID"
    assert await told.refusal(query, {"since": "0001-01-01", "by": "WEEK"}) == "INVALID"
    edge = to_ms(datetime(9999, 12, 31, tzinfo=UTC))
    with pytest.raises(Invalid, match="calendar"):
        spans(edge, edge + 1, Period.YEAR)
