"""Phrases that can stand alone: what someone does ("print labels"), what something is called ("the print button").

There is no tagger of parts of speech: after "I can't" stands a verb, after "the" a thing, and a phrase ends where a
word that cannot go on begins. Persons are changed on the way, since a statement speaks of customers, not of "me".
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

from .lexicon import BLAME, PRAISE, RUDE, STOP, SUPERFLUOUS, word_set

__all__ = ["VAGUE", "Words", "complete", "deeds", "stem", "stems_of", "thing_after", "thing_before", "tokens"]

_MOST_WORDS = 9  # of a phrase
_MOST_CLAUSE = 13
_LOOK_AHEAD = 140  # characters
_LOOK_BACK = 80


class Words(NamedTuple):
    """A phrase in plain words, and the stems of its content words, which survive rewording."""

    text: str
    key: frozenset[str]


_TOKEN = re.compile(r"[a-z0-9\u00c0-\u024f][a-z0-9\u00c0-\u024f'&+-]*|[^\sa-z0-9']")
_ADVERBS = word_set(
    "even just also actually ever always properly really simply only still now then easily quickly please fully",
    "truly directly successfully correctly normally currently sometimes often usually either again anymore automatically",
    "manually completely immediately instantly",
)
_BREAKS = word_set(  # no phrase goes on with one of these
    "because but so if unless until since though although or that which who where why how as than while when once",
    "i it he she they you u we what these those there even anymore please plz pls thanks now like anyway too though yet is",
    "are was were does do did has have had will would can could should must may might can't cannot cant won't wont don't dont",
    "doesn't doesnt isn't isnt didn't didnt wasn't aren't couldn't wouldn't shouldn't haven't hasn't not never rather instead",
    "except whenever wherever cause cuz bc coz despite due im i'm i've it's that's there's let's lol ugh etc ie eg fix fixed",
    "everytime anything everything something nothing anyone everyone someone everywhere anywhere this otherwise hence therefore however whatsoever",
    "takes took keeps kept makes seems becomes gets goes",
)
_HARD_BREAKS = word_set(  # no clause goes on with one of these
    "because but so if unless until since though although which who or and even anymore please plz pls thanks now anyway too though",
    "yet cause cuz bc coz due let's lol ugh etc ie eg fix fixed otherwise hence therefore however whatsoever you he she",
)
_INSIDE = word_set(
    "than when without before while as how what that after once"
)  # what a clause within a deed begins with
_DETERMINERS = word_set("the a an my our your their his her its some any all each every more both another")
_MODIFIERS = word_set(
    "multiple new more other different same several certain own entire whole old many two three few second first last next",
    "main specific single original current full separate large big small long short better easy simple important personal",
    "previous most best extra additional recent right left actual individual various older newer proper particular custom",
    "free basic available possible similar real whole normal regular good great nice numerous lots",
)
_EMPTY_MODIFIERS = word_set(  # say nothing of what is meant, and do not tell one phrase from another
    "new more other different same several certain whole entire main specific original current full actual various newer older proper",
    "particular good great nice numerous lots normal regular real possible available similar right left best better most own",
    "first second last next single previous recent few two three individual simple easy important",
)
_JOINING = word_set(
    "to of in on at for from by with into onto up over about off out through between under per via without and as"
)
_PARTICLES = frozenset(["in", "out", "up", "off", "on", "back", "down"])
_RECEIVERS = word_set("me us them people users customers anyone everyone someone others than")
_PHRASAL: Mapping[str, frozenset[str]] = {  # what is done with a particle and to nothing
    **dict.fromkeys(["log", "sign"], word_set("in on out off up")),
    **dict.fromkeys(["zoom", "check", "opt"], word_set("in out")),
    **dict.fromkeys(["scroll", "swipe"], word_set("up down back")),
    **dict.fromkeys(["go", "call", "write", "look"], frozenset(["back"])),
    **dict.fromkeys(["dial", "get", "buy", "move"], frozenset(["in"])),
    **dict.fromkeys(["back", "start", "boot", "catch", "speak", "stand"], frozenset(["up"])),
    **dict.fromkeys(["slow", "wind", "sit"], frozenset(["down"])),
}
_SOLO = word_set(  # deeds that need no object
    "print unsubscribe scroll zoom undo unsend rotate sync login logout reply checkout reconnect multitask screenshot search"
)
_NO_VERB = (
    STOP | PRAISE | BLAME | _MODIFIERS
    | word_set(
        "believe wait say stress tell see know think understand help figure recommend be get go find imagine emphasize stop",
        "complain ask thank rate give describe agree remember seem seems guess hear rely trust live begin blame care stand keep",
        "sure app apps people explain come make take mention speak talk express fault wrap comment happen work done let allow",
        "put leave look feel deal continue add have mean assume switch return convince handle justify bother seriously wonder fix",
        "resolve solve contact report implement create build introduce develop include provide offer review congratulate admit",
        "suggest point praise apologize share love hate hope wish want like need appreciate install uninstall reinstall",
    )
)  # fmt: skip
_VERB_WITH_OBJECT = word_set(
    "get be keep leave put make give take have find see tell try share return add create report help switch"
)
_NO_THING = (_NO_VERB - _MODIFIERS) | _VERB_WITH_OBJECT
_NOT_A_VERB = ("ing", "ed", "tion", "ly", "ment", "ness", "ity", "ful", "ous", "able")
_VERBS_ALL_THE_SAME = word_set(
    "disable bring feed embed need mention reply apply ring enable speed proceed exceed comment implement"
)
_NO_NOUN = (
    STOP | PRAISE | BLAME
    | word_set(
        "thing things stuff lot bit kind sort part way ways time times day days feature features option options update updates",
        "version problem problems issue issues people person reason work working fix star stars review reviews point case place",
        "told said made done gone given taken etc wrong phone iphone ipad ios android device devices product bug bugs",
    )
) - word_set("use")  # fmt: skip
_NO_OBJECT = _NO_NOUN | word_set("app apps application software program browser site website")
_IDIOMS = {
    ("one", "by", "one"),
    ("at", "a", "time"),
    ("one", "at", "a", "time"),
    ("on", "and", "off"),
    ("all", "at", "once"),
}
_HAPPENING = word_set(  # what something does by itself, without an object
    "closing restarting refreshing buffering scrolling vibrating stopping disconnecting disappearing jumping blinking loading",
    "flickering leaking breaking squeaking spinning rebooting updating syncing ringing reappearing logging crashing freezing",
)
_NEEDS_OBJECT = word_set(
    "open mark select attach send receive read delete remove move add put make take have find give leave keep share"
)
_NOT_AHEAD = _MODIFIERS | word_set("app apps app's get be keep leave put make give take have find see tell try")
"""What is before a thing without being part of its name."""
_ASKED_FOR = word_set("review reviews rating ratings")
_OPENING = word_set("open launch start load access enter exit close quit log sign restart")
"""What is done to the product itself; any other deed that names nothing else only names the topic."""
_PERSONS = {
    "i": "they", "we": "they", "i'm": "they are", "we're": "they are", "i've": "they have", "we've": "they have", "i'll": "they will",
    "i'd": "they would", "am": "are", "myself": "themselves",
    "my": "their", "our": "their", "your": "their", "me": "them", "us": "them", "mine": "theirs",
    "his": "their", "her": "their", "pic": "photo", "pics": "photos", "mails": "emails",
}  # fmt: skip
_TO = word_set("reply respond listen")
_TOGETHER = {"login": "log in", "logout": "log out", "signin": "sign in", "signup": "sign up"}
_ELSEWHERE = word_set(
    "another different else other alternative alternatives competitor competitors elsewhere new better"
)
_ABOUT_PRODUCT = word_set("in on from with through via using inside within into")
_PRODUCT = word_set("app apps application product service software program site website version update")

_SAME = {
    "pic": "photo", "pictur": "photo", "imag": "photo", "photograph": "photo", "mail": "email", "e-mail": "email", "vid": "video",
    "doc": "document", "pdfs": "pdf", "password": "passcod", "ad": "advert", "advertisement": "advert", "parcel": "packag",
    "deliveri": "delivery", "song": "music", "refresh": "reload", "advertis": "advert", "msg": "message", "messag": "message",
    "view": "see", "eras": "delet", "display": "show", "login": "log", "logon": "log", "signin": "sign",
}  # fmt: skip


@lru_cache(maxsize=1 << 16)
def stem(word: str) -> str:
    """A rough stem, for telling "emails" and "email" alike, and the commonest synonyms; not meant to be read."""
    bare = _stripped(word)
    return _SAME.get(bare, bare)


def _stripped(word: str) -> str:
    word = word.removesuffix("'s").rstrip("'")
    if len(word) > 4 and word.endswith("ies"):
        return word[:-3] + "y"
    for ending in ("ing", "ed"):
        if len(word) > len(ending) + 3 and word.endswith(ending):
            word = word[: -len(ending)]
            if len(word) > 3 and word[-1] == word[-2] and word[-1] not in "lsz":
                word = word[:-1]
            return word.removesuffix("e")
    if len(word) > 4 and word.endswith(("ches", "shes", "xes", "sses")):
        return word[:-2]
    if len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is")):
        word = word[:-1]
    return word.removesuffix("e") if len(word) > 3 else word


VAGUE = frozenset(map(stem, SUPERFLUOUS))
"""Stems of the words that say nothing of what is lacking."""


def stems_of(found: Sequence[str]) -> frozenset[str]:
    """The stems of those words that say something."""
    return frozenset(
        stem(word) for word in found if word not in STOP and word not in _EMPTY_MODIFIERS and len(word) > 1
    )


def tokens(text: str) -> list[str]:
    """Words and signs of a text in lower case."""
    return [token.rstrip("'") for token in _TOKEN.findall(text)]


def deeds(rest: str, *, gerund: bool = False) -> Iterator[Words]:
    """The verb phrases at the start of `rest`, shorter and longer: those that end where a phrase may end.

    None for what is no deed, for deeds that name only the product ("use the app"), and for leaving it. With `gerund`
    the verb ends in -ing, and may stand alone.
    """
    found = _until_break(rest)
    works_where = found[:1] == ["work"] and len(found) > 2 and found[1] in {"with", "on", "in", "without", "over"}
    if not found or not (_is_verb(found[0], gerund=gerund) or works_where):
        return
    verb = found[0]
    alone = verb in (_HAPPENING if gerund else _SOLO)
    if alone and _says_something([verb]):
        yield Words(_TOGETHER.get(verb, verb), stems_of([verb]))
    for end in range(2, len(found) + 1):
        part = found[:end]
        last = part[-1]
        if last in RUDE:
            return
        idiom = any(tuple(part[-size:]) in _IDIOMS for size in (3, 4))
        if end < len(found) and _goes_on(found[end]):  # "the lock" of "the lock screen"
            continue
        if idiom:
            pass
        elif last in _PARTICLES:
            if part[-2] in _JOINING or (end > 2 and end < len(found) and last in {"in", "on", "over"}):
                continue
        elif (
            last in STOP
            or last in _MODIFIERS
            or last in _DETERMINERS
            or last.endswith("ly")
            or (last in _NO_NOUN and not (verb == "asking" and last in _ASKED_FOR))
        ):
            continue
        if any(map(str.isdigit, last)) or len(last) < 2 or not _sound(part) or not _says_something(part):
            continue
        yield Words(" ".join(_third(part)), stems_of(part))
    whole = [] if gerund else _clause(rest)
    if len(whole) > len(found) and _says_something(whole):
        yield Words(" ".join(_third(whole)), stems_of(whole))


def complete(deed: str) -> bool:
    """Whether a deed can be understood by itself: it names what it is done to, where it must ("mark as read" and "turn off"
    do not), and its words hang together ("open and crashes" do not)."""
    found = deed.split()
    if len(found) < 2:
        return True
    if found[-2:-1] == ["this"] and found[-1] in _PRODUCT:
        return False
    if found[0] in _NEEDS_OBJECT and found[1] in _JOINING | _PARTICLES:
        return False
    if set(found[1:]) <= _PARTICLES and found[-1] not in _PHRASAL.get(found[0], ()):
        return False
    said = [stem(word) for word in found if word not in STOP]
    if len(set(said)) < len(said):  # "open the open"
        return False
    if found[1] == "and" and (len(found) == 2 or found[2].endswith(("s", "ed", "ing"))):
        return False
    return not any(
        after in _DETERMINERS and before not in _JOINING | _PARTICLES | _DETERMINERS | _RECEIVERS
        for before, after in pairwise(found[1:])
    )


def thing_after(rest: str, article: str | None = None) -> Words | None:
    """The thing at the start of `rest`, of at most three words, with its article (with `article` where one is given)."""
    found = _until_break(rest)
    given = support = ""
    while found and found[0] in _DETERMINERS | {"have", "back", "support", "for", "of"}:
        if found[:2] == ["support", "for"]:
            support = "support for "
        given = found.pop(0)
    taken: list[str] = []
    for token in found[:4]:
        if token in _JOINING or token.isdigit():
            break
        taken.append(token)
    while taken and (taken[-1] in _NO_NOUN or taken[-1] in _MODIFIERS or taken[-1].endswith("ly")):
        taken.pop()
    key = stems_of(taken)
    if (
        not key
        or len(taken) > 3
        or taken[0].endswith("ing")
        or taken[0] in _NO_THING
        or RUDE & set(taken)
        or set(taken) <= _PRODUCT
    ):
        return None
    if taken[-1].endswith("ed") and not taken[-1].endswith("eed"):
        return None
    if article is None:
        article = given if given in {"a", "an", "the"} else ""
    return Words(support + f"{article} {' '.join(taken)}".strip(), key)


def thing_before(before: str) -> Words | None:
    """The thing at the end of `before`, of at most three words, with an article, where it can be told."""
    found = tokens(before[-_LOOK_BACK:])
    while found and (
        found[-1] in _ADVERBS
        or found[-1] in {"that", "which", "have", "has", "will", "does", "do", "keep", "keeps", "just"}
    ):
        found.pop()
    taken: list[str] = []
    while found and len(taken) < 3:
        token = found[-1]
        if not token[0].isalpha() or token in STOP or token in PRAISE or token in BLAME or token in _BREAKS:
            break
        taken.insert(0, found.pop())
    while len(taken) > 1 and (taken[0] in _NOT_AHEAD or taken[0].endswith(("ing", "ly"))):
        taken.pop(0)
    if found and found[-1][0].isdigit():  # "the 4th generation"
        return None
    if not taken or taken[-1] in _NO_NOUN - {"phone", "update", "updates"} or taken[-1].endswith(("ed", "ly")):
        return None
    if RUDE & set(taken) or len(taken[-1]) < 3:
        return None
    several = taken[-1].endswith("s") and not taken[-1].endswith("ss")
    article = _PERSONS.get(found[-1], found[-1]) if found and found[-1] in _DETERMINERS | {"this"} else ""
    if article in {"a", "an", "this", "any", "all", "each", "every", "some", "more", "both", "another", ""}:
        article = "" if several else "the"
    key = stems_of(taken)
    return Words(f"{article} {' '.join(taken)}".strip(), key) if key else None


def _until_break(rest: str) -> list[str]:
    """The words up to where a phrase must end, adverbs left out, and so is where it happens: "in this app"."""
    found: list[str] = []
    for token in tokens(rest[:_LOOK_AHEAD]):
        if token in _ADVERBS:
            continue
        if not token[0].isalpha() or (token in _BREAKS and not (token == "as" and found)) or len(found) >= _MOST_WORDS:
            break
        found.append(token)
    for place, token in enumerate(found):
        if token in _ABOUT_PRODUCT and place and set(found[place + 1 : place + 3]) & _PRODUCT:
            return found[:place]
    return found


def _clause(rest: str) -> list[str]:
    """The words up to the end of a deed with a clause inside ("buy more than I want"), if they can be told to end well."""
    found: list[str] = []
    for token in tokens(rest[: 2 * _LOOK_AHEAD]):
        if token in _ADVERBS and not found:
            continue
        if not token[0].isalnum() or token in _HARD_BREAKS:
            break
        found.append(token)
    last = found[-1] if found else ""
    bad = last in STOP - _PARTICLES - {"them"} or last in _MODIFIERS or last.endswith("ly") or RUDE & set(found)
    inner = [place for place, token in enumerate(found) if token in _INSIDE]
    if bad or len(found) > _MOST_CLAUSE or len(inner) != 1 or inner[0] < 2 or not _sound(found):
        return []
    return found


def _is_verb(word: str, *, gerund: bool) -> bool:
    if not word.isalpha() or len(word) < 3 or word in RUDE:
        return False
    if gerund:
        base = word[:-3]
        said = word.endswith("ing") and len(word) > 5 and base not in _NO_VERB and f"{base}e" not in _NO_VERB
        return said or word == "asking"
    if word in _VERB_WITH_OBJECT:
        return True
    return word not in _NO_VERB and (not word.endswith(_NOT_A_VERB) or word in _VERBS_ALL_THE_SAME)


def _goes_on(after: str) -> bool:
    """Whether a word belongs to the noun before it, as "screen" after "lock"."""
    return (
        after.isalpha() and after not in STOP | PRAISE | BLAME | _MODIFIERS | _JOINING | _DETERMINERS and len(after) > 1
    )


def _sound(part: Sequence[str]) -> bool:
    """Whether it is put together as sentences are: "save me search" is not, nor what stops at its second verb."""
    for before, after in pairwise(part):
        if before in {"me", "us", "them"} and after.isalpha() and after not in _JOINING:
            return False
        if before in _DETERMINERS and after in _DETERMINERS | _JOINING and before not in {"all", "both", "any", "some"}:
            return False
    return not part[0].endswith("ing") or "to" not in part[1:2]


def _says_something(part: Sequence[str]) -> bool:
    """Whether a deed names more than the product, and is not to leave it."""
    verb, objects = part[0], set(part[1:])
    if verb == "asking":
        return bool(objects & _ASKED_FOR)
    telling = objects - STOP - _MODIFIERS - _NO_OBJECT - _PARTICLES - PRAISE - BLAME
    if not telling:
        return bool(objects & _PRODUCT and verb in _OPENING) or bool(
            (len(part) == 1 or objects <= _PARTICLES) and verb not in _VERB_WITH_OBJECT
        )
    if objects & _ELSEWHERE and objects & (_NO_OBJECT | {"else", "provider", "client", "company"}):
        return False
    return not (verb in _VERB_WITH_OBJECT and not telling - _PRODUCT)


def _third(part: Sequence[str]) -> Iterator[str]:
    for token, after in zip(part, [*part[1:], ""], strict=True):
        if token in _TO and after and after not in _JOINING:
            yield f"{token} to"
            continue
        if token in _TOGETHER:
            yield _TOGETHER[token]
            continue
        if token in {"any", "some"} and after and after not in _JOINING:  # it goes with "can't" alone
            continue
        if token == "your" and after not in {"own"}:
            yield "their"
            continue
        yield _PERSONS.get(token, token)
