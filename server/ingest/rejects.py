"""The file of rejected rows, written beside the file that was imported.

It has columns of its own and then those of that file with the cells as they came, so that it can be corrected and imported.
"""

from __future__ import annotations

import csv
import os
from collections.abc import Sequence
from pathlib import Path
from typing import IO, Any

from ..cells import inert
from .columns import AGAIN
from .encoding import BAD_BYTES, UNREADABLE
from .row import REJECTS_COLUMNS, IngestError, Rejection


def require_replaceable(path: Path) -> None:
    """Raises IngestError where rejected rows cannot be written, or another file than one of rejected rows would be lost."""
    if not os.access(path.parent, os.W_OK):
        raise IngestError(f"Rejected rows cannot be written to {path}: say another place with --rejects.")
    if path.is_file():
        with path.open("rb") as file:
            head = file.readline(200).rstrip(b"\r\n")
        own = ",".join(REJECTS_COLUMNS).encode()
        if head == own or head.startswith(own + b","):
            return
    elif not os.path.lexists(path):
        return
    raise IngestError(
        f"Rejected rows would go to {path}, but that holds something else already: say another place with --rejects."
    )


class Rejects:
    """Collects rejections on disk; the file appears whole on `close`, in place of that of an earlier import, or is absent where none came."""

    def __init__(self, path: Path, columns: Sequence[str] = ()) -> None:
        self.path = path
        self._columns = columns
        self.count = 0
        self._draft = path.with_name(f".{path.name}.{os.getpid()}.part")
        self._file: IO[str] | None = None
        self._writer: Any = None
        require_replaceable(path)

    def add(self, rejection: Rejection) -> None:
        if self._file is None:
            self._file = self._draft.open("w", encoding="utf-8", errors="replace", newline="")
            self._writer = csv.writer(self._file)
            # two columns of one name would be mistaken for each other by whoever reads the file
            theirs = (column + AGAIN if column in REJECTS_COLUMNS else column for column in self._columns)
            self._writer.writerow((*REJECTS_COLUMNS, *map(inert, theirs)))
        self.count += 1
        # a row of too few or too many cells stays one, so that it is refused again as long as nobody has corrected it
        cells = rejection.loose or [rejection.cells.get(column, "") for column in self._columns]
        texts = (rejection.message, rejection.excerpt, *(cell.replace(BAD_BYTES, UNREADABLE) for cell in cells))
        shown = (inert(text.replace("\x00", "\N{SYMBOL FOR NULL}")) for text in texts)
        self._writer.writerow((rejection.line, rejection.code, *shown))

    def close(self) -> None:
        """Put the file in its place."""
        if self._file is None:
            self.path.unlink(missing_ok=True)
            return
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()
        self._file = None
        self._draft.replace(self.path)

    def abandon(self) -> None:
        """Drop what was collected, where the import failed before it was of use; nothing after `close`."""
        if self._file is not None:
            self._file.close()
            self._file = None
            self._draft.unlink(missing_ok=True)
