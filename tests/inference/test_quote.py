import pytest

from nobodyasked.inference import Kind
from nobodyasked.inference.quote import Voice, clean, decent, quotes, readable
from nobodyasked.inference.wording import Wording


def test_quotes_are_cleaned_but_not_reworded() -> None:
    assert clean("and so it doesn\\'t   print\\n labels!!!") == "It doesn't print labels"
    assert clean("but why is it so slow???") == "Why is it so slow?"
    assert clean('[Bug] "labels are cut off."') == "Labels are cut off"


@pytest.mark.parametrize(
    "text",
    [
        "No label no label no label",
        "Mail me at jo@example.org about the labels",
        "Call +44 7700 900 123 about the labels",
        "My order 20251104 never came",
        "The labels of order AB12345 are cut off",
        "THIS NEVER PRINTS MY LABELS",
        "This stupid thing never prints labels",
        "Slow",
        "I called and Reginald never answered",
        "The labels are late and I'm",
        "Labels 😭 never print",
        "Customer asks for a call about the labels",
        "Hello, the labels never print",
        "Are you a robot that prints labels?",
        "Labels never print. Otherwise good",
        "An error in com.example.labels.print",
        "Idk why it never prints labels",
        "If I want to print the labels",
    ],
)
def test_what_is_rude_private_or_broken_is_not_shown(text: str) -> None:
    assert not readable(text, Wording([text]))


def test_decent_is_what_may_be_shown_to_anyone() -> None:
    assert decent("Labels are cut off at the edge")
    assert not any(map(decent, ["jo@example.org", "www.example.org", "0123 456 789", "what the hell", "<b>labels</b>"]))


def test_the_sentence_that_says_the_lack_in_the_words_of_all_comes_first() -> None:
    texts = [
        "Labels",
        "I have told you about labels and many other things",
        "I can't print labels from the list",
        "The labels won't print",
        "We print labels on Monday at 9",
    ]
    found = quotes([Voice(text, number, Kind.PAIN, 0.7, 0.5) for number, text in enumerate(texts)], Wording(texts))
    assert found[0][0] in texts[2:4]
    assert found[0][2] == found[0][0]
    assert "Labels" not in [text for text, *_ in found]


def test_a_sentence_of_words_that_nobody_else_uses_comes_later() -> None:
    odd, plain = "The dark theme lacks contrast for lanyards and badges", "You see the dark theme lacks contrast"
    texts = [odd, plain, "I can't see a thing, the dark theme has no contrast", "Too little contrast in the dark theme"]
    found = quotes([Voice(text, number, Kind.PAIN, 0.7, 0.5) for number, text in enumerate(texts)], Wording(texts))
    assert [text for text, *_ in found if text in {odd, plain}] == [plain, odd]
