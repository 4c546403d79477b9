"""What people decided of single links and of needs, beside what was left undecided around it."""

from __future__ import annotations

from typing import NamedTuple

from ..database import Database

__all__ = ["LOT", "LinkRow", "NeedRow", "beside", "decided", "drawn", "latest_corrections", "needs"]

MULTIPLIER, MODULUS = 1_327_217_885, 2_147_483_647
LOT = f"(({{evidence}}.id % {MODULUS}) * {MULTIPLIER}) % {MODULUS}"
"""Where lot puts a piece of evidence: the same whenever it is asked, and of nothing that the link says. Multiples of the
golden section of a prime: any stretch of it is spread over all needs evenly (Knuth, The Art of Computer Programming 6.4)."""

STATED = "COALESCE(e.uncorrected, e.confidence)"
COLUMNS = f"e.id, e.need_id, {STATED} AS stated, e.placed, e.created_at, e.decided_at, e.status"
FOUND = (
    "FROM evidence e JOIN need n ON n.id = e.need_id"
    " WHERE e.basis = 'MODEL' AND e.stance = 'SUPPORTS' AND n.status <> 'MERGED'"
)
LINKS = f"{FOUND} AND (e.live = TRUE OR e.decided_at IS NOT NULL)"
MOST_OF_NEED = 500
"""Links of a need that are looked at, of those that were found and of those that were placed: decisions of more of one need hardly
tell more (`inference/correction.py`)."""
FOR_EACH_DECIDED = 10
"""Links that are looked at for each decision: a list of which fewer were decided was not read through."""


class LinkRow(NamedTuple):
    """A link that a model made: its id and need, what was stated of it before any correction, whether the need took it in, when it
    was made and when a person decided (ms), None where none did, and whether they accepted it."""

    id: int
    need_id: int
    stated: float
    placed: bool
    made_at: int
    decided_at: int | None
    accepted: bool


class NeedRow(NamedTuple):
    """A need that inference found: what was stated of it, since when it is there (ms), and what a curator said of it: that it
    is one, that it is none, or neither (None)."""

    id: int
    stated: float
    made_at: int
    right: bool | None


async def beside(db: Database, least: int) -> list[LinkRow]:
    """The links of the needs of which at least so many were decided, need by need, those that were found before those that were
    placed, surest first; at most MOST_OF_NEED of either of a need.

    Without those that came after the last decision of their need, which nobody passed over.
    """
    list_of = "OVER (PARTITION BY e.need_id, e.placed"
    sql = (
        f"WITH told AS (SELECT e.need_id, MAX(e.decided_at) AS last {FOUND} AND e.decided_at IS NOT NULL"
        " GROUP BY e.need_id HAVING COUNT(*) >= ?1)"
        " SELECT id, need_id, stated, placed, created_at, decided_at, status FROM"
        f" (SELECT {COLUMNS}, ROW_NUMBER() {list_of} ORDER BY {STATED} DESC, e.id) AS at, COUNT(e.decided_at) {list_of}) AS decided"
        f" {LINKS} AND EXISTS (SELECT 1 FROM told WHERE told.need_id = e.need_id AND e.created_at <= told.last)) one"
        f" WHERE at <= ?2 AND at <= {FOR_EACH_DECIDED} * decided ORDER BY need_id, placed, at"
    )
    return [_link(row) for row in await db.rows(db.sql(sql), (least, MOST_OF_NEED))]


async def decided(db: Database) -> int:
    """How many links of models people decided."""
    return await db.value(f"SELECT COUNT(*) {FOUND} AND e.decided_at IS NOT NULL")


async def drawn(db: Database, most: int) -> list[LinkRow]:
    """The first so many links of all, by lot."""
    sql = f"SELECT {COLUMNS} {LINKS} ORDER BY {LOT.format(evidence='e')}, e.id LIMIT ?1"
    return [_link(row) for row in await db.rows(db.sql(sql), (most,))]


async def needs(db: Database, most: int = 50_000) -> list[NeedRow]:
    """The needs that inference found and still asks of evidence what it called them, those of most customers first."""
    sql = (
        "SELECT id, COALESCE(uncorrected, confidence), created_at, confirmed, status FROM need"
        " WHERE called IS NOT NULL AND status <> 'MERGED' AND (evidence_count > 0 OR status = 'DISMISSED')"
        " ORDER BY customer_count DESC, id LIMIT ?1"
    )
    return [
        NeedRow(id, stated, made_at, False if status == "DISMISSED" else True if confirmed else None)
        for id, stated, made_at, confirmed, status in await db.rows(db.sql(sql), (most,))
    ]


def _link(row: tuple) -> LinkRow:
    id, need, stated, placed, made_at, decided_at, status = row
    return LinkRow(id, need, stated, bool(placed), made_at, decided_at, status == "ACCEPTED")


async def latest_corrections(db: Database) -> str | None:
    """How the latest run that succeeded corrected confidences, as the JSON text that it wrote; None where none did."""
    return await db.value(
        "SELECT CAST(corrections AS TEXT) FROM inference_run WHERE status = 'SUCCEEDED' ORDER BY id DESC LIMIT 1"
    )
