"""Who may know whom: server -> graphql -> models, server -> inference, and nothing else."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ROOMS = ("server", "graphql", "models", "inference")
MAY_KNOW = {
    "server": {"server", "graphql", "models", "inference"},
    "graphql": {"graphql", "models"},
    "models": {"models"},
    "inference": {"inference"},
}


# the pages' own build, which is no part of any package, and what it installs
OUTSIDE = {"node_modules", "__pycache__", "source"}


@cache
def sources(room: str) -> tuple[Path, ...]:
    found = []
    for folder, inner, names in os.walk(ROOT / room):
        # in place, so that the walk does not enter them
        inner[:] = [name for name in inner if name not in OUTSIDE]
        found += [Path(folder, name) for name in names if name.endswith(".py")]
    return tuple(sorted(found))


def imported(path: Path, text: str) -> Iterator[str]:
    """Rooms that a file imports from, each import in its full form."""
    package = ("nobodyasked", *path.relative_to(ROOT).parent.parts)
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.level:
            base = package[: len(package) - node.level + 1]
            stem = ".".join([*base, *([node.module] if node.module else [])])
            # `from .. import models` names the room only in its list
            names = [f"{stem}.{alias.name}" for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        else:
            continue
        for name in names:
            parts = name.split(".")
            if parts[0] == "nobodyasked" and len(parts) > 1:
                yield parts[1]


@pytest.mark.parametrize("room", ROOMS)
def test_arrows_run_one_way(room: str) -> None:
    wrong = {
        f"{path.relative_to(ROOT)} imports {other}"
        for path in sources(room)
        for other in imported(path, path.read_text())
        if other not in MAY_KNOW[room]
    }
    assert wrong == set()


@pytest.mark.parametrize(
    ("line", "rooms"),
    [
        ("import nobodyasked.server.app", ["server"]),
        ("from nobodyasked.server import app", ["server"]),
        ("from nobodyasked import server", ["server"]),
        ("from ..server import app", ["server"]),
        ("from .. import server, models", ["server", "models"]),
        ("from ..server.app import create", ["server"]),
        ("from . import need", ["models"]),
        ("def late():\n    from ..server import app", ["server"]),
        ("import graphql\nfrom graphql import parse\nimport server", []),
    ],
)
def test_every_form_of_import_is_seen(line: str, rooms: list[str]) -> None:
    assert list(imported(ROOT / "models" / "x.py", line)) == rooms


def test_rooms_are_imported_by_their_full_names() -> None:
    """`import models` works from the checkout alone, and makes every class exist twice."""
    wrong = []
    for room in ROOMS:
        for path in sources(room):
            for node in ast.walk(ast.parse(path.read_text())):
                names = []
                if isinstance(node, ast.Import):
                    names = [alias.name for alias in node.names]
                elif isinstance(node, ast.ImportFrom) and not node.level:
                    names = [node.module or ""]
                wrong += [
                    f"{path.relative_to(ROOT)}: {name}"
                    for name in names
                    if name.split(".")[0] in {"server", "models", "inference"}
                ]
    assert wrong == []


def test_the_graphql_room_does_not_hide_graphql_core() -> None:
    assert not (ROOT / "graphql" / "__init__.py").exists()
    # in a process of its own, with the repository's root first on its path, as `python -m` puts it there
    found = subprocess.run(
        [sys.executable, "-c", "import sys; sys.path.insert(0, ''); import graphql; print(graphql.__file__)"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert "site-packages" in found.stdout


def test_one_file_opens_addresses() -> None:
    """It follows no redirect; whoever calls out otherwise may take a key, or customers' words, to where a stranger wants them."""
    openers = {
        "urlopen",
        "build_opener",
        "HTTPConnection",
        "HTTPSConnection",
        "URLopener",
        "httpx",
        "requests",
        "aiohttp",
        "urllib3",
    }
    found = {
        str(path.relative_to(ROOT))
        for room in ROOMS
        for path in sources(room)
        for node in ast.walk(ast.parse(path.read_text()))
        if (isinstance(node, ast.Attribute) and node.attr in openers)
        or (isinstance(node, ast.alias) and node.name.split(".")[0] in openers)
    }
    assert found == {"server/outward.py"}
