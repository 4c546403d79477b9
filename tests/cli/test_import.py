"""`nobodyasked import`, through the front door."""

from __future__ import annotations

import signal
import sqlite3
import time
from email.message import EmailMessage
from pathlib import Path

import pytest

from .conftest import Cli, generated, peak_memory, rejected, start, texts, write_csv

COLUMNS = ("id", "text", "time", "customer", "channel", "rating")
GOOD = (
    ("A1", "The parcel came a week late.", "2024-03-04T10:00:00Z", "C1", "email", "2"),
    ("A2", "Nobody answers the phone.", "2024-03-05", "C2", "phone", ""),
    ("A3", "Größe 46 ist immer ausverkauft 😀", "2024-03-06 08:00", "C1", "review", "3"),
)


def summary(cli: Cli, *arguments: str | Path) -> dict[str, object]:
    done = cli("import", "--json", *arguments)
    assert done.code == 0, done.err
    (only,) = done.json["files"]
    return {name: only[name] for name in ("created", "known", "rejected", "reasons")}


def counts(created: int = 0, known: int = 0, **reasons: int) -> dict[str, object]:
    return {"created": created, "known": known, "rejected": sum(reasons.values()), "reasons": reasons}


def test_a_second_import_changes_nothing(either_cli: Cli, home: Path) -> None:
    path = write_csv(home / "in.csv", COLUMNS, GOOD)
    assert summary(either_cli, path) == counts(3)
    assert summary(either_cli, path) == counts(0, 3)
    lines = either_cli("export", "complaints").out
    assert [text in lines for _, text, *_ in GOOD] == [True] * 3
    assert '"occurred_at":"2024-03-06T08:00:00.000Z"' in lines
    assert not (home / "in.csv.rejected.csv").exists()


def test_every_kind_of_bad_row_is_written_down_with_its_line_and_reason(either_cli: Cli, home: Path) -> None:
    rows = [
        GOOD[0],
        ("B1", "", "2024-03-04", "C1", "email", ""),
        ("B2", "   ", "2024-03-04", "C1", "email", ""),
        ("B3", "An impossible day.", "2024-02-30", "C1", "email", ""),
        ("B4", "Long ago.", "1971-01-01", "C1", "email", ""),
        ("B5", "Seven stars.", "2024-03-04", "C1", "email", "7"),
        ("B6", "A NUL\x00 inside.", "2024-03-04", "C1", "email", ""),
        ("B7", "x" * 100_001, "2024-03-04", "C1", "email", ""),
        ("A1", "The same id with other words.", "2024-03-04", "C1", "email", ""),
        ("B8", "=cmd|' /C calc'!A0", "never", "C1", "email", ""),
        ("i" * 256, "An id that is too long.", "2024-03-04", "C1", "email", ""),
        ("B9", "A bell\x07 and\x1b others are dropped.", "2024-03-04", "C1", "email", ""),
        ("B10", "y" * 100_000, "2024-03-04", "C1", "email", ""),
    ]
    path = write_csv(home / "in.csv", COLUMNS, rows)
    expected = counts(3, EMPTY_TEXT=2, BAD_TIME=2, INVALID=3, BAD_NUMBER=1, NUL_CHARACTER=1, DUPLICATE_EXTERNAL_ID=1)
    assert summary(either_cli, path, "--rating", "rating", "--time", "time") == expected
    found = rejected(home / "in.csv.rejected.csv")
    assert [int(row["line"]) for row in found] == list(range(3, 13))
    by_line = {int(row["line"]): row for row in found}
    assert by_line[5]["message"] == "'2024-02-30' is not a possible time: day is out of range for month"
    assert "100,001 characters" in by_line[9]["message"]
    assert "received before with other content" in by_line[10]["message"]
    assert "B8 | =cmd" in by_line[11]["excerpt"]
    assert "A bell and others are dropped." in either_cli("export", "complaints").out
    # mended, the file leaves no rejects behind
    write_csv(home / "in.csv", COLUMNS, GOOD[:1])
    assert summary(either_cli, path) == counts(0, 1)
    assert not (home / "in.csv.rejected.csv").exists()
    assert [path.name for path in home.iterdir() if "rejected" in path.name] == []


