"""What a message does in a language that the rules do not read: its stars tell, and nothing is made of its words."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from .finding import Message
from .language import is_english
from .lesson import Lesson
from .signal import Kind, Signal, retell, sentiment, severity, tell
from .spam import is_spam
from .span import Span, split

__all__ = ["mood", "read_each", "retold", "told_each"]

_FEWEST_LETTERS = 2
_SPAM = Signal(Kind.NOISE, 0.9)


def read_each(
    messages: Sequence[Message], languages: Sequence[str | None]
) -> tuple[list[tuple[int, Span]], list[Signal]]:
    """The spans of messages, each with the row of its message, and their signals, parallel; `languages` to `messages`.

    A message that as a whole is of no customer is noise in each span; one in another language is taken for a customer's.
    """
    of = [(row, span) for row, message in enumerate(messages) for span in split(message.text)]
    signals = told_each(
        [messages[row].text[start:end] for row, (start, end) in of],
        [messages[row].rating for row, _ in of],
        [languages[row] for row, _ in of],
    )
    spam = [is_english(one) and is_spam(message.text) for message, one in zip(messages, languages, strict=True)]
    return of, [_SPAM if spam[row] else signal for (row, _), signal in zip(of, signals, strict=True)]


def told_each(texts: Sequence[str], ratings: Sequence[float | None], languages: Sequence[str | None]) -> list[Signal]:
    """The signals of spans, all parallel; ratings 1..5. Those of many messages at once take less time.

    English rules judge English and what is undetermined. A span of another language is praise from four stars on, else
    a pain; its score (0.3, and 0.45 from two stars down) says how little is known. Only what holds no word is noise.
    """
    english = [row for row, language in enumerate(languages) if is_english(language)]
    if len(english) == len(texts):
        return tell(texts, ratings)
    signals = [_foreign(text, rating) for text, rating in zip(texts, ratings, strict=True)]
    again = tell([texts[row] for row in english], [ratings[row] for row in english])
    for row, signal in zip(english, again, strict=True):
        signals[row] = signal
    return signals


def retold(
    first: Sequence[Signal],
    texts: Sequence[str],
    ratings: Sequence[float | None],
    languages: Sequence[str | None],
    vectors: NDArray[np.float32],
    embedder: str,
    lesson: Lesson | None = None,
) -> list[Signal]:
    """What was told of spans, told again now that their vectors are known, all parallel; see `retell`."""
    signals = list(first)
    rows = [row for row, language in enumerate(languages) if is_english(language)]
    again = retell(
        [first[row] for row in rows],
        [texts[row] for row in rows],
        [ratings[row] for row in rows],
        vectors[rows],
        embedder,
        lesson,
    )
    for row, signal in zip(rows, again, strict=True):
        signals[row] = signal
    return signals


def mood(text: str, rating: float | None, language: str | None, strongest: Kind) -> tuple[float, int]:
    """Sentiment (-1..1) and severity (1..5) of a message whose clearest span is of kind `strongest`."""
    if is_english(language):
        return sentiment(text), severity(text, rating, strongest)
    return (0.0 if rating is None else (rating - 3.0) / 4.0), severity("", rating, strongest)


def _foreign(text: str, rating: float | None) -> Signal:
    if sum(letter.isalpha() for letter in text) < _FEWEST_LETTERS:
        return Signal(Kind.NOISE, 0.9)
    if rating is not None and rating >= 4:
        return Signal(Kind.PRAISE, 0.35)
    return Signal(Kind.PAIN, 0.45 if rating is not None and rating <= 2 else 0.3)
