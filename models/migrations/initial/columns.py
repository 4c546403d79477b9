"""Short forms of the columns and tables that the first migration makes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from enum import StrEnum
from typing import Any

from orjson import loads
from tortoise import fields
from tortoise.fields.base import OnDelete
from tortoise.fields.data import JSON_DUMPS
from tortoise.indexes import Index
from tortoise.migrations.operations import CreateModel

__all__ = ["Column", "json", "key", "one_of", "refers", "table", "times"]

Column = tuple[str, Any]


def key() -> Column:
    """The number that a row is known by."""
    return "id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)


def times(*names: str, null: bool = False) -> list[Column]:
    """Moments, in milliseconds since the epoch."""
    return [(name, fields.BigIntField(null=null)) for name in names]


def json(name: str, **default: Callable[[], object]) -> Column:
    """A JSON value."""
    return name, fields.JSONField(encoder=JSON_DUMPS, decoder=loads, **default)


def one_of(name: str, kind: type[StrEnum], max_length: int, *, null: bool = False) -> Column:
    """A word of an enumeration."""
    return name, fields.CharEnumField(enum_type=kind, max_length=max_length, null=null)


def refers(
    name: str, model: str, related_name: str, on_delete: OnDelete = OnDelete.CASCADE, *, null: bool = False
) -> Column:
    """A row of another table, in the column `<name>_id`; one that may be missing is forgotten with its row."""
    return name, fields.ForeignKeyField(
        f"models.{model}",
        source_field=f"{name}_id",
        null=null,
        db_constraint=True,
        to_field="id",
        related_name=related_name,
        on_delete=on_delete,
    )


def table(
    model: str,
    name: str,
    columns: Sequence[Column],
    *,
    unique: Sequence[tuple[str, ...]] = (),
    indexes: Sequence[tuple[str, ...]] = (),
) -> CreateModel:
    """A table, with what is unique in it and what it is looked up by."""
    options: dict[str, Any] = {"table": name}
    if unique:
        options["unique_together"] = tuple(unique)
    if indexes:
        options["indexes"] = [Index(fields=list(names)) for names in indexes]
    return CreateModel(name=model, fields=[key(), *columns], options=options, bases=["Model"])
