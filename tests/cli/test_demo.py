"""`nobodyasked demo`."""

from __future__ import annotations

import json
import re
import shlex
import signal
import socket
import sqlite3
import subprocess
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from .conftest import Cli, start, write_csv


@pytest.fixture
def furnished() -> bool:
    """What is tested here begins with nothing."""
    return False


def test_the_demo_is_made_once_and_served_until_ctrl_c(cli: Cli, home: Path) -> None:
    first = cli("demo", "--no-serve")
    assert first.code == 0, first.err
    secret = first.out.strip()
    assert (home / ".data" / "demo.token").stat().st_mode & 0o777 == 0o600
    counts = {
        entity: len(cli("export", entity).out.splitlines()) for entity in ("complaints", "needs", "inventions", "runs")
    }
    assert counts["complaints"] >= 600
    assert counts["needs"] >= 10
    assert (counts["inventions"], counts["runs"]) == (3, 1)
    again = cli("demo", "--no-serve")
    assert (again.code, again.out.strip(), again.err) == (0, secret, "")
    # nothing is inferred again: there is one run still
    assert counts == {entity: len(cli("export", entity).out.splitlines()) for entity in counts}

    # neither a title that was changed nor a message that was added makes it begin anew
    with sqlite3.connect(home / ".data" / "nobodyasked.db") as connection:
        connection.execute("UPDATE invention SET title = 'Renamed ' || id")
    connection.close()
    cli("import", write_csv(home / "more.csv", ("text",), [("The tent leaks.",)]))
    again = cli("demo", "--no-serve")
    assert (again.code, again.out.strip(), again.err) == (0, secret, "")
    counts["complaints"] += 1
    assert counts == {entity: len(cli("export", entity).out.splitlines()) for entity in counts}

    process = start("demo", "--port", "0")
    try:
        said = listen(process)
        assert f"Token: {secret}" in said
        address = re.search(r"Serving at (http://127\.0\.0\.1:\d+/graphql)", said)
        assert address is not None
        queries = re.findall(r"^  curl .* -d (.*)$", said, re.MULTILINE)
        assert len(queries) == 3
        for query in queries:
            answer = ask(address[1], shlex.split(query)[0], secret)
            assert "errors" not in answer, answer
            ((field, value),) = answer["data"].items()
            assert field in ("needs", "inventions", "complaints")
            assert len(value["nodes"]) >= 2
    finally:
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=30)
    assert process.returncode == 0
    assert "Traceback" not in err


def listen(process: subprocess.Popen[str]) -> str:
    """What the demo prints until its queries are all there."""
    assert process.stdout is not None
    said = ""
    while said.count("curl ") < 3:
        line = process.stdout.readline()
        assert line, f"ended early: {process.communicate()[1]}"
        said += line
    return said


def ask(url: str, body: str, secret: str) -> dict:
    headers = {"Authorization": f"Bearer {secret}", "Content-Type": "application/json"}
    with urllib.request.urlopen(urllib.request.Request(url, body.encode(), headers), timeout=20) as answer:
        return json.load(answer)


def test_the_sample_is_not_mixed_into_messages_of_ones_own(cli: Cli, home: Path) -> None:
    write_csv(home / "own.csv", ["text"], [["the hinge squeaks"]])
    assert cli("import", "own.csv").code == 0
    refused = cli("demo", "--no-serve")
    assert (refused.code, refused.out) == (1, "")
    assert "--data-dir" in refused.err
    assert len(cli("export", "complaints").out.splitlines()) == 1


def test_a_port_that_is_taken_is_told_before_any_work(cli: Cli, home: Path) -> None:
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        done = cli("demo", "--port", str(holder.getsockname()[1]))
    assert done.code == 1
    assert "is taken by another process" in done.err
    assert list(home.iterdir()) == []


def test_serve_tells_a_port_that_is_taken(cli: Cli) -> None:
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        done = cli("serve", "--port", str(holder.getsockname()[1]))
    assert done.code == 1


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_serve_starts_from_nothing_and_stops_when_told(home: Path, number: signal.Signals) -> None:
    process = start("serve", "--port", "0")
    try:
        assert process.stderr is not None
        said = ""
        while (found := re.search(r"Listening on (http://\S+)", said)) is None:
            line = process.stderr.readline()
            assert line, said
            said += line
        with pytest.raises(urllib.error.HTTPError, match="401"):
            ask(f"{found[1]}/graphql", '{"query": "{ needs { totalCount } }"}', "nba_wrong")
    finally:
        process.send_signal(number)
        process.communicate(timeout=30)
    assert process.returncode == 0
    with sqlite3.connect(home / ".data" / "nobodyasked.db") as connection:
        assert connection.execute("SELECT count(*) FROM complaint").fetchone() == (0,)
    connection.close()
