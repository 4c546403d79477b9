import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nobodyasked.inference import Span, split

PIECES = ["great", "but", "However", ".", "!!", "?", "…", "\n", "\n\n", "> old", "-- ", "😭", "\\'", "\\n", "https://a.b/c", ",", " ",
          "e.g.", "4.5", "-", "；", "。", "On Mon wrote:", "Regards,", "\t", "\x85", "é", "I can't print", '"', "\u2028", "\x1c"]  # fmt: skip


def quotes(text: str) -> list[str]:
    return [text[start:end] for start, end in split(text)]


@given(st.one_of(st.text(max_size=300), st.lists(st.sampled_from(PIECES), max_size=60).map(" ".join), st.lists(st.sampled_from(PIECES), max_size=60).map("".join)))  # fmt: skip
def test_spans_lie_in_order_inside_the_text_and_hold_something(text: str) -> None:
    last = 0
    for span in split(text):
        assert isinstance(span, Span)
        assert last <= span.start < span.end <= len(text)
        quote = text[span.start : span.end]
        assert quote == quote.strip()
        assert any(letter.isalnum() for letter in quote)
        last = span.end


def test_sentences_and_both_sides_of_a_contrast_are_spans() -> None:
    text = "Great app but I can't print. It is slow! 😭😭 Please help"
    assert quotes(text) == ["Great app", "I can't print.", "It is slow!", "Please help"]


def test_abbreviations_numbers_and_addresses_do_not_end_a_sentence() -> None:
    text = "Dr. Smith paid 4.50 e.g. for tea at https://shop.example/a.b?c=D.E yesterday. He left."
    assert quotes(text) == ["Dr. Smith paid 4.50 e.g. for tea at https://shop.example/a.b?c=D.E yesterday.", "He left."]


def test_a_missing_space_after_the_stop_still_ends_the_sentence() -> None:
    assert quotes("It was easy.But then it broke!!Why") == ["It was easy.", "then it broke!!", "Why"]


def test_escapes_stay_inside_and_escaped_line_ends_part() -> None:
    assert quotes('I can\\\'t print\\n\\nIt says \\"no\\" to me') == ["I can\\'t print", 'It says \\"no\\" to me']


def test_wrapped_lines_are_one_sentence_and_paragraphs_are_not() -> None:
    text = "The parcel came broken and the glass was\neverywhere on the floor\n\nNobody answers"
    assert quotes(text) == ["The parcel came broken and the glass was\neverywhere on the floor", "Nobody answers"]


def test_quoted_replies_forwards_and_signatures_are_set_aside() -> None:
    text = "Where is my refund?\n\n> you wrote something\nOn Mon, 3 Mar 2025, Shop wrote:\n> more\n\nKind regards,\nJo\n+44 1"
    assert quotes(text) == ["Where is my refund?"]
    assert quotes("It leaks.\n-- \nJo Doe\nHead of Tents") == ["It leaks."]
    assert quotes("It leaks.\n-----Original Message-----\nFrom: shop\nHello there") == ["It leaks."]
    assert quotes("It leaks.\nSent from my iPhone") == ["It leaks."]


def test_quoted_mails_as_outlook_writes_them_and_disclaimers_are_set_aside() -> None:
    for head in (
        "From: Shop <a@shop.example>\nSent: Monday",
        "Von: Laden\nGesendet: Montag",
        "De : Magasin\nEnvoyé : lundi",
    ):
        assert quotes(f"Where is my refund?\n\n{head}\nSubject: Your order\n\nWe shipped it.") == [
            "Where is my refund?"
        ]
    notice = "This e-mail and any attachments are confidential and meant for its addressee alone. Delete it otherwise."
    assert quotes(f"The zip broke.\n\n{notice}") == ["The zip broke."]
    assert quotes("From: the first day it was slow\nNobody helped") == [
        "From: the first day it was slow",
        "Nobody helped",
    ]
    assert quotes(f"{notice}\nIt broke.")[-1] == "It broke."


def test_a_long_sentence_is_cut_into_readable_pieces() -> None:
    text = "and then " * 40 + "because it never " * 30
    assert all(4 <= len(quote.split()) <= 30 for quote in quotes(text))


def test_nothing_to_say_gives_no_span() -> None:
    assert split("") == split("   \n") == split("😭 !!! ---") == []


@pytest.mark.parametrize(
    "piece",
    ["a", "a.", "! ", "!", "\\", "\\n", ">", "\n", "on ", "😭", "- ", "but ", "a, ", "Best\n", ".", " ", "(", "ab.C"],
)
def test_any_long_text_takes_linear_time(piece: str) -> None:
    began = time.perf_counter()
    split(piece * (100_000 // len(piece)))
    assert time.perf_counter() - began < 5


def test_a_wording_that_comes_again_is_given_once() -> None:
    text = "The zip broke. It was late. The zip  BROKE. " * 40
    assert len(split(text)) == 2


def test_one_text_gives_no_flood_of_spans() -> None:
    assert len(split(" ".join(f"The zip number {number} broke again." for number in range(2_000)))) == 300
