"""Break-downs, over all time out of the roll-ups and over a part of it, equal a count by hand of the plain rows."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

import pytest

from nobodyasked.models.database import Database
from nobodyasked.models.fields import MONDAY_SHIFT_MS, WEEK_MS, from_ms, week_of
from tests.models.life import Life
from tests.models.world import START_MS

from .conftest import Graph
from .test_mutations import only_error, run
from .world import World

EVERYTHING = """
query ($since: DateTimeOrDuration, $until: DateTimeOrDuration) {
  complaintsByWeek(since: $since, until: $until) { week complaints customers }
  complaintsByChannel(since: $since, until: $until) { channel complaints customers }
  complaintsBySegment(since: $since, until: $until) { segment complaints customers }
  evidenceByChannel(since: $since, until: $until) { channel needs evidence }
  needs(first: 100, where: { status: { in: [EMERGING, ACTIVE, ADDRESSED, RELIEVED, REGRESSED, DISMISSED, MERGED] } }) {
    nodes { id
      weekly(since: $since, until: $until) { week complaints customers }
      byChannel(since: $since, until: $until) { channel complaints customers }
      bySegment(since: $since, until: $until) { segment complaints customers } } }
}
"""


class Said(NamedTuple):
    complaint: int
    at: int
    channel: str
    segment: str | None
    voice: int

    @property
    def week(self) -> str:
        return from_ms(week_of(self.at) * WEEK_MS - MONDAY_SHIFT_MS).date().isoformat()


class Piece(NamedTuple):
    need: int
    dismissed: bool
    said: Said


async def plain_rows(database: Database) -> tuple[list[Said], list[Piece]]:
    sql = (
        "SELECT c.id, c.occurred_at, c.channel, u.segment, COALESCE(c.customer_id, -c.id)"
        " FROM complaint c LEFT JOIN customer u ON u.id = c.customer_id"
    )
    said = [Said(*row) for row in await database.rows(sql)]
    by_id = {one.complaint: one for one in said}
    sql = (
        "SELECT e.need_id, n.status, e.complaint_id FROM evidence e JOIN need n ON n.id = e.need_id"
        " WHERE e.status IN ('PENDING', 'ACCEPTED') AND e.stance = 'SUPPORTS'"
    )
    rows = await database.rows(sql)
    return said, [Piece(need, status == "DISMISSED", by_id[complaint]) for need, status, complaint in rows]


def counted(name: str, said: Iterable[Said], key: Callable[[Said], Any]) -> list[dict[str, Any]]:
    groups: dict[Any, set[Said]] = defaultdict(set)
    for one in said:
        groups[key(one)].add(one)
    return [
        {name: value, "complaints": len(some), "customers": len({one.voice for one in some})}
        for value, some in groups.items()
    ]


def ordered(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return sorted(rows, key=lambda row: [str(value) for value in row.values()])


def by_hand(said: list[Said], pieces: list[Piece], since: int, until: int) -> dict[str, Any]:
    spoken = {one.week for one in said if week_of(since) <= week_of(one.at) <= week_of(until - 1)}
    begun: dict[int, str] = {}
    for piece in pieces:
        begun[piece.need] = min(piece.said.week, begun.get(piece.need, piece.said.week))
    said = [one for one in said if since <= one.at < until]
    pieces = [piece for piece in pieces if since <= piece.said.at < until]

    def split(some: Iterable[Said], prefix: str) -> dict[str, Any]:
        some = list(some)
        names = {"complaints": ("complaintsByWeek", "complaintsByChannel", "complaintsBySegment")}.get(
            prefix, ("weekly", "byChannel", "bySegment")
        )
        return {
            names[0]: ordered(counted("week", some, lambda one: one.week)),
            names[1]: ordered(counted("channel", some, lambda one: one.channel)),
            names[2]: ordered(counted("segment", some, lambda one: one.segment)),
        }

    alive = [piece for piece in pieces if not piece.dismissed]
    channels = [
        {
            "channel": channel,
            "needs": len({piece.need for piece in alive if piece.said.channel == channel}),
            "evidence": sum(piece.said.channel == channel for piece in alive),
        }
        for channel in {piece.said.channel for piece in alive}
    ]

    def of_need(id: int) -> dict[str, Any]:
        found = split((piece.said for piece in pieces if piece.need == id), "need")
        # weeks in which others spoke count as silent, from the first one on
        silent = {week for week in spoken if id in begun and week >= begun[id]} - {
            row["week"] for row in found["weekly"]
        }
        found["weekly"] = ordered(
            [*found["weekly"], *({"week": week, "complaints": 0, "customers": 0} for week in silent)]
        )
        return found

    return {**split(said, "complaints"), "evidenceByChannel": ordered(channels), "needs": of_need}


async def compare(graph: Graph, since: int | None, until: int | None) -> int:
    """Ask for a part of the time, or for all of it, and count by hand; how many rows there were."""
    variables = {"since": since and from_ms(since).isoformat(), "until": until and from_ms(until).isoformat()}
    if since is not None and until is not None and since > until:
        # each field that takes them says so
        assert {error["extensions"]["code"] for error in await graph.errors(EVERYTHING, variables)} == {"INVALID"}
        return 0
    answer = await graph.ask(EVERYTHING, variables)
    said, pieces = await plain_rows(graph.database)
    wanted = by_hand(said, pieces, since or 0, until or 1 << 60)
    rows = 0
    for name, got in answer.items():
        if name != "needs":
            rows += len(got)
            assert ordered(got) == wanted[name], (name, since, until)
    for need in answer["needs"]["nodes"]:
        id = int(need.pop("id").removeprefix("need_"))
        assert {name: ordered(got) for name, got in need.items()} == wanted["needs"](id), (id, since, until)
    return rows


@pytest.mark.parametrize("seed", [11, 12])
async def test_equal_a_count_by_hand(database: Database, seed: int) -> None:
    graph = Graph(database)
    life = Life(database, seed)
    for _ in range(60):
        await life.step()
    assert await compare(graph, None, None) > 10
    dice = random.Random(seed)
    monday = week_of(START_MS) * WEEK_MS - MONDAY_SHIFT_MS
    moments = [
        *(monday + number * WEEK_MS for number in range(-1, 4)),
        *(START_MS + number * WEEK_MS // 2 + add for number in range(4) for add in (0, 1)),
        *(monday + dice.randrange(4 * WEEK_MS) for _ in range(4)),
    ]
    for _ in range(20):
        await compare(graph, *dice.sample([*moments, None], 2))
    some = [await compare(graph, None, moments[3]), await compare(graph, moments[1], None)]
    assert min(some) > 4


@pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)
async def test_a_time_that_ends_before_it_begins(graph: Graph, world: World) -> None:
    """Whoever takes two times refuses them in the wrong order, wherever they stand, and says what to change."""
    late, early = "2026-02-01", "2026-01-01T12:00:00Z"
    said = "since (2026-02-01) is after until (2026-01-01): exchange them, or leave one of them out."
    asked = ("centricity", "totalCount"), ("complaintsByWeek", "week"), ("answerTimes", "answered")
    for name, shown in asked:
        for document, variables in (
            (f'{{ {name}(since: "{late}", until: "{early}") {{ {shown} }} }}', {}),
            (f"query ($s: DateTimeOrDuration!, $u: DateTimeOrDuration) {{ {name}(since: $s, until: $u) {{ {shown} }} }}",
             {"s": late, "u": early}),
        ):  # fmt: skip
            (error,) = await graph.errors(document, variables)
            assert (error["message"], error["extensions"]) == (said, {"code": "INVALID", "argument": ["since"]})
    (error,) = await graph.errors(
        f'{{ answerTimes(since: "2026-01-01T13:00:00Z", until: "{early}") {{ answered }} }}', {}
    )
    assert error["message"].startswith("since (2026-01-01T13:00:00Z) is after until (2026-01-01T12:00:00Z): ")
    # deep in lists, with nothing to list
    nested = 'weekly(since: "-P1W", until: "-P2W") { week }'
    assert (
        await graph.refusal(f'{{ needs(where: {{ id: {{ eq: "need_999" }} }}) {{ nodes {{ {nested} }} }} }}')
        == "INVALID"
    )
    refused = await run(graph, "listeningSessionStart", "session { size }", {"size": 5, "since": late, "until": early})
    assert only_error(refused) == ("INVALID", ["input", "since"])
    # as far from now is one time, whichever is read first; nothing is said within it, and that is an answer
    for head in (
        '$u: DateTimeOrDuration = "-P1W", $s: DateTimeOrDuration = "-P1W"',
        "$u: DateTimeOrDuration, $s: DateTimeOrDuration",
    ):
        document = f"query ({head}) {{ complaintsByChannel(since: $s, until: $u) {{ channel }} }}"
        given = {} if "=" in head else {"u": "-P7D", "s": "-P1W"}
        for _ in range(3):
            assert await graph.ask(document, given) == {"complaintsByChannel": []}


async def test_over_all_time_no_row_is_scanned(database: Database) -> None:
    graph = Graph(database)
    await Life(database, 1).bring()
    with database.counting() as recorder:
        await graph.ask(EVERYTHING, {})
    assert len(recorder.statements) == 5
    for sql in recorder.statements:
        assert " complaint c" not in sql
        assert " evidence e" not in sql
        assert " support s" not in sql


async def test_order(graph: Graph) -> None:
    data = await graph.ask(
        """{ complaintsByWeek { week complaints customers } complaintsByChannel { channel complaints customers }
             complaintsBySegment { segment complaints customers } evidenceByChannel { channel needs evidence } }"""
    )
    assert data["complaintsByWeek"] == [
        {"week": "2026-01-05", "complaints": 2, "customers": 2},
        {"week": "2026-01-12", "complaints": 3, "customers": 3},
        {"week": "2026-01-19", "complaints": 1, "customers": 1},
        {"week": "2026-02-02", "complaints": 2, "customers": 1},
    ]
    assert data["complaintsByChannel"] == [
        {"channel": "chat", "complaints": 3, "customers": 2},
        {"channel": "review", "complaints": 3, "customers": 3},
        {"channel": "email", "complaints": 2, "customers": 2},
    ]
    assert data["complaintsBySegment"][0] == {"segment": "family", "complaints": 3, "customers": 2}
    assert {"segment": None, "complaints": 2, "customers": 2} in data["complaintsBySegment"]
    assert data["evidenceByChannel"] == [
        {"channel": "chat", "needs": 2, "evidence": 3},
        {"channel": "email", "needs": 1, "evidence": 2},
        {"channel": "review", "needs": 1, "evidence": 2},
    ]
