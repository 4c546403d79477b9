"""Encodings, JSON Lines and e-mails."""

from __future__ import annotations

from email.message import EmailMessage
from pathlib import Path

import pytest

from nobodyasked.inference.span import split
from nobodyasked.server.ingest.encoding import find_encoding
from nobodyasked.server.ingest.files import Format, find_format, open_reader
from nobodyasked.server.ingest.html import TAG_LIMIT, TooManyTags, html_to_text
from nobodyasked.server.ingest.jsonlines import JsonLines
from nobodyasked.server.ingest.mail import Mailbox, read_message
from nobodyasked.server.ingest.row import IngestError, Rejection, Row

GERMAN = "Das Gerät läuft überhaupt nicht, schöne Grüße aus Köln."


# --- encodings


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (GERMAN.encode(), "utf-8"),
        (GERMAN.encode("utf-8-sig"), "utf-8-sig"),
        (GERMAN.encode("utf-16"), "utf-16"),
        (GERMAN.encode("utf-16-le"), "utf-16-le"),
        (GERMAN.encode("utf-16-be"), "utf-16-be"),
        (GERMAN.encode("utf-32"), "utf-32"),
        (GERMAN.encode("cp1252"), "cp1252"),
        (b"plain", "utf-8"),
        # of a byte or two no code page can be told
        (b"text\nThe strap bro\xb3e.\nAll is well.\n", "utf-8"),
        (b"", "utf-8"),
        # one broken byte among many good ones makes no other encoding
        (GERMAN.encode() * 3 + b"\xe4", "utf-8"),
        ("Доставка опоздала на неделю, верните деньги.\n".encode("cp1251") * 5, "cp1251"),
    ],
)
def test_the_encoding_is_found(tmp_path: Path, content: bytes, expected: str) -> None:
    path = tmp_path / "file"
    path.write_bytes(content)
    found = find_encoding(path)
    assert found == expected
    assert content.decode(found, "ignore") == content.decode(expected, "ignore")


def test_a_bad_byte_costs_its_row(tmp_path: Path) -> None:
    path = tmp_path / "two.csv"
    path.write_bytes(b"text\nThe strap bro\xb3e.\nAll is well.\n")
    records = list(open_reader(path, Format.CSV))
    assert [getattr(record, "code", "") for record in records] == ["BAD_ENCODING", ""]


def test_a_first_accent_far_down_is_seen(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"nothing special here\n" * 60_000 + GERMAN.encode("cp1252"))
    assert find_encoding(path) == "cp1252"


@pytest.mark.parametrize("name", ["klingon", "rot13", "base64"])
def test_an_encoding_that_is_none_is_refused(tmp_path: Path, name: str) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"text")
    with pytest.raises(IngestError, match=name):
        find_encoding(path, name)


# --- JSON Lines


def test_json_lines_with_good_and_bad_lines(tmp_path: Path) -> None:
    path = tmp_path / "file.jsonl"
    lines = [
        b'{"text": "one", "stars": 4, "customer": {"id": "C1", "vip": true}, "tags": ["a"], "none": null}',
        b"",
        b'{"text": "two"',
        b"[1, 2]",
        b'{"text": "caf\xe9"}',
        b'{"text": "half \\ud800"}',
        b'{"text": "last"}',
    ]
    path.write_bytes(b"\n".join(lines))
    reader = JsonLines(path, "utf-8")
    records = list(reader)
    assert reader.columns == ("text", "stars", "customer.id", "customer.vip", "tags", "none")
    first = records[0]
    assert isinstance(first, Row)
    assert dict(first.cells) == {
        "text": "one", "stars": "4", "customer.id": "C1", "customer.vip": "true", "tags": '["a"]', "none": "",
    }  # fmt: skip
    assert [(record.line, record.code) for record in records if isinstance(record, Rejection)] == [
        (3, "MALFORMED_ROW"),
        (4, "MALFORMED_ROW"),
        (5, "BAD_ENCODING"),
        (6, "MALFORMED_ROW"),
    ]
    assert isinstance(records[-1], Row)


def test_a_file_without_objects_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "file.jsonl"
    path.write_text("[\n1,\n2]\n")
    with pytest.raises(IngestError, match="no readable JSON object"):
        JsonLines(path, "utf-8")


# --- e-mails


def letter(**headers: str) -> EmailMessage:
    message = EmailMessage()
    for name, value in {
        "From": "Ann <ann@example.org>",
        "Subject": "Hello",
        "Date": "Tue, 01 Oct 2024 10:00:00 +0200",
        **headers,
    }.items():
        message[name.replace("_", "-")] = value
    return message


