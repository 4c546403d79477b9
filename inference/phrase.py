"""Short phrases that say what a span lacks: what someone cannot do, what will not work, what should stop."""

import re
from collections.abc import Iterator, Sequence
from enum import Enum
from typing import NamedTuple

from .lexicon import BLAME, PRAISE, RUDE, STOP, word_set
from .signal import plain

_MOST_PHRASE_WORDS = 7


class Frame(Enum):
    """The sentence a phrase fits into."""

    WAY = "Customers need a way to {}"
    WORK = "Customers need {} to {}"
    STOP = "Customers need {} to stop {}"
    HAVE = "Customers need {}"
    BACK = "Customers need {} back"
    SAFE = "Customers need their {} to be safe from loss"
    KNOW = "Customers need to know {}"


class Phrase(NamedTuple):
    """A phrase: what fills its frame, in plain words, and the stems of its content words, which survive rewording."""

    frame: Frame
    key: frozenset[str]
    parts: tuple[str, ...]


_TOKEN = re.compile(r"[a-z0-9\u00c0-\u024f][a-z0-9\u00c0-\u024f'&/+-]*|[^\sa-z0-9']")

# What is lacked follows: "I can't <open attachments>".
_CANNOT = re.compile(
    r"\b(?:can't|cannot|can not|cant|couldn't|could not|unable to|not able to|inability to"
    r"|(?:won't|doesn't|does not|will not|don't|didn't|wouldn't|never|not) (?:even )?(?:let|allow|allowing|letting|permit) (?:me|us|you|users|people|anyone|customers)(?: to)?"
    r"|no (?:\w+ )?(?:way|option|ability|possibility|means|button|setting|feature) to|impossible (?:for (?:me|us) )?to"
    r"|wish (?:that )?(?:i|we|you|there was a way|there were a way|there was an option)(?: could| to| was able to)"
    r"|be able to|ability to|option to|options to|possibility to|a way to|way for (?:me|us|users|customers) to|possible to|(?:should|could|would|please|to|and|just|or) (?:let|allow) (?:me|us|users|people|customers)(?: to)?"
    r"|^(?:let|allow) (?:me|us|users|people|customers)(?: to)?"
    r"|how (?:do|can|would|could|should) (?:i|we|you|one)|how to|can i|can we|could i|may i|is it possible to"
    r"|(?:want|wanted|wants|like|love|trying|tried|try|hoping|hoped|needed) to|(?:hard|difficult|tricky|tough|harder) (?:for (?:me|us) )?to)\b"
)
# What fails stands before, what it should do after: "<notifications> don't <arrive>".
_FAILS = re.compile(
    r"\b(?:won't|wont|doesn't|doesnt|does not|don't|dont|do not|didn't|did not|will not|never|no longer|can't|cannot)\s"
)
_BROKEN = re.compile(
    r"\b(?:(?:is|are|was|were)(?: \w+)? (?:not|no longer|never) (\w+ing)|(?:isn't|aren't|wasn't|weren't|not) (?:even |always |properly )?(\w+ing)"
    r"|(?:has |have )?stopped (\w+ing)|(?:is|are|was|were|arrived|came|got)(?: \w+)? (broken|damaged|cracked|late|wrong|missing|blurry))\b"
)
_KEEPS = re.compile(
    r"\b(?:keeps?|kept|keep on|keeps on|constantly|continually|continuously|always|randomly|constant) (\w+ing\b.*)"
)
_LACKS = re.compile(
    r"\b(?:please (?:add|include|provide|offer|support|introduce|bring back|implement|give us)|^(?:add|include|provide|bring back|implement|need|needs)"
    r"|(?:should|could|would|to) (?:add|have|include|offer|provide|support|bring back)|needs? an?|lacks?|lacking|missing|add|add support for"
    r"|(?:want|wish (?:it|there|you|they) (?:had|was|were)|like to see|love to see|like to have|love to have|nice to have|great to have|good to have))\s"
)
_REMOVED = re.compile(
    r"\b(?:removed|removing|remove|took away|taken away|takes away|got rid of|getting rid of|no more|bring back|brought back|put back|give (?:us|me) back)\s"
)
_GONE = re.compile(
    r"\b(?:(?:is|are|was|were|has been|have been|got) (?:now |all |just )*(?:gone|removed|taken away)|(?:has|have)? ?disappeared)\b"
)
_LOST = re.compile(
    r"\b(?:lost|lose|losing|deleted|erased|wiped)(?: all| some| half| many| most)?(?: of)? (?:my|our|your)\s"
)
_OWNED = r"(?:my|our|the|this|that) (?P<thing>[a-z]+(?: [a-z]+)?)"
_QUESTIONS = (
    (re.compile(rf"\bwhere(?:'s| is| are) {_OWNED}\b"), "where their {thing} {be}"),
    (re.compile(rf"\bwhen (?:will|does|do|is|are|can|should) {_OWNED} (?P<deed>arrive|come|ship|be (?:delivered|shipped|here|ready|back|paid|refunded))\b"), "when their {thing} will {deed}"),
    (re.compile(rf"\bwhy (?:was|is|has|were|are|have) {_OWNED} (?:been )?(?P<deed>[a-z]+ed)\b"), "why their {thing} {was} {deed}"),
    (re.compile(rf"\bhow long (?:will|does|do|would|should|is) (?:it take for )?{_OWNED} (?:to |going to )?(?P<deed>take|arrive|come)\b"), "how long their {thing} will take"),
    (re.compile(rf"\bwhat(?:'s| is| are) {_OWNED}\b"), "what the {thing} {be}"),
)  # fmt: skip
_SYMPTOMS = {
    "crash": "crashing", "crashes": "crashing", "crashed": "crashing", "crashing": "crashing",
    "freeze": "freezing", "freezes": "freezing", "froze": "freezing", "freezing": "freezing", "frozen": "freezing",
    "lag": "lagging", "lags": "lagging", "laggy": "lagging", "lagging": "lagging",
}  # fmt: skip
_STRONGER = {
    "slow": "faster", "slower": "faster", "small": "bigger", "tiny": "bigger", "expensive": "cheaper", "pricey": "cheaper",
    "late": "on time", "confusing": "clearer", "complicated": "simpler", "loud": "quieter", "noisy": "quieter",
    "heavy": "lighter", "unclear": "clearer", "unreliable": "reliable", "inaccurate": "accurate", "short": "longer",
    "weak": "stronger", "dirty": "clean", "cold": "warm", "blurry": "sharp", "hidden": "easy to find",
}  # fmt: skip
_TOO = re.compile(
    rf"\b(?:is|are|was|were|be|been|takes|seems|feels|getting|gets|became|has become|runs|loads)(?: \w+)? (?:too|so|very|really|extremely|super|incredibly|painfully|quite|way too|pretty|a bit|rather)? ?({'|'.join(_STRONGER)})\b"
)

