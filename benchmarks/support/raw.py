"""The limit of an import: rows that are ready, through the driver, into the same tables with their indexes and triggers.

    python -m benchmarks.support.raw URL FILE.csv

SQLite by executemany, PostgreSQL by COPY, customers first, all in one transaction. The file is read and its rows are
made before the clock starts; nothing is normalised, looked up or told. Prints JSON: seconds, and seconds of processor
time in this process.
"""

from __future__ import annotations

import asyncio
import contextlib
import csv
import json
import sqlite3
import sys
import time
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import asyncpg

from nobodyasked.models.fields import week_of

PRAGMAS = (
    "journal_mode=wal",
    "synchronous=normal",
    "foreign_keys=1",
    "cache_size=-32000",
    "mmap_size=268435456",
    "temp_store=memory",
)
CUSTOMER = ("id", "external_id", "created_at")
COMPLAINT = (
    "source external_id content_hash text channel rating customer_id occurred_at received_at week".split()  # noqa: SIM905
)
Rows = Sequence[tuple[Any, ...]]


def rows_of(path: str) -> tuple[Rows, Rows]:
    """Customers and complaints of a file that `writes` made."""
    now = time.time_ns() // 1_000_000
    customers: dict[str, int] = {}
    complaints = []
    with open(path, newline="") as file:
        for index, row in enumerate(csv.DictReader(file)):
            at = round(datetime.fromisoformat(row["date"]).timestamp() * 1000)
            customer = customers.setdefault(row["customer"], len(customers) + 1)
            complaints.append(
                (
                    "raw",
                    row["id"],
                    f"{index:032x}",
                    row["text"],
                    row["channel"],
                    float(row["rating"]),
                    customer,
                    at,
                    now,
                    week_of(at),
                )
            )
    return [(id, key, now) for key, id in customers.items()], complaints


def into(table: str, columns: Sequence[str]) -> str:
    return f"insert into {table}({', '.join(columns)}) values({', '.join('?' * len(columns))})"


def write_sqlite(path: str, customers: Rows, complaints: Rows) -> None:
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as connection:
        for pragma in PRAGMAS:
            connection.execute(f"pragma {pragma}").fetchall()
        connection.execute("begin immediate")
        connection.executemany(into("customer", CUSTOMER), customers)
        connection.executemany(into("complaint", COMPLAINT), complaints)
        connection.execute("commit")


async def write_postgres(connection: asyncpg.Connection, customers: Rows, complaints: Rows) -> None:
    async with connection.transaction():
        await connection.copy_records_to_table("customer", records=customers, columns=CUSTOMER)
        await connection.copy_records_to_table("complaint", records=complaints, columns=COMPLAINT)


async def main(url: str, path: str) -> None:
    customers, complaints = rows_of(path)
    sqlite = url.startswith("sqlite")
    connection = None if sqlite else await asyncpg.connect(url, server_settings={"jit": "off"})
    began, cpu = time.perf_counter(), time.process_time()
    if connection is None:
        write_sqlite(url.removeprefix("sqlite:///"), customers, complaints)
    else:
        await write_postgres(connection, customers, complaints)
    found = {"seconds": time.perf_counter() - began, "cpu_seconds": time.process_time() - cpu}
    if connection is not None:
        await connection.close()
    print(json.dumps(found))


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
