"""Statements: what a need is called, out of its own evidence.

Every sentence that a customer says of a lack is a candidate, in the third person. It is verified against what all others
of the need say (how many say it, how many say its opposite), and then against its meaning: the statement must lie
near its own need, and nearer than to any other. Where nothing is shared widely enough, the most telling sentence is quoted.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from .composition import FEW, Composed, composed
from .lack import DOINGS, PASSIVE, Kind, Lack, lacks
from .lexicon import RUDE, STOP, SUPERFLUOUS
from .phrase import VAGUE, complete, stem, stems_of
from .quote import Voice, decent, quotes
from .signal import words
from .spoken import ALIKE, Spoken
from .wording import Wording

__all__ = [
    "Basis",
    "Statement",
    "Voice",
    "candidates",
    "compositions",
    "distinct",
    "key_phrases",
    "ranked",
    "says",
    "spoken_of",
]

Basis = Literal["TEMPLATE", "QUOTE"]

_MOST_VOICES = 3_000  # spans that are read of one need: shares of more of them would be the same
_FEWEST_VOICES = 3  # customers who word a lack alike before their words may speak for all
_FEW_TEXTS = 150  # among fewer, or in a need of hardly more customers than that, two are enough
_LEAST_SAYING = {  # share of a need's customers who must say a lack; more where its sentences mislead more easily
    Kind.DEED: 0.03, Kind.STATE: 0.03, Kind.END: 0.05, Kind.SPARED: 0.05, Kind.KNOWLEDGE: 0.05, Kind.THING: 0.06,
    Kind.RETURN: 0.05, Kind.KEPT: 0.08, Kind.FEWER: 0.05, Kind.LESS: 0.05, Kind.SOONER: 0.08,
}  # fmt: skip
_PLAINNESS = {  # how well the sentence of a kind reads and how surely it is meant
    Kind.DEED: 1.0, Kind.STATE: 0.95, Kind.END: 1.0, Kind.SPARED: 0.75, Kind.KNOWLEDGE: 0.95, Kind.THING: 0.9,
    Kind.RETURN: 0.85, Kind.KEPT: 0.9, Kind.FEWER: 0.95, Kind.LESS: 0.85, Kind.SOONER: 0.9,
}  # fmt: skip
_LEAST_HOLDING = 0.1  # share of a need's customers whose words hold all of a lack's
_SURE_FROM = 100  # customers from which shares of them mean more
_SAYING_FULLY = 6  # one in so many who says a lack is as much as can be hoped for
_CUT_SHORT = 0.75  # of those who say a phrase, so many who go on alike: then what is longer is the phrase
_BORROWED = 0.75  # worth of the words of one customer that others use too, though in other sentences
_LEAST_WORTH = 0.2
_TOO_LITTLE = ("work", "update")  # to say of the product as a whole
_BESIDE_NAME = {Kind.DEED: 2, Kind.SPARED: 2, Kind.STATE: 2, Kind.THING: 1, Kind.RETURN: 1}  # words, at least
_WEAK = frozenset(["get", "have", "put", "give", "take", "keep", "make", "be", "see", "use"])  # say little of a deed
_WEAKLY = 0.8
_MOST_BORROWING = 40  # customers of a need from which words meet by chance, so that several must say most of a lack
_CONTESTED = 0.4  # who say the opposite, for each who says a lack, from which it is left out
_LEAST_COMMON = 0.8  # share of such a sentence's words that a second customer uses
_COMPOSED_WORTH = 0.6
_LEAST_COMPOSED = 0.12  # share of a need's customers who speak of both thing and lack
_LEAST_COMPOSED_OF_FEW = 0.25  # the same of few, of whom some do by chance
_MOST_PROPOSED = 10
_MOST_COMPOSED = 4
_MOST_QUOTED = 6
MANY_VOICES = 100  # customers from which a need may be told from a topic

_CONTRAST = 0.6  # weight of how much nearer a statement is to its own need than to the next
_WORTH = 0.6  # weight of what customers say, beside closeness
_BORNE = 0.6  # weight of the share of the need's spans that bear a statement out
_MOSTLY_BORNE = 0.6  # of it, from which a template is preferred to any quote
_MOST_APART = 0.1  # from which it makes no difference how much nearer
_LEAST_CLOSENESS = 0.3  # of a template's meaning to the need's centre
_WORTH_OF_QUOTE = 1.2  # from which it is good enough to be read, and its meaning decides
_NEARLY_COMPOSED = 0.75  # the same of a sentence that no customer said
_NEARLY = 0.62  # of the closest quote's closeness, from which a template is preferred to any quote


@dataclass(frozen=True)
class Statement:
    """A candidate: the sentence, how it came about, its worth among the candidates of the same need, and the words
    whose meaning is compared with the need's (a quote's own span as it was written, what fills a template)."""

    text: str
    basis: Basis
    worth: float
    meaning: str
    lack: Lack | None = None
    """What it says is lacked, where it was told by a customer's own sentence."""

    @property
    def sense(self) -> frozenset[str]:
        """The stems of its words: equal for statements that say the same."""
        return frozenset(stem(word) for word in words(self.text) if word not in STOP)


