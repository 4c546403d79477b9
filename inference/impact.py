"""What an invention did to the complaints about a need: a controlled interrupted time series of weekly counts.

    log E[Y] = b0 + b1 t + b2 D + b3 (t - mean of t after) D + log(offset)

D is 1 after shipping. The offset is the weekly count of unaffected needs where there are enough of them (whatever moves
all needs alike, the season and the number of customers among it, then cancels), else the customers who were there.
b2 is the mean effect over the weeks after, on the log scale; exp(b2) is the ratio of what is to what would have been.

Poisson regression, or negative binomial where the counts are overdispersed (statsmodels). Errors are HAC (Newey and
West). Over so few weeks these are too small by half, so they are brought up to their expectation under an autoregressive
working model, with Satterthwaite's degrees of freedom for the quantile of t: the correction of Bell and McCaffrey (2002)
for clusters, for time series. `benchmarks/impact.py` measures what that is worth.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

__all__ = ["FEWEST_WEEKS", "Estimate", "Family", "Placebo", "Series", "estimate", "rate_interval"]

Floats = NDArray[np.float64]

FEWEST_WEEKS = 12
"""Points that there must be on each side."""
FEWEST_COMPLAINTS = 10
"""Complaints that there must be before: of nothing, nothing can be relieved."""
FEWEST_CONTROLS = 5.0
"""Complaints a week that unaffected needs must have, on the average of each side, to be held against."""
PLACEBOS = 4
OVERDISPERSED = 0.05
"""The p-value of Pearson's statistic below which counts are overdispersed."""
LEVEL = 0.95
BANDWIDTH = 1.1
"""Of the square root of the number of weeks: the lags of the HAC errors. Chosen by `benchmarks/impact.py`."""
RHOS = np.linspace(0, 0.9, 19)
FAINT = 0.5
"""Complaints that stand for none at all, where one whole side has none: the logarithm of nothing has no value."""


class Family(StrEnum):
    """How counts vary around their expectation."""

    POISSON = "POISSON"
    NEGATIVE_BINOMIAL = "NEGATIVE_BINOMIAL"


@dataclass(frozen=True, slots=True)
class Series:
    """Weekly counts around a shipment, all parallel. `weeks` are numbers that rise; a week may be missing."""

    weeks: Sequence[int]
    counts: Sequence[int]
    shipped: int
    """The first week after shipping."""
    controls: Sequence[int] = ()
    """Counts of unaffected needs; empty where there are none."""
    exposure: Sequence[int] = ()
    """Customers who were there; empty where that is not known."""

    def before(self, week: int) -> Series:
        """What was before a week, which is the end of it."""
        end = sum(one < week for one in self.weeks)
        return Series(self.weeks[:end], self.counts[:end], self.shipped, self.controls[:end], self.exposure[:end])


@dataclass(frozen=True, slots=True)
class Placebo:
    """An effect looked for at a date when nothing shipped."""

    week: int
    ratio: float
    low: float
    high: float

    @property
    def rejects(self) -> bool:
        """Whether an effect was found that cannot be there."""
        return not self.low <= 1 <= self.high


@dataclass(frozen=True, slots=True)
class Estimate:
    """Ratio of the rate of complaints to what it would have been, over the weeks after, with a 95 % interval."""

    ratio: float
    low: float
    high: float
    p_value: float
    level_ratio: float
    """The same in the first week alone."""
    trend_ratio: float
    """By what the ratio changes from week to week."""
    family: Family
    dispersion: float
    """Variance is mean + dispersion x mean squared."""
    autocorrelation: float
    """Of neighbouring weeks, 0 to 0.9, free of the bias of short series."""
    controlled: bool
    """Whether it was held against unaffected needs."""
    placebos: tuple[Placebo, ...] = ()


def estimate(series: Series, *, placebos: int = PLACEBOS) -> Estimate | None:
    """The effect; None where the data is insufficient: fewer than 12 weeks on a side, or hardly a complaint before."""
    fit = _fitted(series)
    if fit is None:
        return None
    found = []
    past = series.before(series.shipped)
    first, last = FEWEST_WEEKS, len(past.weeks) - FEWEST_WEEKS
    if last >= first and placebos:
        for place in sorted({round(one) for one in np.linspace(first, last, placebos)}):
            week = past.weeks[place]
            other = _fitted(Series(past.weeks, past.counts, week, past.controls, past.exposure))
            if other is not None:
                found.append(Placebo(week, other.ratio, other.low, other.high))
    return Estimate(
        **{name: getattr(fit, name) for name in Estimate.__slots__ if name != "placebos"}, placebos=tuple(found)
    )


def rate_interval(complaints: int, units: float) -> tuple[float, float]:
    """Exact 95 % interval of a rate: so many complaints in so many units (weeks, or thousands of customers and weeks).

    Garwood (1936).
    """
    from scipy.stats import chi2

    tail = (1 - LEVEL) / 2
    low = chi2.ppf(tail, 2 * complaints) / 2 if complaints else 0.0
    return float(low) / units, float(chi2.ppf(1 - tail, 2 * complaints + 2)) / 2 / units


