"""CSV (RFC 4180, any usual delimiter) and TSV."""

from __future__ import annotations

import csv
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path

from .columns import AGAIN
from .encoding import BAD_BYTES, Line, Lines
from .row import RECORD_LIMIT, REJECTS_COLUMNS, Fault, IngestError, Rejection, Row

LINES_LIMIT = 10_000
"""Most physical lines in one quoted record: beyond it, a quote was left open."""
DELIMITERS = ",;\t|"
SAMPLE_RECORDS = 100


class _Runaway(Exception):
    """A quoted record that has grown past every bound."""


class _Feed:
    """Lines for `csv.reader`, which pulls as many as a record takes; those of the present record can be given back."""

    def __init__(self, lines: Iterator[Line]) -> None:
        self._lines = lines
        self._returned: deque[Line] = deque()
        self.taken: list[Line] = []
        self._size = 0

    def __iter__(self) -> _Feed:
        return self

    def __next__(self) -> str:
        line = self._returned.popleft() if self._returned else next(self._lines)
        self.taken.append(line)
        self._size += len(line.text)
        if line.too_long or self._size > RECORD_LIMIT or len(self.taken) > LINES_LIMIT:
            raise _Runaway
        return line.text

    def begin(self) -> None:
        self.taken = []
        self._size = 0

    def give_back(self, kept: int = 1) -> None:
        """Return all lines of this record but the first `kept`, to be read as records of their own."""
        self._returned.extendleft(reversed(self.taken[kept:]))
        del self.taken[kept:]


