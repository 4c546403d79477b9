"""Which reader a file takes."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path

from .row import IngestError, Reader


class Format(StrEnum):
    """Kinds of file that can be imported."""

    CSV = "csv"
    TSV = "tsv"
    JSONL = "jsonl"
    MBOX = "mbox"
    EML = "eml"


MAIL_FORMATS = (Format.MBOX, Format.EML)

_ENDINGS = {
    ".csv": Format.CSV,
    ".txt": Format.CSV,
    ".tsv": Format.TSV,
    ".tab": Format.TSV,
    ".jsonl": Format.JSONL,
    ".ndjson": Format.JSONL,
    ".json": Format.JSONL,
    ".mbox": Format.MBOX,
    ".eml": Format.EML,
}


def find_format(path: Path) -> Format:
    """By the file's ending, else by how it begins. A folder is one of .eml files. Raises IngestError for what is not there."""
    try:
        if path.is_dir():
            return Format.EML
        with path.open("rb") as file:
            head = file.read(64)
    except OSError as fault:
        raise IngestError(f"{path} cannot be read: {fault.strerror}.") from None
    ending = _ENDINGS.get(path.suffix.lower())
    if ending is not None:
        return ending
    if head.startswith(b"From "):
        return Format.MBOX
    return Format.JSONL if head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{") else Format.CSV


def open_reader(path: Path, kind: Format | None = None, encoding: str | None = None) -> Reader:
    """A reader for the file. Raises IngestError, with what to change."""
    # the commands know the formats' names; what reads them is imported when a file is read
    from .delimited import Delimited
    from .encoding import find_encoding
    from .jsonlines import JsonLines
    from .mail import Letters, Mailbox

    kind = kind or find_format(path)
    try:
        if kind is Format.EML:
            return Letters(path)
        if path.is_dir():
            raise IngestError(f"{path} is a folder; only folders of .eml files can be imported.")
        if kind is Format.MBOX:
            return Mailbox(path)
        name = find_encoding(path, encoding)
        if kind is Format.JSONL:
            return JsonLines(path, name)
        tsv = kind is Format.TSV
        return Delimited(path, name, delimiter="\t" if tsv else None, plain_quotes=tsv)
    except OSError as fault:
        raise IngestError(f"{path} cannot be read: {fault.strerror}.") from None


def size_of(path: Path) -> int:
    """Bytes to read, for the share that is done."""
    if path.is_dir():
        return sum(file.stat().st_size for file in path.rglob("*.eml"))
    return path.stat().st_size
