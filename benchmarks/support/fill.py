"""A database of any size to measure against: seeded, with the proportions of a shop's complaints."""

from __future__ import annotations

import contextlib
import random
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import asyncpg

from nobodyasked.models.commands.rollup import rebuild, recount, write_anew
from nobodyasked.models.database import Database
from nobodyasked.models.engines.base import Statements
from nobodyasked.models.engines.postgres import PostgresTransaction
from nobodyasked.models.fields import MONDAY_SHIFT_MS, WEEK_MS

TEXT = """
the parcel came late and nobody told me where it was so I waited at home all day again while the
tracking page said delivered my refund has not arrived after three weeks support keeps sending the
same answer checkout failed twice my card was charged both times size runs small zip broke on the
second trip store had none left
"""
WORDS = TEXT.split()
CHANNELS = ("email", "phone", "chat", "social", "review", "survey", "store", "ticket")
SEGMENTS = ("new", "regular", "family", "business", None)
BEGIN_MS = 1_672_531_200_000
THREE_YEARS_MS = 3 * 365 * 86_400_000
LATEST_MS = 3 * 86_400_000
"""Complaints come about in the order in which they were said: none later than this."""
NEEDS_AT_ONCE = 200
SEARCHED = ("complaint", "need", "invention")
"""Tables whose texts an index of words covers."""


