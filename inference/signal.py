"""What a span does: names a solution, tells of a pain, wishes, praises, or says nothing.

Rules tell what says nothing; a model of rules, wording and, where it is known, meaning (`teller`) tells the rest apart.
Each score is the probability of its kind.
"""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from .lesson import Lesson, learn
from .lexicon import NEGATION, SEVERE, SUPERFLUOUS, word_set
from .rule import plain, words, words_of
from .spam import promotes
from .teller import CLASSES, probabilities
from .trait import mood
from .weights import MODEL_NAME

Floats = NDArray[np.float32]


class Kind(StrEnum):
    """What a span does."""

    ASK = "ASK"
    PAIN = "PAIN"
    WISH = "WISH"
    PRAISE = "PRAISE"
    NOISE = "NOISE"


@dataclass(frozen=True, slots=True)
class Signal:
    """The kind of a span and how likely it is that kind, 0..1."""

    kind: Kind
    score: float


def _any(*alternatives: str) -> re.Pattern[str]:
    return re.compile("|".join(alternatives))


_CARRIES = _any(  # praise that tells of a lack behind it
    r"\b(?:no longer|don'?t|didn'?t|never|not) (?:have|need|having|needing)(?: to)?\b",
    r"\b(?:finally|at last|saves? (?:me|us)|saved (?:me|us|my|our)|otherwise|used to have to|instead of having|no more|relieved|lifesaver)\b",
    r"\b(?:especially|because) (?:when|since|as|if) (?:i|we|my)\b",
    r"\bthe only (?:\w+ )?(?:that|who|which|place|shop|app|one)\b",
)
_PARTING = _any(
    r"\b(?:switch(?:ed|ing)?|mov(?:e|ed|ing)|chang(?:e|ed|ing)|go(?:ing)?|went|gone|stick(?:ing)? (?:with|to)|back|migrat\w+|convert\w*) (?:back |over |all \w+ )?(?:to|from|with) (?!(?:my|the|a|an|another|this|that|your|their|it|one|other|different|new|home|bed|work|school|sleep|settings)\b)[a-z]+\W*(?:instead)?\W*$",
    r"^(?:i'?ll |i will |i'?m |i am |now |just |will |please |have to |got to |time to )*(?:us(?:e|ing)|try(?:ing)?|see(?: about)?|get(?:ting)?) \w+(?: \w+)? instead\W*$",
    r"^\w+(?: \w+)? (?:is|are|was) (?:way |so |much |far |still |a lot |lot )*(?:better|superior|best)\W*$",
    r"\b(?:better|worse|superior|inferior) (?:than|to) (?!it|before|the old|i|what|ever|nothing|expected)\w+(?: \w+)?\W*$",
)
_PLACE = r"\[(?:name|e-mail|phone|address|id|card|iban|ip)\]"  # where something personal stood
_GREETING = _any(
    rf"^(?:hi|hello|hey|dear|good (?:morning|afternoon|evening|day)|to whom it may concern|greetings)\b(?:[\s,!.]+(?:[\w'&-]+|{_PLACE})){{0,3}}[\s,!.]*$",
    rf"^(?:thank you|thanks|thx|many thanks|cheers|regards|best regards|kind regards|sincerely)\b(?:[\s,!.]+(?:[\w'-]+|{_PLACE})){{0,6}}[\s,!.]*$",
    rf"^best,(?:\s+(?:[\w'-]+\.?|{_PLACE})){{0,2}}\W*$",
    rf"^(?:with (?:[\w-]+ ){{0,2}}(?:regards|greetings|wishes)|yours(?: \w+)?|sincerely yours)\b,?(?:[\s,.]+(?:(?:mr|mrs|ms|dr)\b\.?|{_PLACE})){{0,4}}[\s,!.]*$",
)
_PLACES = re.compile(_PLACE)
_OF_ITSELF = _any(  # whole spans about the message that they are of
    r"^\W*(?:(?:so |well |ok |and )*(?:(?:i'?m |i am |very |so )*sorry(?: for| about| if)?|apologies(?: for| in advance for)?|forgive me(?: for| if)?)\W+)?"
    r"(?:this|it|that|the|my|such)(?:'s|'ll| is| was| will| might| may| could| has| got| became| becomes| turned out)?(?: going to| gonna)?(?: be| become| been)?"
    r"(?: an?| the| my| such an?)?(?: bit| little| rather| quite| very| so| too| pretty| really| somewhat| of| an?)*"
    r" (?:long|lengthy|longish|short|brief)(?: and \w+)? (?:mail|e-?mail|message|letter|review|post|story|text|comment|rant|note|one|complaint)"
    r"(?:\W+(?:i'?m afraid|i am afraid|sorry|again|i know|here goes|here we go|bear with me|so|but))*\W*$",
    r"^\W*(?:i'?ll|i will|let me|i'?ll try to|i will try to|i try to)(?: try to)? (?:keep (?:this|it) (?:short|brief)|be brief|make (?:this|it) (?:short|brief|quick))\W*$",
    r"^\W*(?:(?:this|it)(?: is|'s) |just |only |an? |another )*test(?:ing)?(?: (?:ticket|message|mail|e-?mail|entry|review|post|comment|complaint|case))?"
    r"(?:\W+(?:please|pls|kindly|do|not|don'?t|ignore|disregard|delete|close|reply|answer|this|it|only|test|testing|qa|thanks|\d+))*\W*$",
)
_REACHED = word_set(  # what people say who they are with, and where to reach them, beside words that say nothing
    "name named surname mr mrs ms miss dr mail email e-mail phone tel telephone mobile cell call ring text write contact reach reachable number address"
    " live based details here reply answer back under via yours sincerely regards greetings signed"
)
_REFUSING = NEGATION | word_set("nobody unable why when who how where wrong")
_EMPTY = _any(  # whole spans that call for something, but for nothing in particular
    r"^\W*(?:(?:so |just |and |oh |well |now |please |seriously |guys )*(?:are you|r u|you must be|you have to be|u) (?:even |all |guys |fucking )*(?:serious|kidding|joking|sleeping)(?: me| with me| right now)*"
    r"|(?:please |pls |you |just )*(?:need to |should |must )*(?:wake up|get your act together|explain yoursel(?:f|ves)|do (?:something|better)(?: about (?:it|this|that))?|get it together|sort yourselves out)"
    r"|(?:please |pls |kindly )+(?:advise|respond|reply|answer|assist|comment|investigate)(?: asap| soon| urgently| me| back| to me)*"
    r"|(?:i am |i'm |we are )?(?:looking forward|look forward) to (?:hear\w* (?:from|back)\b.{0,20}|(?:your|a) (?:\w+ )?(?:reply|response|answer))"
    r"|(?:i|we) hope (?:you are|this \w+ finds you|you're)\b.{0,20}(?:well|good|fine)"
    r"|(?:as|like) (?:the|my|in the) (?:title|subject|headline)(?: says| states)?|have an? (?:nice|great|good|lovely) (?:day|weekend|one|evening))\W*$",
)
_AUTOMATIC = _any(  # what machines and swindlers write
    r"\bout of (?:the )?office\b|\bautomatic(?:ally generated)? (?:reply|response|message)\b|\bauto[- ]?reply\b|\bmailbox is (?:no longer|not|full)\b"
    r"|\bno access to e?-?mail\b|\bverify your account\b|\bclick (?:here|the link|below) to (?:verify|claim|confirm|win|unlock)\b|\bwill be back (?:in the office|on the)\b"
    r"|\bdo not reply to this\b|\bsent from my\b|\bare you (?:a )?(?:robot|bot)\b",
)

