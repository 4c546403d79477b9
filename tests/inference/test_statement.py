import numpy as np
import pytest

from nobodyasked.inference import Kind
from nobodyasked.inference.statement import Statement, Voice, candidates, clean, distinct, key_phrases, ranked, readable
from nobodyasked.inference.wording import Wording


def voices(*texts: str) -> list[Voice]:
    return [Voice(text, number, Kind.PAIN, 0.7, 0.8) for number, text in enumerate(texts)]


PRINTING = voices(
    "I can't print labels", "no way to print labels", "it won't let me print my labels", "printing labels fails"
)


def test_a_phrase_of_several_customers_becomes_a_template() -> None:
    best = candidates(PRINTING, Wording([voice.text for voice in PRINTING]))[0]
    assert (best.text, best.basis) == ("Customers need a way to print labels", "TEMPLATE")


def test_a_phrase_of_one_customer_said_often_does_not() -> None:
    same = [Voice(voice.text, 1, voice.kind, voice.score, voice.closeness) for voice in PRINTING]
    assert all(option.basis == "QUOTE" for option in candidates(same, Wording([voice.text for voice in same])))


def test_quotes_are_cleaned_but_not_reworded() -> None:
    assert clean("and so it doesn\\'t   print\\n labels!!!") == "It doesn't print labels"
    assert clean("but why is it so slow???") == "Why is it so slow?"


@pytest.mark.parametrize(
    "text",
    [
        "Mail me at jo@example.org about the labels",
        "Call +44 7700 900 123 about the labels",
        "My order 20251104 never came",
        "THIS NEVER PRINTS MY LABELS",
        "This stupid thing never prints labels",
        "Slow",
        "I called and Reginald never answered",
        "The labels are late and I'm",
        "Labels 😭 never print",
        "Customer asks for a call about the labels",
        "Hello, the labels never print",
        "Are you a robot that prints labels?",
    ],
)
def test_what_is_rude_private_or_broken_is_not_shown(text: str) -> None:
    assert not readable(text, Wording([text]))


def test_key_phrases_are_shared_words() -> None:
    found = key_phrases(PRINTING, Wording([*(voice.text for voice in PRINTING), *["the zip of my jacket broke"] * 20]))
    assert "labels" in " ".join(found)
    assert all(word not in found for word in ("can't", "way", "let"))


def test_no_two_needs_are_called_alike() -> None:
    same = [
        Statement("Customers need a way to print labels", "TEMPLATE", 0.9, "print labels"),
        Statement("“Labels never print”", "QUOTE", 0.5, "Labels never print"),
    ]
    other = [
        Statement("Customers need a way to print the label", "TEMPLATE", 0.9, "print labels"),
        Statement("“No printer is found”", "QUOTE", 0.4, "No printer is found"),
    ]
    assert [pick.text if pick else None for pick in distinct([same, other, same[:1]])] == [
        same[0].text,
        other[1].text,
        None,
    ]


def test_a_template_far_from_the_need_loses_to_a_quote() -> None:
    options = [
        [
            Statement("Customers need a way to sing", "TEMPLATE", 0.9, "sing"),
            Statement("“Labels never print”", "QUOTE", 0.5, "Labels never print"),
        ]
    ]
    vectors = {"sing": np.array([0, 1], dtype=np.float32), "Labels never print": np.array([1, 0], dtype=np.float32)}
    order = ranked(
        options, lambda texts: np.stack([vectors[text] for text in texts]), [np.array([1, 0], dtype=np.float32)]
    )
    assert [statement.basis for statement in order[0]] == ["QUOTE", "TEMPLATE"]
