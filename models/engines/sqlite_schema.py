"""Tortoise's SQLite client, made safe for migrations."""

from __future__ import annotations

import sqlite3
from typing import Any

from tortoise.backends.base.client import TransactionContext
from tortoise.backends.sqlite.client import SqliteClient, SqliteTransactionContext, SqliteTransactionWrapper
from tortoise.exceptions import TransactionManagementError

__all__ = ["MigratingSqlite", "client_class"]


def statements_of(script: str) -> list[str]:
    """The single statements of a script."""
    found, current = [], ""
    for piece in script.split(";"):
        current += piece
        # a trigger holds semicolons of its own
        if sqlite3.complete_statement(current + ";"):
            if current.strip():
                found.append(current + ";")
            current = ""
        else:
            current += ";"
    return found


class MigratingSqlite(SqliteClient):
    """Takes the write lock when a transaction begins, and keeps scripts inside it: `executescript` of the standard
    library commits first, which would leave half a migration behind after a crash."""

    def _in_transaction(self) -> TransactionContext:
        return SqliteTransactionContext(MigratingTransaction(self), self._lock)

    async def execute_script(self, query: str) -> None:
        for statement in statements_of(query):
            await self.execute_query(statement)


class MigratingTransaction(SqliteTransactionWrapper):
    async def begin(self) -> None:
        try:
            await self._connection.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError as error:
            raise TransactionManagementError(error) from None

    async def execute_script(self, query: str) -> None:
        for statement in statements_of(query):
            await self.execute_query(statement)


client_class: Any = MigratingSqlite
