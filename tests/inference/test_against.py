import pytest

from nobodyasked.inference import Kind, Signal
from nobodyasked.inference.against import Matter, speaks_against, without_reserve
from nobodyasked.inference.rule import words
from nobodyasked.inference.statement import Statement

PRAISED = Signal(Kind.PRAISE, 0.9)


def called_so(text: str) -> Statement:
    return Statement(text, "QUOTE", 1.0, text)


@pytest.mark.parametrize(
    "text",
    [
        "The folders are great",
        "Deliveries arrive on time",
        "It never crashes",
        "Not a single problem with the returns",
        "It lets me pay by invoice",
        "Paying by invoice works",
        "I would definitely recommend the repair service, it is excellent",
    ],
)
def test_praise_and_what_works_is_without_reserve(text: str) -> None:
    assert without_reserve(text)


@pytest.mark.parametrize(
    "text",
    [
        "I wait for my refund longer than I had the jacket",
        "No refund, no answer, no idea",
        "The sole came off my favourite boots",
        "Great app, but it crashes",
        "A great search would be nice",
        "The search was great before the update",
        "I can only upload a few photos at a time",
        "Usually the app works great",
        "Great app, needs printing",
        "Is there a good way to search?",
        "Feels like handing over money in an envelope",
        "The photos never load",
        "Nothing works",
        "Only the old one works",
    ],
)
def test_complaints_and_wishes_in_words_of_praise_are_not(text: str) -> None:
    assert not without_reserve(text)


def test_it_is_of_the_matter_that_a_need_is_called_or_known_by() -> None:
    told = [words(f"the {thing} box is full of plastic") for thing in ("small", "refill", "last", "other")]
    called = Matter.of(told, {"acm"}, called_so("Customers need a way to share Acme files"))
    assert called.called == {"shar", "fil"}
    assert speaks_against(PRAISED, "Easy to share a file with anyone", called)
    assert speaks_against(PRAISED, "Best sharing ever", called)
    assert not speaks_against(PRAISED, "Acme is excellent", called)
    assert not speaks_against(PRAISED, "Easy to store files", called)
    assert not speaks_against(Signal(Kind.PRAISE, 0.4), "Easy to share a file", called)
    assert speaks_against(Signal(Kind.PRAISE, 1.0), "I only ever share one file", called)
    assert not speaks_against(Signal(Kind.PAIN, 0.9), "Easy to share a file", called)
    quoted = Matter.of(told, (), called_so("Plastic bag in a plastic bag in a box full of plastic air"))
    assert quoted.known == {"box", "full", "plastic"}
    assert speaks_against(PRAISED, "My kids love the boxes, they are excellent", quoted)
    assert not speaks_against(PRAISED, "Excellent boots", quoted)
