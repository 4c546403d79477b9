"""One customer's sentence turned into a statement about customers: what they need to do, to know, or to be spared.

The words stay the customer's; only the person changes, and the frame says that it is a need.
"""

import re
from collections.abc import Iterator
from enum import Enum
from typing import NamedTuple

from .lexicon import BLAME, PRAISE, RUDE, STOP, word_set
from .phrase import stem
from .signal import plain

_MOST_WORDS = 13  # of what fills a frame


class Form(Enum):
    """The sentence that a rewritten clause fits into."""

    WAY = "Customers need a way to {}"
    TO = "Customers need to {}"
    KNOW = "Customers need to know {}"
    SPARED = "Customers should not have to {}"
    UNWILLING = "Customers do not want to {}"
    WAIT = "Customers need {} without a long wait"
    LESS = "Customers need less {}"
    FEWER = "Customers need fewer {}"
    UNWORRIED = "Customers need not to worry about {}"
    STOCK = "Customers need {} to be in stock"
    LAST = "Customers need {} to last"


class Rewriting(NamedTuple):
    """What fills the form, and the stems of its content words, of which other customers must share most."""

    form: Form
    filling: str
    key: frozenset[str]

    @property
    def sentence(self) -> str:
        """The whole statement."""
        return self.form.value.format(self.filling)


_ABLE = re.compile(
    r"\b(?:can't|cannot|can not|cant|couldn't|could not|unable to|not able to|no way (?:for me |for us )?to|no option to|no chance to"
    r"|impossible (?:for (?:me|us) )?to|(?:won't|doesn't|didn't|does not|did not|wouldn't|never) (?:let|allow) (?:me|us|you)(?: to)?|wish (?:that )?(?:i|we) could"
    r"|how (?:do|can|would|could|should|am) (?:i|we)(?: supposed to)?|how to|where (?:can|do|could) (?:i|we)|(?<!if )(?:can|could|may) (?:i|we)|is it possible to"
    r"|(?:hard|difficult|tricky|impossible|easier) (?:for (?:me|us) )?to|(?:be able|the ability|an option|the option|a way|a chance) to|"
    r"(?:let|allow) (?:me|us)(?: to)?)\s(?!be\s)"
)
_WANTED = re.compile(
    r"\b(?:i|we|i'd|we'd|just|really|only|also|and|who)(?: would| just| really| only| simply| still| 'd)? (?:want|wanted|need|needed|wish|hope|hoped|love|like|prefer|tried|try|am trying|are trying)"
    r" to\s|\b(?:i'd|i would|we'd|we would)(?: really| much)? (?:love|like|prefer|rather)(?: to)?\s|\btrying to\s"
)
_SPARED = re.compile(
    r"\b(?:i|we|you|always|still|people|customers|then|and)(?:'ve| have|'ll| will| now)?(?: always| still| just)? (?:have|had|having|got|forced|need) to\s"
    r"|\bmakes? (?:me|us)\s|\bforces? (?:me|us) to\s|\bhaving to\s|\bwithout having to\s"
)
_UNWILLING = re.compile(
    r"\b(?:i|we) (?:really |just )?(?:don't|do not|didn't|did not|never) (?:really |even )?(?:want|like|need) to\s"
)
_CLAUSES = re.compile(
    r"\b(?:no idea|don't know|do not know|didn't know|never know|not know|to know|can't tell|cannot tell|couldn't tell|tell me|tell us|not sure|unsure|find out"
    r"|wonder|wondering|guess|guessing|figure out|unclear|not clear|no clue|no way of knowing|told me|says|say|explain|know)"
    r" (?=(?:when|where|why|whether|if|which|how (?:long|much|many|it|the|to|big|small|warm|heavy|far)|what)\b)"
)
_ASKED = re.compile(
    r"\b(when|where|why|which \w+|how (?:long|much|many|big|small|warm|often)(?: \w+)?|what (?:size|time|day|date|colour|color))"
    r"(?:'s| (is|are|was|were|will|does|do|did|has|have|can|should)) ((?:my|our|the|this|that|these|those) [a-z]+|it|they|i|we)\b([^.,;!?]*)"
)
_WAITED = re.compile(
    r"\b(?:(?:still|been|am|are|be|i'm|we're|keep) waiting (?:\w+ ){0,2}?(?:for|on)|waited (?:\w+ ){0,4}?for|wait (?:\w+ ){0,3}?for|still no|never got|never received"
    r"|(?:haven't|have not|hasn't|didn't|still not|not yet)(?: \w+)? (?:received?|got|gotten|seen)|where(?:'s| is| are))\s"
)
_MUCH = re.compile(r"\b(?:too|so|way too|how) (much|many)\s")
_WORRIED = re.compile(r"\b(?:worried|worry|worrying|afraid|scared|nervous|anxious)(?: that| about| of)?\s")
_OUT = re.compile(
    r"\b((?:my|our|the|your|this) (?:[a-z]+ ){0,2}?[a-z]+|[a-z]+ [a-z]+) (?:is|are|was|were|always|constantly|'s)(?: always| already| never| again| permanently)?"
    r" (?:sold out|out of stock|unavailable|not in stock|in stock|not available)\b"
)
_WORN = re.compile(
    r"\b((?:my|our|the|your|this) (?:[a-z]+ ){0,2}?[a-z]+) (?:has |have |just |already |is |are )?(?:fell apart|fallen apart|torn|tore|ripped|wore out|worn out|worn through|leaks?|leaking|broke)\b"
)
_TOKEN = re.compile(r"[a-z0-9\u00c0-\u024f][a-z0-9\u00c0-\u024f'&/%-]*|[^\sa-z0-9']")
_PERSONS = {
    "my": "their", "our": "their", "me": "them", "us": "them", "myself": "themselves", "ourselves": "themselves", "mine": "theirs",
    "ours": "theirs", "i": "they", "we": "they", "i'm": "they are", "we're": "they are", "i've": "they have", "we've": "they have",
    "i'll": "they will", "we'll": "they will", "i'd": "they would", "we'd": "they would", "your": "the", "cant": "can't",
    "dont": "don't", "wont": "won't", "im": "they are", "ive": "they have", "pic": "photo", "pics": "photos",
}  # fmt: skip
_PLURAL = {"am": "are", "was": "were", "is": "is", "has": "has"}
_BREAKS = word_set("because but so since although though cause cuz bc plz please pls thanks lol anymore btw instead")
_FINITE = word_set(
    "takes took makes made seems seemed works worked costs cost means meant gets got goes went comes came becomes became crashes fails says said"
)
_CUTS = (
    _BREAKS
    | _FINITE
    | word_set("and or when while if unless until than which who even though again either right now before after then")
)
_BARRED = word_set(
    "you you're you've you'll you'd u ur he she him her his hers guys he's she's wtf lol yourself yours yall said today yesterday tonight tomorrow",
    "monday tuesday wednesday thursday friday saturday sunday january february march april june july august september october",
    "november december wife husband son daughter mother father mum mom dad sister brother boyfriend girlfriend there's that's",
)
_EMPTY_VERBS = word_set(
    "believe wait say stress recommend imagine complain thank emphasize help rate describe seem blame stand live fault stop",
    "understand think agree remember guess mention speak talk happen work deal bother care wonder admit ask explain express",
    "mean suggest add share praise congratulate point apologize hear love like hate keep continue try start see do go be come",
    "make let give say figure tell write look take switch get report point put use have leave quit move know pay fix",
)
_GOOD_WITH_MORE = word_set(
    "see get be keep know pay leave put make give take use have find go write look tell move share try ask start"
)
_STATES = word_set(
    "late back here so not still on in at going coming gone missing always empty sold out there stuck due ready lost"
)
_MAKERS = word_set(
    "make add implement create build introduce develop release bring include provide offer support"
)  # others' deeds
_LOOSE = word_set(
    "i we they them it the a an my our their your to of in on at for with from by and or but so as if when while that this these",
    "those is are was were be been am do does did have has had can could will would should not no very too just only also even",
    "than then which who what how why where because about into until since like up there here any some more every each other",
    "really still always never ever again now already at once per both all such own much many first last next it's i'm",
)
_SHARED_THINGS = word_set("app site website shop store service product page screen version update company")
_UP = frozenset(
    [
        "up",
        "in",
        "on",
        "out",
        "off",
        "back",
        "too",
        "there",
        "here",
        "again",
        "once",
        "all",
        "first",
        "more",
        "much",
        "own",
        "them",
        "it",
    ]
)


