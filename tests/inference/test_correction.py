"""Confidences corrected by decisions."""

import numpy as np
import pytest

from nobodyasked.inference.correction import AS_STATED, Correction, Decided, corrected


def drawn(count: int, truth: Correction, seed: int = 3, needs: int = 10**6) -> list[Decided]:
    """Decisions on confidences that are off as `truth` says."""
    dice = np.random.default_rng(seed)
    stated = dice.uniform(0.3, 0.98, count).round(4).tolist()
    right = dice.random(count) < truth.of(stated)
    return [
        Decided(one, bool(hit), int(place % needs)) for place, (one, hit) in enumerate(zip(stated, right, strict=True))
    ]


def test_nothing_decided_corrects_nothing() -> None:
    assert corrected([], 0.5) == AS_STATED
    assert AS_STATED.of([0.1234, 0.9]) == [0.1234, 0.9]
    assert Correction(-0.5, 0.9).of([]) == []


@pytest.mark.parametrize("truth", [Correction(-0.8, 1.0), Correction(0.6, 1.0), Correction(0.0, 0.7)])
def test_many_decisions_make_confidences_right(truth: Correction) -> None:
    stated = np.linspace(0.4, 0.97, 20).tolist()
    off = np.abs(np.subtract(truth.of(stated), stated)).mean()
    left = [
        np.abs(np.subtract(truth.of(stated), corrected(drawn(count, truth), 0.5).of(stated))).mean()
        for count in (60, 3_000)
    ]
    assert left[1] < 0.02 < off
    assert left[0] < off


def test_few_decisions_move_little_and_no_order_changes() -> None:
    one = corrected([Decided(0.9, False, 1)], 0.5)
    assert 0.75 < one.of([0.9])[0] < 0.9
    # the same words again say less than others' do
    alike = corrected([Decided(0.9, False, 1)] * 20, 0.5).of([0.9])[0]
    different = corrected([Decided(0.9, False, need) for need in range(20)], 0.5).of([0.9])[0]
    assert different < alike < one.of([0.9])[0]
    # where all that is surer was wrong, what is surer is still not less sure
    upside_down = corrected([Decided(0.5 + 0.4 * (place % 2), place % 2 == 0, place) for place in range(400)], 0.5)
    sure = upside_down.of(np.linspace(0.002, 0.998, 400).round(4).tolist())
    assert sure == sorted(sure)
    assert 0 < sure[0] < sure[-1] < 1


def test_it_is_the_same_in_any_order() -> None:
    some = drawn(50, Correction(-0.5, 1.1), needs=8)
    assert corrected(some, 0.5) == corrected(some[::-1], 0.5)


def test_what_one_kind_is_off_by_is_held_to_for_another() -> None:
    towards = Correction(-1.0, 0.9).part(0.5)
    assert -1.0 < towards.shift < -0.5
    assert towards.stretch == 1.0
    assert corrected([], 0.5, towards) == towards
    some = drawn(10, AS_STATED)
    assert towards.of([0.9])[0] < corrected(some, 0.3, towards).of([0.9])[0] < corrected(some, 0.3).of([0.9])[0]


def test_what_is_seldom_off_is_held_to() -> None:
    some = drawn(40, Correction(-1.0, 1.0))
    held, loose = corrected(some, 0.1), corrected(some, 1.0)
    assert loose.of([0.9])[0] < held.of([0.9])[0] < 0.9
