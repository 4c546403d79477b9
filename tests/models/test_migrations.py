from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from tortoise.context import TortoiseContext
from tortoise.migrations.autodetector import MigrationAutodetector
from tortoise.migrations.operations import AlterModelOptions, CreateModel

from nobodyasked.models import applied, migrator
from nobodyasked.models.database import Database
from nobodyasked.models.errors import OtherVersion
from nobodyasked.models.migrator import APPS, Tables

from .world import complain, found, infer

EVERYTHING = {
    "sqlite": "SELECT type || ' ' || name FROM sqlite_master WHERE name NOT LIKE 'sqlite_%' ORDER BY 1",
    "postgres": (
        "SELECT table_name || '.' || column_name FROM information_schema.columns WHERE table_schema = 'public'"
        " UNION ALL SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' ORDER BY 1"
    ),
}


async def everything(database: Database) -> list[str]:
    names = [name for (name,) in await database.rows(EVERYTHING[database.dialect])]
    return [name for name in names if "tortoise_migrations" not in name]


async def test_up_and_down_and_up(blank_url: str) -> None:
    database = await Database.open(blank_url, pool=2)
    try:
        pending = await database.pending_migrations()
        assert pending == sorted(pending)
        assert pending[0] == "0001_initial"
        assert await everything(database) == []
        assert await database.migrate() == pending
        assert await database.pending_migrations() == []
        assert await database.migrate() == []
        there = await everything(database)
        assert any("idx_evidence_best" in name for name in there)
        # what was in it is there on the way down, and again after the way up, with what only later steps hold
        everyone = await complain(database, ["C1", "C2", "C3"])
        await infer(
            database, found({"Broken": everyone, "Late": everyone[:2]}, asks=everyone[:1], against=everyone[1:2])
        )
        tables = ("customer", "complaint", "span", "evidence", "need", "event")

        async def rows(columns: str = "*") -> dict[str, list[tuple[object, ...]]]:
            return {
                table: [tuple(row) for row in await database.rows(f"SELECT {columns} FROM {table} ORDER BY id")]
                for table in tables
            }

        ids, whole = await rows("id"), await rows()
        assert all(whole.values())
        engine = database._engine.tortoise()
        assert await migrator.migrate(engine, pending[0]) == pending[:0:-1]
        assert await rows("id") == ids
        assert await database.migrate() == pending[1:]
        assert await rows() == whole
        assert await everything(database) == there
        assert await migrator.migrate(database._engine.tortoise(), "") == pending[::-1]
        assert await everything(database) == []
        assert await database.pending_migrations() == pending
        assert await database.migrate() == pending
        assert await everything(database) == there
    finally:
        await database.close()


async def test_needs_of_before_are_counted_by_who_supports_them(database: Database) -> None:
    """Of what was counted with those who only praise, some were ACTIVE by them alone."""
    everyone = await complain(database, ["C1", "C2", "C3"])
    praise, ask = everyone[1:]
    drafts = {"Broken": everyone, "Praised": everyone[:2]}
    await infer(database, found(drafts, asks=[praise, ask], against=[praise]))
    after = await database.rows("SELECT status, customer_count, asking_count, voice_count FROM need ORDER BY id")
    assert [tuple(row) for row in after] == [("ACTIVE", 2, 1, 3), ("EMERGING", 1, 0, 2)]
    engine = database._engine.tortoise()
    assert await migrator.migrate(engine, "0006_erasure") == ["0007_supporters"]
    before = await database.rows("SELECT status, customer_count, asking_count FROM need ORDER BY id")
    assert [tuple(row) for row in before] == [("ACTIVE", 3, 2), ("ACTIVE", 2, 1)]
    assert await migrator.migrate(engine) == ["0007_supporters"]
    again = await database.rows("SELECT status, customer_count, asking_count, voice_count FROM need ORDER BY id")
    assert [tuple(row) for row in again] == [tuple(row) for row in after]


async def test_databases_of_other_versions(database: Database) -> None:
    """One that took the steps which the first migration replaces is up to date; one that is ahead is refused."""

    async def note(name: str) -> None:
        async with database.transaction() as transaction:
            await transaction.execute(
                "INSERT INTO tortoise_migrations (app, name, applied_at) VALUES ('models', ?1, CURRENT_TIMESTAMP)",
                (name,),
            )

    for name in sorted(applied.REPLACED)[:-1]:
        await note(name)
    with pytest.raises(OtherVersion, match=r"0002_labels, .* Install that version"):
        await database.pending_migrations()
    await note(max(applied.REPLACED))
    assert await database.pending_migrations() == []
    assert await database.migrate() == []
    await note("9999_future")
    with pytest.raises(OtherVersion, match="9999_future"):
        await database.migrate()


