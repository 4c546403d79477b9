import pytest

from nobodyasked.inference.rewrite import Form, rewritten

CASES = [
    ("I never know when my parcel comes", Form.KNOW, "when their parcel comes"),
    ("When will my order arrive?", Form.KNOW, "when their order will arrive"),
    ("Where is the light switch?", Form.KNOW, "where the light switch is"),
    ("I can't try the boots on before I buy them", Form.WAY, "try the boots on before they buy them"),
    ("I want to be sure that it fits", Form.TO, "be sure that it fits"),
    ("I had to print a label at the library", Form.SPARED, "print a label at the library"),
    ("We don't want to order online", Form.UNWILLING, "order online"),
    ("We are still waiting for our refund", Form.WAIT, "their refund"),
    ("There is so much plastic", Form.LESS, "plastic"),
    ("The brown boots are always sold out", Form.STOCK, "the brown boots"),
    ("I can't delete any old mails", Form.WAY, "delete old mails"),
    ("I can't open this app", Form.WAY, "open the app"),
]


@pytest.mark.parametrize(("text", "form", "filling"), CASES)
def test_a_sentence_is_turned_to_the_third_person(text: str, form: Form, filling: str) -> None:
    assert (form, filling) in {(found.form, found.filling) for found in rewritten(text)}


@pytest.mark.parametrize(
    "text",
    [
        "I can't believe it",
        "I can't wait",
        "I want you to answer",
        "I couldn't reach Monday's driver at 0123",
        "Please, it can't be that hard to make a dark mode",
        "",
    ],
)
def test_what_says_nothing_of_a_need_is_not_turned(text: str) -> None:
    assert rewritten(text) == []


def test_the_whole_sentence_is_plain_and_ends_in_a_word_that_can_end_it() -> None:
    for text, _, _ in CASES:
        for found in rewritten(text):
            assert found.sentence.startswith("Customers ")
            assert found.sentence.split()[-1] not in {"the", "to", "of", "before", "and", "my"}
            assert found.key
