"""How fast is the graph, next to a bare route around hand-written SQL on the same database, in the same run?

    python -m benchmarks graph [--scale 20000,100000] [--databases sqlite,postgres] [--queries q1,q2,q3] [--seconds 2] [--rounds 3]

q1: one complaint by id. q2: work backwards (20 inventions -> needs -> 10 evidence complaints each). q3: 1,000
complaints x 6 fields. Each at concurrency 1 and 32, over HTTP on loopback, server on one core and load on another
where there are two. Rounds of both servers alternate; printed are medians, as JSON: requests a second, p50 and p99 in
milliseconds, and the ratio of ours to the bare route's requests. The server checks a token, parses the request and
looks up the plan each time; the bare route does nothing but its statement.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

from nobodyasked.models.commands import tokens
from nobodyasked.models.database import Database
from nobodyasked.models.team import Role

from .support.fill import Sizes, fill

ROOT = Path(__file__).resolve().parent.parent
QUERIES = {
    "q1": "query Q1($id: ID!) { complaint(id: $id) { id text channel severity occurredAt customer { id } } }",
    "q2": (
        "query WorkBackwards { inventions(first: 20) { nodes { id title status needs { edges { relief rationale node { id statement"
        " confidence evidence(first: 10) { totalCount edges { confidence quote stance node { id text channel occurredAt"
        " customer { id segment } } } } } } } } } }"
    ),
    "q3": "query Q3($first: Int!) { complaints(first: $first) { nodes { id text channel severity occurredAt customer { id } } } }",
}
VARIABLES = {"q1": {"id": f"complaint_{12345 % 5000 + 1}"}, "q2": {}, "q3": {"first": 1000}}
CONCURRENCY = (1, 32)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def pinned(core: int, command: list[str]) -> list[str]:
    """The command on one core, where there are several and the system can pin."""
    two = hasattr(os, "sched_getaffinity") and len(os.sched_getaffinity(0)) > 1
    return ["taskset", "-c", str(core), *command] if two else command


@contextlib.contextmanager
def serving(command: list[str], environment: dict[str, str], port: int, ready: str) -> Iterator[None]:
    process = subprocess.Popen(
        pinned(0, command),
        cwd=ROOT,
        env={**os.environ, **environment},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        for _ in range(300):
            if process.poll() is not None:
                raise SystemExit(f"{Path(command[0]).name} {' '.join(command[1:])} did not start")
            with contextlib.suppress(OSError), urllib.request.urlopen(f"http://127.0.0.1:{port}{ready}", timeout=2):
                break
            time.sleep(0.1)
        yield
    finally:
        process.terminate()
        process.wait(30)


def request_of(port: int, path: str, body: bytes, token: str) -> bytes:
    head = f"POST {path} HTTP/1.1\r\nhost: 127.0.0.1:{port}\r\nauthorization: Bearer {token}\r\ncontent-type: application/json\r\n"
    return head.encode() + f"content-length: {len(body)}\r\n\r\n".encode() + body


def answer_of(port: int, path: str, body: bytes, token: str) -> object:
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", body, headers)
    with urllib.request.urlopen(request, timeout=60) as response:
        return json.load(response)


def load(port: int, request: bytes, concurrency: int, seconds: float) -> dict[str, float]:
    command = pinned(1, [sys.executable, "-m", "benchmarks.support.load", str(port), str(concurrency), str(seconds)])
    done = subprocess.run(command, cwd=ROOT, input=request, capture_output=True, check=True, timeout=seconds + 90)
    return json.loads(done.stdout)


async def token_of(url: str) -> str:
    database = await Database.open(url)
    try:
        return (await tokens.create(database, member_name="bench", role=Role.READER))[0]
    finally:
        await database.close()


def measure(url: str, queries: list[str], seconds: float, rounds: int) -> list[dict[str, object]]:
    token = asyncio.run(token_of(url))
    ours, bare = free_port(), free_port()
    settings = {
        "NOBODYASKED_DATABASE_URL": url,
        "NOBODYASKED_PORT": str(ours),
        "NOBODYASKED_PAGE_LIMIT": "1000",
        "NOBODYASKED_EMBEDDER": "hashed",
        "NOBODYASKED_WORKER": "false",
        "NOBODYASKED_LOG_LEVEL": "warning",
    }
    uvicorn = [
        sys.executable,
        "-m",
        "uvicorn",
        "--port",
        str(bare),
        "--no-access-log",
        "--log-level",
        "warning",
        "benchmarks.support.bare:app",
    ]
    server = [str(Path(sys.executable).parent / "nobodyasked"), "serve"]
    results: list[dict[str, object]] = []
    with serving(server, settings, ours, "/readyz"), serving(uvicorn, {"BENCH_DATABASE": url}, bare, "/q1"):
        for name in queries:
            body = json.dumps({"query": QUERIES[name], "variables": VARIABLES[name]}).encode()
            if answer_of(ours, "/graphql", body, token) != answer_of(bare, f"/{name}", b"", ""):
                raise SystemExit(f"{name}: the bare route and the graph do not answer the same")
            for concurrency in CONCURRENCY:
                runs: dict[str, list[dict[str, float]]] = {"ours": [], "bare": []}
                for _ in range(rounds):
                    runs["ours"].append(load(ours, request_of(ours, "/graphql", body, token), concurrency, seconds))
                    runs["bare"].append(load(bare, request_of(bare, f"/{name}", b"", ""), concurrency, seconds))
                middle = {
                    who: {key: round(statistics.median(run[key] for run in some), 2) for key in some[0]}
                    for who, some in runs.items()
                }
                results.append(
                    {
                        "query": name,
                        "concurrency": concurrency,
                        **middle,
                        "ratio": round(middle["ours"]["rps"] / middle["bare"]["rps"], 3)
                        if middle["bare"]["rps"]
                        else None,
                    }
                )
    return results


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(
        prog="graph", description="The graph's speed, next to a bare route on the same database."
    )
    parser.add_argument("--scale", default="20000", help="complaints; several with commas between")
    parser.add_argument("--databases", default="sqlite,postgres")
    parser.add_argument("--queries", default="q1,q2,q3")
    parser.add_argument("--seconds", type=float, default=2.0, help="of load in each round")
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args(arguments)
    found: list[dict[str, object]] = []
    with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as stack:
        postgres = None
        for scale in (int(one) for one in given.scale.split(",")):
            for kind in given.databases.split(","):
                if kind == "sqlite":
                    url = f"sqlite:///{folder}/{scale}.db"
                else:
                    if postgres is None:
                        from tests.postgres import Postgres

                        postgres = Postgres()
                        stack.callback(postgres.stop)
                        postgres.start()
                    url = postgres.create(f"bench_{scale}")
                asyncio.run(fill(url, Sizes(scale)))
                for result in measure(url, given.queries.split(","), given.seconds, given.rounds):
                    found.append({"database": kind, "complaints": scale, **result})
                    print(json.dumps(found[-1]), flush=True)


if __name__ == "__main__":
    main()