async def test_several_processes_at_once(blank_url: str) -> None:
    opened = [await Database.open(blank_url, pool=1) for _ in range(3)]
    try:
        # each in a context of its own, as in processes of their own
        await asyncio.gather(*(asyncio.create_task(database.migrate()) for database in opened))
        for database in opened:
            assert await database.pending_migrations() == []
    finally:
        for database in opened:
            await database.close()


async def test_a_failing_migration_leaves_nothing(blank_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    class PowerCut(Exception):
        pass

    database = await Database.open(blank_url, pool=1)
    try:
        with monkeypatch.context() as patched:

            async def cut(*_: object, **__: object) -> None:
                raise PowerCut

            patched.setattr(migrator.PerDialect, "database_forward", cut)
            with pytest.raises(PowerCut):
                await database.migrate()
        assert await everything(database) == []
        assert (await database.pending_migrations())[0] == "0001_initial"
        await database.migrate()
        assert await database.pending_migrations() == []
    finally:
        await database.close()


async def changes() -> list[object]:
    """What the autodetector would write; descriptions of tables reach no database and are left out."""
    async with TortoiseContext() as context:
        config = {"connections": {"default": "sqlite://:memory:"}, "apps": APPS}
        await context.init(config=config, init_connections=False)
        assert context.apps is not None
        writers = await MigrationAutodetector(context.apps, APPS).changes()
    return [
        operation
        for writer in writers
        for operation in writer.operations
        if not isinstance(operation, AlterModelOptions)
    ]


async def test_models_and_migrations_agree(monkeypatch: pytest.MonkeyPatch) -> None:
    assert await changes() == []
    # and the test would see it if they did not
    from nobodyasked.models.migrations import __name__ as package

    monkeypatch.setitem(APPS["models"], "migrations", package.replace(".migrations", ".queries"))
    with pytest.raises(ValueError, match="no Migration class"):
        await changes()


@pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)
async def test_names_in_indexes_are_columns(database: Database) -> None:
    """SQLite takes a quoted name that is no column for a text, and indexes that."""
    rows = await database.rows(
        "SELECT m.name FROM sqlite_master m, pragma_index_info(m.name) i WHERE m.type = 'index' AND i.name IS NULL"
    )
    assert rows == []


async def test_deleting_what_is_searched(database: Database) -> None:
    async with database.transaction() as transaction:
        await transaction.execute(
            "INSERT INTO invention (title, mechanism, status, door, created_at, updated_at, version)"
            " VALUES ('Parcel lockers', 'Boxes', 'DRAFT', 'TWO_WAY', 0, 0, 1)"
        )

    async def hits(word: str) -> int:
        if database.dialect == "sqlite":
            sql = "SELECT COUNT(*) FROM invention_fts WHERE invention_fts MATCH ?1"
        else:
            sql = "SELECT COUNT(*) FROM invention WHERE search @@ plainto_tsquery('english', $1)"
        return await database.value(sql, (word,))

    assert [await hits(word) for word in ("locker", "box", "drone")] == [1, 1, 0]
    async with database.transaction() as transaction:
        await transaction.execute("UPDATE invention SET title = 'Drones'")
    assert [await hits(word) for word in ("locker", "box", "drone")] == [0, 1, 1]
    async with database.transaction() as transaction:
        await transaction.execute("DELETE FROM invention")
    assert [await hits(word) for word in ("locker", "box", "drone")] == [0, 0, 0]
    if database.dialect == "sqlite":
        async with database.transaction() as transaction:
            await transaction.execute("INSERT INTO invention_fts (invention_fts, rank) VALUES ('integrity-check', 1)")


def test_every_model_is_created_somewhere() -> None:
    from nobodyasked.models import tables
    from nobodyasked.models.migrations import __path__ as folders

    names = [path.stem for path in Path(next(iter(folders))).glob("0*.py")]
    assert names
    written = [__import__(f"nobodyasked.models.migrations.{name}", fromlist=["Migration"]) for name in names]
    operations = [operation for one in written for operation in one.Migration.operations]
    created = [
        table.name
        for operation in operations
        for table in (operation.tables if isinstance(operation, Tables) else [operation])
        if isinstance(table, CreateModel)
    ]
    assert sorted(created) == sorted(tables.__all__)
