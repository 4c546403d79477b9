import numpy as np
import pytest

from nobodyasked.inference import HashedWords, Kind, NeedIndex, VectorIndex

EMBEDDER = HashedWords()
LATE = ["my parcel is late", "the parcel came late again", "parcel late by a week", "late parcel"]
DARK = ["please add dark mode", "dark mode is missing", "I want dark mode", "dark mode please"]


def need_index() -> NeedIndex:
    return NeedIndex([1] * len(LATE) + [2] * len(DARK), EMBEDDER.embed([*LATE, *DARK]))


def test_new_spans_join_the_need_they_resemble_and_novel_ones_none() -> None:
    texts = ["the parcel is late", "dark mode missing", "zebra quartz vexing jungle", "parcel late", "parcel late"]
    kinds = [Kind.PAIN, Kind.WISH, Kind.PAIN, Kind.NOISE, Kind.PRAISE]
    placed = need_index().place([(0, 5)] * 5, EMBEDDER.embed(texts), kinds)
    assert [(item.need_id, item.span_index, item.stance) for item in placed] == [
        (1, 0, "SUPPORTS"),
        (2, 1, "SUPPORTS"),
        (1, 4, "CONTRADICTS"),
    ]
    assert all(0 < item.confidence <= 1 for item in placed)


def test_needs_can_be_added_and_forgotten() -> None:
    index = NeedIndex([], np.zeros((0, 384), dtype=np.float32))
    vectors = EMBEDDER.embed(["the parcel is late"])
    assert index.place([(0, 5)], vectors, [Kind.PAIN]) == []
    index.add(5, EMBEDDER.embed(LATE))
    assert [item.need_id for item in index.place([(0, 5)], vectors, [Kind.PAIN])] == [5]
    index.discard([5])
    assert len(index) == 0
    assert index.place([(0, 5)], vectors, [Kind.PAIN]) == []


def test_unequal_lengths_are_refused() -> None:
    with pytest.raises(ValueError, match="parallel"):
        need_index().place([(0, 1)], EMBEDDER.embed(["a", "b"]), [Kind.PAIN])
    with pytest.raises(ValueError, match="parallel"):
        VectorIndex([1], EMBEDDER.embed(["a", "b"]))


def test_the_best_row_of_an_id_counts_once() -> None:
    index = VectorIndex([1, 1, 2], EMBEDDER.embed(["parcel late", "dark mode", "parcel"]))
    index.add([3, 1], EMBEDDER.embed(["boots too small", "parcel late again"]))
    found = index.nearest(EMBEDDER.embed(["parcel late"])[0], 10)
    assert [identity for identity, _ in found][:2] == [1, 2]
    assert sorted(identity for identity, _ in found) == [1, 2, 3]
    assert found[0][1] == pytest.approx(1, abs=1e-5)
    assert all(0 <= cosine <= 1 for _, cosine in found)
    index.discard([1, 99])
    assert [identity for identity, _ in index.nearest(EMBEDDER.embed(["parcel late"])[0], 1)] == [2]
    assert index.nearest(EMBEDDER.embed(["a"])[0], 0) == []


def test_many_rows_of_one_id_do_not_hide_the_others() -> None:
    vectors = EMBEDDER.embed(["parcel late"] * 50 + ["parcel"])
    found = VectorIndex([1] * 50 + [2], vectors).nearest(EMBEDDER.embed(["parcel late"])[0], 2)
    assert [identity for identity, _ in found] == [1, 2]


def test_the_index_grows_by_many_small_steps() -> None:
    index = VectorIndex([], np.zeros((0, 384), dtype=np.float32))
    for number in range(200):
        index.add([number], EMBEDDER.embed([f"word{number}"]))
    assert len(index) == 200
    assert index.nearest(EMBEDDER.embed(["word150"])[0], 1)[0][0] == 150
