"""Installs the locked npm packages of these tests with whichever Node builds the pages; `make conformance` calls it."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
BUNDLE = HERE.parents[1] / "server" / "pages" / "source" / "bundle.py"
INSTALLED = HERE / "node_modules" / ".lock"


def node() -> Any:
    """The Node that the pages are built with: `program`, and `npm` as the start of a command."""
    spec = importlib.util.spec_from_file_location("bundle_of_the_pages", BUNDLE)
    assert spec is not None
    assert spec.loader is not None
    bundle = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = bundle
    spec.loader.exec_module(bundle)
    found = bundle.find_node()
    if found is None:
        sys.exit("No Node here: build the pages first (make pages).")
    return found


def install() -> None:
    """Install what package-lock.json names, unless that is what is there."""
    lock = (HERE / "package-lock.json").read_bytes()
    if INSTALLED.is_file() and INSTALLED.read_bytes() == lock:
        return
    found = node()
    path = os.pathsep.join([str(Path(found.program).parent), os.environ.get("PATH", "")])
    command = [*found.npm, "ci", "--ignore-scripts", "--silent", "--no-audit", "--no-fund"]
    subprocess.run(command, cwd=HERE, env={**os.environ, "PATH": path}, check=True, timeout=600)
    INSTALLED.write_bytes(lock)


if __name__ == "__main__":
    install()