_KIND_OF = {  # advice to other customers names a solution as well; what is merely stated is of no kind
    "ASK": Kind.ASK,
    "TIP": Kind.ASK,
    "PAIN": Kind.PAIN,
    "WISH": Kind.WISH,
    "PRAISE": Kind.PRAISE,
    "RELIEF": Kind.PRAISE,
    "NOISE": Kind.NOISE,
}
KINDS = tuple(Kind)
"""The columns of `chances`."""
_NOISE, _PRAISE, _PAIN = (KINDS.index(kind) for kind in (Kind.NOISE, Kind.PRAISE, Kind.PAIN))
_VOICED = [place for place, kind in enumerate(KINDS) if kind is not Kind.NOISE]
_MERGE = np.array([[float(_KIND_OF.get(name) is kind) for kind in KINDS] for name in CLASSES], dtype=np.float32)
# the same where each text must be of some kind: people who label mere statements mostly find a pain in them
_MERGE_ALL = _MERGE.copy()
_MERGE_ALL[CLASSES.index("FACT"), KINDS.index(Kind.PAIN)] = 1.0
# What stars of the whole message, by their number, do to the odds of each class: few praise with one star or hurt with five.
_STARS = {
    stars: np.exp(np.array([some.get(name, 0.0) for name in CLASSES]))
    for stars, some in (
        (1, {"PAIN": 0.9, "PRAISE": -1.5, "RELIEF": -1.2, "NOISE": -0.2}),
        (2, {"PAIN": 0.7, "PRAISE": -1.0, "RELIEF": -0.8, "NOISE": -0.2}),
        (4, {"PAIN": -0.5, "PRAISE": 0.6, "RELIEF": 0.5}),
        (5, {"PAIN": -1.4, "WISH": -0.4, "PRAISE": 0.9, "RELIEF": 0.7}),
    )
}
_CLEAR_PRAISE = 0.55  # score from which praise may speak against a need
_AS_GOOD_AS_NOISE = 0.5  # least score of what the rules take for noise