@pytest.mark.parametrize("bad", [False, True])
@pytest.mark.parametrize("name", ["in.csv", "link.csv", "notes.txt", "empty.txt", "folder", "dangling"])
def test_rejects_never_take_the_place_of_another_file(cli: Cli, home: Path, name: str, bad: bool) -> None:
    path = write_csv(home / "in.csv", ("text", "time"), [("fine", "2024-01-01"), ("a", "never" if bad else "")])
    (home / "link.csv").hardlink_to(path)
    (home / "notes.txt").write_text("line,code\nmine\n")
    (home / "empty.txt").touch()
    (home / "folder").mkdir()
    (home / "dangling").symlink_to("nowhere")
    before = {found.name: found.read_bytes() for found in home.iterdir() if found.is_file()}
    done = cli("import", path, "--time", "time", "--rejects", name)
    assert done.code == 1
    assert name in done.err
    assert "--rejects" in done.err
    assert {found.name: found.read_bytes() for found in home.iterdir() if found.is_file()} == before


def test_a_file_of_rejects_that_is_imported_is_kept(cli: Cli, home: Path) -> None:
    path = write_csv(home / "in.csv", ("text", "time"), [("fine", "2024-01-01"), ("a", "never")])
    cli("import", path, "--time", "time")
    rejects = home / "in.csv.rejected.csv"
    before = rejects.read_bytes()
    for arguments in ([path, rejects], [rejects, "--text", "excerpt", "--rejects", rejects]):
        assert cli("import", *arguments).code == 1
        assert rejects.read_bytes() == before


def test_rejected_rows_are_imported_once_they_are_corrected(either_cli: Cli, home: Path) -> None:
    columns = ("message", "date", "id", "code", "who", "mood")
    rows = [
        ("fine", "2024-01-01", "1", "x", "C1", "1"),
        ("=a day late", "never", "2", "y", "C2", "2"),
        ("'+1 for dark mode', too long an id", "2024-01-02", "i" * 256, "z", "C3", "3"),
    ]
    path = write_csv(home / "in.csv", columns, rows)
    done = either_cli("import", path, "--customer", "who")
    assert done.code == 0
    assert "left out: 'code', 'mood'" in done.err
    rejects = home / "in.csv.rejected.csv"
    header = rejects.read_text().splitlines()[0]
    assert header == "line,code,message,excerpt,message (again),date,id,code (again),who,mood"
    # what is not corrected is rejected again, for what it says and not for our reasons
    done = either_cli("import", "--json", rejects, "--customer", "who")
    assert done.code == 1
    assert done.json["files"][0]["reasons"] == {"BAD_TIME": 1, "INVALID": 1}
    assert "Warning" not in done.err
    corrected = home / "mended.csv"
    corrected.write_text(rejects.read_text().replace("never", "2024-01-03").replace("i" * 256, "3"))
    done = either_cli("import", corrected, "--customer", "who", "--source", "in", "--json")
    report = done.json["files"][0]
    assert (report["created"], report["rejected"], report["source"]) == (2, 0, "in")
    assert report["leftOut"] == ["code", "mood"]
    assert "its own columns (line, code, message, excerpt) are left out" in done.err
    kept = either_cli("export", "complaints").out
    assert '"=a day late"' in kept
    assert "\"'+1 for dark mode', too long an id\"" in kept
    assert "not a time" not in kept
    # under the name of the file that they came from, they are the rows of its source
    again = home / "in.csv.rejected.csv"
    corrected.replace(again)
    assert summary(either_cli, again, "--customer", "who") == counts(0, 2)
    assert either_cli("import", again, "--customer", "who", "--json").json["files"][0]["source"] == "in"


