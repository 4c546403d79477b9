"""What may stand in a text column.

Customers' words are kept as they came, without Unicode normalisation, so that a quote is what was said. Only what
would break a reader goes: line ends become LF, control characters other than LF and tab (NUL first among them, which
PostgreSQL cannot store) are dropped, and so is white space around the whole. Lone surrogates are refused, since they
are no characters and cannot be encoded.
"""

from __future__ import annotations

import math
import re
from functools import lru_cache

from .errors import Invalid

__all__ = ["clean", "estimate", "exact", "finite", "identifier", "label"]

LINE_END = re.compile(r"\r\n?")
# C0 without tab and LF, DEL, C1; what they meant is lost to every display
CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
ANY_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
SPACES = re.compile(r"\s+")


def clean(value: str, path: tuple[str, ...], most: int) -> str:
    """A text of 1 to `most` characters (code points) after cleaning. Raises Invalid."""
    # far too long is refused before it is worked on; dropped characters cannot be that many in earnest
    if len(value) > 2 * most:
        raise Invalid(f"The text has {len(value):,} characters; at most {most:,} are allowed.", path=path)
    encodable(value, path)
    value = CONTROL.sub("", LINE_END.sub("\n", value) if "\r" in value else value).strip()
    if not value:
        raise Invalid("The text is empty.", path=path)
    if len(value) > most:
        raise Invalid(f"The text has {len(value):,} characters; at most {most:,} are allowed.", path=path)
    return value


def identifier(value: str, path: tuple[str, ...], most: int = 255) -> str:
    """A key of another system: 1 to `most` characters, kept exactly but for white space around it. Raises Invalid."""
    value = value.strip()
    encodable(value, path)
    if not 1 <= len(value) <= most:
        raise Invalid(f"An id has 1 to {most} characters.", path=path)
    if ANY_CONTROL.search(value):
        raise Invalid("An id holds no control characters.", path=path)
    return value


@lru_cache(maxsize=2_048)
def label(value: str, path: tuple[str, ...], most: int, *, lower: bool = False) -> str:
    """A short name on one line, 1 to `most` characters, runs of white space made one space. Raises Invalid.

    Rows repeat a few names over and over, so that those found good are remembered.
    """
    if len(value) > 4 * most + 64:
        raise Invalid(f"This takes one line of 1 to {most} characters.", path=path)
    encodable(value, path)
    value = CONTROL.sub("", SPACES.sub(" ", value)).strip()
    if lower:
        value = value.lower()
    if not 1 <= len(value) <= most:
        raise Invalid(f"This takes one line of 1 to {most} characters.", path=path)
    return value


def finite(value: float, path: tuple[str, ...], least: float, most: float) -> float:
    """A number from `least` to `most`, as it is stored (see `exact`). Raises Invalid, for NaN as well."""
    if not (math.isfinite(value) and least <= value <= most):
        raise Invalid(f"The number must lie between {least:,.15g} and {most:,.15g}.", path=path)
    return exact(value)


def exact(value: float) -> float:
    """The number of 15 significant digits that is nearest.

    SQLite writes no more digits into JSON and cursors: a number of 17 would come out as another one, and the page
    after its cursor would skip or repeat rows.
    """
    return float(f"{value:.15g}")


def estimate(value: float) -> float:
    """An estimate with the six significant digits that it is kept and shown with: more would be made up."""
    return float(f"{value:.6g}")


def encodable(value: str, path: tuple[str, ...]) -> None:
    if value.isascii():
        return
    try:
        value.encode()
    except UnicodeEncodeError:
        raise Invalid(
            "The text holds half a character (a lone surrogate). Send it as valid Unicode.", path=path
        ) from None
