"""`nobodyasked backup` and `nobodyasked restore`."""

from __future__ import annotations

import asyncio
import io
import sqlite3
import tarfile
from pathlib import Path

import orjson
import pytest

from nobodyasked.models.database import Database
from nobodyasked.server import backup as backups
from nobodyasked.server.privacy import keys_missing
from nobodyasked.server.settings import Settings

from .conftest import Cli

ROWS = "text,customer,id\nThe zip broke.,ann,1\nToo late again.,bea,2\n"


async def asked(url: str, sql: str) -> object:
    database = await Database.open(url, pool=1)
    try:
        return [tuple(row) for row in await database.rows(sql)]
    finally:
        await database.close()


@pytest.fixture
def empty_url(dialect: str, home: Path, request: pytest.FixtureRequest) -> str:
    """Address of a database that is not there, or has no tables."""
    return f"sqlite:///{home}/new/again.db" if dialect == "sqlite" else request.getfixturevalue("blank_url")


def test_what_is_backed_up_comes_back(
    either_cli: Cli, database_url: str, empty_url: str, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (home / "in.csv").write_text(ROWS)
    assert either_cli("import", "in.csv").code == 0
    assert either_cli("token", "create", "--member", "Ann", "--role", "reader").code == 0
    head = either_cli("audit", "verify").out
    made = either_cli("backup", "it.tar")
    assert (made.code, made.out) == (0, head)
    assert (home / "it.tar").stat().st_mode & 0o777 == 0o600
    assert [path.name for path in home.iterdir() if path.name.startswith(".backup")] == []
    told = backups.manifest_of(home / "it.tar")
    assert (told.counts["complaint"], told.counts["customer"], told.counts["api_token"]) == (2, 2, 1)
    # neither a file nor a database that is there is written over
    assert "it.tar is there already" in either_cli("backup", "it.tar").err
    refused = either_cli("restore", "it.tar")
    assert refused.code == 1
    assert "already" in refused.err

    monkeypatch.setenv("NOBODYASKED_DATABASE_URL", empty_url)
    restored = either_cli("restore", "it.tar")
    assert restored.code == 0
    # a backup holds no keys
    assert "SEAL_KEYS" in restored.err
    assert ("pseudonym.key" in restored.err) == empty_url.startswith("sqlite:")
    for sql in (
        "SELECT id, text, customer_id FROM complaint ORDER BY id",
        "SELECT digest FROM api_token",
        "SELECT id, hash FROM audit_entry ORDER BY id",
        "SELECT channel, complaints FROM complaint_channel",
        "SELECT name FROM tortoise_migrations ORDER BY 1",
    ):
        assert asyncio.run(asked(empty_url, sql)) == asyncio.run(asked(database_url, sql)), sql
    # it goes on from there
    assert either_cli("audit", "verify", "--head", head.strip()).code == 0
    (home / "in.csv").write_text(ROWS + "It works.,cid,3\n")
    assert "1 imported" in either_cli("import", "in.csv").err
    assert either_cli("doctor", "--only", "database").code == 0


def test_keys_that_are_there_are_not_asked_for(tmp_path: Path) -> None:
    lite, other = f"sqlite:///{tmp_path}/it.db", "postgres://localhost/it"
    asked_for = [keys_missing(Settings(data_dir=tmp_path, database_url=url)) for url in (lite, other)]
    for name in ("pseudonym.key", "seal.key"):
        (tmp_path / name).touch()
    assert [len(lines) for lines in asked_for] == [2, 1]
    assert keys_missing(Settings(data_dir=tmp_path, database_url=lite)) == []
    sealed = Settings(data_dir=tmp_path / "new", database_url=other, seal_keys=["x" * 43 + "="])
    assert keys_missing(sealed) == []


def test_a_backup_that_is_damaged_is_refused(cli: Cli, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert cli("token", "create", "--member", "Ann", "--role", "reader").code == 0
    assert cli("backup", "good.tar").code == 0
    whole = (home / "good.tar").read_bytes()
    monkeypatch.setenv("NOBODYASKED_DATABASE_URL", f"sqlite:///{home}/again.db")

    def told(**changes: object) -> bytes:
        out = io.BytesIO()
        with tarfile.open(home / "good.tar") as archive, tarfile.open(fileobj=out, mode="w") as other:
            for member in archive:
                data = archive.extractfile(member).read()  # type: ignore[union-attr]
                if member.name == "manifest.json":
                    data = orjson.dumps({**orjson.loads(data), **changes})
                    member.size = len(data)
                other.addfile(member, io.BytesIO(data))
        return out.getvalue()

    manifest = backups.manifest_of(home / "good.tar")
    for data, said in (
        (b"", "no backup"),
        (b"SQLite format 3", "no backup"),
        (whole[:300], "backup"),
        (whole[: len(whole) // 2], "cut off"),
        (whole[:20_000] + bytes(4_096) + whole[24_096:], "checksum"),
        (told(dialect="postgres"), "It is a backup of postgres"),
        (told(format=2), "use that version"),
        (told(migrations=["9999_future"]), "9999_future"),
        (told(counts={**manifest.counts, "api_token": 2}), "differs from the manifest in counts"),
        (told(audit_head="0" * 64), "differs from the manifest in audit_head"),
    ):
        (home / "bad.tar").write_bytes(data)
        done = cli("restore", "bad.tar")
        assert done.code == 1
        assert said in done.err
        assert sorted(path.name for path in home.iterdir() if "again" in path.name or "restore" in path.name) == []


def test_a_backup_of_a_database_in_use(cli: Cli, home: Path) -> None:
    """What is under way is not in it, and nobody waits."""
    cli("token", "create", "--member", "Ann", "--role", "reader")
    writer = sqlite3.connect(home / ".data" / "nobodyasked.db", isolation_level=None)
    writer.execute("BEGIN IMMEDIATE")
    writer.execute("INSERT INTO team (name, created_at) VALUES ('unsaid', 0)")
    assert cli("backup", "it.tar").code == 0
    writer.execute("COMMIT")
    writer.close()
    assert backups.manifest_of(home / "it.tar").counts["team"] == 0


def test_a_disk_without_room_for_a_backup(cli: Cli, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is said what is full, and nothing is left there."""
    cli("token", "create", "--member", "Ann", "--role", "reader")
    real = sqlite3.connect

    def small(path: object, **more: object) -> sqlite3.Connection:
        connection = real(path, **more)  # type: ignore[call-overload]
        if str(path).endswith(backups.DATA["sqlite"]):
            connection.execute("PRAGMA max_page_count = 5")
        return connection

    with monkeypatch.context() as patch:
        patch.setattr(backups.sqlite3, "connect", small)
        done = cli("backup", "it.tar")
    assert done.code == 1
    assert "no room for the backup" in done.err
    assert sorted(path.name for path in home.iterdir() if "backup" in path.name or "it" in path.name) == []
    assert cli("backup", "it.tar").code == 0


def test_without_the_programs_of_postgresql(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(backups.BackupError, match=r"older version than the server: .* version 999 or later"):
        backups.program("pg_dump", 999)
    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    with pytest.raises(backups.BackupError, match="install PostgreSQL's client programs"):
        backups.program("pg_dump", 1)
