"""The limit to compare with: a bare ASGI route around hand-written statements, on the same tables and driver.

    BENCH_DATABASE=... uvicorn benchmarks.support.bare:app

It reads no query, checks no token, knows one answer: POST /q1, /q2 and /q3 return what the graph returns for the
queries of the same names.
"""

from __future__ import annotations

import os
import sqlite3
from typing import Any

import asyncpg

URL = os.environ["BENCH_DATABASE"]
LITE = URL.startswith("sqlite")
Q = "json_quote({})" if LITE else "to_json({})"
NULLABLE = "json_quote({})" if LITE else "coalesce(to_json({})::text, 'null')"
F = "printf" if LITE else "format"
JOIN = "group_concat(j, ',')" if LITE else "string_agg(j, ',')"
AT = (
    """strftime('"%Y-%m-%dT%H:%M:%fZ"', {} / 1000.0, 'unixepoch')"""
    if LITE
    else """'"' || to_char(to_timestamp({} / 1000.0) at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') || '"'"""
)
ARG = "?1" if LITE else "$1::bigint"


def rows(select: str) -> str:
    return f"coalesce((select {JOIN} from ({select}) x), '')"


def quoted(column: str) -> str:
    return Q.format(column)


COMPLAINT = (
    f"""{F}('{{"id":"complaint_%s","text":%s,"channel":%s,"severity":%s,"occurredAt":%s,"customer":{{"id":"customer_%s"}}}}', """
    f"""c.id, {quoted("c.text")}, {quoted("c.channel")}, coalesce({"c.severity" if LITE else "c.severity::text"}, 'null'), {AT.format("c.occurred_at")}, c.customer_id)"""
)
EVIDENCE = rows(
    f"""select {F}('{{"confidence":%s,"quote":%s,"stance":"%s","node":{{"id":"complaint_%s","text":%s,"channel":%s,"occurredAt":%s,"customer":{{"id":"customer_%s","segment":%s}}}}}}',
    e.confidence, {quoted("substr(c.text, s.start_offset + 1, s.end_offset - s.start_offset)")}, e.stance, c.id, {quoted("c.text")}, {quoted("c.channel")}, {AT.format("c.occurred_at")}, u.id, {NULLABLE.format("u.segment")}) as j
    from evidence e join complaint c on c.id = e.complaint_id join span s on s.id = e.span_id join customer u on u.id = c.customer_id
    where e.need_id = n.id and e.live = true order by e.confidence desc, e.id limit 10"""
)
NEEDS = rows(
    f"""select {F}('{{"relief":%s,"rationale":%s,"node":{{"id":"need_%s","statement":%s,"confidence":%s,"evidence":{{"totalCount":%s,"edges":[%s]}}}}}}',
    a.relief, {quoted("a.rationale")}, n.id, {quoted("n.statement")}, n.confidence, n.evidence_count, {EVIDENCE}) as j
    from claim a join need n on n.id = a.need_id where a.invention_id = i.id order by a.relief desc, a.id desc limit 20"""
)
INVENTIONS = rows(
    f"""select {F}('{{"id":"invention_%s","title":%s,"status":"%s","needs":{{"edges":[%s]}}}}', i.id, {quoted("i.title")}, i.status, {NEEDS}) as j
    from (select * from invention where status <> 'WITHDRAWN' order by created_at desc, id desc limit 20) i
    order by i.created_at desc, i.id desc"""
)
SQL = {
    "/q1": f"""select '{{"data":{{"complaint":' || {COMPLAINT} || '}}}}' from complaint c where c.id = {ARG}""",
    "/q2": f"""select '{{"data":{{"inventions":{{"nodes":[' || {INVENTIONS} || ']}}}}}}'""",
    "/q3": f"""select '{{"data":{{"complaints":{{"nodes":[' || {rows(f"select {COMPLAINT} as j from complaint c order by c.occurred_at desc, c.id desc limit 1000")} || ']}}}}}}'""",
}


class Lite:
    async def open(self) -> None:
        self.connection = sqlite3.connect(URL.removeprefix("sqlite:///"), check_same_thread=False, cached_statements=64)
        for pragma in ("query_only=1", "mmap_size=268435456", "cache_size=-65536"):
            self.connection.execute(f"pragma {pragma}")

    async def value(self, sql: str, *parameters: Any) -> str:
        return self.connection.execute(sql, parameters).fetchone()[0]


class Post:
    async def open(self) -> None:
        self.free = [await asyncpg.connect(URL, server_settings={"jit": "off"}) for _ in range(4)]
        self.known: dict[tuple[int, str], Any] = {}
        self.waiting: list[Any] = []

    async def value(self, sql: str, *parameters: Any) -> str:
        import asyncio

        while not self.free:
            turn = asyncio.get_running_loop().create_future()
            self.waiting.append(turn)
            await turn
        connection = self.free.pop()
        try:
            key = (id(connection), sql)
            if key not in self.known:
                self.known[key] = await connection.prepare(sql)
            return await self.known[key].fetchval(*parameters)
        finally:
            self.free.append(connection)
            if self.waiting:
                self.waiting.pop(0).set_result(None)


source: Any = Lite() if LITE else Post()


async def app(scope: Any, receive: Any, send: Any) -> None:
    if scope["type"] == "lifespan":
        await receive()
        await source.open()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await send({"type": "lifespan.shutdown.complete"})
        return
    await receive()
    path = scope["path"]
    if path not in SQL:
        await send({"type": "http.response.start", "status": 404, "headers": [(b"content-length", b"0")]})
        await send({"type": "http.response.body", "body": b""})
        return
    body = (await source.value(SQL[path], *((12345 % 5000 + 1,) if path == "/q1" else ()))).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})
