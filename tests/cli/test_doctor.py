"""`nobodyasked doctor`."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from nobodyasked.models.database import Database

from .conftest import Cli


@pytest.fixture
def furnished() -> bool:
    """What is tested here begins with nothing."""
    return False


def findings(cli: Cli, *arguments: str) -> tuple[int, dict[str, bool]]:
    done = cli("doctor", "--json", *arguments)
    assert all(finding["remedy"] for finding in done.json if not finding["ok"])
    return done.code, {finding["name"]: finding["ok"] for finding in done.json}


def test_a_healthy_installation(either_cli: Cli) -> None:
    either_cli("migrate")
    code, found = findings(
        either_cli, *(f"--only={part}" for part in ("python", "sqlite", "settings", "database", "models"))
    )
    assert code == 0
    assert {"Python", "SQLite", "settings", "database", "tables", "writing", "models"} <= set(found)
    assert all(found.values())
    assert either_cli("export", "teams").out == ""


def test_counts_that_differ_are_told_and_written_anew(either_cli: Cli, database_url: str) -> None:
    assert either_cli("migrate").code == 0

    async def tamper() -> None:
        database = await Database.open(database_url, pool=1)
        try:
            async with database.transaction() as transaction:
                await transaction.execute(
                    "INSERT INTO need_segment (need_id, segment, complaints, customers) VALUES (1, 'new', 1, 1)"
                )
        finally:
            await database.close()

    asyncio.run(tamper())
    code, found = findings(either_cli, "--only", "database")
    assert (code, found["counts"]) == (1, False)
    code, found = findings(either_cli, "--only", "database", "--recount")
    assert (code, found["counts"]) == (0, True)
    code, found = findings(either_cli, "--only", "database")
    assert (code, found["counts"]) == (0, True)


def test_a_database_that_is_not_there_is_no_fault_and_not_made(cli: Cli, home: Path) -> None:
    done = cli("doctor", "--only", "database")
    assert (done.code, "none yet, it is made at the first start" in done.out) == (0, True)
    assert list(home.iterdir()) == []
    # but where it cannot be made
    (home / ".data").write_text("no folder")
    assert findings(cli, "--only", "database") == (1, {"database": False})


@pytest.mark.parametrize("dialect", ["postgres"], indirect=True)
def test_tables_that_wait_are_told(cli: Cli, blank_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NOBODYASKED_DATABASE_URL", blank_url)
    code, found = findings(cli, "--only", "database")
    assert (code, found["database"], found["tables"]) == (1, True, False)


def test_a_database_that_is_away_is_told_without_its_password(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NOBODYASKED_DATABASE_URL", "postgresql://ann:hunter2@127.0.0.1:1/x")
    done = cli("doctor", "--only", "database")
    assert done.code == 1
    assert done.out.startswith("FAULT\tdatabase\tpostgresql://ann:***@127.0.0.1:1/x")
    assert "hunter2" not in done.out + done.err


def test_wrong_settings_are_a_finding(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NOBODYASKED_PORT", "x")
    code, found = findings(cli)
    assert (code, found["settings"]) == (1, False)


def test_pages_that_are_not_built_are_told_unless_they_are_switched_off(
    cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("nobodyasked.server.pages.available", lambda: False)
    assert findings(cli, "--only", "pages") == (1, {"pages": False})
    monkeypatch.setenv("NOBODYASKED_GRAPHIQL", "false")
    assert findings(cli, "--only", "pages") == (0, {"pages": True})


def test_model_files_that_cannot_be_built_are_told(cli: Cli, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NOBODYASKED_EMBEDDER", "minilm")
    (home / ".data").write_text("a file where the folder should be")
    assert findings(cli, "--only", "models") == (1, {"models": False})
