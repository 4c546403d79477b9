"""E-mails: mbox files (read as a stream), single .eml files and folders of them."""

from __future__ import annotations

import email.policy
import re
from collections.abc import Iterator
from email.message import EmailMessage
from email.parser import BytesParser
from email.utils import getaddresses, parsedate_to_datetime
from pathlib import Path
from typing import Any, BinaryIO, cast

from ...models.notice import names_in
from .encoding import guess_encoding
from .html import TooManyTags, html_to_text
from .row import Fault, IngestError, Rejection, Row

MESSAGE_LIMIT = 32 * 1024 * 1024
"""Most bytes of one message with its attachments; mail servers commonly stop at 25 MB."""
WHOLE = "a message without a body is its subject"
COLUMNS = ("message_id", "from", "date", "subject", "body")

HEADER_LIMIT = 2_000
"""Most characters of a header that is parsed: the parser's time grows with the square of them (0.6 s at this many)."""

ANSWERS_MOST = 10

_PIECE = 64 * 1024
# encodings of host names that Python knows by the names of charsets; their time grows with the square of the text
_NO_CHARSETS = ("idna", "punycode")
_YEAR = re.compile(rb"\d{4}")
_ZONE = re.compile(rb"[+-]?\w+")


class LongHeader(ValueError):
    pass


class _Policy(email.policy.EmailPolicy):
    def header_fetch_parse(self, name: str, value: str) -> Any:
        # only headers that somebody asks for come here: long lists of recipients do not
        if len(value) > HEADER_LIMIT:
            raise LongHeader(f"a header {name[:40]} of {len(value):,} characters; the limit is {HEADER_LIMIT:,}")
        return super().header_fetch_parse(name, value)


_PARSER = BytesParser(policy=_Policy())


def opens_message(line: bytes) -> bool:
    """Whether a line opens a message in an mbox: "From ", an address, a date that ends in a year (some writers add a zone)."""
    if not line.startswith(b"From "):
        return False
    # the date is among the last words: no more of a long line is looked at
    words = line[5:].rsplit(maxsplit=2)
    if not words:
        return False
    # a year may end a longer word, as in 1-Oct-2024
    if _YEAR.fullmatch(words[-1][-4:]):
        return True
    return len(words) > 1 and _YEAR.fullmatch(words[-2][-4:]) is not None and _ZONE.fullmatch(words[-1]) is not None


class Mailbox:
    """Messages of one mbox file."""

    columns = COLUMNS

    def __init__(self, path: Path) -> None:
        self.path = path
        self.position = 0
        self.notes = ("encoding as each message says", WHOLE)
        with path.open("rb") as file:
            head = file.readline(_PIECE)
            while head and not head.strip():
                head = file.readline(_PIECE)
        if not head:
            raise IngestError(f"{path} is empty.")
        if not head.startswith(b"From "):
            raise IngestError(
                f"{path} is not an mbox: its first line must begin with 'From '. A single message is read from a file named .eml."
            )

    def __iter__(self) -> Iterator[Row | Rejection]:
        with self.path.open("rb") as file:
            for number, raw, size in self._messages(file):
                if size > MESSAGE_LIMIT:
                    message = f"a message of {size:,} bytes; the limit is {MESSAGE_LIMIT:,}"
                    yield Rejection.of(number, Fault.TOO_LONG, message, raw[:400].decode("latin-1"))
                else:
                    yield read_message(raw, number)

    def _messages(self, file: BinaryIO) -> Iterator[tuple[int, bytes, int]]:
        """Line of the opening, bytes (no more than the limit) and full size of each message."""
        self.position = 0
        held: list[bytes] = []
        size = opened = 0
        number = 0
        after_blank = at_start = True
        while piece := file.readline(_PIECE):
            self.position += len(piece)
            if at_start:
                number += 1
                if after_blank and opens_message(piece):
                    if opened:
                        yield opened, b"".join(held), size
                    held, size, opened = [], 0, number
                    after_blank = False
                    at_start = piece.endswith(b"\n")
                    continue
                after_blank = not piece.strip()
                # mboxrd: a line of the text that began with "From " was kept with one ">" more
                if piece.startswith(b">") and piece.lstrip(b">").startswith(b"From "):
                    piece = piece[1:]
            at_start = piece.endswith(b"\n")
            size += len(piece)
            if size <= MESSAGE_LIMIT and opened:
                held.append(piece)
        if opened:
            yield opened, b"".join(held), size


