"""What holds for every command: help, exit codes, no tracebacks, plain output where nobody watches."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from typer.main import get_command

from nobodyasked.server.cli.main import app

from .conftest import PROGRAM, Cli, generated


@pytest.fixture
def furnished() -> bool:
    """What is tested here begins with nothing."""
    return False


COMMANDS = [
    "audit",
    "backup",
    "demo",
    "doctor",
    "erase",
    "export",
    "import",
    "infer",
    "migrate",
    "restore",
    "schema",
    "seal",
    "serve",
    "survey",
    "token",
]


def test_the_commands_are_these() -> None:
    assert sorted(get_command(app).commands) == COMMANDS  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    "arguments", [[], *([name] for name in COMMANDS), ["token", "create"], ["token", "list"], ["token", "revoke"]]
)
def test_every_command_and_option_explains_itself(cli: Cli, arguments: list[str]) -> None:
    done = cli(*arguments, "--help")
    assert done.code == 0
    command = get_command(app)
    for name in arguments:
        command = command.commands[name]  # type: ignore[attr-defined]
    assert command.help
    assert [parameter.name for parameter in command.params if not getattr(parameter, "help", None)] == []


@pytest.mark.parametrize("arguments", [["nothing"], ["import"], ["export"], ["export", "everything"], ["export", "all"], ["doctor", "--only", "luck"],
                                       ["token", "create"], ["token", "create", "--member", "x", "--role", "KING"],
                                       ["token", "create", "--member", "x", "--role", "READER", "--expires", "soon"],
                                       ["infer", "--granularity", "2"], ["serve", "--port", "70000"]])  # fmt: skip
def test_wrong_usage_exits_with_2(cli: Cli, arguments: list[str]) -> None:
    assert cli(*arguments).code == 2


@pytest.mark.parametrize(
    "arguments", [["migrate"], ["export", "needs"], ["token", "list"], ["infer"], ["serve"], ["demo", "--no-serve"]]
)
def test_wrong_settings_exit_with_1_and_a_message(
    cli: Cli, monkeypatch: pytest.MonkeyPatch, arguments: list[str]
) -> None:
    monkeypatch.setenv("NOBODYASKED_DATABASE_URL", "oracle://scott:tiger@db")
    done = cli(*arguments)
    assert done.code == 1
    assert "NOBODYASKED_DATABASE_URL" in done.err
    assert "tiger" not in done.err


@pytest.mark.parametrize("arguments", [["migrate"], ["token", "list"]])
def test_a_database_that_is_away_exits_with_1_and_a_message(
    cli: Cli, monkeypatch: pytest.MonkeyPatch, arguments: list[str]
) -> None:
    monkeypatch.setenv("NOBODYASKED_DATABASE_URL", "postgresql://ann:hunter2@127.0.0.1:1/x")
    done = cli(*arguments)
    assert done.code == 1
    assert "cannot be reached" in done.err
    assert "hunter2" not in done.err


def test_a_file_that_is_no_database_exits_with_1_and_a_message(cli: Cli, home: Path) -> None:
    (home / ".data").mkdir()
    (home / ".data" / "nobodyasked.db").write_bytes(b"this is no database at all " * 1000)
    done = cli("token", "list")
    assert done.code == 1
    assert done.err.startswith("Error: ")
    assert len(done.err.splitlines()) == 1


def test_migrate_can_be_asked_first_and_repeated(cli: Cli) -> None:
    assert cli("migrate", "--check").code == 1
    done = cli("migrate")
    assert done.code == 0
    assert done.out.startswith("applied ")
    assert cli("migrate", "--check").code == 0
    assert cli("migrate").out == ""


def test_without_migrations_of_its_own_a_command_says_what_to_run(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NOBODYASKED_AUTO_MIGRATE", "false")
    done = cli("token", "list")
    assert done.code == 1
    assert "nobodyasked migrate" in done.err


def test_the_version_is_printed(cli: Cli) -> None:
    assert cli("--version").out.count(".") == 2


def test_the_schema_needs_no_database(cli: Cli, home: Path) -> None:
    done = cli("schema")
    assert done.code == 0
    assert "type Complaint" in done.out
    assert list(home.iterdir()) == []


def test_a_reader_that_goes_away_is_no_crash(cli: Cli, home: Path) -> None:
    assert cli("import", generated(home / "in.csv", 5_000)).code == 0
    with subprocess.Popen(
        [*PROGRAM, "export", "complaints"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.readline()
        process.stdout.close()
        assert process.stderr.read() == ""
    assert process.returncode == 1


def test_output_that_nobody_watches_is_plain(home: Path) -> None:
    done = subprocess.run([*PROGRAM, "doctor"], capture_output=True, text=True, check=False)
    assert "\x1b" not in done.stdout + done.stderr
    assert all(line.split("\t")[0] in ("ok", "FAULT") for line in done.stdout.splitlines())


def test_help_is_quick_because_commands_import_what_they_need() -> None:
    code = "import sys; import nobodyasked.server.cli; print(' '.join(m for m in ('onnxruntime', 'strawberry', 'tortoise', 'uvicorn', 'scipy') if m in sys.modules))"
    done = subprocess.run([sys.executable, "-P", "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []


@pytest.mark.parametrize("mask", [0o000, 0o022])
def test_the_database_is_for_its_owner_alone(cli: Cli, home: Path, mask: int) -> None:
    before = os.umask(mask)
    try:
        assert cli("migrate").code == 0
        database = home / ".data" / "nobodyasked.db"
        with closing(sqlite3.connect(database)) as connection:
            connection.execute("PRAGMA user_version = 7")
            modes = {path.name: path.stat().st_mode & 0o777 for path in database.parent.iterdir()}
        assert modes == {f"nobodyasked.db{end}": 0o600 for end in ("", "-wal", "-shm")}
        # whoever opens it to others has a reason
        database.chmod(0o640)
        assert cli("migrate").code == 0
        assert database.stat().st_mode & 0o777 == 0o640
    finally:
        os.umask(before)
