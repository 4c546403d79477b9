"""Customers without their addresses, numbers and names.

What tells who a customer is, is never kept as their key: in its place stands a keyed digest (HMAC-SHA-256) of it. A plain
digest could be undone by trying known addresses. The key is made once for an installation and kept beside its data; who
brings customers into one database from several machines gives them all the same key.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from collections.abc import Callable
from functools import cached_property

__all__ = ["Pseudonyms"]

Key = Callable[[bool], bytes | None]
"""The secret; given true, it is made where there is none. None where there is none."""

_ADDRESS = re.compile(r"[^\s@<>]+@[^\s@<>]+\.[^\s@<>.]+$")
_PHONE = re.compile(r"\+[\d ()./-]{6,24}\d$")
"""With its country: other numbers are keys of customers."""
_WORD = re.compile(r"[^\W\d_]+(?:[-'’.][^\W\d_]+)*\.?$")
"""A word of letters, a hyphen or so between some."""
_SALT_BELOW = 1 << 30


class Pseudonyms:
    """The keys by which customers are known."""

    def __init__(self, key: bytes | Key) -> None:
        self._find = key

    @cached_property
    def _key(self) -> bytes | None:
        return self._find(True) if callable(self._find) else self._find

    def of(self, customer: str) -> str:
        """The key to know a customer by: a digest of an e-mail address, a phone number or a name, in any case of letters; else itself.

        A digest is its own key: to ask again changes nothing.
        """
        kind, plain = personal(customer)
        if not kind or self._key is None:
            return customer
        return f"{kind}_" + hmac.new(self._key, plain.encode(), hashlib.sha256).hexdigest()[:24]

    def salts(self) -> tuple[int, int, int]:
        """Secrets of this installation by which counts are rounded; without a key of its own, those of the moment."""
        key = self._key or secrets.token_bytes(32)
        one, two, three = (
            int.from_bytes(hmac.new(key, f"crowds {number}".encode(), hashlib.sha256).digest()[:8]) % (_SALT_BELOW - 1)
            + 1
            for number in range(3)
        )
        return one, two, three


def personal(customer: str) -> tuple[str, str]:
    """What kind of personal thing a key is ("" if none), and the form of it that is the same however it is written."""
    if "@" in customer:
        return ("mail", customer.lower()) if _ADDRESS.match(customer) else ("", customer)
    if customer.startswith("+"):
        return ("phone", "+" + re.sub(r"\D", "", customer)) if _PHONE.match(customer) else ("", customer)
    words = customer.split()
    # a key that a system makes has neither letters alone nor a space between
    if len(words) > 1 and all(map(_WORD.match, words)):
        return "name", " ".join(words).casefold()
    return "", customer