def tell(
    texts: Sequence[str],
    ratings: Sequence[float | None] | None = None,
    vectors: Floats | None = None,
    lesson: Lesson | None = None,
) -> list[Signal]:
    """The signal of each text, parallel to `texts`.

    A rating (1..5 stars) of the whole message tips doubtful ones; `vectors` (n, width) of the texts, where they are
    known, make it surer, and so does a `lesson` of labels, which needs them. A text that merely states something goes by
    its rating, and without one by what it is likelier, as praise or else as a pain, with the low score of that.
    """
    found = chances(texts, ratings, vectors, lesson)
    told = _likeliest(found, ratings)
    for row, text in enumerate(texts):
        if says_nothing(text):
            told[row] = Signal(Kind.NOISE, _rounded(max(_AS_GOOD_AS_NOISE, found[row, _NOISE])))
    return told


def advises(texts: Sequence[str], vectors: Floats | None = None) -> list[bool]:
    """Whether each text advises other customers rather than asks for something, where it does either."""
    classes = probabilities(texts, vectors)
    return (classes[:, CLASSES.index("TIP")] > classes[:, CLASSES.index("ASK")]).tolist()


def _likeliest(found: Floats, ratings: Sequence[float | None] | None) -> list[Signal]:
    """The likeliest kind of each row of chances."""
    stated = 1.0 - found.sum(axis=1)
    bests, most = found.argmax(axis=1), found.max(axis=1)
    told = []
    for row, best in enumerate(bests.tolist()):
        if stated[row] > most[row]:
            rating = ratings[row] if ratings is not None else None
            happy = rating >= 4 if rating is not None else 2 * found[row, _PRAISE] > found[row, _VOICED].sum()
            best = _PRAISE if happy else _PAIN
        told.append(Signal(KINDS[best], _rounded(found[row, best])))
    return told


def retell(
    first: Sequence[Signal],
    texts: Sequence[str],
    ratings: Sequence[float | None] | None,
    vectors: Floats,
    embedder: str,
    lesson: Lesson | None = None,
) -> list[Signal]:
    """The signals of texts told before, now that their vectors are known; what was not noise does not become it.

    Vectors of an embedder (by its name) other than the one that the model was learned with tell nothing more.
    """
    if embedder != MODEL_NAME:
        return list(first)
    told = tell(texts, ratings, vectors, lesson)
    return [old if new.kind is Kind.NOISE else new for old, new in zip(first, told, strict=True)]


def chances(
    texts: Sequence[str],
    ratings: Sequence[float | None] | None = None,
    vectors: Floats | None = None,
    lesson: Lesson | None = None,
) -> Floats:
    """The probability of each kind, shape (n, 5) in the order of `KINDS`; what a row lacks of 1 is that the text merely
    states something. Arguments as those of `tell`."""
    classes = _classes(texts, ratings, vectors)
    if lesson is None or vectors is None:
        return classes @ _MERGE
    return lesson.corrected(classes @ _MERGE_ALL, classes, vectors)


