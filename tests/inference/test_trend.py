"""Surprise is calibrated: where nothing changed it is rare, whatever the spread, and what changed is found."""

from __future__ import annotations

import numpy as np
import pytest

from nobodyasked.inference.trend import FALSE_SHARE, LEAST_WEEKS, PAST_WEEKS, adjusted, movements, surges, surprise


@pytest.mark.parametrize("weeks", [LEAST_WEEKS, PAST_WEEKS])
def test_where_nothing_changed_surprise_is_as_rare_as_it_says(weeks: int) -> None:
    dice = np.random.default_rng(7)
    for mean in (1.0, 4.0, 20.0):
        for spread in (1.0, 2.0, 3.0):
            size = (4_000, weeks + 1)
            shape = mean / (spread - 1) if spread > 1 else 0
            counts = dice.negative_binomial(shape, shape / (shape + mean), size) if shape else dice.poisson(mean, size)
            for part in np.split(counts, 40):
                found = surprise(part[:, :-1], part[:, -1])
                assert np.all((found.high >= 0) & (found.high <= 1) & (found.low <= 1))
            found = surprise(counts[:, :-1], counts[:, -1])
            assert (found.high <= 0.05).mean() < 0.075, (mean, spread)
            assert (found.high <= 0.01).mean() < 0.025, (mean, spread)
            assert (found.low <= 0.05).mean() < 0.06, (mean, spread)
            assert found.expected.mean() == pytest.approx(mean, rel=0.1, abs=0.1)


def test_what_rose_is_found_and_few_others_are() -> None:
    dice = np.random.default_rng(11)
    false, true = [], []
    for _ in range(60):
        mean = dice.gamma(1, 3, 50) + 0.5
        table = dice.poisson(mean[:, None], (50, PAST_WEEKS + 1))
        table[:5, -1] = dice.poisson(4 * mean[:5] + 4)
        found = adjusted(surprise(table[:, :-1], table[:, -1]).high) <= 0.05
        false.append(found[5:].sum() / max(1, found.sum()))
        true.append(found[:5].mean())
    assert np.mean(false) < 0.06
    assert np.mean(true) > 0.6


def test_adjusting_is_that_of_benjamini_and_hochberg() -> None:
    p = np.array([0.01, 0.02, 0.03, 0.5])
    assert adjusted(p).tolist() == pytest.approx([0.04, 0.04, 0.04, 0.5])
    assert adjusted(np.array([])).tolist() == []
    with pytest.raises(ValueError, match="too short"):
        surprise(np.ones((2, LEAST_WEEKS - 1), dtype=int), np.ones(2, dtype=int))


def test_needs_that_rise_fall_are_new_or_steady() -> None:
    weeks = range(100, 120)
    rows = [(need, week, 5) for need in (1, 2, 3) for week in weeks if not (need == 2 and week >= 116)]
    rows += [(1, 119, 20), (4, 118, 2)]
    rows = [row for row in rows if row != (1, 119, 5)]
    moved = {one[0]: one for one in movements(rows, {1: 100, 2: 100, 3: 100, 4: 118}, 100, 116, 119)}
    assert {need: (one[1], one[2]) for need, one in moved.items()} == {
        1: ("RISING", 35),
        2: ("FALLING", 0),
        3: ("STEADY", 20),
        4: ("NEW", 2),
    }
    assert moved[3][3] == pytest.approx(20, abs=0.5)
    assert moved[4][3:] == (None, None, None)
    (found,) = [need for need, (_, _, q) in surges(rows, 100, 119).items() if q <= 0.05]
    assert found == 1


def test_of_many_needs_that_spread_few_weeks_have_a_false_surge() -> None:
    """Needs that are seldom heard, and vary more than Poisson's: where nothing changed a surge is found in one week of
    twenty, however long the past and however large the spread; and what rose fourfold is found where it can be seen."""
    dice = np.random.default_rng(5)
    for weeks in (LEAST_WEEKS, PAST_WEEKS):
        for shape, scale, least in ((0.5, 0.6, 0.05), (1.0, 3.0, 0.5)):
            false = []
            for spread in (1.5, 2.0, 3.0):
                for _ in range(40):
                    means = dice.gamma(shape, scale, 300) + least
                    table = spreading(dice, means, spread, weeks + 1)
                    table = table[table.sum(axis=1) > 0]
                    found = adjusted(surprise(table[:, :-1], table[:, -1]).high) <= FALSE_SHARE
                    false.append(bool((found & (table[:, -1] >= 3)).any()))
            assert np.mean(false) <= 0.075, (weeks, shape, np.mean(false))
    for spread, least_found in ((1.0, 0.9), (2.0, 0.7)):
        right, wrong = [], []
        for _ in range(20):
            means = dice.gamma(2, 5, 300) + 2
            table = spreading(dice, means, spread, PAST_WEEKS + 1)
            table[:15, -1:] = spreading(dice, 4 * means[:15], spread, 1)
            found = adjusted(surprise(table[:, :-1], table[:, -1]).high) <= FALSE_SHARE
            right.append(found[:15].mean())
            wrong.append(found[15:].sum() / max(1, found.sum()))
        assert np.mean(right) > least_found, spread
        assert np.mean(wrong) < 0.05, spread


def spreading(dice: np.random.Generator, means: np.ndarray, spread: float, weeks: int) -> np.ndarray:
    """(needs, weeks) Counts whose variance is `spread` times their mean."""
    size = (len(means), weeks)
    if spread == 1:
        return dice.poisson(means[:, None], size)
    return dice.negative_binomial(np.broadcast_to(means[:, None] / (spread - 1), size), 1 / spread)