def test_what_can_be_told_of_broken_rows_is_kept_for_their_correction(cli: Cli, home: Path) -> None:
    path = home / "in.csv"
    path.write_bytes(
        b"text,date,who\nfine,2024-01-01,C1\nlate, and wet,2024-01-02,C2\nno day\ncaf\xe9 closed,2024-01-03,C3\n"
        + "ünder the weather,2024-01-04,C4\n".encode()
    )
    broken = {"WRONG_COLUMN_COUNT": 2, "BAD_ENCODING": 1}
    assert summary(cli, path) == counts(2, **broken)
    rejects = home / "in.csv.rejected.csv"
    told = [line.split(",", 3)[3] for line in rejects.read_text().splitlines()]
    assert told == [
        "excerpt,text,date,who",
        '"late, and wet,2024-01-02,C2",late, and wet,2024-01-02,C2',
        "no day,no day",
        '"caf? closed,2024-01-03,C3",caf\ufffd closed,2024-01-03,C3',
    ]
    # uncorrected they are refused as before, and stay as they were; corrected they come in
    again = home / "again.rejected.csv"
    assert cli("import", "--json", rejects, "--rejects", again).json["files"][0]["reasons"] == broken
    late, day, coffee = again.read_text().splitlines()[1:]
    assert late.endswith('",late, and wet,2024-01-02,C2')
    assert day.endswith('",no day')
    assert coffee.endswith(",caf\ufffd closed,2024-01-03,C3")
    corrected = (
        rejects.read_text()
        .replace(",late, and wet,", ',"late, and wet",')
        .replace("no day,no day", "no day,no day,2024-01-05,C5")
    )
    rejects.write_text(corrected.replace("caf\ufffd", "café"))
    assert summary(cli, rejects, "--rejects", again) == counts(3)
    assert {"late, and wet", "no day", "café closed"} < set(texts(home))


def test_a_sign_that_a_customer_wrote_is_none_that_could_not_be_read(cli: Cli, home: Path) -> None:
    path = write_csv(home / "in.csv", ("text", "time"), [("it shows \ufffd", "never"), ("\ufffd too", "2024-01-01")])
    assert summary(cli, path) == counts(1, BAD_TIME=1)
    rejects = home / "in.csv.rejected.csv"
    rejects.write_text(rejects.read_text().replace(",never", ",2024-01-02"))
    assert summary(cli, rejects) == counts(1)
    assert {"it shows \ufffd", "\ufffd too"} <= set(texts(home))


def test_rejected_cells_are_no_formulas(cli: Cli, home: Path) -> None:
    path = write_csv(home / "in.csv", ("text", "time"), [("=1+1", "never"), ("ok", "2024-01-01"), ("ok", "2024-01-02")])
    assert summary(cli, path)["rejected"] == 1
    assert rejected(home / "in.csv.rejected.csv")[0]["excerpt"].startswith("'=1+1")


def test_where_all_rows_are_rejected_the_command_fails(cli: Cli, home: Path) -> None:
    path = write_csv(home / "in.csv", ("text", "time"), [("a", "never")])
    done = cli("import", path, "--time", "time", "--rejects", home / "else.csv")
    assert done.code == 1
    assert "BAD_TIME 1" in done.err
    assert (home / "else.csv").exists()


def test_rows_without_an_id_are_told_apart_by_content(either_cli: Cli, home: Path) -> None:
    rows = [("Late again.", "2024-01-01"), ("Late again.", "2024-01-02"), ("Late again.", "2024-01-01")]
    path = write_csv(home / "in.csv", ("text", "time"), rows)
    assert summary(either_cli, path) == counts(2, 1)
    assert summary(either_cli, path) == counts(0, 3)


@pytest.mark.parametrize("furnished", [False])
def test_files_of_one_name_are_told_apart(cli: Cli, home: Path) -> None:
    for folder, name in (("A", "reviews.csv"), ("B", "Reviews.csv")):
        (home / folder).mkdir()
        write_csv(home / folder / name, COLUMNS, [("1", f"From {folder}.", "2024-01-01", "C1", "x", "")])
    for arguments in (["A/reviews.csv", "B/Reviews.csv"], ["A/reviews.csv", "A/reviews.csv", "--dry-run"]):
        done = cli("import", *arguments)
        assert done.code == 1
        assert "the source 'reviews'" in done.err
        assert "--source" in done.err
        assert not (home / ".data" / "nobodyasked.db").exists()
    first = cli("import", "A/reviews.csv")
    assert "Warning" not in first.err
    for arguments in (["--dry-run"], []):
        assert (
            "Warning: there are rows of the source 'reviews' already" in cli("import", "B/Reviews.csv", *arguments).err
        )
    done = cli("import", "A/reviews.csv", "B/Reviews.csv", "--source", "both", "--json")
    assert [(file["created"], file["rejected"]) for file in done.json["files"]] == [(1, 0), (0, 1)]


