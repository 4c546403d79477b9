"""Do the intervals of impacts hold what they promise? Simulated series, of which the truth is known.

    python benchmarks/impact.py [--series N] [--seed N] [--json]

Series of weekly complaints about a need and about the needs it is held against, in every combination of: weeks before and
after shipping, complaints a week, autocorrelation of the noise (AR(1) on the log scale, each series its own), a season
that both share, and overdispersion (gamma noise, white). Each is measured once as it is, with an effect, and at its
placebo dates. Printed for each level of each of these, all others together, and for the worst combination: the share of
95 % intervals that hold the effect (wanted: 92 to 97 %), and the share of placebo dates at which one is found (at most
6 %).
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

from nobodyasked.inference.impact import Series, estimate

LENGTHS = ((12, 12), (26, 12), (52, 26), (104, 52))
RATES = (5.0, 40.0)
AUTOCORRELATIONS = (0.0, 0.3, 0.6)
SEASONS = (0.0, 0.4)
DISPERSIONS = (0.0, 0.2)
NOISE = 0.25
"""Standard deviation of the autocorrelated noise, on the log scale: a week is off by a quarter."""
CONTROLS = 6.0
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

    @property
    def name(self) -> str:
        before, after = self.weeks
        return f"{before}+{after} weeks, {self.rate:g} a week, rho {self.autocorrelation}, season {self.season}, dispersion {self.dispersion}"


def settings() -> Iterator[Setting]:
    for one in product(LENGTHS, RATES, AUTOCORRELATIONS, SEASONS, DISPERSIONS):
        yield Setting(*one)


def simulated(setting: Setting, dice: np.random.Generator) -> tuple[Series, float]:
    """A series, and the ratio that is true of its weeks after."""
    before, after = setting.weeks
    weeks = np.arange(before + after)
    since = np.where(weeks >= before, weeks - before, 0)
    effect = np.where(weeks >= before, EFFECT + SLOPE * since, 0.0)
    season = setting.season * np.sin(2 * np.pi * (weeks / 52 + dice.random())) + 0.005 * weeks

    def counts(rate: float, log: NDArray[np.float64]) -> list[int]:
        means = rate * np.exp(log + noise(setting.autocorrelation, len(weeks), dice))
        if setting.dispersion:
            means = means * dice.gamma(1 / setting.dispersion, setting.dispersion, len(weeks))
        return dice.poisson(means).tolist()

    controls = counts(setting.rate * CONTROLS, season)
    truth = math.exp(EFFECT + SLOPE * (after - 1) / 2)
    return Series(weeks.tolist(), counts(setting.rate, season + effect), before, controls), truth


def noise(rho: float, length: int, dice: np.random.Generator) -> NDArray[np.float64]:
    """AR(1), stationary from its first week on."""
    values = dice.normal(size=length)
    for index in range(1, length):
        values[index] = rho * values[index - 1] + math.sqrt(1 - rho**2) * values[index]
    return NOISE * values


@dataclass
class Tally:
    held: int = 0
    series: int = 0
    rejected: int = 0
    placebos: int = 0

    def add(self, other: Tally) -> None:
        self.held += other.held
        self.series += other.series
        self.rejected += other.rejected
        self.placebos += other.placebos

    def shown(self) -> dict[str, float | int | None]:
        return {
            "coverage": round(100 * self.held / self.series, 1),
            "series": self.series,
            "placebo_rejects": round(100 * self.rejected / self.placebos, 1) if self.placebos else None,
            "placebos": self.placebos,
        }


def measured(setting: Setting, count: int, seed: int) -> Tally:
    """Of so many series."""
    dice = np.random.default_rng([seed, *(int(100 * one) for one in (*setting.weeks, *astuple(setting)[1:]))])
    tally = Tally()
    for _ in range(count):
        series, truth = simulated(setting, dice)
        found = estimate(series)
        if found is None:
            continue
        tally.series += 1
        tally.held += found.low <= truth <= found.high
        tally.placebos += len(found.placebos)
        tally.rejected += sum(one.rejects for one in found.placebos)
    return tally


def main(arguments: Sequence[str]) -> None:
    parser = argparse.ArgumentParser(prog="impact", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--series", type=int, default=30, help="of each combination")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args(arguments)
    warnings.simplefilter("ignore")
    began = time.perf_counter()
    groups: dict[str, Tally] = defaultdict(Tally)
    worst: list[tuple[float, str]] = []
    for setting in settings():
        tally = measured(setting, given.series, given.seed)
        if not tally.series:
            continue
        worst.append((tally.held / tally.series, setting.name))
        before, after = setting.weeks
        for name in (
            "all",
            f"{before}+{after} weeks",
            f"{setting.rate:g} complaints a week",
            f"autocorrelation {setting.autocorrelation}",
            f"season {setting.season}",
            f"dispersion {setting.dispersion}",
        ):
            groups[name].add(tally)
    found = {name: tally.shown() for name, tally in groups.items()}
    ends = {"lowest": min(worst), "highest": max(worst)}
    if given.json:
        print(
            json.dumps({"groups": found, **{name: [round(100 * share, 1), of] for name, (share, of) in ends.items()}})
        )
        return
    for name, shown in found.items():
        placebo = "-" if shown["placebo_rejects"] is None else f"{shown['placebo_rejects']:.1f} %"
        print(f"{name:28} covers {shown['coverage']:5.1f} % of {shown['series']:6,}   placebo rejects {placebo}")
    for name, (share, of) in ends.items():
        print(f"{name} coverage of a combination: {100 * share:.1f} % ({of})")
    print(f"{time.perf_counter() - began:.0f} s")


if __name__ == "__main__":
    main(sys.argv[1:])
