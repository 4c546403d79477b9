"""The real server under many users of several processes, who read, write and listen, and in surges ask for more than it can do.

`pytest -m long tests/load` takes half an hour for each database; LOAD_MINUTES sets another time.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any

import pytest

from ..house.test_rooms import ROOT

MINUTES = float(os.environ.get("LOAD_MINUTES", "30"))


def loaded(database: str, minutes: float) -> dict[str, Any]:
    command = [sys.executable, "-m", "benchmarks", "load", "--database", database, "--minutes", str(minutes)]
    done = subprocess.run(
        [*command, "--complaints", "1000"], cwd=ROOT, capture_output=True, text=True, timeout=minutes * 60 + 300
    )
    assert done.returncode == 0, done.stderr[-2000:]
    # with -s: how long answers took, and memory over time
    print(done.stdout)
    return json.loads(done.stdout)


def check(found: dict[str, Any], grown_mb: float) -> None:
    assert found["wrong"] == 0, found["wrong_were"]
    assert {status.split()[0] for status in found["answers"]} <= {"200", "429", "503"}
    assert found["answers"]["200"] > 100
    assert found["refused"] == sum(count for status, count in found["answers"].items() if not status.startswith("200"))
    # what was acknowledged is there once, nothing else is, and whoever listened heard of it once
    assert found["taken"] > 20
    assert [found[name] for name in ("lost", "doubled", "unknown", "unheard", "errors")] == [0, 0, 0, 0, 0]
    assert found["counts_agree"]
    assert found["audit"]
    assert found["grown_mb"] < grown_mb


@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
def test_it_holds_for_a_while(kind: str) -> None:
    # so short that kept answers and connections still grow to their bounds
    check(loaded(kind, 0.5), 64)


@pytest.mark.long
@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
def test_it_holds_for_long(kind: str) -> None:
    found = loaded(kind, MINUTES)
    check(found, 32)
    assert found["answers"].get("503 OVERLOADED", 0) > 0
