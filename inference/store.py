"""Vectors of very many spans: kept once, two bytes a number, and taken out as numbers to reckon with where they are asked for."""

from array import array
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Protocol, overload

import numpy as np
from numpy.typing import NDArray

__all__ = ["KnownVectors", "Lists", "Numbers", "Place", "Rows", "Store", "Vectors", "blocks"]

Floats = NDArray[np.float32]
Half = NDArray[np.float16]
Numbers = Sequence[int] | NDArray[np.integer]
Place = tuple[int, int, int]
"""Message key and code-point range of a span."""

_BLOCK_ROWS = 8_192
_LEAST_ROOM = 256  # rows of the first block; later ones have as many as all before them, up to the most
_MOST_ROOM = 65_536
_OFFSET_BITS = 20  # a text holds fewer than 2**20 characters


def blocks(rows: int) -> list[slice]:
    """Slices of bounded size, so that a step over all spans needs no second array of them all."""
    return [slice(start, min(rows, start + _BLOCK_ROWS)) for start in range(0, rows, _BLOCK_ROWS)]


class Rows(Protocol):
    """Rows of one width that are taken out by their numbers: an array is one, and so is what makes them when asked."""

    def __len__(self) -> int: ...

    def __getitem__(self, rows: Numbers | slice, /) -> Floats:
        """Shape (n, width)."""
        ...


class Store:
    """Rows of `width` numbers as float16 (about 3 digits), in blocks that stay where they are as more are added."""

    def __init__(self, width: int) -> None:
        self.width = width
        self._blocks: list[Half] = []
        self._starts: list[int] = []
        self._size = 0

    def __len__(self) -> int:
        return self._size

    def add(self, rows: NDArray[np.floating]) -> int:
        """Add rows (n, width); the number of the first."""
        first = self._size
        while len(rows):
            inside = self._size - self._starts[-1] if self._starts else 0
            if not self._blocks or inside == len(self._blocks[-1]):
                room = min(_MOST_ROOM, max(_LEAST_ROOM, self._size))
                self._starts.append(self._size)
                self._blocks.append(np.empty((room, self.width), dtype=np.float16))
                inside = 0
            taken = min(len(rows), len(self._blocks[-1]) - inside)
            self._blocks[-1][inside : inside + taken] = rows[:taken]
            self._size += taken
            rows = rows[taken:]
        return first

    def take(self, numbers: NDArray[np.integer]) -> Floats:
        """The rows of these numbers, shape (n, width)."""
        found = np.empty((len(numbers), self.width), dtype=np.float32)
        of = np.searchsorted(self._starts, numbers, side="right") - 1
        for block in np.unique(of).tolist():
            here = np.flatnonzero(of == block)
            found[here] = self._blocks[block][numbers[here] - self._starts[block]]
        return found

    def row(self, number: int) -> Floats:
        """The row of one number, shape (width,)."""
        block = bisect_right(self._starts, number) - 1
        return self._blocks[block][number - self._starts[block]].astype(np.float32)


