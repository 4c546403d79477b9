"""Entities as JSON Lines and CSV.

Ids are written as the API shows them (`need_42`), times as ISO 8601 in UTC with milliseconds, weeks as the
Monday they began on. In CSV a text that begins with `=`, `+`, `-`, `@`, a tab or a carriage return gets an apostrophe
before it, so that no spreadsheet runs a customer's words as a formula; JSON Lines holds every text as it is.
"""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Callable, Iterable
from enum import StrEnum
from pathlib import Path
from typing import Any, BinaryIO

import orjson

from ..models.database import Database
from ..models.fields import MONDAY_SHIFT_MS, WEEK_MS, from_ms
from ..models.queries.export import EXPORTS, Column, Kind, export_rows
from .cells import inert

__all__ = ["EXPORTS", "ExportFormat", "export_file", "export_stream"]


class ExportFormat(StrEnum):
    """Kinds of file that are written."""

    JSONL = "jsonl"
    CSV = "csv"


async def export_stream(db: Database, entity: str, form: ExportFormat, out: BinaryIO) -> int:
    """Write an entity to a stream; the number of rows. Memory is that of one chunk."""
    columns = EXPORTS[entity].columns
    if form is ExportFormat.CSV:
        out.write(_csv_lines([[column.name for column in columns]]))
    count = 0
    encode = _csv_chunk if form is ExportFormat.CSV else _jsonl_chunk
    async for rows in export_rows(db, entity):
        out.write(encode(columns, rows))
        count += len(rows)
    return count


async def export_file(db: Database, entity: str, form: ExportFormat, folder: Path) -> tuple[Path, int]:
    """Write an entity to `folder/entity.ending`, which appears whole or not at all; its path and the number of rows."""
    path = folder / f"{entity}.{form.value}"
    draft = folder / f".{path.name}.{os.getpid()}.part"
    try:
        with draft.open("wb") as file:
            count = await export_stream(db, entity, form, file)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
    return path, count


def _jsonl_chunk(columns: tuple[Column, ...], rows: list[tuple[Any, ...]]) -> bytes:
    names = [column.name for column in columns]
    shapes = [_json_shape(column) for column in columns]
    lines = (
        orjson.dumps(
            {
                name: None if value is None else shape(value)
                for name, shape, value in zip(names, shapes, row, strict=True)
            }
        )
        for row in rows
    )
    return b"\n".join(lines) + b"\n" if rows else b""


def _csv_chunk(columns: tuple[Column, ...], rows: list[tuple[Any, ...]]) -> bytes:
    shapes = [_csv_shape(column) for column in columns]
    return _csv_lines(
        ["" if value is None else shape(value) for shape, value in zip(shapes, row, strict=True)] for row in rows
    )


def _csv_lines(rows: Iterable[list[Any]]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text).writerows(rows)
    return text.getvalue().encode()


def _json_shape(column: Column) -> Callable[[Any], Any]:
    match column.kind:
        case Kind.FLAG:
            return bool
        case Kind.JSON:
            # it is JSON already: spliced in as it stands
            return orjson.Fragment
        case _:
            return _shape(column)


def _csv_shape(column: Column) -> Callable[[Any], Any]:
    match column.kind:
        case Kind.FLAG:
            return lambda value: "true" if value else "false"
        case Kind.TEXT:
            return inert
        case _:
            return _shape(column)


def _shape(column: Column) -> Callable[[Any], Any]:
    match column.kind:
        case Kind.TIME:
            return lambda value: from_ms(value).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        case Kind.WEEK:
            return lambda value: from_ms(value * WEEK_MS - MONDAY_SHIFT_MS).date().isoformat()
        case Kind.ID:
            return lambda value: f"{column.of}_{value}"
        case _:
            return lambda value: value
