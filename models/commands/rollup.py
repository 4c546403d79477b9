"""The counts that a need carries, and the roll-ups, brought back in line with the evidence."""

from __future__ import annotations

from collections.abc import Iterable

from ..database import Database, Transaction
from ..fields import now_ms
from ..queries.rollups import COLUMNS, RECOUNTS
from ..standing import counted
from ..versions import DERIVED

__all__ = ["address", "hand_on", "rebuild", "recount", "write_anew"]

ACTIVE_VOICES = 2
"""Distinct voices whose words support a need from which it is no longer emerging."""

CLAIMED = (
    "EXISTS (SELECT 1 FROM claim c JOIN invention i ON i.id = c.invention_id WHERE c.need_id = need.id AND i.status {})"
)
APPROVED = CLAIMED.format("IN ('APPROVED', 'BUILDING', 'SHIPPED')")
MEASURED = CLAIMED.format("= 'MEASURED'")
LED_TO = f"""
CASE WHEN {APPROVED} THEN 'ADDRESSED'
    WHEN {MEASURED} THEN COALESCE((SELECT m.verdict FROM impact m JOIN claim c ON c.need_id = m.need_id
        AND c.invention_id = m.invention_id WHERE m.need_id = need.id AND m.verdict IN ('RELIEVED', 'REGRESSED')
        ORDER BY m.measured_at DESC, m.id DESC LIMIT 1), 'ADDRESSED')
    ELSE 'ACTIVE' END
"""
"""What a need of enough voices is: ADDRESSED by an approved invention that claims it; where the effect of one is known, the
state of the latest verdict, or ADDRESSED without one."""


async def recount(transaction: Transaction, need_ids: Iterable[int]) -> None:
    """Count the live evidence of these needs again, and move them between EMERGING and ACTIVE, or on to where an approved
    invention that claims them has led.

    Later states stay: they were reached by decisions, which counting must not take back. Versions stay too, since
    nothing changes here that a person edits.
    """
    ids = sorted(set(need_ids))
    if not ids:
        return
    sql = f"""
    UPDATE need SET
        evidence_count = COALESCE(t.evidence, 0), customer_count = COALESCE(t.customers, 0),
        voice_count = COALESCE(t.voices, 0), asking_count = COALESCE(t.asking, 0), first_at = t.first_at, last_at = t.last_at,
        pull = COALESCE(t.pull, 0), glad_count = COALESCE(t.glad, 0), updated_at = ?3,
        status = CASE WHEN need.status NOT IN ('EMERGING', 'ACTIVE') THEN need.status
            WHEN t.customers >= {ACTIVE_VOICES} THEN {LED_TO} ELSE 'EMERGING' END
    FROM (
        SELECT n.id, v.* FROM need n
        LEFT JOIN ({counted(transaction.dialect, transaction.among("e.need_id", "?1"), "?2")}) v ON v.need_id = n.id
        WHERE {transaction.among("n.id", "?1")}
    ) AS t WHERE need.id = t.id
    """
    await transaction.execute(sql, (transaction.listed(ids), True, now_ms()))


async def address(transaction: Transaction, need_ids: Iterable[int]) -> list[int]:
    """Make those of these needs ADDRESSED that an approved invention claims and whose relief nobody measured; their ids.

    One that is EMERGING waits until it is ACTIVE: see `recount`.
    """
    rows = await transaction.rows(
        f"UPDATE need SET status = 'ADDRESSED', updated_at = ?2 WHERE {transaction.among('id', '?1')}"
        f" AND status IN ('ACTIVE', 'REGRESSED') AND {APPROVED} RETURNING id",
        (transaction.listed(sorted(set(need_ids))), now_ms()),
    )
    return sorted(id for (id,) in rows)


async def hand_on(transaction: Transaction, need_id: int) -> None:
    """Give a need that is EMERGING the state that another one, which it took in, was led to: counting takes back none."""
    await transaction.execute(
        f"UPDATE need SET status = {LED_TO}, updated_at = ?2 WHERE id = ?1 AND status = 'EMERGING' AND ({APPROVED} OR {MEASURED})",
        (need_id, now_ms()),
    )


async def rebuild(db: Database) -> None:
    """Write every roll-up anew, for a database that was changed behind its triggers. Nobody else writes meanwhile.

    Raises Busy.
    """
    await db.retrying(write_anew)


async def write_anew(transaction: Transaction) -> None:
    """What `rebuild` does, in a transaction of the caller's."""
    slots = transaction.dialect == "postgres"
    if slots:
        # of a million complaints it takes minutes, longer than any other statement may
        await transaction.execute("SET LOCAL statement_timeout = 0")
        await transaction.execute("LOCK TABLE customer, complaint, need, evidence IN SHARE ROW EXCLUSIVE MODE")
    # in this order: what the triggers of one make of another is overwritten when that one's turn comes
    for table, columns in COLUMNS.items():
        summed = slots and table.startswith(("complaint_", "evidence_"))
        into, slot, zero = (f"{table}_slot", ", slot", ", 0") if summed else (table, "", "")
        names = ", ".join(columns)
        await transaction.execute(f"DELETE FROM {into}")
        await transaction.execute(
            f"INSERT INTO {into} ({names}{slot}) SELECT {names}{zero} FROM ({RECOUNTS[table]}) AS counted"
        )
    # answers that were kept of the old counts are true no more, though no row that is counted has changed
    for table in sorted({source for name in COLUMNS for source in DERIVED[name]}):
        await transaction.execute(
            f"DELETE FROM {table} WHERE false"  # which PostgreSQL's triggers for statements take for a change
            if slots
            else f"UPDATE table_version SET n = n + 1 WHERE name = '{table}'"
        )
