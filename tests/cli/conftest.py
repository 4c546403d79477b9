"""The command line in a folder of its own, on a database of its own."""

from __future__ import annotations

import csv
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
import pytest
from typer.testing import CliRunner

from nobodyasked.server.cli.main import app

PROGRAM = (sys.executable, "-P", "-c", "from nobodyasked.server.cli import main; main()")


@dataclass(frozen=True)
class Done:
    """How a command ended and what it said."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return orjson.loads(self.out)


Cli = Callable[..., Done]


@pytest.fixture
def furnished() -> bool:
    """Whether the tables are there already: what is tested elsewhere need not be waited for in every test."""
    return True


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, furnished: bool, sqlite_template: Path) -> Path:
    """A working directory with an empty database, or without any, and no settings but that no model file is needed."""
    for name in [name for name in os.environ if name.startswith("NOBODYASKED_")]:
        monkeypatch.delenv(name)
    folder = tmp_path / "home"
    folder.mkdir()
    monkeypatch.chdir(folder)
    monkeypatch.setenv("NOBODYASKED_EMBEDDER", "hashed")
    if furnished:
        (folder / ".data").mkdir(mode=0o700)
        shutil.copyfile(sqlite_template, folder / ".data" / "nobodyasked.db")
    return folder


@pytest.fixture
def cli(home: Path) -> Cli:
    """Runs a command in this process, on SQLite in `home`."""

    def run(*arguments: str | Path) -> Done:
        result = CliRunner().invoke(app, [str(argument) for argument in arguments])
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return Done(result.exit_code, result.stdout, result.stderr)

    return run


@pytest.fixture
def either_cli(cli: Cli, database_url: str, monkeypatch: pytest.MonkeyPatch) -> Cli:
    """The same, on SQLite and on PostgreSQL in turn."""
    monkeypatch.setenv("NOBODYASKED_DATABASE_URL", database_url)
    return cli


def start(*arguments: str | Path) -> subprocess.Popen[str]:
    """A command as a process of its own."""
    return subprocess.Popen(
        [*PROGRAM, *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        stdin=subprocess.DEVNULL,
        text=True,
    )


def peak_memory(*arguments: str | Path) -> int:
    """Largest resident size of a command that must succeed, in bytes."""
    with open(os.devnull, "w") as nowhere:
        process = subprocess.Popen([*PROGRAM, *map(str, arguments)], stdout=nowhere, stderr=nowhere)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0
    return usage.ru_maxrss * 1024


def write_csv(path: Path, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(columns)
        writer.writerows(rows)
    return path


def generated(path: Path, count: int) -> Path:
    """A file of so many different messages."""
    rows = (
        (f"R{n}", f"The parcel number {n} came {n % 9} days late and nobody said a word about it.", f"C{n % 500}")
        for n in range(count)
    )
    return write_csv(path, ("id", "text", "customer"), rows)


def texts(home: Path) -> list[str]:
    """What the default database holds, by id."""
    with sqlite3.connect(home / ".data" / "nobodyasked.db") as connection:
        found = [text for (text,) in connection.execute("SELECT text FROM complaint ORDER BY id")]
    connection.close()
    return found


def rejected(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
