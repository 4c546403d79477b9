"""Personal data in a text, made placeholders.

Found are e-mail addresses, phone numbers, payment cards, IBANs, national ids, postal addresses, and names where the words
around them say that they are names. Rules alone: a library tells whether a number is one (`phonenumbers`, `python-stdnum`),
the words around it whether it is meant as one. What may as well be an order number, a price, a version or a date stays.

Each step looks for a sign first (an @, a digit, a word that leads a name in) which most texts do not have, so that they
cost microseconds; the patterns are bounded, so that no text costs more than its length.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from .addresses import addresses
from .finding import Find, Kind
from .names import names, names_beside
from .numbers import numbers

__all__ = ["find", "redact", "redact_label"]

# what stands before the @ begins where no such letter stands before it: no text is gone over twice
EMAIL = re.compile(
    r"(?<![\w.+%-])\w[\w.+%'-]{0,63}(?:@| ?[\[(] ?at ?[\])] ?)"
    r"(?:[^\W_](?:[\w-]{0,62})?(?:\.| ?[\[(] ?dot ?[\])] ?| dot )){1,5}[^\W\d_]{2,24}(?![\w-])",
    re.I,
)
# the @ written out, as people do who fear machines: only with a dot written out as well
SPOKEN = re.compile(
    r"(?<![\w.+%-])\w[\w.+%'-]{1,63} at [a-z0-9-]{2,63}(?: dot [a-z0-9-]{2,63}){0,2} dot (?:com|net|org|co|uk|de|fr|io|edu)\b",
    re.I,
)
DIGIT = re.compile(r"\d")
BETWEEN = str.maketrans(
    dict.fromkeys(
        "0123456789!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~\u2018\u2019\u201c\u201d\u2026\u00ab\u00bb\u2013\u2014", " "
    )
)
"""What words end at. A split is a third of the price of a pattern."""


def find(text: str) -> list[Find]:
    """What is personal in a text, in order and apart from each other."""
    found: list[Find] = []
    if "@" in text or "(at" in text or "[at" in text or "( at" in text or "[ at" in text:
        found.extend(Find(match.start(), match.end(), Kind.EMAIL) for match in EMAIL.finditer(text))
    if " dot " in text:
        found.extend(Find(match.start(), match.end(), Kind.EMAIL) for match in SPOKEN.finditer(text))
    words = frozenset(text.lower().translate(BETWEEN).split())
    if DIGIT.search(text):
        found.extend(numbers(text, words))
        found.extend(addresses(text, words))
    found.extend(names(text, words))
    return apart(found) if found else found


def redact(text: str) -> str:
    """The text with a placeholder for everything personal that was found; the same text where nothing was."""
    return replaced(text, find(text))


def redact_label(label: str, *, whole: bool) -> str:
    """What is said beside a text, as `redact` and without names that nothing in a sentence tells: see `names_beside`."""
    return replaced(label, apart([*find(label), *names_beside(label, whole=whole)]))


def replaced(text: str, found: Sequence[Find]) -> str:
    if not found:
        return text
    parts: list[str] = []
    at = 0
    for start, end, kind in found:
        parts += (text[at:start], kind.value)
        at = end
    parts.append(text[at:])
    return "".join(parts)


def apart(found: Iterable[Find]) -> list[Find]:
    """Of finds that overlap the one that begins first, the longest of those; it grows over those that reach beyond it."""
    kept: list[Find] = []
    for one in sorted(found, key=lambda find: (find.start, -find.end)):
        if kept and one.start < kept[-1].end:
            kept[-1] = kept[-1]._replace(end=max(kept[-1].end, one.end))
        else:
            kept.append(one)
    return kept
