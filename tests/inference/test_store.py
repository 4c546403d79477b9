import numpy as np
import pytest

from nobodyasked.inference import HashedWords
from nobodyasked.inference.space import Apart, InContext, Space
from nobodyasked.inference.store import KnownVectors, Lists, Vectors
from nobodyasked.inference.vector import normalised

CHANCE = np.random.default_rng(1)


def some(rows: int) -> np.ndarray:
    """Vectors that float16 holds exactly."""
    return normalised(CHANCE.standard_normal((rows, 384))).astype(np.float16).astype(np.float32)


def test_known_vectors_are_given_back_by_place() -> None:
    known = KnownVectors(384)
    vectors = HashedWords().embed(["a late parcel", "a wrong invoice", "an empty battery", "a torn bag"])
    known.add([(1, 0, 5), (1, 6, 9)], vectors[:2])
    known.add([], vectors[:0])
    known.add([(70_000_000_000, 99_000, 100_000)], vectors[2:3])
    known.add([(1, 9, 12)], vectors[3:])  # what was found in a message later
    assert len(known) == 4
    assert list(known) == [(1, 0, 5), (1, 6, 9), (1, 9, 12), (70_000_000_000, 99_000, 100_000)]
    np.testing.assert_allclose(known[(70_000_000_000, 99_000, 100_000)], vectors[2], atol=1e-3)
    np.testing.assert_allclose(known[(1, 9, 12)], vectors[3], atol=1e-3)
    assert known.get((1, 0, 6)) is None
    assert known.get((2, 0, 5)) is None
    assert (1, 6, 9) in known
    assert known.has_message(1)
    assert not known.has_message(2)
    assert known.places_of(1) == [(1, 0, 5), (1, 6, 9), (1, 9, 12)]
    assert known.places_of(2) == []
    with pytest.raises(KeyError):
        known[(1, 9, 11)]


def test_vectors_of_both_stores_come_in_the_order_of_the_spans() -> None:
    old, new = some(700), some(600)  # more than a first block holds
    known = KnownVectors(384)
    known.add([(key, 0, 9) for key in range(700)], old)
    vectors = Vectors(1_400, known.store)
    numbers = np.where(np.arange(1_400) % 2 == 0, np.arange(1_400) // 2, -1)
    vectors.point(numbers >= 0, numbers[numbers >= 0])
    vectors.add([[2 * at + 1, 1_399] if at == 599 else [2 * at + 1] for at in range(600)], new)
    vectors.add([[row] for row in range(1_201, 1_399, 2)], new[:99])
    want = np.empty((1_400, 384), dtype=np.float32)
    want[::2] = old
    want[1::2] = np.concatenate([new, new[:99], new[599:]])
    assert vectors.shape == want.shape
    np.testing.assert_array_equal(vectors[:], want)
    np.testing.assert_array_equal(list(vectors), want)
    for rows in ([4, 2], [3, 1], [7, 4, 1_399], []):
        np.testing.assert_array_equal(vectors[rows], want[rows] if rows else want[:0])
    np.testing.assert_array_equal(vectors[1_398], want[1_398])
    np.testing.assert_allclose(vectors.mean(), want.mean(axis=0), atol=1e-6)
    assert not Vectors(0, known.store).mean().any()


def test_views_are_what_whole_arrays_would_be() -> None:
    vectors = some(9_000)  # more than one block
    message_of = np.sort(CHANCE.integers(0, 4_000, 9_000)).astype(np.int32)
    lengths = CHANCE.integers(1, 40, 9_000).astype(np.int32)
    space = Space(frozenset(["app", "drive"]), vectors.mean(axis=0), HashedWords())
    apart = space.apart(vectors)
    centred = InContext(Apart(space, vectors), message_of, lengths)
    assert len(centred) == 9_000
    whole = centred[:]
    for row in np.array([0, 17, 8_999]):
        mine = np.flatnonzero(message_of == message_of[row])
        alone = space.in_context(apart[mine], [["word"] * int(lengths[one]) for one in mine])
        np.testing.assert_allclose(whole[row], alone[list(mine).index(row)], atol=1e-5)
    rows = CHANCE.permutation(9_000)[:50]
    np.testing.assert_allclose(centred[rows], whole[rows], atol=1e-5)
    assert centred[[]].shape == (0, 384)
    lists = [[row] if row % 3 else [row, row + 1, 8_999] for row in range(8_998)]
    joint = space.joint(Lists(lists), apart, lengths)
    for place in (0, 1, 8_997):
        weights = np.sqrt(lengths[lists[place]]) if len(lists[place]) > 1 else np.ones(1)
        np.testing.assert_allclose(joint[place], normalised((weights @ apart[lists[place]])[None, :])[0], atol=1e-5)


def test_lists_are_given_back() -> None:
    lists = Lists([[1, 2], [], [70_000]])
    assert list(lists) == [[1, 2], [], [70_000]]
    assert (len(lists), lists[0]) == (3, [1, 2])
    assert list(Lists([[7], [8, 9]]).first()) == [7, 8]
    assert list(Lists([])) == []
