"""Looks for secrets in all that is tracked: `python tests/house/leaks.py`, a part of `make check`.

detect-secrets finds what looks like one. What is none stands in `leaks.txt`, with the reason, so that everything else is: exits
with 1 where something is found that is not there, or where something there is found no more.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterable, Mapping
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from detect_secrets.core.scan import scan_file
from detect_secrets.settings import default_settings

ROOT = Path(__file__).resolve().parent.parent.parent
KNOWN = Path(__file__).with_name("leaks.txt")
# digests of packages, of which there are a thousand, and this scan's own
PASSED_OVER = ("package-lock.json", "leaks.txt")
PORTION = 40

Leak = tuple[str, str, str]
"""File, kind, and the first 12 digits of the secret's SHA-1."""


def tracked() -> list[str]:
    """The files of the repository."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return [name for name in listed.split("\0") if name and not name.endswith(PASSED_OVER)]


def scanned(names: Iterable[str]) -> dict[Leak, int]:
    """What looks like a secret in these files, with the line that it is on."""
    found: dict[Leak, int] = {}
    with default_settings():
        for name in names:
            for secret in scan_file(str(ROOT / name)):
                found[name, secret.type.replace(" ", "-"), secret.secret_hash[:12]] = secret.line_number
    return found


def known() -> set[Leak]:
    """What is listed; each with its reason."""
    leaks = set()
    for line in KNOWN.read_text().splitlines():
        if line and not line.startswith("#"):
            name, kind, digest, _reason = line.split(maxsplit=3)
            leaks.add((name, kind, digest))
    return leaks


def main() -> int:
    """Look through all; 1 where something is to be done."""
    names = tracked()
    found: dict[Leak, int] = {}
    with ProcessPoolExecutor() as pool:
        for part in pool.map(scanned, [names[start : start + PORTION] for start in range(0, len(names), PORTION)]):
            found |= part
    return told(found, len(names))


def told(found: Mapping[Leak, int], files: int) -> int:
    """Tell what was found; 1 where something is to be done."""
    listed = known()
    # by file, or wherever it is
    new = {leak for leak in found if not listed & {leak, ("*", *leak[1:])}}
    gone = listed - found.keys() - {("*", *leak[1:]) for leak in found}
    for leak in sorted(new):
        name, kind, digest = leak
        print(
            f"{name}:{found[leak]}: {kind} {digest}: take it out, or list it in tests/house/leaks.txt with the reason"
        )
    for leak in sorted(gone):
        print(f"tests/house/leaks.txt: {' '.join(leak)} is found no more: take the line out")
    print(f"Secrets: {len(new)} in {files} files, {len(found) - len(new)} known to be none")
    return int(bool(new or gone))


if __name__ == "__main__":
    sys.exit(main())
