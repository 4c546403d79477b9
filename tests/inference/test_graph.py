import numpy as np
import pytest

from nobodyasked.inference.graph import groups, neighbours
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
    found = groups(vectors, 0.8, 0)
    assert sorted(int(row) for part in found for row in part) == list(range(len(vectors)))
    assert len(found) < 8 * 6  # a blob without inner order may fall apart, but never joins another
    assert all(len(set(labels[part])) == 1 for part in found)


def test_the_same_seed_gives_the_same_groups_and_more_coherence_gives_more() -> None:
    vectors, _ = blobs(5, 50, spread=1.2)
    assert [part.tolist() for part in groups(vectors, 0.7, 3)] == [part.tolist() for part in groups(vectors, 0.7, 3)]
    assert len(groups(vectors, 0.9, 3)) > len(groups(vectors, 0.5, 3))


def test_two_tight_blobs_are_two_groups_though_their_mean_is_long_enough() -> None:
    vectors, labels = blobs(2, 8)
    found = groups(vectors, 0.4, 0)
    assert np.linalg.norm(vectors.mean(axis=0)) > 0.4
    assert [set(labels[part]) for part in found] == [{0}, {1}]


def test_few_rows_are_no_trouble() -> None:
    assert groups(np.zeros((0, 4), dtype=np.float32), 0.6, 0) == []
    one = normalised(np.ones((1, 4), dtype=np.float32))
    assert [part.tolist() for part in groups(one, 0.6, 0)] == [[0]]
    same = np.repeat(one, 200, axis=0)
    assert sum(len(part) for part in groups(same, 0.6, 0)) == 200


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
