"""Brings the tables up to date with Tortoise's migrations (`migrations/`).

Tortoise is entered for the time of the call alone. Each migration and the note that it was applied are one
transaction, and two processes that start at once do not apply it twice.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from copy import deepcopy
from typing import Any

from tortoise.context import TortoiseContext
from tortoise.exceptions import IntegrityError, OperationalError
from tortoise.fields.base import Field
from tortoise.migrations.executor import MigrationTarget
from tortoise.migrations.migration import Migration as TortoiseMigration
from tortoise.migrations.operations import AddField, AddIndex, CreateModel, TortoiseOperation
from tortoise.migrations.recorder import MigrationRecorder
from tortoise.migrations.schema_editor.base import BaseSchemaEditor
from tortoise.migrations.schema_generator.state import ModelState, State

from .audited import BULK, IGNORED, enumerations
from .picture import Executor

__all__ = [
    "APPS",
    "AddColumn",
    "AddColumns",
    "Migration",
    "PerDialect",
    "Tables",
    "audited",
    "migrate",
    "pending",
    "together",
    "versioned",
]

LABEL = "models"
APPS: dict[str, dict[str, Any]] = {
    LABEL: {
        "models": [f"{__package__}.tables"],
        "default_connection": "default",
        "migrations": f"{__package__}.migrations",
    }
}
LOCK_KEY = 0x6E6F_6261
"""Of PostgreSQL's advisory locks; any number that nobody else uses."""

# at DEBUG Tortoise logs every statement with its values
logging.getLogger("tortoise").setLevel(logging.INFO)


class Recorder(MigrationRecorder):
    """Reads what was applied; the writing is done by `Migration`, inside the migration's own transaction."""

    async def ensure_schema(self, schema_editor: BaseSchemaEditor) -> None:
        try:
            await super().ensure_schema(schema_editor)
        except (OperationalError, IntegrityError):
            # PostgreSQL's IF NOT EXISTS looks before it leaps: another process made the table in between
            await super().ensure_schema(schema_editor)

    async def record_applied(self, app: str, name: str) -> None:
        return None

    async def record_unapplied(self, app: str, name: str) -> None:
        return None


class Migration(TortoiseMigration):
    """A migration that notes itself, and steps aside where another process was faster."""

    async def apply(self, state: State, *, schema_editor: BaseSchemaEditor | None = None, **rest: Any) -> State:
        if schema_editor is None or schema_editor.collect_sql or rest.get("dry_run"):
            return await super().apply(state, schema_editor=schema_editor, **rest)
        if await self._is_applied(schema_editor):
            return await super().apply(state, schema_editor=None, dry_run=True)
        if self._only_adds():
            for operation in self.operations:
                operation.state_forward(self.app_label, state)
                await operation.database_forward(self.app_label, state, state, schema_editor)
            state.validate_relations_initialized()
        else:
            state = await super().apply(state, schema_editor=schema_editor, **rest)
        await MigrationRecorder(schema_editor.client).record_applied(self.app_label, self.name)
        return state

    async def unapply(self, state: State, *, schema_editor: BaseSchemaEditor | None = None, **rest: Any) -> State:
        if schema_editor is None or schema_editor.collect_sql or rest.get("dry_run"):
            return await super().unapply(state, schema_editor=schema_editor, **rest)
        if not await self._is_applied(schema_editor):
            return state
        if self._only_adds():
            whole = state.clone()
            for operation in self.operations:
                operation.state_forward(self.app_label, whole)
            for operation in reversed(self.operations):
                await operation.database_backward(self.app_label, whole, whole, schema_editor)
        else:
            state = await super().unapply(state, schema_editor=schema_editor, **rest)
        await MigrationRecorder(schema_editor.client).record_unapplied(self.app_label, self.name)
        return state

    def _only_adds(self) -> bool:
        """Whether every operation can be done and undone with what there is after all of them: Tortoise copies its picture
        of all tables before each one, which takes most of a migration's time."""
        return all(
            isinstance(operation, AddField | AddIndex | AddColumns | CreateModel | PerDialect | Tables)
            for operation in self.operations
        )

    async def _is_applied(self, schema_editor: BaseSchemaEditor) -> bool:
        if schema_editor.DIALECT == "postgres":
            # SQLite needs none: its transactions begin with the write lock
            await schema_editor.client.execute_query(f"SELECT pg_advisory_xact_lock({LOCK_KEY})")
        keys = await MigrationRecorder(schema_editor.client).applied_migrations()
        return any(key.app_label == self.app_label and key.name == self.name for key in keys)


