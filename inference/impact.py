"""What an invention did to the complaints about a need: a controlled interrupted time series of weekly counts.

    log E[Y] = b0 + b1 t + b2 D + b3 (t - mean of t after) D + log(offset)

D is 1 after shipping. The offset is the weekly count of unaffected needs where there are enough of them: whatever moves
all needs alike, the season and the number of customers among it, then cancels. Without them a season looks like an effect:
then it takes a whole year on each side, two pairs of Fourier terms for the season (Bernal, Cummins and Gasparrini 2017),
and the customers who were there as the offset where they are known. b2 is the mean effect over the weeks after, on the
log scale; exp(b2) is the ratio of what is to what would have been.

Poisson regression, or negative binomial where the counts are overdispersed (statsmodels). Errors are HAC (Newey and
West). Over so few weeks these are too small by half, so they are brought up to their expectation under an autoregressive
working model, with Satterthwaite's degrees of freedom for the quantile of t: the correction of Bell and McCaffrey (2002)
for clusters, for time series. `benchmarks/impact.py` measures what that is worth.

Who looks every week finds an effect sooner or later where there is none. A verdict is therefore looked for at four set
times only, each with an interval of 98.75 %: together they err no more often than one of 95 % would, however they depend on
one another (Bonferroni's inequality; Dunn 1961).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import compress

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "FEWEST_WEEKS",
    "LOOKS",
    "YEAR",
    "Basis",
    "Estimate",
    "Family",
    "Placebo",
    "Series",
    "Shortage",
    "estimate",
    "look_at",
    "rate_interval",
]

Floats = NDArray[np.float64]

FEWEST_WEEKS = 12
"""Points that there must be on each side."""
YEAR = 52
"""Points that there must be on each side where there is nothing to hold the season against."""
FEWEST_COMPLAINTS = 10
"""Complaints that there must be before: of nothing, nothing can be relieved."""
FEWEST_CONTROLS = 5.0
"""Complaints a week that unaffected needs must have, on the average of each side, to be held against."""
PLACEBOS = 4
OVERDISPERSED = 0.05
"""The p-value of Pearson's statistic below which counts are overdispersed."""
LEVEL = 0.95
LOOKS = (12, 26, 52, 104)
"""Whole weeks after shipping from which on a verdict is looked for once more."""
LOOK_LEVEL = 1 - (1 - LEVEL) / len(LOOKS)
BANDWIDTH = 1.1
"""Of the square root of the number of weeks: the lags of the HAC errors. Chosen by `benchmarks/impact.py`."""
RHOS = np.linspace(0, 0.9, 19)
FAINT = 0.5
"""Complaints that stand for none at all, where one whole side has none: the logarithm of nothing has no value."""
SEASON_WEEKS = 365.2425 / 7
HARMONICS = 2


class Family(StrEnum):
    """How counts vary around their expectation."""

    POISSON = "POISSON"
    NEGATIVE_BINOMIAL = "NEGATIVE_BINOMIAL"


class Basis(StrEnum):
    """What weeks after are held against, apart from the weeks before."""

    CONTROLS = "CONTROLS"
    """Unaffected needs."""
    CUSTOMERS = "CUSTOMERS"
    """The customers who were there, and a season of its own."""
    SEASON = "SEASON"
    """A season of its own."""


class Shortage(StrEnum):
    """What data there is too little of."""

    WEEKS = "WEEKS"
    """Fewer than 12 on a side."""
    COMPLAINTS = "COMPLAINTS"
    """Fewer than 10 before."""
    CONTROLS = "CONTROLS"
    """Too few complaints about unaffected needs, and less than a year on a side."""


