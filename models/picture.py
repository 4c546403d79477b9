"""What the tables look like in the course of migrations."""

from __future__ import annotations

from collections.abc import Iterable

from tortoise.migrations.executor import MigrationExecutor
from tortoise.migrations.graph import MigrationKey
from tortoise.migrations.schema_generator.state import ModelState, State
from tortoise.migrations.schema_generator.state_apps import StateApps

__all__ = ["Executor", "Picture"]


class Shapes(StateApps):
    """Models that are looked at and never asked: the ways to do so are most of what Tortoise makes of each."""

    def _build_initial_querysets(self) -> None:
        for app in self.apps.values():
            for model in app.values():
                if model._meta._inited:
                    model._meta.finalise_fields()
                    model._meta._resolve_index_expressions()


class Picture(State):
    """Tortoise's state of all models, drawn when somebody looks at it: Tortoise draws most of it anew after each operation."""

    def __init__(self, models: dict[tuple[str, str], ModelState], connections: dict[str, str]) -> None:
        self.models = models
        self._connections = connections
        self._drawn: StateApps | None = None

    @property
    def apps(self) -> StateApps:  # type: ignore[override]
        if self._drawn is None:
            self._drawn = Shapes(default_connections=self._connections)
            for (label, _), model in self.models.items():
                self._drawn.register_model(label, model.render(self._drawn))
            self._drawn._init_relations()
            self._drawn._build_initial_querysets()
        return self._drawn

    def reload_model(self, app_label: str, model_name: str) -> None:
        self._drawn = None

    def reload_models(self, model_tuples: Iterable[tuple[str, str]]) -> None:
        self._drawn = None

    def clone(self) -> Picture:
        return Picture({key: model.clone() for key, model in self.models.items()}, self._connections)


class Executor(MigrationExecutor):
    """Applies migrations to a `Picture`."""

    async def _project_state(self, applied: set[MigrationKey], *, upto: MigrationKey | None = None) -> Picture:
        picture = self._nothing()
        for key in self._full_plan():
            if key == upto:
                break
            if key in applied:
                await self._redraw(picture, key)
        return picture

    async def _project_state_cache(self, applied: set[MigrationKey]) -> dict[MigrationKey, State]:
        picture = self._nothing()
        before: dict[MigrationKey, State] = {}
        for key in self._full_plan():
            if key in applied:
                before[key] = picture.clone()
                await self._redraw(picture, key)
        return before

    def _nothing(self) -> Picture:
        return Picture({}, {label: app["default_connection"] for label, app in self.loader.apps_config.items()})

    async def _redraw(self, picture: Picture, key: MigrationKey) -> None:
        migration = self.loader.graph.nodes[key]
        if migration is None:
            raise ValueError(f"Missing migration for {key}")
        await migration.apply(picture, dry_run=True, schema_editor=None)
