"""Secrets that are made once for an installation and kept in its data folder."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

__all__ = ["kept_secret"]


def kept_secret(path: Path, *, write: bool) -> str | None:
    """What the file holds; where there is no file, 64 random hexadecimal digits, kept there if `write`, else None."""
    try:
        return path.read_text().strip()
    except FileNotFoundError:
        if not write:
            return None
    path.parent.mkdir(parents=True, exist_ok=True)
    # made whole under another name and then linked: of two processes that start at once, one secret wins for both
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    draft.touch(mode=0o600)
    draft.write_text(secrets.token_hex(32) + "\n")
    try:
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()
    return path.read_text().strip()
