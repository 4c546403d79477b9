"""What every reader gives: rows, and rejections with their reasons.

IngestError          the file cannot be imported as it stands; nothing of it was
`-- MissingColumn    a column that was asked for, or the text, is not in the file
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

EXCERPT_LENGTH = 200
RECORD_LIMIT = 4 * 1024 * 1024
"""Most characters of one record (a CSV row, a JSON line); a longer one is rejected without being held in memory."""

REJECTS_COLUMNS = ("line", "code", "message", "excerpt")
"""The first columns of a file of rejected rows; those of the file that they came from follow."""


class IngestError(Exception):
    """A file that cannot be imported; the message says what to change."""


class MissingColumn(IngestError):
    def __init__(self, wanted: str, columns: Sequence[str], hint: str) -> None:
        there = ", ".join(f"'{column}'" for column in columns) or "none"
        super().__init__(f"{wanted} The columns there are: {there}. {hint}")


class Fault(StrEnum):
    """Why a record was rejected before it came to the database."""

    BAD_ENCODING = "BAD_ENCODING"
    MALFORMED_ROW = "MALFORMED_ROW"
    WRONG_COLUMN_COUNT = "WRONG_COLUMN_COUNT"
    TOO_LONG = "TOO_LONG"
    NUL_CHARACTER = "NUL_CHARACTER"
    EMPTY_TEXT = "EMPTY_TEXT"
    BAD_TIME = "BAD_TIME"
    BAD_NUMBER = "BAD_NUMBER"


@dataclass(frozen=True, slots=True)
class Row:
    """One record: the line it begins on (from 1) and its cells by column."""

    line: int
    cells: Mapping[str, str]
    answers: Sequence[tuple[int, int]] = ()
    """Notices, by id and moment, that it may answer, the likeliest first."""
    lists: Collection[str] = ()
    """Columns whose cells are lists, as JSON text."""


@dataclass(frozen=True, slots=True)
class Rejection:
    """One record that was not taken, with the reason, its first characters, and its cells where they could be told."""

    line: int
    code: str
    message: str
    excerpt: str = ""
    cells: Mapping[str, str] = field(default_factory=dict)
    loose: Sequence[str] = ()
    """Cells in their order, where there are not as many as columns, so that nobody can tell whose each is."""

    @classmethod
    def of(
        cls, line: int, code: Fault, message: str, raw: str = "", cells: Mapping[str, str] | None = None
    ) -> Rejection:
        return cls(line, code.value, message, raw[:EXCERPT_LENGTH], cells or {})


class Reader(Protocol):
    """A file, read from the front each time it is iterated over."""

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns, in the order of the file. For formats without a header: those seen in the first records."""
        ...

    @property
    def notes(self) -> tuple[str, ...]:
        """What was worked out about the file, for the user to check: encoding, delimiter."""
        ...

    @property
    def position(self) -> int:
        """Bytes read so far by the latest iteration."""
        ...

    def __iter__(self) -> Iterator[Row | Rejection]: ...
