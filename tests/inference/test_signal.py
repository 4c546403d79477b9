import numpy as np
import pytest

from nobodyasked.inference import Kind, MiniLM, Signal, sentiment, severity, tell
from nobodyasked.inference.signal import KINDS, chances, retell, says_nothing

from .growth import linear

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
    # the more stars the less it hurts
    found = chances([text] * 5, [1, 2, 3, 4, 5])
    assert np.all(np.diff(found[:, KINDS.index(Kind.PAIN)]) < 0)
    assert np.all(np.diff(found[:, KINDS.index(Kind.PRAISE)]) > 0)
    assert chances([text], [7]).tolist() == found[4:].tolist()


@pytest.mark.parametrize(
    "text",
    [
        "I can open my recipes from any device",
        "Never had any trouble finding what I look for",
        "I would not use any other planner",
    ],
)
def test_what_one_is_able_to_do_is_praise_and_no_wish(text: str) -> None:
    assert tell([text])[0].kind is Kind.PRAISE


def test_ratings_must_be_parallel() -> None:
    with pytest.raises(ValueError, match="parallel"):
        tell(["a", "b"], [1])


def test_chances_are_probabilities_of_which_the_score_is_one() -> None:
    texts = [text for text, _ in CASES if text] + ["I bought it in May"]
    found = chances(texts)
    assert found.shape == (len(texts), len(Kind))
    assert (found >= 0).all()
    assert (found.sum(axis=1) <= 1.0001).all()
    assert found[-1].sum() < 0.5  # a mere statement is of no kind
    for row, signal in zip(found, tell(texts), strict=True):
        likely = row[list(Kind).index(signal.kind)]
        assert abs(signal.score - likely) < 0.0001 or (signal.kind is Kind.NOISE and signal.score >= likely)


def test_advice_to_others_names_a_solution() -> None:
    asks = tell(["Ask for a room at the back", "Bring earplugs if you are a light sleeper"])
    assert [signal.kind for signal in asks] == [Kind.ASK, Kind.ASK]


def test_meaning_makes_it_surer(minilm: MiniLM) -> None:
    texts = [text for text, kind in CASES if kind is not Kind.NOISE]
    kinds = [kind for _, kind in CASES if kind is not Kind.NOISE]
    first, vectors = tell(texts), minilm.embed(texts)
    surer = retell(first, texts, None, vectors, minilm.name)
    assert [signal.kind for signal in surer] == kinds
    assert surer != first
    assert retell(first, texts, None, vectors, "another model") == first
    assert tell(texts, None, vectors) == surer
    with pytest.raises(ValueError, match="parallel"):
        tell(texts, None, vectors[1:])


def test_what_had_content_does_not_become_noise(minilm: MiniLM) -> None:
    texts = ["Thank you for everything that you do"]
    first = [Signal(Kind.PRAISE, 0.4)]
    vectors = minilm.embed(texts)
    assert tell(texts, None, vectors)[0].kind is Kind.NOISE
    assert retell(first, texts, None, vectors, minilm.name) == first


def test_asking_for_repair_is_no_ask() -> None:
    repair, build = chances(["Please fix the login screen", "Please add a login screen"])[:, KINDS.index(Kind.ASK)]
    assert repair < build
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


@pytest.mark.parametrize(
    "piece", ["x", "1", "é", "QUJD", "a-", "please ", "we ", "'", "could you ", "test ", "[name] ", "so sorry "]
)
def test_any_long_text_is_told_in_linear_time(piece: str) -> None:
    assert linear(lambda text: (tell([text]), sentiment(text), severity(text)), piece, 60_000)


@pytest.mark.parametrize(
    "text",
    [
        "are you kidding me?", "Are you serious", "please help", "5 stars", "fix this asap", "what a joke", "!!!", "do better",
        "Do something about it!", "get your act together", "Hi Anna,", "Good morning team", "Thanks in advance!", "Best, Anna",
        "Thank you so much for your help", "I hope you are well.", "Looking forward to your reply", "please advise", "wake up",
        "Are you kidding me&#33;", "do\\nbetter", "as the title says", "have a nice day", "\\u2026", "&hearts;",
        "TEST MESSAGE, please ignore - QA", "this is only a test", "Best regards, Mr. [name]", "With sunny regards, [name]", "[name]",
        "My name is [name], write to me at [e-mail]", "You can reach me on [phone] or [phone].", "I live at [address]",
        "Sorry, this will be a rather long letter.", "I'll keep it short", "It was a long story, sorry",
    ],
)  # fmt: skip
def test_what_calls_for_nothing_in_particular_says_nothing(text: str) -> None:
    assert says_nothing(text)
    assert tell([text])[0].kind is Kind.NOISE


@pytest.mark.parametrize(
    "text",
    [
        "no undo", "ads everywhere", "please answer the phone on Sundays", "do something about the ads", "the app is slow",
        "wake up alarms are late", "Are you kidding me, the tent leaks", "Best, if it had lockers for parcels",
        "the test order never arrived", "nobody calls me back on [phone]", "I cannot reach [name]", "my card [card] was charged twice",
        "the mail is too long for a phone", "it took a long message to get an answer", "You call [name] by the wrong name",
    ],
)  # fmt: skip
def test_what_names_a_thing_says_something(text: str) -> None:
    assert not says_nothing(text)


def test_signs_in_rows_are_read_once() -> None:
    for dots in (40, 4_000):  # were each read in two ways, forty would take hours
        for start in ("Thanks", "Hello", "Best,"):
            assert not says_nothing(f"{start}{'.' * dots}- for the broken parcel that nobody ever came to fetch")
    assert says_nothing("Kind regards, Dr. A. B. Miller")
    assert says_nothing("Best, J. Miller")