def _fitted(series: Series) -> Estimate | None:
    weeks = np.asarray(series.weeks, dtype=float)
    counts = np.asarray(series.counts, dtype=float)
    after = weeks >= series.shipped
    if min(after.sum(), (~after).sum()) < FEWEST_WEEKS or counts[~after].sum() < FEWEST_COMPLAINTS:
        return None
    offset, controlled = _offset(series, after)
    for side in (after, ~after):
        if not counts[side].any():
            counts = np.where(side, FAINT / side.sum(), counts)
    middle = weeks[after].mean()
    length = weeks[-1] - weeks[0]
    time = (weeks - middle) / length
    design = np.column_stack([np.ones(len(weeks)), time, after.astype(float), np.where(after, time, 0.0)])
    beta, means, dispersion = _regression(design, counts, offset)
    error, freedom, autocorrelation = _error(design, counts, means, dispersion, weeks)
    from scipy.stats import t as student

    reach = float(student.ppf((1 + LEVEL) / 2, freedom)) * error
    effect, trend = float(beta[2]), float(beta[3])
    first = effect + trend * (series.shipped - middle) / length
    return Estimate(
        ratio=_exp(effect),
        low=_exp(effect - reach),
        high=_exp(effect + reach),
        p_value=float(2 * student.sf(abs(effect) / error, freedom)),
        level_ratio=_exp(first),
        trend_ratio=_exp(trend / length),
        family=Family.NEGATIVE_BINOMIAL if dispersion else Family.POISSON,
        dispersion=dispersion,
        autocorrelation=autocorrelation,
        controlled=controlled,
    )


def _exp(value: float) -> float:
    # a ratio of 10 to the 30 says no more than that there is none to speak of
    return math.exp(min(max(value, -69.0), 69.0))


def _offset(series: Series, after: NDArray[np.bool_]) -> tuple[Floats, bool]:
    """Logarithm of what counts are held against, and whether that is other needs."""
    if len(series.controls):
        controls = np.asarray(series.controls, dtype=float)
        if min(controls[after].mean(), controls[~after].mean()) >= FEWEST_CONTROLS:
            return np.log(controls + 0.5), True
    if len(series.exposure):
        return np.log(np.asarray(series.exposure, dtype=float)), False
    return np.zeros(len(after)), False


def _regression(design: Floats, counts: Floats, offset: Floats) -> tuple[Floats, Floats, float]:
    """Coefficients, expected counts, and the dispersion of the negative binomial (0 for Poisson)."""
    from scipy.optimize import root_scalar
    from scipy.stats import chi2
    from statsmodels.genmod.families import NegativeBinomial, Poisson
    from statsmodels.genmod.generalized_linear_model import GLM

    free = len(counts) - design.shape[1]
    fit = GLM(counts, design, family=Poisson(), offset=offset).fit()
    means = np.asarray(fit.fittedvalues)
    if chi2.sf(fit.pearson_chi2, free) >= OVERDISPERSED:
        return np.asarray(fit.params), means, 0.0

    def excess(dispersion: float) -> float:
        return float(((counts - means) ** 2 / (means + dispersion * means**2)).sum()) - free

    most = 1.0
    while excess(most) > 0 and most < 1e6:
        most *= 4
    dispersion = float(root_scalar(excess, bracket=(0.0, most)).root) if excess(most) < 0 else most
    try:
        spread = GLM(counts, design, family=NegativeBinomial(alpha=dispersion), offset=offset)
        fit = spread.fit(start_params=fit.params)
    except ValueError:
        # it runs away where counts are few and far between; Poisson's coefficients hold as well, less sharply
        pass
    return np.asarray(fit.params), np.asarray(fit.fittedvalues), dispersion


def _error(
    design: Floats, counts: Floats, means: Floats, dispersion: float, weeks: Floats
) -> tuple[float, float, float]:
    """Standard error of the mean effect, its degrees of freedom, and the autocorrelation of neighbouring weeks."""
    weights = means / (1 + dispersion * means)
    root = np.sqrt(weights)
    scaled = root[:, None] * design
    bread = np.linalg.pinv(scaled.T @ scaled)
    residuals = root * (counts - means) / means
    # the effect's error is this, applied to the errors of which the residuals are what the fit has left over
    influence = scaled @ bread[:, 2]
    left = np.eye(len(weeks)) - scaled @ bread @ scaled.T
    apart = np.abs(np.subtract.outer(weeks, weeks))
    neighbours = left @ ((apart == 1) / 2) @ left
    total = residuals @ residuals
    shown = (residuals @ ((apart == 1) / 2) @ residuals) / total if total > 0 else 0.0
    expected = [float((neighbours * rho**apart).sum() / (left * rho**apart).sum()) for rho in RHOS]
    autocorrelation = float(np.interp(shown, expected, RHOS))
    lags = max(1, round(BANDWIDTH * math.sqrt(len(weeks))))
    kernel = np.clip(1 - apart / (lags + 1), 0, None) * np.outer(influence, influence)
    working = autocorrelation**apart
    form = left @ kernel @ left @ working
    mean = float(np.trace(form))
    freedom = mean**2 / float((form * form.T).sum())
    variance = float(residuals @ kernel @ residuals) * float(influence @ working @ influence) / mean
    # counts vary no less than Poisson's do, however evenly a few of them fell
    least = float(np.linalg.pinv((means[:, None] * design).T @ design)[2, 2])
    return math.sqrt(max(variance, least)), max(freedom, 1.0), autocorrelation
