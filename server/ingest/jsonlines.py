"""JSON Lines: one object a line."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import orjson

from .encoding import BAD_BYTES, UNREADABLE, Lines
from .row import RECORD_LIMIT, Fault, IngestError, Rejection, Row

SAMPLE_RECORDS = 100


class JsonLines:
    """Rows of a JSON Lines file. A nested object's fields are columns named `outer.inner`; lists are kept as JSON text."""

    def __init__(self, path: Path, encoding: str) -> None:
        self._lines = Lines(path, encoding)
        self.path = path
        columns: dict[str, None] = {}
        for record in islice(self, SAMPLE_RECORDS):
            if isinstance(record, Row):
                columns.update(dict.fromkeys(record.cells))
        self.columns = tuple(columns)
        if not columns:
            first = next(iter(self), None)
            reason = (
                "It is empty."
                if first is None
                else f"Line {first.line}: {getattr(first, 'message', 'an empty object')}."
            )
            raise IngestError(f"{path} has no readable JSON object among its first lines. {reason}")
        self.notes = (f"encoding {encoding}",)

    @property
    def position(self) -> int:
        return self._lines.position

    def __iter__(self) -> Iterator[Row | Rejection]:
        for line in self._lines:
            if line.too_long:
                yield Rejection.of(line.number, Fault.TOO_LONG, f"longer than {RECORD_LIMIT:,} characters", line.text)
                continue
            text = line.text.strip()
            if not text:
                continue
            if BAD_BYTES in text:
                message = f"bytes that are not {self._lines.encoding}; say the file's encoding with --encoding"
                yield Rejection.of(line.number, Fault.BAD_ENCODING, message, text, _legible(text))
                continue
            try:
                value = orjson.loads(text)
            except orjson.JSONDecodeError as fault:
                yield Rejection.of(
                    line.number, Fault.MALFORMED_ROW, f"not JSON: {fault.msg} at character {fault.colno}", text
                )
                continue
            if not isinstance(value, dict):
                yield Rejection.of(
                    line.number, Fault.MALFORMED_ROW, "not a JSON object: each line must be one, as {...}", text
                )
                continue
            lists: set[str] = set()
            yield Row(line.number, _flat(value, lists), lists=lists)


def _legible(text: str) -> dict[str, str]:
    """The cells of an object with bytes that do not decode, as far as it is one."""
    try:
        value = orjson.loads(text.replace(BAD_BYTES, UNREADABLE))
    except orjson.JSONDecodeError:
        return {}
    return _flat(value, set()) if isinstance(value, dict) else {}


def _flat(record: dict[str, Any], lists: set[str], prefix: str = "", depth: int = 0) -> dict[str, str]:
    cells: dict[str, str] = {}
    for key, value in record.items():
        if isinstance(value, str):
            cells[prefix + key] = value
        elif value is None:
            cells[prefix + key] = ""
        elif isinstance(value, bool):
            cells[prefix + key] = "true" if value else "false"
        elif isinstance(value, (int, float)):
            cells[prefix + key] = repr(value)
        elif isinstance(value, dict) and depth < 3:
            cells.update(_flat(value, lists, f"{prefix}{key}.", depth + 1))
        else:
            cells[prefix + key] = orjson.dumps(value).decode()
            lists.add(prefix + key)
    return cells
