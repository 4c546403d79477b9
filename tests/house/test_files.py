"""The shape of the repository."""

from __future__ import annotations

import ast
import importlib
import tomllib
from pathlib import Path

import pytest

from .test_rooms import ROOMS, ROOT, sources

MOST_LINES = 750


def written() -> list[Path]:
    folders = [*ROOMS, "tests", "benchmarks"]
    return [path for folder in folders for path in sources(folder)]


def module_name(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(["nobodyasked", *(parts[:-1] if parts[-1] == "__init__" else parts)])


def declared(path: Path) -> list[str] | None:
    """What a file says it offers."""
    for node in ast.parse(path.read_text()).body:
        if isinstance(node, ast.Assign) and any(isinstance(t, ast.Name) and t.id == "__all__" for t in node.targets):
            return ast.literal_eval(node.value)
    return None


def test_no_file_is_too_long() -> None:
    lengths = {str(path.relative_to(ROOT)): len(path.read_text().splitlines()) for path in written()}
    assert {path: lines for path, lines in lengths.items() if lines > MOST_LINES} == {}


def folder_of(package: str, folders: dict[str, str]) -> str:
    """Where setuptools looks for a package: below its nearest parent that has a folder."""
    if package in folders:
        return folders[package]
    parent, _, last = package.rpartition(".")
    return f"{folder_of(parent, folders)}/{last}" if parent else last


def test_every_package_is_installed() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]
    there = {
        module_name(path / "_.py").removesuffix("._") for room in ROOMS for path in {p.parent for p in sources(room)}
    }
    listed = set(settings["packages"])
    assert there - listed == set(), "list these in pyproject.toml, or the wheel lacks them"
    for name in listed:
        folder = name.removeprefix("nobodyasked.").replace(".", "/")
        assert folder_of(name, settings["package-dir"]) == folder
        assert (ROOT / folder).is_dir()


DECLARING = [path for room in ROOMS for path in sources(room) if declared(path) is not None]


@pytest.mark.parametrize("path", DECLARING, ids=[str(path.relative_to(ROOT)) for path in DECLARING])
def test_what_is_declared_is_there(path: Path) -> None:
    names = declared(path)
    assert names is not None
    assert len(names) == len(set(names))
    module = importlib.import_module(module_name(path))
    assert [name for name in names if not hasattr(module, name)] == []


@pytest.mark.parametrize("room", ["models"])
def test_what_others_use_is_declared(room: str) -> None:
    """Where a file declares what it offers, other files of the project take nothing else from it."""
    offers = {module_name(path): set(declared(path) or []) for path in sources(room) if declared(path) is not None}
    wrong = []
    for path in (path for folder in ROOMS for path in sources(folder)):
        package = ("nobodyasked", *path.relative_to(ROOT).parent.parts)
        for node in ast.walk(ast.parse(path.read_text())):
            if not isinstance(node, ast.ImportFrom) or not node.level or not node.module:
                continue
            target = ".".join([*package[: len(package) - node.level + 1], node.module])
            if target in offers:
                taken = {alias.name for alias in node.names} - offers[target]
                wrong += [f"{path.relative_to(ROOT)} takes {name} from {target}" for name in sorted(taken)]
    assert wrong == []
