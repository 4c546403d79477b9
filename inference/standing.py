"""The needs of before in a run: which of its groups they are, what joins them, and what they are called."""

from collections.abc import Callable, Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from .called import Called
from .finding import SpanFound
from .identity import steady
from .past import Past
from .space import Space
from .store import Lists, Rows

__all__ = ["Standing"]

Floats = NDArray[np.float32]
Indices = NDArray[np.intp]


class Standing:
    """The run before, held against spans that are grouped now.

    `texts`, `lengths` (in words) and `apart`, their vectors in the space, are parallel to the spans; `points` are those that are
    grouped, each a list of spans. `fit` turns texts into vectors of the space.
    """

    def __init__(
        self,
        past: Past,
        spans: Sequence[SpanFound],
        texts: Sequence[str],
        lengths: NDArray[np.integer],
        apart: Rows,
        points: Lists,
        space: Space,
        fit: Callable[[list[str]], Floats],
    ) -> None:
        self._past = past
        self._spans = spans
        self._texts = texts
        self._lengths = lengths
        self._apart = apart
        self._points = points
        self._space = space
        self._fit = fit

    def parts(self, parts: Sequence[Indices], vectors: Floats) -> list[tuple[Indices, bool]]:
        """Groups of points held against the needs of before, and whether each is mostly such a need; `vectors` are the points'."""
        if not self._past.owners:
            return [(part, False) for part in parts]
        owners = [self._past.owner([self._spans[row][:3] for row in rows]) for rows in self._points]
        before = np.array([-1 if need is None else need for need in owners], dtype=np.intp)
        if self._past.called:  # at once, since each asking looks through all spans
            self._fit([called.statement.meaning for called in self._past.called.values()])
        fresh = np.array([self._spans[rows[0]].key not in self._past.read for rows in self._points])
        return steady(parts, before, vectors, fresh, self._bears, self._shown)

    def is_settled(self, rows: Sequence[int]) -> bool:
        """Whether nearly all of some spans were of no need before."""
        return self._past.is_settled([self._spans[row][:3] for row in rows])

    def called(self, groups: Sequence[Sequence[int]]) -> list[Called | None]:
        """What groups of spans are called still that are mostly a need of before; each need's name goes to its first."""
        taken: set[int] = set()
        found: list[Called | None] = []
        for rows in groups:
            places = [self._spans[row][:3] for row in rows]
            need = self._past.owner(places)
            if need is None or need in taken or self._past.is_mostly_new(places):
                found.append(None)
                continue
            taken.add(need)
            found.append(self._past.called.get(need))
        return found

    def _bears(self, point: int, need: int) -> bool:
        """Whether a point bears out what a need of before is called."""
        called, rows = self._past.called.get(need), self._points[point]
        if called is None:
            return True
        near = self._apart[rows] @ self._fit([called.statement.meaning])[0]
        return bool(called.borne(near, [self._texts[row] for row in rows]).any())

    def _shown(self, points: Indices) -> Floats:
        """Points by those of their spans that were evidence, as they are known between runs."""
        own = [[row for row in self._points[point] if self._spans[row][:3] in self._past.owners] for point in points]
        rows = [row for some in own for row in some]
        starts = np.cumsum([0, *map(len, own)])
        points_of = [range(start, end) for start, end in pairwise(starts)]
        return self._space.joint(points_of, self._apart[rows], self._lengths[rows])