@pytest.mark.parametrize("name", ["", " ", "\x07", "x" * 65])
def test_a_source_that_is_no_name_is_refused(cli: Cli, home: Path, name: str) -> None:
    done = cli("import", write_csv(home / "in.csv", ("text",), [("a",)]), "--source", name)
    assert done.code == 1
    assert "1 to 64 characters" in done.err


def test_rows_that_came_before_with_other_details_are_counted_apart(either_cli: Cli, home: Path) -> None:
    path = write_csv(home / "in.csv", COLUMNS, GOOD)
    either_cli("import", path)
    before = either_cli("export", "complaints").out
    changed = [(*GOOD[0][:5], "4"), (*GOOD[1][:2], "2024-04-05", *GOOD[1][3:]), (*GOOD[2][:5], "")]
    write_csv(path, COLUMNS, changed)
    for arguments in (["--dry-run"], []):
        done = either_cli("import", path, "--json", *arguments)
        (file,) = done.json["files"]
        assert (file["created"], file["known"], file["differing"], file["rejected"]) == (0, 3, 2, 0)
        assert "2 of those there already came with other details" in done.err
    assert either_cli("export", "complaints").out == before


def test_a_dry_run_says_the_same_and_writes_nothing(either_cli: Cli, home: Path) -> None:
    rows = [
        *GOOD,
        ("A4", "", "2024-01-01", "C1", "x", ""),
        ("A1", "Other words.", "2024-01-01", "C1", "x", ""),
        GOOD[1],
    ]
    path = write_csv(home / "in.csv", COLUMNS, rows)
    expected = counts(3, 1, EMPTY_TEXT=1, DUPLICATE_EXTERNAL_ID=1)
    assert summary(either_cli, path, "--dry-run") == expected
    assert either_cli("export", "complaints").out == ""
    assert sorted(found.name for found in home.iterdir() if found.name != ".data") == ["in.csv"]
    assert summary(either_cli, path) == expected
    done = either_cli("import", path, "--dry-run")
    assert "0 would be imported, 4 are there already, 2 would be rejected" in done.err
    assert "text from 'text'" in done.err
    assert "The parcel came a week late. | 2024-03-04T10:00:00+00:00 | channel=email | customer=C1" in done.err


@pytest.mark.parametrize("furnished", [False])
def test_a_dry_run_makes_no_database_and_no_key(cli: Cli, home: Path) -> None:
    rows = [("Long ago.", "eve@example.org", "1980-01-01"), ("Call me: ann@example.org", "ann@example.org", "")]
    path = write_csv(home / "in.csv", ("text", "email", "time"), rows)
    other = write_csv(home / "other.csv", ("text",), [("Wet.",)])
    assert summary(cli, path, "--dry-run") == counts(1, INVALID=1)
    said = cli("import", path, other, "--dry-run").err
    assert sorted(found.name for found in home.iterdir()) == ["in.csv", "other.csv"]
    # what is shown would be imported, under its own file; no name that the import would not give
    first, second = said.split("other.csv: csv")
    assert "Call me: ann@example.org | channel=file | customer=mail_…" in first
    assert "Long ago. |" not in first
    assert "1 of the new ones state no time" in first
    assert "Wet. | channel=file" in second
    assert "state no time" not in second
    cli("import", path)
    assert "customer=mail_…" not in (again := cli("import", path, "--dry-run").err)
    assert "customer=mail_" in again


