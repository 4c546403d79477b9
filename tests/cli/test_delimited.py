"""CSV and TSV: what is read, what is rejected, and that nothing is lost."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nobodyasked.server.ingest import delimited as module
from nobodyasked.server.ingest.delimited import Delimited
from nobodyasked.server.ingest.encoding import CHUNK_BYTES
from nobodyasked.server.ingest.row import RECORD_LIMIT, IngestError, Rejection, Row

HEADER = ("text", "when")


def read(path: Path, content: str | bytes, encoding: str = "utf-8", *, tsv: bool = False) -> list[Row | Rejection]:
    path.write_bytes(content if isinstance(content, bytes) else content.encode(encoding))
    return list(Delimited(path, encoding, delimiter="\t" if tsv else None, plain_quotes=tsv))


def cells(records: list[Row | Rejection]) -> list[tuple[str, ...] | str]:
    return [tuple(record.cells.values()) if isinstance(record, Row) else record.code for record in records]


# characters of every kind that could upset a reader; lone surrogates cannot be written to a file at all
anything = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\x00"), max_size=30)
tricky = st.text(st.sampled_from("\",;\t|\r\n' ab"), max_size=20)


@settings(max_examples=150, deadline=None)
@given(
    rows=st.lists(st.tuples(anything | tricky, tricky | anything), min_size=1, max_size=12),
    delimiter=st.sampled_from(",;\t|"),
    ending=st.sampled_from(("\n", "\r\n")),
)
def test_what_a_writer_quotes_comes_back(tmp_path_factory: pytest.TempPathFactory, rows, delimiter, ending) -> None:
    path = tmp_path_factory.mktemp("round") / "file.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, delimiter=delimiter, lineterminator=ending, quoting=csv.QUOTE_ALL)
        writer.writerows([HEADER, *rows])
    assert cells(list(Delimited(path, "utf-8", delimiter=delimiter))) == rows


@settings(max_examples=150, deadline=None)
@given(lines=st.lists(st.text(st.sampled_from('",ab\t'), min_size=1, max_size=12), max_size=20), tsv=st.booleans())
def test_every_line_of_any_file_is_accounted_for(
    tmp_path_factory: pytest.TempPathFactory, lines: list[str], tsv: bool
) -> None:
    path = tmp_path_factory.mktemp("any") / "file"
    mark = "\t" if tsv else ","
    records = read(path, mark.join(HEADER) + "\n" + "".join(f"{line}\n" for line in lines), tsv=tsv)
    starts = [record.line for record in records]
    assert starts == sorted(set(starts))
    # a line that begins no record belongs to one whose quotes span it, and which says so where it is rejected
    for line in set(range(2, len(lines) + 2)) - set(starts):
        owner = max((record for record in records if record.line < line), key=lambda record: record.line)
        if isinstance(owner, Row):
            assert sum(cell.count("\n") for cell in owner.cells.values()) >= line - owner.line
        else:
            last = re.match(rf"lines {owner.line} to (\d+)", owner.message)
            assert last is not None
            assert int(last[1]) >= line


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_found(tmp_path: Path, delimiter: str) -> None:
    lines = [delimiter.join(("text", "when", "stars"))]
    lines += [delimiter.join((f'"Late, again; and | no	word {n}"', "2024-01-01", "1")) for n in range(5)]
    records = read(tmp_path / "f.csv", "\n".join(lines))
    assert cells(records)[0] == ("Late, again; and | no	word 0", "2024-01-01", "1")


def test_a_quote_left_open_costs_its_own_line_alone(tmp_path: Path) -> None:
    records = read(tmp_path / "f.csv", 'text,when\nfirst,1\n"open,2\nthird,3\nfourth,4\n')
    assert cells(records) == [("first", "1"), "MALFORMED_ROW", ("third", "3"), ("fourth", "4")]
    fault = records[1]
    assert isinstance(fault, Rejection)
    assert (fault.line, fault.excerpt) == (3, '"open,2')
    assert "never closed" in fault.message


def test_a_quote_left_open_in_a_long_file_is_given_up_within_bounds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "LINES_LIMIT", 50)
    lines = ["text,when", '"open,0', *(f"row {n},{n}" for n in range(500))]
    records = read(tmp_path / "f.csv", "\n".join(lines))
    assert cells(records) == ["MALFORMED_ROW", *((f"row {n}", str(n)) for n in range(500))]


def test_a_quote_that_swallowed_rows_gives_them_back(tmp_path: Path) -> None:
    records = read(tmp_path / "f.csv", 'text,when\n"open,1\nsecond,2\nthird",3,x\nfourth,4\n')
    assert cells(records) == ["WRONG_COLUMN_COUNT", ("second", "2"), "WRONG_COLUMN_COUNT", ("fourth", "4")]


def test_quotes_inside_quotes_must_be_doubled(tmp_path: Path) -> None:
    records = read(tmp_path / "f.csv", 'text,when\n"He said "hi" to me",1\n"He said ""hi"" to me",2\n')
    assert cells(records) == ["MALFORMED_ROW", ('He said "hi" to me', "2")]


def test_a_row_of_another_width_is_rejected_with_both_widths(tmp_path: Path) -> None:
    records = read(tmp_path / "f.csv", "text,when\ntoo,many,cells\nfew\nright,1\n trailing,2,,\n")
    assert cells(records) == ["WRONG_COLUMN_COUNT", "WRONG_COLUMN_COUNT", ("right", "1"), (" trailing", "2")]
    assert "3 cells where the header has 2" in records[0].message  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ('"great" app\t5', [('"great" app', "5")]),
        ('"great app"\t5', [("great app", "5")]),
        ('say "hi"\t5', [('say "hi"', "5")]),
        ('"open\t5\nnext\t6', [('"open', "5"), ("next", "6")]),
        ('"open\t5\nhe said "\t6', [('"open', "5"), ('he said "', "6")]),
        ('"two\nlines"\t5', [("two\nlines", "5")]),
        ('5\t"two\nlines"', [("5", "two\nlines")]),
        ('a ""b""\t5', [('a ""b""', "5")]),
    ],
)
def test_in_a_tsv_a_quote_is_text_unless_it_quotes(tmp_path: Path, line: str, expected: list[tuple[str, str]]) -> None:
    assert cells(read(tmp_path / "f.tsv", f"text\twhen\n{line}\n", tsv=True)) == expected


def test_a_line_beyond_the_limit_is_rejected_and_the_next_ones_read(tmp_path: Path) -> None:
    path = tmp_path / "f.csv"
    with path.open("w") as file:
        file.write("text,when\nbefore,1\n")
        for _ in range(10 * 1024 * 1024 // CHUNK_BYTES):
            file.write("x" * CHUNK_BYTES)
        file.write(",2\nafter,3\n")
    records = list(Delimited(path, "utf-8"))
    assert cells(records) == [("before", "1"), "TOO_LONG", ("after", "3")]
    assert f"{RECORD_LIMIT:,}" in records[1].message  # type: ignore[union-attr]
    assert len(records[1].excerpt) <= 200  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("text,when\r\na,1\r\n\r\nb,2", [("a", "1"), ("b", "2")]),
        ("text,when\ra,1\rb,2\r", [("a", "1"), ("b", "2")]),
        ("text,when\n\n\na,1\n\n", [("a", "1")]),
        ("\ufefftext,when\na,1\n", [("a", "1")]),
    ],
)
def test_line_ends_and_marks_of_other_systems(tmp_path: Path, content: str, expected: list[tuple[str, str]]) -> None:
    assert cells(read(tmp_path / "f.csv", content, "utf-8-sig" if content[0] == "\ufeff" else "utf-8")) == expected


def test_bytes_that_do_not_decode_cost_their_own_row(tmp_path: Path) -> None:
    records = read(tmp_path / "f.csv", b"text,when\nna\xefve,1\nna\xc3\xafve,2\n")
    assert cells(records) == ["BAD_ENCODING", ("naïve", "2")]


@pytest.mark.parametrize("content", ["", "\n\n", "\r\n"])
def test_an_empty_file_is_refused(tmp_path: Path, content: str) -> None:
    with pytest.raises(IngestError, match="holds no rows"):
        read(tmp_path / "f.csv", content)


def test_columns_of_one_name_are_kept_apart(tmp_path: Path) -> None:
    path = tmp_path / "f.csv"
    path.write_text("text,note,note,\na,b,c,d\n")
    reader = Delimited(path, "utf-8")
    assert reader.columns == ("text", "note", "note (again)", "column 4")
    assert cells(list(reader)) == [("a", "b", "c", "d")]
