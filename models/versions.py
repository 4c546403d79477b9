"""Versions of tables: what a reader is sure to see.

Every table that the graph reads has a version, a number that grows in each transaction that changes the table (triggers
of the migrations). A `Stamp` holds the versions that are committed at one moment. An answer that was computed after
one stamp was taken is still true when a later stamp has the same versions for the tables it was read from:

- Versions never go back, and what is committed stays visible to every later statement. So equal versions mean that no
  change of these tables became visible between the two moments, and the answer was computed between them.
- An answer may be newer than its stamp, where something was committed in between. Then the later stamp differs, and the
  answer is computed once more than needed.

Versions are read anew only when something was committed at all: SQLite's `data_version` and PostgreSQL's snapshot tell
that for less.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

__all__ = ["DERIVED", "UNREAD", "VERSIONED", "Stamp", "tables_in"]

VERSIONED = (
    "alert",
    "aspect",
    "audit_entry",
    "citation",
    "claim",
    "comment",
    "comment_mention",
    "complaint",
    "customer",
    "escalation",
    "escalation_answer",
    "evidence",
    "exposure",
    "faq_entry",
    "impact",
    "inference_run",
    "invention",
    "listening_draw",
    "listening_note",
    "listening_session",
    "member",
    "mention",
    "need",
    "notice",
    "principle",
    "propensity",
    "reply",
    "required_question",
    "review",
    "revision",
    "revision_change",
    "span",
    "span_label",
    "survey_answer",
    "supporter",
    "team",
    "team_product",
)
"""Tables with a version of their own."""

DERIVED: Mapping[str, tuple[str, ...]] = {
    "complaint_fts": ("complaint",),
    "invention_fts": ("invention",),
    "need_fts": ("need",),
    # what triggers count up (models/migrations/rollups)
    "complaint_channel": ("complaint", "customer"),
    "complaint_segment": ("complaint", "customer"),
    "complaint_week": ("complaint", "customer"),
    "customer_presence": ("complaint", "customer"),
    "evidence_channel": ("evidence", "need"),
    "need_channel": ("evidence", "need"),
    "need_segment": ("customer", "evidence", "need"),
    "need_week": ("evidence", "need"),
    "support": ("evidence", "need"),
}
"""Tables that triggers keep, and no one else: they change only in transactions that change these others as well."""

UNREAD = (
    "allowance",
    "api_token",
    "audit_change",
    "contact",
    "event",
    "identity",
    "sealed_text",
    "shared_secret",
    "table_version",
    "tombstone",
    "tortoise_migrations",
)
"""Tables that no field of the graph reads, so that their many small changes leave every answer true."""

_LITERAL = re.compile(r"'(?:[^']|'')*'")
_WORD = re.compile(r"\w+")


@dataclass(frozen=True, eq=False, slots=True)
class Stamp:
    """The versions of all tables at one moment; a table that never changed may be missing.

    `era` tells one stretch of observation from the next: where the database was out of sight in between, another copy
    of it may have taken its place, so that versions of two eras are never compared.
    """

    era: int
    versions: Mapping[str, int]

    def agrees(self, other: Stamp, tables: Iterable[str]) -> bool:
        """Whether both stamps have the same versions of these tables."""
        if self is other:
            return True
        mine, theirs = self.versions, other.versions
        return self.era == other.era and all(mine.get(table) == theirs.get(table) for table in tables)


def tables_in(sql: str) -> frozenset[str]:
    """The versioned tables that a statement may read: those whose names, or whose derived tables', are words in it.

    A column of the same name counts too: rather a table too many than one too few.
    """
    words = set(_WORD.findall(_LITERAL.sub("''", sql)))
    found = words.intersection(VERSIONED)
    for table, sources in DERIVED.items():
        if table in words:
            found.update(sources)
    return frozenset(found)
