"""What people look at every day is found by indexes: no statement reads a large table from end to end."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable, Sequence
from typing import Any

import asyncpg
import pytest

from .conftest import Graph

LARGE = ("complaint", "customer", "evidence", "span")
ROWS = 1_000_000

SEEN = "{ nodes { id text channel occurredAt customer { id segment } } }"
EVERY_DAY = {
    "node": '{ complaint(id: "complaint_1") { id text customer { id } } }',
    "work backwards": "{ inventions(first: 20) { nodes { needs { edges { relief node { statement evidence(first: 10) { totalCount"
    " edges { confidence quote stance node { text customer { segment } } } } } } } } } }",
    "latest": f"{{ complaints(first: 100) {SEEN} }}",
    "latest with bounds": "{ complaints(first: 20) { totalCount nodes { id } pageInfo { hasNextPage endCursor } } }",
    "backward": f"{{ complaints(last: 20) {SEEN} }}",
    "oldest": f"{{ complaints(first: 20, orderBy: {{ field: OCCURRED_AT }}) {SEEN} }}",
    "channel": f'{{ complaints(first: 20, where: {{ channel: {{ eq: "email" }} }}) {SEEN} }}',
    "channel within a time": '{ complaints(first: 20, where: { channel: { eq: "email" }, occurredAt: { gte: "2026-01-01T00:00:00Z",'
    ' lt: "2026-01-08T00:00:00Z" } }) { totalCount nodes { id } } }',
    "source": f'{{ complaints(first: 20, where: {{ source: {{ eq: "mail" }} }}) {SEEN} }}',
    "external id": f'{{ complaints(first: 20, where: {{ externalId: {{ eq: "7" }} }}) {SEEN} }}',
    "product": '{ complaints(first: 20, where: { product: { eq: "boots" } }) { totalCount nodes { id } } }',
    "customer": '{ complaints(first: 20, where: { customer: { id: { eq: "customer_1" } } }) { totalCount nodes { id } } }',
    "customers": '{ complaints(first: 20, where: { customer: { id: { in: ["customer_1", "customer_2"] } } }) { nodes { id } } }',
    "key of a customer": '{ complaints(first: 20, where: { customer: { externalId: { eq: "C1" } } }) { nodes { id } } }',
    "of a customer": '{ customer(id: "customer_1") { complaints(first: 20) { totalCount nodes { id } } } }',
    "needs and asks": "{ complaints(first: 20) { nodes { needs { edges { confidence node { id } } } asks { nodes { quote } } } } }",
    "of no need": f"{{ complaints(first: 20, where: {{ needCount: {{ eq: 0 }} }}) {SEEN} }}",
    "search": f'{{ complaints(first: 20, search: "parcel driver") {SEEN} }}',
    "search and count": '{ complaints(first: 20, search: "parcel") { totalCount nodes { id } } }',
    "needs": "{ needs(first: 20) { nodes { statement evidence(first: 5) { totalCount nodes { id } pageInfo { hasNextPage } } } } }",
    "needs by status": "{ needs(first: 20, where: { status: { eq: ACTIVE } }, orderBy: { field: LAST_AT, direction: DESC })"
    " { totalCount nodes { statement customerCount lastAt } } }",
    "evidence of a need": '{ need(id: "need_1") { evidence(first: 10, where: { complaint: { channel: { eq: "email" } } })'
    " { totalCount edges { quote node { text } } } } }",
    "latest evidence": "{ evidence(first: 20) { nodes { quote need { statement } complaint { text } } } }",
    "evidence by status": "{ evidence(first: 20, where: { status: { eq: PENDING } }) { totalCount nodes { id } } }",
    "inventions by status": "{ inventions(first: 20, where: { status: { in: [DRAFT, IN_REVIEW] } }) { totalCount nodes { title } } }",
}
ORDERED = {"latest", "latest with bounds", "backward", "oldest", "needs and asks", "of no need", "latest evidence"}
"""Those whose first rows an index gives in order: it is read from one end, as far as the page goes."""

# how the values of a column spread, where it matters; negative: a share of the rows
DISTINCT = {("complaint", "external_id"): -1.0, ("complaint", "customer_id"): -0.2, ("evidence", "need_id"): 2_000.0}
TOLD_ROWS = """
UPDATE pg_class SET reltuples = $2, relpages = greatest(relpages, 1)
WHERE relnamespace = 'public'::regnamespace AND relname ~ ('(^|_)' || $1 || '(_|$)')
"""
TOLD_DISTINCT = """
SELECT pg_restore_attribute_stats('schemaname', 'public', 'relname', $1::text, 'attname', $2::text, 'inherited', false,
    'null_frac', 0::real, 'avg_width', 8, 'n_distinct', $3::real)
