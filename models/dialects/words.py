"""What people type into a search box."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

_TOKEN = re.compile(r'(-?)"([^"]*)"|(\S+)')


@dataclass(slots=True)
class Words:
    """A parsed query: each group of `wanted` must match by one of its terms, no term of `unwanted` may."""

    wanted: list[list[str]] = field(default_factory=list)
    unwanted: list[str] = field(default_factory=list)


def parse(text: str) -> Words:
    """Reads words, "exact phrases", -exclusions and `or` between two terms, as web search engines do. Never fails."""
    words = Words()
    either = False
    for match in _TOKEN.finditer(text):
        minus, phrase, bare = match.groups()
        if bare is not None:
            if bare.lower() == "or":
                either = bool(words.wanted)
                continue
            minus, phrase = ("-", bare[1:]) if bare.startswith("-") else ("", bare)
        if not any(letter.isalnum() for letter in phrase):
            continue
        if minus:
            words.unwanted.append(phrase)
        elif either:
            words.wanted[-1].append(phrase)
        else:
            words.wanted.append([phrase])
        either = False
    return words