@dataclass(frozen=True, slots=True)
class Series:
    """Weekly counts around a shipment, all parallel. `weeks` are numbers that rise; a week may be missing."""

    weeks: Sequence[int]
    counts: Sequence[int]
    shipped: int
    """The first week after shipping."""
    controls: Sequence[int] = ()
    """Counts of unaffected needs; empty where there are none."""
    exposure: Sequence[float | None] = ()
    """Customers who were there, None in weeks of which it is not known; empty where it is of none."""

    def sides(self) -> tuple[int, int]:
        """How many weeks there are before, and after."""
        before = sum(one < self.shipped for one in self.weeks)
        return before, len(self.weeks) - before

    def before(self) -> Series:
        """What was before shipping."""
        return self.only([one < self.shipped for one in self.weeks])

    def exposed(self) -> Series:
        """The weeks of which it is known who was there."""
        return self.only([one is not None for one in self.exposure])

    def only(self, which: Sequence[bool]) -> Series:
        return Series(
            list(compress(self.weeks, which)),
            list(compress(self.counts, which)),
            self.shipped,
            list(compress(self.controls, which)),
            list(compress(self.exposure, which)),
        )


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
    sure_low: float
    """Lower end of the interval that a verdict takes, of 98.75 %."""
    sure_high: float
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
    basis: Basis
    placebos: tuple[Placebo, ...] = ()
    doubtful: bool = False
    """Whether more placebos found an effect than chance lets one expect: the model does not fit."""


def look_at(weeks_after: int) -> int | None:
    """The latest of the set times that so many whole weeks have come to; None before the first."""
    return max((one for one in LOOKS if one <= weeks_after), default=None)


def estimate(series: Series, *, placebos: int = PLACEBOS) -> Estimate | Shortage:
    """The effect, or what there is too little data of to tell it."""
    fit = _fitted(series)
    if isinstance(fit, Shortage):
        return fit
    found = []
    past = series.before()
    first = FEWEST_WEEKS if fit.basis is Basis.CONTROLS else YEAR
    last = len(past.weeks) - first
    if last >= first and placebos:
        for place in sorted({round(one) for one in np.linspace(first, last, placebos)}):
            week = past.weeks[place]
            other = _fitted(Series(past.weeks, past.counts, week, past.controls, past.exposure))
            if isinstance(other, Estimate):
                found.append(Placebo(week, other.ratio, other.low, other.high))
    return replace(fit, placebos=tuple(found), doubtful=_doubtful(found))


def _doubtful(placebos: Sequence[Placebo]) -> bool:
    """Whether so many rejections, or more, come by chance in no more than one case of twenty, were they independent."""
    dates, rejected = len(placebos), sum(one.rejects for one in placebos)
    chance = 1 - LEVEL
    tail = sum(math.comb(dates, n) * chance**n * LEVEL ** (dates - n) for n in range(rejected, dates + 1))
    return rejected > 0 and tail <= chance + 1e-12


def rate_interval(weeks: Sequence[int], counts: Sequence[int], units: Sequence[float]) -> tuple[float, float] | None:
    """95 % interval of a rate of complaints in so many units (weeks, or thousands of customers) week by week.

    Counts that spread more than Poisson's, or resemble their neighbours, tell less of their mean: it is the interval of
    Garwood (1936), exact where they do not, or the wider one of the same errors as an effect's. None for fewer than 12
    weeks, which do not tell how they spread.
    """
    from scipy.stats import chi2
    from scipy.stats import t as student

    if len(weeks) < FEWEST_WEEKS:
        return None
    complaints, size = sum(counts), float(sum(units))
    tail = (1 - LEVEL) / 2
    low = float(chi2.ppf(tail, 2 * complaints)) / 2 / size if complaints else 0.0
    high = float(chi2.ppf(1 - tail, 2 * complaints + 2)) / 2 / size
    if complaints:
        numbers = np.asarray(weeks, dtype=float)
        time = (numbers - numbers.mean()) / (numbers[-1] - numbers[0])
        design = np.column_stack([np.ones(len(numbers)), time, *(_season(numbers) if len(numbers) >= YEAR else ())])
        _, means, dispersion = _regression(design, np.asarray(counts, dtype=float), np.log(np.asarray(units)))
        # the rate is the sum of the means: how its logarithm changes with each coefficient
        contrast = means @ design / means.sum()
        error, freedom, _ = _error(design, np.asarray(counts, dtype=float), means, dispersion, numbers, contrast)
        reach = float(student.ppf(1 - tail, freedom)) * error
        low, high = min(low, complaints / size * _exp(-reach)), max(high, complaints / size * _exp(reach))
    return low, high