def rewritten(text: str) -> list[Rewriting]:
    """Statements that `text` makes by a change of person alone, shorter and longer ones; each at most once."""
    lowered = plain(text)
    found: dict[tuple[Form, str], Rewriting] = {}
    for rewriting in _all(lowered):
        found.setdefault((rewriting.form, rewriting.filling), rewriting)
    return list(found.values())


def _all(lowered: str) -> Iterator[Rewriting]:
    for form, pattern in ((Form.WAY, _ABLE), (Form.WAY, _WANTED), (Form.SPARED, _SPARED), (Form.UNWILLING, _UNWILLING)):
        for match in pattern.finditer(lowered):
            yield from _deeds(form, lowered[match.end() :])
    for match in _CLAUSES.finditer(lowered):
        for tokens in _lengths(lowered[match.end() :], _BREAKS):
            yield from _made(Form.KNOW, ["whether" if tokens[0] == "if" else tokens[0], *tokens[1:]], 4)
    for match in _ASKED.finditer(lowered):
        yield from _asked(match)
    for form, pattern in ((Form.WAIT, _WAITED), (Form.UNWORRIED, _WORRIED)):
        for match in pattern.finditer(lowered):
            yield from _things(form, lowered[match.end() :])
    for match in _MUCH.finditer(lowered):
        yield from _things(Form.LESS if match.group(1) == "much" else Form.FEWER, lowered[match.end() :])
    for form, pattern in ((Form.STOCK, _OUT), (Form.LAST, _WORN)):
        for match in pattern.finditer(lowered):
            yield from _things(form, match.group(1))


