import pytest

from nobodyasked.inference.plural import is_plural, plural


@pytest.mark.parametrize(
    ("one", "several"),
    [
        ("alert", "alerts"),
        ("gift box", "gift boxes"),
        ("battery", "batteries"),
        ("key", "keys"),
        ("class", "classes"),
        ("search", "searches"),
    ],
)
def test_the_plural_is_spelled_as_english_has_it(one: str, several: str) -> None:
    assert plural(one) == several
    assert is_plural(several)
    assert not is_plural(one)