class Vectors:
    """The vectors of spans in their order, rows of one or the other of two stores: what was known, and what was not."""

    dtype = np.dtype(np.float32)

    def __init__(self, rows: int, known: Store) -> None:
        self._known = known
        self._inside = len(known)
        self._own = Store(known.width)
        self._at = np.full(rows, -1, dtype=np.int32)

    def point(self, rows: NDArray[np.bool_], numbers: Numbers) -> None:
        """Take for these rows what has these numbers in the store of what was known."""
        self._at[rows] = numbers

    def add(self, rows: Sequence[Sequence[int]], vectors: NDArray[np.floating]) -> None:
        """Add vectors, each that of several rows."""
        first = self._inside + self._own.add(vectors)
        for number, some in enumerate(rows, first):
            self._at[some] = number

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and width."""
        return len(self._at), self._known.width

    def __len__(self) -> int:
        return len(self._at)

    @overload
    def __getitem__(self, rows: int) -> Floats: ...
    @overload
    def __getitem__(self, rows: Numbers | slice) -> Floats: ...
    def __getitem__(self, rows: int | Numbers | slice) -> Floats:
        """Shape (n, width), of one row (width,)."""
        if isinstance(rows, int):
            return self[[rows]][0]
        at = self._at[rows] if isinstance(rows, slice) or len(rows) else self._at[:0]
        new = at >= self._inside
        if not new.any():
            return self._known.take(at)
        if new.all():
            return self._own.take(at - self._inside)
        found = np.empty((len(at), self._known.width), dtype=np.float32)
        found[~new] = self._known.take(at[~new])
        found[new] = self._own.take(at[new] - self._inside)
        return found

    def __iter__(self) -> Iterator[Floats]:
        return (row for some in blocks(len(self)) for row in self[some])

    def mean(self) -> Floats:
        """Their mean, shape (width,); naught where there are none."""
        total = np.zeros(self._known.width)
        for some in blocks(len(self)):
            total += self[some].sum(axis=0, dtype=np.float64)
        return (total / max(1, len(self))).astype(np.float32)


class Lists:
    """Lists of numbers, kept as two arrays."""

    def __init__(self, lists: Iterable[Sequence[int]]) -> None:
        sizes = array("i")
        numbers = array("i")
        for some in lists:
            sizes.append(len(some))
            numbers.extend(some)
        self.starts = np.zeros(len(sizes) + 1, dtype=np.int64)
        np.cumsum(np.frombuffer(sizes, dtype=np.int32) if sizes else [], out=self.starts[1:])
        self.numbers = np.array(numbers, dtype=np.int32)

    def __len__(self) -> int:
        return len(self.starts) - 1

    def __getitem__(self, place: int) -> list[int]:
        return self.numbers[self.starts[place] : self.starts[place + 1]].tolist()

    def __iter__(self) -> Iterator[list[int]]:
        return (self[place] for place in range(len(self)))

    def first(self) -> NDArray[np.int32]:
        """The first number of each; none of them is empty."""
        return self.numbers[self.starts[:-1]]


class KnownVectors(Mapping[Place, Floats]):
    """Vectors by place: of a span the numbers, 16 bytes and a share of its message's 200."""

    def __init__(self, width: int) -> None:
        self.store = Store(width)
        self._of: dict[
            int, int | list[int]
        ] = {}  # of each message its first number and how many follow, or all of them
        self._ranges = np.zeros(_LEAST_ROOM, dtype=np.int64)
        self._size = 0

    def add(self, places: Sequence[Place], vectors: NDArray[np.floating]) -> None:
        """Add vectors (n, width), parallel to places that are not there yet; those of one message mostly come together."""
        first = self.store.add(vectors)
        if self._size + len(places) > len(self._ranges):
            more = max(len(places), len(self._ranges) // 2)
            self._ranges = np.concatenate([self._ranges, np.zeros(more, dtype=np.int64)])
        for number, (key, start, end) in enumerate(places, first):
            self._ranges[number] = _packed(start, end)
            before = self._of.get(key)
            if before is None:
                self._of[key] = number << _OFFSET_BITS | 1
            elif isinstance(before, list):
                before.append(number)
            elif (before >> _OFFSET_BITS) + (before & _MOST_OFFSET) == number:
                self._of[key] = before + 1
            else:
                self._of[key] = [*_numbers(before), number]
        self._size += len(places)

    def has_message(self, key: int) -> bool:
        """Whether the message has a span here."""
        return key in self._of

    def places_of(self, key: int) -> list[Place]:
        """The places of one message."""
        return [
            (key, one >> _OFFSET_BITS, one & _MOST_OFFSET)
            for one in map(int, map(self._ranges.__getitem__, self._of_message(key)))
        ]

    def number(self, place: Place) -> int:
        """The number of a place's vector in the store, -1 where it has none."""
        packed = _packed(place[1], place[2])
        return next((one for one in self._of_message(place[0]) if self._ranges[one] == packed), -1)

    def taken(self, places: Sequence[Place]) -> Floats:
        """The vectors of places that have one, shape (n, width)."""
        return self.store.take(np.array([self.number(place) for place in places], dtype=np.intp))

    def _of_message(self, key: int) -> Sequence[int]:
        found = self._of.get(key, ())
        return _numbers(found) if isinstance(found, int) else found

    def __getitem__(self, place: Place) -> Floats:
        number = self.number(place)
        if number < 0:
            raise KeyError(place)
        return self.store.row(number)

    def __contains__(self, place: object) -> bool:
        return isinstance(place, tuple) and self.number(place) >= 0

    def __iter__(self) -> Iterator[Place]:
        return (place for key in self._of for place in self.places_of(key))

    def __len__(self) -> int:
        return self._size


_MOST_OFFSET = (1 << _OFFSET_BITS) - 1


def _packed(start: int, end: int) -> int:
    return start << _OFFSET_BITS | end


def _numbers(packed: int) -> range:
    first = packed >> _OFFSET_BITS
    return range(first, first + (packed & _MOST_OFFSET))
