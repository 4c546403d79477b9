"""How something fails: it does not come, it will not go, it is slow, it crashes, it freezes, it is wrong, it got lost.

What is said of one thing lies close together however it fails, even where the one is the opposite of the other:
"notifications do not arrive" and "notifications do not go away". Whoever acts on a need must know which it is.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Sequence
from enum import Flag
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from .cold import thawed
from .signal import plain
from .vector import normalised

__all__ = ["Manner", "apart", "at_odds", "kind_of_failure", "manner"]


class Manner(Flag):
    """Ways to fail; a text may tell of several, or of none."""

    NONE = 0
    ABSENT = 1
    """It does not come, work or exist."""
    UNWANTED = 2
    """It comes, stays or goes on against one's will."""
    SLOW = 4
    CRASH = 8
    FREEZE = 16
    WRONG = 32
    LOST = 64


_NOT = r"(?:won't|wont|will not|doesn't|doesnt|does not|don't|dont|do not|didn't|did not|never|not|can't|cannot|refuses? to|fails? to|unable to)"
_ENDS = r"(?:go(?:es|ing)? away|stop(?:s|ping)?(?! (?:work|function|load))|disappear(?:s|ing)?|dismiss|clear(?:s|ing)?|leave|shut up|come off|turn off|end|expire)"
_GOES_ON = r"(?!crash|clos|shut|quit|freez|fail|hang|stop|lagg|spin|load|disconnect|los|disappear|drop|forget|get|go|try|say|tell|com|hav)\w+ing"
_TIME = r"(?:forever|ages|hours|minutes|days|weeks|eternity|(?:way )?(?:too|so) long|a (?:very |really )?long time|a while|years)"
_LONE = r"(?:me )?(?:down|out|itself|themselves|by itself|unexpectedly|immediately|on me|on its own|on their own|randomly|right away|automatically|every time|everytime|when|as soon as|after)"
_PATTERNS: Sequence[tuple[Manner, re.Pattern[str]]] = tuple(
    (way, re.compile(pattern))
    for way, pattern in (
        (
            Manner.CRASH,
            rf"\bcrash\w*|\bforce[ds]?[- ]?(?:clos|quit|stop)\w*|\b(?:app|it|program|site|just|and|then|always|immediately) (?:closes|closed|quits?|exits?|shuts?) {_LONE}\b|\bcloses (?:every ?time|whenever|when(?= i)|as soon)\b"
            rf"|\b(?:closes|quits?|exits?|shuts) (?:itself|down|by itself|on its own|on me|unexpectedly|immediately|out)\b"
            r"|\b(?:kicks?|boots?|throws?|kicked|booted|throwing|kicking) (?:me |us |you )?(?:right |back )?out\b"
            r"|\bkeeps? (?:on )?(?:closing|shutting|quitting|stopping|exiting)\b|\b(?:has|have) stopped\W*$|\bstops? unexpectedly\b|\bsegfault\w*|\bnull ?pointer\w*",
        ),
        (
            Manner.FREEZE,
            r"\b(?:freez(?:e|es|ing)|frozen?|hangs?|hung|hanging)\b(?! on to)|\bunresponsive\b|\b(?:not|stops?|stopped|doesn't|won't) respond\w*|\black? of response\b"
            r"|\block(?:s|ed)? up\b|\b(?:blank|white|black|gr[ae]y|empty) (?:\w+ )?screen\b|\bgets? stuck\b|\bis stuck\b|\bstuck (?:on|in|at|while)\b|\bkeeps? (?:loading|spinning)\b|\bendless(?:ly)? load\w*",
        ),
        (
            Manner.SLOW,
            rf"\b(?:slow(?:er|ly|s|ed|ness)?|sluggish\w*|lag(?:s|gy|ging|ged)?|delay(?:s|ed)?|late)\b|\btak(?:es?|ing) (?:\w+ ){{0,2}}{_TIME}\b|\btook (?:\w+ ){{0,2}}{_TIME}\b|\bfaster\b"
            rf"|\b(?:after|for|wait(?:ed|ing)?) {_TIME}\b",
        ),
        (
            Manner.WRONG,
            r"\b(?:wrong(?:ly)?|incorrect\w*|duplicat\w*|twice|corrupt\w*|garbled|scrambled|mixed up|out of order|inaccura\w*|mistaken\w*|upside down|misplaced|mismatch\w*|inconsistent\w*)\b",
        ),
        (
            Manner.LOST,
            r"\b(?:is|are|was|were|been|all|got|gets?) (?:now |all |just )*(?:gone|lost|erased|deleted|wiped|vanished)\b|\b(?:lost|los(?:es|ing)|deletes|deleted|erased?s?|wiped|wipes) (?:out )?(?:all|some|half|most|many)?(?: of)? ?(?:my|our|your|the entire|everything)\b"
            r"|\b(?:disappears?|disappeared|vanish(?:es|ed|ing)?|missing)\b|\b(?:is|are|keeps?|just) disappearing\b",
        ),
        (
            Manner.UNWANTED,
            rf"\b{_NOT} (?:\w+ )?{_ENDS}\b|\b(?:keeps?|kept|constantly|continuously|continually) (?:on )?{_GOES_ON}\b"
            r"|(?:^|\b(?:please|to|just|should|must)) stop (?:\w+ ){0,2}\w+ing\b|\b(?:too|so|way too) many\b"
            r"|\b(?:bombarded|flooded|spammed|overloaded|cluttered) (?:with|by)\b|\bby itself\b|\bon (?:its|their) own\b|\bforc(?:es?|ed|ing) (?:me|us|you|users|people|to)\b"
            r"|\b(?:turn(?:ing)?|switch(?:ing)?) (?:\w+ ){0,3}off\b|\b(?:disabl|disallow|deactivat|mut)(?:e|es|ing|ed)?\b|\bopt(?:ing)? out\b|\bunsubscribe\b|\b(?:don't|do not|didn't|never|not) (?:want|need|ask(?:ed)? for|wanted)\b|\bagain and again\b|\bover and over\b"
            rf"|\b(?:still|even) (?:show(?:s|ing)?|appear(?:s|ing)?|display(?:s|ing)?|there)\b|\bpop(?:s|ping)?[- ]?ups?\b|\bwithout (?:my|our|asking|permission|consent)\b"
            r"|\b(?:is|are|was|were|left (?:me|us) with|being) (?:now )?(?:the|my|our|your) only (?:option|choice|way|one|setting)\b|\bstuck with\b",
        ),
        (
            Manner.ABSENT,
            r"\b(?:can't|cannot|can not|cant|couldn't|could not|unable|inability|not able|impossible|won't|wont|will not|doesn't|doesnt|does not|don't|dont|do not|didn't|did not|isn't|isnt|aren't|wasn't|haven't|hasn't"
            r"|never|no longer|fail(?:s|ed|ing|ure)?|refuses?|stopped|not \w+ing|no|none|missing|lack(?:s|ing)?|needs?|add|wish|allow|option|ability|please|without|broken?|not|trouble|difficult\w*|how (?:do|can|to)|where (?:is|are|can|do)|want|should|would)\b",
        ),
    )
)
_NEGATION = re.compile(
    r"\b(?:no|not|never|without|doesn't|don't|didn't|won't|hasn't|isn't|any)(?: (?!stop|only)\w+)? $"
)
_TURNED = Manner.CRASH | Manner.FREEZE | Manner.SLOW | Manner.WRONG | Manner.LOST
"""What a negation before it denies."""

