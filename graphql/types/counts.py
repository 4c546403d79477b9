"""The rows of break-downs: counts by week, channel and segment, out of the roll-ups (`models/migrations/rollups`)."""

from ...models.queries.impact import GAP_WEEKS
from ...models.team import Role
from ..declare import Breakdown, Cells, Column, Crowd, Entity, Scalar
from .plane import rounded

_WEEK = Column(Scalar.DAY, "The Monday it began on (UTC).", sql="{self}.day")
CHANNEL = Column(Scalar.TEXT, "The channel.")
SEGMENT = Column(Scalar.TEXT, "The segment; null for customers without one.", null=True)
COMPLAINTS = Column(Scalar.INT, "Distinct complaints.", crowd=Crowd.CELL)
CUSTOMERS = Column(
    Scalar.INT, "Distinct customers; a complaint of an unknown customer counts as one.", crowd=Crowd.CELL
)

VALUE = Column(
    Scalar.FLOAT,
    "Revenue a year of these customers, each in whole units of the organisation's currency; unknown revenue counts as none.",
    role=Role.CONTRIBUTOR,
)
# of customers `u`; in whole units, so that the sum does not depend on the order of its parts
WORTH = "coalesce(sum(cast(round(cast(u.value as numeric)) as double precision)), 0)"


# the first of up to 26 weeks before that follow no gap in what was imported
_BEGIN = (
    "select coalesce(max(b.week), {self}.week - 26) as week from complaint_week b where b.complaints > 0"
    " and b.week <= {self}.week and b.week > {self}.week - 26 and not exists (select 1 from complaint_week a"
    f" where a.complaints > 0 and a.week < b.week and a.week >= b.week - {GAP_WEEKS})"
)


class NeedWeek(Entity):
    """Complaints that support a need within one week."""

    week = _WEEK
    complaints = COMPLAINTS
    customers = CUSTOMERS
    expected = Column(
        Scalar.FLOAT,
        "Customers whom the need's own past lets one expect in a whole week: the mean of up to 26 weeks before, from the last 4"
        " weeks on in which nobody said anything at all; null where there are fewer than 8, and for READER.",
        sql=rounded(
            "(select case when {self}.week - f.week >= 8 then (select coalesce(sum(p.customers), 0) * 1.0 from need_week p"
            " where p.need_id = {self}.need_id and p.week < {self}.week and p.week >= f.week) / ({self}.week - f.week) end"
            f" from ({_BEGIN}) f)",
            4,
        ),
        null=True,
        crowd=Crowd.HIDDEN,
    )


class NeedChannel(Entity):
    """Complaints that support a need on one channel."""

    channel = CHANNEL
    complaints = COMPLAINTS
    customers = CUSTOMERS
    value_at_stake = VALUE


class NeedSegment(Entity):
    """Complaints that support a need from one segment of customers."""

    segment = SEGMENT
    complaints = COMPLAINTS
    customers = CUSTOMERS
    value_at_stake = VALUE


class AspectWeek(Entity):
    """Complaints that support the needs of an aspect within one week."""

    week = _WEEK
    complaints = COMPLAINTS
    customers = CUSTOMERS
    change = Column(
        Scalar.INT,
        "Complaints more (or, below 0, fewer) than in the week before it; null for the first week of the list, and for READER.",
        null=True,
        crowd=Crowd.HIDDEN,
    )


class AspectChannel(Entity):
    """Complaints that support the needs of an aspect on one channel."""

    channel = CHANNEL
    complaints = COMPLAINTS
    customers = CUSTOMERS


class ComplaintWeek(Entity):
    """Complaints of one week."""

    week = _WEEK
    complaints = COMPLAINTS
    customers = CUSTOMERS


class ComplaintChannel(Entity):
    """Complaints on one channel."""

    channel = CHANNEL
    complaints = COMPLAINTS
    customers = CUSTOMERS


