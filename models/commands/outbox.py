"""The outbox of notices: claimed by one sender at a time, sent, put off, or parked."""

from __future__ import annotations

from dataclasses import dataclass

from ..database import Database, Transaction
from ..fields import now_ms
from ..notice import Way
from ..tombstone import is_shell
from .erasure import NOBODY

__all__ = ["Letter", "claim", "park", "put_off", "recover", "told"]

LEASES_MS = {Way.WEBHOOK: 120_000, Way.EMAIL: 1_800_000}
"""So long one attempt may take before its sender is taken for dead: longer than the sender itself lets it take."""
REASON_MOST = 500


@dataclass(frozen=True, slots=True)
class Letter:
    """A notice that is to be sent now. `address` is personal: it goes to the mail server and nowhere else."""

    notice_id: int
    invention_id: int
    title: str
    message: str
    customer: str
    address: str | None
    way: Way
    attempts: int
    """This one among them."""
    created_at: int


async def claim(db: Database, *, webhook: bool, email: bool) -> Letter | None:
    """The next notice that is due, marked as being sent; None where none is. Raises Busy.

    By e-mail where that is possible and an address is known, else by webhook. Later attempts go the way of the first one,
    which may have arrived without anybody hearing of it: who got a webhook and a mail would be told twice. One whose
    customer was erased while it was being sent is parked.
    """

    async def work(transaction: Transaction) -> Letter | None:
        now = now_ms()
        skip = " FOR UPDATE OF n SKIP LOCKED" if transaction.dialect == "postgres" else ""
        due = (
            "SELECT n.id, n.invention_id, i.title, n.message, u.external_id, k.address, n.attempts, n.created_at, n.way,"
            f" {is_shell('u')} FROM notice n"
            " JOIN invention i ON i.id = n.invention_id JOIN customer u ON u.id = n.customer_id"
            " LEFT JOIN contact k ON k.customer_id = n.customer_id"
            f" WHERE n.status = 'QUEUED' AND n.next_at <= ?1 ORDER BY n.next_at, n.id LIMIT 1{skip}"
        )
        while rows := await transaction.rows(due, (now,)):
            id, invention, title, message, customer, address, attempts, created_at, before, erased = rows[0]
            if not erased:
                break
            await transaction.execute(
                "UPDATE notice SET status = 'PARKED', next_at = NULL, reason = ?2 WHERE id = ?1", (id, NOBODY)
            )
        else:
            return None
        way = Way.EMAIL if (email and address is not None) or not webhook else Way.WEBHOOK
        if before is not None:
            way = Way(before)
        await transaction.execute(
            "UPDATE notice SET status = 'SENDING', way = ?2, attempts = attempts + 1, next_at = ?3 WHERE id = ?1",
            (id, way.value, now + LEASES_MS[way]),
        )
        known = address if way is Way.EMAIL else None
        return Letter(id, invention, title, message, customer, known, way, attempts + 1, created_at)

    return await db.retrying(work)


async def told(db: Database, notice_id: int) -> None:
    """It was sent. Raises Busy."""
    await end(db, notice_id, "status = 'TOLD', told_at = ?2, next_at = NULL, reason = NULL", now_ms())


async def put_off(db: Database, notice_id: int, wait_ms: int, reason: str) -> None:
    """It was not: try again later. Raises Busy."""
    await end(db, notice_id, "status = 'QUEUED', next_at = ?2, reason = ?3", now_ms() + wait_ms, reason[:REASON_MOST])


async def park(db: Database, notice_id: int, reason: str) -> None:
    """It cannot be sent: leave it to people. Raises Busy."""
    await end(db, notice_id, "status = 'PARKED', next_at = NULL, reason = ?2", reason[:REASON_MOST])


async def end(db: Database, notice_id: int, sets: str, *values: object) -> None:
    sql = f"UPDATE notice SET {sets} WHERE id = ?1 AND status = 'SENDING'"
    await db.retrying(lambda transaction: transaction.execute(sql, (notice_id, *values)))


async def recover(db: Database, attempts: int) -> int:
    """Notices whose sender died: a webhook is sent again, which its id makes harmless; of a mail nobody knows. Raises Busy.

    One by which senders died in so many attempts may be why: it is left to people. How many were parked.
    """
    cut = (
        "It was cut off while the mail was being sent: ask the customer's mail server, then try again or tell by hand."
    )
    died = "Whoever sent it died each time: ask there whether it came, then try again or tell by hand."

    async def work(transaction: Transaction) -> int:
        now = now_ms()
        late = "WHERE status = 'SENDING' AND next_at < ?1 AND way"
        park = "UPDATE notice SET status = 'PARKED', next_at = NULL, reason = ?2"
        parked = await transaction.execute(f"{park} {late} = 'EMAIL'", (now, cut))
        parked += await transaction.execute(f"{park} {late} = 'WEBHOOK' AND attempts >= ?3", (now, died, attempts))
        await transaction.execute(f"UPDATE notice SET status = 'QUEUED' {late} = 'WEBHOOK'", (now,))
        return parked

    return await db.retrying(work)
