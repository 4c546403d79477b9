"""What members say and stand for, and which teams a need concerns."""

from ...models.voice import ContributionKind
from ..declare import Breakdown, Cells, Column, Connection, Entity, One, Scalar, Through
from .counts import COMPLAINTS, CUSTOMERS, WITHIN


class TeamProduct(Entity):
    """That a team owns a product; each product has one owner."""

    table = "team_product"
    prefix = "product"

    product = Column(Scalar.TEXT, "The product, as complaints name it.", filter=True, order=True)
    created_at = Column(Scalar.MOMENT, "When it was first given to a team.", filter=True, order=True)
    team = One("Team", "Who owns it.", key="team_id", filter=True)


class Supporter(Entity):
    """That a member stands for an invention of somebody else."""

    table = "supporter"
    prefix = "supporter"

    created_at = Column(Scalar.MOMENT, "Since when.", filter=True, order=True)
    invention = One("Invention", "The invention.", key="invention_id", filter=True)
    member = One("Member", "Who stands for it.", key="member_id", filter=True)


class Comment(Entity):
    """What a member says of an invention or of a need."""

    table = "comment"
    prefix = "comment"

    text = Column(Scalar.TEXT, "What they say.", filter=True)
    created_at = Column(Scalar.MOMENT, "When they said it.", filter=True, order=True)
    author = One("Member", "Who said it.", key="author_id", null=True, filter=True)
    invention = One("Invention", "The invention that it is about.", key="invention_id", null=True, filter=True)
    need = One("Need", "The need that it is about.", key="need_id", null=True, filter=True)
    mentions = Connection(
        "Member",
        "Whom it mentions (`@Ann`).",
        where="{self}.comment_id = {parent}.id",
        through=Through("CommentMention", "member"),
    )


class CommentMention(Entity):
    """That a comment mentions a member."""

    table = "comment_mention"

    comment = One("Comment", "The comment.", key="comment_id", filter=True)
    member = One("Member", "Whom it mentions.", key="member_id", filter=True)


def _did(kind: str, number: int, table: str, who: str, at: str, where: str = "", **links: str) -> str:
    shown = ", ".join(
        f"{links.get(name, 'cast(null as bigint)')} as {name}_id" for name in ("invention", "need", "escalation")
    )
    # rows of several tables need ids that tell them apart
    return (
        f"select x.id * 16 + {number} as id, '{kind}' as kind, {who} as member_id, {at} as created_at, {shown}"
        f" from {table}{' where ' + where if where else ''}"
    )


_CONTRIBUTIONS = " union all ".join(
    (
        _did("PROPOSED", 1, "invention x", "x.proposer_id", "x.created_at", invention="x.id"),
        _did("REVISED", 2, "revision x", "x.author_id", "x.created_at", "x.number > 1", invention="x.invention_id"),
        _did("REVIEWED", 3, "review x", "x.reviewer_id", "x.created_at", invention="x.invention_id"),
        _did("SUPPORTED", 4, "supporter x", "x.member_id", "x.created_at", invention="x.invention_id"),
        _did("COMMENTED", 5, "comment x", "x.author_id", "x.created_at", invention="x.invention_id", need="x.need_id"),
        _did("ASKED", 6, "escalation x", "x.raised_by_id", "x.raised_at", need="x.need_id", escalation="x.id"),
        _did(
            "ANSWERED",
            7,
            "escalation_answer x join escalation q on q.id = x.escalation_id",
            "x.author_id",
            "x.answered_at",
            need="q.need_id",
            escalation="q.id",
        ),
        # of the evidence there is, an index finds what was decided
        _did(
            "DECIDED",
            8,
            "evidence x",
            "x.decided_by_id",
            "x.decided_at",
            "x.status in ('ACCEPTED', 'DISMISSED') and x.decided_at is not null",
            need="x.need_id",
        ),
        _did("LABELLED", 9, "span_label x", "x.labelled_by_id", "x.updated_at"),
        _did(
            "NOTED",
            10,
            "listening_note x join listening_draw d on d.id = x.draw_id join listening_session s on s.id = d.session_id"
            " left join evidence e on e.id = x.evidence_id",
            "s.member_id",
            "x.created_at",
            need="e.need_id",
        ),
    )
)


class Contribution(Entity):
    """Something that a member did for an invention, a need or a question, or to understand what customers say."""

    table = f"({_CONTRIBUTIONS})"

    kind = Column(ContributionKind, "What they did.", filter=True)
    created_at = Column(Scalar.MOMENT, "When.", filter=True, order=True)
    invention = One("Invention", "The invention that it was about.", key="invention_id", null=True, filter=True)
    need = One("Need", "The need that it was about.", key="need_id", null=True, filter=True)
    escalation = One("Escalation", "The question that it was about.", key="escalation_id", null=True)


LEAST_CUSTOMERS = 2
_OF_TEAMS = (
    "support s join complaint c on c.id = s.complaint_id join team_product o on o.product = c.product"
    " where s.need_id = {self}.id"
)
# what one customer says alone makes it no affair of a team's
_CONCERNED = f"group by o.team_id having count(distinct s.voice) >= {LEAST_CUSTOMERS}"
TEAM_COUNT = f"(select count(*) from (select o.team_id from {_OF_TEAMS} {_CONCERNED}) x)"


class NeedTeam(Entity):
    """Complaints that support a need about products of one team, of two customers at least."""

    team = One("Team", "The team.", key="team_id")
    complaints = COMPLAINTS
    customers = CUSTOMERS


_BY_TEAM = (
    "select o.team_id as team_id, count(distinct s.complaint_id) as complaints, count(distinct s.voice) as customers"
    f" from {_OF_TEAMS}"
)
INVOLVED_TEAMS = Breakdown(
    "NeedTeam",
    "The teams about whose products at least two customers complained, most complaints first: those who have to work together.",
    whole=f"{_BY_TEAM} {_CONCERNED}",
    part=f"{_BY_TEAM} and {WITHIN} {_CONCERNED}",
    order="complaints desc, team_id",
    cells=Cells.MESSAGES,
)
