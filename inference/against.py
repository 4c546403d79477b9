"""What speaks against a need: praise, without reserve, of the very thing that others lack.

Of much that a model takes for praise a good part is none, or praises something beside the matter, and counter-evidence that
is none misleads whoever reads it: it takes words of praise or that a thing works, nothing of trouble, wishes or times that
are over, and a word that the need is known by.
"""

import re
from collections import Counter
from collections.abc import Collection, Sequence
from typing import NamedTuple

from .lexicon import BLAME, FAILURE, NEGATION, PRAISE, SUPERFLUOUS, word_set
from .phrase import stem
from .rule import plain, words, words_of
from .signal import Signal, praises
from .statement import Statement

__all__ = ["Matter", "speaks_against", "without_reserve"]

_KNOWN_FROM = 0.2  # share of a need's spans that use a word by which it is known
_FEWEST = 2  # of its spans that do
_HALF = 0.5  # of what a need is called, where that is short; praise of it names more
_SHORT = 4  # stems

_FAULTLESS = re.compile(
    r"\b(?:never|no|not|without|zero|haven't|hasn't|don't|didn't|nothing|hardly|rarely)(?: (?:ever|yet|once|had|have|has|a|an|any|single|real|one|more|me|us|been|it|on|to|of|let|with|about|major|technical|worry|worries|the|slightest))*"
    r" (?:problems?|issues?|trouble|troubles|complaints?|complain|crash|crashes|crashed|crashing|glitch|glitches|bugs?|lag|lags|lagged|delays?|delayed|fails?|failed|fuss|hassle|errors?|let me down|disappoint|disappointed|disappoints|worries|worry|downtime|wrong|late)\b"
)
_WORKS = re.compile(
    r"\bflawless\b|\b(?:works?|worked|working|runs?|syncs?|arrives?|arrived|fits?) (?:(?:so|very|really|always|just) )?(?:well|great|good|fine|perfectly|flawlessly|beautifully|smoothly|reliably|wonderfully|like a charm|as (?:expected|it should|described|promised)|every time|on time|with everything)\b"
    r"|\b(?:it|this|that|app|which) (?:also )?(?:lets|allows|enables) (?:me|us|you)\b|\b(?:i'm|i am|we're|we are) (?:now |always |easily )?able to\b|\bworks\W*$|\bspot[- ]on\b|\bon time\b|\bat last\b|\bfinally (?:\w+ ){0,2}(?:works?|fixed|added|have|has|got|can|possible)\b"
)
_RESERVED = re.compile(
    r"\b(?:wish|hope|hopefully|please|expect(?:ed)?|except|but|however|though|although|usually|sometimes|occasional\w*|until|instead|lacks?|minor|almost|only|at least|liked|original|old|previous|before|used to|no longer|any ?more|was|were|than"
    r"|needs? (?:an?|the|to|more|better|some|\w+ing)|(?:should|could)(?: be| have)?|would (?!(?:highly |definitely |really |totally |strongly )*(?:recommend|buy|use))|if (?:you|they|only|it)|just (?:need|want|hate)|for example|too)\b|\?"
)
_WEAK = word_set(
    "like likes liked better faster easier win winner worth favourite favorite new super thanks thank cheap fast"
)
_STRONG = PRAISE - _WEAK
_FRAME = frozenset(stem(word) for word in ("customers", "sure"))
_TROUBLE = BLAME | FAILURE | NEGATION


class Matter(NamedTuple):
    """What a need is about, in stems: the words by which it is `known`, and the telling ones of what it is `called`."""

    known: frozenset[str]
    called: frozenset[str] = frozenset()

    @classmethod
    def of(
        cls, spans: Sequence[Sequence[str]], names: Collection[str] = (), statement: Statement | None = None
    ) -> "Matter":
        """Of a need, given the words of each of its spans and its statement, where there is one: known are those that many
        of them use. `names`, the stems of products' names, are none."""
        users = Counter(one for some in spans for one in _telling(some))
        least = max(_FEWEST, _KNOWN_FROM * len(spans)) if len(spans) > _FEWEST else 1
        known = frozenset(one for one, count in users.items() if count >= least and one not in names)
        called = _telling(words(statement.text)) if statement is not None else set()
        return cls(known, frozenset(called.difference(names, _FRAME)))

    def named_in(self, text: str) -> bool:
        """Whether a text names the matter: most of what the need is called where that is few words, or what it is known by.

        Who names half of what it is called and nothing else means the thing itself ("the folders are great").
        """
        said = _telling(words(text))
        if not 0 < len(self.called) <= _SHORT:
            return not said.isdisjoint(self.known)
        shared, half = len(said & self.called), _HALF * len(self.called)
        return shared > half or (shared == half and shared == len(said))


def speaks_against(signal: Signal, text: str, matter: Matter) -> bool:
    """Whether a span speaks against a need: praise, or that something works, without reserve, and of its matter.

    That it is praise a person may have said, whose word stands.
    """
    praised = praises(signal, text) and (signal.score == 1.0 or without_reserve(text))
    return praised and matter.named_in(text)


def without_reserve(text: str) -> bool:
    """Whether a text has words of praise or says that something works, and none of trouble, wishes or times that are over."""
    read = _FAULTLESS.sub("flawless", plain(text))
    found = words_of(read)
    if not _TROUBLE.isdisjoint(found) or _RESERVED.search(read):
        return False
    return not _STRONG.isdisjoint(found) or _WORKS.search(read) is not None


def _telling(found: Sequence[str]) -> set[str]:
    return {stem(word) for word in found if len(word) > 2 and word not in SUPERFLUOUS}
