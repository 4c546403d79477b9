"""What customers asked for that comes nearest to each invention.

Only the nearest asks of each invention are held. Before each use the table is brought up to date: new asks are compared
with every invention, new or changed inventions with every ask, and everything anew where asks went or changed.
"""

from __future__ import annotations

import asyncio
import heapq
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ...inference.vector import Embedder
from ...models.database import Database
from ...models.queries import nearness
from .memory import Thread
from .reader import made_by, unpack

__all__ = ["Asked"]

Floats = NDArray[np.float32]

NEAREST = 10
"""Asks that are held of each invention."""
ASKS_AT_ONCE = 5_000
TEXTS_AT_ONCE = 16


class Asked:
    """The nearest asks by invention, whichever process wrote either."""

    def __init__(self, database: Database, thread: Thread, embedder: Embedder) -> None:
        self._database = database
        self._thread = thread
        self._embedder = embedder
        self._lock = asyncio.Lock()
        self._versions: dict[int, int] = {}
        self._vectors: dict[int, Floats] = {}
        self._best: dict[int, list[tuple[float, int]]] = {}
        self._extent = (0, 0)

    def changed(self) -> None:
        """Vectors may have been written anew: compare everything again."""
        self._extent = (-1, 0)

    async def nearest(self) -> list[tuple[int, int, float]]:
        """(invention id, span id, cosine 0..1) of the asks nearest to each mechanism, nearest first."""
        async with self._lock:
            await self._catch_up()
            return [
                (invention, ask, score)
                for invention, best in sorted(self._best.items())
                for score, ask in sorted(best, key=lambda pair: (-pair[0], pair[1]))
            ]

    async def _catch_up(self) -> None:
        new = await self._mechanisms()
        count, last, since = await nearness.ask_extent(self._database, self._extent[1])
        old = [id for id in self._versions if id not in new]
        if count == self._extent[0] + since:
            await self._compare(old, self._extent[1], last)
        else:
            new |= set(old)
        # forgotten first, so that what is cut off here is done again by whoever comes next
        self._extent = (-1, 0)
        for id in new:
            self._best[id] = []
        await self._compare(sorted(new), 0, last)
        self._extent = (count, last)

    async def _mechanisms(self) -> set[int]:
        """Bring the inventions up to date; ids of those that are new or whose words may have changed."""
        there = dict(await nearness.invention_versions(self._database))
        for id in self._versions.keys() - there.keys():
            for held in (self._versions, self._vectors, self._best):
                held.pop(id, None)
        stale = sorted(id for id, version in there.items() if self._versions.get(id) != version)
        new: set[int] = set()
        for start in range(0, len(stale), TEXTS_AT_ONCE):
            part = await nearness.mechanisms(self._database, stale[start : start + TEXTS_AT_ONCE])
            vectors = await self._thread.run(self._embedder.embed, [row.text for row in part])
            for row, vector in zip(part, vectors, strict=True):
                self._versions[row.id] = there[row.id]
                known = self._vectors.get(row.id)
                if known is None or not np.array_equal(known, vector):
                    self._vectors[row.id] = vector
                    self._best[row.id] = []
                    new.add(row.id)
        return new

    async def _compare(self, inventions: Sequence[int], after: int, last: int) -> None:
        """Hold the asks with `after` < id <= `last` against inventions."""
        if not inventions:
            return
        rows = np.stack([self._vectors[id] for id in inventions])
        while asks := await nearness.ask_vectors(self._database, after, last, ASKS_AT_ONCE):
            after = asks[-1][0]
            await self._thread.run(self._take, inventions, rows, asks)

    def _take(self, inventions: Sequence[int], rows: Floats, asks: Sequence[tuple[int, bytes]]) -> None:
        # those of another model cannot be compared, and go with the next run
        fitting = [(id, vector) for id, vector in asks if made_by(vector, self._embedder)]
        if not fitting:
            return
        cosines = np.clip(rows @ unpack([vector for _, vector in fitting]).T, 0.0, 1.0)
        count = min(NEAREST, len(fitting))
        for row, id in zip(cosines, inventions, strict=True):
            top = np.argpartition(-row, count - 1)[:count]
            found = {ask: score for score, ask in self._best[id]}
            found |= {fitting[one][0]: round(float(row[one]), 6) for one in top.tolist()}
            pairs = ((score, ask) for ask, score in found.items())
            self._best[id] = heapq.nlargest(NEAREST, pairs, key=lambda pair: (pair[0], -pair[1]))