_AGREE = {
    Manner.ABSENT: Manner.ABSENT | Manner.LOST | Manner.WRONG | Manner.CRASH | Manner.FREEZE,
    Manner.UNWANTED: Manner.UNWANTED | Manner.WRONG,
    Manner.SLOW: Manner.SLOW | Manner.FREEZE,
    Manner.CRASH: Manner.CRASH,
    Manner.FREEZE: Manner.FREEZE,
    Manner.WRONG: Manner.WRONG | Manner.ABSENT | Manner.LOST,
    Manner.LOST: Manner.LOST | Manner.ABSENT | Manner.WRONG,
    Manner.NONE: ~Manner.NONE,
}
"""Ways to fail that a text may tell of beside what a statement says: what crashes on sending cannot be sent."""
_PLAINLY = Manner.ABSENT | Manner.LOST | Manner.WRONG
_MOST_READ = 500  # rows of a group that tell its ways: shares of more of them would be the same
_LEAST_APART = (
    0.15  # share of a group's customers who tell of one way to fail, from which they are a group of their own
)
_PARTING = (Manner.CRASH, Manner.FREEZE, Manner.SLOW, Manner.UNWANTED)


@lru_cache(maxsize=1 << 15)
def manner(text: str) -> Manner:
    """How things fail by a text. What can be said of any lack ("not", "please add") counts where nothing else is told of."""
    lowered = thawed(plain(text))
    found = Manner.NONE
    for way, pattern in _PATTERNS:
        if way is Manner.ABSENT and found & ~Manner.WRONG:
            break  # "will not go away" is no absence
        for match in pattern.finditer(lowered):
            if way not in _TURNED or not _NEGATION.search(lowered[: match.start()]):
                found |= way
                break
    return found


def kind_of_failure(text: str) -> Manner:
    """The one way to fail that parts what a text tells of from other failures of the same thing; NONE where it tells of none
    of these, or of several."""
    found = [way for way in _PARTING if way in manner(text)]
    return found[0] if len(found) == 1 else Manner.NONE


def at_odds(stated: Manner, told: Manner) -> bool:
    """Whether a text tells of other failures than those that a statement is about, and of none that goes with them."""
    allowed = Manner.NONE
    for way in stated:
        allowed |= _AGREE[way]
    return bool(stated and told) and not told & allowed


def apart(
    texts: Sequence[Sequence[str]],
    vectors: NDArray[np.float32],
    support: Callable[[Sequence[int]], int],
    least: int,
) -> list[NDArray[np.intp]]:
    """Rows parted by how the thing fails that all of them are about; one part where they do not tell of several ways.

    `texts` are those of each row and `vectors` (n, width) theirs; `support` tells how many customers stand behind rows, of
    whom a way takes `least` and a share of all. A row that tells of no such way, or was not read since there are so many, is of
    the one that it is nearest to.
    """
    rows = range(0, len(texts), -(-len(texts) // _MOST_READ) if texts else 1)
    told: dict[Manner, list[int]] = defaultdict(list)
    for row in rows:
        ways = {kind_of_failure(text) for text in texts[row]} - {Manner.NONE}
        if len(ways) == 1:
            told[ways.pop()].append(row)
        elif not ways and any(manner(text) & _PLAINLY for text in texts[row]):
            told[Manner.ABSENT].append(row)
    fewest = max(least, _LEAST_APART * support(rows))
    ways = {way: some for way, some in told.items() if support(some) >= fewest}
    if len(ways) < 2:
        return [np.arange(len(texts))]
    centres = np.stack([normalised(vectors[some].mean(axis=0, keepdims=True))[0] for some in ways.values()])
    home = (vectors @ centres.T).argmax(axis=1)
    for number, some in enumerate(ways.values()):
        home[some] = number
    return [np.flatnonzero(home == number) for number in range(len(ways))]
