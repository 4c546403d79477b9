import pytest
from hypothesis import given
from hypothesis import strategies as st

from nobodyasked.inference import Signal, Span, split, tell
from nobodyasked.inference.escape import wording
from nobodyasked.inference.rule import plain

from .growth import linear

PIECES = ["great", "but", "However", ".", "!!", "?", "…", "\n", "\n\n", "> old", "-- ", "😭", "\\'", "\\n", "https://a.b/c", ",", " ",
          "e.g.", "4.5", "-", "；", "。", "On Mon wrote:", "Regards,", "\t", "\x85", "é", "I can't print", '"', "\u2028", "\x1c", "\r\n", "👩\u200d👩\u200d👧", "❤️", "🏴\U000e0067\U000e007f", "e\u0301", "\u0301", "\u200d", "ක්\u200dරියා",
          "\ud800", "\udc00", "&amp;", "&#39;", "&quot;", "&nbsp;", "&", ";", "\\", "\\\\n", "\\u2019", "\\ud83d\\ude2d", "\\u00a0", "\\t", "&fjlig;",
          "<br>", "C:\\new", "1.", "2)", "• ", "node.js", "™", "slow.Please", "1️⃣"]  # fmt: skip
ANY = st.characters(exclude_categories=())  # lone surrogates as well


def quotes(text: str) -> list[str]:
    return [text[start:end] for start, end in split(text)]


@given(st.one_of(st.text(ANY, max_size=300), st.lists(st.sampled_from(PIECES), max_size=60).map(" ".join), st.lists(st.sampled_from(PIECES), max_size=60).map("".join)))  # fmt: skip
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


ESCAPES = [
    ("I can\\'t print", "I can't print"), ("I can\\u2019t print", "I can’t print"), ("I can&#39;t print", "I can't print"),
    ("I can&amp;#39;t print", "I can't print"), ("It says &quot;no&quot; to me", 'It says "no" to me'), ("zips and\\/or ropes", "zips and/or ropes"),
    ("cut &amp; paste fails", "cut & paste fails"), ("it&nbsp;is slow", "it is slow"), ("caf\\u00e9 is shut", "café is shut"),
    ('it said \\\\"no\\\\" to me', 'it said "no" to me'), ("a \\ud83d\\ude2d", "a 😭"),
]  # fmt: skip


@pytest.mark.parametrize(("written", "meant"), ESCAPES)
def test_an_escaped_copy_is_read_like_a_plain_one(written: str, meant: str) -> None:
    assert wording(written) == meant
    assert plain(written) == plain(meant)
    assert signals(quotes(f"{written}, sorry. It broke.")) == signals(quotes(f"{meant}, sorry. It broke."))
    (first, second) = (
        quotes(f"{written}, sorry. It broke.") if "ude2d" not in written else (f"{written}, sorry.", "It broke.")
    )
    assert (first, second) == (f"{written}, sorry.", "It broke.")


def signals(texts: list[str]) -> list[Signal]:
    return tell(texts)


@pytest.mark.parametrize(
    "line", ["\\n", "\\\\n", "\\r\\n", " \\n ", "\\u000a", "&#10;", "<br>", "<br />", "\\n\\n", "</p><p>"]
)
def test_an_escaped_line_end_parts_whatever_follows(line: str) -> None:
    for first, second in (("It is slow", "please fix it"), ("The glass was everywhere on the floor", "And it leaks.")):
        assert quotes(first + line + second) == [first, second]
    assert quotes(f"Where is it?{line}&gt; we sent it{line}-- {line}Jo Doe") == ["Where is it?"]


def test_an_escape_at_the_edge_is_left_out_whole_or_kept_whole() -> None:
    assert quotes("&quot;It broke.&quot; Then it &quot;died&quot;") == ["It broke.", "Then it &quot;died"]
    assert quotes("He can\\u0027") == ["He can\\u0027"]
    assert quotes("It is slow\\u2026 Then it \\ud83d\\ude2d died") == ["It is slow\\u2026", "Then it", "died"]


def test_paths_and_unknown_names_are_no_escapes() -> None:
    for text in (
        r"It lost C:\new\table and D:\udeca5",
        r"Where is \\nas\share",
        "Tom &co; Jerry &; left",
        "R&D; is slow &zzz;",
    ):
        assert wording(text) == text
    assert quotes(r"It lost C:\new\table again") == [r"It lost C:\new\table again"]


def test_emoji_end_a_sentence_and_stay_out_of_it() -> None:
    assert quotes("So slow😡please fix it 👩\u200d👩\u200d👧 it loses files❤️‍🔥 No undo 1️⃣") == [
        "So slow", "please fix it", "it loses files", "No undo"
    ]  # fmt: skip
    assert quotes("Windows® and Foo™ crash") == ["Windows® and Foo™ crash"]
    assert quotes("ක්\u200dරියා වේ") == ["ක්\u200dරියා වේ"]


def test_stops_inside_names_end_nothing() -> None:
    for text in ("I use node.js and v1.2 at example.com", "Booking.Com took 4.Then", "Call java.util.List or foo.Bar() now",
                 "See example.com/?q=1 for that"):  # fmt: skip
        assert quotes(text) == [text]
    assert quotes("It is slow.Please fix it.I want it...then it broke") == [
        "It is slow.", "Please fix it.", "I want it...", "then it broke"
    ]  # fmt: skip


def test_points_of_a_list_are_spans_without_their_marks() -> None:
    points = ["it is slow", "it crashes", "no dark mode", "The zip broke", "the tent leaks"]
    marks = ["- ", "* ", "• ", "1. ", "2) "]
    listed = [mark + point for mark, point in zip(marks, points, strict=True)]
    assert quotes("Problems:\n" + "\n".join(listed)) == ["Problems", *points]
    assert quotes("Problems:\r\n" + "\r\n".join(listed)) == ["Problems", *points]
    assert quotes("1. The zip broke 2. It leaks! 3. No lockers") == ["The zip broke", "It leaks!", "No lockers"]
    assert quotes("a) the zip broke\nb) the tent leaks") == ["the zip broke", "the tent leaks"]


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
    [
        "a",
        "a.",
        "! ",
        "!",
        "\\",
        "\\n",
        ">",
        "\n",
        "on ",
        "😭",
        "- ",
        "but ",
        "a, ",
        "Best\n",
        ".",
        " ",
        "(",
        "ab.C",
        "&",
        "&amp;",
        "\\u2019",
        "ab..",
        "1. ",
        "a.b",
        "\\\\\\",
    ],
)
def test_any_long_text_takes_linear_time(piece: str) -> None:
    assert linear(split, piece, 120_000)


def test_a_wording_that_comes_again_is_given_once() -> None:
    text = "The zip broke. It was late. The zip  BROKE. " * 40
    assert len(split(text)) == 2


def test_one_text_gives_no_flood_of_spans() -> None:
    assert len(split(" ".join(f"The zip number {number} broke again." for number in range(2_000)))) == 300
