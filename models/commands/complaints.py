"""Receiving complaints, one or many. A row that came before is recognised and changes nothing.

What makes a row the same is its key, its text (without what is personal in it) and its customer. Other details may be given otherwise the next time: the
first ones are kept, and `RowResult.differs` says so.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from hashlib import blake2b

from ..actor import Actor
from ..database import Database, Transaction
from ..engines.faults import Violation
from ..errors import Invalid, Refusal
from ..fields import now_ms
from ..privacy.policy import Privacy, beside
from ..team import Role
from ..text import clean, finite, identifier, label
from ..tombstone import STANDS_FOR_NOBODY
from .arrival import receive_at_once
from .receipt import Former, Row, RowResult, receive

__all__ = [
    "AHEAD_MS",
    "EARLIEST_MS",
    "ComplaintDraft",
    "ErrorPolicy",
    "RowResult",
    "Submitted",
    "checked",
    "import_rows",
    "submit",
]

TEXT_MOST = 100_000
EARLIEST_MS = 631_152_000_000
"""1990-01-01T00:00:00Z: before it, a time is a default of some other system, not a moment."""
AHEAD_MS = 86_400_000
"""A day: clocks and zones of other systems are off by hours."""
ROWS_PER_TRANSACTION = 2_000
QUICK_TEXT = 16_000
"""Characters up to which writing and indexing takes SQLite no more than 2 or 3 ms."""
REACH_MOST = (1 << 31) - 1
"""What an Int of GraphQL holds."""
VALUE_MOST = 1e12
"""SQLite writes 15 digits of a number: so the revenue of a thousand such customers still adds up to the unit."""


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
    """The key under which the organisation knows the customer; a pseudonym takes its place where it is an address or a name."""
    rating: float | None = None
    product: str | None = None
    language: str | None = None
    segment: str | None = None
    tier: str | None = None
    value: float | None = None
    reach: int | None = None
    answers: Sequence[tuple[int, int]] = ()
    """Notices, by id and moment, that it may answer: `answers.py` asks which there are."""


@dataclass(frozen=True, slots=True)
class Submitted:
    """A complaint that is in the database; `created` is False where it was before."""

    complaint_id: int
    created: bool


async def submit(db: Database, actor: Actor, draft: ComplaintDraft) -> Submitted:
    """Receive one complaint; those that come at the same time share a commit.

    Raises Forbidden, Invalid, DuplicateExternalId, Busy.
    """
    actor.require(Role.CONTRIBUTOR)
    now = now_ms()
    row = await beside(len(draft.text), lambda: checked(0, draft, now, db.privacy))
    result = await db.together(write_submitted, row)
    if result.error is not None:
        raise result.error
    assert result.complaint_id is not None
    return Submitted(result.complaint_id, result.created)


async def write_submitted(db: Database, rows: Sequence[Row]) -> list[RowResult]:
    """Write rows of several callers."""
    # originals, and keys that are personal, take statements of their own
    if db.dialect == "postgres" and not any(row.original or row.former for row in rows):
        try:
            return await receive_at_once(db, rows)
        except Violation:
            # another process wrote one of the keys meanwhile: now it can be seen
            pass
    quick = sum(len(row.text) for row in rows) <= QUICK_TEXT
    return await db.retrying(lambda transaction: receive(transaction, rows), quick=quick)


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
    good, results = await beside(sum(len(draft.text) for draft in rows), lambda: sorted_out(rows, now, db.privacy))
    if policy is ErrorPolicy.REJECT_EVERYTHING:
        if not results:
            results = await all_or_none(db, good)
    else:
        for start in range(0, len(good), ROWS_PER_TRANSACTION):
            part = good[start : start + ROWS_PER_TRANSACTION]
            written = await db.retrying(lambda transaction, part=part: receive(transaction, part))
            results.update((result.index, result) for result in written)
    return [results.get(index) or RowResult(index) for index in range(len(rows))]


def sorted_out(rows: Sequence[ComplaintDraft], now: int, privacy: Privacy) -> tuple[list[Row], dict[int, RowResult]]:
    """The good rows, and the results of the bad ones."""
    good: list[Row] = []
    bad: dict[int, RowResult] = {}
    for index, draft in enumerate(rows):
        try:
            good.append(checked(index, draft, now, privacy))
        except Refusal as error:
            bad[index] = RowResult(index, error=error)
    return good, bad


class Held(Exception):
    """Carries the bad rows out of a transaction that must not be committed."""

    def __init__(self, results: dict[int, RowResult]) -> None:
        self.results = results


async def all_or_none(db: Database, rows: Sequence[Row]) -> dict[int, RowResult]:
    async def work(transaction: Transaction) -> dict[int, RowResult]:
        results = {result.index: result for result in await receive(transaction, rows)}
        bad = {index: result for index, result in results.items() if result.error is not None}
        if bad:
            raise Held(bad)
        return results

    try:
        return await db.retrying(work)
    except Held as held:
        return held.results


def checked(index: int, draft: ComplaintDraft, now: int, privacy: Privacy) -> Row:
    """The draft, cleaned, with placeholders for what is personal in its text and in what is said beside it. Raises Invalid.

    Keys and digests are those of the text without it: they are seen, and a digest of a text with a phone number tells the
    number to whoever tries them all.
    """
    original = clean(draft.text, ("text",), TEXT_MOST)
    text = privacy.redacted(original)
    given = identifier(draft.customer, ("customer",)) if draft.customer is not None else None
    if given is not None and STANDS_FOR_NOBODY.fullmatch(given):
        raise Invalid(
            "This stands for a customer who was erased: nobody says anything any more by it.", path=("customer",)
        )
    customer = privacy.pseudonyms.of(given) if given is not None else None
    source = privacy.label(draft.source, ("source",), 64, lower=True)
    channel = privacy.label(draft.channel, ("channel",), 64, lower=True)
    product = privacy.label(draft.product, ("product",), 128, thing=True) if draft.product is not None else None
    occurred_at = now if draft.occurred_at is None else draft.occurred_at
    if not EARLIEST_MS <= occurred_at <= now + AHEAD_MS:
        raise Invalid("The time must lie between 1990 and tomorrow.", path=("occurredAt",))
    rating = None if draft.rating is None else finite(draft.rating, ("rating",), 1, 5)
    own_id = None if draft.external_id is None else identifier(draft.external_id, ("externalId",))
    key = None if own_id is None else privacy.key_of(own_id)

    def external_id_of(whose: str | None, channel: str, product: str | None) -> str:
        # the same words may be said twice; only a row that is the same in all that was given is the same row
        at = None if draft.occurred_at is None else str(draft.occurred_at)
        return "content:" + digest(text, whose, channel, product, at, None if rating is None else f"{rating:g}")

    external_id = key or external_id_of(customer, channel, product)
    # as they came, which is how they were kept before there was anything to take out of them
    whole = label(draft.source, ("source",), 64, lower=True), label(draft.channel, ("channel",), 64, lower=True)
    named = label(draft.product, ("product",), 128) if draft.product is not None else None
    former: list[Former] = []
    if given != customer or key != own_id or (*whole, named) != (source, channel, product):
        for whose in (None,) if given is None else privacy.pseudonyms.ever(given):
            for old in ((source, channel, product, key), (*whole, named, key), (*whole, named, own_id)):
                before = Former(whose, old[0], old[3] or external_id_of(whose, *old[1:3]), digest(text, whose))
                if before[1:] != (source, external_id, digest(text, customer)) and before not in former:
                    former.append(before)
    return Row(
        index=index,
        source=source,
        external_id=external_id,
        content_hash=digest(text, customer),
        text=text,
        channel=channel,
        product=product,
        language=privacy.label(draft.language, ("language",), 16, lower=True) if draft.language is not None else None,
        rating=rating,
        customer=customer,
        attributes=(
            privacy.label(draft.segment, ("segment",), 64) if draft.segment is not None else None,
            privacy.label(draft.tier, ("tier",), 64) if draft.tier is not None else None,
            finite(draft.value, ("value",), 0, VALUE_MOST) if draft.value is not None else None,
            int(finite(draft.reach, ("reach",), 0, REACH_MOST)) if draft.reach is not None else None,
        ),
        occurred_at=occurred_at,
        timed=draft.occurred_at is not None,
        original=privacy.sealed(original, text, (source, external_id)),
        former=tuple(former),
    )


def digest(*parts: str | None) -> str:
    """32 hexadecimal digits of some texts; no two different lists of texts are hashed alike."""
    hashed = blake2b(digest_size=16)
    for part in parts:
        data = b"" if part is None else part.encode()
        hashed.update(b"-" if part is None else len(data).to_bytes(8, "big"))
        hashed.update(data)
    return hashed.hexdigest()
