"""The effect of what shipped: found where there is one, not where there is none, and told only where there is data."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest

from nobodyasked.inference.impact import Family, Series, estimate, rate_interval


def drawn(seed: int, before: int, after: int, effect: float, *, rate: float = 30, gamma: float = 0) -> Series:
    """Counts around a shipment with a season that controls share; `gamma` is their overdispersion."""
    dice = np.random.default_rng(seed)
    weeks = np.arange(100, 100 + before + after)
    season = np.exp(0.4 * np.sin(weeks / 52 * 2 * np.pi))
    means = rate * season * np.where(weeks >= 100 + before, effect, 1.0)
    if gamma:
        means = means * dice.gamma(1 / gamma, gamma, len(weeks))
    counts, controls = dice.poisson(means), dice.poisson(8 * rate * season)
    return Series(weeks.tolist(), counts.tolist(), 100 + before, controls.tolist())


def test_a_fall_and_a_rise_are_found() -> None:
    fall = estimate(drawn(1, 30, 20, 0.4))
    assert fall is not None
    assert fall.controlled
    assert 0.3 < fall.ratio < 0.55
    assert fall.low < 0.4 < fall.high < 1
    assert fall.p_value < 0.01
    assert fall.family is Family.POISSON
    assert len(fall.placebos) == 4
    assert all(112 <= one.week <= 118 for one in fall.placebos)
    rise = estimate(drawn(2, 30, 20, 2.5))
    assert rise is not None
    assert 1 < rise.low < 2.5 < rise.high


def test_the_season_is_no_effect() -> None:
    series = drawn(31, 26, 20, 1.0)
    controlled, alone = estimate(series), estimate(replace(series, controls=()))
    assert controlled is not None
    assert alone is not None
    assert controlled.low < 1 < controlled.high
    assert not alone.controlled
    # the season looks like an effect to who has nothing to compare with
    assert abs(np.log(alone.ratio)) > 2 * abs(np.log(controlled.ratio))
    # too few complaints about other needs are not compared with
    few = replace(series, controls=[count // 60 for count in series.controls])
    assert estimate(few) == alone


def test_fewer_customers_are_no_effect() -> None:
    dice = np.random.default_rng(4)
    customers = np.where(np.arange(40) < 20, 5_000, 2_000)
    counts = dice.poisson(customers / 100)
    bare = Series(range(40), counts.tolist(), 20)
    told = estimate(replace(bare, exposure=customers.tolist()))
    untold = estimate(bare)
    assert told is not None
    assert untold is not None
    assert untold.high < 1
    assert told.low < 1 < told.high


@pytest.mark.parametrize(("before", "after", "enough"), [(12, 12, True), (11, 40, False), (40, 11, False)])
def test_fewer_than_twelve_points_are_no_verdict(before: int, after: int, enough: bool) -> None:
    assert (estimate(drawn(5, before, after, 0.2)) is not None) == enough


def test_of_nothing_nothing_is_relieved() -> None:
    series = drawn(6, 20, 20, 1.0)
    assert estimate(replace(series, counts=[0] * 40)) is None
    assert estimate(replace(series, counts=[1] * 9 + [0] * 11 + [3] * 20)) is None


def test_the_last_complaint_is_gone() -> None:
    series = drawn(7, 20, 20, 1.0)
    gone = estimate(replace(series, counts=[*series.counts[:20], *[0] * 20]))
    assert gone is not None
    assert gone.high < 1
    assert gone.ratio < 0.05


def test_overdispersed_counts_widen_the_interval() -> None:
    plain, spread = estimate(drawn(8, 30, 30, 0.7)), estimate(drawn(8, 30, 30, 0.7, gamma=0.4))
    assert plain is not None
    assert spread is not None
    assert (plain.dispersion, spread.family) == (0, Family.NEGATIVE_BINOMIAL)
    assert spread.dispersion > 0.1
    assert np.log(spread.high / spread.low) > 1.5 * np.log(plain.high / plain.low)


def test_weeks_that_resemble_their_neighbours_widen_it_too() -> None:
    dice = np.random.default_rng(9)
    shocks = dice.normal(size=80)
    for week in range(1, 80):
        shocks[week] = 0.8 * shocks[week - 1] + 0.6 * shocks[week]
    alike, mixed = (dice.poisson(60 * np.exp(0.3 * one)).tolist() for one in (shocks, dice.permutation(shocks)))
    found = [estimate(Series(range(80), counts, 40)) for counts in (alike, mixed)]
    assert found[0] is not None
    assert found[1] is not None
    assert found[0].autocorrelation > 0.4 > found[1].autocorrelation
    assert np.log(found[0].high / found[0].low) > np.log(found[1].high / found[1].low)


def test_a_missing_week_moves_nothing_else() -> None:
    series = drawn(10, 30, 30, 0.5)
    whole = estimate(series)
    gap = estimate(Series(*(list(one[:30]) + list(one[31:]) for one in (series.weeks, series.counts)), 131, [*series.controls[:30], *series.controls[31:]]))  # fmt: skip
    assert whole is not None
    assert gap is not None
    assert gap.ratio == pytest.approx(whole.ratio, rel=0.1)


def test_the_interval_of_a_rate() -> None:
    # Garwood's exact limits of 0 and 10 events
    assert rate_interval(0, 1) == pytest.approx((0, 3.6889), abs=1e-4)
    assert rate_interval(10, 2) == pytest.approx((4.7954 / 2, 18.3904 / 2), abs=1e-4)


def test_the_statistics_library_is_loaded_late() -> None:
    code = "import sys, nobodyasked.inference.impact, nobodyasked.server.jobs.impact, nobodyasked.server.app; print([m for m in ('statsmodels', 'pandas', 'scipy') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_whatever_the_counts_the_answer_is_a_number() -> None:
    dice = np.random.default_rng(0)
    for _ in range(12):
        before, after = dice.integers(12, 40, 2)
        spread = dice.choice([0.05, 3])
        means = 10 ** dice.uniform(-1, 2) * dice.gamma(1 / spread, spread, before + after)
        counts = dice.poisson(means * np.repeat([1, dice.choice([0, 0.01, 10])], [before, after])).tolist()
        found = estimate(Series(range(before + after), counts, int(before)), placebos=1)
        if found is not None:
            assert np.isfinite([found.ratio, found.low, found.high, found.p_value, found.dispersion]).all()
            assert 0 < found.low <= found.ratio <= found.high
