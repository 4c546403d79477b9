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
    p_value: float
    level_ratio: float
    trend_ratio: float
    model: CountModel
    dispersion: float
    autocorrelation: float
    controlled: bool
    placebos: Sequence[PlaceboDraft] = ()

    @property
    def verdict(self) -> Verdict:
        """One only where the whole interval lies on one side."""
        if self.high < 1:
            return Verdict.RELIEVED
        return Verdict.REGRESSED if self.low > 1 else Verdict.INCONCLUSIVE


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was found for one need. Weeks are numbers (`week_of`); `units` are weeks, or 1,000 customers in a week."""

    need_id: int
    measured: Measured | None
    """None where the data is insufficient."""
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
    units_before: float
    units_after: float
    residual: tuple[float, float] | None
    """95 % interval of the rate after; None where no week after is over."""

    @property
    def verdict(self) -> Verdict:
        return Verdict.INSUFFICIENT_DATA if self.measured is None else self.measured.verdict


class Impact(Model):
    """The latest measurement of one need after one invention shipped."""

    id = fields.BigIntField(primary_key=True)
    invention: fields.ForeignKeyRelation = fields.ForeignKeyField("models.Invention", related_name="impacts")
    need: fields.ForeignKeyRelation = fields.ForeignKeyField("models.Need", related_name="impacts")
    verdict = fields.CharEnumField(Verdict, max_length=17)
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