class Letters:
    """Messages that are files of their own: one .eml, or all of a folder and its folders in the order of their names."""

    columns = COLUMNS

    def __init__(self, path: Path) -> None:
        self.path = path
        self.position = 0
        self.files = sorted(path.rglob("*.eml")) if path.is_dir() else [path]
        if not self.files:
            raise IngestError(f"The folder {path} holds no .eml files.")
        first = f"{len(self.files):,} messages" if path.is_dir() else "encoding as the message says"
        self.notes = (first, WHOLE)

    def __iter__(self) -> Iterator[Row | Rejection]:
        self.position = 0
        for number, file in enumerate(self.files, 1):
            where = f"{file.relative_to(self.path)}: " if file != self.path else ""
            try:
                size = file.stat().st_size
                raw = file.read_bytes() if size <= MESSAGE_LIMIT else b""
            except OSError as fault:
                yield Rejection.of(number, Fault.MALFORMED_ROW, f"{where}cannot be read: {fault.strerror}")
                continue
            self.position += size
            if size > MESSAGE_LIMIT:
                yield Rejection.of(number, Fault.TOO_LONG, f"{where}{size:,} bytes; the limit is {MESSAGE_LIMIT:,}")
                continue
            record = read_message(raw, number)
            if isinstance(record, Rejection) and where:
                record = Rejection(record.line, record.code, where + record.message, record.excerpt)
            yield record


def read_message(raw: bytes, number: int) -> Row | Rejection:
    """One message as a row of `COLUMNS`; `number` is where it begins."""
    excerpt = raw[:400].decode("ascii", "replace")
    if not raw.strip():
        return Rejection.of(number, Fault.MALFORMED_ROW, "an empty message")
    # the parser takes any bytes, but its typed headers raise errors of many kinds on hostile ones
    try:
        message = cast(EmailMessage, _PARSER.parsebytes(raw))
        if not message.keys():
            return Rejection.of(number, Fault.MALFORMED_ROW, "no headers: not an e-mail", excerpt)
        addresses = getaddresses([_header(message, "From")])
        cells = {
            "message_id": _header(message, "Message-ID").strip("<> \t"),
            "from": addresses[0][1].lower() if addresses else "",
            "date": _date(_header(message, "Date")),
            "subject": _header(message, "Subject"),
            "body": _body(message),
        }
        answers = _answers(message)
    except UnicodeError:
        words = "text whose charset is not the one it states, and cannot be told"
        return Rejection.of(number, Fault.BAD_ENCODING, words, excerpt)
    except (TooManyTags, LongHeader) as fault:
        return Rejection.of(number, Fault.TOO_LONG, str(fault), excerpt)
    except (ValueError, LookupError, TypeError, AttributeError, IndexError, RecursionError) as fault:
        return Rejection.of(number, Fault.MALFORMED_ROW, f"not a readable e-mail ({type(fault).__name__})", excerpt)
    return Row(number, cells, answers)


def _answers(message: EmailMessage) -> list[tuple[int, int]]:
    """What it answers, the nearest first; a machine's message (RFC 3834) is nobody's answer."""
    if str(message.get("Auto-Submitted", "no")).strip().lower() != "no":
        return []
    found: list[tuple[int, int]] = []
    for name in ("In-Reply-To", "References"):
        # the raw header: nothing in it is to be decoded, and a long thread's is no reason to reject its mail
        raw = "".join(value for key, value in message.raw_items() if key.lower() == name.lower())
        found += reversed(list(names_in(raw[-HEADER_LIMIT:])))
    return found[:ANSWERS_MOST]


def _header(message: EmailMessage, name: str) -> str:
    value = message.get(name)
    # a folded or encoded header arrives as one line; bytes that no charset explains arrive as half surrogates
    return " ".join(str(value).encode("utf-8", "replace").decode().split()) if value is not None else ""


def _date(value: str) -> str:
    """ISO 8601 where the date can be read, else as it stands: the rejection then shows it."""
    try:
        return parsedate_to_datetime(value).isoformat()
    except (ValueError, TypeError, IndexError, OverflowError):
        return value


def _body(message: EmailMessage) -> str:
    part = message.get_body(preferencelist=("plain", "html"))
    if part is None:
        # a multipart message without its boundary has arrived as one piece of text
        bare = message.get_payload(decode=True)
        return _decode(bare, None).strip() if isinstance(bare, bytes) else ""
    payload = part.get_payload(decode=True)
    if not isinstance(payload, bytes):
        return ""
    text = _decode(payload, part.get_content_charset())
    if part.get_content_type() == "text/html":
        return html_to_text(text)
    text = text.replace("\r\n", "\n")
    if str(part.get_param("format", "")).lower() == "flowed":
        # RFC 3676: a line that ends in a blank goes on in the next one, save for the mark of a signature
        text = re.sub(r"(?<!^--) \n(?!>)", " ", text, flags=re.MULTILINE)
    return text.strip()


def _decode(payload: bytes, charset: str | None) -> str:
    for name in (charset, "utf-8"):
        if name and name.lower() not in _NO_CHARSETS:
            try:
                return payload.decode(name)
            except (LookupError, UnicodeError):
                continue
    name = guess_encoding(payload[:_PIECE])
    if name is None:
        raise UnicodeError
    return payload.decode(name)
