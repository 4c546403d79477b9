"""Do the intervals of impacts hold what they promise? Simulated series, of which the truth is known.

    python benchmarks/impact.py [--series N] [--seed N] [--only WORDS] [--json]

Series of weekly complaints about a need, in every combination of: weeks before and after shipping, complaints a week,
autocorrelation of the noise (AR(1) on the log scale, each series its own), a season, and overdispersion (gamma noise, white);
held against complaints about other needs, many or few, which share the season, or against a season of its own. Each is
measured once as it is, with an effect, and at its placebo dates. Printed for each level of each of these, all others together,
and for the worst combination: the share of 95 % intervals that hold the effect (wanted: 92 to 97 %), the share of placebo
dates at which one is found (at most 6 %), and the share of intervals that hold the rate that is left. In series without
an effect, that are measured again and again: the share in which any of the looks led to a verdict (at most 5 %).
"""

from __future__ import annotations

import argparse
import json
import math
import sys
import time
import warnings
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import astuple, dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray

from nobodyasked.inference.impact import LOOKS, Estimate, Series, estimate, rate_interval

LENGTHS = ((12, 12), (26, 12), (52, 26), (104, 52))
YEARS = ((52, 52), (104, 52), (104, 104))
RATES = (5.0, 40.0)
AUTOCORRELATIONS = (0.0, 0.3, 0.6)
SEASONS = (0.0, 0.4)
DISPERSIONS = (0.0, 0.2)
NOISE = 0.25
"""Standard deviation of the autocorrelated noise, on the log scale: a week is off by a quarter."""
CONTROLS = 6.0
"""Complaints about other needs, as a multiple of those about the need."""
FEW_CONTROLS = 6.0
"""Complaints about other needs a week, where they are few: hardly as many as it takes."""
EFFECT = math.log(0.5)
SLOPE = -0.01
"""What the effect grows by each week, on the log scale."""


@dataclass(frozen=True)
class Setting:
    """One combination."""

    weeks: tuple[int, int]
    rate: float
    autocorrelation: float
    season: float
    dispersion: float
    controls: float
    """Complaints a week about the needs that it is held against; 0 for none."""
    looks: bool = False
    """Whether it is measured at one look after the other, with no effect, rather than once with one."""

    @property
    def kind(self) -> str:
        if self.looks:
            return f"looks, {'with' if self.controls else 'no'} controls"
        return "no controls" if not self.controls else "few controls" if self.controls == FEW_CONTROLS else "controls"

    @property
    def name(self) -> str:
        before, after = self.weeks
        return (
            f"{self.kind}: {before}+{after} weeks, {self.rate:g} a week, rho {self.autocorrelation},"
            f" season {self.season}, dispersion {self.dispersion}"
        )


def settings() -> Iterator[Setting]:
    noises = (AUTOCORRELATIONS, SEASONS, DISPERSIONS)
    for weeks, rate, *noise in product(LENGTHS, RATES, *noises):
        yield Setting(weeks, rate, *noise, controls=rate * CONTROLS)
    for weeks, *noise in product(LENGTHS, *noises):
        yield Setting(weeks, RATES[0], *noise, controls=FEW_CONTROLS)
    for weeks, rate, *noise in product(YEARS, RATES, *noises):
        yield Setting(weeks, rate, *noise, controls=0)
    for before, rate, *noise in product((26, 104), RATES, *noises):
        yield Setting((before, max(LOOKS)), rate, *noise, controls=rate * CONTROLS, looks=True)
    for rate, *noise in product(RATES, *noises):
        yield Setting((104, max(LOOKS)), rate, *noise, controls=0, looks=True)


def simulated(setting: Setting, dice: np.random.Generator) -> tuple[Series, float, float]:
    """A series, and the ratio and the mean rate that are true of its weeks after."""
    before, after = setting.weeks
    weeks = np.arange(before + after)
    since = np.where(weeks >= before, weeks - before, 0)
    effect = np.where(weeks >= before, EFFECT + SLOPE * since, 0.0) * (not setting.looks)
    season = setting.season * np.sin(2 * np.pi * (weeks / 52 + dice.random())) + 0.005 * weeks

    def counts(rate: float, log: NDArray[np.float64]) -> list[int]:
        means = rate * np.exp(log + noise(setting.autocorrelation, len(weeks), dice))
        if setting.dispersion:
            means = means * dice.gamma(1 / setting.dispersion, setting.dispersion, len(weeks))
        return dice.poisson(means).tolist()

    controls = counts(setting.controls, season) if setting.controls else []
    truth = math.exp(EFFECT + SLOPE * (after - 1) / 2)
    # the noise is 1 in the middle, and so somewhat more in the mean
    left = setting.rate * np.exp(season + effect)[before:].mean() * math.exp(NOISE**2 / 2)
    return Series(weeks.tolist(), counts(setting.rate, season + effect), before, controls), truth, float(left)


