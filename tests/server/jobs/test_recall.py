"""The compact search by meaning."""

from __future__ import annotations

import numpy as np
import pytest

from nobodyasked.inference.vector import normalised
from nobodyasked.server.jobs.recall import BLOCK, Recall


@pytest.fixture(scope="module")
def vectors() -> np.ndarray:
    """3,000 rows of length 1 in 60 clouds, as sentences that say much the same."""
    drawn = np.random.default_rng(7)
    centres = drawn.standard_normal((60, 384), dtype=np.float32)
    rows = centres[drawn.integers(0, 60, 3_000)] + 0.8 * drawn.standard_normal((3_000, 384), dtype=np.float32)
    return normalised(rows)


def test_finds_what_an_exact_search_finds(vectors: np.ndarray) -> None:
    recall = Recall(384)
    recall.add(list(range(len(vectors))), vectors)
    shares = []
    for row in range(0, 3_000, 100):
        exact = np.argsort(-(vectors @ vectors[row]))[:10].tolist()
        shares.append(len(set(exact) & set(recall.nearest(vectors[row], 200))) / 10)
    assert np.mean(shares) > 0.97


def test_knows_rows_added_later_and_in_pieces(vectors: np.ndarray) -> None:
    whole, pieces = Recall(384), Recall(384)
    whole.add([row + 500 for row in range(3_000)], vectors)
    for start in range(0, 3_000, 7):
        part = vectors[start : start + 7]
        pieces.add([row + 500 for row in range(start, start + len(part))], part)
    assert len(pieces) == 3_000
    # equally near rows at the edge may come in or stay out: the nearest itself is always there
    assert all(row + 500 in pieces.nearest(vectors[row], 5) for row in range(0, 3_000, 50))
    assert sorted(pieces.nearest(vectors[0], 3_000)) == sorted(whole.nearest(vectors[0], 3_000))


def test_gives_every_row_where_there_are_few(vectors: np.ndarray) -> None:
    recall = Recall(384)
    assert recall.nearest(vectors[0], 10) == []
    recall.add([4, 2], vectors[:2])
    assert sorted(recall.nearest(vectors[5], 10)) == [2, 4]


def test_rows_beyond_a_block_are_found(vectors: np.ndarray) -> None:
    recall = Recall(384)
    filler = np.tile(-vectors[:1], (BLOCK + 10, 1))
    recall.add(list(range(BLOCK + 10)), filler)
    recall.add([9_999_999], vectors[:1])
    assert recall.nearest(vectors[0], 1) == [9_999_999]


@pytest.mark.parametrize("width", [8, 60, 64, 100])
def test_any_width_will_do(width: int) -> None:
    rows = np.eye(width, dtype=np.float32) * 2 - 1
    recall = Recall(width)
    recall.add(list(range(width)), rows)
    assert recall.nearest(rows[3], 1) == [3]


def test_a_million_rows_take_few_megabytes() -> None:
    recall = Recall(384)
    recall.add(range(100_000), np.ones((100_000, 384), dtype=np.float16))  # type: ignore[arg-type]
    assert recall.size <= 100_000 * 56
