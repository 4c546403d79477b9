"""The space in which lacks are alike: meaning, less what all have in common.

A run groups in it, and new messages are placed in it, so that both see the same likeness.
"""

from collections.abc import Collection, Sequence

import numpy as np
from numpy.typing import NDArray

from .lexicon import SUPERFLUOUS
from .phrase import stem
from .store import Lists, Numbers, Rows, blocks
from .vector import Embedder, normalised

__all__ = ["LONG_MESSAGE", "Apart", "InContext", "Space", "context", "tells"]

Floats = NDArray[np.float32]

_CENTRED = 0.5  # how much of the common direction of all spans is taken out
_USUAL_OUT = 0.7  # how much of the direction of the product's own names is taken out as well, and of mere things
_CONTEXT = 0.4  # how far a span leans towards the rest of its message
_CONTEXT_SHORT = 1.5  # the same in a message so short that it has likely one concern
_SHORT_MESSAGE = 40  # words
_DISTINCT = 0.3  # strength of a direction from which it is one of its own
_TRIFLE = 0.03  # length of what moves the common direction so little that nothing comes to lie elsewhere
LONG_MESSAGE = 75
"""Words; in a message that is longer each span stands by itself."""


def context(lengths: NDArray[np.intp]) -> Floats:
    """How far the spans of messages of so many words lean towards the mean of their message."""
    return np.where(lengths <= _SHORT_MESSAGE, _CONTEXT_SHORT, _CONTEXT).astype(np.float32)


def tells(words: Sequence[str], names: Collection[str]) -> bool:
    """Whether words name something beside the product itself (the stems of `names`) and what everyone says of it."""
    return any(word not in SUPERFLUOUS and len(word) > 2 and stem(word) not in names for word in words)


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
        return tells(words, self.names)

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

    def joint(
        self, rows: Sequence[Sequence[int]] | Lists, apart: Rows, lengths: Sequence[int] | NDArray[np.integer]
    ) -> Floats:
        """A vector for each point, a list of spans: that of its only span, or the mean of them, longer ones weighing more.

        `apart` has the vectors of the spans, `lengths` how many words each has.
        """
        if not isinstance(rows, Lists):
            rows = Lists(rows)
        weights = np.sqrt(np.asarray(lengths, dtype=np.float32))
        vectors = np.empty((len(rows), len(self.common)), dtype=np.float32)
        for some in blocks(len(rows)):
            first, last = rows.starts[some.start], rows.starts[some.stop]
            numbers = rows.numbers[first:last]
            found = apart[numbers]
            if len(numbers) > some.stop - some.start:
                starts = rows.starts[some.start : some.stop] - first
                alone = np.repeat(np.diff(starts, append=last - first) == 1, np.diff(starts, append=last - first))
                found *= np.where(alone, np.float32(1.0), weights[numbers])[:, None]
                found = np.add.reduceat(found, starts, axis=0)
            vectors[some] = normalised(found)
        return vectors


class Apart:
    """Vectors less what all have in common, made where they are asked for."""

    def __init__(self, space: Space, vectors: Rows) -> None:
        self._space = space
        self._vectors = vectors
        self.width = len(space.common)

    def __len__(self) -> int:
        return len(self._vectors)

    def __getitem__(self, rows: Numbers | slice) -> Floats:
        return self._space.apart(self._vectors[rows])


class InContext:
    """Vectors of spans, each leaning towards the mean of its message, made where they are asked for.

    The spans of a message lie together; `message_of` tells the message of each, `lengths` how many words it has.
    """

    def __init__(self, apart: Apart, message_of: NDArray[np.integer], lengths: NDArray[np.integer]) -> None:
        self._apart = apart
        self._starts = np.flatnonzero(np.diff(message_of, prepend=-1))
        self._ends = np.append(self._starts[1:], len(message_of))
        words = np.add.reduceat(lengths, self._starts) if len(message_of) else np.zeros(0, dtype=np.intp)
        self._leaning = context(words)

    def __len__(self) -> int:
        return len(self._apart)

    def __getitem__(self, rows: Numbers | slice) -> Floats:
        wanted = np.arange(len(self))[rows] if isinstance(rows, slice) else np.asarray(rows, dtype=np.intp)
        found = np.empty((len(wanted), self._apart.width), dtype=np.float32)
        for some in blocks(len(wanted)):
            found[some] = self._made(wanted[some])
        return found

    def _made(self, wanted: NDArray[np.intp]) -> Floats:
        messages, of = np.unique(np.searchsorted(self._starts, wanted, side="right") - 1, return_inverse=True)
        starts, sizes = self._starts[messages], self._ends[messages] - self._starts[messages]
        begins = np.cumsum(sizes) - sizes
        rows = np.arange(int(sizes.sum())) + np.repeat(starts - begins, sizes)
        apart = self._apart[rows]
        means = np.add.reduceat(apart, begins, axis=0) / sizes[:, None].astype(np.float32)
        means *= self._leaning[messages][:, None]
        return normalised(apart[begins[of] + wanted - starts[of]] + means[of])