@dataclass(frozen=True)
class Sizes:
    """Rows of each table for so many complaints."""

    complaints: int

    @property
    def evidence(self) -> int:
        return self.complaints * 3 // 2

    @property
    def customers(self) -> int:
        return max(10, self.complaints // 5)

    @property
    def needs(self) -> int:
        """At least 75 links each, so that the same pages are full at every size."""
        return min(2_000, self.complaints // 50)

    inventions = 200
    claims_each = 3


def tables(sizes: Sizes) -> Iterator[tuple[str, str, Iterator[tuple[Any, ...]]]]:
    """Name, columns and rows of each table, parents first."""
    dice = random.Random(42)

    def text(letters: int) -> str:
        words: list[str] = []
        while letters > 0:
            words.append(dice.choice(WORDS))
            letters -= len(words[-1]) + 1
        return " ".join(words)

    yield (
        "customer",
        "id,external_id,segment,created_at",
        ((key, f"C-{key}", dice.choice(SEGMENTS), BEGIN_MS) for key in range(1, sizes.customers + 1)),
    )

    owners: list[int] = []
    moments: list[int] = []

    def complaints() -> Iterator[tuple[Any, ...]]:
        for key in range(1, sizes.complaints + 1):
            at = BEGIN_MS + THREE_YEARS_MS * key // sizes.complaints - int(dice.random() * LATEST_MS)
            owners.append(dice.randint(1, sizes.customers))
            moments.append(at)
            week = (at + MONDAY_SHIFT_MS) // WEEK_MS
            yield (
                key,
                "fill",
                str(key),
                f"{key:032x}",
                text(200),
                dice.choice(CHANNELS),
                at,
                at,
                week,
                owners[-1],
                dice.randint(1, 5),
            )

    columns = "id,source,external_id,content_hash,text,channel,occurred_at,received_at,week,customer_id,severity"
    yield "complaint", columns, complaints()
    yield (
        "span",
        "id,complaint_id,start_offset,end_offset,kind,score",
        (
            (key, key, 0, 60, dice.choice(("PAIN", "PAIN", "PAIN", "ASK")), 0.9)
            for key in range(1, sizes.complaints + 1)
        ),
    )
    columns = "id,statement,statement_basis,status,confidence,key_phrases,confirmed,evidence_count,customer_count,asking_count,created_at,updated_at,version"
    yield (
        "need",
        columns,
        (
            (
                key,
                f"Customers need {text(60)}",
                "TEMPLATE",
                "ACTIVE",
                round(dice.random(), 4),
                "[]",
                False,
                0,
                0,
                0,
                BEGIN_MS,
                BEGIN_MS,
                1,
            )
            for key in range(1, sizes.needs + 1)
        ),
    )

    def evidence() -> Iterator[tuple[Any, ...]]:
        seen: set[tuple[int, int]] = set()
        while len(seen) < sizes.evidence:
            pair = (dice.randint(1, sizes.complaints), dice.randint(1, sizes.needs))
            if pair in seen:
                continue
            seen.add(pair)
            complaint, need = pair
            yield (
                len(seen),
                need,
                complaint,
                complaint,
                owners[complaint - 1],
                "SUPPORTS",
                round(dice.random(), 4),
                "MODEL",
                "PENDING",
                True,
                BEGIN_MS,
                1,
            )

    columns = "id,need_id,span_id,complaint_id,voice,stance,confidence,basis,status,live,created_at,version"
    yield "evidence", columns, evidence()
    yield (
        "invention",
        "id,title,mechanism,status,door,created_at,updated_at,version",
        (
            (key, f"Invention {text(20)}", text(150), "DRAFT", "TWO_WAY", BEGIN_MS + key, BEGIN_MS + key, 1)
            for key in range(1, sizes.inventions + 1)
        ),
    )
    yield (
        "claim",
        "id,invention_id,need_id,rationale,relief,created_at",
        (
            (
                (invention - 1) * sizes.claims_each + place + 1,
                invention,
                need,
                text(60),
                round(dice.random(), 2),
                BEGIN_MS,
            )
            for invention in range(1, sizes.inventions + 1)
            for place, need in enumerate(dice.sample(range(1, sizes.needs + 1), sizes.claims_each))
        ),
    )


async def fill(url: str, sizes: Sizes) -> None:
    """Migrate an empty database and fill it, past the commands: what is measured is reading and single writes."""
    database = await Database.open(url)
    try:
        await database.migrate()
        if url.startswith("sqlite"):
            fill_sqlite(url.removeprefix("sqlite:///"), sizes)
            await rebuild(database)
        else:
            await fill_postgres(url, sizes)
        for start in range(1, sizes.needs + 1, NEEDS_AT_ONCE):
            keys = range(start, min(start + NEEDS_AT_ONCE, sizes.needs + 1))
            await database.retrying(lambda transaction, keys=keys: recount(transaction, keys))
    finally:
        await database.close()
    await gather_statistics(url)


async def migrated(url: str) -> None:
    """Bring the tables of a database that was filled earlier up to date."""
    database = await Database.open(url)
    try:
        await database.migrate()
    finally:
        await database.close()


def fill_sqlite(path: str, sizes: Sizes) -> None:
    """Without triggers and indexes, which are made again at the end: row by row they take most of the time."""
    with contextlib.closing(sqlite3.connect(path)) as connection:
        # one transaction of a file that nobody would miss: its pages need not go to the disk again and again
        connection.execute("pragma synchronous = off")
        connection.execute("pragma cache_size = -2000000")
        later = "select type, name, sql from sqlite_master where type in ('index', 'trigger') and sql is not null"
        later = connection.execute(f"{later} order by type").fetchall()
        for kind, name, _ in later:
            connection.execute(f"drop {kind} {name}")
        for name, columns, rows in tables(sizes):
            places = ",".join("?" * len(columns.split(",")))
            connection.executemany(f"insert into {name}({columns}) values({places})", rows)
        for name in SEARCHED:
            connection.execute(f"insert into {name}_fts({name}_fts) values('rebuild')")
        for *_, sql in later:
            connection.execute(sql)
        connection.commit()


async def fill_postgres(url: str, sizes: Sizes) -> None:
    """The same; what the primary keys and unique constraints rest on stays."""
    connection = await asyncpg.connect(url)
    await connection.execute("set session_replication_role = replica; set maintenance_work_mem = '512MB'")
    later = await connection.fetch(
        "select indexname, indexdef from pg_indexes where schemaname = 'public' and indexname not in"
        " (select conname from pg_constraint where connamespace = 'public'::regnamespace)"
    )
    for name, _ in later:
        await connection.execute(f"drop index {name}")
    for name, columns, rows in tables(sizes):
        await connection.copy_records_to_table(name, records=rows, columns=columns.split(","))
        await connection.execute(f"select setval(pg_get_serial_sequence('{name}', 'id'), (select max(id) from {name}))")
    for _, sql in later:
        await connection.execute(sql)
    async with connection.transaction():
        await connection.execute("set local work_mem = '256MB'")
        await write_anew(PostgresTransaction(connection, Statements()))
    await connection.close()


async def gather_statistics(url: str) -> None:
    """What PostgreSQL does by itself after a while. On SQLite the server gathers none, so that plans stay as they are."""
    if url.startswith("sqlite"):
        return
    connection = await asyncpg.connect(url)
    await connection.execute("vacuum analyze")
    await connection.close()
