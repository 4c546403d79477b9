"""No cell, line or header, however long and ill meant, stops an import."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType

import pytest

from nobodyasked.server.ingest.columns import choose_columns
from nobodyasked.server.ingest.html import TooManyTags, html_to_text
from nobodyasked.server.ingest.mail import Mailbox, opens_message, read_message
from nobodyasked.server.ingest.moments import BadTime, day_comes_first, parse_time
from nobodyasked.server.ingest.numbers import BadNumber, parse_number, parse_rating
from nobodyasked.server.ingest.pseudonym import Pseudonyms
from nobodyasked.server.ingest.row import MissingColumn, Rejection, Row

LENGTH = 40_000
SECONDS = 2.0
"""Of this process alone. What is linear takes some milliseconds; a parse of a header at its limit, half a second."""

STARTS = ("", "1", "5", "4 of", "2024-01-01", "1/1/2024", "Tue, ", "a@", "From ", "From a@b ", "mail@example.")
REPEATED = (
    " ",
    "1",
    "a@",
    ".",
    ".a",
    ",111",
    "-",
    "/",
    "+",
    "<",
    "(",
    '"',
    "_",
    "aB",
    "a ",
    " 2024",
    "\n",
    "★",
    "\ufe0f",
    "€",
)
ENDS = ("", "!", "x", "\nx", "€!", "@")
LINES = [start + part * (LENGTH // len(part)) + end for start in STARTS for part in REPEATED for end in ENDS]


@contextmanager
def soon() -> Iterator[None]:
    def late(number: int, frame: FrameType | None) -> None:
        raise TimeoutError(f"more than {SECONDS} s")

    before = signal.signal(signal.SIGVTALRM, late)
    signal.setitimer(signal.ITIMER_VIRTUAL, SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


REFUSALS = (BadTime, BadNumber, TooManyTags, MissingColumn)


@pytest.mark.parametrize(
    "read",
    [
        parse_time,
        lambda text: day_comes_first([text]),
        parse_number,
        parse_rating,
        Pseudonyms(b"k").of,
        html_to_text,
        lambda text: opens_message(text.encode()),
        lambda text: choose_columns((text, "text"), [], {}, {}),
    ],
)
def test_long_cells(read: Callable[[str], object]) -> None:
    for text in LINES:
        with soon(), suppress(*REFUSALS):
            read(text)


HEADERS = ("From", "Subject", "Date", "Message-ID", "Content-Type", "Content-Disposition", "Content-Transfer-Encoding")
PARTS = ("(", "a@", "a,", "=?utf-8?q?a?= ", '"', "<", "a ", "\\", ";a=b", "[", ".", "a*0*=b;", "\n ")


@pytest.mark.parametrize("header", HEADERS)
def test_long_headers(header: str) -> None:
    for part in PARTS:
        for length in (1_900, LENGTH):
            with soon():
                record = read_message(f"{header}: {part * (length // len(part))}\nX: 1\n\nBody\n".encode(), 1)
            assert isinstance(record, Row) or record.code in ("TOO_LONG", "MALFORMED_ROW")


def test_a_long_header_that_is_taken_is_rejected_and_another_is_not() -> None:
    record = read_message(b"Subject: " + b"a" * 3_000 + b"\n\nBody\n", 1)
    assert isinstance(record, Rejection)
    assert (record.code, "Subject" in record.message) == ("TOO_LONG", True)
    assert isinstance(read_message(b"Subject: a\nTo: " + b"a@b.example, " * 9_000 + b"\n\nBody\n", 1), Row)


@pytest.mark.parametrize("charset", ["punycode", "idna", "undefined", "utf-7", "unicode_escape"])
def test_charsets_that_are_none(charset: str) -> None:
    head = f"From: a@b.example\nContent-Type: text/plain; charset={charset}\nContent-Transfer-Encoding: 8bit\n\n"
    with soon():
        record = read_message(head.encode() + b"-" + b"b" * 500_000, 1)
    assert isinstance(record, Row)


@pytest.mark.parametrize("line", ["From " + "a@" * 32_000 + "!", "From " + " " * LENGTH + "x", "From " + "1 " * LENGTH])
def test_a_long_line_of_an_mbox(tmp_path: Path, line: str) -> None:
    path = tmp_path / "box.mbox"
    path.write_text(f"From a@b.example Tue Oct  1 10:00:00 2024\nSubject: s\n\nfirst\n\n{line}\n")
    with soon():
        (record,) = Mailbox(path)
    assert isinstance(record, Row)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (b"From ann@example.org Tue Oct  1 10:00:00 2024\n", True),
        (b"From ann@example.org Tue Oct  1 10:00:00 2024 +0200\r\n", True),
        (b"From ann@example.org Tue Oct  1 10:00:00 CEST 2024", True),
        (b"From ann@example.org Tue Oct  1 10:00:00 2024 CEST\n", True),
        (b"From MAILER-DAEMON Tue, 1-Oct-2024\n", True),
        (b"From \n", False),
        (b"From\n", False),
        (b"From the very beginning it was late.\n", False),
        (b"From 2024 on, it was late.\n", False),
        (b"From ann@example.org Tue Oct  1 10:00:00 2024 (CEST)\n", False),
    ],
)
def test_the_lines_that_open_a_message(line: bytes, expected: bool) -> None:
    assert opens_message(line) is expected
