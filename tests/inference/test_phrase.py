import pytest

from nobodyasked.inference.phrase import Frame, phrases, stem

CASES = [
    ("I can't attach photos to my message", Frame.WAY, ("attach photos",)),
    ("There is no way to mark emails as read", Frame.WAY, ("mark emails",)),
    ("It won't let me change my address", Frame.WAY, ("change their address",)),
    ("How do I cancel my order?", Frame.WAY, ("cancel their order",)),
    ("The notifications don't work", Frame.WORK, ("the notifications", "work")),
    ("My zip is broken", Frame.WORK, ("their zip", "work")),
    ("Shipping is too expensive", Frame.WORK, ("the shipping", "be cheaper")),
    ("It crashes daily", Frame.STOP, ("it", "crashing")),
    ("Please add dark mode", Frame.HAVE, ("dark mode",)),
    ("You removed the passcode lock", Frame.BACK, ("the passcode lock",)),
    ("I lost all my photos", Frame.SAFE, ("photos",)),
    ("Where is my parcel?", Frame.KNOW, ("where their parcel is",)),
    ("Why was my payment declined?", Frame.KNOW, ("why their payment was declined",)),
]


@pytest.mark.parametrize(("text", "frame", "parts"), CASES)
def test_what_is_lacked_is_read(text: str, frame: Frame, parts: tuple[str, ...]) -> None:
    assert (frame, parts) in {(phrase.frame, phrase.parts) for phrase in phrases(text)}


@pytest.mark.parametrize(
    "text", ["I can't believe it", "I can't wait to tell you", "Love it", "You can't please everyone", "", "can't"]
)
def test_empty_talk_gives_no_phrase(text: str) -> None:
    assert phrases(text) == []


def test_rewordings_share_their_key() -> None:
    first = {phrase.key for phrase in phrases("I can't save my photos")}
    second = {phrase.key for phrase in phrases("no option to save pictures")}
    assert first & second


def test_stems_join_forms_and_synonyms() -> None:
    assert stem("emails") == stem("email") == stem("mail")
    assert stem("stopped") == stem("stopping")
    assert stem("deliveries") == stem("delivery")
    assert stem("boss") != stem("bo")
