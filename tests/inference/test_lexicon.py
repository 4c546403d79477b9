from nobodyasked.inference import lexicon
from nobodyasked.inference.signal import words


def test_every_word_has_the_form_the_rules_read() -> None:
    lists = [value for value in vars(lexicon).values() if isinstance(value, frozenset)]
    assert len(lists) >= 10
    assert all(words(word) == [word] for some in lists for word in some)


def test_praise_and_blame_do_not_overlap() -> None:
    assert not lexicon.PRAISE & lexicon.BLAME
    assert not lexicon.PRAISE & lexicon.FAILURE
