"""What customers answered when they were asked about needs."""

from ...models.team import Role
from ..declare import Column, Connection, Entity, One, Scalar

OF_NEED = "{row}.need_id in (select {need}.id union all select m.id from need m where m.merged_into_id = {need}.id)"
SURVEYED = f"(select count(*) from survey_answer a where {OF_NEED.format(row='a', need='{self}')})"


class SurveyAnswer(Entity):
    """What one respondent of a survey said of one need. Surveys come in as numbers; their words are complaints."""

    table = "survey_answer"
    prefix = "answer"

    source = Column(Scalar.TEXT, "The survey.", filter=True)
    respondent = Column(Scalar.TEXT, "Key of who answered.", filter=True, role=Role.CONTRIBUTOR)
    importance = Column(Scalar.INT, "How much it matters, 1 (not at all) to 5 (extremely).", filter=True, order=True)
    satisfaction = Column(Scalar.INT, "How well it is met, 1 (not at all) to 5 (completely).", filter=True, order=True)
    answered_at = Column(Scalar.MOMENT, "When it was answered.", filter=True, order=True)
    created_at = Column(Scalar.MOMENT, "When it came in.", filter=True, order=True)
    need = One(
        "Need",
        "What was asked about; where it was merged since, the answer counts for its target.",
        key="need_id",
        filter=True,
    )


ANSWERS = Connection(
    "SurveyAnswer",
    "What customers answered when they were asked about it, latest first.",
    where=OF_NEED.format(row="{self}", need="{parent}"),
    order=(("answered_at", True),),
)
