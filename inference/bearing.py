"""Which spans bear a need out: those that say what it is called by, or come near it, and tell of no other failure.

Spans are grouped by what they are about. What a need is called by says what is lacking of it, and is true of a part of
them only: the rest is about the same thing, and evidence of nothing, or of another need.
"""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from .against import without_reserve
from .lack import Kind, lacks
from .manner import Manner, at_odds, manner
from .phrase import VAGUE, stem
from .signal import words
from .statement import Statement, says

__all__ = ["LEAST", "borne", "leanings", "stated", "worded"]

Floats = NDArray[np.float32]

LEAST = 0.35
"""The cosine of a span to a statement and its leaning towards it, from which it bears it out."""
_SAID = 0.2  # how much nearer to a need is what says in so many words what its statement says
_WORDED = 0.1  # the same of what uses all of its words, in whatever sentence
_OTHERWISE = 0.1  # how much farther off is what says that something else is lacking of the same thing
_UNTOLD = 0.1  # how much farther off is what tells of no lack at all
_EXACTLY = 0.05  # how much nearer is what says no more than that
_NAMED = 0.2  # how much farther off is what shares but a product's name with it
_AT_ODDS = 0.4  # how much farther off is what tells of another failure

_OF_KINDS = {
    Kind.DEED: Manner.ABSENT,
    Kind.STATE: Manner.ABSENT | Manner.SLOW,
    Kind.THING: Manner.ABSENT,
    Kind.RETURN: Manner.LOST | Manner.ABSENT,
    Kind.KEPT: Manner.LOST,
    Kind.END: Manner.UNWANTED,
    Kind.SPARED: Manner.UNWANTED | Manner.ABSENT,
    Kind.FEWER: Manner.UNWANTED,
    Kind.LESS: Manner.UNWANTED,
    Kind.SOONER: Manner.SLOW,
    Kind.KNOWLEDGE: Manner.NONE,
}
_TOLD_BY_WORDS = Manner.CRASH | Manner.FREEZE | Manner.SLOW | Manner.UNWANTED
_LEAVING = ("go away", "disappear", "stop")
_COMPOSED = (
    ("to work reliably", Manner.ABSENT | Manner.CRASH | Manner.FREEZE),
    ("to be faster", Manner.SLOW),
    ("long wait", Manner.SLOW),
    ("need fewer", Manner.UNWANTED),
    ("get lost", Manner.LOST),
)


@lru_cache(maxsize=1 << 14)
def _stems(text: str) -> frozenset[str]:
    return frozenset(stem(word) for word in words(text))


def _key(statement: Statement) -> frozenset[str]:
    """Stems of the words that say what is lacking."""
    return statement.lack.key if statement.lack is not None else statement.sense - VAGUE


def stated(statement: Statement) -> Manner:
    """The ways to fail that a statement is about; NONE where it is about none in particular."""
    if statement.basis == "QUOTE":
        return manner(statement.meaning)
    if statement.lack is None:
        return next((way for ending, way in _COMPOSED if ending in statement.text), Manner.NONE)
    if statement.lack.kind is Kind.STATE and statement.lack.parts[1] in _LEAVING:
        return Manner.UNWANTED
    told = manner(" ".join(statement.lack.parts[-1:])) & _TOLD_BY_WORDS
    return told or _OF_KINDS[statement.lack.kind]


def leanings(statement: Statement, texts: Sequence[str], names: AbstractSet[str] = frozenset()) -> Floats:
    """By how much nearer to a statement each span is for what it says than its vector tells, shape (n,).

    `names` are the stems of products' names: a span that shares nothing else with a statement shares nothing.
    """
    way = stated(statement)
    stems = _key(statement)
    key, naming = stems - names, not stems.isdisjoint(names)
    found = np.zeros(len(texts), dtype=np.float32)
    for row, text in enumerate(texts):
        told, failing = lacks(text), manner(text)
        saying = says(statement, text)
        if saying:
            found[row] = _SAID + _WORDED + _EXACTLY * (saying == stems)
        elif at_odds(way, failing) or without_reserve(text):
            found[row] = -_AT_ODDS
        elif key:
            shared = len(key & _stems(text)) / len(key)
            found[row] = _WORDED * shared if shared or not naming else -_NAMED
            if statement.lack is not None and any(not key.isdisjoint(lack.key) for lack in told):
                found[row] -= _OTHERWISE
            elif not told and not failing:
                found[row] -= _UNTOLD
    return found


def borne(statement: Statement, texts: Sequence[str], near: Floats, names: AbstractSet[str]) -> float:
    """Share of the spans, 0..1, that bear a statement out: half of it for being near, half for using its words as well."""
    bearing = near + leanings(statement, texts, names) >= LEAST
    return float(0.5 * bearing.mean() + 0.5 * (bearing & worded(statement, texts)).mean())


def worded(statement: Statement, texts: Sequence[str]) -> NDArray[np.bool_]:
    """Which spans use the words of a statement, shape (n,): both of two, two thirds of more."""
    key = _key(statement)
    least = len(key) if len(key) <= 2 else -(-2 * len(key) // 3)
    return np.array([len(key & _stems(text)) >= least for text in texts], dtype=np.bool_)
