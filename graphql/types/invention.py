"""What is proposed, asked for or not."""

from ...models.invention import Door, InventionStatus, Origin
from ...models.plane import CoverageBasis, Quadrant
from ..declare import Column, Connection, Entity, One, Scalar, Through
from .plane import ACTIVE, ASK_DISTANCE, COVERAGE, COVERAGE_BASIS, QUADRANT
from .stake import HEARD, at_stake, sums


class Invention(Entity):
    """A proposed answer to one or more needs."""

    table = "invention"
    prefix = "invention"

    title = Column(Scalar.TEXT, "Its name, at most 200 characters.", filter=True, order=True, searched=True)
    mechanism = Column(Scalar.TEXT, "How it would work, in plain words.", filter=True, searched=True)
    status = Column(InventionStatus, "Where the proposal stands.", filter=True)
    door = Column(Door, "Whether the decision can be taken back.", filter=True)
    origin = Column(
        Origin, "What started it: customers' words, a competitor, or something else.", null=True, filter=True
    )
    created_at = Column(Scalar.MOMENT, "When it was proposed.", filter=True, order=True)
    updated_at = Column(Scalar.MOMENT, "When it last changed.", filter=True, order=True)
    version = Column(Scalar.INT, "Goes up with every change; send it along when you change it.")
    reviewers_needed = Column(
        Scalar.INT,
        "How many reviewers must approve it: 2 through a ONE_WAY door or where no member proposed it, or else 1.",
        sql="case when {self}.door = 'ONE_WAY' or {self}.proposer_id is null then 2 else 1 end",
    )
    approvals = Column(
        Scalar.INT,
        "How many reviewers approved it as it stands.",
        sql="(select count(distinct r.reviewer_id) from review r where r.invention_id = {self}.id"
        " and r.verdict = 'APPROVE' and r.version >= {self}.review_from)",
    )
    ask_distance = Column(
        Scalar.FLOAT,
        "How far it is from what anybody asked for, 0 to 1: 1 less the greatest cosine between an ask and its mechanism.",
        sql=ASK_DISTANCE,
        filter=True,
        order=True,
    )
    coverage = Column(
        Scalar.FLOAT,
        "Share of what customers lack that it would relieve, 0 to 1: over the accepted evidence of all active needs, the"
        " mean of confidence times claimed relief, weighted by customer. A customer weighs the digits of their reach.",
        sql=COVERAGE,
        filter=True,
        order=True,
    )
    coverage_basis = Column(
        CoverageBasis, "What its coverage is computed from, or why it is 0 and what to do about it.", sql=COVERAGE_BASIS
    )
    quadrant = Column(
        Quadrant,
        "Its place on the plane of ask distance and coverage. Nobody asked from a distance of 0.4 on; many need it where it"
        " covers as much as one average need, half relieved. Null while nobody can tell: it claims no need, nobody has accepted"
        " evidence of its needs, or few need it by what is decided, but evidence of its needs is undecided and as many customers are"
        " behind them as half of an average need's.",
        sql=QUADRANT,
        null=True,
    )
    shipped_at = Column(Scalar.MOMENT, "Since when it is in customers' hands.", null=True, filter=True, order=True)
    shipment = One("Shipment", "That it is in customers' hands; null before.", key="id", null=True)
    customer_count = Column(
        Scalar.INT,
        "Distinct customers behind the needs that it claims to relieve; a complaint of an unknown customer counts as one.",
        sql=HEARD,
        order=True,
    )
    value_at_stake, reach = sums("Invention")
    by_segment = at_stake("Invention", "segment")
    by_tier = at_stake("Invention", "tier")
    by_channel = at_stake("Invention", "channel")
    by_product = at_stake("Invention", "product")
    by_language = at_stake("Invention", "language")
    proposer = One("Member", "Who proposed it.", key="proposer_id", null=True, filter=True)
    press_release = One("PressRelease", "Its press release, with the evidence it rests on.", key="id")
    nearest_asks = Connection(
        "Ask",
        "The asks that make its ask distance, nearest first, at most 10.",
        where="{self}.invention_id = {parent}.id",
        through=Through("NearAsk", "ask"),
        order=(("nearness", True),),
    )
    evidence = Connection(
        "Complaint",
        "The accepted evidence of the active needs it claims, those that were addressed, relieved or regressed among them,"
        " surest first: what makes its coverage.",
        where="{self}.need_id in (select k.need_id from claim k join need n on n.id = k.need_id"
        f" where k.invention_id = {{parent}}.id and n.status in ({ACTIVE})) and {{self}}.stance = 'SUPPORTS'",
        through=Through("Evidence", "complaint"),
        order=(("confidence", True), ("id", False)),
        default="{self}.status = 'ACCEPTED'",
        default_unless="status",
    )
    supporter_count = Column(
        Scalar.INT,
        "How many members stand for it, its proposer apart.",
        sql="(select count(*) from supporter p where p.invention_id = {self}.id)",
        filter=True,
        order=True,
    )
    supporters = Connection(
        "Member",
        "Who stands for it, the first one first.",
        where="{self}.invention_id = {parent}.id",
        through=Through("Supporter", "member"),
        order=(("created_at", False),),
    )
    comments = Connection(
        "Comment",
        "What members say of it, in order.",
        where="{self}.invention_id = {parent}.id",
        order=(("created_at", False),),
    )
    faq = Connection(
        "FaqEntry",
        "Questions and answers, external and internal, in their order.",
        where="{self}.invention_id = {parent}.id",
        order=(("position", False),),
    )
    revisions = Connection(
        "Revision",
        "Every change of what it says, latest first.",
        where="{self}.invention_id = {parent}.id",
        order=(("number", True),),
    )
    reviews = Connection(
        "Review",
        "What reviewers decided, latest first.",
        where="{self}.invention_id = {parent}.id",
        order=(("created_at", True),),
    )
    needs = Connection(
        "Need",
        "The needs it claims to relieve, greatest relief first.",
        where="{self}.invention_id = {parent}.id",
        through=Through("Claim", "need"),
        order=(("relief", True),),
    )


class Claim(Entity):
    """The link from an invention to a need that it means to relieve."""

    table = "claim"
    prefix = "claim"

    relief = Column(Scalar.FLOAT, "Share of the need that it claims to relieve, 0 to 1.", filter=True, order=True)
    rationale = Column(Scalar.TEXT, "Why it would.", filter=True)
    created_at = Column(Scalar.MOMENT, "When the claim was made.", filter=True, order=True)
    invention = One("Invention", "The proposal.", key="invention_id", filter=True)
    need = One("Need", "The need.", key="need_id", filter=True)