def test_a_column_that_is_missing_is_told_with_those_there_are(cli: Cli, home: Path) -> None:
    path = write_csv(home / "in.csv", ("alpha", "beta"), [("a", "b")])
    done = cli("import", path)
    assert done.code == 1
    assert "'alpha', 'beta'" in done.err
    assert "--text" in done.err
    done = cli("import", path, "--text", "alpah")
    assert done.code == 1
    assert "Did you mean 'alpha'?" in done.err
    assert summary(cli, path, "--text", "alpha", "--set", "channel=review") == counts(1)
    assert '"channel":"review"' in cli("export", "complaints").out


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--text", "-"], "needs the text"),
        (["--set", "colour=red"], "FIELD=VALUE"),
        (["--set", "channel"], "FIELD=VALUE"),
        (["--format", "xlsx"], "xlsx"),
        (["second.csv", "--rejects", "r.csv"], "several files"),
    ],
)
def test_wrong_usage_exits_with_2(cli: Cli, home: Path, arguments: list[str], told: str) -> None:
    path = write_csv(home / "in.csv", ("text",), [("a",)])
    done = cli("import", path, *arguments)
    assert done.code == 2
    assert told in " ".join(done.err.replace("│", " ").split())


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("none.csv", None, "No such file"),
        ("empty.csv", b"", "holds no rows"),
        ("box.mbox", b"not an mbox\n", "is not an mbox"),
        ("a.jsonl", b"[1,2]\n", "no readable JSON object"),
        ("in.csv", b"text\nok\n", "'klingon' is not a known encoding"),
        ("in.csv", b"text;time;text\na;2024-01-01;b\n", "say which with --text 'text' or --text 'text (again)'"),
        ("in.csv", b"text;product;product\na;b;c\n", "either may be the product: rename one."),
    ],
)
def test_files_that_cannot_be_read_are_told_without_a_traceback(
    cli: Cli, home: Path, name: str, content: bytes | None, told: str
) -> None:
    if content is not None:
        (home / name).write_bytes(content)
    done = cli("import", "--json", name, *(["--encoding", "klingon"] if "klingon" in told else []))
    assert done.code == 1
    assert told in done.err
    assert told in done.json["error"]["message"]
    assert "Traceback" not in done.err


def test_a_file_in_another_encoding(cli: Cli, home: Path) -> None:
    (home / "in.csv").write_bytes("text;when\nDas Gerät läuft nicht, schöne Grüße.;2024-01-01\n".encode("cp1252"))
    done = cli("import", "in.csv")
    assert "encoding cp1252, delimiter semicolon" in done.err
    assert texts(home) == ["Das Gerät läuft nicht, schöne Grüße."]


def test_a_wrong_encoding_said_costs_rows_not_the_file(cli: Cli, home: Path) -> None:
    (home / "in.csv").write_bytes("text\nnur ASCII\nGrüße\n".encode("cp1252"))
    assert summary(cli, "in.csv", "--encoding", "utf-8") == counts(1, BAD_ENCODING=1)
    assert summary(cli, "in.csv") == counts(1, 1)


def test_tsv_json_lines_and_mail_by_the_same_door(cli: Cli, home: Path) -> None:
    (home / "a.tsv").write_text('text\tapp\n"Great" app, but slow.\tMail\n')
    (home / "b.jsonl").write_text(
        '{"message": "It crashes.", "user": {"id": "U1"}}\n{"message": 5}\nnot json\n{"message": ["a"]}\n'
    )
    message = EmailMessage()
    message["From"], message["Date"], message["Message-ID"] = (
        "Ann <Ann@Example.org>",
        "Tue, 01 Oct 2024 10:00:00 +0200",
        "<m1@example.org>",
    )
    message["Subject"] = "Broken zip"
    message.set_content("The zip of my tent broke.\n")
    (home / "c.eml").write_bytes(message.as_bytes())
    (home / "d.mbox").write_bytes(b"From ann@example.org Tue Oct  1 10:00:00 2024\n" + message.as_bytes())
    done = cli("import", "--json", "--customer", "-", "a.tsv")
    assert done.json["files"][0]["columns"] == {"text": "text", "product": "app"}
    done = cli("import", "--json", "b.jsonl", "--customer", "user.id")
    assert done.json["files"][0]["created"] == 2
    assert done.json["files"][0]["reasons"] == {"MALFORMED_ROW": 2}
    assert "the text is not one text but a list" in rejected(home / "b.jsonl.rejected.csv")[1]["message"]
    for name in ("c.eml", "d.mbox"):
        assert summary(cli, name, "--source", "mail") == counts(int(name == "c.eml"), int(name == "d.mbox"))
    assert texts(home)[-1] == "Broken zip\n\nThe zip of my tent broke."
    out = cli("export", "complaints").out
    # a message's id has the form of an address, and may hold one
    assert '"external_id":"row_' in out
    assert "m1@example.org" not in out
    assert '"channel":"email"' in out
    assert '"occurred_at":"2024-10-01T08:00:00.000Z"' in out
    people = cli("export", "customers").out
    assert "ann" not in people.lower()
    assert "mail_" in people


