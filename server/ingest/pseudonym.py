"""The key under which customers' addresses, phone numbers and names become pseudonyms (`models/privacy/pseudonym.py`)."""

from __future__ import annotations

import secrets
from pathlib import Path

from ...models.privacy.pseudonym import Pseudonyms
from ..keyfile import kept_secret

__all__ = ["KEY_FILE", "Pseudonyms", "load_pseudonyms"]

KEY_FILE = "pseudonym.key"


def load_pseudonyms(data_dir: Path, key: str | None, *, write: bool = True) -> Pseudonyms:
    """Pseudonyms under the given key, else under the one kept in the data folder, made there at first need if `write`.

    Where there is none and it may not be made, under one of the moment: enough to show what becomes of a key.
    """
    if key is not None:
        return Pseudonyms(key.encode())

    def find(make: bool) -> bytes:
        kept = kept_secret(data_dir / KEY_FILE, write=make and write)
        return secrets.token_bytes(32) if kept is None else bytes.fromhex(kept)

    return Pseudonyms(find)
