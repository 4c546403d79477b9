"""The benchmarks run, and compare servers that answer the same."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from .test_rooms import ROOT


def test_the_graph_and_the_hand_written_route_agree() -> None:
    command = [sys.executable, "-m", "benchmarks", "graph", "--scale", "10000", "--rounds", "0"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr[-2000:]
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    agreed = {(line["database"], line["query"]): line["agree"] for line in lines if "agree" in line}
    counted = ["ours", "bare", "scan"]
    assert agreed == {
        (database, query): counted if query == "q4" else counted[:2]
        for database in ("sqlite", "postgres")
        for query in ("q1", "q2", "q3", "q4", "m1", "m2")
    }
    starts = [line for line in lines if line["query"] == "start"]
    assert [start["ours"]["resident_mb_at_start"] < 150 for start in starts] == [True, True]


def test_the_ways_of_walking_agree() -> None:
    command = [
        sys.executable,
        "-m",
        "benchmarks",
        "walk",
        "--complaints",
        "2000",
        "--rounds",
        "1",
        "--databases",
        "sqlite",
    ]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr[-2000:]
    line = json.loads(done.stdout)
    assert line["agree"]
    assert line["fields"] > 1_000


def test_labels_are_told_apart_by_their_neighbours(tmp_path: Path) -> None:
    rows = [f"the parcel number {n} came late\tparcel" for n in range(9)] + [
        f"please send invoice {n}\tinvoice" for n in range(9)
    ]
    (tmp_path / "told.tsv").write_text("text\tlabel\n" + "\n".join(rows) + "\n", encoding="utf-8")
    command = [sys.executable, "benchmarks/embed.py", "--data", str(tmp_path / "told.tsv"), "--texts", "20", "--json"]
    done = subprocess.run(
        [*command, "--embedder", "hashed"], cwd=ROOT, capture_output=True, text=True, check=True, timeout=120
    )
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert [line["accuracy"] for line in lines if line["what"] == "labelled"] == [100.0]
    assert all(line["texts_a_second"] > 0 and line["peak_mb"] > 0 for line in lines)


@pytest.mark.parametrize(
    "name",
    [
        "asks",
        "calibrate",
        "clustering",
        "embed",
        "graph",
        "identity",
        "incremental",
        "sample",
        "scale",
        "statements",
        "walk",
        "writes",
    ],
)
def test_every_benchmark_tells_how_it_is_used(name: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks", name, "--help"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert "usage: " in done.stdout
