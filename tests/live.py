"""The real server in a process of its own, over a fresh SQLite database unless told another, for tests that speak to it from outside."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from nobodyasked.models.commands import tokens
from nobodyasked.models.database import Database
from nobodyasked.models.team import Role

START = """
from nobodyasked.server.garbage import no_collection
with no_collection():
    from nobodyasked.server.process import serve
    from nobodyasked.server.settings import load_settings
raise SystemExit(serve(load_settings()))
"""
SECONDS = 60


class LiveServer:
    """A running server: `url`, a `token` that may do everything, `token_for` a role, and its log so far in `lines`."""

    def __init__(self, folder: Path, **settings: str) -> None:
        self.database_url = settings.get("database_url", f"sqlite:///{folder}/live.db")
        self.lines: list[dict[str, object]] = []
        self.errors: list[str] = []
        self.url = ""
        self._tokens: dict[Role, str] = {}
        self._listening = threading.Event()
        given = {
            "database_url": self.database_url,
            "data_dir": str(folder),
            "port": "0",
            "embedder": "hashed",
            "log_format": "json",
            **settings,
        }
        plain = {name: value for name, value in os.environ.items() if not name.startswith("NOBODYASKED_")}
        environment = {**plain, **{f"NOBODYASKED_{name.upper()}": value for name, value in given.items()}}
        # warnings are errors here too; the folder is empty, so no settings file is found
        command = [sys.executable, "-P", "-W", "error", "-c", START]
        self.process = subprocess.Popen(command, cwd=folder, env=environment, stderr=subprocess.PIPE, text=True)
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stderr is not None
        for line in self.process.stderr:
            try:
                event = json.loads(line)
            except ValueError:
                self.errors.append(line)
                continue
            self.lines.append(event)
            if str(event["message"]).startswith("Listening on "):
                self.url = event["message"].removeprefix("Listening on ")
                self._listening.set()
        self._listening.set()

    def wait(self) -> LiveServer:
        """Until it listens."""
        assert self._listening.wait(SECONDS), "the server did not start in time"
        assert self.url, f"the server did not start: {self.lines} {''.join(self.errors)}"
        return self

    @property
    def graphql_url(self) -> str:
        return f"{self.url}/graphql"

    @property
    def token(self) -> str:
        return self.token_for("ADMIN")

    def token_for(self, role: str) -> str:
        """A token with a role, made once."""
        wanted = Role(role)
        if wanted not in self._tokens:
            with ThreadPoolExecutor(1) as thread:  # the test may have a loop of its own
                self._tokens[wanted] = thread.submit(asyncio.run, self._make_token(wanted)).result()
        return self._tokens[wanted]

    async def _make_token(self, role: Role) -> str:
        database = await Database.open(self.database_url, pool=1)
        try:
            secret, _ = await tokens.create(database, member_name=f"Live {role.value.lower()}", role=role)
            return secret
        finally:
            await database.close()

    def stop(self, sign: signal.Signals = signal.SIGTERM) -> int:
        """Ask it to stop; returns its exit status."""
        if self.process.poll() is None:
            self.process.send_signal(sign)
        try:
            return self.process.wait(SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise
        finally:
            self._reader.join(SECONDS)
            if self.process.stderr is not None:
                self.process.stderr.close()


@pytest.fixture(scope="session")
def live_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    """One server for the whole session; nothing goes to its standard error but log lines, and it stops in order."""
    server = LiveServer(tmp_path_factory.mktemp("live"))
    try:
        yield server.wait()
    finally:
        status = server.stop()
    assert status == 0
    assert server.errors == []
