"""PostGraphile 5, to compare with: an installation outside this project, served over the same PostgreSQL."""

from __future__ import annotations

import contextlib
import json
import shutil
from collections.abc import Iterator
from pathlib import Path

from .serving import Server, free_port, serving

__all__ = ["postgraphile", "version"]

PRODUCTION = {"NODE_ENV": "production", "GRAPHILE_ENV": "production"}


def version(folder: Path) -> str:
    """Of the PostGraphile in a folder of npm's. Raises SystemExit where there is none."""
    package = folder / "node_modules/postgraphile/package.json"
    if not package.is_file():
        raise SystemExit(f"{folder} holds no PostGraphile: see the top of benchmarks/graph.py")
    return json.loads(package.read_text())["version"]


def node(folder: Path) -> str:
    """Node: the folder's own, else the system's."""
    for own in sorted(folder.glob("node_modules/node-*/bin/node")):
        return str(own)
    found = shutil.which("node")
    if found is None:
        raise SystemExit("PostGraphile needs Node 22 or later")
    return found


@contextlib.contextmanager
def postgraphile(folder: Path, url: str) -> Iterator[Server]:
    """Serve the tables of a PostgreSQL database."""
    port = free_port()
    script = Path(__file__).with_name("postgraphile.mjs")
    command = [node(folder), str(script), str(folder.resolve()), url, str(port)]
    with serving(command, PRODUCTION, port, "/") as server:
        yield server
