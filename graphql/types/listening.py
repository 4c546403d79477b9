"""Leaders who listen: samples of complaints, heard marks, notes."""

from ...models.listening import Allocation, Strata
from ...models.team import Role
from ..declare import Breakdown, Cells, Column, Connection, Entity, One, Scalar, Through
from .plane import rounded

_DRAWS = "from listening_draw d where d.session_id = {self}.id"
_OF_MEMBER = "from listening_draw d join listening_session q on q.id = d.session_id where q.member_id = {self}.id"
HEARD_COUNT = f"(select count(d.heard_at) {_OF_MEMBER})"
LISTENED_HOURS = rounded(f"(select coalesce(sum(d.listened_ms), 0) / 3600000.0 {_OF_MEMBER})", 4)
_STRATUM = "nullif({self}.stratum, '')"


class ListeningStratum(Entity):
    """A part of the complaints, and how many of it were drawn."""

    # strata may be segments of customers
    least_role = Role.CONTRIBUTOR

    stratum = Column(Scalar.TEXT, "What they have in common; null where they have no value, or are pooled.", null=True)
    pooled = Column(Scalar.BOOLEAN, "Whether several small parts were put together.")
    population = Column(Scalar.INT, "Complaints in it.")
    drawn = Column(Scalar.INT, "Complaints drawn.")
    probability = Column(Scalar.FLOAT, "With which each of its complaints was drawn.")


class ListeningSession(Entity):
    """A sample of complaints that a member listens to, drawn by lot."""

    table = "listening_session"
    prefix = "session"

    size = Column(Scalar.INT, "Complaints drawn: as many as asked for, or all there are.")
    population = Column(Scalar.INT, "Complaints that it was drawn from.")
    strata = Column(Strata, "By what they were parted before the draw.", filter=True)
    allocation = Column(Allocation, "How many were drawn from each part.")
    since = Column(Scalar.MOMENT, "Only what was said from this time on was drawn from, where there is one.", null=True)
    until = Column(Scalar.MOMENT, "Only what was said before this time was drawn from, where there is one.", null=True)
    seed = Column(
        Scalar.TEXT,
        "What the draw was made with: over the same complaints it draws the same again.",
        sql="cast({self}.seed as text)",
    )
    started_at = Column(Scalar.MOMENT, "When it was drawn.", filter=True, order=True)
    heard_count = Column(Scalar.INT, "Complaints that were heard.", sql=f"(select count(d.heard_at) {_DRAWS})")
    listened_hours = Column(
        Scalar.FLOAT,
        "Hours of listening: from one mark of its member to the next, in whatever session, at most 10 minutes each.",
        sql=rounded(f"(select coalesce(sum(d.listened_ms), 0) / 3600000.0 {_DRAWS})", 4),
    )
    member = One("Member", "Who listens.", key="member_id", filter=True)
    drawn = Breakdown(
        "ListeningStratum",
        "The parts that it was drawn from, with the probability of each, the largest first.",
        whole="select min(nullif(d.stratum, '')) as stratum, d.pooled as pooled, max(d.stratum_size) as population,"
        f" count(*) as drawn, max(d.probability) as probability {_DRAWS} group by d.stratum, d.pooled",
        part="select min(nullif(d.stratum, '')) as stratum, d.pooled as pooled, max(d.stratum_size) as population,"
        " count(*) as drawn, max(d.probability) as probability from listening_draw d join complaint c"
        " on c.id = d.complaint_id where d.session_id = {self}.id and c.occurred_at >= {since}"
        " and c.occurred_at < {until} group by d.stratum, d.pooled",
        order="population desc, stratum is null, stratum, pooled",
        cells=Cells.NOBODY,
    )
    complaints = Connection(
        "Complaint",
        "What was drawn, in the order of the lot.",
        where="{self}.session_id = {parent}.id",
        through=Through("ListeningDraw", "complaint"),
        order=(("position", False),),
    )


class ListeningDraw(Entity):
    """One complaint of a sample."""

    table = "listening_draw"
    prefix = "draw"

    position = Column(Scalar.INT, "Its place in the sample, from 1, by lot.", filter=True, order=True)
    stratum = Column(
        Scalar.TEXT,
        "The part that it was drawn from; null where it has no value there, or the part is pooled.",
        sql=_STRATUM,
        null=True,
        role=Role.CONTRIBUTOR,
    )
    pooled = Column(Scalar.BOOLEAN, "Whether its part is several small ones put together.", role=Role.CONTRIBUTOR)
    inclusion_probability = Column(
        Scalar.FLOAT,
        "With which it was drawn, above 0 to 1. Its inverse weighs it where the sample is to speak for all.",
        sql="{self}.probability",
        role=Role.CONTRIBUTOR,
    )
    heard = Column(Scalar.BOOLEAN, "Whether it was heard.", sql="({self}.heard_at is not null)", filter=True)
    heard_at = Column(Scalar.MOMENT, "When it was heard.", null=True)
    session = One("ListeningSession", "The sample.", key="session_id", filter=True)
    complaint = One("Complaint", "The complaint.", key="complaint_id", filter=True)
    notes = Connection("ListeningNote", "What was noted of it.", where="{self}.draw_id = {parent}.id")


class ListeningNote(Entity):
    """What a member noted of a complaint that they listened to."""

    table = "listening_note"
    prefix = "note"

    text = Column(Scalar.TEXT, "The note.", filter=True)
    created_at = Column(Scalar.MOMENT, "When it was written.", filter=True, order=True)
    draw = One("ListeningDraw", "What it is about.", key="draw_id", filter=True)
    evidence = One("Evidence", "The evidence that it became.", key="evidence_id", null=True, filter=True)
