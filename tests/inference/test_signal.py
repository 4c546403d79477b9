import time

import pytest

from nobodyasked.inference import Kind, competitors, sentiment, severity, tell
from nobodyasked.inference.signal import ask_score

CASES = [
    ("Please add a dark mode.", Kind.ASK),
    ("You should offer parcel lockers.", Kind.ASK),
    ("It would be great if there was a button to undo this", Kind.ASK),
    ("There needs to be an option for lists", Kind.ASK),
    ("The app crashes whenever I open a photo.", Kind.PAIN),
    ("I can't open attachments since Tuesday", Kind.PAIN),
    ("The courier was late and the box was damaged.", Kind.PAIN),
    ("I wish I could see when the parcel comes", Kind.WISH),
    ("How do I change my delivery address?", Kind.WISH),
    ("There is no way to mute a conversation", Kind.WISH),
    ("I love how quickly the parcel arrives", Kind.PRAISE),
    ("I could not live without this calendar", Kind.PRAISE),
    ("Are you kidding me?", Kind.NOISE),
    ("Love it!!!", Kind.NOISE),
    ("Hello dear team,", Kind.NOISE),
    ("Thanks and best regards", Kind.NOISE),
    ("Worst app ever", Kind.NOISE),
    ("I am out of the office until Monday", Kind.NOISE),
    ("Click here to verify your account or it will be deleted", Kind.NOISE),
    ("", Kind.NOISE),
]


@pytest.mark.parametrize(("text", "kind"), CASES)
def test_each_kind_is_told(text: str, kind: Kind) -> None:
    (signal,) = tell([text])
    assert signal.kind is kind
    assert 0 <= signal.score <= 1


def test_a_rating_tips_a_plain_statement() -> None:
    text = "I use the calendar on the train"
    low, high = tell([text, text], [1, 5])
    assert low.kind is Kind.PAIN
    assert high.kind is Kind.PRAISE


def test_ratings_must_be_parallel() -> None:
    with pytest.raises(ValueError, match="parallel"):
        tell(["a", "b"], [1])


def test_asking_for_repair_is_no_ask() -> None:
    assert ask_score("Please fix the login screen") < ask_score("Please add a login screen")
    assert tell(["Please fix the login, it crashes"])[0].kind is Kind.PAIN


def test_sentiment_has_a_sign_and_turns_after_a_negation() -> None:
    assert sentiment("A wonderful shop, really great") > 0.5
    assert sentiment("Terrible, I hate the checkout") < -0.5
    assert sentiment("This is not good") < 0
    assert sentiment("The box is brown") == 0


def test_severity_grows_with_harm_and_falls_with_praise() -> None:
    mild = severity("The button is grey", 4, Kind.WISH)
    loss = severity("It deleted my files and I lost the wedding photos", 1, Kind.PAIN)
    assert severity("Great, thanks", 5, Kind.PRAISE) == 1
    assert mild < severity("The search is slow", 3, Kind.PAIN) < loss == 5


def test_competitors_are_whole_words_in_any_case() -> None:
    assert competitors("I moved to TRAILMONGER last year", ["Kettleridge", "Trailmonger", "Trail", ""]) == [
        "Trailmonger"
    ]


@pytest.mark.parametrize("piece", ["x", "1", "é", "QUJD", "a-", "please ", "we ", "'", "could you "])
def test_any_long_text_is_told_in_linear_time(piece: str) -> None:
    text = piece * (100_000 // len(piece))
    began = time.perf_counter()
    tell([text])
    sentiment(text)
    severity(text)
    # a bound against runaway growth only: each of these takes well under a second
    assert time.perf_counter() - began < 20
