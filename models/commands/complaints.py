"""Receiving complaints, one or many. A row that came before is recognised and changes nothing.

What makes a row the same is its key, its text and its customer. Other details may be given otherwise the next time: the
first ones are kept, and `RowResult.differs` says so.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from hashlib import blake2b
from typing import NamedTuple

from ..actor import Actor
from ..database import Database, Transaction
from ..errors import DuplicateExternalId, Invalid, Refusal
from ..event import Topic
from ..fields import now_ms, week_of
from ..team import Role
from ..text import clean, finite, identifier, label
from .events import tell

__all__ = [
    "ComplaintDraft",
    "Details",
    "ErrorPolicy",
    "Known",
    "Row",
    "RowResult",
    "Submitted",
    "checked",
    "import_rows",
    "look_up",
    "submit",
]

TEXT_MOST = 100_000
EARLIEST_MS = 631_152_000_000
"""1990-01-01T00:00:00Z: before it, a time is a default of some other system, not a moment."""
AHEAD_MS = 86_400_000
"""A day: clocks and zones of other systems are off by hours."""
ROWS_PER_TRANSACTION = 2_000
QUICK_TEXT = 4_000
"""Characters up to which indexing a text is a matter of microseconds."""
REACH_MOST = (1 << 31) - 1
"""What an Int of GraphQL holds."""
VALUE_MOST = 1e15


class ErrorPolicy(StrEnum):
    """What becomes of the good rows where some are bad."""

    REJECT_EVERYTHING = "REJECT_EVERYTHING"
    REJECT_FAILED_ROWS = "REJECT_FAILED_ROWS"


@dataclass(frozen=True, slots=True)
class ComplaintDraft:
    """A complaint as it comes in. Times in milliseconds since the epoch (UTC); `rating` in stars, 1 to 5."""

    text: str
    channel: str
    source: str
    external_id: str | None = None
    """The row's key where it comes from; where it has none, a digest of its content takes the place."""
    occurred_at: int | None = None
    """None: now."""
    customer: str | None = None
    """The key under which the organisation knows the customer."""
    rating: float | None = None
    product: str | None = None
    language: str | None = None
    segment: str | None = None
    tier: str | None = None
    value: float | None = None
    reach: int | None = None


@dataclass(frozen=True, slots=True)
class Submitted:
    """A complaint that is in the database; `created` is False where it was before."""

    complaint_id: int
    created: bool


@dataclass(frozen=True, slots=True)
class RowResult:
    """What became of the row at `index`. Without id and error it was held back with the bad ones."""

    index: int
    complaint_id: int | None = None
    created: bool = False
    error: Refusal | None = None
    differs: bool = False
    """It was there before, with another channel, product, language, rating or time than was given now."""


class Details(NamedTuple):
    """What a complaint says of itself beside its key, its text and its customer."""

    channel: str
    product: str | None
    language: str | None
    rating: float | None
    occurred_at: int | None


class Known(NamedTuple):
    """A complaint that is in the database."""

    complaint_id: int
    content_hash: str
    details: Details


@dataclass(slots=True)
class Row:
    """A draft that was found good."""

    index: int
    source: str
    external_id: str
    content_hash: str
    text: str
    channel: str
    product: str | None
    language: str | None
    rating: float | None
    customer: str | None
    attributes: tuple[str | None, str | None, float | None, int | None]
    """Of the customer: segment, tier, value, reach."""
    occurred_at: int
    timed: bool
    """Whether the time was given, rather than taken from the clock."""

    @property
    def key(self) -> tuple[str, str]:
        return self.source, self.external_id

    @property
    def details(self) -> Details:
        return Details(self.channel, self.product, self.language, self.rating, self.occurred_at)

    def differs(self, kept: Details) -> bool:
        """Whether something was given otherwise than it is kept; what was not given does not count."""
        given = self.details if self.timed else self.details._replace(occurred_at=None)
        return any(mine is not None and mine != theirs for mine, theirs in zip(given, kept, strict=True))


@dataclass(slots=True)
class Outcome:
    results: dict[int, RowResult] = field(default_factory=dict)
    created: list[int] = field(default_factory=list)


COMPLAINT_COLUMNS = {
    "source": "text",
    "external_id": "text",
    "content_hash": "text",
    "text": "text",
    "channel": "text",
    "product": "text",
    "language": "text",
    "rating": "float8",
    "customer_id": "bigint",
    "occurred_at": "bigint",
    "received_at": "bigint",
    "week": "int",
}
CUSTOMER_COLUMNS = {
    "external_id": "text",
    "segment": "text",
    "tier": "text",
    "value": "float8",
    "reach": "bigint",
    "created_at": "bigint",
}
# what is known replaces what was known, what is not leaves it; a row that says nothing new is not written again.
# Names are never empty and numbers never negative, so that these stand-ins for NULL differ from every value
CUSTOMER_CONFLICT = """
ON CONFLICT (external_id) DO UPDATE SET
    segment = COALESCE(excluded.segment, customer.segment), tier = COALESCE(excluded.tier, customer.tier),
    value = COALESCE(excluded.value, customer.value), reach = COALESCE(excluded.reach, customer.reach)
WHERE excluded.segment <> COALESCE(customer.segment, '') OR excluded.tier <> COALESCE(customer.tier, '')
    OR excluded.value <> COALESCE(customer.value, -1) OR excluded.reach <> COALESCE(customer.reach, -1)
"""