def _season(weeks: Floats) -> list[Floats]:
    """Pairs of waves, the longest of them a year."""
    turns = 2 * np.pi * weeks / SEASON_WEEKS
    return [wave(order * turns) for order in range(1, HARMONICS + 1) for wave in (np.sin, np.cos)]


def _fitted(series: Series) -> Estimate | Shortage:
    if min(series.sides()) < FEWEST_WEEKS:
        return Shortage.WEEKS
    if sum(series.before().counts) < FEWEST_COMPLAINTS:
        return Shortage.COMPLAINTS
    basis, series = _basis(series)
    if basis is None:
        return Shortage.CONTROLS
    weeks = np.asarray(series.weeks, dtype=float)
    counts = np.asarray(series.counts, dtype=float)
    after = weeks >= series.shipped
    offset = np.zeros(len(weeks))
    if basis is Basis.CONTROLS:
        offset = np.log(np.asarray(series.controls, dtype=float) + 0.5)
    elif basis is Basis.CUSTOMERS:
        offset = np.log(np.asarray(series.exposure, dtype=float))
    for side in (after, ~after):
        if not counts[side].any():
            counts = np.where(side, FAINT / side.sum(), counts)
    middle = weeks[after].mean()
    length = weeks[-1] - weeks[0]
    time = (weeks - middle) / length
    columns = [np.ones(len(weeks)), time, after.astype(float), np.where(after, time, 0.0)]
    design = np.column_stack(columns + ([] if basis is Basis.CONTROLS else _season(weeks)))
    beta, means, dispersion = _regression(design, counts, offset)
    error, freedom, autocorrelation = _error(design, counts, means, dispersion, weeks, np.eye(design.shape[1])[2])
    from scipy.stats import t as student

    effect, trend = float(beta[2]), float(beta[3])
    reach, sure = (float(student.ppf((1 + level) / 2, freedom)) * error for level in (LEVEL, LOOK_LEVEL))
    first = effect + trend * (series.shipped - middle) / length
    return Estimate(
        ratio=_exp(effect),
        low=_exp(effect - reach),
        high=_exp(effect + reach),
        sure_low=_exp(effect - sure),
        sure_high=_exp(effect + sure),
        p_value=float(2 * student.sf(abs(effect) / error, freedom)),
        level_ratio=_exp(first),
        trend_ratio=_exp(trend / length),
        family=Family.NEGATIVE_BINOMIAL if dispersion else Family.POISSON,
        dispersion=dispersion,
        autocorrelation=autocorrelation,
        basis=basis,
    )


def _basis(series: Series) -> tuple[Basis | None, Series]:
    """What weeks are held against, and those of which that is known; None where there is nothing."""
    if len(series.controls):
        controls = np.asarray(series.controls, dtype=float)
        after = np.asarray(series.weeks) >= series.shipped
        if min(controls[after].mean(), controls[~after].mean()) >= FEWEST_CONTROLS:
            return Basis.CONTROLS, series
    if len(series.exposure):
        known = series.exposed()
        if min(known.sides()) >= YEAR and sum(known.before().counts) >= FEWEST_COMPLAINTS:
            return Basis.CUSTOMERS, known
    return (Basis.SEASON if min(series.sides()) >= YEAR else None), series


def _exp(value: float) -> float:
    # a ratio of 10 to the 30 says no more than that there is none to speak of
    return math.exp(min(max(value, -69.0), 69.0))


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
    design: Floats, counts: Floats, means: Floats, dispersion: float, weeks: Floats, contrast: Floats
) -> tuple[float, float, float]:
    """Standard error of a sum of coefficients, its degrees of freedom, and the autocorrelation of neighbouring weeks.

    `contrast` is what each coefficient counts for in the sum.
    """
    weights = means / (1 + dispersion * means)
    root = np.sqrt(weights)
    scaled = root[:, None] * design
    bread = np.linalg.pinv(scaled.T @ scaled)
    residuals = root * (counts - means) / means
    # the sum's error is this, applied to the errors of which the residuals are what the fit has left over
    influence = scaled @ bread @ contrast
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
    least = float(contrast @ np.linalg.pinv((means[:, None] * design).T @ design) @ contrast)
    return math.sqrt(max(variance, least)), max(freedom, 1.0), autocorrelation
