import itertools
import random

import numpy as np
import pytest

from nobodyasked.inference import Kind
from nobodyasked.inference.lack import lacks
from nobodyasked.inference.quote import Voice, decent
from nobodyasked.inference.statement import Statement, candidates, distinct, key_phrases, ranked, says
from nobodyasked.inference.wording import Wording


def voices(*texts: str) -> list[Voice]:
    return [Voice(text, number, Kind.PAIN, 0.7, 0.8) for number, text in enumerate(texts)]


def options(*texts: str, beside: tuple[str, ...] = ()) -> list[Statement]:
    return candidates(voices(*texts), Wording([*texts, *beside]))


PRINTING = (
    "I can't print labels",
    "no way to print labels",
    "it won't let me print my labels",
    "printing labels fails",
)


def test_what_several_customers_say_becomes_a_statement() -> None:
    best = options(*PRINTING)[0]
    assert (best.text, best.basis) == ("Customers need a way to print labels", "TEMPLATE")


def test_what_one_customer_says_often_does_not() -> None:
    same = [Voice(text, 1, Kind.PAIN, 0.7, 0.8) for text in PRINTING]
    assert all(option.basis == "QUOTE" for option in candidates(same, Wording(PRINTING)))


def test_what_one_customer_alone_lacks_speaks_for_no_one_else_whose_words_it_holds() -> None:
    desks = [
        f"the export of the ledger lies on the {place}"
        for place in ("desk", "shelf", "floor", "chair", "stairs", "bench")
    ]
    one = "I can't export the ledger"
    assert all(option.basis == "QUOTE" for option in options(*desks, one))
    assert options(*desks, one, "no way to export a ledger")[0].text == "Customers need a way to export a ledger"


def test_the_side_that_more_customers_take_decides() -> None:
    hurt = ("it keeps deleting my drafts", "keeps deleting drafts", "It constantly deleting my drafts")
    wanted = ("I can't delete drafts", "no way to delete drafts", "how do I delete drafts", "I want to delete drafts")
    texts = [option.text for option in options(*hurt, wanted[0])]
    assert any("to stop deleting" in text for text in texts)
    assert not any(text.startswith("Customers need a way to delete") for text in texts)
    texts = [option.text for option in options(*wanted, hurt[0])]
    assert texts[0] == "Customers need a way to delete drafts"
    assert not any("stop deleting" in text for text in texts)


def test_a_thing_that_is_to_do_itself_is_no_statement() -> None:
    texts = [
        f"The code does not let me get a code, I tried {way}" for way in ("once", "today", "here", "again", "twice")
    ]
    assert not any("code to" in option.text for option in options(*texts))


def test_a_name_that_one_customer_uses_is_in_no_statement() -> None:
    others = [f"I asked Reginald about thing{number} and Reginald knew" for number in range(40)]
    found = options(*PRINTING, "I can't print labels for Reginald", beside=tuple(others))
    assert found[0].basis == "TEMPLATE"
    assert not any("eginald" in option.text for option in found if option.basis == "TEMPLATE")


def test_things_that_are_counted_stand_in_the_plural() -> None:
    texts = ("I can't edit doc", "can't edit doc", "no way to edit doc", "how do I edit doc")
    found = options(*texts, beside=("my docs are gone", "docs are slow", "where are my docs"))
    assert found[0].text == "Customers need a way to edit docs"


def test_key_phrases_are_shared_words() -> None:
    found = key_phrases(voices(*PRINTING), Wording([*PRINTING, *["the zip of my jacket broke"] * 20]))
    assert "labels" in " ".join(found)
    assert all(word not in found for word in ("can't", "way", "let"))


PIECES = (
    "jo@example.org", "https://example.org/x", "+44 7700 900 123", "20251104", "this stupid thing", "the damn page", "order AB12345", "#4711",
)  # fmt: skip


def test_nothing_personal_or_rude_is_ever_shown() -> None:
    """Every customer says the worst of things, in every order: the words are shared, and must not be shown for all that."""
    drawn = random.Random(7)
    for one, other in itertools.combinations(PIECES, 2):
        texts = [
            template.format(*drawn.sample([one, other], 2))
            for template in (
                "I can't send {} to {}", "no way to send {} to {}", "please add {} and {}", "it keeps sending {} to {}",
                "I have to send {} by hand to {}", "when will {} send {}", "{} and {} never work", "too many {} and {}",
            )
        ] * 3  # fmt: skip
        some = voices(*texts)
        wording = Wording(texts)
        shown = [option.text for option in candidates(some, wording)] + key_phrases(some, wording)
        assert [text for text in shown if not decent(text)] == []
        assert not any(piece in text for text in shown for piece in PIECES)


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


