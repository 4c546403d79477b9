"""The customer-centricity index: its parts period by period, of the whole organisation or of every team."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from ..database import Database
from ..dialects import dialect_of
from ..dialects.base import ParameterKind
from ..fields import MONDAY_SHIFT_MS, WEEK_MS, now_ms
from ..invention import LIVE_INVENTIONS
from ..need import NeedStatus
from ..period import Period, in_order, spans
from ..shipment import SHIPPED_INVENTIONS

__all__ = [
    "ANSWERED",
    "CITING",
    "COLUMNS",
    "EXPOSED",
    "FOUND",
    "HELD",
    "JUDGED",
    "LINKED",
    "OUT",
    "RECEIVED",
    "SERVED",
    "UNDECIDED",
    "WAITING",
    "Row",
    "index",
]

DAY_MS = 86_400_000
HOUR_MS = 3_600_000
# from two voices on, whatever became of them since
ACTIVE = "'ACTIVE', 'ADDRESSED', 'RELIEVED', 'REGRESSED'"
LIVE = ", ".join(f"'{status.value}'" for status in LIVE_INVENTIONS)
SHIPPED = ", ".join(f"'{status.value}'" for status in SHIPPED_INVENTIONS)
EMERGING = NeedStatus.EMERGING.value

# conditions on a row `{self}` within the period `{parent}`, which the graph's lists use as well
RECEIVED = "{self}.received_at >= {parent}.began and {self}.received_at < {parent}.ended"
JUDGED = "{self}.received_at < {parent}.judged"
LINKED = (
    "exists (select 1 from evidence e join need n on n.id = e.need_id and n.status <> 'DISMISSED' where e.complaint_id = {self}.id and e.live = true"
    f" and e.created_at <= {{self}}.received_at + {DAY_MS})"
)
ANSWERED = "{self}.answered_at >= {parent}.began and {self}.answered_at < {parent}.ended"
WAITING = "{self}.asked_at >= {parent}.began and {self}.asked_at < {parent}.ended and {self}.status in ('OPEN', 'ACKNOWLEDGED')"
OUT = f"{{self}}.status in ({SHIPPED}) and {{self}}.shipped_at >= {{parent}}.began and {{self}}.shipped_at < {{parent}}.ended"
CITED = (
    "exists (select 1 from citation q join evidence e on e.id = q.evidence_id"
    " where q.invention_id = {self}.id and e.status = '%s')"
)
CITING = CITED % "ACCEPTED"
UNDECIDED = f"not {CITING} and {CITED % 'PENDING'}"
FOUND = "{self}.created_at < {parent}.ended"
HELD = f"{{self}}.status in ({ACTIVE})"
SERVED = (
    "exists (select 1 from claim k join invention i on i.id = k.invention_id"
    f" where k.need_id = {{self}}.id and k.created_at < {{parent}}.ended and i.status in ({LIVE}))"
)
EXPOSED = "{self}.week >= {parent}.first_week and {self}.week < {parent}.end_week"

COLUMNS: Mapping[str, ParameterKind] = {
    "team_id": "int",
    "began": "int",
    "ended": "int",
    "judged": "int",
    "first_week": "int",
    "end_week": "int",
    "received_count": "int",
    "linked_count": "int",
    "unjudged_count": "int",
    "answer_count": "int",
    "waiting_count": "int",
    "median_answer_hours": "float",
    "shipped_count": "int",
    "citing_count": "int",
    "undecided_count": "int",
    "active_count": "int",
    "served_count": "int",
    "emerging_count": "int",
    "complaint_count": "int",
    "active_customers": "float",
    "weeks_missing": "int",
    "linked_share": "float",
    "citing_share": "float",
    "served_share": "float",
    "complaints_per_thousand": "float",
}
"""Of a row, its columns in their order."""

Row = list[int | float | None]


class _Period(NamedTuple):
    id: int
    began: int
    ended: int
    judged: int
    """Up to here 24 hours are over for what was received."""
    first_week: int
    end_week: int
    """Weeks that began in the period, and by now."""


async def index(db: Database, since: int, until: int | None, by: Period, *, by_team: bool) -> list[Row]:
    """Rows of `COLUMNS` by period, and by team where asked; shares 0 to 1 with 4 digits, null of nothing.

    Periods that have not begun are left out. One statement. Raises Invalid for too many periods and where `since` is
    after `until`, and Busy.
    """
    in_order(since, until)
    now = now_ms()
    periods = [
        _Period(
            number,
            began,
            ended,
            max(began, min(ended, now - DAY_MS)),
            _week_from(began),
            _week_from(min(ended, now + 1)),
        )
        for number, (began, ended) in enumerate(spans(since, now if until is None else min(until, now), by), 1)
    ]
    if not periods:
        return []
    kinds: dict[str, ParameterKind] = dict.fromkeys(_Period._fields[1:], "int")
    dialect = dialect_of(db.dialect)
    told = dialect.told(dialect.parameter(1, "json"), kinds)
    counted: dict[tuple[str, int, int | None], tuple[int, int, int, float | None]] = {}
    for part, period, team, *numbers in await db.rows(
        statement(told, by_team=by_team), [json.dumps([one[1:] for one in periods])]
    ):
        counted[part, period, team] = tuple(numbers)  # type: ignore[assignment]
    known = sorted(team for part, _, team in counted if part == "team" and team is not None)
    teams: Sequence[int | None] = known if by_team else (None,)
    return [_row(counted, period, team) for team in teams for period in periods]


def _week_from(moment: int) -> int:
    """Number of the first week that begins at a time or later."""
    return (moment + MONDAY_SHIFT_MS - 1) // WEEK_MS + 1


def _row(
    counted: Mapping[tuple[str, int, int | None], tuple[int, int, int, float | None]], period: _Period, team: int | None
) -> Row:
    none = (0, 0, 0, None)
    received, linked, unjudged, _ = counted.get(("received", period.id, team), none)
    answers, _, _, median = counted.get(("answers", period.id, team), none)
    waiting = counted.get(("waiting", period.id, team), none)[0]
    shipped, citing, undecided, _ = counted.get(("shipped", period.id, team), none)
    active, served, emerging, _ = counted.get(("needs", period.id, team), none)
    said = counted.get(("said", period.id, team), none)[0]
    customers, weeks, _, _ = counted.get(("exposed", period.id, None), none)
    # whose products nobody named hears of no complaints: nothing is known, which is not none
    heard = team is None or counted["team", 0, team][0] > 0
    return [
        team,
        *period[1:],
        *(received, linked, unjudged),
        *(answers, waiting, None if median is None else round(median / HOUR_MS, 4)),
        *(shipped, citing, undecided),
        *(active, served, emerging),
        *(said, float(customers), period.end_week - period.first_week - weeks),
        _share(linked, received),
        _share(citing, shipped),
        _share(served, active),
        _share(1_000 * said, customers) if heard else None,
    ]


def _share(part: int, whole: int) -> float | None:
    return round(part / whole, 4) if whole else None


def statement(periods: str, *, by_team: bool) -> str:
    """SQL of (part, period, team, three counts, a median in milliseconds), where `periods` is a table of `_Period`."""
    team = "{} as team_id" if by_team else "cast(null as bigint) as team_id"

    def on(condition: str, row: str) -> str:
        return condition.format(self=row, parent="p")

    def one(condition: str, row: str) -> str:
        return f"sum(case when {on(condition, row)} then 1 else 0 end)"

    owned = " join team_product o on o.product = c.product" if by_team else ""
    within = "partition by p.id" + (", a.team_id" if by_team else "")
    whose = " join (select distinct k.invention_id, n.team_id from claim k join need n on n.id = k.need_id) g on g.invention_id = {}.id"
    none = "cast(null as double precision)"
    # a team's complaints are counted in its products, everybody's in the roll-up
    said = (
        f"select 'said', p.id, {team.format('o.team_id')}, count(*), 0, 0, {none} from p join exposure x on {on(EXPOSED, 'x')}"
        f" join complaint c on c.occurred_at >= cast(x.week as bigint) * {WEEK_MS} - {MONDAY_SHIFT_MS}"
        f" and c.occurred_at < cast(x.week as bigint) * {WEEK_MS} + {WEEK_MS - MONDAY_SHIFT_MS}{owned} group by 2, 3"
        if by_team
        else f"select 'said', p.id, {team}, cast(sum(w.complaints) as bigint), 0, 0, {none} from p join exposure x on {on(EXPOSED, 'x')}"
        " join complaint_week w on w.week = x.week group by p.id"
    )
    selects = [
        f"select 'received' as part, p.id, {team.format('o.team_id')}, {one(JUDGED, 'c')},"
        f" {one(f'{JUDGED} and {LINKED}', 'c')}, {one(f'not {JUDGED}', 'c')}, {none} as median"
        f" from p join complaint c on {on(RECEIVED, 'c')}{owned} group by 2, 3",
        f"select 'answers', z.id, z.team_id, count(*), 0, 0, cast(avg(case when z.rank in ((z.n + 1) / 2, (z.n + 2) / 2)"
        f" then z.took end) as double precision) from (select p.id, {team.format('a.team_id')}, a.answered_at - a.asked_at as took,"
        f" row_number() over ({within} order by a.answered_at - a.asked_at) as rank, count(*) over ({within}) as n"
        f" from p join escalation_answer a on {on(ANSWERED, 'a')}) z group by z.id, z.team_id",
        f"select 'waiting', p.id, {team.format('q.team_id')}, count(*), 0, 0, {none}"
        f" from p join escalation q on {on(WAITING, 'q')} group by 2, 3",
        f"select 'shipped', p.id, {team.format('g.team_id')}, count(*), {one(CITING, 'v')}, {one(UNDECIDED, 'v')}, {none}"
        f" from p join invention v on {on(OUT, 'v')}{whose.format('v') if by_team else ''} group by 2, 3",
        f"select 'needs', p.id, {team.format('d.team_id')}, {one(HELD, 'd')}, {one(f'{HELD} and {SERVED}', 'd')},"
        f""" {one(f"{{self}}.status = '{EMERGING}'", "d")}, {none} from p join need d on {on(FOUND, "d")} group by 2, 3""",
        said,
        f"select 'exposed', p.id, cast(null as bigint), cast(sum(x.active_customers) as bigint), count(*), 0, {none}"
        f" from p join exposure x on {on(EXPOSED, 'x')} group by p.id",
    ]
    if by_team:
        selects.append(
            "select 'team', 0, t.id, (select count(*) from team_product o where o.team_id = t.id), 0, 0,"
            f" {none} from team t"
        )
    return f"with p as (select * from {periods} y) {' union all '.join(selects)}"
