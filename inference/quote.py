"""The most telling sentence of a need, quoted: for needs whose customers do not word what they lack alike."""

import re
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from .escape import wording as written
from .lack import lacks
from .lexicon import FAILURE, PRAISE, RUDE, SUPERFLUOUS, word_set
from .phrase import stem
from .signal import Kind, plain, words
from .wording import Wording

__all__ = ["Voice", "clean", "decent", "quotes", "readable"]

_ENOUGH_TO_SPELL = 200  # texts from which how a word is written can be told
_FEWEST_WORDS, _MOST_WORDS = 4, 22
_MOST_READ = 150  # sentences of one need, the most promising ones, that are looked at more closely
_LEAST_DIFFERENT = 0.5  # share of a sentence's words that no word before them repeats
_BEST_WORDS = range(5, 14)
_TELLING = 2  # words that many of the others use, from which a sentence is of the same thing
_ODD = 0.6  # how much a sentence loses of whose words the others use none: it is of one person's case
_SHARE_USING, _ENOUGH_USING = 0.05, 5  # share, or number, of the others from which a word is no one person's
_PERSONAL = re.compile(
    r"@|https?:|www\.|\.(?:com|org|net|io)\b|\d[\d\s().-]{5,}\d|\b\d{4,}\b|\b[A-Z]{1,3}-?\d{3,}\b|#\d", re.I
)
_STRAY = re.compile(r"[^\w\s.,;:!?'’\"“”()&/%$€£+-]|[_*=|<>\[\]{}~^]|\w\.\w{2,}|\w{22,}")
_NOTE = re.compile(  # of an agent, a machine or a letter's head: no customer's own word
    r"^(?:(?:the )?(?:customer|caller|client)s?\b|(?:told|advised|informed) (?:the )?(?:customer|caller|client)|(?:call )?notes?\b|pro tip|tip:|line dropped"
    r"|hello|hi|hey|dear|good (?:morning|evening|day)|third such|fwd?:|re:)|\bcall note\b|\bare you (?:a |even |all )?(?:robot|kidding|serious|joking|for real|insane|crazy)"
)
_POINTING = word_set("it this that they he she these those it's that's then here there one now once another")
_LOOSE_END = word_set(
    "i i'm and the to a of or because so my for with in on that it's just an is but as if when while are was be at by from his",
    "her their our your this than then which who it's i've we you've you're can will would could should don't not",
)
_CHAT = word_set("i'm u ur plz pls lol omg im thx ya wtf lmao idk tho cuz bc btw")
_HALF = re.compile(r"^(?:if|because|unless|although|though|until|whether|which|whose|than|who|while|since)\b[^,]*$")
_UNSURE = re.compile(  # about the writer, or about no lack in particular
    r"^(?:i guess|i thought|i found|i remember|i hope|i know|i think|i was|i am|i'm|maybe|everyone|not sure|if only|fixed|however|another|love|great|good|almost|best|nice)\b"
    r"|^(?:\w+ ){0,2}(?:issues?|bugs?|problems?)\W*(?:[:-]|$)|\bnow fixed\b|\bfixed now\b|\b(?:this|these|an?|the|many|my) (?:one )?(?:little |only )?(?:issues?|problems?|bugs?|features?|things?|areas?|ways?|requests?|complaints?)\b"
    r"|\b(?:husband|wife|son|daughter|mom|mother|father|dad|boss|friend)\b|\bre-? ?(?:install|download)\w*|\bplease fix|\bcan't believe\b|\bfix (?:it|this)\b|\bi (?:love|like|hate)\b"
)
_WISHED = re.compile(
    r"\b(?:(?:i|we|i'd|we'd|would|people|customers) (?:rather|prefer|would (?:rather|like|love|prefer)|want|need|wish|like to|love to)|why (?:can't|do i|do we|does|is there))\b"
)
_ASKED = re.compile(r"\bplease\b|\bshould\b|\bwhy not\b|\binstead of\b")  # names a solution, where another may do
_PARTICULAR = re.compile(
    r"\d|[\"“”()€$£]|\b(?:(?:mon|tues|wednes|thurs|fri|satur|sun)days?|january|february|march|april|june|july|august|september|october|november|december)\b",
    re.I,
)


@dataclass(frozen=True)
class Voice:
    """One span of a need's evidence, for naming: its text, who said it, its kind and the score of that, and
    how central it is (cosine)."""

    text: str
    customer: object
    kind: Kind
    score: float
    closeness: float


