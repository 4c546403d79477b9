"""Templates: JSON text with places for SQL expressions."""

from __future__ import annotations

import json
import sqlite3

import pytest

from nobodyasked.models.dialects import Dialect, Postgres, Sqlite


@pytest.mark.parametrize("dialect", [Sqlite(), Postgres()], ids=["sqlite", "postgres"])
def test_a_template_without_places_is_a_literal(dialect: Dialect) -> None:
    assert dialect.template('{"a":"it\'s 100%%"}', []) == "'{\"a\":\"it''s 100%\"}'"


@pytest.mark.parametrize("places", [1, 95, 96, 97, 192, 193, 500])
def test_a_template_takes_any_number_of_places(places: int) -> None:
    text = "[" + ",".join(f'{{"f{number}":%s}}' for number in range(places)) + "]"
    sql = Sqlite().template(text, [str(number) for number in range(places)])
    (found,) = sqlite3.connect(":memory:").execute(f"select {sql}").fetchone()
    assert json.loads(found) == [{f"f{number}": number} for number in range(places)]
    pieces = Postgres().template(text, [str(number) for number in range(places)])
    assert pieces.count("format(") == -(-places // 96)
