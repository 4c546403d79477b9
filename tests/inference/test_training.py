"""The weights that ship are those that training gives, and what is learned holds for texts unlike those it was learned from."""

from collections.abc import Iterator
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from nobodyasked.inference import training
from nobodyasked.inference.teller import CLASSES, WEIGHTS, Teller, shipped
from nobodyasked.inference.training import Example, examples, train
from nobodyasked.inference.vector import MiniLM

ASK, TIP = CLASSES.index("ASK"), CLASSES.index("TIP")


@pytest.fixture(scope="module", autouse=True)
def read_once() -> Iterator[None]:
    """Each text is trained on several times: what shows in it stays the same."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(training, "traits", cache(training.traits))
        yield


@pytest.fixture(scope="module")
def known() -> list[Example]:
    return examples()


def calibration_error(found: NDArray[np.float32], given: list[Example], bins: int = 10) -> float:
    """Of the likeliest class, 0..1; asks weigh half, as they are half as common as among the examples."""
    labels = np.array([CLASSES.index(example.kind) for example in given])
    weights = np.where(labels == ASK, 0.5, 1.0)
    sure, right = found.max(axis=1), found.argmax(axis=1) == labels
    places = np.minimum((sure * bins).astype(int), bins - 1)
    parts = [places == place for place in range(bins) if (places == place).any()]
    gaps = [abs(np.average(sure[part] - right[part], weights=weights[part])) * weights[part].sum() for part in parts]
    return float(sum(gaps) / weights.sum())


def held_out(known: list[Example], vectors: NDArray[np.float32] | None) -> tuple[float, float]:
    """Calibration error and share of right classes in registers that the model has not seen, each fourth in turn."""
    registers = sorted({example.register for example in known})
    turns = np.array([registers.index(example.register) % 4 for example in known])
    found = np.zeros((len(known), len(CLASSES)), dtype=np.float32)
    for turn in range(4 if vectors is None else 1):
        rest, kept = np.flatnonzero(turns != turn), np.flatnonzero(turns == turn)
        teller = train([known[row] for row in rest], None if vectors is None else vectors[rest])
        some = None if vectors is None else vectors[kept]
        found[kept] = teller.probabilities([known[row].text for row in kept], some)
    told = np.flatnonzero(found.any(axis=1))
    given = [known[row] for row in told]
    right = [CLASSES[place] == example.kind for place, example in zip(found[told].argmax(axis=1), given, strict=True)]
    return calibration_error(found[told], given), float(np.mean(right))


def test_there_are_many_examples_of_each_class(known: list[Example]) -> None:
    assert len(known) >= 2500
    assert len({example.text for example in known}) == len(known)
    for name in CLASSES:
        assert sum(example.kind == name for example in known) >= 100
    assert len({example.register for example in known}) >= 10


def test_training_gives_the_weights_that_ship(known: list[Example]) -> None:
    texts = [example.text for example in known]
    again = train(known)
    assert list(again.rows) == list(shipped().rows), "train anew: python -m nobodyasked.inference.training"
    assert np.abs(again.probabilities(texts) - shipped().probabilities(texts)).max() < 0.05


@pytest.mark.long
def test_training_with_vectors_gives_the_weights_that_ship(known: list[Example], minilm: MiniLM) -> None:
    texts = [example.text for example in known]
    vectors = minilm.embed(texts)
    again = train(known, vectors)
    apart = np.abs(again.probabilities(texts, vectors) - shipped().probabilities(texts, vectors))
    # vectors differ a little from processor to processor
    assert apart.max() < 0.2
    assert apart.mean() < 0.005


def test_scores_are_calibrated_in_registers_held_out(known: list[Example]) -> None:
    error, right = held_out(known, None)
    assert error <= 0.05
    assert right > 0.6


@pytest.mark.long
def test_scores_with_vectors_are_calibrated_in_registers_held_out(known: list[Example], minilm: MiniLM) -> None:
    error, right = held_out(known, minilm.embed([example.text for example in known]))
    assert error <= 0.05
    assert right > 0.65


def test_weights_are_kept_as_they_are(tmp_path: Path) -> None:
    path = tmp_path / "again.npz"
    shipped().save(path)
    # the arrays, not the bytes: releases of Python write the head of an archive's members in different ways
    with np.load(path) as kept, np.load(WEIGHTS) as before:
        assert set(kept.files) == set(before.files)
        assert all(
            kept[name].dtype == before[name].dtype and np.array_equal(kept[name], before[name]) for name in before
        )
    assert len(WEIGHTS.read_bytes()) < 500_000
    again = Teller.load(path)
    assert again.rows == shipped().rows
    assert np.array_equal(again.joint.vector, shipped().joint.vector)


def test_no_texts_are_no_rows() -> None:
    assert shipped().probabilities([]).shape == (0, len(CLASSES))


def test_texts_that_are_told_again_are_told_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    texts = [f"{example.text} {number}" for number, example in enumerate(examples()[:40])]
    first = Teller.load(WEIGHTS).probabilities(texts)
    monkeypatch.setattr("nobodyasked.inference.teller._REMEMBERED", 7)
    again = Teller.load(WEIGHTS)
    assert np.array_equal(again.probabilities(texts), first)
    assert np.array_equal(again.probabilities(texts[::-1])[::-1], first)