def candidates(voices: Sequence[Voice], wording: Wording) -> list[Statement]:
    """Statements for one need, best first: those that enough customers support, then quotes."""
    voices = voices[:: -(-len(voices) // _MOST_VOICES)] if voices else voices
    spoken = Spoken([voice.text for voice in voices], [voice.customer for voice in voices], wording.brands)
    shared = sorted(
        _shared(spoken, wording) + _composed(voices, spoken, wording), key=lambda option: (-option.worth, option.text)
    )
    told = quotes(voices, wording)[:_MOST_QUOTED]
    return shared[:_MOST_PROPOSED] + [Statement(f"“{text}”", "QUOTE", worth, span) for text, worth, span in told]


def compositions(voices: Sequence[Voice], wording: Wording) -> list[Composed]:
    """The things and what is wrong with them that enough of a need's customers speak of; most spoken of first."""
    texts_of: dict[object, list[str]] = defaultdict(list)
    for voice in voices:
        texts_of[voice.customer].append(voice.text)
    least = _LEAST_COMPOSED_OF_FEW if len(texts_of) <= FEW else _LEAST_COMPOSED
    fewest = max(_fewest(len(texts_of), wording), int(np.ceil(least * len(texts_of))))
    return [
        option
        for option in composed(texts_of, fewest)
        if not {stem(word) for word in option.filling.split()} & (wording.brands | wording.proper)
    ]


def says(statement: Statement, text: str) -> frozenset[str] | None:
    """The lack that a text tells of in so many words where it is the one that a statement states, or a narrower one: its
    stems, of several the most."""
    lack = statement.lack
    if lack is None:
        return None
    return max(
        (
            other.key
            for other in lacks(text)
            if other.kind in ALIKE.get(lack.kind, (lack.kind,))
            and lack.key <= other.key
            and _does(other, lack.key)
            and _becomes(other) == _becomes(lack)
        ),
        key=len,
        default=None,
    )


def _becomes(lack: Lack) -> str:
    """What something is to be made: "unread" of "mark an email as unread", which is not "mark unread emails as read"."""
    _, joint, rest = lack.parts[-1].partition(" as ")
    return next((stem(word) for word in rest.split() if word not in STOP), "") if joint else ""


def _does(lack: Lack, key: frozenset[str]) -> bool:
    """Whether what a lack is about doing is of a key: who cannot close a video that is playing does not lack playing it."""
    if lack.kind is not Kind.DEED:
        return True
    verb = lack.parts[0].split()[0]
    return verb in STOP or verb in _WEAK or stem(verb) in key


def spoken_of(voices: Sequence[Voice], wording: Wording, fewest: int = MANY_VOICES) -> Spoken | None:
    """What is said to be lacking, where there are enough voices for shares of them to mean anything."""
    customers = [voice.customer for voice in voices]
    if len(set(customers)) < fewest:
        return None
    return Spoken([voice.text for voice in voices], customers, wording.brands)


def key_phrases(voices: Sequence[Voice], wording: Wording, limit: int = 5) -> list[str]:
    """Words and pairs of words that many of the need's customers use and few others do; plain surface forms."""
    speakers: dict[tuple[str, ...], set[object]] = defaultdict(set)
    surfaces: dict[tuple[str, ...], Counter[str]] = defaultdict(Counter)
    for voice in voices:
        tokens = words(voice.text)
        for size in (1, 2):
            for start in range(len(tokens) - size + 1):
                gram = tokens[start : start + size]
                if any(word in SUPERFLUOUS or word in RUDE or len(word) < 3 for word in gram):
                    continue
                key = tuple(stem(word) for word in gram)
                if set(key) <= wording.brands or not decent(" ".join(gram)):
                    continue
                speakers[key].add(voice.customer)
                surfaces[key][" ".join(gram)] += 1
    worth = {
        key: len(who) * sum(wording.rarity(part) for part in key) / len(key) ** 0.4
        for key, who in speakers.items()
        if len(who) >= 2
    }
    chosen: list[tuple[str, ...]] = []
    for key in sorted(worth, key=lambda key: (-worth[key], key)):
        if len(chosen) < limit and not any(set(key) & set(other) for other in chosen):
            chosen.append(key)
    return [surfaces[key].most_common(1)[0][0] for key in chosen]


def _fewest(people: int, wording: Wording) -> int:
    return _FEWEST_VOICES if wording.total >= _FEW_TEXTS and people > 2 * _FEWEST_VOICES else 2


def _shared(spoken: Spoken, wording: Wording) -> list[Statement]:
    """What customers say they lack, where enough of the others say the same or use the same words, and few the opposite."""
    made: list[tuple[float, int, Lack]] = []
    for (kind, key), speakers in spoken.said.items():
        if key <= wording.brands or not _general(key, spoken, wording):
            continue
        told = [lack for lack in speakers.values() if _whole(lack)]
        if not told:
            continue
        if kind is Kind.DEED and len(key) == 1 and stem(told[0].parts[0].split()[0]) not in key:
            continue  # "get their labels" names but a thing
        if kind is Kind.STATE and told[0].parts[1] in PASSIVE and (Kind.DEED, key) not in spoken.said:
            continue  # "the app doesn't send" is not about sending the app
        saying = spoken.by(kind, key)
        worth = _worth(kind, key, saying, spoken, wording)
        if worth > 0 and spoken.against(kind, key) <= _CONTESTED * saying:
            lack = _commonest(told, wording)
            weak = kind is Kind.DEED and lack.parts[0].split()[0] in _WEAK
            weak |= kind is Kind.STATE and lack.parts[1] in PASSIVE
            made.append((worth * (_WEAKLY if weak else 1.0), saying, lack))
    whole = [
        (worth, lack)
        for worth, saying, lack in made
        if not any(
            lack.kind is other.kind and lack.key < other.key and many >= _CUT_SHORT * saying for _, many, other in made
        )
    ]
    whole.sort(key=lambda item: (-item[0], item[1].parts))
    best: dict[str, Statement] = {}
    for worth, lack in whole[: 3 * _MOST_PROPOSED]:
        parts = tuple(_named(part, spoken, wording) for part in lack.parts)
        text = wording.spelled(lack._replace(parts=parts).sentence(wording.product))
        if decent(text):
            best.setdefault(text, Statement(text, "TEMPLATE", worth, " ".join(filter(None, parts)) or text, lack))
    return list(best.values())


def _whole(lack: Lack) -> bool:
    """Whether the words of a lack can be understood by themselves."""
    if lack.kind not in (Kind.DEED, Kind.SPARED, Kind.STATE):
        return "' " not in lack.parts[0]
    if lack.kind is Kind.STATE and lack.parts[1] in _TOO_LITTLE and stems_of(lack.parts[0].split()) <= VAGUE:
        return False  # "the app to work"
    if lack.kind is Kind.STATE and stems_of(lack.parts[0].split()) & stems_of(lack.parts[1].split()):
        return False  # "the code to get a code"
    return complete(lack.parts[-1])


def _worth(kind: Kind, key: frozenset[str], saying: int, spoken: Spoken, wording: Wording) -> float:
    """How well a lack speaks for all, 0..1; 0 where too few share it."""
    people, fewest = spoken.people, _fewest(spoken.people, wording)
    # the more there are, the surer it is that a share of them is no chance
    sureness = min(1.0, (_SURE_FROM / people) ** 0.25)
    single = len(key) == 1
    if kind in (Kind.THING, Kind.RETURN, Kind.KEPT) and key <= VAGUE:
        return 0.0
    if kind is Kind.THING and single:  # a single word is a topic, not a need
        return 0.0
    if key & wording.brands and len(key - wording.brands - VAGUE) < _BESIDE_NAME.get(kind, 0):
        return 0.0  # "see the Google Drive apps", "Nextcloud to work": a name, and hardly more
    holding = spoken.holding(key)
    enough = len(key) if len(key) <= 2 else -(-2 * len(key) // 3)
    nearly = spoken.by(kind, key, enough)  # who say most of it
    many = max(fewest, sureness * _LEAST_SAYING[kind] * people)
    if nearly >= many and holding >= sureness * _LEAST_HOLDING * people:
        share = (0.4 * holding + 0.6 * min(people, _SAYING_FULLY * (saying + nearly) / 2)) / people
        borrowed = 1.0
    elif people <= _MOST_BORROWING:
        holding = spoken.holding(key, enough)
        common = sum(spoken.using(part) >= 2 for part in key) / len(key)
        odd = people > 2 * _FEWEST_VOICES and nearly < 2  # of one person alone
        if single or odd or holding < max(fewest, 0.05 * people) or common < _LEAST_COMMON:
            return 0.0
        share = sum(spoken.using(part) for part in key) / len(key) / people * holding / max(holding, 0.5 * people)
        borrowed = _BORROWED
    else:
        return 0.0
    telling_parts = key - wording.brands - {"app", stem(wording.product)} or key
    rarity = sum(wording.rarity(part) for part in telling_parts) / len(telling_parts)
    telling = min(1.0, rarity / 2.5) if wording.total >= 200 else 1.0  # among few texts nothing is rare
    told = (0.75 if single else 1.0) if len(key) < 3 else 1.05
    worth = _PLAINNESS[kind] * borrowed * told * telling * share**0.5
    return worth if worth >= _LEAST_WORTH else 0.0


def _general(key: frozenset[str], spoken: Spoken, wording: Wording) -> bool:
    """Whether no word of it is a name that only few of the customers use, such as a person's."""
    most = max(_FEWEST_VOICES, 0.05 * spoken.people)
    return all(part not in wording.proper or spoken.using(part) >= most for part in key)


def _named(part: str, spoken: Spoken, wording: Wording) -> str:
    """A thing without its article where it is a name."""
    article, _, bare = part.partition(" ")
    names = (wording.proper | wording.brands) - {"app", stem(wording.product)}
    if article not in {"the", "their"} or not bare:
        return part
    return bare if {stem(word) for word in bare.split()} <= names or spoken.goes_bare(bare) else part


def _composed(voices: Sequence[Voice], spoken: Spoken, wording: Wording) -> list[Statement]:
    people = len({voice.customer for voice in voices})
    made = [
        Statement(
            wording.spelled(_bare(option, spoken, wording)),
            "TEMPLATE",
            _COMPOSED_WORTH * (option.holding / people) ** 0.5,
            option.sentence.removeprefix("Customers need "),
        )
        for option in compositions(voices, wording)
        if wording.spelled(option.filling) == option.filling or option.filling.isupper()
    ]
    return [option for option in made if decent(option.text)][:_MOST_COMPOSED]


def _bare(option: Composed, spoken: Spoken, wording: Wording) -> str:
    """The sentence without an article before what customers speak of without one, or mostly of several."""
    name = DOINGS.get(option.filling) or wording.as_counted(option.filling)
    if name == option.filling and not spoken.goes_bare(name):
        return option.sentence
    return option.sentence.replace(f"the {option.filling}", name).replace(f"their {option.filling}", name)


def _commonest(said: Sequence[Lack], wording: Wording) -> Lack:
    """The wording used most; of things the one with its article, of what fails the plural, since it is seldom but one."""
    if said[0].kind in (Kind.DEED, Kind.SPARED, Kind.THING, Kind.END):
        said = [lack._replace(parts=(*lack.parts[:-1], wording.several(lack.parts[-1]))) for lack in said]
    counted = Counter(lack.parts for lack in said)
    most = max(counted.values())

    def order(parts: tuple[str, ...]) -> tuple[bool, int, int, tuple[str, ...]]:
        several = parts[0].endswith("s") and 3 * counted[parts] >= most
        bare = not parts[0].startswith(("a ", "an ", "the ", "their "))
        kind = said[0].kind
        unfit = (kind is Kind.THING and bare and not several) or (kind is Kind.STATE and not several)
        return unfit, -counted[parts], len(" ".join(parts)), parts

    chosen = min(counted, key=order)
    return next(lack for lack in said if lack.parts == chosen)


def ranked(
    options: Sequence[Sequence[Statement]],
    fit: Callable[[list[str]], NDArray[np.float32]],
    centres: Sequence[NDArray[np.float32]],
    borne: Callable[[int, Statement, NDArray[np.float32]], float] = lambda *_: 0.0,
) -> list[list[Statement]]:
    """The statements of each need, best first: what customers say of it weighed with what it means.

    A meaning counts by its closeness to the need's own centre and by how much closer it is to that than to the centre of
    any other need. `fit` turns texts into vectors of the space that `centres` are in; `borne` tells the share of a need's
    spans, 0..1, that bear a statement with such a vector out.
    """
    flat = [(need, statement) for need, some in enumerate(options) for statement in some]
    if not flat:
        return [[] for _ in options]
    meanings = fit([statement.meaning for _, statement in flat])
    cosines = meanings @ np.stack(centres).T
    owner = np.array([need for need, _ in flat])
    rows = np.arange(len(flat))
    near = cosines[rows, owner].copy()
    cosines[rows, owner] = -1.0
    apart = np.minimum(near - cosines.max(axis=1), _MOST_APART) if len(centres) > 1 else np.zeros(len(flat))
    quoted = np.zeros(len(options))
    for (need, statement), closeness in zip(flat, near, strict=True):
        if statement.basis == "QUOTE":
            quoted[need] = max(quoted[need], closeness)
    values: list[list[tuple[float, str, Statement]]] = [[] for _ in options]
    for (need, statement), closeness, contrast, meaning in zip(flat, near, apart, meanings, strict=True):
        nearly = _NEARLY if statement.lack is not None else _NEARLY_COMPOSED
        share = borne(need, statement, meaning) if statement.basis == "QUOTE" or statement.lack is not None else 0.0
        near_enough = closeness >= nearly * quoted[need] or share >= _MOSTLY_BORNE
        fits = statement.basis == "TEMPLATE" and closeness >= _LEAST_CLOSENESS and near_enough
        worth = min(statement.worth, _WORTH_OF_QUOTE)
        value = (2.0 if fits else 0.0) + _WORTH * worth + float(closeness) + _CONTRAST * float(contrast)
        value += _BORNE * share
        if statement.basis == "TEMPLATE" and not fits:
            value -= 2.0
        values[need].append((-value, statement.text, statement))
    return [[statement for *_, statement in sorted(some, key=lambda item: item[:2])] for some in values]


def distinct(options: Sequence[Sequence[Statement]]) -> list[Statement | None]:
    """The first statement of each need that no need before it says; None where there is none left."""
    taken: set[frozenset[str]] = set()
    chosen: list[Statement | None] = []
    for some in options:
        pick = next((statement for statement in some if statement.sense not in taken), None)
        if pick is not None:
            taken.add(pick.sense)
        chosen.append(pick)
    return chosen