def read_one(raw: bytes) -> dict[str, str]:
    row = read_message(raw, 1)
    assert isinstance(row, Row)
    return dict(row.cells)


def test_plain_text_is_preferred_and_headers_decoded() -> None:
    message = letter(Subject="Späte Lieferung — schon wieder", Message_ID="<a@b.example>")
    message.set_content("Das Paket kam zu spät.\n")
    message.add_alternative("<p>Das Paket kam <b>viel</b> zu spät.</p>", subtype="html")
    message.add_attachment(b"\x00" * 100, maintype="application", subtype="pdf", filename="bill.pdf")
    assert read_one(message.as_bytes()) == {
        "message_id": "a@b.example",
        "from": "ann@example.org",
        "date": "2024-10-01T10:00:00+02:00",
        "subject": "Späte Lieferung — schon wieder",
        "body": "Das Paket kam zu spät.",
    }


def test_html_alone_becomes_text() -> None:
    message = letter()
    message.set_content(
        "<html><head><title>x</title></head><body><p>Too&nbsp;late &amp; <i>wet</i></p><br>Bye</body></html>",
        subtype="html",
    )
    assert read_one(message.as_bytes())["body"] == "Too late & wet\nBye"


@pytest.mark.parametrize("encoding", ["quoted-printable", "base64", "8bit"])
def test_transfer_encodings_and_charsets(encoding: str) -> None:
    message = letter()
    message.set_content(GERMAN, charset="iso-8859-1", cte=encoding)
    assert read_one(message.as_bytes())["body"] == GERMAN


@pytest.mark.parametrize("stated", ["utf-8", "x-unknown", "us-ascii"])
def test_a_charset_that_is_not_the_stated_one(stated: str) -> None:
    raw = f"From: a@b.example\nContent-Type: text/plain; charset={stated}\nContent-Transfer-Encoding: 8bit\n\n".encode()
    assert read_one(raw + GERMAN.encode("cp1252"))["body"] == GERMAN


@pytest.mark.parametrize("encoding", ["utf-8", "cp1252"])
def test_a_multipart_message_without_its_boundary_is_one_text(encoding: str) -> None:
    raw = b"From: a@b.example\nContent-Type: multipart/mixed\n\n"
    assert read_one(raw + GERMAN.encode(encoding))["body"] == GERMAN


def test_a_charset_that_cannot_be_told_is_told_in_our_words() -> None:
    raw = b"From: a@b.example\nContent-Type: text/plain\nContent-Transfer-Encoding: 8bit\n\n"
    record = read_message(raw + bytes(range(128, 256)) * 3, 1)
    assert isinstance(record, Rejection)
    assert (record.code, record.message) == (
        "BAD_ENCODING",
        "text whose charset is not the one it states, and cannot be told",
    )


def test_flowed_lines_are_joined() -> None:
    raw = b"From: a@b.example\nContent-Type: text/plain; format=flowed\n\nThis goes \non and on.\nThis does not.\n-- \nAnn\n"
    assert read_one(raw)["body"] == "This goes on and on.\nThis does not.\n-- \nAnn"


@pytest.mark.parametrize(
    "raw",
    [b"", b"\n\n", b"no headers at all\n", b"\x00\x01\x02\xff\xfe", b"\xff" * 1000],
)
def test_what_is_no_message_is_rejected(raw: bytes) -> None:
    assert isinstance(read_message(raw, 1), Rejection)


@pytest.mark.parametrize(
    "header",
    [
        b"From: =?utf-8?q?broken",
        b"From: <<<>>>,,;;@@",
        b"Subject: =?x-unknown?b?////?=",
        b"Subject: \xff\xfe\xfd",
        b"Date: the day before yesterday",
        b"Date: Tue, 99 Foo 2024 99:99:99 +9999",
        b"Content-Type: multipart/mixed",
        b"Content-Type: ;;;=",
        b"Message-ID: <[broken]",
        b"From: a@[b",
    ],
)
def test_hostile_headers_neither_crash_nor_pass_unseen(header: bytes) -> None:
    record = read_message(header + b"\nX-Other: 1\n\nThe body\n", 7)
    assert record.line == 7
    assert isinstance(record, Rejection) or "The body" in record.cells["body"]


