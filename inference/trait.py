"""What the model sees of a text beside its meaning: rules that fire, runs of its words, and runs of its syntax.

The syntax is the text with every word that is no cue put down to its kind: praise, blame, failure, a number, an ending.
"Please add a dark mode" and "Please add a wedding registry" then share nearly all they have.
"""

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from .lexicon import BLAME, FAILURE, INTENSE, NEGATION, PRAISE, STOP, word_set
from .rule import NAMES, fired, plain

__all__ = ["mood", "traits"]

_TOKEN = re.compile(r"[a-z][a-z']*|[0-9]+|[?!:]|[^\W\d_]+")
_MOST_TOKENS = 60  # of a longer text the beginning says what it does
_CUE = STOP | word_set(
    "add make allow let give bring provide include enable support implement create put offer introduce integrate build extend",
    "expand increase reduce lower remove restore return change replace move show display open release publish ship send improve",
    "simplify separate split combine merge expose use have turn set get rid drop hide stop start keep port sync list notify warn",
    "tell sort rename switch update upgrade fix fixed resolve solve help check option options feature features button way ability",
    "setting settings suggestion suggest suggestions request requests idea recommend advice advise tip propose proposal wish",
    "wishes hope hoping consider prefer improvement addition plan try avoid ask take book go walk choose skip expect save visit",
    "remember beware aware sure careful buy pay order stay look would could should must might may can will shall need needs",
    "needed want wants wanted like love great nice good better best cool helpful useful handy welcome appreciated missing lack",
    "lacks lacking without no not cannot unable impossible hard difficult find know understand finally saves saved longer used",
    "i you we they he she it me us them my your our their app site hotel staff room team developers dev devs users people",
    "customers guests anyone everyone someone somebody nobody if when while since because instead rather than worth please pls",
    "plz kindly",
)
_RULE_TRAITS = tuple(f"r:{name}" for name in NAMES)
_kinds_of_words: dict[str, str] = {}


def traits(text: str) -> list[str]:
    """Names of everything that the text shows, some more than once."""
    lowered = plain(text)
    tokens = _TOKEN.findall(lowered)[:_MOST_TOKENS]
    found = [_RULE_TRAITS[number] for number in fired(lowered, tokens)]
    kinds = ["^"]
    for token in tokens:
        kind = _kinds_of_words.get(token)
        kinds.append(kind if kind is not None else _kind(token))
    kinds.append("$")
    found.extend(_runs(kinds))
    found.extend([f"w:{token}" for token in tokens])
    found.extend([f"w:{token} {after}" for token, after in pairwise(tokens)])
    found.append(f"length:{min(8, len(tokens) // 3)}")
    feeling = mood(tokens)
    found.append(f"mood:{round(2 * feeling)}")
    found.extend(
        f"{name}:{min(3, kinds.count(sign))}" for name, sign in (("praise", "+"), ("blame", "-"), ("failure", "--"))
    )
    return found


def mood(found: Sequence[str]) -> float:
    """-1 to 1 from the words of praise, blame and failure, as `signal.sentiment` tells."""
    total = 0.0
    for index, word in enumerate(found):
        weight = 1.0 if word in PRAISE else -1.0 if word in BLAME else -0.5 if word in FAILURE else 0.0
        if not weight:
            continue
        before = found[max(0, index - 3) : index]
        if word == "like" and not fond(before):
            continue
        if before and before[-1] in INTENSE:
            weight *= 1.5
        if weight > 0 and any(other in NEGATION for other in before):
            weight *= -0.7
        total += weight
    return total / (1.0 + abs(total))


def fond(before: Sequence[str]) -> bool:
    """Whether "like" after these words is the verb."""
    return (
        bool({"i", "we", "you", "really", "also", "they", "people", "do"} & set(before[-2:])) and "would" not in before
    )


def _runs(kinds: Sequence[str]) -> Iterator[str]:
    """Runs of two to four, and pairs with a gap of one."""
    last = len(kinds) - 1
    for place in range(last):
        two = f"{kinds[place]} {kinds[place + 1]}"
        yield kinds[place]
        yield two
        if place + 2 <= last:
            three = f"{two} {kinds[place + 2]}"
            yield three
            yield f"{kinds[place]} _ {kinds[place + 2]}"
            if place + 3 <= last:
                yield f"{three} {kinds[place + 3]}"


def _kind(token: str) -> str:
    if token in _CUE or token in "?!:":
        kind = token
    elif token in PRAISE:
        kind = "+"
    elif token in BLAME:
        kind = "-"
    elif token in FAILURE:
        kind = "--"
    elif token[0].isdigit():
        kind = "#"
    else:
        kind = next((f"~{ending}" for ending in ("ing", "ed", "ly", "s") if token.endswith(ending)), "~")
    if len(_kinds_of_words) < 50_000:
        _kinds_of_words[token] = kind
    return kind
