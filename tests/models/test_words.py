"""What people type into a search box, on its way to both databases."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nobodyasked.models.dialects import Postgres, Sqlite
from nobodyasked.models.dialects.words import parse


@pytest.mark.parametrize(
    ("text", "wanted", "unwanted"),
    [
        ("late parcel", [["late"], ["parcel"]], []),
        ('"late parcel" -refund', [["late parcel"]], ["refund"]),
        ('-"not this" that', [["that"]], ["not this"]),
        ("late or slow parcel", [["late", "slow"], ["parcel"]], []),
        ("or late or", [["late"]], []),
        ("- -- ! ( )", [], []),
        ('unclosed "quote here', [["unclosed"], ['"quote'], ["here"]], []),
    ],
)
def test_parse(text: str, wanted: list[list[str]], unwanted: list[str]) -> None:
    words = parse(text)
    assert (words.wanted, words.unwanted) == (wanted, unwanted)


def test_queries() -> None:
    assert (
        Sqlite().full_text_query('late or slow "my parcel" -refund')
        == '(("late" OR "slow") AND "my parcel") NOT "refund"'
    )
    assert Postgres().full_text_query('late or slow "my parcel" -refund') == '"late" or "slow" "my parcel" -"refund"'
    assert Sqlite().full_text_query("-late") is None
    assert Postgres().full_text_query("...") is None


@given(st.text(max_size=200))
def test_nothing_typed_breaks_out_of_its_quotes(text: str) -> None:
    query = Sqlite().full_text_query(text)
    if query is not None:
        # quotes inside a term are doubled, so that they come in even numbers
        assert query.count('"') % 2 == 0
    plain = Postgres().full_text_query(text)
    if plain is not None:
        assert plain.count('"') == 2 * sum(map(len, parse(text).wanted)) + 2 * len(parse(text).unwanted)
