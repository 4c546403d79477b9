from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nobodyasked.models.errors import Invalid
from nobodyasked.models.text import clean, exact, finite, identifier, label

ANY_TEXT = st.text(st.characters(exclude_categories=[]), max_size=40)


@given(ANY_TEXT)
def test_what_passes_can_be_kept_and_passes_again(text: str) -> None:
    for check in (clean, identifier, label):
        try:
            kept = check(text, ("x",), 30)
        except Invalid:
            continue
        assert kept == check(kept, ("x",), 30)
        assert 1 <= len(kept) <= 30
        assert kept == kept.strip()
        kept.encode()
        assert not {character for character in kept if unicodedata.category(character) == "Cc"} - {"\n", "\t"}


@given(st.text(st.characters(exclude_categories=["Cc", "Cs", "Z"]), min_size=1, max_size=30))
def test_words_are_not_changed(text: str) -> None:
    assert clean(text, (), 30) == text
    assert identifier(text, (), 30) == text


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("a\r\nb\rc\n", "a\nb\nc"),
        ("a\tb", "a\tb"),
        ("a\x00b\x1fc\x7fd\x85e", "abcde"),
        ("e\u0301", "e\u0301"),
        (" a  b ", "a  b"),
    ],
)
def test_cleaning(text: str, kept: str) -> None:
    assert clean(text, (), 10) == kept


def test_labels_are_one_line() -> None:
    assert label(" a \n\t b\x00 ", (), 10) == "a b"
    assert label("ÄB", (), 10, lower=True) == "äb"


@pytest.mark.parametrize("number", [float("nan"), float("inf"), -0.1, 1.1])
def test_numbers_out_of_range(number: float) -> None:
    with pytest.raises(Invalid):
        finite(number, ("x",), 0, 1)


def test_numbers_in_range() -> None:
    assert [finite(number, (), 0, 1) for number in (0, 0.5, 1)] == [0.0, 0.5, 1.0]


@pytest.mark.parametrize("number", [1 / 3, 0.1 + 0.2, 0.366581832465713, -1e-300 / 7, 1e15 / 3, 0.0])
def test_stored_numbers_survive_fifteen_digits(number: float) -> None:
    stored = exact(number)
    assert stored == pytest.approx(number, rel=1e-14)
    assert float(f"{stored:.15g}") == stored == finite(number, (), -1e16, 1e16)
