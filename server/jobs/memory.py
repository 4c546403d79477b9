"""What the mind holds in memory of the database: complaints, needs and inventions by meaning.

Everything is loaded at first use and brought up to date before each use, so that it is right whichever process wrote.
"""

from __future__ import annotations

import asyncio
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from ...inference.called import Called
from ...inference.place import NeedIndex, Piece, VectorIndex
from ...inference.vector import Embedder, normalised
from ...models.database import Database
from ...models.queries import decisions, nearness
from ...models.queries.nearness import Quote, Wording
from .decided import Corrections
from .reader import made_by, unpack
from .recall import Recall

__all__ = ["Complaints", "Inventions", "Needs", "Thread"]

T = TypeVar("T")
Floats = NDArray[np.float32]

SPANS_AT_ONCE = 5_000
CANDIDATES = 1_000
CANDIDATES_PER_HIT = 8
CANDIDATES_MOST = 4_000
SAMPLE = 100
SAME_BELOW = 0.05
LATEST_COMMIT_SECONDS = 120.0
MOST_GAPS = 10_000
EVIDENCE_PER_NEED = 64
NEEDS_AT_ONCE = 32
TEXTS_AT_ONCE = 16
RELOAD_SECONDS = 2.0


class Thread:
    """A thread for what takes long, off the event loop."""

    def __init__(self, name: str) -> None:
        self._pool = ThreadPoolExecutor(1, name)

    async def run(self, work: Callable[..., T], *arguments: object) -> T:
        """`work(*arguments)` on the thread, after what was asked before."""
        return await asyncio.get_running_loop().run_in_executor(self._pool, work, *arguments)

    def close(self) -> None:
        """Wait for the work in hand and drop the rest."""
        self._pool.shutdown(wait=True, cancel_futures=True)


