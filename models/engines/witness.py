"""Sees every row that a SQLite connection changes, and writes the audit log's entry into the same transaction.

Triggers of the connection alone (TEMP) call back into Python, so that nothing is written but the entry itself.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterable
from typing import Any

import orjson

from ..acting import Acting
from ..audit import START, Entry, digest_of, seal
from ..audited import AUDITED, BULK, IGNORED, ROWS_MOST, enumerations
from ..fields import now_ms

__all__ = ["WRITE", "Witness"]

NUMERIC = re.compile("INT|REAL|DOUBLE|FLOAT|BOOL", re.IGNORECASE)
COLUMNS = "SELECT m.name, c.name, c.type FROM sqlite_master m, pragma_table_info(m.name) c WHERE m.type = 'table'"
LAST = "SELECT id, hash FROM audit_entry ORDER BY id DESC LIMIT 1"
WRITE = (
    "INSERT INTO audit_entry (id, at, deed, member_id, role, members, changes, hash) VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
)


class Witness:
    """Of one connection that writes."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._watching = False
        self._shown: dict[str, list[str]] = {}
        self._named: dict[str, list[str]] = {}
        self._truths: set[tuple[str, str]] = set()
        self._seen: dict[tuple[str, str], list[tuple[Any, ...]]] = {}

    def begin(self) -> None:
        """A transaction begins."""
        self._seen.clear()
        if not self._watching:
            self._watch()

    @property
    def saw_changes(self) -> bool:
        """Whether there is something to write."""
        return bool(self._seen)

    def end(self, who: Acting) -> None:
        """It is about to be committed: write what was seen."""
        last = self._connection.execute(LAST).fetchall()
        id, before = last[0] if last else (0, START)
        changes = [self._told(table, change, rows) for (table, change), rows in self._seen.items()]
        entry = Entry(id + 1, now_ms(), who.deed, who.member_id, who.role, list(who.members), changes)
        self._connection.execute(
            WRITE,
            (
                entry.id,
                entry.at,
                entry.deed,
                entry.member_id,
                entry.role,
                orjson.dumps(entry.members).decode(),
                orjson.dumps(entry.changes).decode(),
                seal(entry, before),
            ),
        )
        self._seen.clear()

    def _told(self, table: str, change: str, rows: list[tuple[Any, ...]]) -> dict[str, Any]:
        rows.sort(key=lambda row: row[0])
        hashed = table == "complaint" and change == "INSERT"
        told: dict[str, Any] = {
            "table": table,
            "change": change,
            "count": len(rows),
            "digest": digest_of(f"{row[0]}:{row[1]}" if hashed else str(row[0]) for row in rows),
        }
        if len(rows) <= ROWS_MOST:
            told["rows"] = [{"id": row[0]} if table in BULK else self._row(table, change, row) for row in rows]
        return told

    def _row(self, table: str, change: str, row: tuple[Any, ...]) -> dict[str, Any]:
        names, more = self._shown[table], self._named[table]
        if change != "UPDATE":
            values = self._values(table, zip(names, row[1:], strict=True))
            told = {name: value for name, value in values.items() if value is not None}
            return {"id": row[0], ("after" if change == "INSERT" else "before"): told}
        half = 1 + len(names)
        old, new, other = row[1:half], row[half : half + len(names)], row[half + len(names) :]
        changed = [(name, a, b) for name, a, b in zip(names, old, new, strict=True) if a != b]
        return {
            "id": row[0],
            "before": self._values(table, ((name, a) for name, a, _ in changed)),
            "after": self._values(table, ((name, b) for name, _, b in changed)),
            "fields": [name for name, differs in zip(more, other, strict=True) if differs],
        }

    def _values(self, table: str, row: Iterable[tuple[str, Any]]) -> dict[str, Any]:
        # SQLite's truths are numbers
        return {
            name: bool(value) if value is not None and (table, name) in self._truths else value for name, value in row
        }

    def _saw(self, table: str, change: str, *row: Any) -> None:
        self._seen.setdefault((table, change), []).append(row)

    def _watch(self) -> None:
        tables: dict[str, list[tuple[str, str]]] = {}
        for table, name, kind in self._connection.execute(COLUMNS).fetchall():
            tables.setdefault(table, []).append((name, kind))
        if "audit_entry" not in tables:
            return  # not migrated yet
        self._connection.create_function("audit_saw", -1, self._saw)
        for table in AUDITED:
            columns = tables[table]
            watched = [column for column in columns if column[0] not in ("id", *IGNORED.get(table, ()))]
            shown = [name for name, kind in watched if NUMERIC.search(kind) or name in enumerations().get(table, ())]
            self._truths.update((table, name) for name, kind in columns if kind.upper().startswith("BOOL"))
            named = [name for name, _ in watched if name not in shown]
            # in the order of their names, as PostgreSQL has them
            self._shown[table], self._named[table] = sorted(shown), sorted(named)
            for change in ("INSERT", "UPDATE", "DELETE"):
                self._connection.execute(self._trigger(table, change))
        self._watching = True

    def _trigger(self, table: str, change: str) -> str:
        shown, named = self._shown[table], self._named[table]
        row = "old" if change == "DELETE" else "new"
        values, of, when = [f"{row}.id"], "", ""
        if table in BULK:
            if table == "complaint" and change == "INSERT":
                values.append("new.content_hash")
        elif change == "UPDATE":
            values += [f"old.{name}" for name in shown] + [f"new.{name}" for name in shown]
            values += [f"old.{name} IS NOT new.{name}" for name in named]
        else:
            values += [f"{row}.{name}" for name in shown]
        if change == "UPDATE":
            of = " OF " + ", ".join([*shown, *named])
            when = " WHEN " + " OR ".join(f"old.{name} IS NOT new.{name}" for name in [*shown, *named])
        return (
            f"CREATE TEMP TRIGGER audit_{table}_{change.lower()} AFTER {change}{of} ON main.{table}{when}"
            f" BEGIN SELECT audit_saw('{table}', '{change}', {', '.join(values)}); END"
        )
