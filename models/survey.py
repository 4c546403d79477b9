"""What customers answered when they were asked how much a need matters and how well it is met."""

from __future__ import annotations

from tortoise import fields
from tortoise.models import Model

from .fields import time_field


class SurveyAnswer(Model):
    """One respondent on one need, in ratings of 1 to 5. (`source`, `respondent`, need) makes a second import harmless."""

    id = fields.BigIntField(primary_key=True)
    need: fields.ForeignKeyRelation = fields.ForeignKeyField("models.Need", related_name="survey_answers")
    source = fields.CharField(max_length=64)
    """The survey."""
    respondent = fields.CharField(max_length=255)
    """Pseudonymous key of who answered."""
    importance = fields.SmallIntField()
    satisfaction = fields.SmallIntField()
    answered_at = time_field()
    created_at = time_field()

    class Meta:
        table = "survey_answer"
        unique_together = (("respondent", "source", "need"),)
        # holds all that is counted of a need
        indexes = (("need_id", "importance", "satisfaction"),)