_SKIPPED = word_set(
    "even just also actually ever always properly really simply only still at least now then easily quickly",
    "please fully truly directly successfully correctly normally currently sometimes often usually either again",
    "anymore",
)
_ENDS = word_set(
    "because but so when while if unless until since though although and or that which who where why how as than",
    "without i we it he she they this these those there what once after before due even anymore again please plz",
    "pls thanks now you u like anyway too either though either ever yet is are was were does do did has have will",
    "would can could should can't won't don't doesn't isn't didn't cannot not rather instead except whenever",
    "wherever thru cause cuz bc without despite im i'm i've it's that's there's let's lol ugh yet",
)
_DETERMINERS = word_set(
    "the a an my our your their this his her its some any all each every more",
)
_MODIFIERS = word_set(
    "multiple new more other different same several certain own entire whole old many two three few second first",
    "last next main specific single original current full separate large big small long short better easy simple",
    "important personal previous unread most best extra additional recent right left actual individual various",
    "older newer proper particular custom every of to in on at for from by with into onto up over about off out",
    "through between under per via",
)
_PARTICLES = frozenset(["in", "out", "up", "off", "on", "back", "down", "over"])
_SOLO = word_set(
    "print unsubscribe scroll zoom undo unsend rotate sync login logout reply checkout reconnect multitask",
    "screenshot",
)
_NO_VERB = (
    STOP
    | PRAISE
    | BLAME
    | word_set(
        "believe wait say tell see know think understand help figure recommend be get go find imagine emphasize",
        "stress stop complain ask thank rate give describe agree remember seem seems guess imagine hear rely trust",
        "live begin blame care stand please keep sure app apps everything anything something nothing people explain",
        "come make take try mention speak talk express fault wrap comment happen work do done able let allow write",
        "put leave look feel deal continue add have mean assume switch return convince handle justify bother",
        "seriously wonder fix resolve solve contact report",
    )
)
_NO_NOUN = (
    STOP
    | PRAISE
    | BLAME
    | word_set(
        "thing things app apps stuff lot bit kind sort part way ways time times day days anything everything",
        "something feature features option options update updates version problem problems issue issues people person",
        "reason work working fix star stars review reviews point case place etc button phone iphone ipad device",
        "product",
    )
)
_CONTRACTED = {"my": "their", "our": "their", "your": "their", "me": "them", "us": "them", "myself": "themselves"}
_BASES = {
    "working": "work", "loading": "load", "opening": "open", "syncing": "sync", "updating": "update", "showing": "show up",
    "downloading": "download", "uploading": "upload", "sending": "send", "receiving": "receive", "playing": "play",
    "saving": "save", "connecting": "connect", "responding": "respond", "appearing": "appear", "refreshing": "refresh",
    "deleting": "delete", "printing": "print", "arriving": "arrive", "displaying": "display", "starting": "start",
    "fitting": "fit", "charging": "charge", "launching": "launch", "accepting": "accept", "recognizing": "recognize",
}  # fmt: skip
_MENDED = {
    "broken": "arrive undamaged", "damaged": "arrive undamaged", "cracked": "arrive undamaged", "late": "arrive on time",
    "wrong": "be right", "missing": "be there", "blurry": "be sharp",
}  # fmt: skip
_MENDED_IN_USE = {"broken": "work"}
_ALLOWED_AFTER_SUBJECT = word_set(
    "work load open sync update show download upload send receive play save connect respond appear refresh print",
    "arrive display start fit last recognize remember find search scroll rotate fill match charge notify ring",
    "close reload stay go deliver come accept match turn hold stick keep recognise detect render resize support",
)


