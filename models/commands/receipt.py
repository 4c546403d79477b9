"""Complaints that were found good, written: those that are new, once each, with what is known of their customers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from ..database import Transaction
from ..errors import DuplicateExternalId, Erased, Refusal
from ..event import Topic
from ..fields import now_ms, week_of
from ..privacy.pseudonym import AGAIN
from ..privacy.seal import Sealed
from ..tombstone import tombstone_of
from .events import tell
from .originals import write_originals

__all__ = [
    "COMPLAINT_COLUMNS",
    "CUSTOMER_COLUMNS",
    "Details",
    "Former",
    "Key",
    "Known",
    "Row",
    "RowResult",
    "buried",
    "find_customers",
    "leaders_of",
    "look_up",
    "meet_former",
    "receive",
    "rename",
    "results_of",
]


@dataclass(frozen=True, slots=True)
class RowResult:
    """What became of the row at `index`. Without id and error it was held back with the bad ones."""

    index: int
    complaint_id: int | None = None
    created: bool = False
    error: Refusal | None = None
    differs: bool = False
    """It was there before, with another channel, product, language, rating or time than was given now."""


Key = tuple[str, str]
"""Source and external id."""


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


class Former(NamedTuple):
    """What a row was known by before something personal in it, its customer's key first of all, was taken out."""

    customer: str | None
    source: str
    external_id: str
    content_hash: str


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
    original: Sealed | None = None
    """The text as it came, where something personal was taken out of it."""
    former: tuple[Former, ...] = ()

    @property
    def key(self) -> Key:
        return self.source, self.external_id

    @property
    def tombstone(self) -> str:
        """What stands for it where its person was erased."""
        return tombstone_of("complaint", self.source, self.external_id)

    @property
    def details(self) -> Details:
        return Details(self.channel, self.product, self.language, self.rating, self.occurred_at)

    def differs(self, kept: Details) -> bool:
        """Whether something was given otherwise than it is kept; what was not given does not count."""
        given = self.details if self.timed else self.details._replace(occurred_at=None)
        return any(mine is not None and mine != theirs for mine, theirs in zip(given, kept, strict=True))


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


async def receive(transaction: Transaction, rows: Sequence[Row]) -> list[RowResult]:
    """Write the rows that are new and tell of them; one result a row, in order."""
    if formers := [(row, former) for row in rows for former in row.former]:
        renamed = {old.customer: row.customer for row, old in formers if old.customer and row.customer}
        if renamed := {old: new for old, new in renamed.items() if old != new}:
            await rename(transaction, "customer", "external_id", renamed)
        await meet_former(transaction, rows)
    leaders = leaders_of(rows)
    there = await look_up(transaction, list(leaders.values()))
    known = {key: one for key, one in there.items() if one is not None}
    gone = there.keys() - known.keys()
    welcome = [
        row
        for row in rows
        if row.key not in gone and row.content_hash == (known.get(row.key) or leaders[row.key]).content_hash
    ]
    customers = await upsert_customers(transaction, welcome)
    erased = {key for key, id in customers.items() if id is None}
    new = [row for row in leaders.values() if row.key not in there and row.customer not in erased]
    ids = await insert(transaction, new, customers)
    await write_originals(transaction, {ids[row.key]: row.original for row in new if row.original and row.key in ids})
    if len(ids) < len(new):  # another process was faster with some of them
        later = await look_up(transaction, [row for row in new if row.key not in ids])
        known |= {key: one for key, one in later.items() if one is not None}
    await tell(transaction, Topic.COMPLAINT_RECEIVED, sorted(ids.values()))
    return results_of(rows, leaders, known, ids)


async def meet_former(transaction: Transaction, rows: Sequence[Row]) -> None:
    """Let rows that came in with something personal in their keys be known by what they were known by."""
    met = [
        (row, former, replace(row, source=former.source, external_id=former.external_id))
        for row in rows
        for former in row.former
    ]
    there = await look_up(transaction, [before for *_, before in met])
    known_by: set[int] = set()
    for row, former, before in met:
        if before.key in there and row.index not in known_by:
            known = there[before.key]
            if known is None or known.content_hash == former.content_hash:
                known_by.add(row.index)
                row.source, row.external_id, row.content_hash = former.source, former.external_id, former.content_hash


async def rename(
    transaction: Transaction, table: str, column: str, names: Mapping[str, str], within: Sequence[str] = ()
) -> None:
    """Put pseudonyms in the place of personal keys that came in before there were any.

    Where the pseudonym is taken (somebody was there under both), a number is added to it: nothing is lost, and an erasure finds both.
    """
    keys, parameters = transaction.table("k", {"name": "text"}, [(name,) for name in sorted(names)])
    sql = f"SELECT DISTINCT k.name FROM {keys} JOIN {table} t ON t.{column} = k.name"
    for (name,) in await transaction.rows(sql, parameters):
        taken = "".join(f" AND o.{one} = {table}.{one}" for one in within)
        await transaction.execute(
            f"UPDATE {table} SET {column} = ?2 WHERE {column} = ?1"
            f" AND NOT EXISTS (SELECT 1 FROM {table} o WHERE o.{column} = ?2{taken})",
            (name, names[name]),
        )
        await transaction.execute(
            f"UPDATE {table} SET {column} = CAST(?2 AS TEXT) || CAST(id AS TEXT) WHERE {column} = ?1",
            (name, names[name] + AGAIN),
        )


