"""Statements: what a need is called, out of its own evidence.

A template only where several customers word the lack alike; else the most telling sentence, quoted.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from .lack import Composed, composed
from .lexicon import RUDE, STOP, SUPERFLUOUS, word_set
from .phrase import Frame, Phrase, phrases, stem
from .rewrite import Form, Rewriting, rewritten
from .signal import Kind, plain, words
from .spoken import FAMILY_OF, Spoken
from .wording import Wording

Basis = Literal["TEMPLATE", "QUOTE"]

_FEWEST_VOICES = 3  # customers who word a phrase alike before it may speak for all
_LEAST_HOLDING = 0.12  # share of a need's customers whose words hold all of a phrase's
_LEAST_HOLDING_THING = 0.35  # the same for a thing that customers name, which else may be beside the point
_LEAST_CLOSENESS = 0.33  # of a template's meaning to the need's centre
_NEARLY = (
    0.72  # of the closest quote's closeness, from which a template is preferred to any quote; less for worthy ones
)
_WORTH_OF_TEMPLATE = 0.8
_FRAME_WORTH = {
    Frame.WAY: 1.0,
    Frame.WORK: 1.0,
    Frame.STOP: 1.0,
    Frame.KNOW: 0.9,
    Frame.SAFE: 0.9,
    Frame.BACK: 0.8,
    Frame.HAVE: 0.65,
}
_LEAST_SPEAKING = {  # share of a need's customers who must fill a frame alike; more where the frame misleads more easily
    Frame.WAY: 0.03,
    Frame.WORK: 0.05,
    Frame.STOP: 0.08,
    Frame.KNOW: 0.1,
    Frame.SAFE: 0.1,
    Frame.BACK: 0.12,
    Frame.HAVE: 0.03,
}
_FEW_TEXTS = 150  # among fewer, two customers are enough to word a statement
_WAITING = frozenset(
    stem(word) for word in ["wait", "waiting", "week", "month", "day", "late", "delay", "slow", "still", "yet", "since"]
)
_LEAST_WAITING = 0.5  # share of a need's customers that speak of time before waiting is what they have in common
_MANY_TEXTS = 5_000  # from here on there are so many sentences to choose from that the nearest is seldom the plainest
MANY_VOICES = 100  # customers of one need from which its statement must be what many say, in words of many
_LEAST_SAYING = 0.01  # share of them that say the lack itself, whatever else their words hold
_SAYING_FULLY = 8  # one in so many who says the lack is as much as can be hoped for
_LEAST_RAREST = 0.05  # share of them that use the rarest of its words
_LEAST_REWRITTEN = 0.03  # share of a need's customers that use most words of a sentence which is to speak for them all
# a comparison without its first half, a judgement that hangs on, a question that is meant as a reproach
_BROKEN = re.compile(
    r"^\w+ than\b|\band (?:they|it|i|we)\b|\bthat would\b|\bthat(?:'s| is| are| was) (?:so|very|really|just)\b"
    r"|\b(?:amazing|awesome|great|nice|perfect|omg|lol)\b|^why\b"
    # a second sentence without a stop between, or an end that hangs in the air
    r"|(?<!that )(?<!what )(?<!which )(?<!when )(?<!where )(?<!how )(?<!if )\bit (?:\w+s|just|won't|will|would|can|has|was|is)\b"
    r"|(?<!that )(?<!what )(?<!which )(?<!when )(?<!where )(?<!how )(?<!if )(?<!than )(?<!one )(?<!thing )(?<!things )(?<!all )\bthey (?:do|don't|are|aren't|have|want|can't|won't|need|just)\b"
    # the product as a whole is what everything is about, and no need
    r"|^(?:get|use|have|find|try|download|install|get rid of)(?: \w+){0,3} apps?\b"
    r"|\b(?:is|are|was|were|be|like|and|or|but|so|if|the|an?|my|their|to|of|for|with|because|as|than|out)$"
)
_VAGUE = re.compile(r"\b(?:any|anything|everything|this|that|these|those|them|it|one|more|even|still|get|same)\b")
_COMPOSED_WORTH = 0.75
_LEAST_COMPOSED = 0.12  # share of a need's customers who speak of both thing and lack
_LEAST_COMMON = 0.7  # share of a rewriting's words that a second customer uses too
_FORM_WORTH = {Form.KNOW: 1.0, Form.WAY: 1.0, Form.TO: 0.9, Form.SPARED: 0.9, Form.WAIT: 0.9, Form.STOCK: 0.9}
_LACK = re.compile(
    r"\b(?:can't|cannot|couldn't|won't|doesn't|don't|didn't|isn't|aren't|wasn't|not|no|never|without|too|hard|difficult|impossible"
    r"|wish|needs?|should|slow|crash\w*|freez\w*|fail\w*|lost|missing|stuck|only|have to|had to|instead|why|how|where|when|unable|stop\w*"
    r"|keeps?|broken|wrong|late|forever|hours|again|removed|gone|lacks?|expensive|waiting|annoying|confusing|disappear\w*|would be)\b"
)
_HEDGE = re.compile(
    r"^(?:i guess|i thought|i found|i remember|i hope|i know|i think|i would appreciate|i was|tip|just there|maybe|everyone must|not sure|if only|fixed|however)"
    r"|\bnow fixed\b|\bfixed now\b|\b(?:this|these|an?|the|many) (?:issues?|problems?|bugs?|features?|things?|areas?|ways?)\b"
)
_PARTICULAR = re.compile(
    r"\d|[\"“”()]|\b(?:january|february|march|april|june|july|august|september|october|november|december)\b", re.I
)
_NOTE = re.compile(  # of an agent, a machine or a letter's head: no customer's own word
    r"^(?:(?:the )?(?:customer|caller|client)s?\b|(?:told|advised|informed) (?:the )?(?:customer|caller|client)|(?:call )?notes?\b|pro tip|tip:|line dropped"
    r"|hello|hi|hey|dear|good (?:morning|evening|day)|third such|fwd?:|re:)|\bcall note\b|\bare you (?:a |even |all )?(?:robot|kidding|serious|joking|for real|insane|crazy)"
)
_EMPTY_DEEDS = word_set("use have get go be keep put take look find see")
_SUPERFLUOUS_STEMS = frozenset(stem(word) for word in SUPERFLUOUS)
_POINTING = frozenset(["it", "this", "that", "they", "he", "she", "these", "those", "it's", "that's"])
_LOOSE_END = word_set(
    "i i'm and the to a of or because so my for with in on that it's just an is but as if when while are was be",
    "at by from his her their our your this than then which who it's i've we you've you're can will would could",
    "should",
)
_PERSONAL = re.compile(r"@|https?:|www\.|\d[\d\s().-]{5,}\d|\b\d{4,}\b")
_STRAY = re.compile(r"[^\w\s.,;:!?'’\"“”()&/%$€£+-]")


@dataclass(frozen=True)
class Voice:
    """One span of a need's evidence, for naming: its text, who said it, its kind and the score of that, and
    how central it is (cosine)."""

    text: str
    customer: object
    kind: Kind
    score: float
    closeness: float


@dataclass(frozen=True)
class Statement:
    """A candidate: the sentence, how it came about, its worth among the candidates of the same need, and the words
    whose meaning is compared with the need's (a quote's own span as it was written, what fills a template)."""

    text: str
    basis: Basis
    worth: float
    meaning: str

    @property
    def sense(self) -> frozenset[str]:
        """The stems of its words: equal for statements that say the same."""
        return frozenset(stem(word) for word in words(self.text) if word not in STOP)


def candidates(voices: Sequence[Voice], wording: Wording) -> list[Statement]:
    """Statements for one need, best first: templates that enough customers support, then quotes."""
    spoken = spoken_of(voices, wording)
    return [
        *_templates(voices, wording, spoken)[:5],
        *_rewritings(voices, wording, spoken)[:12],
        *_composed(voices, wording),
        *_quotes(voices, wording)[:6],
    ]


def compositions(voices: Sequence[Voice], wording: Wording) -> list[Composed]:
    """The things and what is wrong with them that enough of a need's customers speak of; most spoken of first."""
    texts_of: dict[object, list[str]] = defaultdict(list)
    for voice in voices:
        texts_of[voice.customer].append(voice.text)
    fewest = max(_FEWEST_VOICES if wording.total >= _FEW_TEXTS else 2, int(np.ceil(_LEAST_COMPOSED * len(texts_of))))
    return [
        option
        for option in composed(texts_of, fewest)
        if not {stem(word) for word in option.filling.split()} & (wording.names | wording.proper)
    ]


