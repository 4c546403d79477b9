"""The schema as its readers meet it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from nobodyasked.graphql.schema import core_schema, sdl

ROOT = Path(__file__).resolve().parents[2]


def test_the_committed_schema_is_the_real_one() -> None:
    assert (ROOT / "schema.graphql").read_text() == sdl(), "run 'make schema'"


def test_everything_is_described() -> None:
    missing: list[str] = []
    for name, kind in core_schema().type_map.items():
        if name.startswith("__"):
            continue
        shown: Any = kind
        missing += [] if shown.description else [name]
        for field, definition in getattr(shown, "fields", {}).items():
            missing += [] if definition.description else [f"{name}.{field}"]
            for argument, given in getattr(definition, "args", {}).items():
                missing += [] if given.description else [f"{name}.{field}({argument}:)"]
        for value, definition in getattr(shown, "values", {}).items():
            missing += [] if definition.description else [f"{name}.{value}"]
    assert not missing


def test_every_mutation_takes_one_input_and_tells_user_errors() -> None:
    mutations: Any = core_schema().type_map["Mutation"]
    for name, field in mutations.fields.items():
        assert list(field.args) == ["input"], name
        payload = field.type.of_type
        assert str(payload.fields["userErrors"].type) == "[UserError!]!", name
        assert str(payload.fields["clientMutationId"].type) == "String", name
        assert str(field.args["input"].type) == f"{name[0].upper()}{name[1:]}Input!", name
