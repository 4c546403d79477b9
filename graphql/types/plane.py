"""The Prime plane and white space, in SQL: what the fields of inventions and needs are made of.

A customer's weight is the number of digits of their reach: 1 up to nine people, 4 for five thousand; 1 where it is unknown.
Needs count as active from two voices on, whatever became of them since.
"""

from ...models.invention import LIVE_INVENTIONS
from ..declare import Column, Entity, One, Scalar
from .survey import OF_NEED, SURVEYED

FAR = 0.4
"""Ask distance from which nobody asked: no ask has a cosine above 0.6 to the mechanism."""

_WEIGHT = "case when u.reach is null then 1 else length(cast(u.reach as text)) end"
ACTIVE = "'ACTIVE', 'ADDRESSED', 'RELIEVED', 'REGRESSED'"
_COUNTED = "e.status = 'ACCEPTED' and e.stance = 'SUPPORTS'"
_EVIDENCE = (
    f"evidence e join need n on n.id = e.need_id and n.status in ({ACTIVE}) left join customer u on u.id = e.voice"
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
    f" join need n on n.id = e.need_id and n.status in ({ACTIVE}) left join customer u on u.id = e.voice"
    f" where k.invention_id = {{self}}.id and {_COUNTED})"
    f" / nullif((select sum({_WEIGHT}) from {_EVIDENCE} where {_COUNTED}), 0), 0)"
)
_CLAIMED = f"select 1 from claim k join need n on n.id = k.need_id and n.status in ({ACTIVE})"
_SAID = (
    f"{_CLAIMED} join evidence e on e.need_id = k.need_id where k.invention_id = {{self}}.id and e.stance = 'SUPPORTS'"
)
COVERAGE_BASIS = (
    "case when not exists (select 1 from claim k where k.invention_id = {self}.id) then 'NO_CLAIM'"
    f" when not exists ({_CLAIMED} where k.invention_id = {{self}}.id) then 'NOT_ACTIVE'"
    f" when exists ({_SAID} and e.status = 'ACCEPTED') then 'ACCEPTED'"
    f" when exists ({_SAID} and e.status = 'PENDING') then 'UNDECIDED' else 'NO_EVIDENCE' end"
)
_NEEDS = f"(select count(distinct e.need_id) from {_EVIDENCE} where {_COUNTED})"
# as much as one average need, half relieved
NEEDED = f"{COVERAGE} * {_NEEDS} >= 0.5"
# while evidence waits for a decision, all customers of its needs, decided or not, tell whether many may need it
_MAY_BE_NEEDED = (
    f"exists ({_SAID} and e.status = 'PENDING') and 2 * {{claimed}} *"
    f" (select count(*) from need n where n.status in ({ACTIVE}))"
    f" >= (select sum(n.customer_count) from need n where n.status in ({ACTIVE}))"
).replace(
    "{claimed}",
    rounded(
        f"(select sum(k.relief * n.customer_count) from claim k join need n on n.id = k.need_id and n.status in ({ACTIVE})"
        " where k.invention_id = {self}.id)"
    ),
)
QUADRANT = (
    f"case when {COVERAGE_BASIS} in ('NO_CLAIM', 'UNDECIDED') then null"
    f" when {NEEDED} then case when {ASK_DISTANCE} >= {FAR} then 'PRIME' else 'REQUESTED' end"
    f" when {_MAY_BE_NEEDED} then null"
    f" when {ASK_DISTANCE} >= {FAR} then 'PET_PROJECT' else 'LOUD_MINORITY' end"
)

# answers about a need that was merged count for the need that it became; a share of a handful of answers tells nothing
LEAST_ANSWERS = 5
_ANSWERED = f"(select {{}} from survey_answer a where {OF_NEED.format(row='a', need='{self}')} having count(*) >= {LEAST_ANSWERS})"


def _rated(rating: str) -> str:
    """Ten times the share of answers that rate it 4 or 5; null where there are too few."""
    return _ANSWERED.replace("{}", f"10.0 * sum(case when a.{rating} >= 4 then 1 else 0 end) / count(*)")


def _active(sql: str) -> str:
    return f"case when {{self}}.status = 'ACTIVE' then {sql} end"


def _told(sql: str) -> str:
    """Of ACTIVE needs, and of those that customers were asked about: whether what shipped meets them is told by that alone."""
    return (
        "case when {self}.status = 'ACTIVE' or {self}.status not in ('MERGED', 'DISMISSED')"
        f" and {SURVEYED} >= {LEAST_ANSWERS} then {sql} end"
    )


# ranks and shares out of what is kept with each need (`models/standing.py`): a list looks at needs alone
# joined once a list, however many needs it shows or is ordered by
STANDING = "(select o.id, 10 * cume_dist() over (order by o.pull) as importance from need o where o.status = 'ACTIVE')"
_IMPORTANCE = rounded(f"coalesce({_rated('importance')}, {{standing}}.importance)", 4)
_SATISFACTION = rounded(
    f"coalesce({_rated('satisfaction')}, 10.0 * {{self}}.glad_count"
    " / case {self}.voice_count when 0 then 1 else {self}.voice_count end)",
    4,
)
_OPPORTUNITY = (
    f"({_IMPORTANCE} + case when {_IMPORTANCE} > {_SATISFACTION} then {_IMPORTANCE} - {_SATISFACTION} else 0 end)"
)
IMPORTANCE = _told(_IMPORTANCE)
SATISFACTION = _told(_SATISFACTION)
BASIS = f"case when {SURVEYED} >= {LEAST_ANSWERS} then 'SURVEY' else 'PROXY' end"
OPPORTUNITY = _told(rounded(_OPPORTUNITY, 4))
_LIVE = ", ".join(f"'{status.value}'" for status in LIVE_INVENTIONS)
SERVED = (
    "coalesce((select max(k.relief) from claim k join invention i on i.id = k.invention_id"
    f" where k.need_id = {{self}}.id and i.status in ({_LIVE})), 0)"
)
WHITE_SPACE = _active(
    rounded(
        f"{_OPPORTUNITY} * (1 - {{self}}.asking_count * 1.0"
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