def quotes(voices: Sequence[Voice], wording: Wording) -> list[tuple[str, float, str]]:
    """Sentences fit to be quoted, with their worth and the span as it was written; best first.

    A good one says a lack in words that the others use too, in so many words that it can be read at a glance.
    """
    shared: dict[str, set[object]] = defaultdict(set)
    for voice in voices:
        for word in set(words(voice.text)) - SUPERFLUOUS:
            shared[stem(word)].add(voice.customer)
    people = len({voice.customer for voice in voices})
    weight = {word: len(who) / people * wording.rarity(word) for word, who in shared.items() if len(who) >= 2}
    most = sum(sorted(weight.values(), reverse=True)[:_TELLING]) or 1.0
    promising: list[tuple[float, Voice]] = []
    for voice in voices:
        parts = {stem(word) for word in words(voice.text)}
        telling = min(1.0, sum(weight.get(part, 0.0) for part in parts) / most)
        promising.append((voice.closeness + telling, voice))
    promising.sort(key=lambda item: (-item[0], item[1].text))
    made: dict[str, tuple[float, str]] = {}
    for promise, voice in promising[:_MOST_READ]:
        text = clean(voice.text)
        if not readable(text, wording):
            continue
        found = words(text)
        length = 1.0 - 0.06 * max(0, len(found) - _BEST_WORDS.stop + 1) - 0.08 * max(0, _BEST_WORDS.start - len(found))
        kind = {Kind.PAIN: 1.0, Kind.WISH: 1.0, Kind.ASK: 0.9, Kind.PRAISE: 0.6, Kind.NOISE: 0.0}[voice.kind]
        known = np.mean([wording.frequency[stem(word)] >= 3 or wording.total < 100 for word in found])
        worth = promise * length * kind * _shape(text, found) * float(known) ** 2
        worth *= 1.0 - _ODD * (1.0 - _common(found, shared, people))
        if text not in made or made[text][0] < worth:
            made[text] = worth, voice.text
    return sorted(((text, *rest) for text, rest in made.items()), key=lambda item: (-item[1], item[0]))


def _common(found: Sequence[str], shared: Mapping[str, Collection[object]], people: int) -> float:
    """Share of the words that say something which enough of the others use too."""
    least = max(2, min(_ENOUGH_USING, _SHARE_USING * people))
    telling = {stem(word) for word in found if word not in SUPERFLUOUS and len(word) > 2}
    return sum(len(shared.get(word, ())) >= least for word in telling) / max(1, len(telling))


def _shape(text: str, found: Sequence[str]) -> float:
    lowered = plain(text)
    if lacks(text):
        shape = 1.0
    elif _WISHED.search(lowered):
        shape = 0.9
    elif FAILURE & set(found):
        shape = 0.8
    elif _ASKED.search(lowered):
        shape = 0.7
    else:
        shape = 0.4 if PRAISE & set(found) else 0.55
    # so few words that tell of no lack are a scrap of a sentence, mostly
    shape *= 0.7 if shape < 0.8 and len(found) < _BEST_WORDS.start else 1.0
    shape *= 0.7 if _UNSURE.search(lowered) else 1.0
    shape *= 0.75 if found[0] in _POINTING else 1.0
    return shape * (0.75 if text.endswith("?") else 1.0) * (0.65 if _PARTICULAR.search(text) else 1.0)


def clean(text: str) -> str:
    """A span ready to be quoted: escapes resolved, one line, a capital first, no stop at the end."""
    bare = written(text).replace("\\", " ")
    bare = " ".join(bare.split())
    bare = re.sub(
        r"^(?:\[[^\]]{1,30}\]|(?:feature request|bug|request|suggestion|issue)\s*[:-])\s*", "", bare, flags=re.I
    )
    bare = re.sub(
        r"^(?:(?:and|but|so|also|because|cause|or|plus|then|well|oh|ok|okay|yes|no(?=,)|however|yet|still)\b[\s,]*)+",
        "",
        bare,
        flags=re.I,
    )
    bare = re.sub(r"([.!?,])[.!?,]+$", r"\1", bare).strip(' .,;:-"“”') + (
        "?" if bare.rstrip('"”').endswith("?") else ""
    )
    bare = re.sub(r"\?+$", "?", bare).rstrip("!.")
    return bare[:1].upper() + bare[1:]


def decent(text: str) -> bool:
    """Whether a text holds nothing rude, no address, number or other personal data that can be told, and no stray signs."""
    return not (_PERSONAL.search(text) or _STRAY.search(text) or RUDE & set(words(text)))


def readable(text: str, wording: Wording) -> bool:
    """Whether a sentence may be shown as a statement: short, whole, polite, without personal data or stray signs."""
    found = words(text)
    if not _FEWEST_WORDS <= len(found) <= _MOST_WORDS or len(text) > 150 or not decent(text):
        return False
    if len(set(found)) < _LEAST_DIFFERENT * len(found):
        return False
    lowered = plain(text)
    if _NOTE.search(lowered) or _HALF.search(lowered) or found[-1] in _LOOSE_END or _CHAT & set(found):
        return False
    lopsided = text.count('"') % 2 or text.count("“") != text.count("”") or text.count("(") != text.count(")")
    if lopsided or sum(letter.isupper() for letter in text) > 0.3 * len(text):
        return False
    if re.search(r"[.!?][\"”']?\s+\S", text):  # two sentences run together, of which one is about something else
        return False
    inside = re.findall(r"(?<=[a-z,;] )[A-Z][a-z]+\b", text)
    # a capital within is a name, of which only well-known ones are shown, or the start of a sentence run on without a stop
    written = wording.total < _ENOUGH_TO_SPELL
    return all(wording.well_known(name) and (written or wording.spelled(name.lower()) == name) for name in inside)