class Delimited:
    """Rows of a delimited file whose first record names the columns.

    A record that breaks the rules is rejected by itself: reading goes on with the next line. In a TSV (`plain_quotes`) a
    quote is a character of the text unless the record parses as quoted.
    """

    def __init__(self, path: Path, encoding: str, *, delimiter: str | None = None, plain_quotes: bool = False) -> None:
        # csv has a bound of its own, and it is smaller than ours
        csv.field_size_limit(RECORD_LIMIT + 1)
        self._lines = Lines(path, encoding)
        self.path = path
        self.plain_quotes = plain_quotes
        self.delimiter = delimiter or self._sniff()
        self.columns = self._header()
        shown = {"\t": "tab", ",": "comma", ";": "semicolon", "|": "bar"}.get(self.delimiter, self.delimiter)
        self.notes = (f"encoding {encoding}", f"delimiter {shown}")

    @property
    def position(self) -> int:
        return self._lines.position

    def _sniff(self) -> str:
        """The delimiter under which most of the first records have as many cells as the header, and more than one."""
        best, best_score = ",", (0.0, 0)
        for delimiter in DELIMITERS:
            records = [
                cells for cells in islice(self._records(delimiter, None), SAMPLE_RECORDS) if isinstance(cells, tuple)
            ]
            if not records:
                continue
            width = len(records[0][1])
            share = sum(len(cells) == width for _, cells in records) / len(records)
            if width > 1 and (share, width) > best_score:
                best, best_score = delimiter, (share, width)
        return best

    def _header(self) -> tuple[str, ...]:
        first = next(self._records(self.delimiter, None), None)
        if first is None:
            raise IngestError(f"{self.path} holds no rows. Its first line must name the columns.")
        if isinstance(first, Rejection):
            raise IngestError(f"{self.path} has no readable first line, which must name the columns: {first.message}")
        names: list[str] = []
        for place, cell in enumerate(first[1], 1):
            name = cell.strip() or f"column {place}"
            while name in names:
                name += AGAIN
            names.append(name)
        return tuple(names)

    def __iter__(self) -> Iterator[Row | Rejection]:
        records = self._records(self.delimiter, len(self.columns))
        next(records, None)
        for record in records:
            yield (
                record
                if isinstance(record, Rejection)
                else Row(record[0], dict(zip(self.columns, record[1], strict=True)))
            )

    def _records(self, delimiter: str, width: int | None) -> Iterator[tuple[int, list[str]] | Rejection]:
        """Line number and cells of each record; `width` is the number of cells that each must have, where it is known."""
        feed = _Feed(iter(self._lines))
        reader = csv.reader(feed, delimiter=delimiter, strict=True)
        while True:
            feed.begin()
            try:
                cells = next(reader)
            except StopIteration:
                return
            except _Runaway:
                record = self._runaway(feed, delimiter, width)
            except csv.Error as fault:
                feed.give_back()
                record = self._repaired(feed, delimiter, width, Fault.MALFORMED_ROW, _reason(str(fault)))
            else:
                if not cells or not feed.taken[0].text.strip(" \r\n"):
                    continue
                record = self._judged(feed, cells, delimiter, width)
            if not isinstance(record, Rejection) and any(BAD_BYTES in line.text for line in feed.taken):
                cells = dict(zip(self.columns, record[1], strict=True)) if width is not None else {}
                record = Rejection.of(
                    feed.taken[0].number,
                    Fault.BAD_ENCODING,
                    f"bytes that are not {self._lines.encoding}; say the file's encoding with --encoding",
                    _raw(feed),
                    cells,
                )
            yield record

    def _judged(
        self, feed: _Feed, cells: list[str], delimiter: str, width: int | None
    ) -> tuple[int, list[str]] | Rejection:
        number = feed.taken[0].number
        if (
            self.plain_quotes
            and len(feed.taken) > 1
            and all(len(_plain(line.text, delimiter)) == width for line in feed.taken)
        ):
            # a quote left open swallows rows: where every line is a row on its own, it was no quote
            feed.give_back()
            return number, _plain(feed.taken[0].text, delimiter)
        if width is None or len(cells) == width:
            return number, cells
        if len(cells) > width and not any(cells[width:]):
            return number, cells[:width]
        message = f"{len(cells)} cells where the header has {width}: is there a delimiter or a line break in a text without quotes?"
        if any(len(_plain(line.text, delimiter)) == width for line in feed.taken[1:]):
            # more likely a quote left open, which has swallowed the rows after it
            feed.give_back()
            cells = _plain(feed.taken[0].text, delimiter)
        elif len(feed.taken) > 1:
            message = f"lines {number} to {feed.taken[-1].number}: {message}"
        return self._repaired(feed, delimiter, width, Fault.WRONG_COLUMN_COUNT, message, cells)

    def _repaired(
        self,
        feed: _Feed,
        delimiter: str,
        width: int | None,
        code: Fault,
        message: str,
        cells: Sequence[str] = (),
    ) -> tuple[int, list[str]] | Rejection:
        line = feed.taken[0]
        if self.plain_quotes:
            plain = _plain(line.text, delimiter)
            if width is None or len(plain) == width:
                feed.give_back()
                return line.number, plain
        return replace(Rejection.of(line.number, code, message, _raw(feed)), loose=self._own(cells, width))

    def _own(self, cells: Sequence[str], width: int | None) -> Sequence[str]:
        """Cells without those that a file of rejected rows begins with; none where they would pass for a whole row."""
        before = (
            len(REJECTS_COLUMNS) if width is not None and self.columns[: len(REJECTS_COLUMNS)] == REJECTS_COLUMNS else 0
        )
        own = cells[before:]
        return () if width is not None and len(own) == width - before else own

    def _runaway(self, feed: _Feed, delimiter: str, width: int | None) -> tuple[int, list[str]] | Rejection:
        line = feed.taken[0]
        if line.too_long:
            return Rejection.of(line.number, Fault.TOO_LONG, f"longer than {RECORD_LIMIT:,} characters", line.text)
        feed.give_back()
        return self._repaired(feed, delimiter, width, Fault.MALFORMED_ROW, "a quote is opened and never closed")


def _plain(text: str, delimiter: str) -> list[str]:
    return text.rstrip("\r\n").split(delimiter)


def _raw(feed: _Feed) -> str:
    return "".join(line.text for line in feed.taken[:5]).rstrip("\r\n")


def _reason(fault: str) -> str:
    if "unexpected end of data" in fault:
        return "a quote is opened and never closed"
    if "expected after" in fault:
        return "a quote in the middle of a quoted text: double it"
    if "new-line character" in fault:
        return "a bare carriage return outside quotes"
    return fault
