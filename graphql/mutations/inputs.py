"""Mutation inputs out of coerced values, by functions made once for each input."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import MISSING
from functools import cache
from typing import Any

from strawberry.types.base import StrawberryList, StrawberryOptional, has_object_definition
from strawberry.utils.str_converters import to_camel_case

__all__ = ["input_maker"]

Make = Callable[[Any], Any]


@cache
def input_maker(kind: type) -> Callable[[Mapping[str, Any]], Any]:
    """Makes an instance of a strawberry input of the values that graphql-core coerced, as strawberry does itself."""
    names: dict[str, str] = {}
    makers: dict[str, Make] = {}
    implied: dict[str, None] = {}
    definition: Any = kind.__strawberry_definition__  # type: ignore[attr-defined]
    for field in definition.fields:
        shown = field.graphql_name or to_camel_case(field.python_name)
        names[shown] = field.python_name
        make = _maker(field.resolve_type(type_definition=definition))
        if make is not None:
            makers[shown] = make
        if field.default is MISSING and field.default_factory is MISSING:
            implied[field.python_name] = None

    def make_input(values: Mapping[str, Any]) -> Any:
        given = {names[shown]: value for shown, value in values.items()}
        for shown, make in makers.items():
            if shown in values:
                given[names[shown]] = make(values[shown])
        return kind(**{**implied, **given}) if implied else kind(**given)

    return make_input


def _maker(kind: Any) -> Make | None:
    """None for what is taken as it is."""
    if isinstance(kind, StrawberryOptional):
        kind = kind.of_type
    if isinstance(kind, StrawberryList):
        item = _maker(kind.of_type)
        if item is None:
            return lambda values: None if values is None else list(values)
        return lambda values: None if values is None else [item(value) for value in values]
    if has_object_definition(kind):
        make = input_maker(kind)
        return lambda value: None if value is None else make(value)
    return None
