"""Statements: what a need is called, out of its own evidence.

A template only where several customers word the lack alike; else the most telling sentence, quoted.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from .lexicon import RUDE, SUPERFLUOUS
from .phrase import Frame, Phrase, phrases, stem
from .signal import Kind, plain, words

Basis = Literal["TEMPLATE", "QUOTE"]

_FEWEST_VOICES = 3  # customers who word a phrase alike before it may speak for all
_FRAME_WORTH = {Frame.WAY: 1.0, Frame.WORK: 0.95, Frame.STOP: 1.0, Frame.HAVE: 0.7}
_PERSONAL = re.compile(r"@|https?:|www\.|\d[\d\s().-]{5,}\d|\b\d{4,}\b")
_CAPITAL = re.compile(r"\b[A-Z][a-z]+\b")
_CAPITAL_INSIDE = re.compile(r"(?<=[a-z,] )[A-Z][a-z]+\b")
_NAMES_FROM = 200  # texts before shares mean anything
_NAME_SHARE = 0.03  # a capitalised word in so many texts is the product's name
_STRAY = re.compile(r"[^\w\s.,;:!?'’\"“”()&/%$€£+-]")


@dataclass(frozen=True)
class Voice:
    """One span of a need's evidence, for naming: its text, who said it, its kind, and how central it is (cosine)."""

    text: str
    customer: object
    kind: Kind
    closeness: float


@dataclass(frozen=True)
class Statement:
    """A candidate: the sentence, how it came about, and its worth among the candidates of the same need."""

    text: str
    basis: Basis
    worth: float


