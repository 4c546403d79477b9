"""Numbers as files write them."""

from __future__ import annotations

import math
import re

_RATING = re.compile(r"(\d(?:[.,]\d+)?)\s*(?:/\s*5|out of 5|(?:of 5 )?stars?)?$", re.ASCII | re.IGNORECASE)
_DRESSING = re.compile(r"^[€$£]\s*|\s*(?:[€$£]|EUR|USD|GBP)$")
_THOUSANDS = re.compile(r"-?\d{1,3}(?:,\d{3})+(?:\.\d+)?$", re.ASCII)
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:[eE][+-]?\d{1,2})?$", re.ASCII)


LENGTH_MOST = 100
"""Characters of a number with all its dressing; what is longer is none, and is not searched for one."""


class BadNumber(ValueError):
    """Not a number, or out of its range."""


def parse_number(text: str) -> float:
    """A finite number of at least 0, with or without thousands commas or a currency. Raises BadNumber."""
    bare = _DRESSING.sub("", text.strip()) if len(text) <= LENGTH_MOST else ""
    if _THOUSANDS.match(bare):
        bare = bare.replace(",", "")
    if not _NUMBER.match(bare):
        raise BadNumber(f"'{text[:40]}' is not a number")
    number = float(bare)
    if not math.isfinite(number) or number < 0:
        raise BadNumber(f"'{text[:40]}' is not a number of at least 0")
    return number


def parse_rating(text: str) -> float:
    """Stars from 1 to 5: `4`, `4.5`, `4/5`, `4 stars` or four stars drawn. Raises BadNumber."""
    bare = text.strip() if len(text) <= LENGTH_MOST else ""
    if bare and not bare.strip("★⭐☆\ufe0f"):
        number = float(bare.count("★") + bare.count("⭐"))
    else:
        match = _RATING.match(bare)
        if match is None:
            raise BadNumber(f"'{text[:40]}' is not a rating from 1 to 5")
        number = float(match[1].replace(",", "."))
    if not 1 <= number <= 5:
        raise BadNumber(f"'{text[:40]}' is not a rating from 1 to 5")
    return number
