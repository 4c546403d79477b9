"""Who owns and who acts."""

from ..declare import Column, Connection, Entity, One, Scalar, Through
from .centricity import CENTRICITY_OF_TEAM
from .escalation import ANSWER_TIMES_OF_TEAM, WAITING
from .listening import HEARD_COUNT, LISTENED_HOURS


class Team(Entity):
    """A group of members that owns needs."""

    table = "team"
    prefix = "team"

    name = Column(Scalar.TEXT, "Its name, unique.", filter=True, order=True)
    created_at = Column(Scalar.MOMENT, "When it was made.", order=True)
    members = Connection(
        "Member", "Who belongs to it, by name.", where="{self}.team_id = {parent}.id", order=(("name", False),)
    )
    needs = Connection(
        "Need",
        "The needs it owns, those with the most customers first.",
        where="{self}.team_id = {parent}.id",
        order=(("customer_count", True),),
        default="{self}.status not in ('MERGED', 'DISMISSED')",
        default_unless="status",
    )
    products = Connection(
        "TeamProduct",
        "The products it owns, by name.",
        where="{self}.team_id = {parent}.id",
        order=(("product", False),),
    )
    escalations = Connection(
        "Escalation",
        "Its queue: questions that it has to answer, the earliest due first. `where` with a status shows others.",
        where="{self}.team_id = {parent}.id",
        order=(("due_at", False),),
        default=WAITING,
        default_unless="status",
    )
    answer_times = ANSWER_TIMES_OF_TEAM
    centricity = CENTRICITY_OF_TEAM


class Member(Entity):
    """A person or machine that acts here."""

    table = "member"
    prefix = "member"

    name = Column(Scalar.TEXT, "Their name, unique.", filter=True, order=True)
    created_at = Column(Scalar.MOMENT, "When they were added.", order=True)
    heard_count = Column(Scalar.INT, "Complaints that they listened to.", sql=HEARD_COUNT, filter=True, order=True)
    listened_hours = Column(
        Scalar.FLOAT,
        "Hours that they listened: from one mark to the next, at most 10 minutes each.",
        sql=LISTENED_HOURS,
        filter=True,
        order=True,
    )
    team = One("Team", "The team they belong to.", key="team_id", null=True, filter=True)
    inventions = Connection(
        "Invention",
        "What they proposed, latest first.",
        where="{self}.proposer_id = {parent}.id",
        order=(("created_at", True),),
    )
    escalations = Connection(
        "Escalation",
        "Questions that they asked, latest first.",
        where="{self}.raised_by_id = {parent}.id",
        order=(("raised_at", True),),
    )
    supported = Connection(
        "Invention",
        "What they stand for, latest first.",
        where="{self}.member_id = {parent}.id",
        through=Through("Supporter", "invention"),
        order=(("created_at", True),),
    )
    mentioned_in = Connection(
        "Comment",
        "Comments that mention them, latest first.",
        where="exists (select 1 from comment_mention m where m.comment_id = {self}.id and m.member_id = {parent}.id)",
        order=(("created_at", True),),
    )
    contributions = Connection(
        "Contribution",
        "What they did, latest first.",
        where="{self}.member_id = {parent}.id",
        order=(("created_at", True),),
    )
    listening_sessions = Connection(
        "ListeningSession",
        "Samples of complaints that they listened to, latest first.",
        where="{self}.member_id = {parent}.id",
        order=(("started_at", True),),
    )