def noise(rho: float, length: int, dice: np.random.Generator) -> NDArray[np.float64]:
    """AR(1), stationary from its first week on."""
    values = dice.normal(size=length)
    for index in range(1, length):
        values[index] = rho * values[index - 1] + math.sqrt(1 - rho**2) * values[index]
    return NOISE * values


@dataclass
class Tally:
    """How often what was promised was held."""

    held: int = 0
    series: int = 0
    rejected: int = 0
    placebos: int = 0
    left: int = 0
    rates: int = 0
    verdicts: int = 0
    looked: int = 0

    def add(self, other: Tally) -> None:
        for name, value in vars(other).items():
            setattr(self, name, getattr(self, name) + value)

    def shown(self) -> dict[str, float | int | None]:
        return {
            "coverage": _percent(self.held, self.series),
            "series": self.series,
            "placebo_rejects": _percent(self.rejected, self.placebos),
            "placebos": self.placebos,
            "rate_coverage": _percent(self.left, self.rates),
            "false_verdicts": _percent(self.verdicts, self.looked),
            "looked": self.looked,
        }


def _percent(part: int, whole: int) -> float | None:
    return round(100 * part / whole, 1) if whole else None


def measured(setting: Setting, count: int, seed: int) -> Tally:
    """Of so many series."""
    dice = np.random.default_rng([seed, *(int(100 * one) for one in (*setting.weeks, *astuple(setting)[1:]))])
    tally = Tally()
    for _ in range(count):
        series, truth, left = simulated(setting, dice)
        if setting.looks:
            tally.looked += 1
            tally.verdicts += any(judged(series, look) for look in LOOKS)
            continue
        found = estimate(series)
        if isinstance(found, Estimate):
            tally.series += 1
            tally.held += found.low <= truth <= found.high
            tally.placebos += len(found.placebos)
            tally.rejected += sum(one.rejects for one in found.placebos)
        before, after = setting.weeks
        rate = rate_interval(series.weeks[before:], series.counts[before:], [1.0] * after)
        if rate is not None:
            tally.rates += 1
            tally.left += rate[0] <= left <= rate[1]
    return tally


def judged(series: Series, look: int) -> bool:
    """Whether a look leads to a verdict."""
    found = estimate(series.only([week < series.shipped + look for week in series.weeks]))
    return isinstance(found, Estimate) and not found.doubtful and not found.sure_low <= 1 <= found.sure_high


def main(arguments: Sequence[str]) -> None:
    parser = argparse.ArgumentParser(prog="impact", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--series", type=int, default=30, help="of each combination")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", default="", help="combinations whose name begins with this")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args(arguments)
    warnings.simplefilter("ignore")
    began = time.perf_counter()
    groups: dict[str, Tally] = defaultdict(Tally)
    worst: list[tuple[float, str]] = []
    for setting in settings():
        if not setting.name.startswith(given.only):
            continue
        tally = measured(setting, given.series, given.seed)
        if tally.series:
            worst.append((tally.held / tally.series, setting.name))
        before, after = setting.weeks
        for level in (
            "all",
            f"{before}+{after} weeks",
            f"{setting.rate:g} complaints a week",
            f"autocorrelation {setting.autocorrelation}",
            f"season {setting.season}",
            f"dispersion {setting.dispersion}",
        ):
            groups[f"{setting.kind}: {level}"].add(tally)
    found = {name: tally.shown() for name, tally in groups.items()}
    ends = {"lowest": min(worst), "highest": max(worst)} if worst else {}
    if given.json:
        print(
            json.dumps({"groups": found, **{name: [round(100 * share, 1), of] for name, (share, of) in ends.items()}})
        )
        return
    for name, shown in found.items():
        if shown["looked"]:
            print(f"{name:45} a false verdict in {shown['false_verdicts']:4.1f} % of {shown['looked']:6,}")
            continue
        placebo = "-" if shown["placebo_rejects"] is None else f"{shown['placebo_rejects']:.1f} %"
        print(
            f"{name:45} covers {shown['coverage']:5.1f} % of {shown['series']:6,}   placebo rejects {placebo:6}"
            f"   rate covers {shown['rate_coverage']:5.1f} %"
        )
    for name, (share, of) in ends.items():
        print(f"{name} coverage of a combination: {100 * share:.1f} % ({of})")
    print(f"{time.perf_counter() - began:.0f} s")


if __name__ == "__main__":
    main(sys.argv[1:])