class PerDialect(TortoiseOperation):
    """Statements that differ between the databases, with those that undo them."""

    def __init__(
        self,
        what: str,
        *,
        sqlite: Sequence[str] = (),
        sqlite_undo: Sequence[str] = (),
        postgres: Sequence[str] = (),
        postgres_undo: Sequence[str] = (),
    ) -> None:
        self.what = what
        self.forward = {"sqlite": sqlite, "postgres": postgres}
        self.backward = {"sqlite": sqlite_undo, "postgres": postgres_undo}

    def describe(self) -> str:
        return self.what

    async def database_forward(
        self, app_label: str, old_state: State, new_state: State, state_editor: BaseSchemaEditor | None = None
    ) -> None:
        await self._send(self.forward, state_editor)

    async def database_backward(
        self, app_label: str, old_state: State, new_state: State, state_editor: BaseSchemaEditor | None = None
    ) -> None:
        await self._send(self.backward, state_editor)

    async def _send(self, statements: dict[str, Sequence[str]], state_editor: BaseSchemaEditor | None) -> None:
        if state_editor is not None:
            for statement in statements[state_editor.DIALECT]:
                # the schema editor for SQLite splits its statements at every semicolon, those of a trigger too
                await state_editor.client.execute_script(statement)


def together(*parts: PerDialect) -> PerDialect:
    """Several of them as one operation, undone in the opposite order (see `Tables`)."""

    def sent(which: str, dialect: str) -> list[str]:
        ordered = parts if which == "forward" else parts[::-1]
        return [statement for part in ordered for statement in getattr(part, which)[dialect]]

    return PerDialect(
        "; ".join(part.what for part in parts),
        sqlite=sent("forward", "sqlite"),
        sqlite_undo=sent("backward", "sqlite"),
        postgres=sent("forward", "postgres"),
        postgres_undo=sent("backward", "postgres"),
    )


CHANGES = ("insert", "update", "delete")


def versioned(*tables: str) -> PerDialect:
    """Gives tables that the graph reads a version each, as the first migration does (see `versions.py`)."""
    return PerDialect(
        f"Number the versions of {', '.join(tables)}",
        sqlite=[
            *(f"INSERT INTO table_version (name, n) VALUES ('{table}', 0)" for table in tables),
            *(
                f"CREATE TRIGGER {table}_version_{change} AFTER {change.upper()} ON {table} BEGIN"
                f" UPDATE table_version SET n = n + 1 WHERE name = '{table}'; END"
                for table in tables
                for change in CHANGES
            ),
        ],
        sqlite_undo=[
            *(f"DROP TRIGGER {table}_version_{change}" for table in tables for change in CHANGES),
            *(f"DELETE FROM table_version WHERE name = '{table}'" for table in tables),
        ],
        postgres=[
            f"CREATE TRIGGER {table}_version AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON {table}"
            " FOR EACH STATEMENT EXECUTE FUNCTION table_changed()"
            for table in tables
        ],
        postgres_undo=[
            *(f"DROP TRIGGER {table}_version ON {table}" for table in tables),
            *(f"DELETE FROM table_version WHERE name = '{table}'" for table in tables),
        ],
    )


def audited(*tables: str) -> PerDialect:
    """Has the changes of tables told to the audit log (see `audited.py`). SQLite's connections see to that themselves."""
    seen = {"insert": "NEW TABLE AS new_rows", "delete": "OLD TABLE AS old_rows"}
    seen["update"] = f"{seen['delete']} {seen['insert']}"

    def given(table: str) -> str:
        ignored, words = IGNORED.get(table, ()), enumerations().get(table, ())
        return f"'{','.join(ignored)}', '{','.join(words)}', '{'bulk' if table in BULK else ''}'"

    return PerDialect(
        f"Tell the audit log of {', '.join(tables)}",
        postgres=[
            f"CREATE TRIGGER {table}_audit_{change} AFTER {change.upper()} ON {table} REFERENCING {rows}"
            f" FOR EACH STATEMENT EXECUTE FUNCTION audit_changed({given(table)})"
            for table in tables
            for change, rows in seen.items()
        ],
        postgres_undo=[f"DROP TRIGGER {table}_audit_{change} ON {table}" for table in tables for change in seen],
    )