MBOX = """\
From ann@example.org Tue Oct  1 10:00:00 2024
From: ann@example.org
Subject: One

First line.
>From here on it is quoted.

From the very beginning it was late.
From bob@example.org Wed Oct  2 10:00:00 2024
is no opening either, there being no empty line before.

From bob@example.org Wed Oct  2 10:00:00 2024
From: Bob <BOB@example.org>
Subject: Two

Second.
"""


def test_an_mbox_is_split_where_messages_begin(tmp_path: Path) -> None:
    path = tmp_path / "box.mbox"
    path.write_text(MBOX)
    records = list(Mailbox(path))
    assert [(record.line, record.cells["subject"]) for record in records if isinstance(record, Row)] == [
        (1, "One"),
        (12, "Two"),
    ]
    first, second = records
    assert isinstance(first, Row)
    assert isinstance(second, Row)
    assert "\nFrom here on it is quoted." in first.cells["body"]
    assert "From the very beginning" in first.cells["body"]
    assert "is no opening either" in first.cells["body"]
    assert second.cells["from"] == "bob@example.org"


def test_a_message_beyond_the_limit_is_rejected_and_the_next_one_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("nobodyasked.server.ingest.mail.MESSAGE_LIMIT", 100_000)
    path = tmp_path / "box.mbox"
    path.write_text(MBOX.replace("First line.", "x" * 300_000))
    records = list(Mailbox(path))
    assert isinstance(records[0], Rejection)
    assert records[0].code == "TOO_LONG"
    assert isinstance(records[1], Row)


@pytest.mark.parametrize("content", ["", "\n\n", "Subject: no mbox\n\nbody\n", "text,when\na,1\n"])
def test_what_is_no_mbox_is_refused(tmp_path: Path, content: str) -> None:
    path = tmp_path / "box.mbox"
    path.write_text(content)
    with pytest.raises(IngestError):
        Mailbox(path)


def test_a_folder_of_messages(tmp_path: Path) -> None:
    for name in ("b.eml", "a.eml", "sub/c.eml"):
        message = letter(Subject=name)
        message.set_content(name)
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(message.as_bytes())
    (tmp_path / "bad.eml").write_bytes(b"")
    records = list(open_reader(tmp_path))
    assert [record.cells["subject"] for record in records if isinstance(record, Row)] == ["a.eml", "b.eml", "sub/c.eml"]
    assert [record.message for record in records if isinstance(record, Rejection)] == ["bad.eml: an empty message"]


def test_a_folder_without_messages_is_refused(tmp_path: Path) -> None:
    with pytest.raises(IngestError, match=r"no \.eml files"):
        open_reader(tmp_path)


# --- HTML


def test_html_text_is_what_a_reader_saw() -> None:
    html = (
        "<style>p{}</style><h1>Late</h1><p>One<br>two</p><script>no()</script><ul><li>a<li>b</ul><td>c</td>&lt;tag&gt;"
    )
    assert html_to_text(html) == "Late\nOne\ntwo\na\nb\nc<tag>"


def test_a_mail_that_is_answered_in_html_is_quoted_as_in_plain_text() -> None:
    html = (
        '<p>It leaks.</p><div class="gmail_quote">On Monday, Shop wrote:<blockquote class="gmail_quote"><div>We are'
        '<p>sorry.</p></div><blockquote type="cite">It was wet.</blockquote></blockquote></div><blockquote>Set in.</blockquote>'
    )
    told = "It leaks.\nOn Monday, Shop wrote:\n> We are\n> sorry.\n> > It was wet.\nSet in."
    assert html_to_text(html) == told
    assert [told[span.start : span.end] for span in split(told)] == ["It leaks.", "Set in."]


def test_html_made_to_be_slow_is_refused() -> None:
    with pytest.raises(TooManyTags):
        html_to_text("<div>" * (TAG_LIMIT + 1))


# --- formats


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        ("a.csv", "", Format.CSV),
        ("a.TSV", "", Format.TSV),
        ("a.ndjson", "", Format.JSONL),
        ("a.mbox", "", Format.MBOX),
        ("a.eml", "", Format.EML),
        ("inbox", "From ann@example.org Tue Oct  1 10:00:00 2024\n", Format.MBOX),
        ("export", '\n{"text": 1}', Format.JSONL),
        ("export", "text,when\n", Format.CSV),
    ],
)
def test_the_format_is_found(tmp_path: Path, name: str, content: str, expected: Format) -> None:
    (tmp_path / name).write_text(content)
    assert find_format(tmp_path / name) is expected


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(IngestError, match="No such file"):
        find_format(tmp_path / "nothing.csv")