def spoken_of(voices: Sequence[Voice], wording: Wording, fewest: int = MANY_VOICES) -> Spoken | None:
    """What is said to be lacking, where there are enough voices for shares of them to mean anything."""
    customers = [voice.customer for voice in voices]
    if len(set(customers)) < fewest:
        return None
    return Spoken([voice.text for voice in voices], customers, wording.names)


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
                if set(key) <= wording.names:
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


def _templates(voices: Sequence[Voice], wording: Wording, spoken: Spoken | None) -> list[Statement]:
    said: dict[tuple[Frame, frozenset[str]], dict[object, tuple[str, ...]]] = defaultdict(dict)
    stems_of: dict[object, set[str]] = defaultdict(set)
    for voice in voices:
        stems_of[voice.customer].update(stem(word) for word in words(voice.text))
        for phrase in phrases(voice.text):
            said[phrase.frame, phrase.key].setdefault(voice.customer, phrase.parts)
    people = len(stems_of)
    # the more there are, the surer it is that a share of them is no chance
    sureness = min(1.0, (MANY_VOICES / people) ** 0.25)
    made: list[Statement] = []
    for (frame, key), speakers in said.items():
        if frame is Frame.HAVE and len(key) < 2:  # a single word is a topic, not a need
            continue
        if key <= wording.names:
            continue
        saying = len(speakers) if spoken is None else spoken.by(FAMILY_OF[frame], key, len(key))
        if saying < max(_FEWEST_VOICES, sureness * _LEAST_SPEAKING[frame] * people):
            continue
        holding = sum(key <= stems for stems in stems_of.values())
        if holding < (_LEAST_HOLDING_THING if frame is Frame.HAVE else sureness * _LEAST_HOLDING) * people:
            continue
        parts, times = _commonest(speakers.values(), frame)
        if times < 2 and len(speakers) < 5:
            continue
        told = 0.7 if len(key) == 1 and frame is not Frame.SAFE else 1.0 if len(key) == 2 else 1.1
        rarity = sum(wording.rarity(part) for part in key) / len(key)
        shared = _shared(holding / people, saying / people, spoken is not None)
        telling = min(1.0, rarity / 2.5) if wording.total >= 200 else 1.0  # among few texts nothing is rare
        worth = _FRAME_WORTH[frame] * shared * told * telling
        made.append(Statement(wording.spelled(_sentence(frame, parts, wording)), "TEMPLATE", worth, " ".join(parts)))
    return sorted(made, key=lambda statement: (-statement.worth, statement.text))


