"""What a sentence says is lacked, as a statement about customers: "I can't print labels" -> a way to print labels.

Each kind of lack has its own sentence, and says whether what the words tell of is wanted ("a way to delete emails") or
unwanted ("emails to stop disappearing"): the same words stand in both, and only one of them can be what customers need.
"""

import re
from collections.abc import Iterator
from enum import Enum
from functools import lru_cache
from typing import NamedTuple

from .cold import thawed
from .lexicon import BLAME, PRAISE, RUDE, STOP, word_set
from .phrase import Words, deeds, stem, stems_of, thing_after, thing_before, tokens
from .signal import plain

__all__ = ["DOINGS", "PASSIVE", "Kind", "Lack", "lacks"]

_MOST_CLAUSE = 12  # words of what customers need to know


class Kind(Enum):
    """A kind of lack, and the sentence that states it."""

    DEED = "Customers need a way to {}"
    STATE = "Customers need {} to {}"
    THING = "Customers need {}"
    RETURN = "Customers need {} back"
    KNOWLEDGE = "Customers need to know {}"
    END = "Customers need {} to stop {}"
    KEPT = "Customers need {} not to get lost"
    SPARED = "Customers should not have to {}"
    FEWER = "Customers need fewer {}"
    LESS = "Customers need less {}"
    SOONER = "Customers need {} without a long wait"

    @property
    def unwanted(self) -> bool:
        """Whether the words tell of what should not be, rather than of what should."""
        return self in _UNWANTED


_UNWANTED = frozenset([Kind.END, Kind.KEPT, Kind.SPARED, Kind.FEWER, Kind.LESS])
PRODUCT = ""
"""Stands for the product itself, which is called differently from run to run."""


class Lack(NamedTuple):
    """What is lacked: its kind, what fills the kind's sentence, and the stems of the content words."""

    kind: Kind
    parts: tuple[str, ...]
    key: frozenset[str]

    def sentence(self, product: str) -> str:
        """The statement; `product` is what the product is called ("app")."""
        return self.kind.value.format(*(part if part != PRODUCT else f"the {product}" for part in self.parts))


