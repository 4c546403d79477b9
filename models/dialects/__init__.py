"""What SQLite and PostgreSQL say differently: the words of SQL, without a connection."""

from .base import Dialect
from .postgres import Postgres
from .sqlite import Sqlite

__all__ = ["Dialect", "Postgres", "Sqlite", "dialect_of"]


def dialect_of(name: str) -> Dialect:
    """The dialect of a `Database.dialect` name ("sqlite" or "postgres")."""
    return {"sqlite": Sqlite, "postgres": Postgres}[name]()
