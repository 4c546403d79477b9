"""Alerts, exactly one of a kind for a need and week, and which needs rise, fall or are new; counts week by week against what was expected."""

from __future__ import annotations

import asyncio
from datetime import date, timedelta
from itertools import pairwise

import pytest

from nobodyasked.models.commands import complaints, runs
from nobodyasked.models.commands.findings import (
    AspectDraft,
    FoundLink,
    FoundSpan,
    NeedDraft,
    Reading,
    RunFindings,
    apply,
)
from nobodyasked.models.database import Database
from nobodyasked.models.errors import Invalid
from nobodyasked.models.event import Topic
from nobodyasked.models.evidence import Stance
from nobodyasked.models.fields import now_ms, week_of
from nobodyasked.models.need import StatementBasis
from nobodyasked.models.span import SpanKind
from nobodyasked.models.team import Role
from nobodyasked.server.jobs.trends import Trends
from tests.models.people import ADMIN, draft

from .conftest import Graph, Happened
from .test_mutations import run
from .test_subscriptions import heard
from .world import day

MONDAY = date(2025, 1, 6)
WEEKS = 20
# customers week by week: one that surges at the end, one that ceases, one that stays, one that is new
HEARD = {
    "late": [2, 1, 2, 3, 2] * 3 + [2, 2, 1, 2, 14],
    "cold": [4, 3, 5, 4, 4] * 3 + [0, 0, 0, 0, 0],
    "size": [1, 2, 2, 1, 2] * 4,
    "dark": [0] * 18 + [1, 2],
}
MOVES = """query ($since: DateTimeOrDuration!) { needMovements(since: $since) { totalCount edges { direction observed expected
  pValue falseDiscovery node { statement } } }
  rising: needMovements(since: $since, where: { direction: { eq: RISING } }) { nodes { statement } } }"""
ALERTS = """{ alerts { totalCount nodes { id kind week observed expected pValue falseDiscovery reach
  need { statement alerts { totalCount } } complaints(first: 100) { totalCount nodes { occurredAt customer { externalId } } } } } }"""
CHECK = "alerts { alert { id kind need { statement } } }"


def week(index: int) -> str:
    return (MONDAY + timedelta(weeks=index)).isoformat()


@pytest.fixture
async def weekly(database: Database) -> Graph:
    """The needs of HEARD, and one who praises on the Sunday of the last week."""
    return await listening(database, {name: dict(enumerate(counts)) for name, counts in HEARD.items()}, {WEEKS - 1})


async def listening(database: Database, told: dict[str, dict[int, int]], sundays: set[int]) -> Graph:
    """Needs under one aspect, by week so many customers on its Monday, every one with one span; what is said on Sundays is
    of no need."""
    drafts, about = [], []
    for name, counts in told.items():
        for index, count in counts.items():
            for number in range(count):
                key = f"{name}-{index}-{number}"
                at = day(week(index)) + 3_600_000 * number
                drafts.append(draft(f"{name} {key}", external_id=key, customer=key, occurred_at=at))
                about.append(name)
    for index in sundays:
        at = day(week(index)) + 6 * 86_400_000
        drafts.append(draft("Fine.", external_id=f"sunday-{index}", customer="sunday", occurred_at=at))
    keys = [one.complaint_id for one in await complaints.import_rows(database, ADMIN, drafts) if one.complaint_id]
    started = await runs.start(database, ADMIN, {})
    await runs.begin(database, started, {})
    needs = [
        NeedDraft(
            None,
            name,
            StatementBasis.QUOTE,
            0.5,
            [],
            [FoundLink(place, Stance.SUPPORTS, 0.5) for place, one in enumerate(about) if one == name],
            0,
        )
        for name in told
    ]
    found = RunFindings(
        max(keys),
        [Reading(key, -0.5, 3, "en") for key in keys],
        [FoundSpan(key, 0, 4, SpanKind.PAIN, 0.9, None) for key in keys[: len(about)]],
        needs,
        aspects=[AspectDraft(None, "all", [])],
    )
    await apply(database, started, found, {}, {})
    graph = Graph(database)
    graph.mind.trends = Trends(database, viral_reach=50_000)
    return graph


