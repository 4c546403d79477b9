from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from nobodyasked.inference import HashedWords, Kind, NeedIndex, Piece, Placed, VectorIndex
from nobodyasked.inference.bearing import LEAST
from nobodyasked.inference.called import Called
from nobodyasked.inference.escape import wording
from nobodyasked.inference.vector import normalised

from .test_bearing import stating

EMBEDDER = HashedWords()
LATE = ["my parcel is late", "the parcel came late again", "parcel late by a week", "late parcel"]
DARK = ["please add dark mode", "dark mode is missing", "I want dark mode", "dark mode please"]


def pieces(texts: list[str], kind: Kind = Kind.PAIN, first: int = 100) -> list[Piece]:
    return [Piece(first + number, text, kind, 0.9) for number, text in enumerate(texts)]


def need_index() -> NeedIndex:
    index = NeedIndex(EMBEDDER)
    index.learn(1, pieces(LATE), EMBEDDER.embed(LATE))
    index.learn(2, pieces(DARK, first=200), EMBEDDER.embed(DARK))
    return index


def place(index: NeedIndex, some: list[Piece]) -> Placed:
    return index.place(some, EMBEDDER.embed([piece.text for piece in some]))


def test_new_spans_join_the_need_they_resemble_and_novel_ones_none() -> None:
    some = [
        Piece(1, "the parcel is late", Kind.PAIN, 0.9),
        Piece(2, "dark mode missing", Kind.WISH, 0.9),
        Piece(3, "zebra quartz vexing jungle", Kind.PAIN, 0.9),
        Piece(4, "parcel late", Kind.NOISE, 0.9),
        Piece(5, "parcel is never late", Kind.PRAISE, 0.9),
        Piece(6, "parcel late", Kind.PRAISE, 0.9),  # no praise, whatever it was taken for
    ]
    found = place(need_index(), some)
    assert [(item.need_id, item.span_index, item.stance) for item in found.placements] == [
        (1, 0, "SUPPORTS"),
        (2, 1, "SUPPORTS"),
        (1, 4, "CONTRADICTS"),
    ]
    assert all(0 < item.confidence < 1 for item in found.placements)
    assert found.novel == [2]


def test_the_lacks_of_a_short_message_are_placed_together() -> None:
    some = [Piece(1, "the parcel is late", Kind.PAIN, 0.9), Piece(1, "my neighbour waited as well", Kind.PAIN, 0.9)]
    found = place(need_index(), some)
    assert [(item.need_id, item.span_index) for item in found.placements] == [(1, 0), (1, 1)]
    first, second = found.placements
    assert first.confidence > second.confidence  # what says it itself is read first


def test_what_comes_alone_is_placed_like_what_comes_together() -> None:
    index = need_index()
    some = [*pieces(["late parcel again"], first=1), *pieces(["I want a dark mode"], first=2)]
    together = place(index, some).placements
    alone = [place(index, [piece]).placements[0] for piece in some]
    assert [(one.need_id, one.confidence) for one in alone] == [(one.need_id, one.confidence) for one in together]


def test_needs_can_be_learned_and_forgotten() -> None:
    index = NeedIndex(EMBEDDER)
    some = pieces(["the parcel is late"], first=1)
    assert place(index, some) == Placed([], [0])
    assert index.nearest(some, EMBEDDER.embed(["the parcel is late"])) is None
    index.learn(5, pieces(LATE), EMBEDDER.embed(LATE))
    assert [item.need_id for item in place(index, some).placements] == [5]
    assert index.nearest(some, EMBEDDER.embed(["the parcel is late"])) == 5
    index.learn(5, pieces(DARK), EMBEDDER.embed(DARK))
    assert place(index, some) == Placed([], [0])
    index.forget([5, 7])
    assert len(index) == 0
    assert place(index, some) == Placed([], [0])


def test_a_need_takes_no_lack_that_is_farther_off_than_nearly_all_of_its_own() -> None:
    index = NeedIndex(EMBEDDER)
    far, near = pieces(["a parcel"], first=1), pieces(["the parcel came late today"], first=1)
    for own, placed in ((LATE, True), (["the parcel came late", *LATE[:2], LATE[0] + " late"], False)):
        index.learn(1, pieces(own), EMBEDDER.embed(own))
        index.learn(2, pieces(DARK, first=200), EMBEDDER.embed(DARK))
        assert [item.need_id for item in place(index, far).placements] == [1] * placed, own
        assert [item.need_id for item in place(index, near).placements] == [1]


