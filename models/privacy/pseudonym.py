"""Customers without their addresses, numbers and names, and rows whose own keys hold some.

What tells who a customer is, is never kept as their key: in its place stands a keyed digest (HMAC-SHA-256) of it. A plain
digest could be undone by trying known addresses. The key is made once for an installation and kept beside its data; who
brings customers into one database from several machines gives them all the same key.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Callable
from functools import cached_property, lru_cache

from .finding import Kind
from .forenames import FORENAMES

__all__ = ["AGAIN", "Pseudonyms"]

Key = Callable[[bool], bytes | None]
"""The secret; given true, it is made where there is none. None where there is none."""

AGAIN = "+"
"""What stands in a key between a pseudonym and a number, where somebody was there twice: under the pseudonym and under what it is made of."""
LONGEST = 255
"""Characters of a key; what is longer is refused before it is kept."""
_ADDRESS = re.compile(r"[^\s@<>]+@[^\s@<>]+\.[^\s@<>.]+$")
_NAMED = re.compile(r"[^<>]*<\s*([^\s<>]+@[^\s<>]+)\s*>$")
"""An address with whose it is before it."""
_MAILTO = "mailto:"
_PHONE = re.compile(r"\+[\d ()./-]{6,24}\d$")
"""With its country: other numbers are keys of customers."""
_LETTERS = re.compile(r"[^\W\d_]+")
_PLAIN = re.compile(
    r"(?:[A-Za-z]{1,12}[-_#.]?\d{1,10}|[1-9]\d{0,9}|[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})\Z"
)
"""What systems make: no rule finds anything in these, and most keys are such."""
_MADE = re.compile(r"[a-z]+_[0-9a-f]{24}(?:\+\d+)?$")
_KINDS = {
    Kind.EMAIL: "mail",
    Kind.PHONE: "phone",
    Kind.CARD: "card",
    Kind.IBAN: "iban",
    Kind.ID: "id",
    Kind.ADDRESS: "address",
    Kind.NAME: "name",
}


class Pseudonyms:
    """The keys by which customers are known."""

    def __init__(self, key: bytes | Key) -> None:
        self._find = key

    @cached_property
    def _key(self) -> bytes | None:
        return self._find(True) if callable(self._find) else self._find

    def of(self, customer: str) -> str:
        """The key to know a customer by: a digest of an address, a number or a name, however it is written; else itself.

        A digest is its own key: to ask again changes nothing.
        """
        kind, plain = personal(customer)
        return self._digest(kind, plain) if kind and self._key is not None else customer

    def of_row(self, external_id: str) -> str:
        """The key to know a row by, which everybody sees: a digest where something personal is in it, else itself."""
        kind, _ = personal(external_id)
        # of the key as it came: two rows stay two
        return self._digest("row", external_id) if kind and self._key is not None else external_id

    def ever(self, customer: str) -> tuple[str, ...]:
        """All keys by which a customer may be known, the one of today first: what was personal was kept as it came, once."""
        keys = [self.of(customer), customer]
        if self._key is not None and customer.lower().startswith(_MAILTO):
            keys.append(self._digest("mail", customer.lower()))
        return tuple(dict.fromkeys(keys))

    def person(self, customer: str) -> str:
        """The key of today of whoever is known by this one, without the number that tells keys of one person apart."""
        key = self.of(customer)
        return key.partition(AGAIN)[0] if _MADE.match(key) else key

    def mark(self) -> str:
        """What tells this key from another one, and nothing else: 16 hexadecimal digits, none where there is no key.

        The key is looked for here if it was not before, which may block.
        """
        key = self._key
        return "" if key is None else hmac.new(key, b"mark", hashlib.sha256).hexdigest()[:16]

    def _digest(self, kind: str, plain: str) -> str:
        assert self._key is not None
        return f"{kind}_" + hmac.new(self._key, plain.encode(), hashlib.sha256).hexdigest()[:24]


def personal(customer: str) -> tuple[str, str]:
    """What kind of personal thing a key is ("" if none), and the form of it that is the same however it is written."""
    if len(customer) > LONGEST or _PLAIN.match(customer) or _MADE.match(customer):
        return "", customer
    return looked_through(customer)


@lru_cache(maxsize=4_096)
def looked_through(customer: str) -> tuple[str, str]:
    named = _NAMED.match(customer)
    key = named[1] if named else customer
    if key[: len(_MAILTO)].lower() == _MAILTO:
        key = key[len(_MAILTO) :].partition("?")[0].strip()
    if "@" in key and _ADDRESS.match(key):
        return "mail", key.lower()
    if key.startswith("+") and _PHONE.match(key):
        return "phone", "+" + re.sub(r"\D", "", key)
    same = " ".join(key.split()).casefold()
    if is_name(key):
        return "name", same
    # its patterns take a tenth of a second to make, which whoever only reads does not wait for
    from .redaction import find

    found = find(key)
    if not found:
        return "", customer
    whole = (found[0].start, found[0].end) == (0, len(key))
    return _KINDS[found[0].kind], "".join(filter(str.isalnum, same)) if whole else same


def is_name(key: str) -> bool:
    """Whether a key is made of words, as names are: one that a system makes has neither letters alone nor a space between."""
    if key.isascii() and not (" " in key or "," in key):
        return False
    words = _LETTERS.findall(key)
    if any(map(str.isdigit, key)) or "_" in key or "@" in key:
        return len(words) > 1 and any(word.casefold() in FORENAMES for word in words)
    return len(words) > 1 or any(not word.isascii() for word in words)
