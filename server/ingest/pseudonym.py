"""Customers without their addresses.

An e-mail address is never kept as a customer's key: in its place stands a keyed digest (HMAC-SHA-256) of it. A plain digest
could be undone by trying known addresses. The key is made once for an installation and kept beside its data; who imports
into one database from several machines gives them all the same key.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from pathlib import Path

from ..keyfile import kept_secret

KEY_FILE = "pseudonym.key"

_ADDRESS = re.compile(r"[^\s@<>]+@[^\s@<>]+\.[^\s@<>.]+$")


class Pseudonyms:
    def __init__(self, key: bytes) -> None:
        self._key = key

    def of(self, customer: str) -> str:
        """The key to know a customer by: a digest where `customer` is an e-mail address, in any case; else itself."""
        if "@" not in customer or not _ADDRESS.match(customer):
            return customer
        return "mail_" + hmac.new(self._key, customer.lower().encode(), hashlib.sha256).hexdigest()[:24]


def load_pseudonyms(data_dir: Path, key: str | None, *, write: bool = True) -> Pseudonyms:
    """Pseudonyms under the given key, else under the one kept in the data folder, made there at first need if `write`."""
    if key is not None:
        return Pseudonyms(key.encode())
    kept = kept_secret(data_dir / KEY_FILE, write=write)
    return Pseudonyms(secrets.token_bytes(32) if kept is None else bytes.fromhex(kept))
