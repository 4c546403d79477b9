"""New spans against known needs, and the search by meaning: exact indexes in memory."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from .need import SpanFound, Stance
from .signal import Kind

Floats = NDArray[np.float32]

_VOTERS = 15
_NOVEL_BELOW = 0.55  # mean cosine of the three nearest under which a span belongs to no known need
_LEAST_SHARE = 0.4  # share of the weighted vote that the winning need must have


class Placement(NamedTuple):
    """A span given to a need: `span_index` is its position among the spans asked about; confidence 0..1."""

    need_id: int
    span_index: int
    stance: Stance
    confidence: float


class VectorIndex:
    """Ids by nearness of their vectors; an id may have several rows, of which the nearest counts."""

    def __init__(self, ids: Sequence[int], vectors: Floats) -> None:
        self._ids = np.asarray(ids, dtype=np.int64)
        self._vectors = np.asarray(vectors, dtype=np.float32)
        if len(self._ids) != len(self._vectors):
            raise ValueError("ids and vectors must be parallel")
        self._used = len(self._ids)

    def __len__(self) -> int:
        return self._used

    def add(self, ids: Sequence[int], vectors: Floats) -> None:
        """Append rows; ids known already gain further rows."""
        vectors = np.asarray(vectors, dtype=np.float32)
        if len(ids) != len(vectors):
            raise ValueError("ids and vectors must be parallel")
        if not len(ids):
            return
        needed = self._used + len(ids)
        if needed > len(self._ids):
            room = max(needed, 2 * self._used, 64)
            grown_ids = np.zeros(room, dtype=np.int64)
            grown = np.zeros((room, vectors.shape[1]), dtype=np.float32)
            grown_ids[: self._used] = self._ids[: self._used]
            if self._used:
                grown[: self._used] = self._vectors[: self._used]
            self._ids, self._vectors = grown_ids, grown
        self._ids[self._used : needed] = ids
        self._vectors[self._used : needed] = vectors
        self._used = needed

    def discard(self, ids: Sequence[int]) -> None:
        """Forget every row of these ids; unknown ids are no error."""
        keep = ~np.isin(self._ids[: self._used], np.asarray(ids, dtype=np.int64))
        self._vectors = self._vectors[: self._used][keep]
        self._ids = self._ids[: self._used][keep]
        self._used = len(self._ids)

    def nearest(self, vector: Floats, limit: int) -> list[tuple[int, float]]:
        """At most `limit` (id, cosine in 0..1), nearest first, each id once."""
        if limit <= 0 or not self._used:
            return []
        ids, cosines = self.rows(np.asarray(vector, dtype=np.float32)[None, :], min(self._used, 4 * limit))
        best = _first_of_each(ids[0], cosines[0])
        if len(best) < limit and self._used > 4 * limit:
            ids, cosines = self.rows(np.asarray(vector, dtype=np.float32)[None, :], self._used)
            best = _first_of_each(ids[0], cosines[0])
        return best[:limit]

    def rows(self, vectors: Floats, count: int) -> tuple[NDArray[np.int64], Floats]:
        """Ids and cosines (0..1) of the `count` nearest rows of each vector, nearest first: shapes (n, count)."""
        count = min(count, self._used)
        cosines = np.asarray(vectors, dtype=np.float32) @ self._vectors[: self._used].T
        if count < self._used:
            picked = np.argpartition(cosines, self._used - count, axis=1)[:, self._used - count :]
            cosines = np.take_along_axis(cosines, picked, axis=1)
        else:
            picked = np.broadcast_to(np.arange(self._used), cosines.shape)
        order = np.argsort(-cosines, axis=1, kind="stable")
        found = np.take_along_axis(picked, order, axis=1)
        return self._ids[found], np.clip(np.take_along_axis(cosines, order, axis=1), 0.0, 1.0)


class NeedIndex:
    """The known needs by the vectors of their supporting evidence; new spans are placed by a vote of the nearest."""

    def __init__(self, need_ids: Sequence[int], span_vectors: Floats) -> None:
        self._index = VectorIndex(need_ids, span_vectors)

    def __len__(self) -> int:
        return len(self._index)

    def add(self, need_id: int, vectors: Floats) -> None:
        """Add evidence vectors of a need, new or known."""
        self._index.add([need_id] * len(vectors), vectors)

    def discard(self, need_ids: Sequence[int]) -> None:
        """Forget needs."""
        self._index.discard(need_ids)

    def place(
        self, spans: Sequence[SpanFound | tuple[int, int]], vectors: Floats, kinds: Sequence[Kind]
    ) -> list[Placement]:
        """The spans that belong to a known need, in order; noise and what is new are left out.

        `vectors` (n, width) and `kinds` are parallel to `spans`. The 15 nearest rows vote with their cosines; praise
        counts against the need. The confidence is the mean cosine of the winner's voters times its share of the vote.
        """
        if not (len(spans) == len(vectors) == len(kinds)):
            raise ValueError("spans, vectors and kinds must be parallel")
        placed: list[Placement] = []
        rows = [row for row, kind in enumerate(kinds) if kind is not Kind.NOISE]
        if not rows or not len(self._index):
            return placed
        ids, cosines = self._index.rows(np.asarray(vectors, dtype=np.float32)[rows], _VOTERS)
        for row, voters, weights in zip(rows, ids, cosines, strict=True):
            if float(weights[:3].mean()) < _NOVEL_BELOW:
                continue
            sums: dict[int, float] = {}
            for need, weight in zip(voters.tolist(), weights.tolist(), strict=True):
                sums[need] = sums.get(need, 0.0) + weight**4
            winner = min(sums, key=lambda need: (-sums[need], need))
            share = sums[winner] / sum(sums.values())
            if share < _LEAST_SHARE:
                continue
            mean = float(weights[voters == winner][:5].mean())
            stance: Stance = "CONTRADICTS" if kinds[row] is Kind.PRAISE else "SUPPORTS"
            placed.append(Placement(winner, row, stance, round(float(np.clip(mean * share**0.5, 0.0, 1.0)), 4)))
        return placed


def _first_of_each(ids: NDArray[np.int64], cosines: Floats) -> list[tuple[int, float]]:
    best: dict[int, float] = {}
    for identity, cosine in zip(ids.tolist(), cosines.tolist(), strict=True):
        best.setdefault(identity, cosine)
    return list(best.items())
