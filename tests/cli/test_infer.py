"""`nobodyasked infer`."""

from __future__ import annotations

import signal
import time
from pathlib import Path

import pytest

from nobodyasked.server.cli import progress

from .conftest import Cli, generated, start, write_csv

SENTENCES = (
    "The delivery was late and nobody told me.",
    "My parcel arrived late again.",
    "Your delivery came too late.",
    "The delivery is always late.",
)


def test_needs_are_shown_with_counts_and_two_quotes(either_cli: Cli, home: Path) -> None:
    either_cli(
        "import",
        write_csv(home / "in.csv", ("id", "text", "customer"), [(n, SENTENCES[n % 4], f"C{n % 9}") for n in range(40)]),
    )
    done = either_cli("infer")
    assert done.code == 0, done.err
    first, counts, *quotes = done.out.splitlines()[:4]
    assert first.startswith("need_")
    assert "customers" in counts
    assert len(quotes) == 2
    assert all(quote.strip()[2:] in " ".join(SENTENCES) for quote in quotes)
    again = either_cli("infer", "--json", "--top", "1")
    assert again.json["run"]["status"] == "SUCCEEDED"
    assert again.json["run"]["counts"]["messages"] == 40
    assert f"need_{again.json['needs'][0]['id']} " in done.out


def test_an_empty_database_has_no_needs_and_says_so(cli: Cli) -> None:
    done = cli("infer", "--json")
    assert done.code == 0
    assert done.json["needs"] == []
    assert "no messages yet: bring some in with 'nobodyasked import'" in done.err


def test_where_there_is_no_terminal_nothing_is_said_twice(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(progress, "LINE_SECONDS", 0.0)
    with progress.Bar("Inferring", 1.0) as bar:
        for share, stage in ((0.65, "grouping"), (0.651, "grouping"), (0.8, "naming"), (0.8, "naming")):
            bar.show(share, stage)
    assert capsys.readouterr().err.splitlines() == ["  Inferring: 65%, grouping", "  Inferring: 80%, naming"]


@pytest.mark.parametrize("furnished", [False])
def test_numbers_that_are_too_large_are_refused(cli: Cli, home: Path) -> None:
    for option in ("--customers", "--top"):
        for number in ("2147483648", "9" * 20):
            done = cli("infer", option, number)
            assert done.code == 2
            assert option in done.err
    assert not (home / ".data").exists()
    assert cli("infer", "--customers", "2147483647", "--top", "2147483647").code == 0


def test_a_run_is_canceled_by_the_first_interrupt(cli: Cli, home: Path) -> None:
    cli("import", generated(home / "in.csv", 8_000))
    process = start("infer")
    deadline = time.monotonic() + 60
    while '"status":"RUNNING"' not in cli("export", "runs").out and time.monotonic() < deadline:
        time.sleep(0.1)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130, err
    assert "was canceled" in err
    assert "Traceback" not in err
    assert '"status":"CANCELED"' in cli("export", "runs").out
    assert cli("export", "needs").out == ""
