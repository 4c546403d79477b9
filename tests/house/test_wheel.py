"""The wheel: it lists every folder of code, and one built from a clean clone is whole."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("server", "graphql", "models", "inference")
NOT_SHIPPED = {"server/pages/source"}


def test_every_folder_of_code_is_a_listed_package() -> None:
    with (ROOT / "pyproject.toml").open("rb") as file:
        listed = set(tomllib.load(file)["tool"]["setuptools"]["packages"])
    folders = {
        path.parent.relative_to(ROOT).as_posix()
        for room in ROOMS
        for path in (ROOT / room).rglob("*.py")
        if "node_modules" not in path.parts
    }

    assert listed == {"nobodyasked." + folder.replace("/", ".") for folder in folders - NOT_SHIPPED}


def test_the_lock_file_names_no_registry() -> None:
    lock = (ROOT / "server/pages/source/package-lock.json").read_text()

    assert '"integrity"' in lock
    assert '"resolved"' not in lock


@pytest.mark.long
@pytest.mark.skipif(not (ROOT / ".git").exists(), reason="not a clone")
def test_a_wheel_from_a_clean_clone_is_whole(tmp_path: Path) -> None:
    clone, wheels, environment = tmp_path / "clone", tmp_path / "wheels", tmp_path / "environment"
    git = shutil.which("git")
    assert git is not None
    subprocess.run([git, "clone", "--quiet", str(ROOT), str(clone)], check=True)
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet"]
    subprocess.run([*pip, "wheel", "--no-deps", "--wheel-dir", str(wheels), str(clone)], check=True)
    (wheel,) = wheels.glob("nobodyasked-*.whl")

    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    pages = "nobodyasked/server/pages/"
    assert pages + "graphiql/index.html" in names
    assert any(name.startswith(pages + "graphiql/assets/monaco-editor") for name in names)
    assert any(name.startswith(pages + "examples/") for name in names)
    assert "nobodyasked/server/sample/messages.csv" in names
    assert not any("node_modules" in name or name.startswith(pages + "source") for name in names)
    assert "nobodyasked/graphql/__init__.py" not in names

    subprocess.run([sys.executable, "-m", "venv", str(environment)], check=True)
    python = str(environment / "bin" / "python")
    subprocess.run([python, "-m", "pip", "--disable-pip-version-check", "--quiet", "install", str(wheel)], check=True)
    asked = "from nobodyasked.server import pages; print(pages.available())"
    answer = subprocess.run([python, "-c", asked], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "True"
