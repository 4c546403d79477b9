"""New spans against known needs, and the search by meaning: exact indexes in memory."""

from collections import defaultdict
from collections.abc import Sequence
from itertools import groupby
from sys import intern
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from .aside import aside
from .confidence import LinkSigns, links
from .exemplar import Exemplars, NearBy
from .need import Stance
from .signal import Kind, Signal, speaks_against, words
from .space import LONG_MESSAGE, Space
from .vector import Embedder
from .wording import Wording

Floats = NDArray[np.float32]

_NOVEL_BELOW = 0.32  # cosine to the middle of the nearest need under which a lack belongs to no known need
_AGAINST_FROM = 0.43  # the same from which praise speaks against a need
_SPACE_ANEW = 0.2  # share of the known spans that may be others before what they have in common is worked out anew


class Piece(NamedTuple):
    """A span with its message's key, its text, kind and score of the kind."""

    key: int
    text: str
    kind: Kind = Kind.PAIN
    score: float = 0.5


class Placement(NamedTuple):
    """A span given to a need: `span_index` is its position among the spans asked about; confidence 0..1."""

    need_id: int
    span_index: int
    stance: Stance
    confidence: float


class Placed(NamedTuple):
    """What became of spans: those given to needs, and the positions of those that tell of a lack of no known need."""

    placements: list[Placement]
    novel: list[int]


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


class _Known:
    """A need's spans: points as lists of their rows, the words of each row, and vectors (rows, width)."""

    def __init__(self, pieces: Sequence[Piece], vectors: Floats) -> None:
        self.texts = [piece.text for piece in pieces]
        self.keys = [piece.key for piece in pieces]
        # of very many spans few words are new: one copy of each
        self.words = [[intern(word) for word in words(text)] for text in self.texts]
        self.vectors = np.asarray(vectors, dtype=np.float16)
        self.points = _points(self.keys, self.words)
        self.placed: Floats | None = None


