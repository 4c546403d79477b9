"""Where a value in a request comes from, and what of it changes the shape of the SQL.

Variables are marked before arguments are worked out: each scalar becomes a `Leaf` that knows its path. A plan then
binds leaves by path, and serves every request whose variables have the same `shape`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from ..declare import parse_global_id

TYPE_TAG = " type"
"""Key under which the walk finds an object's type. The space keeps it apart from every possible response key."""

Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Leaf:
    """A value out of a variable: a scalar, or a list of scalars as a whole."""

    path: Path
    value: Any


def mark(value: Any, path: Path = ()) -> Any:
    """The same value with every scalar, and every list of scalars, replaced by its `Leaf`."""
    if isinstance(value, Mapping):
        return {key: mark(item, (*path, key)) for key, item in value.items()}
    if isinstance(value, list) and any(isinstance(item, Mapping) for item in value):
        return [mark(item, (*path, index)) for index, item in enumerate(value)]
    return None if value is None else Leaf(path, value)


def plain(value: Any) -> Any:
    """A marked value's own value, marks taken off at every level."""
    if isinstance(value, Leaf):
        return value.value
    if isinstance(value, Mapping):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [plain(item) for item in value]
    return value


def fetch(variables: Mapping[str, Any], path: Path) -> Any:
    """The value at a leaf's path."""
    value: Any = variables
    for step in path:
        value = value[step]
    return value


def shape(value: Any) -> Any:
    """A hashable sketch: equal for two values that lead to the same SQL.

    Enums, booleans, nulls, keys and the kinds of global ids shape the SQL; numbers and other texts do not.
    """
    kind = type(value)
    if kind is dict:
        return tuple([(key, shape(item)) for key, item in value.items()])
    if kind is str:
        named = parse_global_id(value)
        return named[0].prefix if named else "text"
    if value is None or isinstance(value, (bool, Enum)):
        return value
    if isinstance(value, str):
        return shape(str(value))
    if isinstance(value, int | float):
        return "number"
    if isinstance(value, Mapping):
        return tuple((key, shape(item)) for key, item in value.items())
    if isinstance(value, list):
        if any(isinstance(item, Mapping) for item in value):
            return ("list", *(shape(item) for item in value))
        # a list of scalars is bound as a whole: only the kinds in it matter
        return ("list", frozenset(shape(item) for item in value))
    return "other"
