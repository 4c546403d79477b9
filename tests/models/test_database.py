from __future__ import annotations

from nobodyasked.models.database import Database


async def add_team(database: Database, name: str) -> int:
    async with database.transaction() as transaction:
        return await transaction.value("INSERT INTO team (name, created_at) VALUES (?1, 0) RETURNING id", (name,))


async def test_a_read_sees_what_was_committed(database: Database) -> None:
    team = await add_team(database, "checkout")
    assert await database.value(database.sql("SELECT name FROM team WHERE id = ?1"), (team,)) == "checkout"
    assert await database.value(database.sql("SELECT name FROM team WHERE id = ?1"), (team,), quick=True) == "checkout"
    assert [tuple(row) for row in await database.rows("SELECT id, name FROM team")] == [(team, "checkout")]


async def test_no_row_is_none(database: Database) -> None:
    assert await database.value("SELECT id FROM team") is None
    assert await database.value("SELECT id FROM team", quick=True) is None
    assert await database.rows("SELECT id FROM team") == []