class Wording:
    """What all messages say, as the ground against which a need's own words stand out."""

    def __init__(self, texts: Collection[str]) -> None:
        self.frequency: Counter[str] = Counter()
        self._capitals: Counter[str] = Counter()
        inside: Counter[str] = Counter()  # texts in which a stem stands with a capital after a small word
        for text in texts:
            self.frequency.update({stem(word) for word in words(text)})
            self._capitals.update(set(_CAPITAL.findall(text)))
            inside.update({stem(word.lower()) for word in _CAPITAL_INSIDE.findall(text)})
        self.total = max(1, len(texts))
        self.names = frozenset(
            word
            for word, count in inside.items()
            if self.total >= _NAMES_FROM and self.frequency[word] >= _NAME_SHARE * self.total and count >= 0.2 * self.frequency[word]
        )
        self.product = self._product(texts)

    def rarity(self, word: str) -> float:
        """Logarithm of how seldom a stem occurs among the texts (inverse document frequency)."""
        return float(np.log((1 + self.total) / (1 + self.frequency[word])))

    def well_known(self, name: str) -> bool:
        """Whether a capitalised word is too common here to be a person's name."""
        return self._capitals[name] >= max(5, self.total // 1000)

    def _product(self, texts: Collection[str]) -> str:
        names = ("app", "site", "website", "shop", "store", "service", "program", "software", "tool", "product", "system")
        spoken = Counter(name for text in texts for name in set(words(text)) & set(names))
        return spoken.most_common(1)[0][0] if spoken else "product"


def candidates(voices: Sequence[Voice], wording: Wording) -> list[Statement]:
    """Statements for one need, best first: templates that enough customers support, then quotes."""
    return [*_templates(voices, wording)[:4], *_quotes(voices, wording)[:6]]


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


def _templates(voices: Sequence[Voice], wording: Wording) -> list[Statement]:
    said: dict[tuple[Frame, frozenset[str]], dict[object, str]] = defaultdict(dict)
    for voice in voices:
        for phrase in phrases(voice.text):
            said[phrase.frame, phrase.key].setdefault(voice.customer, phrase.surface)
    stems_of: dict[object, set[str]] = defaultdict(set)
    for voice in voices:
        stems_of[voice.customer].update(stem(word) for word in words(voice.text))
    people = len(stems_of)
    made: list[Statement] = []
    for (frame, key), speakers in said.items():
        holding = sum(key <= stems for stems in stems_of.values())
        counted = len(speakers) + 0.4 * (holding - len(speakers))
        if len(speakers) < _FEWEST_VOICES or counted < 0.2 * people:
            continue
        surface, times = _commonest(speakers.values())
        if times < 2 and len(speakers) < 5:
            continue
        told = 1.0 if len(key) == 1 else 1.6 if len(key) == 2 else 1.9
        rarity = sum(wording.rarity(part) for part in key) / len(key)
        worth = _FRAME_WORTH[frame] * counted / people * told * min(1.0, rarity / 3.0)
        made.append(Statement(_sentence(frame, surface, wording), "TEMPLATE", worth))
    return sorted(made, key=lambda statement: (-statement.worth, statement.text))


def _commonest(surfaces: Collection[str]) -> tuple[str, int]:
    counted = Counter(surfaces)
    return min(counted.items(), key=lambda item: (-item[1], len(item[0]), item[0]))


def _sentence(frame: Frame, surface: str, wording: Wording) -> str:
    if frame is Frame.STOP and surface.startswith("it "):
        surface = f"the {wording.product} {surface[3:]}"
    return frame.value.format(surface)


def _quotes(voices: Sequence[Voice], wording: Wording) -> list[Statement]:
    shared: dict[str, set[object]] = defaultdict(set)
    for voice in voices:
        for word in set(words(voice.text)) - SUPERFLUOUS:
            shared[stem(word)].add(voice.customer)
    people = len({voice.customer for voice in voices})
    weight = {word: len(who) / people * wording.rarity(word) for word, who in shared.items() if len(who) >= 2}
    most = sum(sorted(weight.values(), reverse=True)[:3]) or 1.0
    made: dict[str, Statement] = {}
    for voice in voices:
        text = clean(voice.text)
        if not readable(text, wording):
            continue
        tokens = words(text)
        telling = min(1.0, sum(weight.get(part, 0.0) for part in {stem(word) for word in tokens}) / most)
        length = 1.0 - 0.04 * max(0, len(tokens) - 12) - 0.08 * max(0, 6 - len(tokens))
        kind = {Kind.PAIN: 1.0, Kind.WISH: 1.0, Kind.ASK: 0.9, Kind.PRAISE: 0.8, Kind.NOISE: 0.0}[voice.kind]
        known = np.mean([wording.frequency[stem(word)] >= 3 or wording.total < 100 for word in tokens])
        worth = (voice.closeness + 0.5 * telling) * length * kind * float(known) ** 2
        made.setdefault(text, Statement(f"“{text}”", "QUOTE", worth))
    return sorted(made.values(), key=lambda statement: (-statement.worth, statement.text))


def clean(text: str) -> str:
    """A span ready to be quoted: escapes resolved, one line, a capital first, one sign at the end."""
    bare = re.sub(r"\\+([\"'’])", r"\1", text)
    bare = " ".join(re.sub(r"\\+[nrt]?", " ", bare).split())
    bare = re.sub(r"^(?:(?:and|but|so|also|because|cause|or|plus|then|well|oh|ok|okay|yes|no|however)\b[\s,]*)+", "", bare, flags=re.I)
    bare = re.sub(r"([.!?,])[.!?,]+$", r"\1", bare).strip(" ,;:-")
    bare = bare.rstrip("!.") if not bare.endswith("?") else bare
    return bare[:1].upper() + bare[1:]


def readable(text: str, wording: Wording) -> bool:
    """Whether a sentence may be shown as a statement: short, whole, polite, without personal data or stray signs."""
    tokens = words(text)
    if not 3 <= len(tokens) <= 24 or len(text) > 160 or _PERSONAL.search(text) or _STRAY.search(text):
        return False
    if RUDE & set(tokens) or sum(letter.isupper() for letter in text) > 0.3 * len(text) or text.count('"') % 2 or text.count("(") != text.count(")"):
        return False
    if any(word.strip("'") in {"i'm", "u", "ur", "plz", "pls", "lol", "omg"} for word in plain(text).split()) and len(tokens) < 5:
        return False
    names = re.findall(r"(?<=[a-z,;] )[A-Z][a-z]+\b", text)
    return all(wording.well_known(name) for name in names)


def choose(
    options: Sequence[Sequence[Statement]], fit: Callable[[list[str]], NDArray[np.float32]], centroids: Mapping[int, NDArray[np.float32]]
) -> list[Statement | None]:
    """One statement for each need, no two alike: worth weighed by closeness in meaning to the need's own centre.

    `fit` embeds texts; None where every candidate is taken or there is none.
    """
    flat = [(need, statement) for need, some in enumerate(options) for statement in some]
    if not flat:
        return [None] * len(options)
    vectors = fit([_meaning(statement) for _, statement in flat])
    ranked: dict[int, list[tuple[float, Statement]]] = defaultdict(list)
    for (need, statement), vector in zip(flat, vectors, strict=True):
        closeness = float(vector @ centroids[need])
        ranked[need].append((_value(statement, closeness), statement))
    taken: set[str] = set()
    chosen: list[Statement | None] = []
    for need in range(len(options)):
        best = sorted(ranked[need], key=lambda pair: (-pair[0], pair[1].text))
        pick = next((statement for _, statement in best if plain(statement.text) not in taken), None)
        if pick is not None:
            taken.add(plain(pick.text))
        chosen.append(pick)
    return chosen


def _value(statement: Statement, closeness: float) -> float:
    if statement.basis == "TEMPLATE":
        return 2.0 * min(1.0, statement.worth) + closeness - (1.0 if closeness < 0.35 else 0.0)
    return 0.25 * statement.worth + closeness * 0.6


def _meaning(statement: Statement) -> str:
    return statement.text.removeprefix("Customers need a way to ").removeprefix("Customers need ").strip("“”")


__all__ = ["Basis", "Phrase", "Statement", "Voice", "Wording", "candidates", "choose", "clean", "key_phrases", "readable"]
