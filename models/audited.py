"""What the audit log holds of each table.

Of a row that changed it tells the id, and before and after the values of columns that are numbers, truths, times or words
of an enumeration. Of all other columns, which may hold what customers or people said, it tells the name alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from tortoise.fields.data import CharEnumFieldInstance

from .versions import VERSIONED

__all__ = ["AUDITED", "BULK", "IGNORED", "ROWS_MOST", "UNAUDITED", "enumerations"]

ROWS_MOST = 20
"""Rows of one table that a change tells one by one; of more it tells number and digest."""

AUDITED = tuple(sorted({*VERSIONED, "api_token", "contact", "identity", "sealed_text"} - {"audit_entry"}))
"""Tables whose changes are told: what the graph reads, and what it may not show."""

UNAUDITED: Mapping[str, str] = {
    "allowance": "points that are counted down and up again with every request",
    "audit_change": "the log itself, before it is sealed",
    "audit_entry": "the log itself",
    "event": "tells what changed, and is forgotten after some days",
    "shared_secret": "made once by the servers themselves, and secret",
    "table_version": "counts the changes of other tables",
    "tombstone": "follows complaints and answers that are erased, which is told",
    "tortoise_migrations": "changes with the program, not with the data",
}
"""Tables that are left out, with the reason. Those that triggers keep (`versions.DERIVED`) follow others that are told."""

BULK = ("complaint", "contact", "customer", "listening_draw", "mention", "sealed_text", "span", "survey_answer")
"""Tables that are written by the thousand: number, digest and, of few rows, their ids."""

IGNORED: Mapping[str, tuple[str, ...]] = {
    "api_token": ("last_used_at",),
    "aspect": ("updated_at", "key_phrases"),
    "identity": ("last_used_at",),
    "inference_run": ("stage", "progress", "heartbeat_at", "timings", "counts"),
    "invention": ("updated_at",),
    "need": (
        "asking_count",
        "called",
        "confidence",
        "customer_count",
        "evidence_count",
        "first_at",
        "glad_count",
        "key_phrases",
        "last_at",
        "pull",
        "uncorrected",
        "updated_at",
        "voice_count",
    ),
}
"""Columns that are worked out, or are a sign of life: alone they are no change."""


@cache
def enumerations() -> Mapping[str, tuple[str, ...]]:
    """By table, its columns that hold a word of an enumeration."""
    from . import tables

    found: dict[str, tuple[str, ...]] = {}
    for name in tables.__all__:
        meta = getattr(tables, name)._meta
        columns = [column for column, field in meta.fields_map.items() if isinstance(field, CharEnumFieldInstance)]
        found[meta.db_table] = tuple(sorted(columns))
    return found