class Complaints:
    """The complaints by the meaning of their spans: 56 to 70 bytes a span here, exact vectors from the database."""

    def __init__(self, database: Database, thread: Thread, embedder: Embedder) -> None:
        self._database = database
        self._thread = thread
        self._embedder = embedder
        self._recall = Recall(embedder.dimensions)
        self._suspect = False
        self._lock = asyncio.Lock()
        self._last = 0
        self._gaps: list[tuple[int, int, float]] = []

    def __len__(self) -> int:
        return len(self._recall)

    def inferred(self) -> None:
        """A run has ended: with another model than before, it has replaced vectors that are held here."""
        self._suspect = True

    async def load(self) -> None:
        """Bring the index up to date with the database."""
        async with self._lock:
            if self._suspect:
                await self._verify()
            await self._catch_up()

    async def nearest(self, vector: Floats, limit: int) -> list[tuple[int, float]]:
        """(complaint id, cosine 0..1) of at most `limit` complaints, nearest first."""
        await self.load()
        # the more there are, the more lie closely together: signs tell those apart less surely
        count = max(CANDIDATES, CANDIDATES_PER_HIT * limit, min(len(self._recall) // 500, CANDIDATES_MOST))
        spans = await self._thread.run(self._recall.nearest, vector, count)
        found = await nearness.span_vectors(self._database, spans)
        rows = [row for row in found if made_by(row[2], self._embedder)]
        if not rows:
            return []
        return await self._thread.run(_best, rows, vector, limit)

    async def _verify(self) -> None:
        self._suspect = False
        ids = await self._thread.run(self._recall.sample, SAMPLE)
        rows = {row[0]: row[2] for row in await nearness.span_vectors(self._database, ids)}
        if not rows:
            return
        same = all(made_by(row, self._embedder) for row in rows.values())
        if same:
            now = dict(zip(rows, unpack(list(rows.values())), strict=True))
            same = await self._thread.run(self._recall.differing, now) <= SAME_BELOW
        if not same:
            self._recall, self._last, self._gaps = Recall(self._embedder.dimensions), 0, []

    async def _catch_up(self) -> None:
        """Take in the spans written since the last time.

        PostgreSQL hands out ids before the commit: an id that is not there yet may still come, so the gaps are looked
        at again for two minutes, the longest that a statement of ours may take.
        """
        now = time.monotonic()
        for gap in list(self._gaps):
            first, last, deadline = gap
            await self._take(first, last, deadline)
            self._gaps.remove(gap)
        newest = await nearness.last_span(self._database)
        if newest > self._last:
            await self._take(self._last + 1, newest, now + LATEST_COMMIT_SECONDS)
        self._gaps = [gap for gap in self._gaps if gap[2] > now][-MOST_GAPS:]

    async def _take(self, first: int, last: int, deadline: float) -> None:
        while first <= last:
            rows = await nearness.span_signs(self._database, first - 1, last, SPANS_AT_ONCE)
            ids = [row[0] for row in rows]
            ours = [row for row in rows if made_by(row[1], self._embedder)]
            if ours:
                await self._thread.run(self._add, [row[0] for row in ours], [row[1] for row in ours])
            reached = ids[-1] if len(rows) == SPANS_AT_ONCE else last
            if self._database.dialect == "postgres":
                self._gaps += ((low, high, deadline) for low, high in gaps_between(first, ids, reached))
            self._last = max(self._last, reached)
            first = reached + 1

    def _add(self, ids: Sequence[int], vectors: Sequence[bytes]) -> None:
        self._recall.add(ids, unpack(vectors))


def gaps_between(first: int, ids: Sequence[int], last: int) -> list[tuple[int, int]]:
    """The ranges of [first, last] that hold none of `ids`, which ascend.

    >>> gaps_between(1, [2, 3, 6], 8)
    [(1, 1), (4, 5), (7, 8)]
    """
    edges = [first - 1, *ids, last + 1]
    return [(low + 1, high - 1) for low, high in pairwise(edges) if high - low > 1]


def _best(rows: Sequence[tuple[int, int, bytes]], vector: Floats, limit: int) -> list[tuple[int, float]]:
    cosines = np.clip(unpack([row[2] for row in rows]) @ vector, 0.0, 1.0)
    best: dict[int, float] = {}
    for row in np.argsort(-cosines, kind="stable").tolist():
        best.setdefault(rows[row][1], float(cosines[row]))
        if len(best) == limit:
            break
    return list(best.items())


def _each(work: Callable[[int, Sequence[Quote]], object], quotes: Mapping[int, Sequence[Quote]]) -> None:
    for identity, some in quotes.items():
        work(identity, some)


class _Texts(ABC):
    """Rows found by the meaning of their text, which is embedded again only when it changes."""

    def __init__(self, database: Database, thread: Thread, embedder: Embedder) -> None:
        self._database = database
        self._thread = thread
        self._embedder = embedder
        self._lock = asyncio.Lock()
        self._stale: set[int] | None = None  # None: all of it
        self._wordings: dict[int, tuple[str, Floats]] = {}
        self._index = VectorIndex([], np.zeros((0, embedder.dimensions), np.float32))

    def __len__(self) -> int:
        return len(self._wordings)

    def changed(self, ids: Sequence[int] | None = None) -> None:
        """These rows may have changed; all of them without `ids`."""
        if ids is None:
            self._stale = None
        elif self._stale is not None:
            self._stale.update(ids)

    async def nearest(self, vector: Floats, limit: int) -> list[tuple[int, float]]:
        """(id, cosine 0..1) of at most `limit` rows, nearest first."""
        async with self._lock:
            await self._catch_up()
            return await self._thread.run(self._index.nearest, vector, limit)

    async def _catch_up(self) -> None:
        if self._stale is not None and not self._stale:
            return
        stale, self._stale = self._stale, set()
        try:
            await self._reload(stale)
        except BaseException:
            self.changed(None if stale is None else list(stale))
            raise

    @abstractmethod
    async def _reload(self, stale: set[int] | None) -> None:
        """Read the rows that are stale, all of them where None, and take them in."""

    async def _embed(self, rows: Sequence[Wording]) -> None:
        """Bring `_wordings` up to date with rows."""
        new = [row for row in rows if row.id not in self._wordings or self._wordings[row.id][0] != row.text]
        for start in range(0, len(new), TEXTS_AT_ONCE):
            part = new[start : start + TEXTS_AT_ONCE]
            vectors = await self._thread.run(self._embedder.embed, [row.text for row in part])
            self._wordings.update({row.id: (row.text, vector) for row, vector in zip(part, vectors, strict=True)})


class Inventions(_Texts):
    """The inventions by title and mechanism."""

    async def _reload(self, stale: set[int] | None) -> None:
        rows = await nearness.inventions(self._database, None if stale is None else sorted(stale))
        await self._embed(rows)
        gone = sorted(stale) if stale is not None else sorted(self._wordings)
        await self._thread.run(self._index.discard, gone)
        if rows:
            vectors = np.stack([self._wordings[row.id][1] for row in rows])
            await self._thread.run(self._index.add, [row.id for row in rows], vectors)


class Needs(_Texts):
    """The live needs, by statement and by the middle of their evidence; and where a new span belongs.

    At most 64 spans a need are held, drawn evenly from its evidence. What belongs to a dismissed need is held too, so that it is
    known for that when it comes again.
    """

    def __init__(self, database: Database, thread: Thread, embedder: Embedder) -> None:
        super().__init__(database, thread, embedder)
        self._evidence = NeedIndex(embedder)
        self._dismissed: set[int] = set()
        self._called: dict[int, Called] = {}
        self._reloaded = -RELOAD_SECONDS
        self.corrections = Corrections()
        """Of what is stated of new evidence, as the latest run corrected its own."""

    def emerged(self, ids: Sequence[int]) -> None:
        """New needs that the next complaint may belong to."""
        self.changed(ids)
        self._reloaded = -RELOAD_SECONDS

    async def with_evidence(self, work: Callable[[NeedIndex], T]) -> T:
        """`work` with the needs as they were within the last seconds, on the mind's thread."""
        async with self._lock:
            # every placement changes a need: to reload it for the next one would cost more than the placement
            if self._stale is None or time.monotonic() - self._reloaded > RELOAD_SECONDS:
                await self._catch_up()
                self._reloaded = time.monotonic()
            return await self._thread.run(work, self._evidence)

    async def _reload(self, stale: set[int] | None) -> None:
        some = None if stale is None else sorted(stale)
        if stale is None:
            self.corrections = Corrections.unpacked(await decisions.latest_corrections(self._database))
        rows = await nearness.needs(self._database, some)
        dismissed = await nearness.dismissed(self._database, some)
        gone = sorted(stale) if stale is not None else sorted({*self._wordings, *self._dismissed})
        for identity in set(gone) - {row.id for row in rows}:
            self._wordings.pop(identity, None)
        told = await nearness.called(self._database, some)
        for identity in gone:
            self._called.pop(identity, None)
        self._called.update((key, one) for key, text in told.items() if (one := Called.unpacked(text)) is not None)
        self._dismissed = self._dismissed.difference(gone).union(dismissed)
        await self._embed(rows)
        await self._thread.run(self._forget, gone)
        living = [row.id for row in rows]
        for ids, learn in ((living, self._learn), (dismissed, self._learn_evidence)):
            for start in range(0, len(ids), NEEDS_AT_ONCE):
                some = ids[start : start + NEEDS_AT_ONCE]
                quotes = await nearness.quotes(self._database, some, EVIDENCE_PER_NEED)
                await self._thread.run(_each, learn, quotes)

    def _forget(self, ids: Sequence[int]) -> None:
        self._index.discard(ids)
        self._evidence.forget(ids)

    def _learn(self, identity: int, quotes: Sequence[Quote]) -> None:
        statement = self._wordings[identity][1][None, :]
        self._index.add([identity], statement)
        vectors = self._learn_evidence(identity, quotes)
        if vectors is not None:
            self._index.add([identity], normalised(vectors.mean(axis=0, keepdims=True)))

    def _learn_evidence(self, identity: int, quotes: Sequence[Quote]) -> Floats | None:
        quotes = [quote for quote in quotes if made_by(quote.vector, self._embedder)]
        if not quotes:
            return None
        vectors = unpack([quote.vector for quote in quotes])
        pieces = [Piece(quote.complaint_id, quote.text) for quote in quotes]
        self._evidence.learn(identity, pieces, vectors, self._called.get(identity))
        return vectors
