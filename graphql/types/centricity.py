"""The customer-centricity index: its parts over time, each with its counts and the rows behind them."""

from ...models.period import Period
from ...models.queries.centricity import (
    ANSWERED,
    CITING,
    EXPOSED,
    FOUND,
    HELD,
    JUDGED,
    LINKED,
    OUT,
    RECEIVED,
    SERVED,
    UNDECIDED,
    WAITING,
)
from ..declare import Column, Connection, Entity, Parameter, Scalar

_PRODUCTS = "({parent}.team_id is null or {self}.product in (select o.product from team_product o where o.team_id = {parent}.team_id))"
_TEAMS = "({parent}.team_id is null or {self}.team_id = {parent}.team_id)"
_CLAIMS = (
    "({parent}.team_id is null or {self}.id in (select k.invention_id from claim k join need n on n.id = k.need_id"
    " where n.team_id = {parent}.team_id))"
)
_IN_EXPOSED = "{self}.week in (select x.week from exposure x where " + EXPOSED.replace("{self}", "x") + ")"


def _complaints(description: str, *conditions: str, order: str = "received_at") -> Connection:
    return Connection("Complaint", description, where=" and ".join((*conditions, _PRODUCTS)), order=((order, True),))


def _inventions(description: str, *conditions: str) -> Connection:
    return Connection(
        "Invention", description, where=" and ".join((OUT, *conditions, _CLAIMS)), order=(("shipped_at", True),)
    )


def _needs(description: str, *conditions: str) -> Connection:
    return Connection(
        "Need", description, where=" and ".join((FOUND, *conditions, _TEAMS)), order=(("customer_count", True),)
    )


class Centricity(Entity):
    """How customer-centric the organisation, or a team, was in one period: five parts, which are not made into one number.

    A part of which there is nothing to tell is null, never 0. A team's complaints are those about its products, its needs those
    that it owns, its inventions those that claim one of its needs.
    """

    table = "{centricity}"

    began = Column(Scalar.MOMENT, "When the period began (UTC).", order=True)
    ended = Column(Scalar.MOMENT, "When it ended, or will end: the first moment that is not in it.")
    linked_share = Column(
        Scalar.FLOAT,
        "linkedCount of receivedCount, 0 to 1: complaints that were linked to a need within 24 hours of their receipt.",
        null=True,
    )
    linked_count = Column(
        Scalar.INT,
        "Complaints of receivedCount that were, by evidence that holds still of a need that nobody dismissed.",
    )
    received_count = Column(Scalar.INT, "Complaints received in the period, 24 hours ago or earlier.")
    unjudged_count = Column(Scalar.INT, "Complaints received in the period that are not counted: their 24 hours run.")
    linked_complaints = _complaints("The complaints of linkedCount, last received first.", RECEIVED, JUDGED, LINKED)
    received_complaints = _complaints("The complaints of receivedCount, last received first.", RECEIVED, JUDGED)
    unjudged_complaints = _complaints(
        "The complaints of unjudgedCount, last received first.", RECEIVED, f"not {JUDGED}"
    )
    median_answer_hours = Column(
        Scalar.FLOAT, 'Median hours from a question (the "?") to its answer, of the answers of the period.', null=True
    )
    answer_count = Column(Scalar.INT, "Answers given in the period.")
    waiting_count = Column(Scalar.INT, "Questions asked in the period that still wait for an answer.")
    answers = Connection(
        "EscalationAnswer",
        "The answers of answerCount, latest first.",
        where=f"{ANSWERED} and {_TEAMS}",
        order=(("answered_at", True),),
    )
    waiting_questions = Connection(
        "Escalation",
        "The questions of waitingCount, the earliest due first.",
        where=f"{WAITING} and {_TEAMS}",
        order=(("due_at", False),),
    )
    citing_share = Column(
        Scalar.FLOAT,
        "citingCount of shippedCount, 0 to 1: inventions whose press release cites what is accepted.",
        null=True,
    )
    citing_count = Column(Scalar.INT, "Inventions of shippedCount that cite accepted evidence.")
    shipped_count = Column(Scalar.INT, "Inventions that shipped in the period.")
    undecided_count = Column(
        Scalar.INT,
        "Inventions of shippedCount that cite evidence of which nobody has decided on any, nor accepted other.",
    )
    citing_inventions = _inventions("The inventions of citingCount, last shipped first.", CITING)
    shipped_inventions = _inventions("The inventions of shippedCount, last shipped first.")
    undecided_inventions = _inventions("The inventions of undecidedCount, last shipped first.", UNDECIDED)
    served_share = Column(
        Scalar.FLOAT,
        "servedCount of activeCount, 0 to 1: active needs with a live invention, neither rejected nor withdrawn. History of"
        " states is not kept: it tells of today's states, of needs and claims that were there by the period's end.",
        null=True,
    )
    served_count = Column(Scalar.INT, "Needs of activeCount that a live invention claims to relieve.")
    active_count = Column(
        Scalar.INT, "Needs found by the period's end that are ACTIVE, or became ADDRESSED, RELIEVED or REGRESSED since."
    )
    emerging_count = Column(Scalar.INT, "Needs found by then that are not counted: EMERGING, of a single customer.")
    served_needs = _needs("The needs of servedCount, those with the most customers first.", HELD, SERVED)
    active_needs = _needs("The needs of activeCount, those with the most customers first.", HELD)
    emerging_needs = _needs("The needs of emergingCount.", "{self}.status = 'EMERGING'")
    complaints_per_thousand = Column(
        Scalar.FLOAT,
        "Complaints a week for every 1,000 active customers: complaintCount of activeCustomers, times 1,000. A week belongs to the"
        " period in which it begins. Null for a team without products.",
        null=True,
    )
    complaint_count = Column(
        Scalar.INT, "Complaints that were said in the weeks of the period whose customers are known."
    )
    active_customers = Column(
        Scalar.FLOAT,
        "Active customers of the whole organisation in these weeks, those of each week added up: a whole number, which may be"
        " larger than an Int.",
    )
    weeks_missing = Column(Scalar.INT, "Weeks that began in the period of which nobody told the active customers.")
    counted_complaints = _complaints(
        "The complaints of complaintCount, latest first.", _IN_EXPOSED, order="occurred_at"
    )
    exposures = Connection(
        "Exposure", "The weeks of activeCustomers, latest first.", where=EXPOSED, order=(("began_at", True),)
    )


_TAKES = (
    ("since", Parameter(Scalar.MOMENT, "From the period on that holds this time.", required=True)),
    ("until", Parameter(Scalar.MOMENT, "Only periods that begin before this time; all that have begun unless given.")),
    ("by", Parameter(Period, "How long each is; MONTH unless given.", default=Period.MONTH)),
)
CENTRICITY = Connection(
    "Centricity",
    "The customer-centricity index of the organisation period by period, the earliest first.",
    order=(("began", False),),
    told="centricity",
    takes=_TAKES,
)
CENTRICITY_OF_TEAM = Connection(
    "Centricity",
    "Its customer-centricity index period by period, the earliest first.",
    where="{self}.team_id = {parent}.id",
    order=(("began", False),),
    told="centricity_by_team",
    takes=_TAKES,
)
