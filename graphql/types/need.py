"""What customers lack."""

from ...models.need import NeedStatus, StatementBasis
from ...models.plane import OpportunityBasis
from ..declare import Column, Connection, Entity, Join, One, Scalar, Through
from .alert import OF_NEED
from .counts import by_week, of_need
from .mention import COMPETITORS
from .plane import BASIS, IMPORTANCE, OPPORTUNITY, SATISFACTION, STANDING, WHITE_SPACE
from .stake import at_stake, sums
from .survey import ANSWERS, SURVEYED
from .voice import INVOLVED_TEAMS, TEAM_COUNT


class Need(Entity):
    """A solution-free lack or desired outcome that several customers share."""

    table = "need"
    prefix = "need"
    alias_of = "merged_into_id"

    standing = Join(STANDING, "id", null=True)

    statement = Column(Scalar.TEXT, "The need in one sentence.", filter=True, order=True, searched=True)
    statement_basis = Column(
        StatementBasis, "Whether the sentence was built, quoted or written by a person.", filter=True
    )
    status = Column(NeedStatus, "Where the need stands.", filter=True)
    confidence = Column(Scalar.FLOAT, "How sure it is that this is one real need, 0 to 1.", filter=True, order=True)
    confirmed = Column(Scalar.BOOLEAN, "Whether a curator has confirmed it.", filter=True)
    dismissal_reason = Column(Scalar.TEXT, "Why a curator dismissed it, where one did.", null=True)
    key_phrases = Column(Scalar.TEXTS, "Words that tell this need from its neighbours.")
    evidence_count = Column(
        Scalar.INT, "Spans that are evidence, dismissed and expired ones apart.", filter=True, order=True
    )
    customer_count = Column(
        Scalar.INT,
        "Distinct customers whose words support it; a complaint of an unknown customer counts as one.",
        filter=True,
        order=True,
    )
    asking_count = Column(Scalar.INT, "Those of its customers who asked for a solution.", filter=True, order=True)
    asked_ratio = Column(
        Scalar.FLOAT,
        "Share of its customers who asked for a solution, 0 (nobody asked) to 1.",
        sql="round({self}.asking_count * 1.0 / case {self}.customer_count when 0 then 1 else {self}.customer_count end, 4)",
        filter=True,
        order=True,
    )
    value_at_stake, reach = sums("Need")
    importance = Column(
        Scalar.FLOAT,
        "How much it matters, above 0 to 10: its rank among ACTIVE needs by the sum over its customers of weight (the digits of"
        " their reach), severity and recency (halved in 90 days); from surveys ten times the share who rate it 4 or 5. Null"
        " where it is not ACTIVE, but for a survey.",
        sql=IMPORTANCE,
        null=True,
    )
    satisfaction = Column(
        Scalar.FLOAT,
        "How far it is met, 0 to 10: the share of all who speak of it with praise or contradicting words; from surveys ten times the"
        " share who rate it 4 or 5. Null where it is not ACTIVE, but for a survey.",
        sql=SATISFACTION,
        null=True,
    )
    opportunity = Column(
        Scalar.FLOAT,
        "importance + max(importance - satisfaction, 0), 0 to 20 (Ulwick). Null where it is not ACTIVE, but for a survey.",
        sql=OPPORTUNITY,
        null=True,
    )
    opportunity_basis = Column(OpportunityBasis, "What its opportunity is computed from.", sql=BASIS)
    survey_count = Column(Scalar.INT, "Answers of surveys about it.", sql=SURVEYED)
    white_space = Column(
        Scalar.FLOAT,
        "opportunity x (1 - askedRatio) x (1 - the greatest relief that a live invention claims). Null unless it is ACTIVE.",
        sql=WHITE_SPACE,
        null=True,
        order=True,
    )
    first_at = Column(Scalar.MOMENT, "When the first of its evidence was said.", null=True, filter=True, order=True)
    last_at = Column(Scalar.MOMENT, "When the latest of its evidence was said.", null=True, filter=True, order=True)
    created_at = Column(Scalar.MOMENT, "When this need was first found.", filter=True, order=True)
    updated_at = Column(Scalar.MOMENT, "When it last changed.", filter=True, order=True)
    version = Column(Scalar.INT, "Goes up with every change that a person makes; send it along when you change it.")
    team = One("Team", "The team that owns it.", key="team_id", null=True, filter=True)
    aspect = One(
        "Aspect", "What it is about; null where it is like no others.", key="aspect_id", null=True, filter=True
    )
    evidence = Connection(
        "Complaint",
        "The complaints behind it, with the very words on each edge, surest first; a complaint comes once for each of its parts that tells of the need.",
        where="{self}.need_id = {parent}.id",
        through=Through("Evidence", "complaint"),
        order=(("confidence", True), ("id", False)),
        indexed=True,
        default="{self}.live = true",
        default_unless="status",
        count="{parent}.evidence_count",
    )
    inventions = Connection(
        "Invention",
        "Proposals that claim to relieve it.",
        where="{self}.need_id = {parent}.id",
        through=Through("Claim", "invention"),
        order=(("relief", True),),
        default="{invention}.status <> 'WITHDRAWN'",
    )
    survey_answers = ANSWERS
    team_count = Column(
        Scalar.INT,
        "Teams about whose products at least two customers complained; from 2 on it is nobody's alone.",
        sql=TEAM_COUNT,
        filter=True,
        order=True,
    )
    involved_teams = INVOLVED_TEAMS
    comments = Connection(
        "Comment",
        "What members say of it, in order.",
        where="{self}.need_id = {parent}.id",
        order=(("created_at", False),),
    )
    escalations = Connection(
        "Escalation",
        "Questions about it, and about complaints that were routed by it, latest first.",
        where="{self}.need_id = {parent}.id",
        order=(("raised_at", True),),
    )
    alerts = OF_NEED
    weekly = by_week(
        "NeedWeek",
        "Complaints that support it week by week, from the first one on: silent weeks count none, and weeks in which nobody"
        " said anything about anything are left out.",
    )
    by_channel = of_need(
        "NeedChannel", "Complaints that support it by channel, most first.", "channel", "complaints desc, channel"
    )
    by_segment = of_need(
        "NeedSegment",
        "Complaints that support it by customer segment, most first.",
        "segment",
        "complaints desc, segment is null, segment",
    )
    by_tier = at_stake("Need", "tier")
    by_product = at_stake("Need", "product")
    by_language = at_stake("Need", "language")
    silent_majority = One(
        "SilentMajority",
        "How many customers have it, those who say nothing included; null unless somebody told, with a source, how readily"
        " customers complain.",
        key="id",
        null=True,
    )
    impacts = Connection(
        "Impact",
        "What shipped inventions did to the complaints about it.",
        where="{self}.need_id = {parent}.id",
    )
    competitors = COMPETITORS