def test_a_hundred_thousand_rejections_do_not_fill_the_terminal(cli: Cli, home: Path) -> None:
    path = write_csv(
        home / "in.csv", ("text", "time"), [("fine", "2024-01-01"), *((f"row {n}", "2024-99-99") for n in range(3_000))]
    )
    done = cli("import", path, "--time", "time", "--json")
    assert done.json["files"][0]["rejected"] == 3_000
    assert len(done.err.splitlines()) < 10
    assert len(rejected(home / "in.csv.rejected.csv")) == 3_000


ROWS = 12_000
"""More than are there when the first of them are seen to be."""


def test_an_import_that_is_interrupted_goes_on_where_it_was(home: Path) -> None:
    path = generated(home / "in.csv", ROWS)
    process = start("import", path)
    database = home / ".data" / "nobodyasked.db"
    committed = 0
    while committed == 0 and process.poll() is None:
        time.sleep(0.02)
        committed = count(database)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "Interrupted: " in err
    assert "nothing is doubled" in err
    assert "Traceback" not in err
    before = count(database)
    assert 0 < before < ROWS
    assert f"{before:,} imported" in err
    process = start("import", path, "--json")
    out, _ = process.communicate(timeout=120)
    assert process.returncode == 0
    assert f'"created": {ROWS - before}' in out
    assert count(database) == ROWS


def test_an_import_that_is_killed_goes_on_where_it_was(home: Path) -> None:
    path = generated(home / "in.csv", ROWS)
    process = start("import", path)
    database = home / ".data" / "nobodyasked.db"
    while count(database) == 0 and process.poll() is None:
        time.sleep(0.02)
    process.kill()
    process.communicate()
    process = start("import", path)
    process.communicate(timeout=120)
    assert process.returncode == 0
    assert count(database) == ROWS


def count(database: Path) -> int:
    try:
        connection = sqlite3.connect(f"file:{database}?mode=ro", uri=True)
    except sqlite3.OperationalError:
        return 0
    try:
        return connection.execute("SELECT count(*) FROM complaint").fetchone()[0]
    except sqlite3.OperationalError:
        return 0
    finally:
        connection.close()


@pytest.mark.parametrize("rows", [20_000, pytest.param(100_000, marks=pytest.mark.long)])
def test_memory_does_not_grow_with_the_file(home: Path, rows: int) -> None:
    few = peak_memory("import", generated(home / "few.csv", 5_000))
    many = peak_memory("import", generated(home / "many.csv", rows))
    assert many - few < 40_000_000
    assert len(texts(home)) == 5_000 + rows


def test_memory_does_not_grow_with_a_line(home: Path) -> None:
    with (home / "in.csv").open("wb") as file:
        file.write(b"text,when\nbefore,2024-01-01\n")
        for _ in range(200):
            file.write(b"x" * 1_000_000)
        file.write(b",2024-01-01\nafter,2024-01-01\n")
    small = peak_memory("import", write_csv(home / "small.csv", ("text",), [("small",)]))
    assert peak_memory("import", home / "in.csv") - small < 16_000_000
    assert texts(home) == ["small", "before", "after"]
    assert [row["code"] for row in rejected(home / "in.csv.rejected.csv")] == ["TOO_LONG"]
