"""`nobodyasked doctor`."""

from __future__ import annotations

import os
import sqlite3
import sys
from collections.abc import AsyncIterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..settings import Settings, SettingsError, config_file, load_settings
from . import console

if TYPE_CHECKING:
    from ...models.database import Database

PYTHON_LEAST = (3, 11)
SQLITE_LEAST = (3, 35)
"""The first that answers writes with RETURNING."""
PARTS = ("python", "sqlite", "settings", "database", "models", "pages")


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at; `remedy` says what to do where it is not well."""

    part: str
    name: str
    ok: bool
    detail: str
    remedy: str = ""


class _Undo(Exception):
    """Takes the write test back."""


@console.command
def doctor(
    only: Annotated[
        list[str] | None, typer.Option(metavar="PART", help=f"Look at this part alone: {', '.join(PARTS)}. Repeatable.")
    ] = None,
    recount: Annotated[
        bool, typer.Option("--recount", help="Write the roll-ups anew where they differ from what they count.")
    ] = False,
    json: Annotated[bool, typer.Option("--json", help="Print the findings as JSON.")] = False,
) -> None:
    """Check Python, settings, database, model files and pages, and say what to do about each fault.

    Model files that are missing are built. Every count that is kept is counted again, which takes a while where there
    are millions of rows. Exits with 1 where something is not well.
    """
    for part in only or ():
        if part not in PARTS:
            raise typer.BadParameter(f"'{part}' is none of {', '.join(PARTS)}", param_hint="--only")
    findings = console.run(examine(set(only or PARTS), recount=recount))
    if json:
        console.print_json([asdict(finding) for finding in findings])
    elif console.out().is_terminal:
        from rich.table import Table

        table = Table("", "What", "Finding", "What to do")
        for finding in findings:
            mark = "[green]ok[/]" if finding.ok else "[bold red]fault[/]"
            table.add_row(mark, finding.name, console.plain(finding.detail), console.plain(finding.remedy))
        console.out().print(table)
    else:
        for finding in findings:
            remedy = f" -> {finding.remedy}" if finding.remedy else ""
            print(f"{'ok' if finding.ok else 'FAULT'}\t{finding.name}\t{finding.detail}{remedy}")
    if not all(finding.ok for finding in findings):
        raise typer.Exit(console.FAILED)


async def examine(parts: set[str], *, recount: bool = False) -> list[Finding]:
    """The findings of some parts, in a fixed order."""
    findings: list[Finding] = []
    if "python" in parts:
        findings.append(_python())
    if "sqlite" in parts:
        findings.append(_sqlite())
    try:
        settings = load_settings()
    except SettingsError as error:
        return [
            *findings,
            Finding("settings", "settings", False, str(error), "Correct them; nothing else can be looked at before."),
        ]
    if "settings" in parts:
        findings.append(_settings())
    if "database" in parts:
        findings += [finding async for finding in _database(settings, recount)]
    if "models" in parts:
        findings.append(await _models(settings))
    if "pages" in parts:
        findings.append(_pages(settings))
    return findings


def _python() -> Finding:
    version = ".".join(map(str, sys.version_info[:3]))
    ok = sys.version_info >= PYTHON_LEAST
    return Finding(
        "python", "Python", ok, f"{version} at {sys.executable}", "" if ok else "Install Python 3.11 or later."
    )


def _sqlite() -> Finding:
    ok = sqlite3.sqlite_version_info >= SQLITE_LEAST
    detail = sqlite3.sqlite_version
    try:
        with sqlite3.connect(":memory:") as connection:
            connection.execute("CREATE VIRTUAL TABLE probe USING fts5(text)")
        connection.close()
    except sqlite3.OperationalError:
        ok, detail = False, f"{detail}, without full-text search"
    return Finding(
        "sqlite",
        "SQLite",
        ok,
        detail,
        "" if ok else "Use a Python whose SQLite is 3.35 or later and has FTS5, or PostgreSQL.",
    )


def _settings() -> Finding:
    file = config_file()
    return Finding(
        "settings",
        "settings",
        True,
        f"from the environment and {file}" if file else "from the environment; no settings file",
    )


async def _database(settings: Settings, recount: bool) -> AsyncIterator[Finding]:
    from ...models.database import Database
    from ...models.engines.faults import Fault
    from ...models.errors import Refusal

    url, label = settings.database_url, settings.database_label
    if not console.has_database(settings):
        yield _none_yet(settings)
        return
    try:
        db = await Database.open(url, pool=1)
    except Refusal as error:
        yield Finding(
            "database",
            "database",
            False,
            f"{label}: {error.message}",
            "Correct NOBODYASKED_DATABASE_URL, or start the database.",
        )
        return
    try:
        yield Finding("database", "database", True, f"{label} answers")
        pending = await db.pending_migrations()
        yield Finding(
            "database",
            "tables",
            not pending,
            "up to date" if not pending else f"waiting: {', '.join(pending)}",
            "" if not pending else "Run 'nobodyasked migrate'.",
        )
        if db.dialect == "sqlite":
            mode = await db.value("PRAGMA journal_mode")
            yield Finding(
                "database",
                "write-ahead log",
                mode == "wal",
                f"journal mode {mode}",
                ""
                if mode == "wal"
                else "Put the file on a local disk: network file systems cannot share a write-ahead log.",
            )
            said = await db.value("PRAGMA quick_check(1)")
            yield Finding(
                "database",
                "file",
                said == "ok",
                "every page of it was read" if said == "ok" else "the file is damaged",
                "" if said == "ok" else "Put the latest backup in its place: 'nobodyasked restore FILE'.",
            )
        if not pending:
            yield await _write(db)
            yield await _counts(db, recount)
    except (Refusal, Fault) as error:
        message = error.message if isinstance(error, Refusal) else str(error)
        yield Finding(
            "database", "database", False, message, "Check the database's own log and the rights of its user."
        )
    finally:
        await db.close()


def _none_yet(settings: Settings) -> Finding:
    """A fresh install is no fault, but where the file cannot come to be it is one."""
    path = Path(settings.database_url.removeprefix("sqlite:///")).absolute()
    folder = next(one for one in path.parents if one.exists())
    ok = not path.exists() and folder.is_dir() and os.access(folder, os.W_OK | os.X_OK)
    label = settings.database_label
    return Finding(
        "database",
        "database",
        ok,
        f"{label}: none yet, it is made at the first start" if ok else f"{label} cannot be made",
        "" if ok else f"Let {folder} be a folder that may be written to, or name another place with --data-dir.",
    )


async def _write(db: Database) -> Finding:
    """Writes a row and takes it back."""
    try:
        async with db.transaction() as transaction:
            await transaction.execute("INSERT INTO team (name, created_at) VALUES ('doctor', 0)")
            raise _Undo
    except _Undo:
        return Finding("database", "writing", True, "a row was written and taken back")


async def _counts(db: Database, recount: bool) -> Finding:
    from ...models.commands.rollup import rebuild
    from ...models.queries.rollups import differences

    different = await differences(db)
    if different and recount:
        await rebuild(db)
        return Finding("database", "counts", True, f"written anew: {', '.join(sorted(different))}")
    return Finding(
        "database",
        "counts",
        not different,
        "every roll-up equals a recount"
        if not different
        else f"differ from a recount: {', '.join(f'{table} in {rows:,} rows' for table, rows in sorted(different.items()))}",
        "" if not different else "Run 'nobodyasked doctor --recount'.",
    )


async def _models(settings: Settings) -> Finding:
    import asyncio

    import numpy

    from ...inference.weights import ModelUnavailable
    from ..jobs.embedders import embedder_for

    embedder = embedder_for(settings, remembering=False)
    try:
        vectors = await asyncio.to_thread(
            embedder.embed, ["Where is my parcel?", "When does my order arrive?", "The soup was cold."]
        )
    except (ModelUnavailable, OSError, RuntimeError) as error:
        return Finding(
            "models",
            "models",
            False,
            str(error),
            "Install again ('make install', or pip with its dependencies); the data folder must be writable."
            if settings.embedder == "minilm"
            else f"Correct NOBODYASKED_EMBEDDER ({settings.embedder}) and the settings that belong to it.",
        )
    near, far = float(vectors[0] @ vectors[1]), float(vectors[0] @ vectors[2])
    ok = (
        vectors.shape == (3, embedder.dimensions)
        and bool(numpy.isfinite(vectors).all())
        and (settings.embedder == "hashed" or near > far)
    )
    detail = f"{embedder.name}: {embedder.dimensions} numbers a text"
    remedy = (
        ""
        if ok
        else "Its vectors do not tell texts apart by meaning: name another model."
        if settings.embedder != "minilm"
        else f"The files in {settings.data_dir / 'models'} are damaged: remove them, they are built again."
    )
    return Finding("models", "models", ok, detail, remedy)


def _pages(settings: Settings) -> Finding:
    from ..pages import available

    if not settings.graphiql:
        return Finding("pages", "pages", True, "switched off by the settings")
    ok = available()
    return Finding(
        "pages",
        "pages",
        ok,
        "GraphiQL is built" if ok else "GraphiQL is not built",
        "" if ok else "Run 'make pages' in the checkout.",
    )
