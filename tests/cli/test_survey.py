"""`nobodyasked survey`: answers out of a file, each once, by the need's id or its statement."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

from nobodyasked.models.database import Database

from .conftest import Cli, write_csv

COLUMNS = ("need", "respondent", "importance", "satisfaction", "time")


async def know_a_need(url: str) -> None:
    database = await Database.open(url, pool=1)
    try:
        await database.statement(
            "insert into need (statement, statement_basis, status, confidence, key_phrases, confirmed, evidence_count,"
            " customer_count, asking_count, created_at, updated_at, version)"
            " values ('Customers need to be told', 'HUMAN', 'ACTIVE', 1, '[]', true, 0, 0, 0, 1, 1, 1)"
        )
    finally:
        await database.close()


def test_answers_are_imported_once(either_cli: Cli, home: Path, database_url: str) -> None:
    assert either_cli("migrate").code == 0
    asyncio.run(know_a_need(database_url))
    need = json.loads(either_cli("export", "needs").out.splitlines()[0])
    given = [
        (need["id"], "r1", 5, 2, "2026-03-01"),
        (need["statement"], "r2", 4, 1, ""),
        ("need_999", "r3", 4, 1, ""),
        (need["id"], "r4", "high", 1, ""),
        (need["id"], "r5", 9, 1, ""),
        (need["id"], "r6", 5, 1, "yesterday-ish"),
        (need["id"], "", 5, 1, ""),
    ]
    path = write_csv(home / "spring.csv", COLUMNS, given)
    tried = either_cli("survey", "--dry-run", path)
    assert tried.code == 0
    assert "2 answers would be imported, 0 were there already, 5 rejected." in tried.err
    assert either_cli("export", "answers").out == ""
    done = either_cli("survey", path)
    assert done.code == 0
    assert "2 answers imported, 0 were there already, 5 rejected." in done.err
    reasons = {4: "there is no need 'need_999'", 5: "'high'", 6: "9 is no rating", 7: "not a time", 8: "respondent: "}
    for line, words in reasons.items():
        assert any(said.startswith(f"line {line}: ") and words in said for said in done.err.splitlines())
    assert "0 answers imported, 2 were there already" in either_cli("survey", path).err
    answers = [json.loads(line) for line in either_cli("export", "answers").out.splitlines()]
    assert [(one["need_id"], one["source"], one["respondent"], one["importance"]) for one in answers] == [
        (need["id"], "spring", "r1", 5),
        (need["id"], "spring", "r2", 4),
    ]
    missing = either_cli("survey", write_csv(home / "other.csv", COLUMNS[:3], []))
    assert missing.code == 1
    assert "no column 'satisfaction'" in missing.err
