"""`nobodyasked demo`."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import signal
import socket
import sqlite3
import subprocess
import urllib.error
import urllib.request
from collections import Counter
from pathlib import Path

import pytest

from . import guide, played, story
from .conftest import PROGRAM, Cli, start, write_csv


@pytest.fixture
def furnished() -> bool:
    """What is tested here begins with nothing."""
    return False


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """The demo as its first start makes it, by meaning; and what was said meanwhile."""
    folder = tmp_path_factory.mktemp("demo") / ".data"
    folder.mkdir()
    played.MODELS.mkdir(exist_ok=True)
    (folder / "models").symlink_to(played.MODELS)
    settings = {name: value for name, value in os.environ.items() if not name.startswith("NOBODYASKED_")}
    done = subprocess.run(
        [*PROGRAM, "demo", "--no-serve", "--data-dir", str(folder)],
        env=settings,
        cwd=folder.parent,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == (folder / "demo.token").read_text().strip()
    return folder, done.stderr


@pytest.fixture
def again(made: tuple[Path, str], home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of it in `home`."""
    shutil.copytree(made[0], home / ".data", symlinks=True)
    monkeypatch.delenv("NOBODYASKED_EMBEDDER")
    return home / ".data"


def test_the_demo_is_made_once_and_shows_everything(made: tuple[Path, str], again: Path, cli: Cli) -> None:
    for name in ("demo.token", "reviewer.token"):
        assert (again / name).stat().st_mode & 0o777 == 0o600
    secret = (again / "demo.token").read_text().strip()
    cli("export", "all", "--out", "out")
    counts = {path.stem: len(path.read_text().splitlines()) for path in Path("out").glob("*.jsonl")}
    assert counts["complaints"] >= 900
    assert counts["needs"] >= 10
    assert (counts["inventions"], counts["shipments"], counts["runs"]) == (3, 1, 1)
    # people label spans when a run has misread them, and nobody has
    assert {entity for entity, count in counts.items() if count == 0} == {"labels"}
    said = made[1]
    assert "approved by one of two" in said
    assert "shipped on 2025-10-01 and measured (relieved)" in said
    assert "Asked 2 of 2 questions." in said
    statuses = Counter(json.loads(line)["status"] for line in Path("out/notices.jsonl").read_text().splitlines())
    assert statuses["TOLD"] >= 5
    assert statuses["WAITING"] >= 5
    assert counts["replies"] == 2
    if played.vector() == played.WRITTEN_WITH:
        assert "any more" not in said

    # neither a title that was changed nor a message that was added makes it begin anew
    with sqlite3.connect(again / "nobodyasked.db") as connection:
        connection.execute("UPDATE invention SET title = 'Renamed ' || id")
    connection.close()
    cli("import", write_csv(Path("more.csv"), ("text",), [("The tent leaks.",)]))
    second = cli("demo", "--no-serve")
    assert (second.code, second.out.strip(), second.err) == (0, secret, "")
    counts["complaints"] += 1
    cli("export", "all", "--out", "out")
    assert counts == {path.stem: len(path.read_text().splitlines()) for path in Path("out").glob("*.jsonl")}

    # nor does it end where somebody of the sample was erased: their words stay out, the rest comes in
    assert cli("erase", "C-1012", "--yes").code == 0
    third = cli("demo", "--no-serve")
    assert (third.code, third.out.strip()) == (0, secret)
    assert "Left out 3 messages of the bundled sample, whose customers were erased" in third.err


def test_the_story_is_played_as_it_is_told(again: Path) -> None:
    served = played.serve(again)
    try:
        assert served.token == (again / "demo.token").read_text().strip()
        queries = re.findall(r"^  curl .* -d (.*)$", served.said, re.MULTILINE)
        assert len(queries) == 3
        for query in queries:
            answer = served.ask(json.loads(shlex.split(query)[0])["query"])
            assert "errors" not in answer, answer
            ((field, value),) = answer["data"].items()
            assert field in ("needs", "inventions", "complaints")
            assert len(value["nodes"]) >= 2
        wrong = played.Player(served, chained=True).play(
            story.STORY.read_text(), exact=played.vector() == played.WRITTEN_WITH
        )
    finally:
        err = served.stop()
    assert wrong == [], "play it anew with `python -m tests.cli.story`, and read the difference"
    assert "Traceback" not in err


def test_what_the_guide_shows_is_so(again: Path) -> None:
    """In order, on a fresh demo. The story measures: that takes as long as all else."""
    served = played.serve(again)
    try:
        exact = played.vector() == played.WRITTEN_WITH
        wrong = [
            f"{page.name}, {difference}"
            for page in guide.PAGES
            for difference in played.Player(served, chained=False).play(
                page.read_text(), exact=exact, without="inventionMeasure"
            )
        ]
    finally:
        err = served.stop()
    assert wrong == [], "play it anew with `python -m tests.cli.guide`, and read the difference"
    assert "Traceback" not in err


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