_SAME = {
    "pic": "photo", "pictur": "photo", "imag": "photo", "photograph": "photo", "mail": "email", "e-mail": "email", "vid": "video",
    "doc": "document", "pdfs": "pdf", "password": "passcod", "ad": "advert", "advertisement": "advert", "parcel": "packag",
    "deliveri": "delivery", "song": "music", "refresh": "reload", "advertis": "advert", "msg": "message", "messag": "message",
}  # fmt: skip


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


def phrases(text: str) -> list[Phrase]:
    """Every phrase found in `text`, longer and shorter forms of the same one included; each at most once."""
    lowered = plain(text)
    found: dict[tuple[Frame, tuple[str, ...]], Phrase] = {}
    for reader in (_ways, _works, _stops, _haves, _backs, _knows):
        for phrase in reader(lowered):
            found.setdefault((phrase.frame, phrase.parts), phrase)
    return list(found.values())


def _ways(lowered: str) -> Iterator[Phrase]:
    for match in _CANNOT.finditer(lowered):
        tokens = _until_end(lowered[match.end() : match.end() + 120])
        if not tokens or not _is_verb(tokens[0]):
            continue
        for surface, key in _prefixes(tokens):
            yield Phrase(Frame.WAY, key, (surface,))


def _works(lowered: str) -> Iterator[Phrase]:
    for match in _FAILS.finditer(lowered):
        subject = _subject(lowered[: match.start()])
        tokens = _until_end(lowered[match.end() : match.end() + 80])
        if subject is None or not tokens or tokens[0] not in _ALLOWED_AFTER_SUBJECT:
            continue
        name, stems = subject
        yield Phrase(Frame.WORK, stems | {stem(tokens[0])}, (name, _with_particle(tokens)))
    for match in _BROKEN.finditer(lowered):
        subject = _subject(lowered[: match.start()])
        gerund, state = match.group(1) or match.group(2) or match.group(3), match.group(4)
        deed = _BASES.get(gerund or "") or _MENDED.get(state or "")
        if subject is not None and deed is not None:
            if state in _MENDED_IN_USE and not re.search(rf"\b(?:arrived|came|got)\b.{{0,20}}\b{state}\b", lowered):
                deed = _MENDED_IN_USE[state]
            yield Phrase(Frame.WORK, subject[1] | {stem(gerund or state)}, (subject[0], deed))
    for match in _TOO.finditer(lowered):
        subject = _subject(lowered[: match.start()])
        if subject is not None:
            yield Phrase(
                Frame.WORK, subject[1] | {stem(match.group(1))}, (subject[0], f"be {_STRONGER[match.group(1)]}")
            )


