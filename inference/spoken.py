"""How many customers of one group say each lack, and how many say its opposite.

A topic is what many speak about; a need is what many lack of it. Words alone do not tell the two apart, sentences do: "I
can't print", "add dark mode", "my tabs keep closing" each name a lack, and a need has some that enough customers share.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet

from .lack import Kind, Lack, lacks
from .phrase import VAGUE, stem
from .signal import plain, words

__all__ = ["ALIKE", "Spoken"]

Key = frozenset[str]

ALIKE: Mapping[Kind, tuple[Kind, ...]] = {
    Kind.DEED: (Kind.DEED, Kind.STATE),
    Kind.STATE: (Kind.STATE, Kind.DEED),
}
"""Kinds that say the same of the same words; every other kind only says what it says itself."""
_AGAINST: Mapping[Kind, tuple[Kind, ...]] = {
    Kind.DEED: (Kind.END, Kind.SPARED),
    Kind.STATE: (Kind.END, Kind.SPARED),
    Kind.END: (Kind.DEED, Kind.STATE),
    Kind.SPARED: (Kind.DEED, Kind.STATE),
    Kind.THING: (Kind.FEWER, Kind.LESS),
    Kind.RETURN: (Kind.FEWER, Kind.LESS),
    Kind.KEPT: (Kind.FEWER, Kind.LESS),
    Kind.FEWER: (Kind.THING, Kind.RETURN, Kind.KEPT),
    Kind.LESS: (Kind.THING, Kind.RETURN, Kind.KEPT),
}
"""Kinds that say of the same words that what the one wants is just what hurts."""
_OFTEN = 5
_SELDOM = 0.08
_ONE_WORD_TELLS = frozenset([Kind.DEED, Kind.SPARED, Kind.STATE, Kind.END, Kind.KEPT])
_ONE_WORD_NAMES = frozenset([Kind.THING, Kind.RETURN])  # "add stickers", where one word may be but a topic


class Spoken:
    """The lacks in `texts`: one text a span, beside the customer of each. `names` are the stems of the product's own."""

    def __init__(self, texts: Sequence[str], customers: Sequence[object], names: AbstractSet[str]) -> None:
        self._users: dict[str, set[object]] = defaultdict(set)
        self.said: dict[tuple[Kind, Key], dict[object, Lack]] = defaultdict(dict)
        self._vague = VAGUE | names
        for text, customer in zip(texts, customers, strict=True):
            for part in {stem(word) for word in words(text)}:
                self._users[part].add(customer)
            for lack in lacks(text):
                self.said[lack.kind, lack.key].setdefault(customer, lack)
        self._text = "\n".join(plain(text) for text in texts)
        self.people = len(set(customers))
        self._holding: dict[tuple[Kind, str], list[Key]] = defaultdict(list)
        for kind, key in self.said:
            for part in key:
                self._holding[kind, part].append(key)
        self._asked: dict[tuple[Kind, Key, int], frozenset[object]] = {}

    def by(self, kind: Kind, key: Key, least: int | None = None) -> int:
        """Customers who tell of such a lack that shares at least `least` stems with `key`: all, where that is not given."""
        return len(self._who(ALIKE.get(kind, (kind,)), key, least or len(key)))

    def against(self, kind: Kind, key: Key) -> int:
        """Customers who complain of what the others lack, or lack what the others complain of, in the same words."""
        return len(self._who(_AGAINST.get(kind, ()), key, len(key)))

    def using(self, part: str) -> int:
        """Customers who use a stem."""
        return len(self._users.get(part, ()))

    def holding(self, key: Key, least: int | None = None) -> int:
        """Customers whose words hold at least `least` of `key`, all where that is not given, in whatever sentence."""
        users = sorted((self._users.get(part, set()) for part in key), key=len)
        if least is None or least == len(key):
            return len(set[object].intersection(*users)) if users else 0
        held = Counter(customer for some in users for customer in some)
        return sum(count >= least for count in held.values())

    def goes_bare(self, thing: str) -> bool:
        """Whether customers name a thing without an article nearly always, as they do names."""
        found = re.findall(
            rf"\b(?:(the|an?|my|our|your|this|that|their) )?{re.escape(thing)}\b(?! [a-z]+ing\b)", self._text
        )
        return len(found) >= _OFTEN and sum(map(bool, found)) <= _SELDOM * len(found)

    def most(self, own: AbstractSet[str]) -> float:
        """Customers who share the lack that is shared most, among those of the group's `own` words.

        Where a single word may name but a topic, they count half.
        """
        return max(
            (self._telling(kind, key) * self.by(kind, key) for kind, key in self.said if own & key),
            default=0.0,
        )

    def _who(self, kinds: Iterable[Kind], key: Key, least: int) -> frozenset[object]:
        who: set[object] = set()
        for kind in kinds:
            asked = kind, key, least
            if asked not in self._asked:
                shared = Counter(found for part in key for found in self._holding.get((kind, part), ()))
                self._asked[asked] = frozenset[object]().union(
                    *(self.said[kind, found] for found, count in shared.items() if count >= least)
                )
            who |= self._asked[asked]
        return frozenset(who)

    def _telling(self, kind: Kind, key: Key) -> float:
        telling = len(key - self._vague)
        if telling == 1 and kind in (Kind.DEED, Kind.SPARED) and len(key) > 1:
            return 0.0  # "use the mail app": a deed that only names the topic
        if telling == 1 and kind in _ONE_WORD_NAMES:
            return 0.5
        return float(telling > 0 and (telling > 1 or kind in _ONE_WORD_TELLS))
