"""Installs the locked npm packages of these tests with whichever Node builds the pages; `make conformance` calls it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1] / "server" / "pages" / "source"))

import bundle  # noqa: E402

node = bundle.find_node()
if node is None:
    sys.exit("No Node here: build the pages first (make pages).")
path = os.pathsep.join([str(Path(node.program).parent), os.environ.get("PATH", "")])
sys.exit(subprocess.run([*node.npm, "ci", "--ignore-scripts", "--silent"], cwd=HERE, env={**os.environ, "PATH": path}, check=False).returncode)
