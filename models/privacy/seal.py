"""Texts sealed for the few who may see them: AES-256-GCM under keys of the operator's.

Several keys may be in use: the first one seals, all of them unseal. So a new key is put in front, what there is is sealed
anew under it, and the old one goes.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import NamedTuple

from ..errors import Unsealable

__all__ = ["SECRET_LEAST", "Seal", "Sealed"]

SECRET_LEAST = 32
"""Characters of a secret: below it, it could be guessed."""
NONCE_BYTES = 12


class Sealed(NamedTuple):
    """A sealed text, and which key sealed it."""

    key_id: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Key:
    """`secret` is stretched to what the cipher takes; it is random enough, so that no slow digest is needed."""

    id: str
    bytes: bytes

    @classmethod
    def of(cls, secret: str) -> Key:
        key = sha256(b"nobodyasked seal\0" + secret.encode()).digest()
        return cls(sha256(b"nobodyasked key id\0" + key).hexdigest()[:16], key)


class Seal:
    """Seals and unseals under the secrets that `load` gives, the first one first.

    It is asked when they are first needed, with True where one is to be made if there is none yet; and again where a
    text was sealed under a key that is not among them, which another process may have made meanwhile.
    """

    def __init__(self, load: Callable[[bool], Sequence[str]]) -> None:
        self._load = load
        self._keys: dict[str, Key] = {}

    def seal(self, text: str, place: Sequence[str]) -> Sealed | None:
        """The text, sealed for the `place` where alone it can be unsealed; None where there is no key."""
        key = self._first(make=True)
        if key is None:
            return None
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        nonce = os.urandom(NONCE_BYTES)
        return Sealed(key.id, nonce + AESGCM(key.bytes).encrypt(nonce, text.encode(), bound(place)))

    def unseal(self, sealed: Sealed, place: Sequence[str]) -> str:
        """The text. Raises Unsealable where its key is missing, or where it is not what was sealed for this place."""
        if sealed.key_id not in self._keys:
            self._first(make=False)
        key = self._keys.get(sealed.key_id)
        if key is None:
            raise Unsealable(
                f"The original is sealed under the key {sealed.key_id}, which this server does not have: add it to NOBODYASKED_SEAL_KEYS."
            )
        from cryptography.exceptions import InvalidTag
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        nonce, data = sealed.data[:NONCE_BYTES], sealed.data[NONCE_BYTES:]
        try:
            return AESGCM(key.bytes).decrypt(nonce, data, bound(place)).decode()
        except InvalidTag:
            raise Unsealable("The original was changed after it was sealed: it cannot be shown.") from None

    def current(self) -> str | None:
        """Id of the key that seals now; None where there is none."""
        key = self._first(make=True, anew=True)
        return None if key is None else key.id

    def _first(self, *, make: bool, anew: bool = False) -> Key | None:
        if not self._keys or not make or anew:
            self._keys = {key.id: key for key in map(Key.of, self._load(make))}
        return next(iter(self._keys.values()), None)


def bound(place: Sequence[str]) -> bytes:
    """What a sealed text is bound to, so that it cannot be put in another's place."""
    return b"".join(len(part.encode()).to_bytes(4, "big") + part.encode() for part in place)
