import pytest

from nobodyasked.inference import HashedWords, Message, Parameters, find, tell
from nobodyasked.inference.foreign import mood, told_each
from nobodyasked.inference.signal import Kind


def test_english_and_undetermined_texts_are_told_by_the_rules() -> None:
    texts = ["Please add a dark mode", "It crashes", "thanks"]
    for language in (None, "en", "und", "en-GB"):
        assert told_each(texts, [2.0] * 3, [language] * 3) == tell(texts, [2.0] * 3)


@pytest.mark.parametrize(
    ("rating", "kind", "score"),
    [(None, Kind.PAIN, 0.3), (1, Kind.PAIN, 0.45), (3, Kind.PAIN, 0.3), (5, Kind.PRAISE, 0.35)],
)
def test_stars_tell_where_words_cannot(rating: float | None, kind: Kind, score: float) -> None:
    # English rules would find praise ("super"), a wish ("no ... option") and noise ("me") in these
    texts = ["Die App ist super langsam", "no hay opción de imprimir", "me", "🙂 !!"]
    signals = told_each(texts, [rating] * 4, ["de"] * 4)
    assert [signal.kind for signal in signals] == [kind, kind, kind, Kind.NOISE]
    assert {signal.score for signal in signals[:3]} == {score}


def test_the_mood_of_a_foreign_text_is_that_of_its_stars() -> None:
    assert mood("die die die, bad crash", None, "de", Kind.PAIN) == (0.0, 3)
    assert mood("die die die, bad crash", 5, "de", Kind.PRAISE)[0] == 0.5
    assert mood("die die die, bad crash", 1, "en", Kind.PAIN)[0] < -0.5


def test_foreign_messages_are_kept_and_grouped() -> None:
    texts = [
        "Ich finde die Rechnung meiner Bestellung nicht",
        "Wo finde ich die Rechnung zu meiner Bestellung",
        "Die Rechnung der Bestellung finde ich nirgends",
        "Rechnung zur Bestellung nicht zu finden",
    ]
    messages = [Message(row, text, customer=row, language="de") for row, text in enumerate(texts)]
    found = find(messages, HashedWords(), Parameters(granularity=0.3, closeness=0.2))
    assert {span.key for span in found.spans} == {0, 1, 2, 3}
    assert {span.kind for span in found.spans} == {Kind.PAIN}
