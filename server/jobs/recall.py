"""The search by meaning over very many rows, in little memory.

A row is kept as the signs of its vector: 48 bytes for 384 numbers, a 16th of its float16 form. A search ranks all rows
by the bits they share with the question, and the best of them exactly, by vectors that the caller fetches.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

__all__ = ["Recall"]

BLOCK = 65_536  # rows compared at once, so that the work stays in the processor's cache


class Recall:
    """Row ids by nearness of their vectors' signs. Takes 56 bytes a row at 384 dimensions, and as much room to grow."""

    def __init__(self, dimensions: int) -> None:
        self._width = (dimensions + 63) // 64
        self._ids = np.zeros(0, dtype=np.int64)
        self._codes = np.zeros((0, self._width), dtype=np.uint64)
        self._used = 0

    def __len__(self) -> int:
        return self._used

    @property
    def size(self) -> int:
        """Bytes held."""
        return self._ids.nbytes + self._codes.nbytes

    def add(self, ids: Sequence[int], vectors: NDArray[np.floating]) -> None:
        """Append rows; `vectors` (n, dimensions) is parallel to `ids`, of which none may be there already."""
        needed = self._used + len(ids)
        if needed > len(self._ids):
            room = max(needed, len(self._ids) + len(self._ids) // 4, 1024)
            self._ids = np.concatenate([self._ids[: self._used], np.zeros(room - self._used, np.int64)])
            more = np.zeros((room - self._used, self._width), np.uint64)
            self._codes = np.concatenate([self._codes[: self._used], more])
        self._ids[self._used : needed] = ids
        self._codes[self._used : needed] = self._signs(vectors)
        self._used = needed

    def sample(self, count: int) -> list[int]:
        """Ids of at most `count` rows, evenly drawn."""
        return self._ids[np.unique(np.linspace(0, self._used - 1, count).astype(int))].tolist() if self._used else []

    def differing(self, vectors: Mapping[int, NDArray[np.floating]]) -> float:
        """Share of the bits in which rows differ from what their vectors, by id, are now; 0 where none of them is here."""
        rows = np.flatnonzero(np.isin(self._ids[: self._used], list(vectors)))
        if not len(rows):
            return 0.0
        now = self._signs(np.stack([vectors[identity] for identity in self._ids[rows].tolist()]))
        return float(np.bitwise_count(self._codes[rows] ^ now).sum() / (len(rows) * self._width * 64))

    def nearest(self, vector: NDArray[np.floating], count: int) -> list[int]:
        """Ids of the `count` rows that share most signs with `vector` (dimensions,), in no order."""
        code = self._signs(np.asarray(vector)[None, :])[0]
        apart = np.empty(self._used, dtype=np.uint16)
        for start in range(0, self._used, BLOCK):
            stop = min(start + BLOCK, self._used)
            np.sum(np.bitwise_count(self._codes[start:stop] ^ code), axis=1, dtype=np.uint16, out=apart[start:stop])
        if count < self._used:
            return self._ids[np.argpartition(apart, count)[:count]].tolist()
        return self._ids[: self._used].tolist()

    def _signs(self, vectors: NDArray[np.floating]) -> NDArray[np.uint64]:
        bits = np.packbits(np.asarray(vectors) > 0, axis=1)
        codes = np.zeros((len(bits), self._width * 8), dtype=np.uint8)
        codes[:, : bits.shape[1]] = bits
        return codes.view(np.uint64)