class NeedIndex:
    """The known needs by their supporting spans, in the space in which a run over them would group."""

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder
        self._known: dict[int, _Known] = {}
        self._before: dict[int, _Known | None] = {}  # what the needs were that have changed since the last use
        self._held = 0
        self._space: Space | None = None
        self._changed = 0
        self._ids: list[int] = []
        self._place_of: dict[int, int] = {}
        self._exemplars: Exemplars | None = None

    def __len__(self) -> int:
        """Number of spans held."""
        return self._held

    def learn(self, need_id: int, pieces: Sequence[Piece], vectors: Floats) -> None:
        """The supporting spans of a need, in the place of those it had; vectors (n, width) are parallel to the pieces."""
        if len(pieces) != len(vectors):
            raise ValueError("pieces and vectors must be parallel")
        self.forget([need_id])
        if pieces:
            self._known[need_id] = _Known(pieces, vectors)
            self._held += len(pieces)
            self._before.setdefault(need_id, None)

    def forget(self, need_ids: Sequence[int]) -> None:
        """Forget needs; unknown ids are no error."""
        for need in need_ids:
            gone = self._known.pop(need, None)
            if gone is not None:
                self._held -= len(gone.texts)
                self._before.setdefault(need, gone)

    def place(self, pieces: Sequence[Piece], vectors: Floats) -> Placed:
        """Where spans belong; `vectors` (n, width) is parallel to `pieces`, those of one message lie together.

        The lacks of a short message are placed together, as a run groups them. Clear praise counts against the need whose
        matter it praises. What is noise, or names nothing, is neither placed nor novel.
        """
        if len(pieces) != len(vectors):
            raise ValueError("pieces and vectors must be parallel")
        found = Placed([], [])
        if not pieces:
            return found
        self._prepare(pieces, vectors)
        assert self._space is not None
        start = 0
        for _, some in groupby(pieces, key=lambda piece: piece.key):
            count = len(list(some))
            self._place_message(pieces, np.asarray(vectors, dtype=np.float32), range(start, start + count), found)
            start += count
        return found

    def nearest(self, pieces: Sequence[Piece], vectors: Floats) -> int | None:
        """The need that spans, taken together, are nearest to; None where no need is known."""
        self._prepare(pieces, vectors)
        if self._exemplars is None or self._space is None:
            return None
        found = [words(piece.text) for piece in pieces]
        point = self._space.joint([range(len(pieces))], self._space.apart(np.asarray(vectors, np.float32)), found)[0]
        return self._ids[self._exemplars.nearest(point).need]

    def _place_message(self, pieces: Sequence[Piece], vectors: Floats, rows: range, found: Placed) -> None:
        assert self._space is not None
        here = [pieces[row] for row in rows]
        said = [words(piece.text) for piece in here]
        apart = self._space.apart(vectors[rows.start : rows.stop])
        alone = self._space.in_context(apart, said)
        telling = [
            piece.kind is not Kind.NOISE and self._space.tells(some) for piece, some in zip(here, said, strict=True)
        ]
        lacking = [
            at
            for at, piece in enumerate(here)
            if telling[at] and piece.kind is not Kind.PRAISE and not aside(piece.text)
        ]
        points = [[lacking[at] for at in some] for some in _points([0] * len(lacking), [said[at] for at in lacking])]
        for some, vector in zip(points, self._space.joint(points, apart, said), strict=True):
            best = self._exemplars.nearest(vector) if self._exemplars is not None else None
            if best is None or best.fit.near < _NOVEL_BELOW:
                found.novel.extend(rows.start + at for at in some)
            else:
                self._give(found, best, "SUPPORTS", some, apart, here, rows.start)
        for at, piece in enumerate(here):
            praise = telling[at] and speaks_against(Signal(piece.kind, piece.score), piece.text)
            if praise and self._exemplars is not None:
                best = self._exemplars.nearest(alone[at])
                if best.fit.near >= _AGAINST_FROM:
                    self._give(found, best, "CONTRADICTS", [at], apart, here, rows.start)

    def _give(
        self,
        found: Placed,
        best: NearBy,
        stance: Stance,
        some: Sequence[int],
        apart: Floats,
        here: Sequence[Piece],
        first: int,
    ) -> None:
        assert self._exemplars is not None
        near = apart[list(some)] @ self._exemplars.centres[best.need]
        signs = [LinkSigns.of(best.fit, float(one), here[at].score) for one, at in zip(near, some, strict=True)]
        need = self._ids[best.need]
        for at, sure in zip(some, links(signs), strict=True):
            found.placements.append(Placement(need, first + at, stance, sure))

    def _prepare(self, pieces: Sequence[Piece], vectors: Floats) -> None:
        """Bring space and exemplars up to date; without a known need the pieces themselves make the space."""
        touched, self._before = self._before, {}
        self._changed += sum(_difference(before, self._known.get(need)) for need, before in touched.items())
        if self._space is None or self._changed > _SPACE_ANEW * max(1, len(self)):
            texts: dict[tuple[int, int], list[str]] = defaultdict(list)
            for need, known in self._known.items():
                for key, text in zip(known.keys, known.texts, strict=True):
                    texts[need, key].append(text)
                known.placed = None
            said = [" ".join(some) for some in texts.values()] or [piece.text for piece in pieces]
            some = [known.vectors for known in self._known.values()] or [np.asarray(vectors, dtype=np.float16)]
            common = np.concatenate(some).mean(axis=0, dtype=np.float32)
            self._space = Space(Wording(said), common, self._embedder)
            self._changed = 0
            self._exemplars = None
        if self._exemplars is None or any((need in self._known) != (need in self._place_of) for need in touched):
            self._ids = sorted(self._known)
            self._place_of = {need: place for place, need in enumerate(self._ids)}
            self._exemplars = Exemplars([self._placed(self._known[need]) for need in self._ids]) if self._ids else None
        else:
            for need in touched.keys() & self._place_of.keys():
                self._exemplars.renew(self._place_of[need], self._placed(self._known[need]))

    def _placed(self, known: _Known) -> Floats:
        assert self._space is not None
        if known.placed is None:
            apart = self._space.apart(known.vectors.astype(np.float32))
            known.placed = self._space.joint(known.points, apart, known.words)
        return known.placed


def _difference(one: _Known | None, other: _Known | None) -> int:
    """How many spans only one of the two has."""
    sides = [set(zip(known.keys, known.texts, strict=True)) if known is not None else set() for known in (one, other)]
    return len(sides[0] ^ sides[1])


def _points(keys: Sequence[int], said: Sequence[Sequence[str]]) -> list[list[int]]:
    """The spans of each short message together, those of a long one apart."""
    rows_of: dict[int, list[int]] = defaultdict(list)
    for row, key in enumerate(keys):
        rows_of[key].append(row)
    points: list[list[int]] = []
    for some in rows_of.values():
        short = sum(len(said[row]) for row in some) <= LONG_MESSAGE
        points += [some] if short else [[row] for row in some]
    return points


def _first_of_each(ids: NDArray[np.int64], cosines: Floats) -> list[tuple[int, float]]:
    best: dict[int, float] = {}
    for identity, cosine in zip(ids.tolist(), cosines.tolist(), strict=True):
        best.setdefault(identity, cosine)
    return list(best.items())
