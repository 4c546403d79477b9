"""What a shipped invention did to the complaints about the needs that it claims to relieve."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from tortoise import fields
from tortoise.models import Model

from .fields import time_field


class Verdict(StrEnum):
    """What a measurement says."""

    RELIEVED = "RELIEVED"
    REGRESSED = "REGRESSED"
    INCONCLUSIVE = "INCONCLUSIVE"
    INSUFFICIENT_DATA = "INSUFFICIENT_DATA"


class Reason(StrEnum):
    """Why there is no verdict on either side."""

    TOO_FEW_WEEKS = "TOO_FEW_WEEKS"
    TOO_FEW_COMPLAINTS = "TOO_FEW_COMPLAINTS"
    NO_CONTROLS = "NO_CONTROLS"
    PLACEBO_EFFECTS = "PLACEBO_EFFECTS"
    UNCLEAR = "UNCLEAR"
    BETWEEN_LOOKS = "BETWEEN_LOOKS"


class Basis(StrEnum):
    """What the weeks after were held against, apart from the weeks before."""

    CONTROLS = "CONTROLS"
    CUSTOMERS = "CUSTOMERS"
    SEASON = "SEASON"


class CountModel(StrEnum):
    """How weekly counts vary around their expectation."""

    POISSON = "POISSON"
    NEGATIVE_BINOMIAL = "NEGATIVE_BINOMIAL"


@dataclass(frozen=True, slots=True)
class PlaceboDraft:
    """An effect looked for in a week when nothing shipped, with its 95 % interval."""

    week: int
    ratio: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Measured:
    """The effect on one need: the ratio of its complaints to what they would have been, with a 95 % interval."""

    ratio: float
    low: float
    high: float
    sure_low: float
    sure_high: float
    """Ends of the interval that a verdict takes, of 98.75 %."""
    p_value: float
    level_ratio: float
    trend_ratio: float
    model: CountModel
    dispersion: float
    autocorrelation: float
    basis: Basis
    placebos: Sequence[PlaceboDraft] = ()
    doubtful: bool = False
    """Whether more placebos found an effect than chance lets one expect."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """A verdict, and the look that it was taken at: it stands until the next one."""

    verdict: Verdict
    reason: Reason | None
    """None with a verdict on either side."""
    look: int | None = None
    """Whole weeks after shipping from which on it was looked for; None before the first look."""
    low: float | None = None
    high: float | None = None
    """Ends of the interval of that look."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was found for one need. Weeks are numbers (`week_of`); `units` are weeks, or 1,000 customers in a week."""

    need_id: int
    measured: Measured | None
    """None where the data is insufficient."""
    shortage: Reason | None
    """What there is too little of, where it is."""
    look: int | None
    """The latest set time for a verdict that the weeks after have come to."""
    shipped: int
    """The first week that lies wholly after shipping."""
    since: int
    through: int
    weeks_before: int
    weeks_after: int
    complaints_before: int
    complaints_after: int
    control_needs: int
    per_customers: bool
    exposure_weeks: int
    """Weeks of which somebody told the active customers."""
    exposure_filled: int
    """Weeks between such ones, whose customers were taken to lie between theirs."""
    rate_before: float | None
    rate_after: float | None
    """Complaints in a week, or of 1,000 customers in a week; None where there is no such week."""
    residual: tuple[float, float] | None
    """95 % interval of the rate after; None where the weeks are too few to tell how they spread."""

    def judged(self, last: Judgement | None) -> Judgement:
        """What is to be said, after what was said last. Each look is taken once, at the first measurement that has come
        to it: who looked every week would find a verdict sooner or later, and another one after that."""
        found, look = self.measured, last.look if last else None
        if found is None:
            return Judgement(Verdict.INSUFFICIENT_DATA, self.shortage, look)
        if last is not None and look is not None and (self.look is None or self.look <= look):
            if last.verdict is Verdict.INSUFFICIENT_DATA:
                return Judgement(Verdict.INCONCLUSIVE, Reason.BETWEEN_LOOKS, look)
            return last
        ends = (self.look, found.sure_low, found.sure_high)
        if found.sure_low <= 1 <= found.sure_high:
            return Judgement(Verdict.INCONCLUSIVE, Reason.UNCLEAR, *ends)
        if found.doubtful:
            return Judgement(Verdict.INCONCLUSIVE, Reason.PLACEBO_EFFECTS, *ends)
        return Judgement(Verdict.RELIEVED if found.sure_high < 1 else Verdict.REGRESSED, None, *ends)


class Impact(Model):
    """The latest measurement of one need after one invention shipped."""

    id = fields.BigIntField(primary_key=True)
    invention: fields.ForeignKeyRelation = fields.ForeignKeyField("models.Invention", related_name="impacts")
    need: fields.ForeignKeyRelation = fields.ForeignKeyField("models.Need", related_name="impacts")
    verdict = fields.CharEnumField(Verdict, max_length=17)
    reason = fields.CharEnumField(Reason, max_length=18, null=True)
    """Why there is none on either side."""
    look = fields.IntField(null=True)
    """Whole weeks after shipping from which on the verdict was looked for: it stands until the next look."""
    look_low = fields.FloatField(null=True)
    look_high = fields.FloatField(null=True)
    """Ends of the interval of that look, of 98.75 %."""
    basis = fields.CharEnumField(Basis, max_length=9, null=True)
    ratio = fields.FloatField(null=True)
    low = fields.FloatField(null=True)
    high = fields.FloatField(null=True)
    p_value = fields.FloatField(null=True)
    level_ratio = fields.FloatField(null=True)
    trend_ratio = fields.FloatField(null=True)
    model = fields.CharEnumField(CountModel, max_length=17, null=True)
    dispersion = fields.FloatField(null=True)
    autocorrelation = fields.FloatField(null=True)
    control_needs = fields.IntField()
    """Unaffected needs that it was held against; 0 where there were none, or too few complaints about them."""
    weeks_before = fields.IntField()
    weeks_after = fields.IntField()
    complaints_before = fields.IntField()
    complaints_after = fields.IntField()
    per_customers = fields.BooleanField()
    """Whether rates are of 1,000 active customers a week, rather than of a week."""
    exposure_weeks = fields.IntField(default=0)
    """Weeks of which somebody told the active customers."""
    exposure_filled = fields.IntField(default=0)
    """Weeks between such ones, whose customers were taken to lie between theirs."""
    rate_before = fields.FloatField(null=True)
    residual_rate = fields.FloatField(null=True)
    residual_low = fields.FloatField(null=True)
    residual_high = fields.FloatField(null=True)
    placebo_dates = fields.IntField()
    placebo_rejections = fields.IntField()
    placebos: list[dict[str, Any]] = fields.JSONField(default=list)  # type: ignore[assignment]
    since = fields.IntField()
    """Number of the first week that was looked at."""
    through = fields.IntField()
    """Number of the last one."""
    shipped_week = fields.IntField()
    """Number of the first week that lies wholly after shipping."""
    measured_at = time_field()

    class Meta:
        table = "impact"
        unique_together = (("invention", "need"),)
        indexes = (("need_id", "id"),)