_PEOPLE = r"(?:me|us|you|users?|people|customers|anyone|everyone)"
_FOR = r"(?:for (?:me|us|you|users|people|customers) )?"
# I can't <print labels>
_CANNOT = re.compile(
    rf"\b(?:(?:can't|cannot|cant|couldn't) (?:i|we|you)|can't|cannot|can not|cant|couldn't|could not|unable to|not able to|inability to|impossible {_FOR}to|possible {_FOR}to"
    rf"|(?:won't|doesn't|does not|will not|don't|didn't|wouldn't|never|not) (?:even )?(?:let|allow|allowing|letting|permit) {_PEOPLE}(?: to)?"
    rf"|no (?:\w+ )?(?:way|option|ability|possibility|means|button|setting|feature|chance) {_FOR}to"
    rf"|(?:way|ways|option|options|ability|possibility|setting|button|feature|chance|choice) {_FOR}to|be able to"
    rf"|(?:should|could|would|please|to|and|just|or|^) ?(?:let {_PEOPLE}(?: to)?|allow(?: {_PEOPLE})? to)"
    rf"|wish (?:that )?(?:i|we|you|it|there was a way|there were a way)(?: could| to| was able to| were able to)"
    rf"|how (?:do|can|would|could|should|am) (?:i|we|you|one)(?: supposed to)?|how to|where (?:can|do|could) (?:i|we)|(?<!if )(?:can|could|may) (?:i|we)|is it possible to"
    rf"|(?:hard|difficult|tricky|tough|harder|trouble) {_FOR}(?:to )?"
    rf"|(?<!if )(?<!whether )(?:i|we|i'd|we'd|just|really|only|still|would|who|people|users|customers) (?:would )?(?:want|wanted|need|needed|like|love|prefer|try|tried|hoping|hoped) to|(?:i'm|i am|we are|we're|when|while|^) ?trying to|can no longer)\s"
)
_BY_ANYONE = ("can't", "cannot", "can not", "cant", "couldn't", "could not", "unable", "not able", "can no longer")
_BY_PEOPLE = re.compile(
    r"(?:^|[^\w\s]|\b(?:i|we|you|users?|people|customers?|they|and|or|but|still|just|also|now|so|why|because|i'm|i am|we are|we're|been|was|am|are|is)) ?$"
)
# have to <delete emails one by one>
_MUST = re.compile(
    r"\b(?:(?:i|we|you|always|still|people|customers|users|then|and|now) (?:always |still |just |now )?(?:have|had|got|forced|having) to|having to"
    r"|(?:makes?|making|forces?|forcing|forced|requires?) (?:me|us|you|users|people) to|makes (?:me|us)"
    r"|(?:i|we) (?:really |just )?(?:don't|do not|didn't|did not|never) (?:really |even )?(?:want|like) to)\s"
)
# <notifications> don't <arrive>
_FAILS = re.compile(
    r"\b(?:won't|wont|doesn't|doesnt|does not|don't|dont|do not|didn't|did not|will not|never|no longer|fails? to|failed to|refuses? to|unable to|can't|cannot)\s"
)
_FAILING = re.compile(
    r"\b(?:(?:is|are|was|were)(?: \w+)? (?:not|no longer|never) (\w+ing)|(?:isn't|aren't|wasn't|weren't|not) (?:even |always |properly )?(\w+ing)"
    r"|(?:has |have )?stopped (\w+ing)|(?:(?:is|are|was|were|arrived|came) )?(fails|failed|fail|failing|failure|broken))\b"
)
_INTRANSITIVE = word_set(
    "work load open sync update show download upload send receive play save connect respond appear refresh print arrive display",
    "start fit last rotate fill match charge notify ring close reload stay come turn keep render resize scroll search",
)
_DONE_TO_THINGS = {  # "photos don't upload" -> photos to be uploaded
    "send": "be sent", "upload": "be uploaded", "download": "be downloaded", "receive": "be received", "save": "be saved",
    "print": "be printed", "delete": "be deleted", "accept": "be accepted", "recognize": "be recognized",
}  # fmt: skip
DOINGS = {
    "share": "sharing", "send": "sending", "delete": "deleting", "save": "saving", "open": "opening", "edit": "editing",
    "print": "printing", "attach": "attaching", "forward": "forwarding", "reply": "replying", "swipe": "swiping",
    "upload": "uploading", "download": "downloading", "sync": "syncing", "search": "searching", "login": "logging in",
    "scroll": "scrolling", "move": "moving", "rename": "renaming", "unsubscribe": "unsubscribing",
}  # fmt: skip
"""Deeds that stand for a thing: "share doesn't work"."""
PASSIVE = frozenset(_DONE_TO_THINGS.values())
_BASES = {
    "working": "work", "loading": "load", "opening": "open", "syncing": "sync", "updating": "update", "showing": "show up",
    "downloading": "download", "uploading": "upload", "sending": "send", "receiving": "receive", "playing": "play",
    "saving": "save", "connecting": "connect", "responding": "respond", "appearing": "appear", "refreshing": "refresh",
    "deleting": "delete", "printing": "print", "arriving": "arrive", "displaying": "display", "starting": "start",
    "fitting": "fit", "charging": "charge", "launching": "launch", "accepting": "accept", "recognizing": "recognize",
    "coming": "come through", "ringing": "ring", "fails": "work", "failed": "work", "fail": "work", "failing": "work",
    "failure": "work", "broken": "work",
}  # fmt: skip
# the battery <is too weak>
_OPPOSITE = {
    "slow": "faster", "slower": "faster", "small": "bigger", "tiny": "bigger", "expensive": "cheaper", "pricey": "cheaper",
    "late": "on time", "confusing": "clearer", "complicated": "simpler", "loud": "quieter", "noisy": "quieter",
    "heavy": "lighter", "unclear": "clearer", "unreliable": "reliable", "inaccurate": "accurate", "short": "longer",
    "weak": "stronger", "dirty": "clean", "cold": "warm", "blurry": "sharp", "hidden": "easy to find", "cluttered": "tidier",
    "wrong": "right", "missing": "there", "inconsistent": "consistent", "sold out": "in stock", "out of stock": "in stock",
    "unavailable": "available", "damaged": "undamaged", "cracked": "undamaged", "laggy": "faster", "sluggish": "faster",
}  # fmt: skip
_IS = re.compile(
    rf"\b(?:is|are|was|were|be|been|takes|seems|feels|getting|gets|became|has become|runs|loads|arrived|came)(?: \w+)?"
    rf"(?: (?:too|so|very|really|extremely|super|incredibly|painfully|quite|way too|pretty|a bit|rather|always|constantly))* ({'|'.join(_OPPOSITE)})\b"
)
_WORN = re.compile(
    r"\b(?:fell apart|fallen apart|torn|ripped|wore out|worn out|worn through|leaks|leaking|broke(?= after| within| in (?:a|the|two|three)|$))\b"
)
# it keeps <logging me out>
_KEEPS = re.compile(
    r"\b(?:keeps?(?: on)?|kept(?: on)?|constantly|continually|continuously|always|randomly|constant|won't stop|stop) (?=(\w+ing)\b)"
)
_DULL_DEEDS = word_set(
    "getting going trying having making giving saying telling being improving looking coming working doing using"
)
_SYMPTOMS = {
    **dict.fromkeys(["crash", "crashes", "crashed", "crashing"], "crashing"),
    **dict.fromkeys(["freeze", "freezes", "froze", "frozen", "freezing"], "freezing"),
    **dict.fromkeys(["lag", "lags", "laggy", "lagging"], "lagging"),
}
_WHEN_THEY = re.compile(
    r"\b(?:when|whenever|every ?time|each time|as soon as|if|once) (?:i|we|you) (?:(?:try|tried|attempt|want|go|am trying|are trying) to )?"
)
_MOMENTS = word_set(
    "startup start launch login logout open opening boot exit resume install update rotation rotate import export sync load"
)
_PRODUCT_STEMS = frozenset(["app", "application", "program", "sit", "websit", "gam"])
_HAPPENS = re.compile(
    r"\b(?:gets?|getting|being|got|keeps? getting) ((?!used|lost|stuck|tired|sick|discontinued|removed|forced|asked|told|charged|bored|annoyed|frustrated|confused)\w{3,}ed)\b"
)
# <photos> disappeared; lost my <photos>
_GONE = re.compile(
    r"\b(?:(?:is|are|was|were|has been|have been|got) (?:now |all |just )*(?:gone|lost|erased|deleted|wiped)|went missing|gets? lost)\b"
)
_VANISH = re.compile(r"\b(?:disappear(?:s|ed|ing)?|vanish(?:es|ed|ing)?)\b")
_LOST = re.compile(
    r"\b(?:(?:lost|loses?|losing)|(?<!i )(?<!we )(?<!i've )(?<!to )(?:deletes|deleted|erased|erases|wiped|wipes))(?: all| some| half| many| most)?(?: of)? (?:my|our|your)\s"
)
# add <dark mode>; took away <the back button>; rid of <ads>
_WANTS = re.compile(
    r"\b(?:please (?:add|include|provide|offer|support|introduce|implement|give us)|^(?:add|include|provide|implement|need|needs|support for)"
    r"|(?:should|could|would|to) (?:add|have|include|offer|provide|support)|needs? an?|lacks?|lacking|missing|add|add support for|there(?:'s| is| are) no|^no"
    r"|(?:want|wish (?:it|there|you|they) (?:had|has|was|were)|like to see|love to see|like to have|love to have|nice to have|great to have|good to have))\s"
)
# feature request: <dark theme>, as a title has it, with nothing after the thing
_REQUESTED = re.compile(
    r"^\W*(?:feature[- ]?(?:request|suggestion|idea)|feature|request|suggestion|enhancement|wish ?list|idea)s?\W*[:\]-]\W*(?:(?:please )?add )?"
    r"(?=(?:\w[\w-]*\W+){0,3}\w[\w-]*\W*$)"
)
_TAKEN = re.compile(
    r"\b(?:you removed|they removed|was removed|why (?:did you |was |would you )?remove|removed|removing|took away|taken away|takes away|got rid of"
    r"|bring back|brought back|put back|bring us back|give (?:us|me) back)\s"
)
_BACK = re.compile(
    r"\b(?:(?<!\bi )(?<!\bwe )(?<!\bto )(?<!\bcan )(?:bring|put)|give (?:us|me)|want|need) (?=(?:the|my|our|back the) (?:\w+ ){1,3}back\b)"
)
_EXCESS = re.compile(
    r"\b(?:too|so|how|way too) (?P<amount>much|many)\s|\b(?:(?:please |to )?(?:get rid of|remove|stop (?:with )?(?:the|these|showing|sending))|full of|filled with|bombarded (?:with|by)"
    r"|flooded with|tired of|sick of|annoying|intrusive|unwanted|constant|hate the) "
)
_WAITED = re.compile(
    r"\b(?:(?:still|been|am|are|be|i'm|we're|keep) waiting (?:\w+ ){0,2}?(?:for|on)|waited (?:\w+ ){0,4}?for|wait (?:\w+ ){0,3}?for)\s"
)
_MISSED = re.compile(
    r"\b(?:haven't|have not|hasn't|didn't|don't|do not|not|no longer|never|stopped|still not)(?: \w+)? (?:receive|received|receiving|get|getting|got|gotten)\s"
)
# no idea <when my parcel comes>
_UNKNOWN = re.compile(
    r"\b(?:no idea|don't know|do not know|didn't know|never know|not know|to know|can't tell|cannot tell|couldn't tell|tell me|tell us|not sure|unsure|find out"
    r"|wonder|wondering|guess|guessing|figure out|unclear|not clear|no clue|no way of knowing|explain)"
    r" (?=(?:when|where|why|whether|if|which|how (?:long|much|many|it|the|to|big|small|warm|heavy|far)|what)\b)"
)
_ASKED = re.compile(
    r"\b(when|where|why|which \w+|how (?:long|much|many|big|small|warm|often)(?: \w+)?|what (?:size|time|day|date|colour|color))"
    r"(?:'s| (is|are|was|were|will|does|do|did|has|have|can|should)) ((?:my|our|the|this|that|these|those) [a-z]+|it|they|i|we)\b([^.,;!?]*)"
)
_STATES = word_set(
    "late back here so not still on in at going coming gone missing always empty sold out there stuck due ready lost"
)
_COMING = word_set("arrive come be ship open start get take end close cost fit last work receive know expect have see")
_CLAUSE_ENDS = word_set(
    "because but so since although though cause cuz please plz pls thanks lol anymore btw instead and or that"
)
_PERSONS = {
    "my": "their", "our": "their", "your": "the", "me": "them", "us": "them", "i": "they", "we": "they", "you": "they", "i'm": "they are",
    "we're": "they are", "i've": "they have", "we've": "they have", "i'll": "they will", "we'll": "they will", "am": "are",
}  # fmt: skip
_OTHERS = word_set("you he she him her his hers himself herself said told")
_LOOSE = word_set(
    "a an the my our your their of to in on at for from with by and or is are was were be if when that this as than"
)


