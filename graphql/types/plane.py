"""The Prime plane and white space, in SQL: what the fields of inventions and needs are made of.

A customer's weight is the number of digits of their reach: 1 up to nine people, 4 for five thousand; 1 where it is unknown.
Needs count as active from two voices on, whatever became of them since.
"""

from ...models.invention import LIVE_INVENTIONS
from ..declare import Column, Entity, One, Scalar
from .survey import SURVEYED

FAR = 0.4
"""Ask distance from which nobody asked: no ask has a cosine above 0.6 to the mechanism."""

_WEIGHT = "case when u.reach is null then 1 else length(cast(u.reach as text)) end"
_ACTIVE = "'ACTIVE', 'ADDRESSED', 'RELIEVED', 'REGRESSED'"
_COUNTED = "e.status = 'ACCEPTED' and e.stance = 'SUPPORTS'"
_EVIDENCE = (
    f"evidence e join need n on n.id = e.need_id and n.status in ({_ACTIVE}) left join customer u on u.id = e.voice"
)


def rounded(sql: str, digits: int = 6) -> str:
    """A float that both databases write alike, so that cursors compare exactly."""
    return f"cast(round(cast({sql} as numeric), {digits}) as double precision)"


ASK_DISTANCE = rounded(
    "1 - coalesce((select max(a.similarity) from {asked} a join span s on s.id = a.ask_id and s.kind = 'ASK'"
    " where a.invention_id = {self}.id), 0)"
)
COVERAGE = rounded(
    f"coalesce((select sum(({_WEIGHT}) * e.confidence * k.relief) from claim k join evidence e on e.need_id = k.need_id"
    f" join need n on n.id = e.need_id and n.status in ({_ACTIVE}) left join customer u on u.id = e.voice"
    f" where k.invention_id = {{self}}.id and {_COUNTED})"
    f" / nullif((select sum({_WEIGHT}) from {_EVIDENCE} where {_COUNTED}), 0), 0)"
)
_NEEDS = f"(select count(distinct e.need_id) from {_EVIDENCE} where {_COUNTED})"
# as much as one average need, half relieved
NEEDED = f"{COVERAGE} * {_NEEDS} >= 0.5"
QUADRANT = (
    f"case when {ASK_DISTANCE} >= {FAR} then case when {NEEDED} then 'PRIME' else 'PET_PROJECT' end"
    f" else case when {NEEDED} then 'REQUESTED' else 'LOUD_MINORITY' end end"
)

# every ACTIVE need with its importance and satisfaction, 0 to 10; recency is counted from the latest complaint
_QUARTER_MS = 90 * 86_400_000.0
# answers about a need that was merged count for the need that it became; a share of a handful of answers tells nothing
LEAST_ANSWERS = 5
_SURVEYS = (
    "(select coalesce(m.merged_into_id, m.id) as id,"
    " 10.0 * sum(case when a.importance >= 4 then 1 else 0 end) / count(*) as importance,"
    " 10.0 * sum(case when a.satisfaction >= 4 then 1 else 0 end) / count(*) as satisfaction"
    " from survey_answer a join need m on m.id = a.need_id group by coalesce(m.merged_into_id, m.id)"
    f" having count(*) >= {LEAST_ANSWERS})"
)
_VOICES = (
    "select e.need_id, e.voice,"
    f" max(case when e.stance = 'SUPPORTS' then ({_WEIGHT}) * coalesce(c.severity, 3)"
    f" / (1 + ((select max(occurred_at) from complaint) - c.occurred_at) / {_QUARTER_MS}) else 0 end) as pull,"
    " max(case when e.stance = 'CONTRADICTS' or s.kind = 'PRAISE' then 1 else 0 end) as glad"
    " from evidence e join need n on n.id = e.need_id and n.status = 'ACTIVE' join complaint c on c.id = e.complaint_id"
    " join span s on s.id = e.span_id left join customer u on u.id = e.voice where e.live = true group by e.need_id, e.voice"
)
_PROXIES = (
    "(select v.need_id as id, 10 * cume_dist() over (order by sum(v.pull)) as importance,"
    f" 10.0 * sum(v.glad) / count(*) as satisfaction from ({_VOICES}) v group by v.need_id)"
)
STANDING = (
    f"(select p.id, {rounded('coalesce(q.importance, p.importance)', 4)} as importance,"
    f" {rounded('coalesce(q.satisfaction, p.satisfaction)', 4)} as satisfaction"
    f" from {_PROXIES} p left join {_SURVEYS} q on q.id = p.id)"
)


def standing(sql: str) -> str:
    """A value of the need's own row of `STANDING`; null where the need is not ACTIVE."""
    return f"(select {sql} from {STANDING} o where o.id = {{self}}.id)"


_OPPORTUNITY = "o.importance + case when o.importance > o.satisfaction then o.importance - o.satisfaction else 0 end"
IMPORTANCE = standing("o.importance")
SATISFACTION = standing("o.satisfaction")
BASIS = f"case when {SURVEYED} >= {LEAST_ANSWERS} then 'SURVEY' else 'PROXY' end"
OPPORTUNITY = standing(rounded(_OPPORTUNITY, 4))
_LIVE = ", ".join(f"'{status.value}'" for status in LIVE_INVENTIONS)
SERVED = (
    "coalesce((select max(k.relief) from claim k join invention i on i.id = k.invention_id"
    f" where k.need_id = {{self}}.id and i.status in ({_LIVE})), 0)"
)
WHITE_SPACE = standing(
    rounded(
        f"({_OPPORTUNITY}) * (1 - {{self}}.asking_count * 1.0"
        f" / case {{self}}.customer_count when 0 then 1 else {{self}}.customer_count end) * (1 - {SERVED})",
        4,
    )
)


class NearAsk(Entity):
    """That an ask comes near to an invention."""

    table = "{asked}"
    # what the mind holds may be gone, or be no ask any more
    where = "exists (select 1 from span s where s.id = {self}.ask_id and s.kind = 'ASK')"

    nearness = Column(
        Scalar.FLOAT,
        "Cosine between the ask and the mechanism, 0 to 1.",
        sql="{self}.similarity",
        filter=True,
        order=True,
    )
    ask = One("Ask", "What the customer asked for.", key="ask_id")
    invention = One("Invention", "The invention.", key="invention_id")
