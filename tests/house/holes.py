"""Asks whether a hole is known in anything that is installed: `python tests/house/holes.py`, a part of `make check`.

Python packages are those of constraints.txt, asked of OSV by pip-audit; those of the page are those of its lock file, asked by
npm. Exits with 1 for a hole that is not in `ACCEPTED`. Where nobody can be asked (no network), it says so and exits with 0.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent.parent
PAGES = ROOT / "server/pages/source"
ACCEPTED: Mapping[str, str] = {}
"""Holes that do not concern us, by their id, with the reason."""
SECONDS = 600

PYTHON = (
    sys.executable, "-m", "pip_audit", "--requirement", "constraints.txt", "--no-deps", "--disable-pip",
    "--vulnerability-service", "osv", "--format", "json", "--progress-spinner", "off",
)  # fmt: skip
NODE = ("npm", "audit", "--package-lock-only", "--omit=dev", "--json", "--audit=true")


class Unanswered(Exception):
    """Nobody could be asked; the message is one line."""


def asked(command: Sequence[str], folder: Path) -> Any:
    """The JSON that a command answers with. Raises Unanswered."""
    if shutil.which(command[0]) is None:
        raise Unanswered(f"{command[0]} is not there")
    try:
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=SECONDS, check=False)
        return json.loads(done.stdout)
    except subprocess.TimeoutExpired:
        raise Unanswered(f"no answer within {SECONDS} seconds") from None
    except ValueError:
        lines = done.stderr.strip().splitlines() or ["it says nothing"]
        raise Unanswered(lines[-1][:120]) from None


def python_holes(report: Any) -> Iterator[tuple[str, str]]:
    """Ids of holes in pip-audit's report, each with the package and what mends it."""
    skipped = [one["name"] for one in report["dependencies"] if "skip_reason" in one]
    if skipped:
        raise Unanswered(f"nothing is known of {', '.join(skipped[:5])}")
    for one in report["dependencies"]:
        for hole in one["vulns"]:
            mended = ", ".join(hole["fix_versions"]) or "nothing yet"
            yield hole["id"], f"{one['name']} {one['version']}, mended by {mended}"


def node_holes(report: Any) -> Iterator[tuple[str, str]]:
    """The same of npm's."""
    if "vulnerabilities" not in report:
        raise Unanswered(str(report.get("message") or report.get("error", "no list of holes"))[:200])
    for name, one in report["vulnerabilities"].items():
        # what is named by another package is told there
        for via in (via for via in one["via"] if isinstance(via, dict)):
            found = re.search(r"GHSA-[\w-]+", via.get("url", ""))
            yield found[0] if found else via["title"], f"{name} {via.get('range', '')}: {via.get('title', '')}"


def main() -> int:
    """Ask of both; 1 where a hole was found."""
    status = 0
    for what, command, folder, read in (
        ("Python packages", PYTHON, ROOT, python_holes),
        ("the page's packages", NODE, PAGES, node_holes),
    ):
        try:
            holes = sorted(set(read(asked(command, folder))))
        except Unanswered as error:
            print(f"NOT ASKED about holes in {what}: {error}")
            continue
        new = [hole for hole in holes if hole[0] not in ACCEPTED]
        for number, where in new:
            print(f"HOLE {number} in {where}")
        print(f"Known holes in {what}: {len(new)}, and {len(holes) - len(new)} accepted")
        status |= bool(new)
    return status


if __name__ == "__main__":
    raise SystemExit(main())
