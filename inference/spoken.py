"""What the customers of one group say they lack, and how many of them say each lack.

A topic is what many speak about; a need is what many lack of it. Words alone do not tell the two apart, frames do: "I
can't print", "add dark mode", "my tabs keep closing" each name a lack, and a need has some that enough customers share.
"""

from collections import Counter, defaultdict
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from enum import Enum

from .lexicon import SUPERFLUOUS
from .phrase import Frame, phrases, stem
from .rewrite import Form, rewritten

__all__ = ["Family", "Spoken"]

Key = frozenset[str]


class Family(Enum):
    """Frames and forms that tell of the same kind of lack, whatever their wording."""

    DEED = "to do something"
    SPARED = "not to have to do something"
    THING = "to have something"
    RETURN = "to have something back"
    STATE = "something to work, or to stop failing"
    LOSS = "not to lose something"
    KNOWLEDGE = "to know something"
    LESS = "less of something"
    WAIT = "not to wait so long for something"
    SUPPLY = "something to be there to buy"
    WEAR = "something to last"
    WORRY = "not to worry about something"


FAMILY_OF: dict[Frame | Form, Family] = {
    Frame.WAY: Family.DEED,
    Form.WAY: Family.DEED,
    Form.TO: Family.DEED,
    Form.SPARED: Family.SPARED,
    Form.UNWILLING: Family.SPARED,
    Frame.HAVE: Family.THING,
    Frame.BACK: Family.RETURN,
    Form.WAIT: Family.WAIT,
    Form.STOCK: Family.SUPPLY,
    Frame.WORK: Family.STATE,
    Frame.STOP: Family.STATE,
    Form.LAST: Family.WEAR,
    Frame.SAFE: Family.LOSS,
    Form.UNWORRIED: Family.WORRY,
    Frame.KNOW: Family.KNOWLEDGE,
    Form.KNOW: Family.KNOWLEDGE,
    Form.LESS: Family.LESS,
    Form.FEWER: Family.LESS,
}
_VAGUE_STEMS = frozenset(stem(word) for word in SUPERFLUOUS)
_ONE_WORD_TELLS = frozenset([Family.DEED, Family.STATE, Family.LOSS, Family.WEAR])
_ONE_WORD_NAMES = frozenset([Family.THING, Family.RETURN])  # "add stickers", where one word may be but a topic


class Spoken:
    """The lacks in `texts`: one text a span, beside the customer of each. `names` are the stems of the product's own."""

    def __init__(self, texts: Sequence[str], customers: Sequence[object], names: AbstractSet[str]) -> None:
        self.people = len(set(customers))
        self._vague = _VAGUE_STEMS | names
        self._speakers: dict[tuple[Family, Key], set[object]] = defaultdict(set)
        for text, customer in zip(texts, customers, strict=True):
            lacks = [(found.frame, found.key) for found in phrases(text)]
            for frame, key in lacks + [(found.form, found.key) for found in rewritten(text)]:
                self._speakers[FAMILY_OF[frame], key].add(customer)
        self._holding: dict[tuple[Family, str], list[Key]] = defaultdict(list)
        for family, key in self._speakers:
            for part in key:
                self._holding[family, part].append(key)
        self._asked: dict[tuple[Family, Key, int], int] = {}

    def by(self, family: Family, key: Key, least: int) -> int:
        """Customers who tell of a lack of this family that shares at least `least` stems with `key`."""
        asked = family, key, least
        if asked not in self._asked:
            shared = Counter(found for part in key for found in self._holding.get((family, part), ()))
            who: set[object] = set()
            who.update(*(self._speakers[family, found] for found, count in shared.items() if count >= least))
            self._asked[asked] = len(who)
        return self._asked[asked]

    def most(self, own: AbstractSet[str]) -> float:
        """Customers who share the lack that is shared most, among those of the group's `own` words.

        Where a single word may name but a topic, they count half.
        """
        return max(
            (
                self._telling(family, key) * self.by(family, key, len(key))
                for family, key in self._speakers
                if own & key
            ),
            default=0.0,
        )

    def _telling(self, family: Family, key: Key) -> float:
        telling = len(key - self._vague)
        if telling == 1 and family is Family.DEED and len(key) > 1:
            return 0.0  # "use the mail app": a deed that only names the topic
        if telling == 1 and family in _ONE_WORD_NAMES:
            return 0.5
        return float(telling > 0 and (telling > 1 or family in _ONE_WORD_TELLS))
