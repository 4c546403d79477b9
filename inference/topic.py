"""Whether a group of spans shares a lack, or merely something to talk about (a competitor's product, school)."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet

from .lack import lacks
from .lexicon import FAILURE, NEGATION, SUPERFLUOUS
from .phrase import stem
from .signal import Kind, words
from .spoken import Spoken
from .statement import MANY_VOICES, Voice, compositions, spoken_of
from .wording import Wording

__all__ = ["SEVERAL_PLAINLY", "failing", "focus", "is_need_within", "is_topic", "names_only", "said_plainly", "telling"]

_LEAST_FOCUS = 0.4  # share of a need's customers who use the words that tell it best
_LEAST_FOCUS_NAMING = 0.6  # the same where most of them name the product, which says nothing of what is lacked
_MOST_NAMING = 0.75
_FEWEST_NAMING = 30  # customers of whom such a share means anything
_LEAST_IN_COMMON = 0.025  # share of a need's customers who say the lack that most of them say alike
_LEAST_LACKING = 0.7  # share of those who use a need's own words and tell of any lack beside them
_LEAST_LACKING_LOOSE = 0.8  # the same in a group that hardly holds together
_SEVERAL = 40  # customers from which it tells something that no two of them say alike what they lack
_FEWEST_AGREEING = 2
_LEAST_AGREEING = 0.05  # share of them who say one lack alike, where customers mostly say plainly what they lack
SEVERAL_PLAINLY = 12  # customers from which it tells something there
_MOSTLY = 0.35  # share of the groups of so many in which they do, from which they mostly do
_FEWEST_GROUPS = 10  # of which such a share means anything
_MOST_READ = 200  # spans of a group that tell it
_SHARED_FAILURE = 0.3  # share of the customers who use one word of failure ("slow"), which is a lack said alike too
_LEAST_IN_COMMON_WITHIN = 0.05  # the same two for a part of a topic
_LEAST_LACKING_WITHIN = 0.55
_FEWEST_SAYING = 3  # customers who say a lack alike in a part of a topic
_FAILURE_STEMS = frozenset(stem(word) for word in FAILURE)
_FAILURE_TOLD = FAILURE - NEGATION - SUPERFLUOUS
_OWN_WORDS = 4  # words that tell a group best from all others, of which its common lack must hold one
_TELLING = 2  # of those, the ones of which a customer uses at least one to speak of the same thing


def focus(voices: Sequence[Voice], wording: Wording, apart: AbstractSet[str] = frozenset()) -> float:
    """Share of the customers, 0..1, who use at least one of the two words that tell these spans best from all others.

    Stems of `apart` are no such words.
    """
    users = {word: who for word, who in _users(voices, wording).items() if word not in apart}
    return _sharing(users, _own_words(users, wording), len({voice.customer for voice in voices}))


def telling(voices: Sequence[Voice], wording: Wording) -> str | None:
    """The stem that tells these spans best from all others; None where they share none."""
    return next(iter(_own_words(_users(voices, wording), wording)), None)


def failing(voices: Sequence[Voice]) -> bool:
    """Whether many of these customers use one word of failure ("slow"), which is a lack said alike too."""
    users: Counter[str] = Counter()
    people: dict[object, set[str]] = defaultdict(set)
    for voice in voices:  # who is locked out tells of a failure, who speaks of the lock of the screen does not
        people[voice.customer] |= {stem(word) for word in words(voice.text) if word in _FAILURE_TOLD}
    for told in people.values():
        users.update(told)
    return max(users.values(), default=0) >= _SHARED_FAILURE * len(people)


def said_plainly(groups: Iterable[Sequence[Voice]], wording: Wording) -> bool:
    """Whether these customers mostly say in so many words what they lack, so that a group which does not is no need."""
    agreeing = [
        _agree(spoken, users, own, _FEWEST_AGREEING)
        for every in groups
        for voices in [every[:: -(-len(every) // _MOST_READ)]]
        if (spoken := spoken_of(voices, wording, fewest=SEVERAL_PLAINLY)) is not None
        for users in [_users(voices, wording)]
        for own in [_own_words(users, wording)]
    ]
    return len(agreeing) >= _FEWEST_GROUPS and sum(agreeing) >= _MOSTLY * len(agreeing)


def is_topic(voices: Sequence[Voice], wording: Wording, *, loose: bool = False, plainly: bool = False) -> bool:
    """Whether many speak of one thing without lacking the same of it; False where they are too few to tell.

    It is where few share the words that tell the group best, the product's name apart, and where three signs agree: few
    say a lack alike, few use a thing and a word of lack together, and many who use the group's own words tell of no lack
    beside them. Of a `loose` group, whose spans are hardly more alike than was asked for, the last is enough. Where there are
    fewer than 100, the last must hold and no two of them say a lack alike; where customers mostly say `plainly` what they
    lack, that no two do is enough, and tells something of fewer of them.
    """
    if names_only(voices, wording):
        return True
    spoken = spoken_of(voices, wording, fewest=SEVERAL_PLAINLY if plainly else _SEVERAL)
    if spoken is None:
        return False
    users = _users(voices, wording)
    own = _own_words(users, wording)
    lacking = _lacking(voices, own)
    if spoken.people < MANY_VOICES:
        if plainly:
            return not _agree(spoken, users, own, max(_FEWEST_AGREEING, _LEAST_AGREEING * spoken.people))
        agreeing = lacking >= _LEAST_LACKING or spoken.most(frozenset(own)) >= _FEWEST_AGREEING
        return not agreeing and not compositions(voices, wording)
    if _sharing(users, own, spoken.people) < _LEAST_FOCUS:
        return True
    if loose and lacking < _LEAST_LACKING_LOOSE:
        return True
    if lacking >= _LEAST_LACKING or spoken.most(frozenset(own)) >= _LEAST_IN_COMMON * spoken.people:
        return False
    return not compositions(voices, wording)


def is_need_within(voices: Sequence[Voice], wording: Wording) -> bool:
    """Whether a part of a topic is a need after all, however few speak of it: what it is part of speaks against it."""
    spoken = spoken_of(voices, wording, fewest=1)
    assert spoken is not None
    own = _own_words(_users(voices, wording), wording)
    said = spoken.most(frozenset(own)) >= max(_FEWEST_SAYING, _LEAST_IN_COMMON_WITHIN * spoken.people)
    return said and _lacking(voices, own) >= _LEAST_LACKING_WITHIN


def names_only(voices: Sequence[Voice], wording: Wording) -> bool:
    """Whether enough customers to tell have little more in common than that they name a product."""
    names = wording.brands | wording.coined
    naming: set[object] = set()
    people: set[object] = set()
    for voice in voices:
        people.add(voice.customer)
        if not names.isdisjoint(map(stem, words(voice.text))):
            naming.add(voice.customer)
    most = len(people) >= _FEWEST_NAMING and len(naming) > _MOST_NAMING * len(people)
    return most and focus(voices, wording, wording.coined) < _LEAST_FOCUS_NAMING


def _lacking(voices: Sequence[Voice], own_words: Sequence[str]) -> float:
    """Share of the customers who use one of the two most telling words that tell of a lack beside it."""
    own = frozenset(own_words[:_TELLING])
    using: set[object] = set()
    lacking: set[object] = set()
    for voice in voices:
        found = words(voice.text)
        if own & {stem(word) for word in found}:
            using.add(voice.customer)
            if (
                voice.kind in (Kind.ASK, Kind.WISH)
                or FAILURE & set(found)
                or any(own & told.key for told in lacks(voice.text))
            ):
                lacking.add(voice.customer)
    return len(lacking) / max(1, len(using))


def _agree(spoken: Spoken, users: dict[str, set[object]], own: Sequence[str], least: float) -> bool:
    """Whether `least` customers say one lack alike, or many use one word of failure that tells the group."""
    if spoken.most(frozenset(own)) >= least:
        return True
    many = _SHARED_FAILURE * spoken.people
    return any(word in _FAILURE_STEMS and len(users[word]) >= many for word in own[:_TELLING])


def _users(voices: Sequence[Voice], wording: Wording) -> dict[str, set[object]]:
    users: dict[str, set[object]] = defaultdict(set)
    for voice in voices:
        for word in {stem(word) for word in words(voice.text) if word not in SUPERFLUOUS}:
            if word not in wording.brands and word not in wording.proper:
                users[word].add(voice.customer)
    return users


def _sharing(users: dict[str, set[object]], own: Sequence[str], people: int) -> float:
    """Share of so many people who use one of the two most telling words."""
    return len(set().union(*(users[word] for word in own[:_TELLING]))) / people


def _own_words(users: dict[str, set[object]], wording: Wording) -> list[str]:
    """The words that tell these spans best from all others, best first."""
    return sorted(users, key=lambda word: (-len(users[word]) * wording.rarity(word), word))[:_OWN_WORDS]
