"""The plural of an English noun by its spelling, for statements: irregular nouns are left to customers' own wording."""

import re

__all__ = ["is_plural", "plural"]

_HISSING = ("s", "x", "z", "ch", "sh")
_Y_AFTER_CONSONANT = re.compile(r"[^aeiou]y$")


def plural(phrase: str) -> str:
    """A phrase with its last word in the plural: "battery" -> "batteries", "gift box" -> "gift boxes"."""
    if _Y_AFTER_CONSONANT.search(phrase):
        return f"{phrase[:-1]}ies"
    return f"{phrase}es" if phrase.endswith(_HISSING) else f"{phrase}s"


def is_plural(phrase: str) -> bool:
    """Whether the last word ends as plurals do."""
    return phrase.endswith("s") and not phrase.endswith(("ss", "us", "is"))
