"""Where messages of a source came to: what somebody who curates a known set of them has to know."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from ..database import Database
from .quote import QUOTE

__all__ = ["Holding", "complaint_named", "holdings", "is_empty", "noticed", "quoted"]


@dataclass(frozen=True, slots=True)
class Holding:
    """A live need, and what of it came out of some messages."""

    need_id: int
    version: int
    complaints: int
    """That support it."""
    among: int
    """Those of the messages that do."""
    evidence: Sequence[tuple[int, int]]
    """(id, version) of what of these supports it."""


async def holdings(db: Database, source: str, external_ids: Sequence[str]) -> list[Holding]:
    """The needs that any of these messages support, those that hold the most of them first. Raises Busy."""
    wanted = set(external_ids)
    rows = await db.rows(
        db.sql(
            "SELECT e.need_id, n.version, e.id, e.version, c.id, CASE WHEN c.source = ?1 THEN c.external_id END FROM evidence e"
            " JOIN need n ON n.id = e.need_id JOIN complaint c ON c.id = e.complaint_id"
            " WHERE e.live = TRUE AND e.stance = 'SUPPORTS' ORDER BY e.id"
        ),
        (source,),
    )
    found: dict[int, tuple[int, set[int], set[int], list[tuple[int, int]]]] = {}
    for need, version, evidence, stamp, complaint, name in rows:
        _, complaints, among, pieces = found.setdefault(need, (version, set(), set(), []))
        complaints.add(complaint)
        if name in wanted:
            among.add(complaint)
            pieces.append((evidence, stamp))
    held = [
        Holding(need, version, len(complaints), len(among), pieces)
        for need, (version, complaints, among, pieces) in found.items()
        if among
    ]
    return sorted(held, key=lambda one: (-one.among, one.need_id))


async def quoted(db: Database, need_ids: Sequence[int], words: str) -> tuple[int, int, bool] | None:
    """(id, version, whether it is accepted) of the surest live supporting evidence of these needs that says these words."""
    if not need_ids:
        return None
    rows = await db.rows(
        db.sql(
            f"SELECT e.id, e.version, e.status, {QUOTE} FROM evidence e JOIN span s ON s.id = e.span_id"
            " JOIN complaint c ON c.id = e.complaint_id WHERE e.live = TRUE AND e.stance = 'SUPPORTS'"
            f" AND e.need_id IN ({', '.join(map(str, need_ids))}) ORDER BY e.confidence DESC, e.id"
        )
    )
    for id, version, status, quote in rows:
        if words in quote:
            return id, version, status == "ACCEPTED"
    return None


async def is_empty(db: Database, table: Literal["exposure", "propensity"]) -> bool:
    """Whether nobody ever told anything of these."""
    return await db.value(f"SELECT 1 FROM {table} LIMIT 1") is None


async def complaint_named(db: Database, source: str, external_id: str) -> tuple[int, str] | None:
    """A message's complaint and its customer's key; None where there is no such message."""
    sql = (
        "SELECT c.id, u.external_id FROM complaint c JOIN customer u ON u.id = c.customer_id WHERE c.source = ?1"
        " AND c.external_id = ?2"
    )
    rows = await db.rows(db.sql(sql), (source, external_id))
    return (rows[0][0], rows[0][1]) if rows else None


async def noticed(db: Database, invention_id: int) -> dict[str, int]:
    """Ids of the notices of a shipment, by the customer's key."""
    sql = (
        "SELECT u.external_id, n.id FROM notice n JOIN customer u ON u.id = n.customer_id WHERE n.invention_id = ?1"
        " ORDER BY n.id"
    )
    return dict(map(tuple, await db.rows(db.sql(sql), (invention_id,))))
