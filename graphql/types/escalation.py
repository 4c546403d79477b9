"""The "?" on complaints and needs, and how long answers take."""

from ...models.escalation import HOUR_MS, UNANSWERED, EscalationStatus
from ..declare import Breakdown, Cells, Column, Connection, Entity, One, Scalar
from .plane import rounded

_UNANSWERED = ", ".join(f"'{status.value}'" for status in UNANSWERED)
WAITING = f"{{self}}.status in ({_UNANSWERED})"


class Escalation(Entity):
    """A question (the "?") on a complaint or a need, which the team that owns the need must answer by a time."""

    table = "escalation"
    prefix = "escalation"

    question = Column(Scalar.TEXT, "What is asked.", filter=True)
    status = Column(EscalationStatus, "Where it stands.", filter=True)
    severity = Column(
        Scalar.INT,
        "1 (mild) to 5 (grave): the complaint's, or the mean of those that support the need, unless its asker said another.",
        filter=True,
        order=True,
    )
    breached = Column(
        Scalar.BOOLEAN,
        "Whether its time has passed without an answer, as of now or of when it was answered.",
        sql="(case when {self}.answered_at is null then {self}.due_at < {now} else {self}.answered_at > {self}.due_at end)",
        filter=True,
    )
    raised_at = Column(Scalar.MOMENT, "When it was first asked.", filter=True, order=True)
    asked_at = Column(Scalar.MOMENT, "When it was last asked: raised, or reopened.", filter=True, order=True)
    due_at = Column(
        Scalar.MOMENT,
        "Until when it is to be answered: by severity, 7, 5, 3 days, 24 or 8 hours after it was asked, unless its asker said another time.",
        filter=True,
        order=True,
    )
    acknowledged_at = Column(Scalar.MOMENT, "When its team took it on.", null=True, filter=True, order=True)
    answered_at = Column(Scalar.MOMENT, "When it was answered since it was last asked.", null=True, filter=True)
    closed_at = Column(Scalar.MOMENT, "When it was closed.", null=True, filter=True)
    reopen_count = Column(Scalar.INT, "How often it was asked again.", filter=True, order=True)
    version = Column(Scalar.INT, "Goes up with every change; send it along with the next step.")
    complaint = One(
        "Complaint", "The complaint that it is about; null where it is about a need.", key="complaint_id", null=True
    )
    need = One(
        "Need",
        "The need that it is about, or by which a complaint's question was routed.",
        key="need_id",
        null=True,
        filter=True,
    )
    team = One("Team", "Who must answer; null where nobody owns the need.", key="team_id", null=True, filter=True)
    raised_by = One("Member", "Who asked.", key="raised_by_id", null=True, filter=True)
    owner = One("Member", "Who took it on.", key="owner_id", null=True, filter=True)
    answers = Connection(
        "EscalationAnswer",
        "Its answers, latest first: one for each time that it was asked and answered.",
        where="{self}.escalation_id = {parent}.id",
        order=(("answered_at", True),),
    )


class EscalationAnswer(Entity):
    """An answer to a question: what happened, why, what is done, and what its reviewer said."""

    table = "escalation_answer"
    prefix = "response"

    text = Column(Scalar.TEXT, "What happened.", filter=True)
    whys = Column(Scalar.TEXTS, "Five whys: why it happened, why that did, and so on.")
    actions = Column(Scalar.TEXTS, "What is done about it.")
    asked_at = Column(Scalar.MOMENT, "When the question was asked.", filter=True)
    due_at = Column(Scalar.MOMENT, "Until when it was to be answered.")
    answered_at = Column(Scalar.MOMENT, "When it was answered.", filter=True, order=True)
    hours = Column(
        Scalar.FLOAT, "Hours that it took.", sql=rounded(f"({{self}}.answered_at - {{self}}.asked_at) / {HOUR_MS}.0", 4)
    )
    late = Column(Scalar.BOOLEAN, "Whether it came after its time.", sql="({self}.answered_at > {self}.due_at)")
    review = Column(Scalar.TEXT, "What its reviewer said.", null=True)
    reviewed_at = Column(Scalar.MOMENT, "When it was reviewed.", null=True)
    reopened_because = Column(Scalar.TEXT, "Why the question was asked again after it, where it was.", null=True)
    author = One("Member", "Who wrote it.", key="author_id", null=True, filter=True)
    reviewer = One("Member", "Who reviewed it; never its author.", key="reviewer_id", null=True, filter=True)
    team = One("Team", "The team that answered.", key="team_id", null=True, filter=True)
    escalation = One("Escalation", "The question.", key="escalation_id", filter=True)