async def submit(db: Database, actor: Actor, draft: ComplaintDraft) -> Submitted:
    """Receive one complaint. Raises Forbidden, Invalid, DuplicateExternalId, Busy."""
    actor.require(Role.CONTRIBUTOR)
    row = checked(0, draft, now_ms())

    async def work(transaction: Transaction) -> Submitted:
        # most rows are new: write first, and look only where that was refused
        customers = await upsert_customers(transaction, [row])
        ids = await insert(transaction, [row], customers)
        if ids:
            await tell(transaction, Topic.COMPLAINT_RECEIVED, list(ids.values()))
            return Submitted(ids[row.key], created=True)
        complaint_id, content_hash, _ = (await look_up(transaction, [row]))[row.key]
        if content_hash != row.content_hash:
            # takes back what was written of the customer, too
            raise DuplicateExternalId(row.source, row.external_id, complaint_id, path=("externalId",))
        return Submitted(complaint_id, created=False)

    return await db.retrying(work, quick=len(row.text) <= QUICK_TEXT)


async def import_rows(
    db: Database,
    actor: Actor,
    rows: Sequence[ComplaintDraft],
    policy: ErrorPolicy = ErrorPolicy.REJECT_FAILED_ROWS,
) -> list[RowResult]:
    """Receive many complaints; one result a row, in order.

    With REJECT_FAILED_ROWS the good rows are committed in portions, so that an interrupted import can simply run
    again. With REJECT_EVERYTHING all rows are committed together or none is. Raises Forbidden, Busy.
    """
    actor.require(Role.CONTRIBUTOR)
    now = now_ms()
    results: dict[int, RowResult] = {}
    good: list[Row] = []
    for index, draft in enumerate(rows):
        try:
            good.append(checked(index, draft, now))
        except Refusal as error:
            results[index] = RowResult(index, error=error)
    if policy is ErrorPolicy.REJECT_EVERYTHING:
        if not results:
            results = await all_or_none(db, good)
    else:
        for start in range(0, len(good), ROWS_PER_TRANSACTION):
            part = good[start : start + ROWS_PER_TRANSACTION]
            results |= (await db.retrying(lambda transaction, part=part: receive(transaction, part))).results
    return [results.get(index) or RowResult(index) for index in range(len(rows))]


class Held(Exception):
    """Carries the bad rows out of a transaction that must not be committed."""

    def __init__(self, results: dict[int, RowResult]) -> None:
        self.results = results


async def all_or_none(db: Database, rows: Sequence[Row]) -> dict[int, RowResult]:
    async def work(transaction: Transaction) -> dict[int, RowResult]:
        results = (await receive(transaction, rows)).results
        bad = {index: result for index, result in results.items() if result.error is not None}
        if bad:
            raise Held(bad)
        return results

    try:
        return await db.retrying(work)
    except Held as held:
        return held.results


def checked(index: int, draft: ComplaintDraft, now: int) -> Row:
    """The draft, cleaned. Raises Invalid."""
    text = clean(draft.text, ("text",), TEXT_MOST)
    customer = identifier(draft.customer, ("customer",)) if draft.customer is not None else None
    source = label(draft.source, ("source",), 64, lower=True)
    channel = label(draft.channel, ("channel",), 64, lower=True)
    product = label(draft.product, ("product",), 128) if draft.product is not None else None
    occurred_at = now if draft.occurred_at is None else draft.occurred_at
    if not EARLIEST_MS <= occurred_at <= now + AHEAD_MS:
        raise Invalid("The time must lie between 1990 and tomorrow.", path=("occurredAt",))
    rating = None if draft.rating is None else finite(draft.rating, ("rating",), 1, 5)
    if draft.external_id is not None:
        external_id = identifier(draft.external_id, ("externalId",))
    else:
        # the same words may be said twice; only a row that is the same in all that was given is the same row
        given = None if draft.occurred_at is None else str(draft.occurred_at)
        external_id = "content:" + digest(
            text, customer, channel, product, given, None if rating is None else f"{rating:g}"
        )
    return Row(
        index=index,
        source=source,
        external_id=external_id,
        content_hash=digest(text, customer),
        text=text,
        channel=channel,
        product=product,
        language=label(draft.language, ("language",), 16, lower=True) if draft.language is not None else None,
        rating=rating,
        customer=customer,
        attributes=(
            label(draft.segment, ("segment",), 64) if draft.segment is not None else None,
            label(draft.tier, ("tier",), 64) if draft.tier is not None else None,
            finite(draft.value, ("value",), 0, VALUE_MOST) if draft.value is not None else None,
            int(finite(draft.reach, ("reach",), 0, REACH_MOST)) if draft.reach is not None else None,
        ),
        occurred_at=occurred_at,
        timed=draft.occurred_at is not None,
    )