def _stops(lowered: str) -> Iterator[Phrase]:
    for word in lowered.split():
        symptom = _SYMPTOMS.get(word.strip(".,!?;:()"))
        if symptom:
            yield Phrase(Frame.STOP, frozenset({stem(symptom)}), ("it", symptom))
            break
    for match in _KEEPS.finditer(lowered):
        tokens = _until_end(match.group(1))
        if tokens and tokens[0] not in {
            "getting",
            "going",
            "trying",
            "having",
            "making",
            "giving",
            "saying",
            "telling",
            "being",
            "improving",
            "looking",
            "coming",
        }:
            subject = _subject(lowered[: match.start()])
            name, stems = subject if subject is not None else ("it", frozenset[str]())
            for surface, key in _prefixes(tokens, allow_solo=True):
                yield Phrase(Frame.STOP, key | stems, (name, surface))


def _haves(lowered: str) -> Iterator[Phrase]:
    for match in _LACKS.finditer(lowered):
        thing = _thing(_until_end(lowered[match.end() : match.end() + 60]))
        if thing is not None:
            yield Phrase(Frame.HAVE, thing[1], (thing[0],))


def _backs(lowered: str) -> Iterator[Phrase]:
    for match in _REMOVED.finditer(lowered):
        thing = _thing(_until_end(lowered[match.end() : match.end() + 60]), "the")
        if thing is not None:
            yield Phrase(Frame.BACK, thing[1], (thing[0],))
    for match in _GONE.finditer(lowered):
        subject = _subject(lowered[: match.start()])
        if subject is not None:
            yield Phrase(Frame.BACK, subject[1], (subject[0],))
    for match in _LOST.finditer(lowered):
        thing = _thing(_until_end(lowered[match.end() : match.end() + 40]), "")
        if thing is not None:
            yield Phrase(Frame.SAFE, thing[1], (thing[0],))


def _knows(lowered: str) -> Iterator[Phrase]:
    for pattern, form in _QUESTIONS:
        for match in pattern.finditer(lowered):
            name = match.group("thing")
            tokens = name.split()
            if any(token in STOP or token in RUDE or token in BLAME for token in tokens):
                continue
            stems = frozenset(stem(token) for token in tokens)
            deed = match.groupdict().get("deed")
            if deed:
                stems |= {stem(deed.split()[-1])}
            be = "are" if tokens[-1].endswith("s") and not tokens[-1].endswith("ss") else "is"
            yield Phrase(
                Frame.KNOW, stems, (form.format(thing=name, deed=deed, be=be, was="were" if be == "are" else "was"),)
            )