def leaders_of(rows: Sequence[Row]) -> dict[Key, Row]:
    """The first row of each key."""
    first: dict[Key, Row] = {}
    for row in rows:
        first.setdefault((row.source, row.external_id), row)
    return first


def results_of(
    rows: Sequence[Row], leaders: Mapping[Key, Row], known: Mapping[Key, Known], ids: Mapping[Key, int]
) -> list[RowResult]:
    """What became of each row: `known` were there before, `ids` are those that were written for their leaders; others are of
    people who were erased."""
    results = []
    for row in rows:
        key = row.key
        leader = leaders[key]
        complaint_id = ids.get(key)
        if complaint_id is None:
            if key not in known:
                results.append(RowResult(row.index, error=Erased()))
                continue
            complaint_id, content_hash, details = known[key]
        elif row is leader:
            results.append(RowResult(row.index, complaint_id, created=True))
            continue
        else:
            content_hash, details = leader.content_hash, leader.details
        if row.content_hash != content_hash:
            error = DuplicateExternalId(row.source, row.external_id, complaint_id, path=("externalId",))
            results.append(RowResult(row.index, error=error))
        else:
            results.append(RowResult(row.index, complaint_id, differs=row.differs(details)))
    return results


async def buried(transaction: Transaction, digests: Sequence[str]) -> set[str]:
    """Those tombstones that there are."""
    # most databases have none, and are asked no more
    if not await transaction.rows("SELECT 1 FROM tombstone LIMIT 1"):
        return set()
    keys, parameters = transaction.table("k", {"digest": "text"}, [(digest,) for digest in digests])
    rows = await transaction.rows(f"SELECT t.digest FROM {keys} JOIN tombstone t ON t.digest = k.digest", parameters)
    return {digest for (digest,) in rows}


async def look_up(transaction: Transaction, rows: Sequence[Row]) -> dict[Key, Known | None]:
    """Those rows that are there, by their keys; None for those whose people were erased."""
    if not rows:
        return {}
    given = [(*row.key, row.tombstone) for row in rows]
    if len(given) == 1:
        keys = "(SELECT CAST(?1 AS TEXT) AS source, CAST(?2 AS TEXT) AS external_id, CAST(?3 AS TEXT) AS tombstone) k"
        parameters: list[object] = [*given[0]]
    else:
        kinds = {"source": "text", "external_id": "text", "tombstone": "text"}
        keys, parameters = transaction.table("k", kinds, given)
    columns = ", ".join(f"c.{name}" for name in ("id", "content_hash", *Details._fields))
    found = await transaction.rows(
        f"SELECT k.source, k.external_id, {columns} FROM {keys}"
        " LEFT JOIN complaint c ON c.source = k.source AND c.external_id = k.external_id"
        " LEFT JOIN tombstone t ON t.digest = k.tombstone WHERE c.id IS NOT NULL OR t.id IS NOT NULL",
        parameters,
    )
    return {
        (source, external_id): None if id is None else Known(id, content_hash, Details(*details))
        for source, external_id, id, content_hash, *details in found
    }


async def upsert_customers(transaction: Transaction, rows: Sequence[Row]) -> dict[str, int | None]:
    """Ids of the rows' customers by their keys; None of those who were erased meanwhile."""
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
    known = await find_customers(transaction, list(merged))
    # one who is there and of whom nothing new is said is not written: that would use up an id
    fresh = [
        key
        for key in sorted(merged)
        if key not in known
        or (
            known[key][0] is not None
            and any(now is not None and now != was for now, was in zip(merged[key], known[key][1], strict=True))
        )
    ]
    ids = {key: id for key, (id, _) in known.items()}
    if fresh:
        at = now_ms()
        written = await transaction.insert(
            "customer",
            CUSTOMER_COLUMNS,
            # sorted, so that two imports lock the same customers in the same order and never wait in a circle
            [(key, *merged[key], at) for key in fresh],
            conflict=CUSTOMER_CONFLICT,
            returning="external_id, id",
        )
        ids |= dict(map(tuple, written))
        # somebody else was faster, and knew as much
        if rest := [key for key in fresh if key not in ids]:
            ids |= {key: id for key, (id, _) in (await find_customers(transaction, rest)).items()}
    return ids


async def find_customers(
    transaction: Transaction, keys: Sequence[str]
) -> dict[str, tuple[int | None, tuple[Any, ...]]]:
    """Ids and attributes of customers by their keys, held until the transaction ends; no id of one who is erased meanwhile."""
    # joined, not sought in the list: PostgreSQL's plan for lists of any length compares with one key after the other
    table, parameters = transaction.table("k", {"external_id": "text"}, [(key,) for key in keys])
    held = " FOR KEY SHARE OF c" if transaction.for_update else ""
    rows = await transaction.rows(
        "SELECT s.external_id, c.external_id, c.id, c.segment, c.tier, c.value, c.reach FROM"
        f" (SELECT c.external_id, c.id FROM {table} JOIN customer c ON c.external_id = k.external_id) s"
        # by id, so that one who was erased while this waited is seen, under another key. Whoever is held is erased
        # only once what is written here is there to be erased
        f" JOIN customer c ON c.id = s.id ORDER BY c.id{held}",
        parameters,
    )
    return {key: (None if now != key else id, tuple(details)) for key, now, id, *details in rows}


async def insert(transaction: Transaction, rows: Sequence[Row], customers: Mapping[str, int | None]) -> dict[Key, int]:
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