_MARKS = str.maketrans("", "", '"“”')  # a word between them is a word of the sentence all the same


@lru_cache(maxsize=1 << 14)
def lacks(text: str) -> tuple[Lack, ...]:
    """Everything that `text` says is lacked, in longer and shorter forms; each at most once."""
    lowered = thawed(plain(text).translate(_MARKS))
    found: dict[tuple[Kind, tuple[str, ...]], Lack] = {}
    for reader in (_deeds, _states, _ends, _losses, _things, _knowledge):
        for lack in reader(lowered):
            if lack.key:
                found.setdefault((lack.kind, lack.parts), lack)
    return tuple(found.values())


def _deeds(lowered: str) -> Iterator[Lack]:
    for kind, pattern in ((Kind.DEED, _CANNOT), (Kind.SPARED, _MUST)):
        for match in pattern.finditer(lowered):
            if match[0].startswith(_BY_ANYONE) and not _BY_PEOPLE.search(lowered[: match.start()]):
                continue  # "it can't show"
            for deed in deeds(lowered[match.end() :]):
                if kind is Kind.SPARED and deed.key & _PRODUCT_STEMS:
                    continue  # "reopen the app": what somebody tried against it
                got = _got(deed) if kind is Kind.DEED else None
                if got is not None:
                    yield got
                    continue
                yield Lack(kind, (deed.text,), deed.key)