def _shared(holding: float, saying: float, many: bool) -> float:
    """How much a statement is of all, 0..1, out of the shares that use its words and that say the lack.

    Few voices seldom say a thing alike, so there their words count; of many, words may meet by chance.
    """
    return (0.3 * holding + 0.7 * min(1.0, _SAYING_FULLY * saying) if many else 0.5 * (holding + saying)) ** 0.5


def _rewritings(voices: Sequence[Voice], wording: Wording, spoken: Spoken | None) -> list[Statement]:
    """Sentences of members turned to the third person, where enough other customers use most of their words."""
    stems_of: dict[object, set[str]] = defaultdict(set)
    for voice in voices:
        stems_of[voice.customer].update(stem(word) for word in words(voice.text))
    people = len(stems_of)
    used = Counter(part for stems in stems_of.values() for part in stems)
    waiting = sum(bool(_WAITING & stems) for stems in stems_of.values()) >= _LEAST_WAITING * people
    fewest = max(_FEWEST_VOICES if wording.total >= _FEW_TEXTS else 2, int(_LEAST_REWRITTEN * people))
    made: dict[str, Statement] = {}
    for voice in voices:
        for option in rewritten(voice.text):
            if _BROKEN.search(option.filling) or (option.form is Form.WAIT and not waiting):
                continue
            key = option.key - wording.names
            if not key or option.sentence in made or any(part in wording.proper for part in key):
                continue
            enough = len(key) if len(key) <= 2 else -(-3 * len(key) // 5)
            holding = sum(len(key & stems) >= enough for stems in stems_of.values())
            common = sum(used[part] >= 2 for part in key) / len(key)
            rarest = min(used[part] for part in key)
            if max(holding, rarest) < fewest or common < _LEAST_COMMON:
                continue
            using = sum(used[part] for part in key) / len(key) / people
            shared = using**0.5
            if spoken is not None:
                saying = spoken.by(FAMILY_OF[option.form], key, enough) / people
                if rarest < _LEAST_RAREST * people or saying < _LEAST_SAYING or _names_topic(option, key):
                    continue
                shared = _shared(using, saying, many=True)
            length = 1.0 - 0.05 * max(0, len(option.filling.split()) - 8)
            length *= 0.8 if _VAGUE.search(option.filling) else 1.0
            worth = (
                (0.85 if wording.total < _MANY_TEXTS else 0.65)
                * _FORM_WORTH.get(option.form, 0.8)
                * shared
                * length
                * (0.75 if len(key) == 1 else 1.0)
            )
            made[option.sentence] = Statement(wording.spelled(option.sentence), "TEMPLATE", worth, option.filling)
    return sorted(made.values(), key=lambda statement: (-statement.worth, statement.text))


def _names_topic(option: Rewriting, key: frozenset[str]) -> bool:
    """Whether a deed only names what the talk is about: "use another browser"."""
    verb = option.filling.split()[0]
    return verb in _EMPTY_DEEDS and "back" not in key and len(key - _SUPERFLUOUS_STEMS) < 2


def _composed(voices: Sequence[Voice], wording: Wording) -> list[Statement]:
    people = len({voice.customer for voice in voices})
    return [
        Statement(
            wording.spelled(option.sentence),
            "TEMPLATE",
            _COMPOSED_WORTH * (option.holding / people) ** 0.5,
            option.sentence.removeprefix("Customers need "),
        )
        for option in compositions(voices, wording)
    ][:12]


def _commonest(wordings: Collection[tuple[str, ...]], frame: Frame) -> tuple[tuple[str, ...], int]:
    """The wording used most, and by how many; a thing with its article goes before the bare one."""
    counted = Counter(wordings)
    most = max(counted.values())

    def order(item: tuple[tuple[str, ...], int]) -> tuple[bool, bool, int, int, tuple[str, ...]]:
        several = item[0][0].endswith("s")
        bare = frame is Frame.HAVE and not item[0][0].startswith(("a ", "an ", "the ")) and not several
        single = frame is Frame.WORK and not (several and 3 * item[1] >= most)  # it is seldom but one that fails
        return bare, single, -item[1], len(" ".join(item[0])), item[0]

    best = min(counted.items(), key=order)
    return best[0], most


def _sentence(frame: Frame, parts: tuple[str, ...], wording: Wording) -> str:
    if frame is Frame.STOP and parts[0] == "it":
        parts = (f"the {wording.product}", *parts[1:])
    if stem(parts[0].removeprefix("the ")) in wording.names | wording.proper:  # a name takes no article
        parts = (parts[0].removeprefix("the "), *parts[1:])
    return frame.value.format(*parts)


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
        length = 1.0 - 0.04 * max(0, len(tokens) - 12) - 0.08 * max(0, 5 - len(tokens))
        kind = {Kind.PAIN: 1.0, Kind.WISH: 1.0, Kind.ASK: 0.9, Kind.PRAISE: 0.8, Kind.NOISE: 0.0}[voice.kind]
        known = np.mean([wording.frequency[stem(word)] >= 3 or wording.total < 100 for word in tokens])
        lowered = plain(text)
        shape = (1.0 if _LACK.search(lowered) else 0.7) * (0.75 if _HEDGE.search(lowered) else 1.0)
        shape *= 0.75 if tokens[0] in _POINTING else 1.0
        shape *= (0.75 if text.endswith("?") else 1.0) * (0.85 if _PARTICULAR.search(text) else 1.0)
        worth = (voice.closeness + telling) * length * kind * shape * (0.7 + 0.3 * voice.score) * float(known) ** 2
        made.setdefault(text, Statement(f"“{text}”", "QUOTE", worth, voice.text))
    return sorted(made.values(), key=lambda statement: (-statement.worth, statement.text))


def clean(text: str) -> str:
    """A span ready to be quoted: escapes resolved, one line, a capital first, one sign at the end."""
    bare = re.sub(r"\\+([\"'’])", r"\1", text)
    bare = " ".join(re.sub(r"\\+[nrt]?", " ", bare).split())
    bare = re.sub(
        r"^(?:(?:and|but|so|also|because|cause|or|plus|then|well|oh|ok|okay|yes|no|however)\b[\s,]*)+",
        "",
        bare,
        flags=re.I,
    )
    bare = re.sub(r"([.!?,])[.!?,]+$", r"\1", bare).strip(" .,;:-") + (bare[-1] if bare.endswith(("!", "?")) else "")
    bare = re.sub(r"([!?])\1+$", r"\1", bare)
    bare = bare.rstrip("!.") if not bare.endswith("?") else bare
    return bare[:1].upper() + bare[1:]


def readable(text: str, wording: Wording) -> bool:
    """Whether a sentence may be shown as a statement: short, whole, polite, without personal data or stray signs."""
    tokens = words(text)
    if not 3 <= len(tokens) <= 24 or len(text) > 160 or _PERSONAL.search(text) or _STRAY.search(text):
        return False
    if _NOTE.search(plain(text)):
        return False
    if (
        RUDE & set(tokens)
        or sum(letter.isupper() for letter in text) > 0.3 * len(text)
        or text.count('"') % 2
        or text.count("(") != text.count(")")
    ):
        return False
    if (
        any(word.strip("'") in {"i'm", "u", "ur", "plz", "pls", "lol", "omg"} for word in plain(text).split())
        and len(tokens) < 5
    ):
        return False
    if tokens[-1] in _LOOSE_END:
        return False
    names = re.findall(r"(?<=[a-z,;] )[A-Z][a-z]+\b", text)
    return all(wording.well_known(name) for name in names)


def ranked(
    options: Sequence[Sequence[Statement]],
    fit: Callable[[list[str]], NDArray[np.float32]],
    centres: Sequence[NDArray[np.float32]],
) -> list[list[Statement]]:
    """The statements of each need, best first: worth weighed by closeness in meaning to the need's own centre.

    `fit` turns texts into vectors of the space that `centres` are in.
    """
    flat = [(need, statement) for need, some in enumerate(options) for statement in some]
    values: list[list[tuple[float, str, Statement]]] = [[] for _ in options]
    if flat:
        vectors = fit([statement.meaning for _, statement in flat])
        near = [float(vector @ centres[need]) for (need, _), vector in zip(flat, vectors, strict=True)]
        quoted = [0.0] * len(options)
        for (need, statement), closeness in zip(flat, near, strict=True):
            if statement.basis == "QUOTE":
                quoted[need] = max(quoted[need], closeness)
        for (need, statement), closeness in zip(flat, near, strict=True):
            values[need].append((-_value(statement, closeness, quoted[need]), statement.text, statement))
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


def _value(statement: Statement, closeness: float, best_quote: float) -> float:
    """A template goes first where it is nearly as close to the need as the closest quote, and no better fits."""
    if statement.basis == "TEMPLATE":
        nearly = min(_NEARLY, 0.8 - 0.3 * statement.worth)
        fits = closeness >= max(_LEAST_CLOSENESS, nearly * best_quote)
        where = 0.5 if " to know where " in statement.text else 0.0  # who asks that mostly wants the thing itself
        return (2.0 if fits else -1.0) - where + _WORTH_OF_TEMPLATE * statement.worth + closeness
    return 0.7 * statement.worth + closeness


__all__ = [
    "Basis",
    "Phrase",
    "Statement",
    "Voice",
    "Wording",
    "candidates",
    "clean",
    "compositions",
    "distinct",
    "key_phrases",
    "ranked",
    "readable",
    "spoken_of",
]
