"""The space in which lacks are alike: meaning, less what all have in common.

A run groups in it, and new messages are placed in it, so that both see the same likeness.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from .lexicon import SUPERFLUOUS
from .phrase import stem
from .vector import Embedder, normalised

__all__ = ["LONG_MESSAGE", "Space", "blocks", "context"]

Floats = NDArray[np.float32]

_BLOCK_ROWS = 8_192
_CENTRED = 0.5  # how much of the common direction of all spans is taken out
_USUAL_OUT = 0.7  # how much of the direction of the product's own names is taken out as well, and of mere things
_CONTEXT = 0.4  # how far a span leans towards the rest of its message
_CONTEXT_SHORT = 1.5  # the same in a message so short that it has likely one concern
_SHORT_MESSAGE = 40  # words
_DISTINCT = 0.3  # strength of a direction from which it is one of its own
_TRIFLE = 0.03  # length of what moves the common direction so little that nothing comes to lie elsewhere
LONG_MESSAGE = 75
"""Words; in a message that is longer each span stands by itself."""


def blocks(rows: int) -> list[slice]:
    """Slices of bounded size, so that a step over all spans needs no second array of them all."""
    return [slice(start, start + _BLOCK_ROWS) for start in range(0, rows, _BLOCK_ROWS)]


def context(lengths: NDArray[np.intp]) -> Floats:
    """How far the spans of messages of so many words lean towards the mean of their message."""
    return np.where(lengths <= _SHORT_MESSAGE, _CONTEXT_SHORT, _CONTEXT).astype(np.float32)


class Space:
    """Made of the stems of the `names` that most messages share, of `common`, the mean of all spans' vectors (width,), and of
    the `things` that are but talked about."""

    def __init__(
        self, names: frozenset[str], common: Floats, embedder: Embedder, things: frozenset[str] = frozenset()
    ) -> None:
        self.names = names
        self.common = common
        self.things = things
        self._usual = self._directions(embedder)

    def _directions(self, embedder: Embedder) -> Floats:
        """Orthonormal directions, shape (m, width), of the words that tell nothing of what is lacked."""
        usual = sorted(self.names)
        texts = [*usual, " ".join(usual), *sorted(self.things)] if usual else sorted(self.things)
        if not texts:
            return np.zeros((0, embedder.dimensions), dtype=np.float32)
        _, strengths, rows = np.linalg.svd(embedder.embed(texts), full_matrices=False)
        return rows[strengths > _DISTINCT].astype(np.float32)

    def is_near(self, names: frozenset[str], common: Floats, things: frozenset[str] = frozenset()) -> bool:
        """Whether a space of these would be the same but for trifles."""
        return (names, things) == (self.names, self.things) and float(np.linalg.norm(common - self.common)) < _TRIFLE

    def tells(self, words: Sequence[str]) -> bool:
        """Whether words name something beside the product itself and what everyone says of it."""
        return any(word not in SUPERFLUOUS and len(word) > 2 and stem(word) not in self.names for word in words)

    def apart(self, vectors: Floats) -> Floats:
        """Vectors less what all spans have in common, so that what sets them apart decides; rows of length 1."""
        found = np.empty_like(vectors)
        for some in blocks(len(vectors)):
            moved = vectors[some] - _CENTRED * self.common
            found[some] = normalised(moved - _USUAL_OUT * (moved @ self._usual.T) @ self._usual)
        return found

    def in_context(self, apart: Floats, words: Sequence[Sequence[str]]) -> Floats:
        """Vectors of the spans of one message, each leaning towards their mean."""
        length = np.array([sum(len(some) for some in words)])
        return normalised(apart + context(length) * apart.mean(axis=0))

    def all_in_context(self, apart: Floats, message_of: Sequence[int], words: Sequence[Sequence[str]]) -> Floats:
        """The same for the spans of many messages, which lie together; `message_of` tells the message of each.

        Changes `apart` itself, which may be the largest array there is.
        """
        if not len(apart):
            return apart
        numbers = np.asarray(message_of)
        starts = np.flatnonzero(np.diff(numbers, prepend=-1))
        sizes = np.diff(starts, append=len(numbers))
        means = np.add.reduceat(apart, starts, axis=0) / sizes[:, None].astype(np.float32)
        means *= context(np.add.reduceat([len(found) for found in words], starts))[:, None]
        message = np.repeat(np.arange(len(starts)), sizes)
        for some in blocks(len(apart)):
            apart[some] = normalised(apart[some] + means[message[some]])
        return apart

    def joint(self, rows: Sequence[Sequence[int]], apart: Floats, words: Sequence[Sequence[str]]) -> Floats:
        """A vector for each point, a list of spans: that of its only span, or the mean of them, longer ones weighing more."""
        vectors = np.zeros((len(rows), apart.shape[1]), dtype=np.float32)
        for place, some in enumerate(rows):
            if len(some) == 1:
                vectors[place] = apart[some[0]]
                continue
            weights = np.array([len(words[row]) ** 0.5 for row in some], dtype=np.float32)
            vectors[place] = weights @ apart[some]
        return normalised(vectors)