def _thing(tokens: list[str], article: str | None = None) -> tuple[str, frozenset[str]] | None:
    """The noun phrase at the start of `tokens`: at most three words, after its article (`article` where that is given)."""
    found = ""
    while tokens and tokens[0] in _DETERMINERS | {"have", "back", "support", "for", "of"}:
        found = tokens.pop(0)
    taken: list[str] = []
    for token in tokens[:4]:
        if token in {"of", "to", "in", "on", "at", "for", "from", "by", "with"}:
            break
        taken.append(token)
    while taken and (taken[-1] in _NO_NOUN or taken[-1] in _MODIFIERS):
        taken.pop()
    stems = frozenset(stem(word) for word in taken if word not in STOP and word not in _MODIFIERS)
    if not stems or len(taken) > 3 or taken[0] in _NO_VERB or any(word in RUDE for word in taken):
        return None
    if article is None:
        article = found if found in {"a", "an", "the"} else ""
    return f"{article} {' '.join(taken)}".strip(), stems


def _until_end(rest: str) -> list[str]:
    tokens: list[str] = []
    for token in _TOKEN.findall(rest):
        if token in _SKIPPED and not tokens:
            continue
        if not token[0].isalnum() or (token in _ENDS and tokens) or len(tokens) > _MOST_PHRASE_WORDS:
            break
        tokens.append(token)
    return tokens


def _is_verb(word: str) -> bool:
    if word in _NO_VERB or word in _ENDS or word in _MODIFIERS or not word.isalpha() or len(word) < 3:
        return False
    return not word.endswith(("ing", "ed", "tion", "ly")) or word in {
        "bring",
        "feed",
        "embed",
        "need",
        "mention",
        "reply",
        "apply",
        "ring",
    }


def _prefixes(tokens: Sequence[str], allow_solo: bool = False) -> Iterator[tuple[str, frozenset[str]]]:
    """Beginnings of a verb phrase that could stand alone: those that end in a noun, or in a verb that needs none."""
    verb = tokens[0]
    words = [_CONTRACTED.get(token, token) for token in tokens]
    stems = {stem(verb)}
    if allow_solo or verb in _SOLO:
        yield words[0], frozenset(stems)
    for index in range(1, len(words)):
        token = tokens[index]
        if token in RUDE:
            return
        if token in _PARTICLES and index == 1:
            stems = stems | {token}
            yield " ".join(words[: index + 1]), frozenset(stems)
        elif token not in STOP and token not in _MODIFIERS and token not in _DETERMINERS:
            stems = stems | {stem(token)}
            if token not in _NO_NOUN and not token.endswith("ly") and len(token) > 1:
                yield " ".join(words[: index + 1]), frozenset(stems)


def _with_particle(tokens: Sequence[str]) -> str:
    if tokens[0] in {"show", "fill", "open", "load"} and len(tokens) > 1 and tokens[1] == "up":
        return f"{tokens[0]} up"
    return {"go": "go away", "come": "come through", "keep": "keep up"}.get(tokens[0], tokens[0])


def _subject(before: str) -> tuple[str, frozenset[str]] | None:
    """The noun phrase at the end of `before`, with its article, if it is one that can be told."""
    tokens = _TOKEN.findall(before[-80:])
    while tokens and (tokens[-1] in _SKIPPED or tokens[-1] in {"that", "which", "still", "have", "has"}):
        tokens.pop()
    taken: list[str] = []
    while tokens and len(taken) < 3:
        token = tokens[-1]
        if not token[0].isalpha() or token in STOP or token in PRAISE or token in BLAME:
            break
        taken.insert(0, tokens.pop())
    if not taken or taken[-1] in _NO_NOUN - {"app", "button", "update", "updates", "feature", "page", "phone"}:
        return None
    if any(word in RUDE for word in taken) or len(taken[-1]) < 3:
        return None
    article = _CONTRACTED.get(tokens[-1], tokens[-1]) if tokens and tokens[-1] in _DETERMINERS else ""
    if article in {"a", "an", "this", "any", "all", "each", "every", "some", "more"}:
        article = "the" if article in {"a", "an", "this"} and not taken[-1].endswith("s") else ""
    elif not article and not taken[-1].endswith("s"):
        article = "the"
    stems = frozenset(stem(word) for word in taken if word not in _MODIFIERS)
    if not stems:
        return None
    return f"{article} {' '.join(taken)}".strip(), stems
