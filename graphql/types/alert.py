"""Alerts, and which needs rise, fall or are new."""

from ...models.alert import AlertKind, Direction
from ...models.team import Role
from ..declare import Column, Connection, Crowd, Entity, One, Parameter, Scalar, Through

_EXPECTED = "Customers whom the need's own weeks before let one expect"


class Alert(Entity):
    """That a need was heard of more than its past lets one expect, or by people who reach many. At most one of each
    kind a need and week."""

    table = "alert"
    prefix = "alert"

    kind = Column(AlertKind, "Why it was raised.", filter=True)
    week = Column(Scalar.DAY, "The Monday on which its week began (UTC).", sql="{self}.day")
    observed = Column(
        Scalar.INT,
        "Distinct customers heard in the week, as far as it had gone.",
        filter=True,
        order=True,
        crowd=Crowd.STEPPED,
    )
    expected = Column(
        Scalar.FLOAT,
        f"{_EXPECTED} in the whole week; null where there are fewer than 8 weeks before, or since a gap of 4, and for READER.",
        null=True,
        crowd=Crowd.HIDDEN,
    )
    p_value = Column(
        Scalar.FLOAT,
        "Probability of as many customers or more, had nothing changed: beta-binomial, of all who were heard in the week and up to"
        " 26 before, with the spread of all needs, or the need's own where that is larger. Null for READER, as `expected` is.",
        null=True,
        filter=True,
        order=True,
        crowd=Crowd.HIDDEN,
    )
    false_discovery = Column(
        Scalar.FLOAT,
        "The p-value, adjusted for all needs that were looked at in the week (Benjamini and Hochberg). A SURGE has at most 0.05. Null"
        " for READER.",
        null=True,
        crowd=Crowd.HIDDEN,
    )
    reach = Column(
        Scalar.FLOAT,
        "People reached by the customers whose words of the week are severe (4 or 5).",
        filter=True,
        order=True,
        role=Role.CONTRIBUTOR,
    )
    raised_at = Column(Scalar.MOMENT, "When it was raised.", filter=True, order=True)
    need = One("Need", "The need.", key="need_id", filter=True)
    complaints = Connection(
        "Complaint",
        "What was said in the week that supports the need, latest first.",
        where="{self}.week = {parent}.week"
        " and {self}.id in (select s.complaint_id from support s where s.need_id = {parent}.need_id and s.week = {parent}.week)",
        order=(("occurred_at", True),),
    )


class NeedMovement(Entity):
    """How a need moved since a time, against the weeks before it."""

    table = "{movement}"

    direction = Column(
        Direction,
        "Whether it rises, falls or is new; STEADY where chance explains the difference.",
        filter=True,
    )
    observed = Column(
        Scalar.INT,
        "Distinct customers heard in each week since, added up.",
        filter=True,
        order=True,
        crowd=Crowd.STEPPED,
    )
    expected = Column(
        Scalar.FLOAT,
        f"{_EXPECTED} in as many; null where it is new, and for READER.",
        null=True,
        order=True,
        crowd=Crowd.HIDDEN,
    )
    p_value = Column(
        Scalar.FLOAT,
        "Probability of a difference as large, either way, had nothing changed; null where it is new, and for READER.",
        null=True,
        order=True,
        crowd=Crowd.HIDDEN,
    )
    false_discovery = Column(
        Scalar.FLOAT,
        "The p-value, adjusted for all needs (Benjamini and Hochberg): at most 0.05 where it rises or falls. Null for READER.",
        null=True,
        order=True,
        crowd=Crowd.HIDDEN,
    )
    need = One("Need", "The need.", key="need_id", filter=True)


ALERTS = Connection("Alert", "Alerts, latest first.", order=(("raised_at", True),))
OF_NEED = Connection(
    "Alert", "Its alerts, latest first.", where="{self}.need_id = {parent}.id", order=(("raised_at", True),)
)
MOVEMENTS = Connection(
    "Need",
    "How every need moved since a time, surest first: in whole weeks, from the one that holds it to the latest that was heard to"
    " its Sunday, against up to 26 weeks before, of which there must be 8 since the last 4 in which nobody said anything.",
    through=Through("NeedMovement", "need"),
    told="movement",
    takes=(("since", Parameter(Scalar.MOMENT, "The time since which.", required=True)),),
)
