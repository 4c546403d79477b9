import numpy as np
import pytest

from nobodyasked.inference.graph import NATURAL, coherent, exactly, grouped, groups, neighbours
from nobodyasked.inference.vector import normalised


def blobs(centres: int, each: int, spread: float = 0.25) -> tuple[np.ndarray, np.ndarray]:
    generator = np.random.default_rng(7)
    middle = normalised(generator.standard_normal((centres, 64)).astype(np.float32))
    labels = np.repeat(np.arange(centres), each)
    noise = normalised(generator.standard_normal((len(labels), 64)).astype(np.float32))
    return normalised(middle[labels] + spread * noise), labels


@pytest.mark.parametrize("each", [6, 40])
def test_well_parted_blobs_are_found(each: int) -> None:
    vectors, labels = blobs(8, each)
    found = groups(vectors, 0.8 if each == 6 else NATURAL, 0)
    assert sorted(int(row) for part in found for row in part) == list(range(len(vectors)))
    assert len(found) == 8
    assert all(len(set(labels[part])) == 1 for part in found)


def test_the_same_seed_gives_the_same_groups_and_more_coherence_gives_more() -> None:
    vectors, _ = blobs(5, 50, spread=1.2)
    assert [part.tolist() for part in groups(vectors, 0.7, 3)] == [part.tolist() for part in groups(vectors, 0.7, 3)]
    assert len(groups(vectors, 0.9, 3)) > len(groups(vectors, 0.5, 3))


@pytest.mark.parametrize(("centres", "each", "spread"), [(5, 200, 1.0), (60, 20, 1.0), (20, 60, 1.3)])
def test_the_grain_is_read_off_the_vectors(centres: int, each: int, spread: float) -> None:
    vectors, labels = blobs(centres, each, spread)
    found = groups(vectors, NATURAL, 0)
    large = [part for part in found if len(part) > 3]
    assert centres * 0.9 <= len(large) <= centres * 1.1
    right = sum(int(np.bincount(labels[part]).max()) for part in large)
    assert right >= 0.95 * len(vectors)


def test_less_granularity_leads_from_needs_towards_topics() -> None:
    generator = np.random.default_rng(5)
    topics = np.repeat(normalised(generator.standard_normal((6, 64)).astype(np.float32)), 8, axis=0)
    middles = normalised(topics + 0.9 * normalised(generator.standard_normal((48, 64)).astype(np.float32)))
    noise = normalised(generator.standard_normal((48 * 20, 64)).astype(np.float32))
    vectors = normalised(np.repeat(middles, 20, axis=0) + 0.6 * noise)
    assert len(groups(vectors, NATURAL, 0)) == 48
    assert len(groups(vectors, 0.25, 0)) < 16


def test_where_no_grain_stands_out_groups_are_as_fine_as_they_are_to_be_alike() -> None:
    branches = np.random.default_rng(1)
    ways = [branches.standard_normal((4 * 2**level, 24)) * 0.9**level for level in range(6)]
    sizes = []
    for seed in (2, 3):
        drawn = np.random.default_rng(seed)
        path = drawn.integers(0, ways[-1].shape[0], 800)
        rows = (
            sum(way[path >> (5 - level)] for level, way in enumerate(ways)) + 9 * drawn.standard_normal((800, 24)) / 2
        )
        vectors = normalised(rows.astype(np.float32))
        found = groups(vectors, NATURAL, 0)
        lengths = [float(np.linalg.norm(vectors[part].mean(axis=0))) for part in found]
        assert 0.45 < np.average(lengths, weights=[len(part) for part in found]) < 0.6
        sizes.append(len(found))
    assert max(sizes) < 1.3 * min(sizes)


def test_two_tight_blobs_are_two_groups_though_their_mean_is_long_enough() -> None:
    vectors, labels = blobs(2, 8)
    found = coherent(vectors, 0.4)
    assert np.linalg.norm(vectors.mean(axis=0)) > 0.4
    assert [set(labels[part]) for part in found] == [{0}, {1}]