_ANSWERED = Column(Scalar.INT, "Answers; a question that was reopened and answered again has several.")
_LATE = Column(Scalar.INT, "Those that came after their time.")
_MEDIAN = Column(Scalar.FLOAT, "Median hours from the question to its answer; null where there is none.", null=True)
_NINETY = Column(Scalar.FLOAT, "Hours within which nine of ten were answered.", null=True)
_LONGEST = Column(Scalar.FLOAT, "Hours that the slowest took.", null=True)


class AnswerTimes(Entity):
    """How long answers take."""

    answered = _ANSWERED
    late = _LATE
    median_hours = _MEDIAN
    ninety_percent_hours = _NINETY
    longest_hours = _LONGEST


class TeamAnswerTimes(Entity):
    """How long the answers of one team take."""

    team = One("Team", "The team; null for answers to what no team was asked.", key="team_id", null=True)
    answered = _ANSWERED
    late = _LATE
    median_hours = _MEDIAN
    ninety_percent_hours = _NINETY
    longest_hours = _LONGEST


def _times(*conditions: str, by_team: bool = False) -> str:
    """Percentiles by rank: SQLite has no function for them."""
    where = f" where {' and '.join(conditions)}" if conditions else ""
    within = "partition by a.team_id" if by_team else ""
    median = "avg(case when w.rank in ((w.n + 1) / 2, (w.n + 2) / 2) then w.took end)"
    ninety = "max(case when w.rank = (9 * w.n + 9) / 10 then w.took end)"
    return (
        f"select {'w.team_id as team_id, ' if by_team else ''}count(w.took) as answered,"
        " coalesce(sum(case when w.late then 1 else 0 end), 0) as late,"
        f" {rounded(f'{median} / {HOUR_MS}.0', 4)} as median_hours,"
        f" {rounded(f'{ninety} / {HOUR_MS}.0', 4)} as ninety_percent_hours,"
        f" {rounded(f'max(w.took) / {HOUR_MS}.0', 4)} as longest_hours"
        " from (select a.team_id, a.answered_at - a.asked_at as took, a.answered_at > a.due_at as late,"
        f" row_number() over ({within} order by a.answered_at - a.asked_at) as rank, count(*) over ({within}) as n"
        f" from escalation_answer a{where}) w{' group by w.team_id' if by_team else ''}"
    )


_WITHIN = "a.answered_at >= {since} and a.answered_at < {until}"
_OF_TEAM = "a.team_id = {self}.id"

ANSWER_TIMES = Breakdown(
    "AnswerTimes",
    "How long answers to questions took, over the whole organisation: one row.",
    whole=_times(),
    part=_times(_WITHIN),
    order="answered",
    cells=Cells.NOBODY,
)
ANSWER_TIMES_BY_TEAM = Breakdown(
    "TeamAnswerTimes",
    "How long answers to questions took by team, most answers first.",
    whole=_times(by_team=True),
    part=_times(_WITHIN, by_team=True),
    order="answered desc, team_id is null, team_id",
    cells=Cells.NOBODY,
)
ANSWER_TIMES_OF_TEAM = Breakdown(
    "AnswerTimes",
    "How long its answers to questions took: one row.",
    whole=_times(_OF_TEAM),
    part=_times(_OF_TEAM, _WITHIN),
    order="answered",
    cells=Cells.NOBODY,
)
