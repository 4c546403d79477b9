"""The effect of what shipped: found where there is one, not where there is none, and told only where there is data."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest

from nobodyasked.inference.impact import (
    LOOKS,
    Basis,
    Estimate,
    Family,
    Series,
    Shortage,
    estimate,
    look_at,
    rate_interval,
)


def told(series: Series, placebos: int = 4) -> Estimate:
    """The effect, where there must be one to tell."""
    found = estimate(series, placebos=placebos)
    assert isinstance(found, Estimate)
    return found


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
    fall = told(drawn(1, 30, 20, 0.4))
    assert fall.basis is Basis.CONTROLS
    assert 0.3 < fall.ratio < 0.55
    assert fall.sure_low < fall.low < 0.4 < fall.high < fall.sure_high < 1
    assert fall.p_value < 0.01
    assert fall.family is Family.POISSON
    assert len(fall.placebos) == 4
    assert all(112 <= one.week <= 118 for one in fall.placebos)
    rise = told(drawn(2, 30, 20, 2.5))
    assert 1 < rise.low < 2.5 < rise.high


def test_the_season_is_no_effect() -> None:
    series = drawn(31, 26, 20, 1.0)
    controlled = told(series)
    assert controlled.low < 1 < controlled.high
    # to who has nothing to compare with, a season looks like an effect; too few complaints about other needs are nothing
    for others in ((), [count // 60 for count in series.controls]):
        assert estimate(replace(series, controls=others)) is Shortage.CONTROLS
    # over whole years the season can be told from it
    false = 0
    for seed in range(8):
        alone = told(replace(drawn(seed, 52, 52, 1.0), controls=()), placebos=0)
        assert alone.basis is Basis.SEASON
        false += not alone.low <= 1 <= alone.high
    assert false <= 2
    effect = told(replace(drawn(1, 104, 60, 0.4), controls=()))
    assert effect.sure_low < 0.4 < effect.sure_high < 1
    assert [one.week for one in effect.placebos] == [152]
    assert estimate(replace(drawn(1, 52, 51, 0.4), controls=())) is Shortage.CONTROLS


def test_fewer_customers_are_no_effect() -> None:
    dice = np.random.default_rng(4)
    customers = np.where(np.arange(120) < 60, 5_000, 2_000)
    counts = dice.poisson(customers / 100)
    bare = Series(range(120), counts.tolist(), 60)
    known: list[float | None] = customers.tolist()
    exposed, untold = told(replace(bare, exposure=known)), told(bare)
    assert (exposed.basis, untold.basis) == (Basis.CUSTOMERS, Basis.SEASON)
    assert untold.high < 1
    assert exposed.low < 1 < exposed.high
    # weeks of which nobody told are left out, and no more than these
    known[3] = known[100] = None
    some = told(replace(bare, exposure=known))
    without = bare.only([week not in (3, 100) for week in range(120)])
    assert some == told(replace(without, exposure=[one for one in known if one is not None]))
    assert some.ratio == pytest.approx(exposed.ratio, rel=0.1)
    # with less than a year of them on a side they are no help
    assert told(replace(bare, exposure=[None] * 9 + known[9:])) == untold


def test_what_placebos_find_casts_doubt() -> None:
    series = drawn(3, 60, 20, 0.3)
    assert not told(series).doubtful
    # something else quartered them months before
    counts = [count * (4 if week < 36 else 1) for week, count in enumerate(series.counts)]
    other = told(replace(series, counts=counts))
    assert sum(one.rejects for one in other.placebos) >= 2
    assert other.doubtful


def test_verdicts_have_their_times() -> None:
    assert [look_at(weeks) for weeks in (0, 11, 12, 25, 26, 51, 52, 103, 104, 200)] == [
        *(None, None, 12, 12, 26, 26, 52, 52, 104, 104)
    ]
    # each errs in one case of eighty, so that all of them together do in no more than one of twenty
    found = told(drawn(1, 30, 20, 0.8))
    assert len(LOOKS) == 4
    assert np.log(found.sure_high / found.sure_low) > 1.2 * np.log(found.high / found.low)


@pytest.mark.parametrize(("before", "after", "enough"), [(12, 12, True), (11, 40, False), (40, 11, False)])
def test_fewer_than_twelve_points_are_no_verdict(before: int, after: int, enough: bool) -> None:
    assert (estimate(drawn(5, before, after, 0.2)) is not Shortage.WEEKS) == enough


def test_of_nothing_nothing_is_relieved() -> None:
    series = drawn(6, 20, 20, 1.0)
    assert estimate(replace(series, counts=[0] * 40)) is Shortage.COMPLAINTS
    assert estimate(replace(series, counts=[1] * 9 + [0] * 11 + [3] * 20)) is Shortage.COMPLAINTS


def test_the_last_complaint_is_gone() -> None:
    series = drawn(7, 20, 20, 1.0)
    gone = told(replace(series, counts=[*series.counts[:20], *[0] * 20]))
    assert gone.high < 1
    assert gone.ratio < 0.05


def test_overdispersed_counts_widen_the_interval() -> None:
    plain, spread = told(drawn(8, 30, 30, 0.7)), told(drawn(8, 30, 30, 0.7, gamma=0.4))
    assert (plain.dispersion, spread.family) == (0, Family.NEGATIVE_BINOMIAL)
    assert spread.dispersion > 0.1
    assert np.log(spread.high / spread.low) > 1.5 * np.log(plain.high / plain.low)


def test_weeks_that_resemble_their_neighbours_widen_it_too() -> None:
    dice = np.random.default_rng(9)
    shocks = dice.normal(size=80)
    for week in range(1, 80):
        shocks[week] = 0.8 * shocks[week - 1] + 0.6 * shocks[week]
    alike, mixed = (dice.poisson(60 * np.exp(0.3 * one)).tolist() for one in (shocks, dice.permutation(shocks)))
    found = [told(Series(range(80), counts, 40, [1_000] * 80)) for counts in (alike, mixed)]
    assert found[0].autocorrelation > 0.4 > found[1].autocorrelation
    assert np.log(found[0].high / found[0].low) > np.log(found[1].high / found[1].low)


def test_a_missing_week_moves_nothing_else() -> None:
    series = drawn(10, 30, 30, 0.5)
    whole, gap = told(series), told(series.only([week != 130 for week in series.weeks]))
    assert (whole.family, len(series.weeks)) == (gap.family, 60)
    assert gap.ratio == pytest.approx(whole.ratio, rel=0.1)


def test_the_interval_of_a_rate() -> None:
    weeks = list(range(20))
    # Garwood's exact limits of 0 and 10 events, of counts that fall as evenly as can be
    assert rate_interval(weeks, [0] * 20, [0.05] * 20) == pytest.approx((0, 3.6889), abs=1e-4)
    even = rate_interval(weeks, [0, 1] * 10, [0.1] * 20)
    assert even is not None
    assert even[0] <= 4.7954 / 2 < 5 < 18.3904 / 2 <= even[1]
    assert rate_interval(weeks[:11], [3] * 11, [1.0] * 11) is None
    # counts that spread, or come in spells, tell less of their mean
    dice = np.random.default_rng(11)
    steady = dice.poisson(20, 26).tolist()
    wild = dice.poisson(20 * dice.gamma(2, 0.5, 26)).tolist()
    spells = sorted(wild[:13]) + sorted(wild[13:], reverse=True)
    widths = []
    for counts in (steady, wild, spells):
        found = rate_interval(range(26), counts, [1.0] * 26)
        assert found is not None
        assert found[0] < sum(counts) / 26 < found[1]
        widths.append(np.log(found[1] / found[0]))
    assert 2 * widths[0] < widths[1] < widths[2]


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
        series = Series(range(before + after), counts, int(before), [100] * int(before + after))
        found = estimate(series, placebos=1)
        assert found is not Shortage.CONTROLS
        if isinstance(found, Estimate):
            assert np.isfinite([found.ratio, found.low, found.high, found.p_value, found.dispersion]).all()
            assert 0 < found.low <= found.ratio <= found.high