def _got(deed: Words) -> Lack | None:
    """The thing that is lacked where a deed is to get or have it: "get dark mode"."""
    verb, _, rest = deed.text.partition(" ")
    thing = thing_after(rest) if verb in {"get", "have"} else None
    if thing is None or len(thing.key) < 2 or thing.text != rest:
        return None
    return Lack(Kind.THING, (thing.text,), thing.key)


def _states(lowered: str) -> Iterator[Lack]:
    for match in _FAILS.finditer(lowered):
        thing = thing_before(lowered[: match.start()])
        if thing is None:
            continue
        rest = lowered[match.end() :]
        verb = next((word for word in tokens(rest[:40]) if word not in {"even", "always", "properly", "ever"}), "")
        leaving = re.match(r"(?:\w+ )?(go away|disappear|stop(?!\w| \w+ing))", rest)
        if leaving:
            yield _state(thing, Words(leaving[1], frozenset({stem(leaving[1].split()[-1])})))
        if verb in _INTRANSITIVE:
            shown = {"show": "show up", "come": "come through", "turn": "turn on", "keep": "keep up", "stay": "stay on"}
            yield _state(thing, Words(shown.get(verb, verb), frozenset({stem(verb)})))
        for deed in deeds(rest):
            yield _state(thing, deed)
    for match in _FAILING.finditer(lowered):
        thing = thing_before(lowered[: match.start()])
        told = next(group for group in match.groups() if group)
        if thing is not None and told in _BASES:
            yield _state(thing, Words(_BASES[told], frozenset({stem(told)})))
    for match in _IS.finditer(lowered):
        thing = thing_before(lowered[: match.start()])
        said = stems_of(match.group(1).split())
        if thing is not None and thing.key.isdisjoint(said):  # "the slow app is slow"
            yield _state(thing, Words(f"be {_OPPOSITE[match.group(1)]}", said))
    for match in _WORN.finditer(lowered):
        thing = thing_before(lowered[: match.start()])
        if thing is not None:
            yield _state(thing, Words("last", frozenset({"last"})))


