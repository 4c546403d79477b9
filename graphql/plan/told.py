"""Lists that are worked out before their statement runs, and handed to it as a parameter."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from strawberry.utils.str_converters import to_camel_case

from ...models.dialects.base import ParameterKind
from ...models.errors import Invalid
from ...models.period import Period
from ...models.queries import bundles, centricity
from ..context import Context
from ..declare import Parameter, Scalar

Rows = Sequence[Sequence[Any]]


async def _bundle(context: Context, max_needs: int, segment: str | None) -> Rows:
    return await bundles.suggest(context.database, max_needs, segment)


async def _movement(context: Context, since: int) -> Rows:
    return await context.mind.movements(since)


async def _centricity(context: Context, since: int, until: int | None, by: Period) -> Rows:
    return await centricity.index(context.database, since, until, by, by_team=False)


async def _centricity_by_team(context: Context, since: int, until: int | None, by: Period) -> Rows:
    return await centricity.index(context.database, since, until, by, by_team=True)


COLUMNS: Mapping[str, Mapping[str, ParameterKind]] = {
    "bundle": {"need_id": "int", "gain": "int", "covered": "int", "coverage": "float"},
    "movement": {
        "need_id": "int",
        "direction": "text",
        "observed": "int",
        "expected": "float",
        "p_value": "float",
        "false_discovery": "float",
    },
    "centricity": centricity.COLUMNS,
    "centricity_by_team": centricity.COLUMNS,
}
"""By list, its columns beside `id`."""

_WORKS: Mapping[str, Callable[..., Awaitable[Rows]]] = {
    "bundle": _bundle,
    "movement": _movement,
    "centricity": _centricity,
    "centricity_by_team": _centricity_by_team,
}


async def work_out(name: str, given: Mapping[str, tuple[Parameter, Any]], context: Context) -> Rows:
    """The rows of a list. Raises Invalid for an argument out of its bounds."""
    arguments: dict[str, Any] = {}
    for argument, (parameter, value) in given.items():
        if value is None:
            value = parameter.default
        elif parameter.kind is Scalar.INT and not parameter.least <= value <= parameter.most:
            shown = to_camel_case(argument)
            raise Invalid(f"{shown} is {value}; it must be from {parameter.least} to {parameter.most}.", path=(shown,))
        arguments[argument] = value
    return await _WORKS[name](context, **arguments)
