"""The file of rejected rows, written beside the file that was imported."""

from __future__ import annotations

import csv
import os
from pathlib import Path
from typing import IO, Any

from ..cells import inert
from .row import IngestError, Rejection

COLUMNS = ("line", "code", "message", "excerpt")


def require_replaceable(path: Path) -> None:
    """Raises IngestError where rejected rows cannot be written, or another file than one of rejected rows would be lost."""
    if not os.access(path.parent, os.W_OK):
        raise IngestError(f"Rejected rows cannot be written to {path}: say another place with --rejects.")
    if path.is_file():
        with path.open("rb") as file:
            head = file.readline(200).rstrip(b"\r\n")
        if head == ",".join(COLUMNS).encode():
            return
    elif not os.path.lexists(path):
        return
    raise IngestError(
        f"Rejected rows would go to {path}, but that holds something else already: say another place with --rejects."
    )


class Rejects:
    """Collects rejections on disk; the file appears whole on `close`, in place of that of an earlier import, or is absent where none came."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.count = 0
        self._draft = path.with_name(f".{path.name}.{os.getpid()}.part")
        self._file: IO[str] | None = None
        self._writer: Any = None
        require_replaceable(path)

    def add(self, rejection: Rejection) -> None:
        if self._file is None:
            self._file = self._draft.open("w", encoding="utf-8", errors="replace", newline="")
            self._writer = csv.writer(self._file)
            self._writer.writerow(COLUMNS)
        self.count += 1
        excerpt = rejection.excerpt.replace("\x00", "\N{SYMBOL FOR NULL}")
        self._writer.writerow((rejection.line, rejection.code, inert(rejection.message), inert(excerpt)))

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