def test_among_few_rows_one_large_group_beside_many_small_ones_stays_whole() -> None:
    drawn = np.random.default_rng(0)
    sizes = [120] + [5] * 20
    centres = normalised(drawn.standard_normal((len(sizes), 96)).astype(np.float32))
    common = normalised(drawn.standard_normal((1, 96)).astype(np.float32))
    noise = drawn.standard_normal((sum(sizes), 96)) / 96**0.5
    rows = normalised((np.repeat(centres, sizes, axis=0) + 0.6 * common + 1.4 * noise).astype(np.float32))
    largest = groups(rows, NATURAL, seed=0)[0]
    assert np.isin(np.arange(sizes[0]), largest).mean() >= 0.8
    assert (largest < sizes[0]).mean() >= 0.6


def test_few_rows_are_no_trouble() -> None:
    assert groups(np.zeros((0, 4), dtype=np.float32), 0.6, 0) == []
    one = normalised(np.ones((1, 4), dtype=np.float32))
    assert [part.tolist() for part in groups(one, 0.6, 0)] == [[0]]
    same = np.repeat(one, 200, axis=0)
    assert sum(len(part) for part in groups(same, 0.6, 0)) == 200


def test_trees_of_many_rows_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nobodyasked.inference.graph._LARGEST_TREE", 50)
    vectors, _ = blobs(4, 30)
    found = coherent(vectors, 0.8)
    assert sorted(int(row) for part in found for row in part) == list(range(len(vectors)))
    assert max(len(part) for part in found) <= 50
    assert all(np.linalg.norm(vectors[part].mean(axis=0)) >= 0.8 for part in found)


def test_neighbours_are_the_nearest_first() -> None:
    vectors, _ = blobs(4, 30)
    nearest, cosines = neighbours(vectors, 5)
    full = vectors @ vectors.T
    np.fill_diagonal(full, -2)
    np.testing.assert_allclose(cosines, -np.sort(-full, axis=1)[:, :5], atol=1e-5)
    assert all(row not in some for row, some in enumerate(nearest))


def test_a_stop_is_heard() -> None:
    class Stop(Exception):
        pass

    def check() -> None:
        raise Stop

    vectors, _ = blobs(3, 40)
    with pytest.raises(Stop):
        groups(vectors, 0.6, 0, check)


def test_of_very_many_rows_a_sample_is_grouped_and_the_others_join() -> None:
    vectors, labels = blobs(6, 100)
    stray = normalised(-vectors.mean(axis=0, keepdims=True))
    told: list[float] = []
    found = grouped(np.vstack([vectors, stray]), NATURAL, 0, most=240, least=0.5, progress=told.append)
    assert len(found) == 6
    assert sorted(int(row) for part in found for row in part if row < len(vectors)) == list(range(len(vectors)))
    assert all(len(set(labels[part])) == 1 for part in (some[some < len(labels)] for some in found))
    assert told == sorted(told)
    assert (told[0], told[-1]) == (0.0, 0.5)
    again = grouped(np.vstack([vectors, stray]), NATURAL, 0, most=240, least=0.5)
    assert [part.tolist() for part in found] == [part.tolist() for part in again]


@pytest.mark.parametrize("count", [1, 5, 8, 11, 40])
def test_as_many_groups_are_made_as_are_asked_for(count: int) -> None:
    vectors, labels = blobs(8, 30)
    found = exactly(vectors, count, 0)
    assert sorted(set(found.tolist())) == list(range(count))
    if count == 8:
        assert all(len(set(labels[found == one])) == 1 for one in range(8))


@pytest.mark.parametrize("count", [0, 31])
def test_more_groups_than_rows_are_refused(count: int) -> None:
    with pytest.raises(ValueError, match="count"):
        exactly(blobs(3, 10)[0], count, 0)