"""


async def statements(graph: Graph, query: str, monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, Sequence[Any]]]:
    """What a query asks of the database."""
    sent: list[tuple[str, Sequence[Any]]] = []

    def watched(read: Callable[..., Any]) -> Callable[..., Any]:
        def reading(sql: str, parameters: Sequence[object] = (), **how: Any) -> Any:
            sent.append((sql, parameters))
            return read(sql, parameters, **how)

        return reading

    with monkeypatch.context() as patched:
        for name in ("value", "value_at_once"):
            patched.setattr(graph.database, name, watched(getattr(graph.database, name)))
        await graph.ask(query)
    assert sent
    return sent


def scans_of_sqlite(url: str, sql: str, parameters: Sequence[Any]) -> list[str]:
    """Large tables that are read from end to end, and how. Without statistics plans do not depend on the rows."""
    tables = {alias: table for table, alias in re.findall(rf"\b({'|'.join(LARGE)}) (\w+)", sql)}
    connection = sqlite3.connect(url.removeprefix("sqlite:///"))
    try:
        lines = [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {sql}", parameters)]
    finally:
        connection.close()
    found = [re.match(r"SCAN (\w+)( USING \w+)?", line) for line in lines]
    return [f"{tables[one[1]]}{one[2] or ''}" for one in found if one and one[1] in tables]


async def scans_of_postgres(url: str, sql: str, parameters: Sequence[Any]) -> list[str]:
    """The same of PostgreSQL, which is told that its tables are large."""
    connection = await asyncpg.connect(url)
    try:
        await connection.execute("BEGIN")
        for table in LARGE:
            await connection.execute(TOLD_ROWS, table, ROWS)
        for (table, column), distinct in DISTINCT.items():
            await connection.execute(TOLD_DISTINCT, table, column, distinct)
        lines = [row[0] for row in await connection.fetch(f"EXPLAIN (COSTS OFF) {sql}", *parameters)]
        await connection.execute("ROLLBACK")
    finally:
        await connection.close()
    found: list[str] = []
    for number, line in enumerate(lines):
        seq = re.search(r"Seq Scan on (\w+)", line)
        if seq and seq[1] in LARGE:
            found.append(seq[1])
        index = re.search(r"Index(?: Only)? Scan(?: Backward)? using \w+ on (\w+)", line)
        if index and index[1] in LARGE and not any("Index Cond" in more for more in lines[number + 1 : number + 2]):
            found.append(f"{index[1]} USING INDEX")
    return found


async def test_large_tables_are_not_read_from_end_to_end(
    graph: Graph, database_url: str, dialect: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    found: dict[str, list[str]] = {}
    for name, query in EVERY_DAY.items():
        for sql, parameters in await statements(graph, query, monkeypatch):
            if dialect == "sqlite":
                scans = scans_of_sqlite(database_url, sql, parameters)
            else:
                scans = await scans_of_postgres(database_url, sql, parameters)
            ordered = name in ORDERED
            found[name] = found.get(name, []) + [scan for scan in scans if not (ordered and " USING " in scan)]
    assert {name: scans for name, scans in found.items() if scans} == {}