async def test_rising_falling_and_new_needs(weekly: Graph) -> None:
    with weekly.database.counting() as recorder:
        found = await weekly.ask(MOVES, {"since": week(15)}, role=Role.CONTRIBUTOR)
    # the extent, weekly counts, when needs were first heard of, and what is shown; for each of the two lists
    assert recorder.count == 8
    moves = {one["node"]["statement"]: one for one in found["needMovements"]["edges"]}
    assert found["needMovements"]["totalCount"] == 4
    assert {name: (one["direction"], one["observed"]) for name, one in moves.items()} == {
        "late": ("RISING", 21),
        "cold": ("FALLING", 0),
        "size": ("STEADY", 8),
        "dark": ("NEW", 3),
    }
    assert moves["cold"]["expected"] == pytest.approx(5 * 60.5 / 15, abs=1e-4)
    assert moves["late"]["falseDiscovery"] <= 0.05 < moves["size"]["falseDiscovery"]
    assert moves["late"]["pValue"] <= moves["late"]["falseDiscovery"]
    assert (moves["dark"]["expected"], moves["dark"]["pValue"]) == (None, None)
    assert found["rising"]["nodes"] == [{"statement": "late"}]
    for since in (week(3), "-P1W"):
        assert await weekly.refusal(MOVES, {"since": since}) == "INVALID"
    (error,) = await weekly.errors(MOVES, {"since": week(3)})
    soonest = error["message"].removesuffix(" on.").rpartition(" ")[2]
    assert soonest == week(8)[:10]
    assert (await weekly.ask(MOVES, {"since": soonest}))["needMovements"]["totalCount"] == 4
    (late,) = await weekly.errors(MOVES.replace("(since: $since", '(since: "soon"', 1), {"since": week(15)})
    assert late["locations"] == [{"line": 1, "column": MOVES.index("(since: $since") + 9}]


async def test_a_week_that_was_not_heard_to_its_end_moves_nothing(weekly: Graph) -> None:
    async with weekly.database.transaction() as transaction:
        saturday = day(week(WEEKS)) - 86_400_001
        await transaction.execute("UPDATE complaint SET occurred_at = ?1 WHERE text = 'Fine.'", (saturday,))
    found = (await weekly.ask(MOVES, {"since": week(15)}))["needMovements"]["edges"]
    assert {one["node"]["statement"]: (one["direction"], one["observed"]) for one in found} == {
        "late": ("STEADY", 7),
        "cold": ("FALLING", 0),
        "size": ("STEADY", 6),
        "dark": ("NEW", 1),
    }
    assert await weekly.refusal(MOVES, {"since": week(19)}) == "INVALID"


async def test_what_was_never_imported_is_no_silence(database: Database) -> None:
    """One stray complaint years before, and four weeks without any, are no past to stand out from; three weeks are one."""
    stray = {-300: 1, 0: 3, 1: 3, 2: 3, 3: 3, 4: 9, 9: 9, 10: 2, 11: 2, 12: 2, 16: 9, 17: 9}
    graph = await listening(database, {"late": stray}, {17})
    for index in (4, 9, 16):
        assert await graph.mind.check_alerts(week_of(day(week(index)))) == []
    (one,) = (await graph.ask("{ needs { nodes { weekly { week expected } } } }"))["needs"]["nodes"]
    assert {told["week"]: told["expected"] for told in one["weekly"]} == {
        **{week(index): None for index in stray},
        week(17): 3.0,
    }
    for since in (week(4), week(16)):
        assert await graph.refusal(MOVES, {"since": since}) == "INVALID"
    (moved,) = (await graph.ask(MOVES, {"since": week(17)}))["needMovements"]["edges"]
    assert (moved["observed"], moved["expected"]) == (9, pytest.approx(24.5 / 8, abs=1e-4))


