"""What `make check` runs beside the linters: it finds what it looks for, and says where nobody could be asked."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from . import holes

GOOD = {"dependencies": [{"name": "a", "version": "1", "vulns": []}]}
BAD = {"dependencies": [{"name": "a", "version": "1", "vulns": [{"id": "GHSA-x", "fix_versions": ["2"]}]}]}
UNKNOWN = {"dependencies": [{"name": "a", "skip_reason": "not found"}]}
NODE_GOOD: dict[str, Any] = {"vulnerabilities": {}}
NODE_BAD = {
    "vulnerabilities": {
        "b": {"via": [{"title": "T", "url": "https://github.com/advisories/GHSA-y", "range": "<2"}]},
        "c": {"via": ["b"]},
    }
}
AWAY = {"error": {"summary": "405"}}


@pytest.mark.parametrize(
    ("python", "node", "status", "said"),
    [
        (GOOD, NODE_GOOD, 0, ["packages: 0, and", "page's packages: 0, and"]),
        (BAD, NODE_GOOD, 1, ["HOLE GHSA-x in a 1, mended by 2", "page's packages: 0"]),
        (GOOD, NODE_BAD, 1, ["HOLE GHSA-y in b <2: T", "page's packages: 1, and"]),
        (None, NODE_GOOD, 0, ["NOT ASKED about holes in Python packages: no network", "page's packages: 0"]),
        (UNKNOWN, AWAY, 0, ["NOT ASKED about holes in Python", "NOT ASKED about holes in the page's"]),
        (None, NODE_BAD, 1, ["NOT ASKED", "HOLE GHSA-y"]),
    ],
)
def test_a_known_hole_fails_and_silence_does_not(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    python: Any,
    node: Any,
    status: int,
    said: list[str],
) -> None:
    def run(command: Sequence[str], **_: Any) -> subprocess.CompletedProcess[str]:
        answer = node if command[0] == "npm" else python
        return subprocess.CompletedProcess(command, 1, json.dumps(answer) if answer else "", "trace\nno network\n")

    monkeypatch.setattr(holes.subprocess, "run", run)
    monkeypatch.setattr(holes.shutil, "which", lambda name: name)
    assert holes.main() == status
    told = capsys.readouterr().out
    assert [words for words in said if words not in told] == []


def test_an_accepted_hole_has_a_reason(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert all(reason.strip() for reason in holes.ACCEPTED.values())
    monkeypatch.setattr(holes, "ACCEPTED", {"GHSA-x": "we do not use it"})
    monkeypatch.setattr(holes, "asked", lambda command, _: NODE_GOOD if command[0] == "npm" else BAD)
    assert holes.main() == 0
    assert "0, and 1 accepted" in capsys.readouterr().out


def test_a_secret_is_found_unless_it_is_listed(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("detect_secrets", reason="THE SECRET SCAN IS NOT INSTALLED: run `make test`")
    from . import leaks

    real = leaks.known()
    assert len(real) > 5
    assert not [name for name, _, _ in real if name != "*" and not (leaks.ROOT / name).is_file()]
    listed = tmp_path / "known"
    monkeypatch.setattr(leaks, "ROOT", tmp_path)
    monkeypatch.setattr(leaks, "KNOWN", listed)
    (tmp_path / "a.py").write_text('key = "%s"\n' % ("AKIA" + "QYLPMN5HFIQR7" + "XYA"))
    (tmp_path / "b.py").write_text("key = None\n")
    found = leaks.scanned(["a.py", "b.py"])
    ((name, kind, digest),) = found
    assert (name, kind, found[name, kind, digest]) == ("a.py", "AWS-Access-Key", 1)
    for lines, status in (
        ("# none\n", 1),
        (f"a.py {kind} {digest} made up\n", 0),
        (f"* {kind} {digest} made up\n", 0),
        (f"* {kind} {digest} made up\nb.py {kind} {digest} gone\n", 1),
        (f"b.py {kind} {digest} elsewhere\n", 1),
    ):
        listed.write_text(lines)
        assert leaks.told(found, 2) == status, lines
    assert f"a.py:1: AWS-Access-Key {digest}: take it out" in capsys.readouterr().out