class ComplaintSegment(Entity):
    """Complaints from one segment of customers."""

    segment = SEGMENT
    complaints = COMPLAINTS
    customers = CUSTOMERS


class EvidenceChannel(Entity):
    """Evidence that was found on one channel."""

    channel = CHANNEL
    needs = Column(Scalar.INT, "Distinct needs that it supports.")
    evidence = Column(Scalar.INT, "Spans that support a need, dismissed and expired ones apart.", crowd=Crowd.CELL)


# a pair of need and complaint lies within the time asked for: its whole week does, or else the complaint itself
WITHIN = (
    "(s.week >= {begin} and s.week < {end} or s.week in ({begin} - 1, {end}) and exists (select 1 from complaint c"
    " where c.id = s.complaint_id and c.occurred_at >= {since} and c.occurred_at < {until}))"
)
# what was said before the first whole week, or after the last one
_CUT = (
    "(c.occurred_at >= {since} and c.occurred_at <"
    " case when {until} < {begin} * 604800000 - 259200000 then {until} else {begin} * 604800000 - 259200000 end"
    " or c.occurred_at < {until} and c.occurred_at >="
    " case when {begin} < {end} then {end} else {begin} end * 604800000 - 259200000)"
)
_SEGMENT = "nullif(r.segment, '')"


def cells_of(key: str) -> Cells:
    """What a break-down by this parts customers by."""
    return Cells.CUSTOMERS if key in ("segment", "tier") else Cells.MESSAGES


def _day(key: str, rows: str) -> tuple[str, str]:
    """The column of a week's Monday, in a roll-up and looked up in one."""
    return (", r.day as day", f", (select w.day from {rows}) as day") if key == "week" else ("", "")


_EXPRESSIONS = {
    "segment": ("w.segment", " left join customer w on w.id = s.voice"),
    "tier": ("w.tier", " left join customer w on w.id = s.voice"),
    "product": ("c.product", " join complaint c on c.id = s.complaint_id"),
    "language": ("c.language", " join complaint c on c.id = s.complaint_id"),
}


def by_voice(rows: str, key: str, where: str) -> str:
    """Statement of complaints, customers and their revenue by `key`, out of the rows `s` of `support`.

    Voices are gathered first: a customer's revenue counts once.
    """
    named, join = _EXPRESSIONS.get(key, (f"s.{key}", ""))
    return (
        f"select x.{key} as {key}, sum(x.complaints) as complaints, count(*) as customers, {WORTH} as value_at_stake"
        f" from (select {named} as {key}, s.voice, count(distinct s.complaint_id) as complaints from {rows}{join}"
        f" where {where} group by 1, 2) x left join customer u on u.id = x.voice group by 1"
    )


def of_need(entity: str, description: str, key: str, order: str) -> Breakdown:
    """Complaints that support a need, by the column `key` of the roll-up of the same name."""
    shown = _SEGMENT if key == "segment" else f"r.{key}"
    own = "s.need_id = {self}.id"
    return Breakdown(
        entity,
        description,
        whole=f"select r.need_id as need_id, {shown} as {key}, r.complaints as complaints, r.customers as customers"
        f" from need_{key} r where r.need_id = {{self}}.id and r.complaints > 0",
        part=by_voice("support s", key, f"{own} and {WITHIN}"),
        valued=by_voice("support s", key, own),
        order=order,
        cells=cells_of(key),
    )


