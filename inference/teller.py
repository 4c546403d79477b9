"""The model that tells what a span does: probabilities over classes, from traits of its text and, where known, its vector.

A multinomial logistic regression, learned from the examples of this project (`training`). Its classes are finer than
the kinds that others see: advice to other customers apart from asks, praise that tells of a lack apart from praise, and
plain statements of fact, which are of no kind.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .trait import traits

__all__ = ["CLASSES", "WEIGHTS", "Layer", "Teller", "probabilities", "remembering", "shipped", "softmax"]

Floats = NDArray[np.float32]

CLASSES = ("ASK", "TIP", "PAIN", "WISH", "PRAISE", "RELIEF", "FACT", "NOISE")
_AT_ONCE = 2_048
_REMEMBERED = 8_192
_REMEMBERED_IN_A_RUN = 262_144  # about 250 bytes each
WEIGHTS = Path(__file__).with_name("teller.npz")


@dataclass(frozen=True)
class Layer:
    """Weights of the traits (n + 1, 8; the last row is naught, for what is unknown) and of the vector (width, 8; no rows
    where there is none), and the bias (8,)."""

    traits: Floats
    vector: Floats
    bias: Floats


@dataclass(frozen=True)
class Teller:
    """`rows` gives the row of each trait's weights; traits that are not there are unknown and weigh nothing."""

    rows: dict[str, int]
    alone: Layer
    """For texts without their vectors."""
    joint: Layer
    """For texts with them."""
    _known: dict[str, bytes] = field(default_factory=dict, init=False, compare=False, repr=False)
    """The rows of texts told lately: a text is mostly told again once its vector is known."""
    _bound: list[int] = field(default_factory=list, init=False, compare=False, repr=False)
    """How many of them at most, the last one counts; `_REMEMBERED` where none is given."""

    def probabilities(self, texts: Sequence[str], vectors: Floats | None = None) -> Floats:
        """Shape (n, 8), rows that sum to 1, in the order of `CLASSES`; `vectors` (n, width) are those of the texts."""
        layer = self.alone if vectors is None else self.joint
        found = np.empty((len(texts), len(CLASSES)), dtype=np.float32)
        for start in range(0, len(texts), _AT_ONCE):
            some = slice(start, start + _AT_ONCE)
            scores = layer.bias + self._sums(layer, texts[some])
            if vectors is not None:
                scores += np.asarray(vectors[some], dtype=np.float32) @ layer.vector
            found[some] = softmax(scores)
        return found

    def _sums(self, layer: Layer, texts: Sequence[str]) -> Floats:
        """The weights of each text's traits, summed."""
        shown = [self._shown(text) for text in texts]
        if not shown:
            return np.zeros((0, len(CLASSES)), dtype=np.float32)
        rows = np.frombuffer(b"".join(shown), dtype=np.uint16)
        starts = np.cumsum([0, *(len(some) // rows.itemsize for some in shown[:-1])])
        return np.add.reduceat(layer.traits[rows], starts, axis=0)

    def _shown(self, text: str) -> bytes:
        """The rows of a text's traits, at least that of naught, as uint16s."""
        found = self._known.get(text)
        if found is None:
            known = [row for row in map(self.rows.get, traits(text)) if row is not None]
            found = np.array([len(self.rows), *known], dtype=np.uint16).tobytes()
            if len(self._known) >= (self._bound[-1] if self._bound else _REMEMBERED):
                self._known.clear()
            self._known[text] = found
        return found

    def save(self, path: Path) -> None:
        """Write the weights; the same weights give the same bytes."""
        names = "\n".join(self.rows).encode()
        arrays = {
            f"{name}_{part}": getattr(layer, part).astype(np.float16)
            for name, layer in (("alone", self.alone), ("joint", self.joint))
            for part in ("traits", "vector", "bias")
        }
        np.savez_compressed(path, names=np.frombuffer(names, dtype=np.uint8), **arrays)

    @classmethod
    def load(cls, path: Path) -> "Teller":
        """The opposite of `save`. Weights are kept as float16, about 3 digits."""
        with np.load(path, allow_pickle=False) as kept:
            rows = {name: row for row, name in enumerate(kept["names"].tobytes().decode().split("\n"))}
            layers = [
                Layer(*(kept[f"{name}_{part}"].astype(np.float32) for part in ("traits", "vector", "bias")))
                for name in ("alone", "joint")
            ]
        return cls(rows, *layers)


@cache
def shipped() -> Teller:
    """The weights that come with the project, loaded once."""
    return Teller.load(WEIGHTS)


@contextmanager
def remembering(most: int = _REMEMBERED_IN_A_RUN) -> Iterator[None]:
    """While a run tells its spans twice, as many of them are remembered, and nothing afterwards."""
    teller = shipped()
    teller._bound.append(most)
    try:
        yield
    finally:
        teller._bound.pop()
        teller._known.clear()


def probabilities(texts: Sequence[str], vectors: Floats | None = None) -> Floats:
    """Those of the weights that come with the project, whose vectors are those of `weights.MODEL_NAME`."""
    return shipped().probabilities(texts, vectors)


def softmax(scores: NDArray[Any]) -> NDArray[Any]:
    """Rows of scores as probabilities."""
    raised = np.exp(scores - scores.max(axis=1, keepdims=True))
    return raised / raised.sum(axis=1, keepdims=True)
