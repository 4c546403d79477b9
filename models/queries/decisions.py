"""What people decided of single links and of needs, beside what was left undecided around it."""

from __future__ import annotations

from typing import NamedTuple

from ..database import Database

__all__ = ["LOT", "LinkRow", "NeedRow", "beside", "drawn", "latest_corrections", "needs"]

MULTIPLIER, MODULUS = 1_327_217_885, 2_147_483_647
LOT = f"(({{evidence}}.id % {MODULUS}) * {MULTIPLIER}) % {MODULUS}"
"""Where lot puts a piece of evidence: the same whenever it is asked, and of nothing that the link says. Multiples of the
golden section of a prime: any stretch of it is spread over all needs evenly (Knuth, The Art of Computer Programming 6.4)."""

STATED = "COALESCE(e.uncorrected, e.confidence)"
LINKS = (
    f"SELECT e.id, e.need_id, {STATED}, e.placed, e.created_at, e.decided_at, e.status FROM evidence e"
    " JOIN need n ON n.id = e.need_id WHERE e.basis = 'MODEL' AND e.stance = 'SUPPORTS' AND n.status <> 'MERGED'"
    " AND (e.live = TRUE OR e.decided_at IS NOT NULL)"
)


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


async def beside(db: Database, most: int = 50_000) -> list[LinkRow]:
    """The links of the needs of which any was decided, need by need, surest first; at most so many."""
    sql = (
        f"{LINKS} AND e.need_id IN (SELECT d.need_id FROM evidence d WHERE d.decided_at IS NOT NULL AND d.basis = 'MODEL')"
        f" ORDER BY e.need_id, {STATED} DESC, e.id LIMIT ?1"
    )
    return [_link(row) for row in await db.rows(db.sql(sql), (most,))]


async def drawn(db: Database, most: int) -> list[LinkRow]:
    """The first so many links of all, by lot."""
    sql = f"{LINKS} ORDER BY {LOT.format(evidence='e')}, e.id LIMIT ?1"
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
