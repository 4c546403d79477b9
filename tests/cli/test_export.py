"""`nobodyasked export`: everything, in order, in both forms."""

from __future__ import annotations

import csv
import io
import json
import re
from pathlib import Path

import pytest

from nobodyasked.models.database import Database
from nobodyasked.models.queries import export as queries
from nobodyasked.models.queries.export import EXPORTS, LEFT_OUT
from nobodyasked.models.versions import DERIVED

from .conftest import Cli, write_csv

TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
SENTENCES = (
    "The delivery was late and nobody told me.",
    "My parcel arrived late again.",
    "Please add an hour of delivery.",
    "The delivery is never on time.",
)


@pytest.fixture
def filled(either_cli: Cli, home: Path) -> Cli:
    rows = [(f"R{n}", SENTENCES[n % 4], f"C{n % 9}", "family" if n % 2 else "") for n in range(40)]
    assert either_cli("import", write_csv(home / "in.csv", ("id", "text", "customer", "segment"), rows)).code == 0
    assert either_cli("infer").code == 0
    assert either_cli("token", "create", "--member", "Ann", "--role", "ADMIN", "--team", "Care").code == 0
    return either_cli


def test_everything_comes_out_in_both_forms_and_leads_to_what_was_exported(filled: Cli, home: Path) -> None:
    """Of one run, which takes longer than all else here."""
    forms_mean_the_same(filled, home)
    links_lead_to_what_was_exported(filled)
    negative_numbers_stay_numbers(filled)


def forms_mean_the_same(filled: Cli, home: Path) -> None:
    for form in ("jsonl", "csv"):
        done = filled("export", "all", "--format", form, "--out", "out")
        assert done.code == 0
        assert sorted(path.name for path in (home / "out").glob(f"*.{form}")) == sorted(
            f"{name}.{form}" for name in EXPORTS
        )
    for entity, export in EXPORTS.items():
        records = [json.loads(line) for line in (home / "out" / f"{entity}.jsonl").read_text().splitlines()]
        with (home / "out" / f"{entity}.csv").open(newline="", encoding="utf-8") as file:
            cells = list(csv.reader(file))
        names = [column.name for column in export.columns]
        assert cells[0] == names
        assert [list(record) for record in records] == [names] * len(records)
        assert [row[0] for row in cells[1:]] == [record["id"] for record in records]
        numbers = [int(record["id"].rpartition("_")[2]) for record in records]
        assert numbers == sorted(numbers)
        for record in records:
            assert all(
                TIME.fullmatch(value) for name, value in record.items() if name.endswith("_at") and value is not None
            )
    assert len((home / "out" / "complaints.jsonl").read_text().splitlines()) == 40


def links_lead_to_what_was_exported(filled: Cli) -> None:
    def records(entity: str) -> list[dict]:
        return [json.loads(line) for line in filled("export", entity).out.splitlines()]

    texts = {record["id"]: record["text"] for record in records("complaints")}
    spans = {record["id"]: record for record in records("spans")}
    needs = {record["id"] for record in records("needs")}
    assert spans
    assert needs
    evidence = records("evidence")
    assert evidence
    for link in evidence:
        span = spans[link["span_id"]]
        assert link["need_id"] in needs
        assert link["quote"] == texts[link["complaint_id"]][span["start_offset"] : span["end_offset"]] == span["quote"]
    assert all(span["id"].startswith("span_") for span in spans.values())
    asks = records("asks")
    assert [ask["id"] for ask in asks] == [
        id.replace("span", "ask") for id, span in spans.items() if span["kind"] == "ASK"
    ]
    assert 0 < len(asks) < len(spans)
    assert all(ask["quote"] == spans[ask["span_id"]]["quote"] for ask in asks)
    (run,) = records("runs")
    assert run["status"] == "SUCCEEDED"
    assert run["counts"]["messages"] == 40
    assert all(isinstance(need["key_phrases"], list) for need in records("needs"))
    assert {record["name"] for record in records("teams")} == {"Care"}
    assert records("members")[0]["team_id"] == "team_1"