def _deeds(form: Form, rest: str) -> Iterator[Rewriting]:
    for tokens in _lengths(rest, _CUTS):
        verb = tokens[0]
        if (
            not verb.isalpha()
            or verb in STOP - {"be", "get", "have", "use", "keep", "go", "put", "find"}
            or verb in PRAISE - {"like", "fit"} | BLAME
        ):
            continue
        if verb.endswith(("ing", "ed", "ly")) and verb not in {"bring", "need", "feed", "reply", "apply", "speed"}:
            continue
        if verb in _MAKERS or (verb in _EMPTY_VERBS and verb not in _GOOD_WITH_MORE):
            continue
        if _FINITE & set(tokens) and not {"it", "they", "i", "we", "that", "which", "what"} & set(tokens):
            continue
        stated = Form.TO if form is Form.WAY and verb in {"be", "know", "feel", "have"} else form
        yield from _made(stated, tokens, 3 if verb in _GOOD_WITH_MORE else 2)


def _asked(match: re.Match[str]) -> Iterator[Rewriting]:
    """A question turned into what is to be known: "when will my parcel arrive" -> "when their parcel will arrive"."""
    word, verb, subject, rest = match.group(1), match.group(2) or "is", match.group(3), match.group(4)
    tail = _until(rest, _CUTS)
    if verb in {"do", "does", "did"}:
        if not tail:
            return
        ending = "s" if verb == "does" and not subject.endswith("s") else ""
        told = [*subject.split(), tail[0] + ending if verb != "did" else f"did {tail[0]}", *tail[1:]]
        if verb == "did":
            told = [*subject.split(), "did", *tail]
    elif (
        verb in {"is", "are", "was", "were"} and tail and not tail[0].endswith(("ing", "ed")) and tail[0] not in _STATES
    ):
        if len(tail) > 1:  # a name of several words, whose end cannot be told
            return
        told = [*subject.split(), *tail, verb]
    else:
        told = [*subject.split(), verb, *tail]
    yield from _made(Form.KNOW, [*word.split(), *told], 3)


def _things(form: Form, rest: str) -> Iterator[Rewriting]:
    tokens = _until(
        rest, _CUTS | word_set("to of in on at for from by with that i we they it is are was were has have will")
    )
    if not 1 <= len(tokens) <= 4:
        return
    article = tokens[0] if tokens[0] in {"my", "our", "a", "an", "the", "your"} else ""
    things = tokens[1:] if article else tokens
    if not things or any(
        token in STOP or token in PRAISE or token in BLAME or not token[0].isalpha() for token in things
    ):
        return
    if (
        article in {"a", "the", "your", ""}
        and form in (Form.WAIT, Form.UNWORRIED)
        and not article
        and not things[-1].endswith("s")
    ):
        return
    yield from _made(form, tokens, 1)


def _until(rest: str, cuts: frozenset[str]) -> list[str]:
    tokens: list[str] = []
    for token in _TOKEN.findall(rest[:160]):
        if not token[0].isalnum() or (token in cuts and tokens) or len(tokens) >= _MOST_WORDS + 1:
            break
        tokens.append(token)
    return tokens


def _lengths(rest: str, cuts: frozenset[str]) -> Iterator[list[str]]:
    """The clause up to its first joint, and up to its end where that is not too long."""
    short = _until(rest, cuts)
    if short:
        yield short
    whole = _until(rest, _BREAKS)
    if short and len(short) < len(whole):
        yield whole


def _made(form: Form, tokens: list[str], fewest_words: int) -> Iterator[Rewriting]:
    open_ended = _UP | {"is", "are"} if form is Form.KNOW else _UP
    while tokens and tokens[-1] in _LOOSE and tokens[-1] not in open_ended:
        tokens = tokens[:-1]
    if not fewest_words <= len(tokens) <= _MOST_WORDS or any(token in _BARRED or token in RUDE for token in tokens):
        return
    if any(any(letter.isdigit() for letter in token) for token in tokens):
        return
    key = frozenset(
        stem(token) for token in tokens if token not in STOP and token not in PRAISE - {"fast", "clean", "worth"}
    )
    if not key or (len(key) < 2 and form in (Form.WAY, Form.TO, Form.SPARED, Form.UNWILLING)):
        return
    yield Rewriting(form, " ".join(_third(tokens)), key)


def _third(tokens: list[str]) -> Iterator[str]:
    before = ""
    for token, after in zip(tokens, [*tokens[1:], ""], strict=True):
        if token == "any" and after.isalpha() and after not in _LOOSE:  # it goes with "can't" alone
            continue
        if token == "this" and after in _SHARED_THINGS:
            token = "the"
        plural = before in {"i", "we"} and token in _PLURAL
        yield {"am": "are", "was": "were"}.get(token, token) if plural else _PERSONS.get(token, token)
        before = token
