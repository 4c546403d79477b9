"""Telling customers that what they lacked has come: the list, the words, and what they answer."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ..actor import Actor
from ..database import Database, Transaction
from ..errors import Erased, IllegalTransition, Invalid, NotFound
from ..event import Topic
from ..fields import now_ms
from ..need import LIVE_NEEDS
from ..notice import NoticeStatus
from ..team import Role
from ..text import clean, identifier
from ..tombstone import STANDS_FOR_NOBODY, is_shell
from .erasure import NOBODY
from .events import tell
from .rows import locked

__all__ = ["answer", "contact", "customer_of", "enlist", "retry", "send", "settle"]

MESSAGE_MOST = 5_000
CONTACTS_MOST = 1_000
ADDRESS = re.compile(r"[^@\s<>\"',;:\\()\[\]]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")
ADDRESS_MOST = 254

ENLIST = f"""
INSERT INTO notice (invention_id, customer_id, status, attempts, created_at)
SELECT DISTINCT k.invention_id, e.voice, 'WAITING', 0, CAST(?2 AS BIGINT) FROM claim k
JOIN need n ON n.id = k.need_id AND n.status IN ({", ".join(f"'{status.value}'" for status in LIVE_NEEDS)})
JOIN evidence e ON e.need_id = k.need_id AND e.live = ?3 AND e.stance = 'SUPPORTS' AND e.voice > 0
JOIN customer u ON u.id = e.voice AND NOT {is_shell("u")}
WHERE k.invention_id = ?1 ON CONFLICT (invention_id, customer_id) DO NOTHING
"""


async def enlist(transaction: Transaction, invention_id: int) -> None:
    """Put everybody on the list whose words are live evidence of the needs that it claims, dismissed ones apart."""
    await transaction.execute(ENLIST, (invention_id, now_ms(), True))


async def send(db: Database, actor: Actor, invention_id: int, message: str) -> int:
    """Queue everybody who waits to be told of a shipped invention, in these words (1 to 5,000 characters); how many.

    Needs CURATOR. Raises Forbidden, Invalid, NotFound, IllegalTransition where it has not shipped, Busy.
    """
    actor.require(Role.CURATOR)
    message = clean(message, ("message",), MESSAGE_MOST)

    async def work(transaction: Transaction) -> int:
        (status,) = await locked(transaction, "invention", invention_id, "status", "invention", ("shipmentId",))
        if status not in ("SHIPPED", "MEASURED"):
            raise NotFound("There is no such shipment.", path=("shipmentId",))
        now = now_ms()
        queued = await transaction.rows(
            "UPDATE notice SET status = 'QUEUED', next_at = ?2, attempts = 0, reason = NULL, message = ?3"
            " WHERE invention_id = ?1 AND status = 'WAITING' RETURNING id",
            (invention_id, now, message),
        )
        if not queued:
            # nobody is told in these words
            return 0
        await transaction.execute("UPDATE invention SET notice_message = ?2 WHERE id = ?1", (invention_id, message))
        await tell(transaction, Topic.INVENTION_CHANGED, [invention_id], {"change": "TELLING"})
        return len(queued)

    return await db.retrying(work)


async def settle(db: Database, actor: Actor, notice_id: int) -> None:
    """Say that a customer was told by hand. Needs CURATOR. Raises Forbidden, NotFound, IllegalTransition, Busy."""
    actor.require(Role.CURATOR)
    settled = {"status": "TOLD", "way": "BY_HAND", "told_at": now_ms(), "next_at": None, "reason": None}
    await move(
        db, notice_id, (NoticeStatus.WAITING, NoticeStatus.QUEUED, NoticeStatus.PARKED), "telling by hand", settled
    )


async def retry(db: Database, actor: Actor, notice_id: int) -> None:
    """Queue a notice that was parked once more. Needs CURATOR.

    Raises Forbidden, NotFound, IllegalTransition, Erased where its customer was, Busy.
    """
    actor.require(Role.CURATOR)
    again = {"status": "QUEUED", "attempts": 0, "next_at": now_ms(), "reason": None, "way": None}
    await move(db, notice_id, (NoticeStatus.PARKED,), "another attempt", again)


async def move(
    db: Database, notice_id: int, allowed: Sequence[NoticeStatus], action: str, changes: dict[str, object]
) -> None:
    async def work(transaction: Transaction) -> None:
        (status, invention, customer) = await locked(
            transaction, "notice", notice_id, "status, invention_id, customer_id", "notice", ("noticeId",)
        )
        if NoticeStatus(status) not in allowed:
            names = [one.value for one in allowed]
            raise IllegalTransition("The notice", status, action, allowed=names, path=("noticeId",))
        if changes["status"] == "QUEUED" and await transaction.rows(
            f"SELECT 1 FROM customer u WHERE u.id = ?1 AND {is_shell('u')}", (customer,)
        ):
            raise Erased(NOBODY, path=("noticeId",))
        sets = ", ".join(f"{column} = ?{index}" for index, column in enumerate(changes, start=2))
        await transaction.execute(f"UPDATE notice SET {sets} WHERE id = ?1", (notice_id, *changes.values()))
        await tell(transaction, Topic.INVENTION_CHANGED, [invention], {"change": "TOLD"})

    await db.retrying(work)


async def customer_of(db: Database, notice_id: int) -> str:
    """The key of the customer whom a notice is for, who must have been told. Raises NotFound, IllegalTransition, Busy."""
    # nobody's words may be put to somebody who was erased
    sql = (
        "SELECT u.external_id, n.status FROM notice n JOIN customer u ON u.id = n.customer_id"
        f" WHERE n.id = ?1 AND NOT {is_shell('u')}"
    )
    rows = await db.rows(db.sql(sql), (notice_id,))
    if not rows:
        raise NotFound("There is no such notice.", path=("inReplyTo",))
    key, status = rows[0]
    if status in ("WAITING", "QUEUED"):
        raise IllegalTransition("The notice", status, "an answer", allowed=["TOLD"], path=("inReplyTo",))
    return key


async def answer(db: Database, actor: Actor, complaint_id: int, notice_id: int) -> None:
    """Note that a complaint, of the customer whom a notice was for, answers it. Raises Forbidden, Invalid, Busy."""
    actor.require(Role.CONTRIBUTOR)

    async def work(transaction: Transaction) -> None:
        rows = await transaction.rows(
            "SELECT n.invention_id FROM notice n JOIN complaint c ON c.customer_id = n.customer_id"
            " WHERE n.id = ?1 AND c.id = ?2",
            (notice_id, complaint_id),
        )
        if not rows:
            raise Invalid("The notice was for another customer.", path=("inReplyTo",))
        await transaction.execute(
            "INSERT INTO reply (complaint_id, notice_id, created_at) VALUES (?1, ?2, ?3)"
            " ON CONFLICT (complaint_id) DO NOTHING",
            (complaint_id, notice_id, now_ms()),
        )
        await tell(transaction, Topic.INVENTION_CHANGED, [rows[0][0]], {"change": "ANSWERED"})

    await db.retrying(work)


async def contact(db: Database, actor: Actor, contacts: Sequence[tuple[str, str | None]]) -> int:
    """Keep addresses by customer key, or forget them (None); how many customers were known. Needs ADMIN.

    Raises Forbidden, Invalid, Erased for an address of somebody who was, Busy.
    """
    actor.require(Role.ADMIN)
    if not 1 <= len(contacts) <= CONTACTS_MOST:
        raise Invalid(f"Give 1 to {CONTACTS_MOST:,} contacts at a time.", path=("contacts",))
    wanted: dict[str, str | None] = {}
    for index, (key, address) in enumerate(contacts):
        name = identifier(key, ("contacts", str(index), "customer"))
        if address is not None and STANDS_FOR_NOBODY.fullmatch(name):
            raise Erased(
                "This stands for a customer who was erased: nobody is told anything any more by it.",
                path=("contacts", str(index), "customer"),
            )
        wanted[name] = address
        if address is not None and (len(address) > ADDRESS_MOST or not ADDRESS.fullmatch(address)):
            # the address itself is not repeated: messages are logged by clients
            raise Invalid("This is no e-mail address.", path=("contacts", str(index), "email"))

    async def work(transaction: Transaction) -> int:
        known = 0
        for key, address in sorted(wanted.items()):
            names = transaction.listed(db.privacy.pseudonyms.ever(key))
            rows = await transaction.rows(
                # whoever is being erased is waited for, and found no more
                f"SELECT id FROM customer WHERE {transaction.among('external_id', '?1', 'text')}"
                f" ORDER BY id{' FOR KEY SHARE' if transaction.for_update else ''}",
                (names,),
            )
            known += len(rows)
            for (customer,) in rows:
                await transaction.execute("DELETE FROM contact WHERE customer_id = ?1", (customer,))
                if address is not None:
                    await transaction.execute(
                        "INSERT INTO contact (customer_id, address, updated_at) VALUES (?1, ?2, ?3)",
                        (customer, address, now_ms()),
                    )
        return known

    return await db.retrying(work)
