from __future__ import annotations

import json
from pathlib import Path

from .conftest import Cli, write_csv


def test_a_person_is_erased_and_does_not_come_back(cli: Cli, home: Path) -> None:
    rows = [("1", "The zorbleflux dongle broke.", "zed@example.org"), ("2", "It came late.", "ann@example.org")]
    file = write_csv(home / "in.csv", ("id", "text", "customer"), rows)
    cli("import", file)
    refused = cli("erase", "nobody@example.org", "--yes")
    assert (refused.code, "no such customer" in refused.err) == (1, True)
    assert cli("erase", "Zed@example.org", "--yes").code == 0
    kept = [json.loads(line) for line in cli("export", "complaints").out.splitlines()]
    assert [one["text"] for one in kept] == ["[erased]", "It came late."]
    assert "1 complaints" not in cli("erase", "zed@example.org", "--yes").err
    again = cli("import", file)
    assert "ERASED 1" in again.err
    assert "zorbleflux" not in cli("export", "complaints").out
    # an id as the API shows it will do, unless it is somebody's key
    assert cli("erase", kept[1]["customer_id"], "--yes").code == 0
    assert "It came late." not in cli("export", "complaints").out
    unknown = cli("erase", "customer_99", "--yes")
    assert (unknown.code, "There is no" in unknown.err) == (1, True)