async def test_one_alert_a_need_and_week(weekly: Graph) -> None:
    last = f"{week(19)}T12:00:00Z"
    assert (await run(weekly, "alertsCheck", CHECK, {"weekOf": week(17)}))["alerts"] == []
    done = await run(weekly, "alertsCheck", CHECK, {"weekOf": last}, Role.CURATOR)
    (raised,) = done["alerts"]
    assert raised["alert"]["need"] == {"statement": "late"}
    assert raised["alert"]["kind"] == "SURGE"
    # however often, and by however many at once, it is looked for
    both = await asyncio.gather(*(weekly.mind.check_alerts(week_of(day(week(19)))) for _ in range(3)))
    assert both == [[], [], []]
    with weekly.database.counting() as recorder:
        found = (await weekly.ask(ALERTS, role=Role.CONTRIBUTOR))["alerts"]
    assert recorder.count == 1
    (alert,) = found["nodes"]
    assert (alert["id"], alert["week"], alert["observed"]) == (raised["alert"]["id"], week(19), 14)
    assert alert["expected"] == pytest.approx(37.5 / 19, rel=1e-5)
    assert 0 < alert["pValue"] <= alert["falseDiscovery"] <= 0.05
    assert alert["need"]["alerts"]["totalCount"] == 1
    assert alert["complaints"]["totalCount"] == 14
    assert {one["customer"]["externalId"] for one in alert["complaints"]["nodes"]} == {
        f"late-19-{n}" for n in range(14)
    }
    # told of once, in the transaction that raised it
    topics = [topic for (topic,) in await weekly.database.rows("select topic from event")]
    assert topics.count("ALERT_RAISED") == 1
    shown = await weekly.ask(
        "query ($id: ID!) { node(id: $id) { ... on Alert { kind need { statement } } } }", {"id": alert["id"]}
    )
    assert shown["node"] == {"kind": "SURGE", "need": {"statement": "late"}}
    query = "mutation { alertsCheck(input: {}) { alerts { alert { id } } } }"
    assert await weekly.refusal(query, role=Role.CONTRIBUTOR) == "FORBIDDEN"


async def test_a_grave_word_that_carries_far(weekly: Graph) -> None:
    async with weekly.database.transaction() as transaction:
        await transaction.execute("UPDATE customer SET reach = 60000 WHERE external_id = 'size-18-0'")
    index = week_of(day(week(18)))
    # it reaches many, but is not grave
    assert await weekly.mind.check_alerts(index) == []
    async with weekly.database.transaction() as transaction:
        await transaction.execute("UPDATE complaint SET severity = 5 WHERE external_id = 'size-18-0'")
    (key,) = await weekly.mind.check_alerts(index)
    (alert,) = (await weekly.ask(ALERTS))["alerts"]["nodes"]
    assert (alert["id"], alert["kind"], alert["need"]["statement"]) == (f"alert_{key}", "VIRAL", "size")
    assert (alert["reach"], alert["observed"]) == (60_000, 1)
    assert alert["pValue"] > 0.05


