from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from tortoise.context import TortoiseContext
from tortoise.migrations.autodetector import MigrationAutodetector
from tortoise.migrations.operations import AlterModelOptions, CreateModel

from nobodyasked.models import applied, migrator
from nobodyasked.models.commands import audit, identities, impacts
from nobodyasked.models.database import Database
from nobodyasked.models.errors import OtherVersion
from nobodyasked.models.invention import InventionStatus
from nobodyasked.models.migrator import APPS, Tables

from .document import put, ready
from .measurement import outcome
from .people import CURATOR
from .world import complain, found, infer

EVERYTHING = {
    "sqlite": "SELECT type || ' ' || name || ' ' || coalesce(sql, '') FROM sqlite_master WHERE name NOT LIKE 'sqlite_%' ORDER BY 1",
    "postgres": """
        SELECT format('%s.%s %s %s %s', table_name, column_name, data_type, is_nullable, column_default)
        FROM information_schema.columns WHERE table_schema = 'public'
        UNION ALL SELECT indexdef FROM pg_indexes WHERE schemaname = 'public'
        UNION ALL SELECT pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal
        UNION ALL SELECT proname || prosrc FROM pg_proc WHERE pronamespace = 'public'::regnamespace
        UNION ALL SELECT conrelid::regclass || ' ' || pg_get_constraintdef(oid) FROM pg_constraint
        WHERE connamespace = 'public'::regnamespace ORDER BY 1""",
}
COLUMNS = {
    "sqlite": "SELECT m.name, c.name FROM sqlite_master m, pragma_table_info(m.name) c WHERE m.type = 'table' AND m.sql NOT LIKE '%VIRTUAL%'",
    "postgres": "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = 'public'",
}
BESIDE = ("tortoise_migrations", "table_version", "audit_change", "sqlite_")
"""What a step writes of itself, in beginnings of names."""
COUNTED = {("need", column) for column in ("customer_count", "asking_count", "status")}
"""What 0007 counts otherwise than the steps before it."""
LATER = (
    "INSERT INTO allowance (key, level, at) VALUES ('a', 1.5, 2)",
    "INSERT INTO sealed_text (complaint_id, key_id, sealed, created_at) SELECT min(id), 'k', '', 1 FROM complaint",
    "INSERT INTO tombstone (digest, created_at) VALUES ('d', 1)",
)
"""Rows of tables that only later steps make."""


Read = Callable[[str], Awaitable[Sequence[Sequence[Any]]]]
"""Gives the rows of a statement."""


async def everything(dialect: str, read: Read) -> list[str]:
    names = [name for (name,) in await read(EVERYTHING[dialect])]
    return [name for name in names if "tortoise_migrations" not in name]


Rows = dict[tuple[str, str], list[object]]
"""The values of each column, by their rows' order."""


async def held(dialect: str, read: Read) -> Rows:
    """What the tables hold."""
    tables: dict[str, list[str]] = {}
    for table, column in sorted(map(tuple, await read(COLUMNS[dialect]))):
        if not table.startswith(BESIDE) and "_fts" not in table:
            tables.setdefault(table, []).append(column)
    rows: Rows = {}
    for table, names in tables.items():
        found = await read(f"SELECT {', '.join(names)} FROM {table} ORDER BY {'id' if 'id' in names else '1'}")
        rows |= {(table, name): [str(row[place]) for row in found] for place, name in enumerate(names)}
    return rows


@contextmanager
def after_each_step(look: Callable[[str, Read], Awaitable[None]]) -> Iterator[None]:
    """Calls `look` with each step's name once it is done or undone, in its own transaction."""

    def looking(real: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
        async def work(self: migrator.Migration, state: Any, *, schema_editor: Any = None, **rest: Any) -> Any:
            state = await real(self, state, schema_editor=schema_editor, **rest)
            if schema_editor is not None:

                async def read(sql: str) -> Sequence[Sequence[Any]]:
                    return (await schema_editor.client.execute_query(sql))[1]

                await look(self.name, read)
            return state

        return work

    with pytest.MonkeyPatch.context() as patch:
        for name in ("apply", "unapply"):
            patch.setattr(migrator.Migration, name, looking(getattr(migrator.Migration, name)))
        yield


async def settle(database: Database) -> None:
    """Rows in the tables of every step."""
    everyone = await complain(database, ["C1", "C2", "C3"])
    await infer(database, found({"Broken": everyone, "Late": everyone[:2]}, asks=everyone[:1], against=everyone[1:2]))
    case = await ready(database)
    await put(database, case.invention, InventionStatus.SHIPPED)
    await impacts.measure(database, CURATOR, case.invention, [outcome(case.need)])
    await identities.member_of(database, "https://login.example.com", "1", "Dan")
    async with database.transaction() as transaction:
        for statement in LATER:
            await transaction.execute(statement)
    await audit.seal_all(database)


async def test_each_step_down_and_up_with_rows_in_the_tables(blank_url: str) -> None:
    """Down, a step takes what it brought and nothing else; up again, all is as it was but what went with it."""
    database = await Database.open(blank_url, pool=2)
    try:
        dialect, engine = database.dialect, database._engine.tortoise()
        steps = await database.pending_migrations()
        assert steps == sorted(steps)
        assert steps[0] == "0001_initial"
        assert await everything(dialect, database.rows) == []
        shapes: dict[str, list[str]] = {}

        async def note(name: str, read: Read) -> None:
            shapes[name] = await everything(dialect, read)

        with after_each_step(note):
            assert await database.migrate() == steps
        assert len({tuple(shape) for shape in shapes.values()}) == len(steps)
        assert any("idx_evidence_best" in name for name in shapes[steps[0]])
        assert await database.pending_migrations() == []
        assert await database.migrate() == []
        await settle(database)
        before = await held(dialect, database.rows)
        for table in ("identity", "allowance", "audit_entry", "sealed_text", "tombstone", "impact", "need", "citation"):
            assert before[table, "id"], table
        gone: set[tuple[str, str]] = set()
        seen: list[str] = []

        async def same(read: Read, but: set[tuple[str, str]]) -> None:
            now = await held(dialect, read)
            for where in now.keys() - but:
                assert now[where] == before[where], where
            gone.update(before.keys() - now.keys())

        async def down(name: str, read: Read) -> None:
            below = steps[steps.index(name) - 1]
            assert await everything(dialect, read) == shapes[below], name
            await same(read, COUNTED)
            seen.append(name)

        async def up(name: str, read: Read) -> None:
            assert await everything(dialect, read) == shapes[name], name
            await same(read, gone | COUNTED)
            seen.append(name)

        with after_each_step(down):
            assert await migrator.migrate(engine, steps[0]) == steps[:0:-1]
        lost = gone.copy()
        with after_each_step(up):
            assert await database.migrate() == steps[1:]
        assert seen == [*steps[:0:-1], *steps[1:]]
        # what 0007 counts anew comes out as it was
        await same(database.rows, lost - {("need", "voice_count")})
        assert await migrator.migrate(engine, "") == steps[::-1]
        assert await everything(dialect, database.rows) == []
        assert await database.migrate() == steps
        assert await everything(dialect, database.rows) == shapes[steps[-1]]
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
    assert (await migrator.migrate(engine, "0006_erasure"))[-1] == "0007_supporters"
    before = await database.rows("SELECT status, customer_count, asking_count FROM need ORDER BY id")
    assert [tuple(row) for row in before] == [("ACTIVE", 3, 2), ("ACTIVE", 2, 1)]
    assert (await migrator.migrate(engine))[0] == "0007_supporters"
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
        assert await everything(database.dialect, database.rows) == []
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