def _state(thing: Words, deed: Words) -> Lack:
    article, _, bare = thing.text.rpartition(" ")
    if article in {"", "the", "their"} and bare in DOINGS:  # "share doesn't work"
        thing = Words(DOINGS[bare], thing.key)
    if article == "their" and stem(bare) in _PRODUCT_STEMS:  # there is but one
        thing = Words(f"the {bare}", thing.key)
    if deed.text in _DONE_TO_THINGS:
        deed = Words("work" if deed.key <= thing.key else _DONE_TO_THINGS[deed.text], deed.key)
    return Lack(Kind.STATE, (thing.text, deed.text), thing.key | deed.key)


def _ends(lowered: str) -> Iterator[Lack]:
    for word in tokens(lowered):
        if word in _SYMPTOMS:
            symptom = _SYMPTOMS[word]
            yield Lack(Kind.END, (PRODUCT, symptom), frozenset({stem(symptom)}))
            for circumstance in _circumstances(lowered, word):
                yield Lack(Kind.END, (PRODUCT, f"{symptom} {circumstance.text}"), circumstance.key | {stem(symptom)})
            break
    for match in _KEEPS.finditer(lowered):
        if match.group(1) in _DULL_DEEDS:
            continue
        thing = thing_before(lowered[: match.start()])
        for deed in deeds(lowered[match.end() :], gerund=True):
            yield Lack(
                Kind.END,
                (thing.text if thing else PRODUCT, deed.text),
                deed.key | (thing.key if thing else frozenset()),
            )
    for match in _HAPPENS.finditer(lowered):
        thing = thing_before(lowered[: match.start()].removesuffix("are ").removesuffix("is "))
        if thing is not None:
            done = match.group(1)
            yield Lack(Kind.END, (thing.text, f"being {done}"), thing.key | {stem(done)})


def _circumstances(lowered: str, symptom: str) -> Iterator[Words]:
    """When it is that something fails: "when they open attachments", "when sharing links", "on startup"."""
    for match in _WHEN_THEY.finditer(lowered):
        for deed in deeds(lowered[match.end() :]):
            if not deed.text.startswith(("open ", "use ", "start ", "launch ")) or len(deed.key - _PRODUCT_STEMS) > 1:
                yield Words(f"when they {deed.text}", deed.key)
    for match in re.finditer(rf"\b{symptom} (?:\w+ )?(when|while|on|after|during|upon) ", lowered):
        rest = lowered[match.end() :]
        for deed in deeds(rest, gerund=True):
            yield Words(f"when {deed.text}", deed.key)
        thing = thing_after(rest) if match[1] in {"on", "during", "after", "upon"} else None
        happens = thing is not None and (match[1] != "on" or thing.text.split()[-1] in _MOMENTS)
        if thing is not None and happens and not thing.text.startswith("open"):
            yield Words(f"{match[1]} {thing.text}", thing.key)


