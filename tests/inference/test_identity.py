from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from nobodyasked.inference import match
from nobodyasked.inference.identity import heirs, steady


def places(first: int, last: int) -> set[tuple[int, int, int]]:
    return {(key, 0, 10) for key in range(first, last)}


def test_a_need_that_grew_keeps_its_id() -> None:
    assert match({7: places(0, 10), 9: places(10, 20)}, [places(8, 40), places(0, 8) | places(100, 300)]) == {
        0: 9,
        1: 7,
    }


def test_of_two_halves_the_larger_keeps_the_id() -> None:
    assert match({1: places(0, 10)}, [places(0, 3), places(3, 10)]) == {1: 1}


def test_of_two_that_join_the_nearer_one_goes_on() -> None:
    assert match({1: places(0, 10), 2: places(10, 13)}, [places(0, 13)]) == {0: 1}


def test_strangers_and_slight_overlaps_match_nothing() -> None:
    assert match({1: places(0, 10)}, [places(50, 60), set()]) == {}
    assert match({1: places(0, 20), 2: set()}, [places(18, 20) | places(20, 40)]) == {0: 1}
    assert match({1: places(0, 20), 2: places(20, 40)}, [places(18, 40)]) == {0: 2}
    assert match({}, [places(0, 3)]) == {}


def test_what_goes_on_as_nothing_becomes_what_took_most_of_it() -> None:
    earlier = {1: places(0, 10), 2: places(10, 16), 3: places(20, 24), 4: places(30, 33)}
    found = [places(0, 12), places(12, 16), places(20, 22), places(22, 24)]
    assert heirs(earlier, found, {0: 1}) == {2: 1, 3: 2}
    assert heirs(earlier, [], {}) == {}


def cloud(*counts: int) -> tuple[NDArray[np.float32], list[NDArray[np.intp]]]:
    """Points around as many far middles as there are counts, and the rows of each."""
    dice = np.random.default_rng(3)
    rows: list[NDArray[np.float32]] = []
    for axis, count in enumerate(counts):
        some = dice.normal(0, 0.1, (count, 12))
        some[:, axis] += 1
        rows.append((some / np.linalg.norm(some, axis=1, keepdims=True)).astype(np.float32))
    ends = np.cumsum([0, *counts])
    return np.concatenate(rows), [np.arange(first, last) for first, last in pairwise(ends)]


def groups(answer: list[tuple[NDArray[np.intp], bool]]) -> list[tuple[list[int], bool]]:
    return [(points.tolist(), stands) for points, stands in answer]


def test_borders_of_before_stay_where_they_are_good() -> None:
    vectors, (one, two) = cloud(8, 8)
    before = np.repeat([5, 9], 8)
    # the new grouping moved two points over the border, and left one alone
    parts = [np.append(one, [8, 9]), two[2:7], two[7:]]
    assert groups(steady(parts, before, vectors)) == [(one.tolist(), True), (two.tolist(), True)]


def test_needs_of_large_ids_are_asked_for_by_them() -> None:
    vectors, (one, two) = cloud(9, 8)
    large = 1 << 60
    before = np.append(np.full(8, large), np.append(-1, np.full(8, 9)))
    asked: list[tuple[int, int]] = []

    def bears(point: int, need: int) -> bool:
        asked.append((point, need))
        return False

    steady([one, two], before, vectors, bears=bears)
    assert asked == [(8, large)]


def test_what_is_clearly_two_is_taken_apart() -> None:
    vectors, (one, two) = cloud(8, 6)
    before = np.full(14, 5)
    assert groups(steady([one, two], before, vectors)) == [(one.tolist(), True), (two.tolist(), False)]


def test_what_is_clearly_one_becomes_one() -> None:
    vectors, (one, other) = cloud(12, 6)
    before = np.array([4] * 6 + [5] * 6 + [6] * 6)
    assert groups(steady([one, other], before, vectors)) == [(one.tolist(), True), (other.tolist(), True)]
    # two that are far from each other stay two, whatever the new grouping holds together
    (both,) = [np.arange(18)]
    before = np.repeat([4, 6], [12, 6])
    assert groups(steady([both], before, vectors)) == [(one.tolist(), True), (other.tolist(), True)]


def test_what_is_farther_off_than_a_need_s_own_points_does_not_join_it() -> None:
    vectors, (one, two, three) = cloud(8, 4, 4)
    before = np.array([1] * 6 + [-1] * 2 + [-1] * 8)
    found = groups(steady([np.concatenate([one, three]), two], before, vectors))
    assert found == [(one.tolist(), True), (two.tolist(), False), *(([point], False) for point in three.tolist())]


def test_new_points_join_what_most_of_their_group_is_or_are_new() -> None:
    vectors, (one, two, three) = cloud(6, 6, 4)
    before = np.array([1, 1, 1, 1, -1, -1, 2, 2, 2, 2, -1, -1, -1, -1, -1, -1])
    found = groups(steady([np.concatenate([one, two]), three], before, vectors))
    assert found == [(one.tolist(), True), (two.tolist(), True), (three.tolist(), False)]
    every = sorted(point for points, _ in found for point in points)
    assert every == list(range(16))
