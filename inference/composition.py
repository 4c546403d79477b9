"""What is lacking of a thing: the things that several customers name, and the words by which they say what is wrong with them.

Where no customer's sentence can stand for all, a statement is composed of both: of the thing and of the kind of lack.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import NamedTuple

from .lexicon import BLAME, FILLER, PRAISE, RUDE, STOP, word_set
from .phrase import stem
from .plural import is_plural, plural
from .signal import plain, words


@dataclass(frozen=True)
class Lack:
    """A kind of lack: its sentence, the words that show it, and those of which one must be there too, if any."""

    sentence: str
    shown_by: frozenset[str]
    beside: frozenset[str] = frozenset()

    def shows(self, stems: AbstractSet[str]) -> bool:
        """Whether a sentence of these stems tells of it."""
        return bool(stems & self.shown_by) and (not self.beside or bool(stems & self.beside))


class Composed(NamedTuple):
    """A composed statement: the sentence, its content words, and how many customers speak of both thing and lack."""

    sentence: str
    filling: str
    holding: int


def _stems(*lines: str) -> frozenset[str]:
    return frozenset(stem(word) for word in word_set(*lines))


_COMING = _stems("arrive arrived arrives delivery delivered deliver shipped shipping ship courier driver tracking")
_BUYING = _stems("buy buying bought order ordered ordering purchase purchased pay book booked try")
_TIME = _stems("when date dates late waiting wait waited delayed announced tomorrow day days week weeks long")
_DISLIKE = _stems("awful hate hated ugly horrible terrible worse worst hideous dislike disliked revert")
LACKS = (
    Lack("Customers need to know when {their} will arrive", _TIME, _COMING),
    Lack("Customers need {their} without a long wait", _stems("wait waiting waited ages forever queue weeks")),
    Lack("Customers need to pay less for {many}", _stems("expensive cheaper costly pricey overpriced fee fees")),
    Lack("Customers need {their} to work reliably", _stems("broken crash crashes crashed error errors fails failed hangs freezes")),
    Lack("Customers need a way to get {their} repaired", _stems("repair repaired repairs repairing mend mended spare")),
    Lack("Customers need to be sure about {the} before they buy", _stems("guess guessing unsure sure idea wrong tell judge"), _BUYING),
    Lack("Customers need help to choose {many}", _stems("which choose choosing advice advise advises beginner recommend suits decide")),
    Lack("Customers need {many} that fit", _stems("fit fits fitting small tight loose outgrown grown")),
    Lack("Customers need {their} not to get lost", _stems("empty lost gone disappear disappeared vanished")),
    Lack("Customers need less {plain}", _stems("waste rubbish throw bin unnecessary recycle trash landfill without")),
    Lack("Customers need {many} to be in stock", _stems("sold stock unavailable restock")),
    Lack("Customers need {their} to be simpler", _stems("complicated difficult confusing cumbersome fiddly tedious")),
    Lack("Customers need a way back to the old {plain}", _DISLIKE, _stems("new redesign redesigned update updated change changed changes old previous revert before")),
    Lack("Customers need fewer {many}", _stems("intrusive annoying bombarded flooded invasive unwanted constant blocker"), _stems("too many full all every constantly")),
    Lack("Customers need {their} to be faster", _stems("slow slower slowly lag laggy lagging")),
)  # fmt: skip
_OF_BELONGINGS = tuple(lack for lack in LACKS if lack.sentence.endswith(("lost", "wait", "arrive")))
_AWAITED = _stems(
    "refund refunds money credit reply answer response callback call email parcel package delivery order orders"
    " repair replacement exchange update card invoice"
)  # of things, those that customers wait for; for the rest, waiting is what they do meanwhile
# they work badly, but do not come or go
_PLACES = word_set(
    "app site website shop store account page phone screen depot office branch counter warehouse home house door town"
)
_THING = re.compile(r"\b(my|our|the|a|an|this|that|these|no|your|any|which|of|for|own)((?: [a-z][a-z-]+){1,3})")
_NO_THING = (
    STOP | PRAISE | BLAME | RUDE | (FILLER - word_set("app apps feature features update customer support"))
    | word_set("way lot bit thing stuff kind sort end rest middle fact case problem day week month year hour time date hand half order orders winter summer spring autumn others customers customer name number total")
)  # fmt: skip
FEW = 40
"""Customers of a need of whom it is enough that they speak of both somewhere."""
_FEWEST_NAMING = 2  # customers who name a thing with its article, so that it is a thing and no deed


def things(texts_of: Mapping[object, Sequence[str]]) -> list[tuple[str, bool]]:
    """What customers name as things: (words, whether it is often their own), commonest first."""
    naming: dict[str, set[object]] = defaultdict(set)
    owning: Counter[str] = Counter()
    for customer, texts in texts_of.items():
        for text in texts:
            for match in _THING.finditer(plain(text)):
                taken: list[str] = []
                for word in match.group(2).split():
                    if word in _NO_THING or word.endswith(("ed", "ing", "ly")) or len(word) < 3:
                        break
                    taken.append(word)
                if not taken:
                    continue
                for name in {taken[0], " ".join(taken[:2])}:
                    naming[name].add(customer)
                    owning[name] += match.group(1) in {"my", "our"}
    found = [name for name, who in naming.items() if len(who) >= _FEWEST_NAMING]
    found.sort(key=lambda name: (-len(naming[name]), name))
    return [(name, 4 * owning[name] >= len(naming[name])) for name in found[:8]]


def composed(texts_of: Mapping[object, Sequence[str]], fewest: int) -> list[Composed]:
    """Statements of a thing and a lack that at least `fewest` customers speak of; most spoken of first."""
    # few customers seldom say both in one sentence; of many, what stands in several sentences meets by chance
    few = len(texts_of) <= FEW
    spoken = [
        [(said, frozenset(map(stem, said))) for text in ([" ".join(texts)] if few else texts) for said in [words(text)]]
        for texts in texts_of.values()
    ]
    made: list[Composed] = []
    for name, owned in things(texts_of):
        parts = {stem(word) for word in name.split()}
        mine = [
            some
            for texts in spoken
            if (some := [_but_its_kind(said, parts) for said, stems in texts if parts <= stems])
        ]
        for lack in LACKS:
            if parts & (lack.shown_by | lack.beside) - _COMING or (lack in _OF_BELONGINGS and name in _PLACES):
                continue
            if lack.sentence.endswith("without a long wait") and not parts & _AWAITED:
                continue
            holding = sum(any(lack.shows(stems) for stems in some) for some in mine)
            if holding >= fewest:
                made.append(Composed(_sentence(lack, name, owned), name, holding))
    return sorted(made, key=lambda one: (-one.holding, one.sentence))


def _but_its_kind(said: Sequence[str], thing: AbstractSet[str]) -> frozenset[str]:
    """Stems of a sentence without participles before a thing, which tell what kind it is of: "disappearing messages"."""
    after = [*said[1:], ""]
    return frozenset(
        stem(word)
        for word, next_ in zip(said, after, strict=True)
        if not (word.endswith("ing") and stem(next_) in thing)
    )


def _sentence(lack: Lack, name: str, owned: bool) -> str:
    several = is_plural(name)
    the = name if several else f"the {name}"
    own = f"their {name}" if owned else the
    return lack.sentence.format(their=own, the=the, plain=name, many=name if several else plural(name))