def test_a_statement_is_said_by_what_tells_of_the_same_lack_or_a_narrower_one() -> None:
    texts = [f"I can't print labels {where}" for where in ("at home", "at work", "in the shop", "any more")]
    best = candidates(voices(*texts), Wording(texts))[0]
    assert best.text == "Customers need a way to print labels"
    assert says(best, "No way to print labels with my printer")
    assert not says(best, "The labels keep printing")
    assert not says(Statement("“Labels never print”", "QUOTE", 0.5, "Labels never print"), "Labels never print")


def test_a_name_and_hardly_more_makes_no_statement() -> None:
    texts = [f"Why can't I see the Acme app {where}" for where in ("at home", "at work", "in town", "here", "today")]
    named = [f"There is no Acme app {where}" for where in ("at home", "at work", "in town", "here", "today")]
    ground = [f"My Acme order came late {number}" for number in range(240)]
    wording = Wording(texts + named + ground, ["acme"] * 250)
    assert "acm" in wording.brands
    shown = [option.text for option in candidates(voices(*texts, *named), wording) if option.basis == "TEMPLATE"]
    assert shown == []


PLACES = {
    "sing": (0.0, 1.0), "print": (1.0, 0.0), "Labels never print": (1.0, 0.1), "between": (0.95, 0.31), "beyond": (0.93, -0.36),
    "over there": (0.5, 0.866),
}  # fmt: skip


def order(some: list[Statement], *centres: tuple[float, float]) -> list[str]:
    def fit(texts: list[str]) -> np.ndarray:
        return np.array([PLACES[text] for text in texts], dtype=np.float32)

    others: list[list[Statement]] = [[] for _ in centres[1:]]
    ways = ranked([some, *others], fit, [np.array(centre, dtype=np.float32) for centre in centres])
    return [statement.text for statement in ways[0]]


def test_a_template_far_from_the_need_loses_to_a_quote() -> None:
    some = [
        Statement("Customers need a way to sing", "TEMPLATE", 0.9, "sing"),
        Statement("“Labels never print”", "QUOTE", 0.5, "Labels never print"),
    ]
    assert order(some, (1.0, 0.0)) == [some[1].text, some[0].text]


def test_what_would_do_for_another_need_too_loses_to_what_is_this_ones_own() -> None:
    some = [
        Statement("Customers need what lies between", "TEMPLATE", 0.5, "between"),
        Statement("Customers need what lies beyond", "TEMPLATE", 0.5, "beyond"),
    ]
    assert order(some, (1.0, 0.0)) == [some[0].text, some[1].text]
    assert order(some, (1.0, 0.0), (0.8, 0.6)) == [some[1].text, some[0].text]


def test_what_more_of_the_spans_bear_out_comes_first_and_what_most_do_before_any_quote() -> None:
    quote = Statement("“Labels never print”", "QUOTE", 0.5, "Labels never print")
    lack = lacks("I can't print labels")[0]
    some = [Statement(word, "TEMPLATE", 0.5, word, lack) for word in ("between", "beyond")]

    def fit(texts: list[str]) -> np.ndarray:
        return np.array([PLACES[text] for text in texts], dtype=np.float32)

    def first(shares: dict[str, float], *options: Statement) -> str:
        told = ranked([options], fit, [np.array([1.0, 0.0])], lambda _, one, __: shares.get(one.meaning, 0.0))
        return told[0][0].text

    assert first({}, *some) == "between"
    assert first({"beyond": 0.6}, *some) == "beyond"
    far = Statement("sing", "TEMPLATE", 0.5, "over there", lack)
    assert first({}, far, quote) == quote.text
    assert first({"over there": 0.8}, far, quote) == far.text


@pytest.mark.parametrize("texts", [(), ("",), ("ok",)])
def test_of_nothing_comes_nothing(texts: tuple[str, ...]) -> None:
    assert options(*texts) == []
    assert ranked([[]], lambda given: np.zeros((len(given), 2), np.float32), [np.ones(2, np.float32)]) == [[]]