def negative_numbers_stay_numbers(filled: Cli) -> None:
    rows = list(csv.DictReader(io.StringIO(filled("export", "complaints", "--format", "csv").out)))
    moods = [float(row["sentiment"]) for row in rows if row["sentiment"]]
    assert min(moods) < 0


def test_chunks_neither_skip_nor_double(either_cli: Cli, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queries, "CHUNK_ROWS", 7)
    rows = [(f"R{n}", f"Message {n} of many.") for n in range(35)]
    either_cli("import", write_csv(home / "in.csv", ("id", "text"), rows))
    found = [json.loads(line)["external_id"] for line in either_cli("export", "complaints").out.splitlines()]
    assert found == [f"R{n}" for n in range(35)]


@pytest.mark.parametrize("text", ["=1+1", "+49 30 of us", "-5 stars", "@here", '=HYPERLINK("http://x")'])
def test_a_text_is_no_formula_in_csv_and_itself_in_json(cli: Cli, home: Path, text: str) -> None:
    cli("import", write_csv(home / "in.csv", ("text", "stars"), [(text, "3")]), "--rating", "stars")
    (row,) = csv.DictReader(io.StringIO(cli("export", "complaints", "--format", "csv").out))
    assert row["text"] == "'" + text
    assert row["rating"] == "3.0"
    assert json.loads(cli("export", "complaints").out)["text"] == text


def test_texts_survive_export_and_import(cli: Cli, home: Path) -> None:
    texts = [
        "plain",
        'with "quotes", commas; and\nline\nbreaks',
        "emoji 😀 and ünïcödé",
        "trailing backslash \\",
        "\u202eright to left",
    ]
    cli("import", write_csv(home / "in.csv", ("text",), [(text,) for text in texts]))
    (home / "again.jsonl").write_text(cli("export", "complaints").out)
    done = cli("import", "again.jsonl", "--source", "again", "--id", "id", "--json")
    assert done.json["files"][0]["created"] == len(texts)
    found = [json.loads(line) for line in cli("export", "complaints").out.splitlines()]
    assert [record["text"] for record in found if record["source"] == "again"] == texts


def test_an_export_that_fails_leaves_no_half_file(cli: Cli, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cli("migrate")
    (home / "out").mkdir()
    (home / "out" / "needs.jsonl").write_text("the export of yesterday\n")

    async def broken(*_: object) -> None:
        raise OSError(28, "No space left on device", "needs.jsonl")

    monkeypatch.setattr("nobodyasked.server.export.export_stream", broken)
    done = cli("export", "needs", "--out", "out")
    assert done.code == 1
    assert "No space left" in done.err
    assert [(path.name, path.read_text()) for path in (home / "out").iterdir()] == [
        ("needs.jsonl", "the export of yesterday\n")
    ]


async def test_every_table_and_column_is_exported_or_left_out_for_a_reason(database: Database) -> None:
    named = (
        "SELECT m.name, p.name FROM sqlite_master m JOIN pragma_table_info(m.name) p WHERE m.type = 'table'"
        " AND m.name NOT LIKE 'sqlite_%'"
        if database.dialect == "sqlite"
        else "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = 'public'"
    )
    there: dict[str, set[str]] = {}
    for table, column in await database.rows(named):
        # with the shadow tables of full-text search, and the slots that counts are kept in
        if not any(table == one or table.startswith(f"{one}_") for one in DERIVED):
            there.setdefault(table, set()).add(column)
    exported: dict[str, set[str]] = {}
    for export in EXPORTS.values():
        sql = " ".join(column.sql for column in export.columns)
        exported.setdefault(export.tables.split()[0], set()).update(re.findall(r"\bt\.(\w+)", sql))
    decided = {table for table in LEFT_OUT if "." not in table} | exported.keys()
    assert decided == there.keys(), "decide in models/queries/export.py what becomes of a new table"
    for table, columns in exported.items():
        left = {name.partition(".")[2] for name in LEFT_OUT if name.startswith(f"{table}.")}
        # of full-text search, which PostgreSQL keeps in a column
        missing = there[table] - columns - {"search"}
        assert missing == left, f"decide in models/queries/export.py what becomes of the columns of {table}"
