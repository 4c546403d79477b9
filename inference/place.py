"""New spans against known needs, and the search by meaning: exact indexes in memory."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from itertools import groupby
from sys import intern
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from . import confidence, escape
from .against import Matter, speaks_against
from .aside import aside
from .called import Called
from .confidence import LinkSigns
from .exemplar import Exemplars, NearBy
from .finding import Stance
from .point import parted
from .signal import Kind, Signal, praises, words
from .space import Space
from .vector import Embedder
from .wording import Names

Floats = NDArray[np.float32]

_AGAINST_FROM = 0.43  # cosine to the middle of a need from which praise speaks against a need
_SPACE_ANEW = 0.2  # share of the known spans that may be others before what they have in common is looked at anew
_MOVED_AT_ONCE = 8  # needs that each use takes over into another space, so that none waits for them all
_COUNTED_AT_ONCE = 64  # needs
_MEANT_MOST = 4  # vectors of what needs are called, and were called before, for each need


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

    def __init__(self, pieces: Sequence[Piece], vectors: Floats, before: "_Known | None") -> None:
        self.texts = [piece.text for piece in pieces]
        self.keys = [piece.key for piece in pieces]
        read = {} if before is None else dict(zip(before.texts, before.words, strict=True))
        # of very many spans few words are new: one copy of each
        self.words = [read.get(text) or [intern(word) for word in words(text)] for text in self.texts]
        self.vectors = np.asarray(vectors, dtype=np.float16)
        # copies weigh no more than one voice
        self.points = list(
            {
                tuple(word for row in some for word in self.words[row]): some for some in _points(self.keys, self.words)
            }.values()
        )
        self.placed: Floats | None = None
        self._matter: tuple[frozenset[str], Called | None, Matter] | None = None

    def matter(self, names: frozenset[str], called: Called | None) -> Matter:
        """What they are about, apart from the names of products, and what the need is called."""
        if self._matter is None or self._matter[1] is not called or self._matter[0] != names:
            self._matter = (names, called, Matter.of(self.words, names, None if called is None else called.statement))
        return self._matter[2]

    def points_in(self, space: Space) -> Floats:
        """Its points in a space, shape (points, width)."""
        return space.joint(self.points, space.apart(self.vectors.astype(np.float32)), list(map(len, self.words)))

    def messages(self) -> dict[int, tuple[tuple[str, ...], list[list[str]]]]:
        """The spans of each message and the words of each span."""
        rows_of: dict[int, list[int]] = defaultdict(list)
        for row, key in enumerate(self.keys):
            rows_of[key].append(row)
        return {
            key: (tuple(self.texts[row] for row in rows), [self.words[row] for row in rows])
            for key, rows in rows_of.items()
        }


class NeedIndex:
    """The known needs by their supporting spans, in the space in which a run over them would group."""

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder
        self._known: dict[int, _Known] = {}
        self._called: dict[int, Called] = {}
        self._meant: dict[str, Floats] = {}  # vectors of what the needs are called
        self._before: dict[int, _Known | None] = {}  # what the needs were that have changed and are not counted yet
        self._touched: set[int] = set()  # since the last use
        self._held = 0
        self._names = Names()
        self._sum = np.zeros(embedder.dimensions)
        self._space: Space | None = None
        self._next: _Next | None = None
        self._changed = 0
        self._ids: list[int] = []
        self._place_of: dict[int, int] = {}
        self._exemplars: Exemplars | None = None

    def __len__(self) -> int:
        """Number of spans held."""
        return self._held

    def learn(self, need_id: int, pieces: Sequence[Piece], vectors: Floats, called: Called | None = None) -> None:
        """The supporting spans of a need, in the place of those it had; vectors (n, width) are parallel to the pieces.

        `called` is what new lacks must bear out; where it is not known, to be near is enough.
        """
        if len(pieces) != len(vectors):
            raise ValueError("pieces and vectors must be parallel")
        self.forget([need_id])
        if pieces:
            self._known[need_id] = _Known(pieces, vectors, self._before.get(need_id))
            self._held += len(pieces)
            if called is not None:
                self._called[need_id] = called
                self._mean(called.statement.meaning)
            self._before.setdefault(need_id, None)
            self._touched.add(need_id)
            if self._space is None and len(self._before) >= _COUNTED_AT_ONCE:
                self._count()

    def called(self) -> dict[int, Called]:
        """What the needs held are called, of those of which it is known."""
        return dict(self._called)

    def forget(self, need_ids: Sequence[int]) -> None:
        """Forget needs; unknown ids are no error."""
        for need in need_ids:
            gone = self._known.pop(need, None)
            if gone is not None:
                self._held -= len(gone.texts)
                self._called.pop(need, None)
                self._before.setdefault(need, gone)
                self._touched.add(need)

    def _mean(self, meaning: str) -> None:
        """Embed what a need is called: now, since it takes as long as to place a complaint."""
        if meaning in self._meant:
            return
        if len(self._meant) > _MEANT_MOST * (len(self._called) + 1):
            held = {called.statement.meaning for called in self._called.values()}
            self._meant = {text: vector for text, vector in self._meant.items() if text in held}
        # as a run embeds it, which has it without handles and escapes like all that it compares it with
        self._meant[meaning] = self._embedder.embed([escape.wording(meaning)])[0]

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
        found = [len(words(piece.text)) for piece in pieces]
        point = self._space.joint([range(len(pieces))], self._space.apart(np.asarray(vectors, np.float32)), found)[0]
        return self._ids[self._exemplars.nearest(point).need]

    def _place_message(self, pieces: Sequence[Piece], vectors: Floats, rows: range, found: Placed) -> None:
        assert self._space is not None
        here = [pieces[row] for row in rows]
        said = [words(piece.text) for piece in here]
        apart = self._space.apart(vectors[rows.start : rows.stop])
        telling = [
            piece.kind is not Kind.NOISE and self._space.tells(some) for piece, some in zip(here, said, strict=True)
        ]
        lacking = [
            at
            for at, piece in enumerate(here)
            if telling[at] and piece.kind is not Kind.PRAISE and not aside(piece.text)
        ]
        points = [[lacking[at] for at in some] for some in parted([len(said[at]) for at in lacking])]
        for some, vector in zip(points, self._space.joint(points, apart, list(map(len, said))), strict=True):
            bearing: list[int] = []
            for choice in [] if self._exemplars is None else self._exemplars.within_reach(vector):
                if bearing := self._bearing(choice.need, some, apart, here):
                    self._give(found, choice, "SUPPORTS", bearing, apart, here, rows.start)
                    break
            found.novel.extend(rows.start + at for at in some if at not in bearing)
        praising = [
            at for at, piece in enumerate(here) if telling[at] and praises(Signal(piece.kind, piece.score), piece.text)
        ]
        if praising and self._exemplars is not None:
            alone = self._space.in_context(apart, said)
            for at in praising:
                best = self._exemplars.nearest(alone[at])
                signal = Signal(here[at].kind, here[at].score)
                if best.fit.near >= _AGAINST_FROM and speaks_against(signal, here[at].text, self._matter(best.need)):
                    self._give(found, best, "CONTRADICTS", [at], apart, here, rows.start)

    def _bearing(self, place: int, some: Sequence[int], apart: Floats, here: Sequence[Piece]) -> list[int]:
        """Those of some spans that bear out what a need is called, by its place."""
        assert self._space is not None
        called = self._called.get(self._ids[place])
        if called is None:
            return list(some)
        near = apart[list(some)] @ self._space.apart(self._meant[called.statement.meaning][None, :])[0]
        return np.asarray(some)[called.borne(near, [here[at].text for at in some])].tolist()

    def _matter(self, place: int) -> Matter:
        assert self._space is not None
        need = self._ids[place]
        called = self._called.get(need)
        return self._known[need].matter(self._space.names, called)

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
        need = self._ids[best.need]
        asked = self._called[need].least if need in self._called else 0.0
        signs = [LinkSigns.of(best.fit, float(one), here[at].score, asked) for one, at in zip(near, some, strict=True)]
        for at, sure in zip(some, confidence.placed(signs), strict=True):
            found.placements.append(Placement(need, first + at, stance, sure))

    def _prepare(self, pieces: Sequence[Piece], vectors: Floats) -> None:
        """Bring space and exemplars up to date; without a known need the pieces themselves make the space."""
        self._count()
        touched, self._touched = self._touched, set()
        if self._next is not None:
            self._next.forget(touched)
        elif self._space is None or self._changed > _SPACE_ANEW * max(1, len(self)):
            self._changed = 0
            names, common = self._in_common(pieces, vectors)
            things = frozenset(word for called in self._called.values() for word in called.things)
            if self._space is None or not self._space.is_near(names, common, things):
                self._next = _Next(Space(names, common, self._embedder, things))
        if self._next is not None and self._next.goes_on(self._known, None if self._space is None else _MOVED_AT_ONCE):
            self._space, self._next = self._next.space, None
            self._exemplars = None
        if self._exemplars is None or any((need in self._known) != (need in self._place_of) for need in touched):
            self._ids = sorted(self._known)
            self._place_of = {need: place for place, need in enumerate(self._ids)}
            self._exemplars = Exemplars([self._placed(self._known[need]) for need in self._ids]) if self._ids else None
        else:
            for need in touched & self._place_of.keys():
                self._exemplars.renew(self._place_of[need], self._placed(self._known[need]))

    def _count(self) -> None:
        """Count anew what has changed: names, the sum of all vectors, and how many spans are others."""
        waiting, self._before = self._before, {}
        for need, before in waiting.items():
            now = self._known.get(need)
            old, new = ({} if one is None else one.messages() for one in (before, now))
            for messages, others, times in ((old, new, -1), (new, old, 1)):
                for key, (texts, found) in messages.items():
                    if key not in others or others[key][0] != texts:
                        self._names.add(texts, found, times)
                        self._changed += len(texts)
            for one, times in ((before, -1), (now, 1)):
                if one is not None:
                    self._sum += times * one.vectors.sum(axis=0, dtype=np.float64)

    def _in_common(self, pieces: Sequence[Piece], vectors: Floats) -> tuple[frozenset[str], Floats]:
        if not self._held:
            return frozenset(), np.asarray(vectors, dtype=np.float32).mean(axis=0)
        return self._names.common(), (self._sum / self._held).astype(np.float32)

    def _placed(self, known: _Known) -> Floats:
        assert self._space is not None
        if known.placed is None:
            known.placed = known.points_in(self._space)
        return known.placed


class _Next:
    """A space that takes the place of another once all needs are placed in it."""

    def __init__(self, space: Space) -> None:
        self.space = space
        self._placed: dict[int, Floats] = {}

    def forget(self, need_ids: Collection[int]) -> None:
        """Needs that have changed."""
        for need in need_ids:
            self._placed.pop(need, None)

    def goes_on(self, known: dict[int, _Known], most: int | None) -> bool:
        """Place some needs more, all where `most` is None; whether all of them are, and have their points in this space."""
        missing = [need for need in known if need not in self._placed]
        for need in missing[:most]:
            self._placed[need] = known[need].points_in(self.space)
        if most is not None and len(missing) > most:
            return False
        for need, one in known.items():
            one.placed = self._placed[need]
        return True


def _points(keys: Sequence[int], said: Sequence[Sequence[str]]) -> list[list[int]]:
    """The spans of each short message together, those of a long one apart."""
    rows_of: dict[int, list[int]] = defaultdict(list)
    for row, key in enumerate(keys):
        rows_of[key].append(row)
    points: list[list[int]] = []
    for some in rows_of.values():
        points += [[some[at] for at in part] for part in parted([len(said[row]) for row in some])]
    return points


def _first_of_each(ids: NDArray[np.int64], cosines: Floats) -> list[tuple[int, float]]:
    best: dict[int, float] = {}
    for identity, cosine in zip(ids.tolist(), cosines.tolist(), strict=True):
        best.setdefault(identity, cosine)
    return list(best.items())