async def test_a_surge_and_a_grave_word_are_both_told(weekly: Graph) -> None:
    index = week_of(day(week(19)))
    # a week stands out by what is likely about the need: of two customers, and a third as soon as somebody has looked
    doubtful = "UPDATE evidence SET {} WHERE complaint_id IN (SELECT id FROM complaint WHERE external_id LIKE {})"
    for change in (
        doubtful.format("confidence = 0.49", "'late-19-%'"),
        doubtful.format("confidence = 0.5", "'late-19-1%' AND external_id < 'late-19-12'"),
    ):
        async with weekly.database.transaction() as transaction:
            await transaction.execute(change)
    async with weekly.database.transaction() as transaction:
        await transaction.execute(doubtful.format("confidence = 0.49", "'late-19-1'"))
    assert await weekly.mind.check_alerts(index) == []
    async with weekly.database.transaction() as transaction:
        await transaction.execute(doubtful.format("status = 'ACCEPTED'", "'late-19-5'"))
    assert len(await weekly.mind.check_alerts(index)) == 1
    async with weekly.database.transaction() as transaction:
        await transaction.execute("UPDATE customer SET reach = 60000 WHERE external_id = 'late-19-0'")
        await transaction.execute("UPDATE complaint SET severity = 5 WHERE external_id = 'late-19-0'")
    assert [len(await weekly.mind.check_alerts(index)) for _ in range(2)] == [1, 0]
    found = (await weekly.ask(ALERTS))["alerts"]["nodes"]
    assert {(one["kind"], one["need"]["statement"]) for one in found} == {("SURGE", "late"), ("VIRAL", "late")}
    topics = [topic for (topic,) in await weekly.database.rows("select topic from event")]
    assert topics.count("ALERT_RAISED") == 2
    # nor does it matter which is seen first, or that both are seen at once
    async with weekly.database.transaction() as transaction:
        await transaction.execute("DELETE FROM alert")
    assert len(await weekly.mind.check_alerts(index)) == 2


async def test_expected_and_change_week_by_week(weekly: Graph) -> None:
    query = """{ needs { nodes { statement weekly { week customers expected }
      some: weekly(since: "2025-05-13") { week customers expected } } }
      aspects { nodes { weekly { week complaints change } some: weekly(since: "2025-05-12") { change } } } }"""
    with weekly.database.counting() as recorder:
        found = await weekly.ask(query)
    assert recorder.count == 2
    needs = {one["statement"]: one for one in found["needs"]["nodes"]}
    assert [one["expected"] for one in needs["late"]["weekly"][:8]] == [None] * 8
    assert needs["late"]["weekly"][8]["expected"] == pytest.approx(sum(HEARD["late"][:8]) / 8)
    assert needs["late"]["weekly"][19] == {"week": week(19), "customers": 14, "expected": round(37 / 19, 4)}
    # a week that is cut off is held against the same; of the one before nothing was said in what is left of it
    silent, last = needs["late"]["some"]
    assert (silent["week"], silent["customers"]) == (week(18), 0)
    assert last == {"week": week(19), "customers": 14, "expected": round(37 / 19, 4)}
    # silence counts from the first complaint on, which the dark was for the first time told of late
    assert [one["customers"] for one in needs["cold"]["weekly"]] == HEARD["cold"]
    assert [one["customers"] for one in needs["dark"]["weekly"]] == [1, 2]
    (aspect,) = found["aspects"]["nodes"]
    sums = [sum(counts[index] for counts in HEARD.values()) for index in range(WEEKS)]
    assert [one["complaints"] for one in aspect["weekly"]] == sums
    wanted = [None, *(now - before for before, now in pairwise(sums))]
    assert [one["change"] for one in aspect["weekly"]] == wanted
    assert [one["change"] for one in aspect["some"]] == [None, wanted[19]]


async def test_each_alert_is_heard(weekly: Graph) -> None:
    keys = await weekly.mind.check_alerts(week_of(day(week(19))))
    weekly.events.events = [Happened(1, Topic.ALERT_RAISED, keys)]
    told = await heard(weekly, "subscription { alertRaised { kind need { statement } } }")
    assert told == [{"data": {"alertRaised": {"kind": "SURGE", "need": {"statement": "late"}}}}]


async def test_the_server_looks_now_and_then(database: Database) -> None:
    looked: list[int] = []
    enough = asyncio.Event()

    class Looking(Trends):
        async def check(self, week: int) -> list[int]:
            looked.append(week)
            if len(looked) == 4:
                enough.set()
            return await super().check(week)

    trends = Looking(database, viral_reach=1, every_seconds=0.01)
    await trends.start()
    await asyncio.wait_for(enough.wait(), 60)
    await trends.close()
    now = week_of(now_ms())
    assert set(looked) <= {now - 1, now}
    # of an empty database there is nothing to tell
    with pytest.raises(Invalid):
        await trends.movements(0)