class AddColumn(AddField):
    """A new column of a table that has rows, a default for them in its `definition` (SQL of both databases).

    Tortoise's own operation gives a database no default, and on SQLite it takes a column away by making the table anew,
    which its triggers do not outlive.
    """

    def __init__(self, model_name: str, name: str, field: Any, *, table: str, definition: str) -> None:
        super().__init__(model_name, name, field)
        self.table = table
        self.definition = definition

    async def database_forward(
        self, app_label: str, old_state: State, new_state: State, state_editor: BaseSchemaEditor | None = None
    ) -> None:
        if state_editor is not None:
            await state_editor.client.execute_script(f"ALTER TABLE {self.table} ADD COLUMN {self.definition}")

    async def database_backward(
        self, app_label: str, old_state: State, new_state: State, state_editor: BaseSchemaEditor | None = None
    ) -> None:
        if state_editor is not None:
            column = self.definition.partition(" ")[0]
            await state_editor.client.execute_script(f"ALTER TABLE {self.table} DROP COLUMN {column}")


class AddColumns(TortoiseOperation):
    """Plain new columns of a model, at once: Tortoise's own operation works the whole state out anew for each.

    Taken back, they alone go: Tortoise would make the table anew on SQLite, without its triggers.
    """

    def __init__(self, model_name: str, columns: Mapping[str, Field[Any]]) -> None:
        self.model_name = model_name
        self.columns = columns

    def describe(self) -> str:
        return f"Add {', '.join(self.columns)} to {self.model_name}"

    def state_forward(self, app_label: str, state: State) -> None:
        fields = self.get_model_state(state, app_label, self.model_name).fields
        fields.update({name: deepcopy(field) for name, field in self.columns.items()})
        state.reload_models({(app_label, self.model_name)})

    async def database_forward(
        self, app_label: str, old_state: State, new_state: State, state_editor: BaseSchemaEditor | None = None
    ) -> None:
        if state_editor is not None:
            model = new_state.apps.get_model(f"{app_label}.{self.model_name}")
            for name in self.columns:
                await state_editor.add_field(model, name)

    async def database_backward(
        self, app_label: str, old_state: State, new_state: State, state_editor: BaseSchemaEditor | None = None
    ) -> None:
        if state_editor is not None:
            table = old_state.apps.get_model(f"{app_label}.{self.model_name}")._meta.db_table
            for name in self.columns:
                await state_editor.client.execute_script(f'ALTER TABLE "{table}" DROP COLUMN "{name}"')


class Tables(TortoiseOperation):
    """New tables, at once: Tortoise works its whole picture of the database out anew for each operation."""

    def __init__(self, *tables: CreateModel) -> None:
        self.tables = tables

    def describe(self) -> str:
        return f"Create {', '.join(table.name for table in self.tables)}"

    def state_forward(self, app_label: str, state: State) -> None:
        for table in self.tables:
            state.models[app_label, table.name] = ModelState.make_from_model(app_label, table.model)
        state.reload_models(list(state.models))

    async def database_forward(
        self, app_label: str, old_state: State, new_state: State, state_editor: BaseSchemaEditor | None = None
    ) -> None:
        for table in self.tables:
            await table.database_forward(app_label, old_state, new_state, state_editor)

    async def database_backward(
        self, app_label: str, old_state: State, new_state: State, state_editor: BaseSchemaEditor | None = None
    ) -> None:
        for table in reversed(self.tables):
            await table.database_backward(app_label, old_state, new_state, state_editor)


async def migrate(connection: dict[str, Any], target: str = "__latest__") -> list[str]:
    """Apply what is missing, or go back to the migration named `target` ("" takes everything away).

    `connection` is an engine's `tortoise()`. Returns the names applied or, going back, taken away.
    """
    done: list[str] = []

    def note(event: str, _: str, name: str) -> None:
        if event.endswith("_done"):
            done.append(name)

    async with TortoiseContext() as context:
        executor = await executor_for(context, connection)
        await executor.migrate([MigrationTarget(LABEL, target or "__first__")], progress=note)
    return done


async def pending(connection: dict[str, Any]) -> list[str]:
    """Names of the migrations that are not applied yet, in order."""
    async with TortoiseContext() as context:
        executor = await executor_for(context, connection)
        return [step.migration.name for step in await executor.plan([MigrationTarget(LABEL, "__latest__")])]


async def executor_for(context: TortoiseContext, connection: dict[str, Any]) -> Executor:
    await context.init(config={"connections": {"default": connection}, "apps": APPS}, init_connections=True)
    client = context.connections.get("default")
    executor = Executor(client, APPS)
    executor.recorder = Recorder(client)
    executor.loader.recorder = executor.recorder
    return executor
