import numpy as np
import pytest

from nobodyasked.inference import HashedWords, Message, find
from nobodyasked.inference.against import without_reserve
from nobodyasked.inference.escape import wording
from nobodyasked.inference.handle import bare, handles
from nobodyasked.inference.rule import words
from nobodyasked.inference.signal import Kind, tell
from nobodyasked.inference.spam import is_spam, promotes
from nobodyasked.inference.wording import Names, Wording

from .growth import linear


@pytest.mark.parametrize(
    ("text", "rest", "named"),
    [
        ("@acme where is my parcel", "where is my parcel", ["acme"]),
        ("the @acme's checkout, thanks @jo_doe!", "the checkout, thanks !", ["acme", "jo_doe"]),
        ("still no answer 😡 #fail", "still no answer 😡", []),
        ("paid twice #acme #never_again #late", "paid twice", []),
        ("#justsaying", "", []),
        # words of a sentence, however they are marked
        ("I get no #notifications any more", "I get no #notifications any more", []),
        ("all I miss is #darkmode", "all I miss is #darkmode", []),
        # addresses, paths, numbers, code and escapes
        ("write to jo@example.org or @mail.example", "write to jo@example.org or @mail.example", []),
        (
            "@string/title is wrong, see #45 and @Override(x) &#39;",
            "@string/title is wrong, see #45 and @Override(x) &#39;",
            [],
        ),
    ],
)
def test_handles_and_loose_hashtags_are_no_words_of_a_text(text: str, rest: str, named: list[str]) -> None:
    assert " ".join(bare(text).split()) == rest
    assert handles(text) == named


def test_what_is_read_and_embedded_has_no_handle() -> None:
    assert words("@Acme the parcel's late #fail #late") == ["the", "parcel's", "late"]
    assert wording("day\\n31 of waiting @acme") == "day 31 of waiting"
    assert [signal.kind for signal in tell(["lol @acme", "@acme @jo_doe", "#justsaying"])] == [Kind.NOISE] * 3
    matters = ["the parcel never came", "my refund is still missing", "boots do not fit", "cannot pay by card"]
    texts = [f"@acme {matter} #fail #acme" for matter in matters]
    addressed = find([Message(number, text, number) for number, text in enumerate(texts)], HashedWords())
    alone = find([Message(number, text, number) for number, text in enumerate(matters)], HashedWords())
    np.testing.assert_array_equal(addressed.vectors, alone.vectors)
    # what is quoted is what was written
    assert [texts[span.key][span.start : span.end] for span in addressed.spans] == texts


def test_who_is_addressed_is_a_name_like_the_product() -> None:
    texts = [f"message {number} about nothing in common" for number in range(190)]
    texts += ["@acme hello there"] * 8 + ["why is acme so slow"] * 2
    assert Wording(texts).names == {"acm"}
    counted = Names()
    for text in texts:
        counted.add([text], [words(text)])
    assert counted.common() == {"acm"}


@pytest.mark.parametrize(
    "part",
    [
        "-",
        "#a",
        "#a ",
        "!#a ",
        "@a",
        "@a.",
        "! ",
        "'s",
        "1,",
        " ",
        "no ",
        "also ",
        "and so ",
        "we offer a-",
        "never to ",
    ],
)
def test_the_work_for_a_text_grows_with_its_length(part: str) -> None:
    def work(text: str) -> None:
        text = f"#a{text} x"
        assert bare(text).endswith("x")
        assert handles(text) == []
        assert not any(one(text) for one in (is_spam, promotes, without_reserve))

    assert linear(work, part, 12_000)
