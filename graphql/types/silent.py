"""The silent majority: how many have a need, told from how many complained and how readily customers complain."""

from ..declare import Column, Entity, Scalar

# who only spoke against the need, or praised what meets it, lacks nothing
_COMPLAINANTS = "(select count(distinct s.voice) from support s where s.need_id = {self}.id)"
_HOLDS = "(select max(p.id) from propensity p where p.withdrawn_at is null)"


def _of(column: str) -> str:
    return f"(select q.{column} from propensity q where q.id = {_HOLDS})"


def _affected(end: str) -> str:
    return f"cast(round(cast({_COMPLAINANTS} / {_of(end)} as numeric)) as bigint)"


class Propensity(Entity):
    """Which share of affected customers complains, and who says so. The latest that was not withdrawn holds."""

    table = "propensity"
    prefix = "propensity"

    low = Column(Scalar.FLOAT, "Lower end of the share, above 0 to 1.")
    high = Column(Scalar.FLOAT, "Upper end of the share, above 0 to 1.")
    source = Column(Scalar.TEXT, "Who measured it, where and when.", filter=True)
    created_at = Column(Scalar.MOMENT, "When it was told.", filter=True, order=True)
    withdrawn_at = Column(Scalar.MOMENT, "When it was withdrawn.", null=True, filter=True, order=True)


class SilentMajority(Entity):
    """An estimate of how many customers have a need, those who say nothing included."""

    table = "need"
    where = f"{_HOLDS} is not null"

    complainants = Column(
        Scalar.INT,
        "Distinct customers whose words support it; a complaint of an unknown customer counts as one.",
        sql=_COMPLAINANTS,
    )
    affected_low = Column(
        Scalar.FLOAT, "At least so many customers have it: complainants / propensityHigh.", sql=_affected("high")
    )
    affected_high = Column(
        Scalar.FLOAT, "At most so many customers have it: complainants / propensityLow.", sql=_affected("low")
    )
    propensity_low = Column(Scalar.FLOAT, "Lower end of the share of affected customers who complain.", sql=_of("low"))
    propensity_high = Column(Scalar.FLOAT, "Upper end of that share.", sql=_of("high"))
    source = Column(Scalar.TEXT, "Where that share comes from.", sql=_of("source"))
