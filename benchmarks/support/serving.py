"""Servers under load: each a process of its own, on the first core; what loads them is on the second."""

from __future__ import annotations

import compileall
import contextlib
import functools
import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from .usage import cpu_seconds, resident_mb

__all__ = ["LOAD_CORE", "ROOT", "SERVER_CORE", "Server", "bare", "free_port", "ours", "pinned", "serving"]

ROOT = Path(__file__).resolve().parent.parent.parent
SERVER_CORE, LOAD_CORE = 0, 1
START_SECONDS = 60


@dataclass(frozen=True)
class Server:
    """A server that answers on 127.0.0.1."""

    pid: int
    port: int
    token: str = ""
    started_seconds: float = 0.0
    """From its start to its first answer."""

    def request(self, path: str, body: bytes) -> bytes:
        """A request as it goes over the wire."""
        head = f"POST {path} HTTP/1.1\r\nhost: 127.0.0.1:{self.port}\r\ncontent-type: application/json\r\n"
        if self.token:
            head += f"authorization: Bearer {self.token}\r\n"
        return f"{head}content-length: {len(body)}\r\n\r\n".encode() + body

    def answer(self, path: str, body: bytes) -> object:
        """What the server answers, whatever its status, read as JSON."""
        headers = {"Content-Type": "application/json"}
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", body, headers)
        try:
            with urllib.request.urlopen(request, timeout=60) as response:
                return json.load(response)
        except urllib.error.HTTPError as refusal:
            return json.load(refusal)

    def cpu_seconds(self) -> float:
        return cpu_seconds(self.pid)

    def resident_mb(self) -> float:
        return resident_mb(self.pid)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def pinned(core: int, command: Sequence[str]) -> list[str]:
    """The command on one core, where there are several and the system can pin."""
    several = hasattr(os, "sched_getaffinity") and len(os.sched_getaffinity(0)) > 1
    return ["taskset", "-c", str(core), *command] if several else [*command]


@functools.cache
def _installed() -> dict[str, str]:
    """The environment of a server that starts as one that was installed does, its modules compiled before."""
    for room in ("graphql", "inference", "models", "server"):
        compileall.compile_dir(ROOT / room, quiet=2)
    return dict(os.environ)


@contextlib.contextmanager
def serving(
    command: Sequence[str],
    environment: Mapping[str, str],
    port: int,
    ready: str,
    *,
    token: str = "",
    folder: Path = ROOT,
) -> Iterator[Server]:
    """Start a server and stop it at the end. `ready` is a path that answers once it serves."""
    began = time.perf_counter()
    process = subprocess.Popen(
        pinned(SERVER_CORE, command),
        cwd=folder,
        env={**_installed(), **environment},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        while not _answers(port, ready):
            if process.poll() is not None or time.perf_counter() - began > START_SECONDS:
                raise SystemExit(f"{Path(command[0]).name} {' '.join(command[1:])} did not start")
            time.sleep(0.01)
        yield Server(process.pid, port, token, round(time.perf_counter() - began, 2))
    finally:
        process.terminate()
        process.wait(30)


def _answers(port: int, path: str) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=2):
            return True
    except urllib.error.HTTPError as refusal:
        return refusal.code < 500
    except OSError:
        return False


@contextlib.contextmanager
def ours(url: str, token: str, settings: Mapping[str, str] | None = None) -> Iterator[Server]:
    """`nobodyasked serve` on a database, with pages of up to 1,000 and no worker beside it."""
    port = free_port()
    environment = {
        "NOBODYASKED_DATABASE_URL": url,
        "NOBODYASKED_PORT": str(port),
        "NOBODYASKED_PAGE_LIMIT": "1000",
        "NOBODYASKED_EMBEDDER": "hashed",
        "NOBODYASKED_WORKER": "false",
        "NOBODYASKED_LOG_LEVEL": "warning",
        **(settings or {}),
    }
    command = [str(Path(sys.executable).parent / "nobodyasked"), "serve"]
    with serving(command, environment, port, "/readyz", token=token) as server:
        yield server


@contextlib.contextmanager
def bare(url: str) -> Iterator[Server]:
    """The bare route on a database."""
    port = free_port()
    command = [sys.executable, "-m", "uvicorn", "--port", str(port), "--no-access-log", "--log-level", "warning"]
    with serving([*command, "benchmarks.support.bare:app"], {"BENCH_DATABASE": url}, port, "/") as server:
        yield server
