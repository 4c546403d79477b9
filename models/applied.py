"""Whether all migrations were applied, told without Tortoise, whose entering takes longer than the whole question."""

from __future__ import annotations

from pathlib import Path

from .errors import OtherVersion

__all__ = ["APPLIED", "REPLACED", "known", "missing"]

APPLIED = "SELECT name FROM tortoise_migrations WHERE app = 'models'"
"""Names of those that were applied; an error where none ever was."""


def known() -> set[str]:
    """Names of the migrations that there are."""
    return {path.stem for path in Path(__file__).with_name("migrations").glob("[0-9]*.py")}


REPLACED = frozenset(
    {
        "0002_labels",
        "0003_aspects",
        "0004_documents",
        "0005_mentions",
        "0006_exposure",
        "0007_surveys",
        "0008_escalations",
        "0009_voices",
        "0010_impact",
        "0011_listening",
        "0012_notices",
        "0013_propensity",
        "0014_alerts",
        "0015_standing",
        "0016_words",
    }
)
"""Steps that led to what `0001_initial` makes now: a database that took them all has the same tables."""


def missing(applied: set[str]) -> set[str]:
    """Names of the migrations that a database with these has yet to take. Raises OtherVersion where it is ahead of them."""
    strange = applied - known()
    if strange and strange != REPLACED:
        raise OtherVersion(sorted(strange))
    return known() - applied
