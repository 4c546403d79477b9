"""What a database can answer instead of rows, in one form for both.

    Fault           the statement failed; a mistake of ours, or of the disk
    |-- Full        there is no space left: nothing was written
    |-- Damaged     the file is no database, or not whole
    |-- Violation   a constraint of the schema refused the rows
    |-- TooDeep     the statement is nested more deeply than SQLite's parser can follow
    `-- Contended   others were in the way, or the database was away: nothing was written, the same work may succeed later
        `-- Lost    the connection broke while a commit was under way: it may have been written

Messages name the kind of fault and never hold SQL, values or addresses; the driver's own exception is not chained for
the same reason.
"""

from __future__ import annotations

import asyncio
import sqlite3

import asyncpg

__all__ = ["Contended", "Damaged", "Fault", "Full", "Lost", "TooDeep", "Violation", "from_asyncpg", "from_sqlite"]


class Fault(Exception):
    def __init__(self, kind: str) -> None:
        super().__init__(f"the database answered {kind}")
        self.kind = kind


class Full(Fault):
    pass


class Damaged(Fault):
    pass


class Violation(Fault):
    pass


class TooDeep(Fault):
    pass


class Contended(Fault):
    pass


class Lost(Contended):
    pass


# SQLite has no code of its own for this
TOO_DEEP = "parser stack overflow"
DAMAGED_CODES = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})
SQLITE_BUSY_CODES = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED})


def from_sqlite(error: sqlite3.Error) -> Fault:
    """The fault behind an exception of sqlite3."""
    name = getattr(error, "sqlite_errorname", None) or type(error).__name__
    # extended codes keep the primary code in their low byte
    if (getattr(error, "sqlite_errorcode", None) or 0) & 0xFF in SQLITE_BUSY_CODES:
        return Contended(name)
    if str(error) == TOO_DEEP:
        return TooDeep(name)
    if (getattr(error, "sqlite_errorcode", None) or 0) & 0xFF in DAMAGED_CODES:
        return Damaged(name)
    if (getattr(error, "sqlite_errorcode", None) or 0) & 0xFF == sqlite3.SQLITE_FULL:
        return Full(name)
    if isinstance(error, sqlite3.IntegrityError):
        return Violation(name)
    return Fault(name)


# SQLSTATE classes and codes of Appendix A of PostgreSQL's manual: 08 connection exception, 40 transaction rollback,
# 53300 too many connections, 55P03 lock not available, 57P01..57P05 shutdown, crash, starting up, dropped, idle timeout
DISK_FULL = "53100"
CONTENDED_STATES = ("08", "40", "53300", "55P03", "57P")


def from_asyncpg(error: BaseException) -> Fault:
    """The fault behind an exception that asyncpg raised while it spoke to the server."""
    if isinstance(error, asyncpg.PostgresError):
        state: str = getattr(error, "sqlstate", None) or "unknown"
        if state.startswith(CONTENDED_STATES):
            return Contended(state)
        if state == DISK_FULL:
            return Full(state)
        return Violation(state) if state.startswith("23") else Fault(state)
    if isinstance(error, asyncpg.InterfaceError):
        # asyncpg words a broken connection as a misuse of it
        away = "clos" in str(error) or "connect" in str(error)
        return Contended("connection closed") if away else Fault(type(error).__name__)
    # between the server's farewell and the end of the connection, asyncpg trips over its own state
    if isinstance(error, OSError | asyncio.TimeoutError | asyncpg.InternalClientError):
        return Contended(type(error).__name__)
    return Fault(type(error).__name__)