def taught(texts: Sequence[str], kinds: Sequence[Collection[Kind]], vectors: Floats) -> Lesson | None:
    """What labels teach: each is the kinds that a text may be, mostly one. None where there is none."""
    if not texts:
        return None
    classes = _classes(texts, None, vectors)
    return learn([[KINDS.index(kind) for kind in some] for some in kinds], classes @ _MERGE_ALL, classes, vectors)


def _classes(texts: Sequence[str], ratings: Sequence[float | None] | None, vectors: Floats | None) -> Floats:
    if ratings is not None and len(ratings) != len(texts):
        raise ValueError("ratings must be parallel to texts")
    if vectors is not None and len(vectors) != len(texts):
        raise ValueError("vectors must be parallel to texts")
    classes = probabilities(texts, vectors)
    for row, rating in enumerate(ratings or ()):
        odds = None if rating is None else _STARS.get(round(min(5.0, max(1.0, rating))))
        if odds is not None:
            tipped = classes[row] * odds
            classes[row] = tipped / tipped.sum()
    return classes


def says_nothing(text: str) -> bool:
    """Whether a text is a greeting, a machine's, calls to the writer's own account, or holds no word of content."""
    lowered = plain(text)
    found = words_of(lowered)
    return bool(
        not found
        or contentless(found)
        or _OF_ITSELF.match(lowered)
        or ("[" in lowered and _only_reached(lowered))
        or _GREETING.match(lowered)
        or _EMPTY.match(lowered)
        or _AUTOMATIC.search(lowered)
        or promotes(lowered)
    )


def _only_reached(lowered: str) -> bool:
    """Whether a text with places where something personal stood says no more than who writes, and where to answer."""
    rest, places = _PLACES.subn(" ", lowered)
    if not places:
        return False
    found = words_of(rest)
    return _REFUSING.isdisjoint(found) and contentless([word for word in found if word not in _REACHED])


def sentiment(text: str) -> float:
    """The mood of a text, -1 (bitter) to 1 (delighted), 0 where neither praise nor blame is found.

    Words of praise count +1, of blame -1, of failure -0.5, half as much again after an intensifier, and turned (at 0.7
    of the weight) after a negation at most three words before; the sum s is squashed to s / (1 + |s|).
    """
    return round(mood(words(text)), 4)


def severity(text: str, rating: float | None = None, kind: Kind | None = None) -> int:
    """How badly it hurts, 1 (a remark) to 5 (loss or harm): 2, and 1 more each for a pain, a grave word, a bitter mood
    or one star, and several grave words; 1 less for praise, for four stars or more, and for what holds no content."""
    found = words(text)
    grave = len(set(found) & SEVERE)
    level = 2 + (kind is Kind.PAIN) + (grave > 0) + (grave > 1)
    level += mood(found) < -0.5 or (rating is not None and rating <= 1)
    level -= (kind in (Kind.PRAISE, Kind.NOISE)) + (rating is not None and rating >= 4)
    return max(1, min(5, level))


def carries_need(text: str) -> bool:
    """Whether praise tells of a lack behind it ("saves me from ...", "I no longer have to ...")."""
    return _CARRIES.search(plain(text)) is not None


def parting(text: str) -> bool:
    """Whether a span does no more than say that the customer goes to, or comes from, another product, or likes it better."""
    return _PARTING.search(plain(text)) is not None


def praises(signal: Signal, text: str) -> bool:
    """Whether a span is likely praise, without a lack behind it."""
    return signal.kind is Kind.PRAISE and signal.score >= _CLEAR_PRAISE and not carries_need(text)


def contentless(found: Sequence[str]) -> bool:
    """Whether the words name no thing, deed or failure: only praise, blame, politeness and filler."""
    return not any(word in _TELLING or (len(word) > 2 and word not in SUPERFLUOUS) for word in found)


_TELLING = frozenset(
    ["ads", "ad", "vat", "crash", "crashes", "crashing", "crashed", "slow", "print", "cc", "pdf", "bcc", "qr"]
)


def _rounded(score: float) -> float:
    return round(float(score), 4)
