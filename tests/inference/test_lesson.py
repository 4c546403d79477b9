"""What labels teach."""

import numpy as np

from nobodyasked.inference import Kind, MiniLM, tell
from nobodyasked.inference.label import NO_LABELS, Labels
from nobodyasked.inference.signal import KINDS, Signal, chances, taught

WISHES = [
    f"kindly look at the {thing} {way}"
    for thing in ("door", "lamp", "shelf", "bench", "gate", "sign", "bin", "clock")
    for way in ("again", "once more", "today", "when you can")
]
"""Wordings of a team's own, which it takes for asks."""
PAINS = [f"the {thing} squeaks and is loose" for thing in ("door", "lamp", "shelf", "bench", "gate", "sign", "bin")]


def test_no_labels_teach_nothing(minilm: MiniLM) -> None:
    assert taught([], [], np.zeros((0, minilm.dimensions), np.float32)) is None
    signals = [Signal(Kind.PAIN, 0.7)]
    assert NO_LABELS.outweigh([(1, 0, 3)], signals) == signals


def test_labels_turn_what_is_like_them_and_leave_the_rest(minilm: MiniLM) -> None:
    learned, held = WISHES[::2] + PAINS[::2], WISHES[1::2]
    kinds = [[Kind.ASK]] * len(WISHES[::2]) + [[Kind.PAIN]] * len(PAINS[::2])
    lesson = taught(learned, kinds, minilm.embed(learned))
    assert lesson is not None
    ask = KINDS.index(Kind.ASK)
    vectors = minilm.embed(held)
    before = chances(held, vectors=vectors)[:, ask]
    after = chances(held, vectors=vectors, lesson=lesson)
    assert (after[:, ask] > before).mean() > 0.9
    assert after[:, ask].mean() > 0.8
    assert np.allclose(after.sum(axis=1), 1.0, atol=1e-4)
    others = PAINS[1::2]
    told = tell(others, None, minilm.embed(others), lesson)
    assert {signal.kind for signal in told} == {Kind.PAIN}


def test_few_labels_do_little(minilm: MiniLM) -> None:
    texts = ["the courier left my parcel in the rain", "I love the new colours", "Please add a dark mode"]
    vectors = minilm.embed(texts)
    lesson = taught(WISHES[:1], [[Kind.ASK]], minilm.embed(WISHES[:1]))
    assert [signal.kind for signal in tell(texts, None, vectors, lesson)] == [Kind.PAIN, Kind.PRAISE, Kind.ASK]


def test_a_label_may_leave_kinds_open(minilm: MiniLM) -> None:
    others = [kind for kind in Kind if kind is not Kind.ASK]
    lesson = taught(WISHES, [others] * len(WISHES), minilm.embed(WISHES))
    found = chances(WISHES, vectors=minilm.embed(WISHES), lesson=lesson)
    assert found[:, KINDS.index(Kind.ASK)].max() < 0.3


def test_a_persons_word_stands() -> None:
    labels = Labels({(7, 0, 4): Kind.NOISE})
    told = labels.outweigh([(7, 0, 4), (7, 5, 9)], [Signal(Kind.ASK, 0.9), Signal(Kind.PAIN, 0.6)])
    assert told == [Signal(Kind.NOISE, 1.0), Signal(Kind.PAIN, 0.6)]