def _losses(lowered: str) -> Iterator[Lack]:
    for match in _GONE.finditer(lowered):
        thing = thing_before(lowered[: match.start()])
        if thing is not None:
            yield Lack(Kind.KEPT, (thing.text,), thing.key)
            yield Lack(Kind.RETURN, (thing.text,), thing.key)
    for match in _VANISH.finditer(lowered):
        thing = thing_before(lowered[: match.start()])
        if thing is not None:
            yield Lack(Kind.END, (thing.text, "disappearing"), thing.key | {"disappear"})
    for match in _LOST.finditer(lowered):
        thing = thing_after(lowered[match.end() :], "their")
        if thing is not None:
            yield Lack(Kind.KEPT, (thing.text,), thing.key)
    for match in _TAKEN.finditer(lowered):
        thing = thing_after(lowered[match.end() :], "the")
        if thing is not None:
            yield Lack(Kind.RETURN, (thing.text,), thing.key)
    for match in _BACK.finditer(lowered):
        thing = thing_after(re.sub(r" back\b.*", "", lowered[match.end() :]), "the")
        if thing is not None:
            yield Lack(Kind.RETURN, (thing.text,), thing.key)


def _things(lowered: str) -> Iterator[Lack]:
    for match in (*_WANTS.finditer(lowered), *_REQUESTED.finditer(lowered)):
        thing = thing_after(lowered[match.end() :])
        if thing is not None:
            yield Lack(Kind.THING, (thing.text,), thing.key)
    for match in _EXCESS.finditer(lowered):
        thing = thing_after(lowered[match.end() :], "")
        if thing is None:
            continue
        several = thing.text.endswith("s") and not thing.text.endswith("ss")
        if several or match["amount"] == "much":
            yield Lack(Kind.FEWER if several else Kind.LESS, (thing.text,), thing.key)
    for match in _MISSED.finditer(lowered):
        owner = re.match(r"(my|our|the|any) ", lowered[match.end() :])
        thing = thing_after(lowered[match.end() :], "their" if owner and owner[1] in {"my", "our"} else None)
        if thing is not None and (owner or thing.text.endswith("s")):
            yield _state(thing, Words("arrive", frozenset({"receiv"})))
    for match in _WAITED.finditer(lowered):
        owner = re.match(r"(my|our|the|an?) ", lowered[match.end() :])
        thing = thing_after(lowered[match.end() :], "their" if owner else "")
        if thing is not None and (owner or thing.text.endswith("s")):
            yield Lack(Kind.SOONER, (thing.text,), thing.key)


def _knowledge(lowered: str) -> Iterator[Lack]:
    for match in _UNKNOWN.finditer(lowered):
        clause = _clause(tokens(lowered[match.end() : match.end() + 120]))
        if clause and clause[0] == "if":
            clause[0] = "whether"
        yield from _known(clause, 4)
    for match in _ASKED.finditer(lowered):
        yield from _known(_told(match), 3)


def _told(match: re.Match[str]) -> list[str]:
    """A question turned into what is to be known: "when will my parcel arrive" -> "when my parcel will arrive"."""
    word, verb, subject, rest = match[1], match[2] or "is", match[3], match[4]
    tail = _clause(tokens(rest))
    if verb in {"do", "does", "did"}:
        if not tail:
            return []
        if verb == "did":
            return [*word.split(), *subject.split(), "did", *tail]
        ending = "s" if verb == "does" and not subject.endswith("s") else ""
        return [*word.split(), *subject.split(), tail[0] + ending, *tail[1:]]
    if verb in {"will", "can", "should"} and (not tail or tail[0] not in _COMING):
        return []
    named = tail and not tail[0].endswith(("ing", "ed")) and tail[0] not in _STATES
    if verb in {"is", "are", "was", "were"} and named:
        return [] if len(tail) > 1 else [*word.split(), *subject.split(), *tail, verb]
    return [*word.split(), *subject.split(), verb, *tail]


def _clause(found: list[str]) -> list[str]:
    taken: list[str] = []
    for token in found:
        if not token[0].isalnum() or (token in _CLAUSE_ENDS and taken):
            break
        taken.append(token)
    return taken


def _known(clause: list[str], fewest: int) -> Iterator[Lack]:
    while clause and clause[-1] in _LOOSE - {"is", "are"}:
        clause = clause[:-1]
    if len(clause) > 1 and clause[0] == "why" and clause[1] not in {"my", "our"}:  # a reproach rather than a question
        return
    rude_or_odd = any(token in RUDE or token in _OTHERS or any(map(str.isdigit, token)) for token in clause)
    if not fewest <= len(clause) <= _MOST_CLAUSE or rude_or_odd:
        return
    key = frozenset(stem(token) for token in clause if token not in STOP and token not in PRAISE and token not in BLAME)
    key |= {stem(clause[0])} if key else frozenset()
    yield Lack(
        Kind.KNOWLEDGE,
        (" ".join(_PERSONS.get(token, token) for token in clause).replace("they was", "they were"),),
        key,
    )
