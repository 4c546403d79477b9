"""The limit to compare with: a bare ASGI route around hand-written statements, on the same tables and driver.

    BENCH_DATABASE=... uvicorn benchmarks.support.bare:app

It reads no query and checks no token. POST /q1/KEY, /q2, /q3 and /q4 return what the graph returns for the questions of the
same names; /q4_by_scan counts for itself what /q4 finds counted. /m1 takes one row and /m2 a list of rows, as JSON, and write what has to be written: customer, complaint
and, for one row, its event, in a transaction of their own. Nothing is normalised; a row of /m2 that was there before
is refused with all others where the database says so.
"""

from __future__ import annotations

import asyncio
import os
import sqlite3
import time
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import asyncpg
import orjson

from nobodyasked.models.fields import week_of

from .handwritten import COMPLAINT, CUSTOMER_SQLITE, EVENT_SQLITE, SUBMIT_POSTGRES, SUBMIT_SQLITE, Statements

URL = os.environ["BENCH_DATABASE"]
SQLITE = URL.startswith("sqlite")
READS = Statements(SQLITE)
CONNECTIONS = 8
Row = tuple[Any, ...]


def received(row: Any) -> Row:
    """Values of COMPLAINT's columns, then the customer's key."""
    at = round(datetime.fromisoformat(row["occurredAt"]).timestamp() * 1000)
    key = row["externalId"]
    now = time.time_ns() // 1_000_000
    return (row["source"], key, key, row["text"], row["channel"], at, now, week_of(at), row["customer"])


class Lite:
    async def open(self) -> None:
        path = URL.removeprefix("sqlite:///")
        self.reader = sqlite3.connect(path, check_same_thread=False, cached_statements=64)
        self.writer = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        for pragma in ("query_only=1", "mmap_size=268435456", "cache_size=-65536"):
            self.reader.execute(f"pragma {pragma}")
        for pragma in (
            "synchronous=normal",
            "foreign_keys=1",
            "cache_size=-32000",
            "temp_store=memory",
            "busy_timeout=10000",
        ):
            self.writer.execute(f"pragma {pragma}")

    async def value(self, sql: str, *parameters: Any) -> str:
        return self.reader.execute(sql, parameters).fetchone()[0]

    async def submit(self, row: Row) -> int:
        self.writer.execute("begin immediate")
        self.writer.execute(CUSTOMER_SQLITE, (row[-1], row[6]))
        key = self.writer.execute(SUBMIT_SQLITE, row).lastrowid
        self.writer.execute(EVENT_SQLITE, (key, row[6]))
        self.writer.execute("commit")
        return key or 0

    async def receive(self, rows: Sequence[Row]) -> int:
        self.writer.execute("begin immediate")
        self.writer.executemany(CUSTOMER_SQLITE, [(row[-1], row[6]) for row in rows])
        done = self.writer.executemany(SUBMIT_SQLITE, rows).rowcount
        self.writer.execute("commit")
        return done


class Post:
    async def open(self) -> None:
        options = {"jit": "off"}
        self.free = [await asyncpg.connect(URL, server_settings=options) for _ in range(CONNECTIONS)]
        self.known: dict[tuple[int, str], Any] = {}
        self.waiting: list[Any] = []

    async def connection(self) -> Any:
        while not self.free:
            turn = asyncio.get_running_loop().create_future()
            self.waiting.append(turn)
            await turn
        return self.free.pop()

    def give_back(self, connection: Any) -> None:
        self.free.append(connection)
        if self.waiting:
            self.waiting.pop(0).set_result(None)

    async def value(self, sql: str, *parameters: Any) -> Any:
        connection = await self.connection()
        try:
            key = (id(connection), sql)
            if key not in self.known:
                self.known[key] = await connection.prepare(sql)
            return await self.known[key].fetchval(*parameters)
        finally:
            self.give_back(connection)

    async def submit(self, row: Row) -> int:
        return await self.value(SUBMIT_POSTGRES, *row)

    async def receive(self, rows: Sequence[Row]) -> int:
        names = list({row[-1] for row in rows})
        connection = await self.connection()
        try:
            async with connection.transaction():
                await connection.execute(
                    "insert into customer(external_id, created_at) select name, $2 from unnest($1::text[]) name"
                    " on conflict (external_id) do nothing",
                    sorted(names),
                    rows[0][6],
                )
                found = await connection.fetch(
                    "select external_id, id from customer where external_id = any($1)", names
                )
                owners = dict(map(tuple, found))
                await connection.copy_records_to_table(
                    "complaint",
                    records=[(*row[:-1], owners[row[-1]]) for row in rows],
                    columns=[*COMPLAINT.split(", "), "customer_id"],
                )
        finally:
            self.give_back(connection)
        return len(rows)


source: Any = Lite() if SQLITE else Post()


async def body_of(receive: Any) -> bytes:
    body = b""
    while True:
        message = await receive()
        body += message.get("body", b"")
        if not message.get("more_body"):
            return body


async def answer(path: str, body: bytes) -> str | None:
    """What belongs to a path; None where nothing does."""
    match path.split("/"):
        case ["", "q1", key]:
            return await source.value(READS.q1, int(key))
        case ["", "q2"]:
            return await source.value(READS.q2)
        case ["", "q3"]:
            return await source.value(READS.q3)
        case ["", "q4"]:
            return await source.value(READS.q4)
        case ["", "q4_by_scan"]:
            return await source.value(READS.q4_by_scan)
        case ["", "m1"]:
            key = await source.submit(received(orjson.loads(body)))
            return f'{{"data":{{"complaintSubmit":{{"complaint":{{"id":"complaint_{key}"}},"created":true,"userErrors":[]}}}}}}'
        case ["", "m2"]:
            count = await source.receive([received(row) for row in orjson.loads(body)])
            return f'{{"data":{{"complaintsImport":{{"createdCount":{count},"userErrors":[]}}}}}}'
    return None


async def app(scope: Any, receive: Any, send: Any) -> None:
    if scope["type"] == "lifespan":
        await receive()
        await source.open()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await send({"type": "lifespan.shutdown.complete"})
        return
    given = await body_of(receive)
    text = await answer(scope["path"], given)
    body = b"" if text is None else text.encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": 404 if text is None else 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})