def digest(*parts: str | None) -> str:
    """32 hexadecimal digits of some texts; no two different lists of texts are hashed alike."""
    hashed = blake2b(digest_size=16)
    for part in parts:
        data = b"" if part is None else part.encode()
        hashed.update(b"-" if part is None else len(data).to_bytes(8, "big"))
        hashed.update(data)
    return hashed.hexdigest()


async def receive(transaction: Transaction, rows: Sequence[Row]) -> Outcome:
    """Write the rows that are new and tell of them."""
    outcome = Outcome()
    first: dict[tuple[str, str], Row] = {}
    for row in rows:
        first.setdefault(row.key, row)
    leaders = list(first.values())
    known = await look_up(transaction, leaders)
    welcome = [row for row in leaders if row.key not in known or known[row.key].content_hash == row.content_hash]
    customers = await upsert_customers(transaction, welcome)
    new = [row for row in leaders if row.key not in known]
    ids = await insert(transaction, new, customers)
    if len(ids) < len(new):  # another process was faster with some of them
        known |= await look_up(transaction, [row for row in new if row.key not in ids])
    for row in rows:
        leader = first[row.key]
        if row.key in ids:
            complaint_id, content_hash, details = ids[row.key], leader.content_hash, leader.details
        else:
            complaint_id, content_hash, details = known[row.key]
        if row.content_hash != content_hash:
            error = DuplicateExternalId(row.source, row.external_id, complaint_id, path=("externalId",))
            outcome.results[row.index] = RowResult(row.index, error=error)
        else:
            created = row is leader and row.key in ids
            outcome.results[row.index] = RowResult(row.index, complaint_id, created, differs=row.differs(details))
    outcome.created = sorted(ids.values())
    await tell(transaction, Topic.COMPLAINT_RECEIVED, outcome.created)
    return outcome


async def look_up(transaction: Transaction, rows: Sequence[Row]) -> dict[tuple[str, str], Known]:
    """Those rows that are there, by their keys."""
    if not rows:
        return {}
    if len(rows) == 1:
        where, parameters = "complaint WHERE source = ?1 AND external_id = ?2", list(rows[0].key)
    else:
        keys, parameters = transaction.table("k", {"source": "text", "external_id": "text"}, [row.key for row in rows])
        where = f"{keys} JOIN complaint c ON c.source = k.source AND c.external_id = k.external_id"
    prefix = "" if len(rows) == 1 else "c."
    columns = ", ".join(prefix + name for name in ("source", "external_id", "id", "content_hash", *Details._fields))
    found = await transaction.rows(f"SELECT {columns} FROM {where}", parameters)
    return {
        (source, external_id): Known(id, content_hash, Details(*details))
        for source, external_id, id, content_hash, *details in found
    }


async def upsert_customers(transaction: Transaction, rows: Sequence[Row]) -> dict[str, int]:
    """Ids of the rows' customers by their keys."""
    merged: dict[str, tuple[str | None, str | None, float | None, int | None]] = {}
    for row in rows:
        if row.customer is not None:
            before = merged.get(row.customer, (None, None, None, None))
            now = row.attributes
            merged[row.customer] = (
                before[0] if now[0] is None else now[0],
                before[1] if now[1] is None else now[1],
                before[2] if now[2] is None else now[2],
                before[3] if now[3] is None else now[3],
            )
    if not merged:
        return {}
    at = now_ms()
    written = await transaction.insert(
        "customer",
        CUSTOMER_COLUMNS,
        # sorted, so that two imports lock the same customers in the same order and never wait in a circle
        [(key, *merged[key], at) for key in sorted(merged)],
        conflict=CUSTOMER_CONFLICT,
        returning="external_id, id",
    )
    ids = dict(map(tuple, written))
    rest = [key for key in merged if key not in ids]
    if rest:
        among = transaction.among("external_id", "?1", "text")
        sql = f"SELECT external_id, id FROM customer WHERE {among}"
        ids |= dict(map(tuple, await transaction.rows(sql, (transaction.listed(rest),))))
    return ids


async def insert(
    transaction: Transaction, rows: Sequence[Row], customers: dict[str, int]
) -> dict[tuple[str, str], int]:
    """Ids of the rows that were written."""
    received_at = now_ms()
    written = await transaction.insert(
        "complaint",
        COMPLAINT_COLUMNS,
        [
            (
                row.source,
                row.external_id,
                row.content_hash,
                row.text,
                row.channel,
                row.product,
                row.language,
                row.rating,
                None if row.customer is None else customers[row.customer],
                row.occurred_at,
                received_at,
                week_of(row.occurred_at),
            )
            for row in rows
        ],
        conflict="ON CONFLICT (source, external_id) DO NOTHING",
        returning="source, external_id, id",
    )
    return {(source, external_id): id for source, external_id, id in written}
