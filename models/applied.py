"""Whether all migrations were applied, told without Tortoise, whose entering takes longer than the whole question."""

from __future__ import annotations

from pathlib import Path

__all__ = ["APPLIED", "known"]

APPLIED = "SELECT name FROM tortoise_migrations WHERE app = 'models'"
"""Names of those that were applied; an error where none ever was."""


def known() -> set[str]:
    """Names of the migrations that there are."""
    return {path.stem for path in Path(__file__).with_name("migrations").glob("[0-9]*.py")}