def test_what_does_not_bear_out_what_a_need_is_called_is_new() -> None:
    own = [
        "Alerts do not arrive on my phone",
        "My alerts won't arrive on the phone",
        "Alerts never arrive on this phone",
        "The phone goes dark",
    ]
    some = pieces(["The alerts do not arrive on my phone", "The alerts do not go away on my phone"], first=1)
    index = NeedIndex(EMBEDDER)
    for called, novel in ((None, []), (Called.of(stating("the alerts do not arrive"), set(), LEAST), [1])):
        index.learn(1, pieces(own), EMBEDDER.embed(own), called)
        found = place(index, some)
        assert found.novel == novel
        assert [item.span_index for item in found.placements] == [row for row in (0, 1) if row not in novel]
    index.forget([1])
    index.learn(1, pieces(own), EMBEDDER.embed(own))
    assert place(index, some).novel == []


def test_what_the_likeliest_need_does_not_bear_out_is_asked_of_the_next() -> None:
    rings = ["Alerts do not ring", "My alerts won't ring", "Alerts never ring"]
    leaves = ["Alerts will not go away", "The alerts won't go away", "Old alerts never go away"]
    asked = pieces(["Alerts on my phone will not go away"], first=1)
    one, other, far = np.eye(3, EMBEDDER.dimensions, dtype=np.float32)
    between = normalised((0.72 * one + 0.7 * other)[None, :])
    index = NeedIndex(EMBEDDER)
    index.learn(3, pieces([f"lamp {number}" for number in range(90)], first=300), np.tile(far, (90, 1)))
    index.learn(1, pieces(rings, first=100), np.tile(one, (3, 1)))
    index.learn(2, pieces(leaves, first=200), np.tile(other, (3, 1)))
    assert [item.need_id for item in index.place(asked, between).placements] == [1]
    called = Called.of(stating("the alerts do not ring"), set(), LEAST)
    index.learn(1, pieces(rings, first=100), np.tile(one, (3, 1)), called)
    assert [item.need_id for item in index.place(asked, between).placements] == [2]


def test_what_was_learned_bit_by_bit_places_as_what_was_learned_at_once() -> None:
    def needs(first: int, last: int) -> dict[int, list[str]]:
        things = [f"{one}{two}" for one in ("wagon", "kettle", "ladder", "violin") for two in ("wheel", "lid", "rope")]
        return {
            need: [
                f"with {'Zoomly' if need > 6 else 'it'} the {things[need]} of number {n} is broken" for n in range(40)
            ]
            for need in range(first, last)
        }

    def learn(index: NeedIndex, some: dict[int, list[str]]) -> NeedIndex:
        for need, texts in some.items():
            index.learn(need, pieces(texts, first=1000 * need), EMBEDDER.embed(texts))
        return index

    asked = pieces([*(texts[0] + " again" for texts in needs(0, 12).values()), "the Zoomly"], first=1)
    bit_by_bit = learn(NeedIndex(EMBEDDER), {**needs(0, 6), 99: LATE})
    before = place(bit_by_bit, asked)
    learn(bit_by_bit, needs(6, 12)).forget([99])
    # the space of all of them knows a name more; it is taken over by some needs at each use
    answers = [place(bit_by_bit, asked) for _ in range(4)]
    at_once = place(learn(NeedIndex(EMBEDDER), needs(0, 12)), asked)
    assert answers[0] != answers[-1] == at_once != before
    assert {item.need_id for item in at_once.placements} == set(range(12))
    assert len(asked) - 1 not in at_once.novel  # it is the product's name, and no lack


def test_unequal_lengths_are_refused() -> None:
    with pytest.raises(ValueError, match="parallel"):
        need_index().place(pieces(["a"]), EMBEDDER.embed(["a", "b"]))
    with pytest.raises(ValueError, match="parallel"):
        need_index().learn(1, pieces(["a"]), EMBEDDER.embed(["a", "b"]))
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


def test_what_a_need_is_called_is_embedded_like_what_is_compared_with_it() -> None:
    asked: list[str] = []

    class Watched(HashedWords):
        def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
            asked.extend(texts)
            return super().embed(texts)

    index = NeedIndex(Watched())
    statement = replace(stating("the alerts do not arrive"), meaning="@acme_help alerts &amp; badges")
    index.learn(1, pieces(LATE), EMBEDDER.embed(LATE), Called.of(statement, set(), LEAST))
    assert asked == [wording(statement.meaning)] == ["alerts & badges"]