def by_week(entity: str, description: str) -> Breakdown:
    """Complaints that support a need week by week, silent weeks included.

    Weeks are those in which anything was said at all: what was never imported is no silence, and one complaint that is
    dated into another century brings no thousands of empty weeks.
    """
    since = (
        "w.complaints > 0 and w.week >="
        " (select min(k.week) from need_week k where k.need_id = {self}.id and k.complaints > 0)"
    )
    return Breakdown(
        entity,
        description,
        whole="select {self}.id as need_id, w.week as week, w.day as day, coalesce(r.complaints, 0) as complaints,"
        " coalesce(r.customers, 0) as customers from complaint_week w left join need_week r"
        f" on r.need_id = {{self}}.id and r.week = w.week where {since}",
        part="select {self}.id as need_id, w.week as week, w.day as day, count(distinct s.complaint_id) as complaints,"
        " count(distinct s.voice) as customers from complaint_week w"
        f" left join support s on s.need_id = {{self}}.id and s.week = w.week and {WITHIN} where {since}"
        " and w.week >= ({since} + 259200000) / 604800000 and w.week <= ({until} + 259199999) / 604800000 group by 2, 3",
        order="week",
        cells=Cells.WEEKS,
    )


def _changing(weeks: str) -> str:
    """Weeks with the change from one to the next; a week that is left out had none."""
    return (
        "select w.week, w.day, w.complaints, w.customers, case when lag(w.week) over o = w.week - 1"
        " then w.complaints - lag(w.complaints) over o when lag(w.week) over o is not null then w.complaints end as change"
        f" from ({weeks}) w window o as (order by w.week)"
    )


def of_aspect(entity: str, description: str, key: str, order: str) -> Breakdown:
    """Complaints that support the needs of an aspect, each once, out of `support`, by its column `key`."""
    _, day = _day(key, "complaint_week w where w.week = s.week")
    counted = (
        f"select s.{key} as {key}{day}, count(distinct s.complaint_id) as complaints, count(distinct s.voice) as customers"
        " from support s join need n on n.id = s.need_id"
        " where n.aspect_id = {self}.id and n.status not in ('MERGED', 'DISMISSED')"
    )
    whole, part = f"{counted} group by 1", f"{counted} and {WITHIN} group by 1"
    if key == "week":
        whole, part = _changing(whole), _changing(part)
    return Breakdown(
        entity,
        description,
        whole=whole,
        part=part,
        order=order,
        cells=cells_of(key),
        kept=False,
    )


def of_all(entity: str, description: str, key: str, order: str) -> Breakdown:
    """All complaints, by the column `key` of the roll-up of the same name."""
    named, join = (
        ("u.segment", " left join customer u on u.id = c.customer_id") if key == "segment" else (f"c.{key}", "")
    )
    shown = _SEGMENT if key == "segment" else f"r.{key}"
    kept, day = _day(key, "complaint_week w where w.week = c.week")
    whole = (
        f"select {shown} as {key}{kept}, r.complaints as complaints, r.customers as customers"
        f" from complaint_{key} r where r.complaints > 0"
    )
    scan = (
        f"select {named} as {key}{day}, count(*) as complaints, count(distinct coalesce(c.customer_id, -c.id)) as customers"
        f" from complaint c{join} where {{where}} group by 1"
    )
    if key == "week":
        part = f"{whole} and r.week >= {{begin}} and r.week < {{end}} union all {scan.format(where=_CUT)}"
    else:
        # a customer may have spoken in several weeks: what was counted week by week cannot be added up
        part = scan.format(where="c.occurred_at >= {since} and c.occurred_at < {until}")
    return Breakdown(entity, description, whole=whole, part=part, order=order, cells=cells_of(key))


_PIECES = (
    "select s.channel as channel, count(distinct s.need_id) as needs, sum(s.pieces) as evidence, count(distinct s.voice) as"
    " customers from support s join need n on n.id = s.need_id where n.status <> 'DISMISSED'"
)


EVIDENCE_BY_CHANNEL = Breakdown(
    "EvidenceChannel",
    "What supports needs by channel, most first; dismissed needs are left out.",
    whole="select r.channel as channel, r.needs as needs, r.evidence as evidence from evidence_channel r where r.needs > 0",
    part=f"{_PIECES} and {WITHIN} group by 1",
    order="evidence desc, channel",
    cells=Cells.MESSAGES,
    crowded=f"{_PIECES} group by 1",
)
