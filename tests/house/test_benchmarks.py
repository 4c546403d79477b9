"""The benchmarks run, and compare servers that answer the same."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from itertools import islice
from pathlib import Path

import numpy as np

from benchmarks import calibrate, identity, impact, incremental, whole
from nobodyasked.inference import HashedWords, Message, Parameters

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


async def test_needs_over_time_are_measured_from_the_grouping_to_the_database() -> None:
    texts = [
        text for number in range(9) for text in (f"my parcel number {number} came late", f"wrong invoice {number}")
    ]
    result = await identity.measure([(text, None) for text in texts], HashedWords(), 0)
    assert result["needs_before"] >= 1
    assert result["kept"] == result["resolved"] == 100


def test_placement_is_measured() -> None:
    texts = [f"{what} {number}" for number in range(15) for what in ("my parcel came late, number", "wrong invoice")]
    messages = [Message(key, text) for key, text in enumerate(texts)]
    result = incremental.measure(messages, ["parcel", "invoice"] * 15, HashedWords(), 500, 0, repeat=True)
    assert result["held_out"] == 6
    agreement, new, repeated, p50, p95 = (
        float(result[name] or 0) for name in ("agreement", "new", "repeated", "p50", "p95")
    )
    assert 0 < agreement <= 100 - new
    assert repeated == 100
    assert 0 < p50 <= p95


def test_confidences_are_held_against_labels() -> None:
    texts = [f"{what} {number}" for number in range(15) for what in ("my parcel came late, number", "wrong invoice")]
    labels = {key: {("parcel", "invoice")[key % 2]} for key in range(30)}
    messages = [Message(key, text) for key, text in enumerate(texts)]
    told = calibrate.look(messages, labels, HashedWords(), Parameters())
    assert len(told.links.signs) == len(told.links.sure) == len(told.links.right) == 15
    assert {len(one) for one in told.links.signs} == {8}
    assert all(told.links.right)
    assert told.needs.sure
    # what is stated too high comes right by a few decisions, and nearly so by many
    dice = np.random.default_rng(0)
    sure = dice.uniform(0.6, 0.95, 900).round(4).tolist()
    right = (dice.random(900) < np.array(sure) - 0.2).tolist()
    off = calibrate.Told(links=calibrate.Pile([], sure, right, list(range(900))))
    found = calibrate.measures("links", off)
    before, few, many = (float(found[name] or 0) for name in ("ece", "after 20", "after 200"))
    assert 17 < before < 23
    assert many < 7 < few < before


def test_a_fitted_map_makes_no_different_signs_the_same() -> None:
    dice = np.random.default_rng(1)
    signs = dice.normal(0, 1, (600, 2))
    right = dice.random(600) < 1 / (1 + np.exp(-signs[:, 0]))
    table = calibrate.fitted(signs.tolist(), right.tolist(), [1.0] * 600, (0.0, None))
    assert 0.7 < table.weights[0] < 1.3 > 1 > abs(table.weights[1]) * 4
    assert len(table.at) == len(table.share) > 4
    assert (np.diff(table.at) > 0).all()
    assert (np.diff(table.share) > 0).all()


def test_what_is_held_out_is_measured_once_by_what_it_was_not_shown() -> None:
    dice = np.random.default_rng(2)
    signs = dice.normal(0, 1, (900, 6))
    right = dice.random(900) < 1 / (1 + np.exp(-signs[:, 0]))
    pile = [
        calibrate.Marked(tuple(some), bool(one), 1.0, row % 3)
        for row, (some, one) in enumerate(zip(signs, right, strict=True))
    ]
    found = calibrate.held_out(pile, "NEED")
    assert found["n"] == 900
    assert found["ece"] < 7
    # a set in which nothing is right cannot be told from others that it was not fitted to
    other = [one._replace(right=one.right and one.of > 0) for one in pile]
    assert calibrate.held_out(other, "NEED")["ece"] > 10


def test_the_intervals_of_impacts_are_held_against_the_truth() -> None:
    noise = (40.0, 0.3, 0.4, 0.2)
    settings = [
        impact.Setting((26, 12), *noise, controls=240.0),
        impact.Setting((104, 52), *noise, controls=0),
        impact.Setting((26, 104), *noise, controls=240.0, looks=True),
    ]
    with_others, alone, looked = (impact.measured(one, 8, 1) for one in settings)
    for tally, placebos in ((with_others, 3), (alone, 1)):
        assert (tally.series, tally.rates, tally.placebos) == (8, 8, 8 * placebos)
        assert tally.held >= 7
        assert tally.left >= 7
        assert tally.rejected <= 2
    assert (looked.looked, looked.verdicts) == (8, 0)
    # what has an effect is found
    shown = impact.Setting((104, 52), 40.0, 0.0, 0.4, 0.0, controls=240.0)
    assert impact.judged(impact.simulated(shown, np.random.default_rng(1))[0], 52)


NAMES = [
    "asks",
    "calibrate",
    "clustering",
    "embed",
    "graph",
    "identity",
    "impact",
    "incremental",
    "load",
    "sample",
    "scale",
    "statements",
    "subscribers",
    "walk",
    "writes",
]
HELP = """
import sys
from benchmarks.__main__ import main
for name in sys.argv[1:]:
    sys.argv = ["benchmarks", name, "--help"]
    print(f"[{name}]")
    try:
        main()
    except SystemExit as end:
        print(f"ended with {end.code}")
"""


def test_every_benchmark_tells_how_it_is_used() -> None:
    done = subprocess.run([sys.executable, "-c", HELP, *NAMES], cwd=ROOT, capture_output=True, text=True, check=True)
    told = dict(part.split("]\n", 1) for part in done.stdout.split("\n[")) if done.stdout else {}
    assert [name.strip("[") for name in told] == NAMES
    for name, said in told.items():
        assert "usage: " in said, name
        assert "ended with 0" in said, name


def test_a_whole_run_is_measured(tmp_path: Path) -> None:
    rows = [f"The parcel came {day} days late.\tShop\t2" for day in range(2, 40)]
    (tmp_path / "said.tsv").write_text("text\tapp\trating\n" + "\n".join(rows) + "\n", encoding="utf-8")
    command = [sys.executable, "-m", "benchmarks", "whole", "--data", str(tmp_path / "said.tsv"), "--scale", "30"]
    environment = {**os.environ, "NOBODYASKED_EMBEDDER": "hashed"}
    done = subprocess.run(
        [*command, "--json", "--models", str(tmp_path)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=300,
        env=environment,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    (line,) = json.loads(done.stdout)
    assert (line["n"], line["needs"]) == (30, 1)
    assert line["spans"] >= 30
    # the run is a process of its own, which is larger than the one that waits for it
    assert line["infer"]["peak_mb"] > line["import"]["peak_mb"] > 30
    assert line["infer"]["cpu_seconds"] > sum(line["phases"].values()) / 2


def test_made_messages_differ() -> None:
    said = [text for text, *_ in islice(whole.made(1), 500)]
    assert len(set(said)) > 490
    assert said == [text for text, *_ in islice(whole.made(1), 500)]
