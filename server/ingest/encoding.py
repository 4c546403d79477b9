"""Which encoding a file is in, and its lines, in bounded memory."""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, NamedTuple

from .row import RECORD_LIMIT, IngestError

CHUNK_BYTES = 256 * 1024
SAMPLE_BYTES = 64 * 1024
FEW_BAD = 3
FEW_OF = 1_000
"""Bytes that are not UTF-8 are few up to `FEW_BAD`, or up to one in so many characters."""
BAD_BYTES = "\udc80"
"""Stands for bytes that do not decode; no text that did decode can hold it, being half of a surrogate pair."""
UNREADABLE = "\N{REPLACEMENT CHARACTER}"
"""Stands for them in the file of rejected rows."""

# the longer marks first: the mark of UTF-16 LE begins that of UTF-32 LE
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def _mark_bad(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return BAD_BYTES, error.end


codecs.register_error("nobodyasked-mark", _mark_bad)


class Line(NamedTuple):
    """A physical line with its ending. Of one that is too long only the first characters are kept."""

    number: int
    text: str
    too_long: bool


def find_encoding(path: Path, said: str | None = None) -> str:
    """The encoding of a file: the one that was said, else by its byte order mark, else UTF-8 where the bytes bear it, else detected.

    Reads the whole file once, in pieces, so that a first accented letter far down is not missed.
    """
    if said is not None:
        try:
            codec = codecs.lookup(said)
        except LookupError:
            raise IngestError(
                f"'{said}' is not a known encoding. Common ones are utf-8, utf-16, cp1252 and latin-1."
            ) from None
        if not codec._is_text_encoding:  # type: ignore[attr-defined]
            raise IngestError(f"'{said}' does not encode text. Common encodings are utf-8, utf-16, cp1252 and latin-1.")
        return codec.name
    with path.open("rb") as file:
        head = file.read(SAMPLE_BYTES)
        for mark, name in _MARKS:
            if head.startswith(mark):
                return name
        wide = _wide(head)
        if wide:
            return wide
        file.seek(0)
        good, bad, size, sample = _weigh(file)
    if bad == 0 or good > bad:
        return "utf-8"
    name = _western(sample)
    if name is None and bad <= max(FEW_BAD, size // FEW_OF):
        # nearly all decodes, and no code page can be told by a few bytes: their rows are rejected, and the others read right
        return "utf-8"
    name = name or guess_encoding(sample)
    if name is None:
        raise IngestError(f"{path} is not UTF-8 and its encoding cannot be told. Say it with --encoding.")
    return name


_WESTERN = frozenset("ÀÁÂÃÄÅÆÇÈÉÊËÌÍÎÏÑÒÓÔÕÖØÙÚÛÜßàáâãäåæçèéêëìíîïñòóôõöøùúûüÿœŒ‘’“”„–—…•€£°§«»¿¡´\xa0™®©½")


def guess_encoding(sample: bytes) -> str | None:
    """The encoding of bytes that are not UTF-8, or None where it cannot be told.

    Text that reads as Western European is taken as that before statistics are asked.
    """
    western = _western(sample)
    if western is not None:
        return western
    from charset_normalizer import from_bytes  # seldom needed, and some hundredths of a second to import

    match = from_bytes(sample).best()
    return match.encoding if match else None


def _western(sample: bytes) -> str | None:
    """cp1252 where bytes read as Western European in it, accents being a minority of the letters; else None.

    A few accented letters are too little for a detector's statistics, which name a Central European or Macintosh code
    page as readily.
    """
    try:
        text = sample.decode("cp1252")
    except UnicodeDecodeError:
        text = ""
    beyond = [character for character in text if character > "\x7f"]
    letters = sum(character.isalpha() for character in text)
    if (
        beyond
        and sum(character in _WESTERN for character in beyond) >= 0.95 * len(beyond)
        and len(beyond) < 0.5 * letters
    ):
        return "cp1252"
    return None


def _wide(head: bytes) -> str | None:
    """UTF-16 without a mark: in Western text every other byte is zero."""
    pairs = len(head) // 2
    if pairs < 8:
        return None
    if head[1::2].count(0) > 0.4 * pairs and head[::2].count(0) < 0.1 * pairs:
        return "utf-16-le"
    if head[::2].count(0) > 0.4 * pairs and head[1::2].count(0) < 0.1 * pairs:
        return "utf-16-be"
    return None


def _weigh(file: BinaryIO) -> tuple[int, int, int, bytes]:
    """Characters beyond ASCII that decode as UTF-8, places that do not, all characters, and a sample of the bytes around
    such places."""
    decoder = codecs.getincrementaldecoder("utf-8")("nobodyasked-mark")
    good = bad = size = 0
    sample = b""
    while True:
        chunk = file.read(CHUNK_BYTES)
        text = decoder.decode(chunk, final=not chunk)
        size += len(text)
        if not text.isascii():
            wrong = text.count(BAD_BYTES)
            # UTF-8 bytes minus characters: 1 to 3 for each character beyond ASCII, and a mark counts 2
            good += max(len(text.encode("utf-8", "surrogatepass")) - len(text) - 2 * wrong, 0)
            bad += wrong
            if wrong and len(sample) < SAMPLE_BYTES:
                sample += b"\n".join(line for line in chunk.split(b"\n") if not line.isascii())[:SAMPLE_BYTES]
        if not chunk:
            return good, bad, size, sample


class Lines:
    """The lines of a file, decoded. Ends are \\n, \\r\\n or, in a file that has no \\n, \\r.

    Bytes that do not decode become `BAD_BYTES`. Holds one line, at most `limit` characters of it, and one piece of the file.
    """

    def __init__(self, path: Path, encoding: str, limit: int = RECORD_LIMIT) -> None:
        self.path = path
        self.encoding = encoding
        self.limit = limit
        self.position = 0

    def __iter__(self) -> Iterator[Line]:
        self.position = 0
        number = 1
        held: list[str] = []
        size = 0
        end = ""
        for text in self._texts():
            if not end:
                end = "\r" if "\r" in text[:-1] and "\n" not in text else "\n"
            *whole, rest = text.split(end)
            for part in whole:
                if held or size:
                    size += len(part)
                    yield self._line(number, held, part, size, end)
                    held, size = [], 0
                else:
                    yield (
                        Line(number, part + end, False)
                        if len(part) < self.limit
                        else self._line(number, [], part, len(part), end)
                    )
                number += 1
            if rest:
                size += len(rest)
                if size <= self.limit + CHUNK_BYTES:
                    held.append(rest)
        if size:
            yield self._line(number, held, "", size, "")

    def _line(self, number: int, held: list[str], part: str, size: int, end: str) -> Line:
        if size >= self.limit:
            return Line(number, ("".join(held) + part)[:1000], True)
        return Line(number, "".join(held) + part + end, False)

    def _texts(self) -> Iterator[str]:
        decoder = codecs.getincrementaldecoder(self.encoding)("nobodyasked-mark")
        with self.path.open("rb") as file:
            while chunk := file.read(CHUNK_BYTES):
                self.position += len(chunk)
                if text := decoder.decode(chunk):
                    yield text
            if text := decoder.decode(b"", final=True):
                yield text
