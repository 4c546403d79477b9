"""Secrets that tokens are made of. They are kept as digests alone."""

from __future__ import annotations

import hashlib
import secrets

__all__ = ["digest_of", "hint_of", "looks_like_secret", "new_secret"]

PREFIX = "nba_"
RANDOM_BYTES = 32
HINT_CHARACTERS = 10
LONGEST = 200


def new_secret() -> str:
    """A secret with 256 random bits."""
    return PREFIX + secrets.token_urlsafe(RANDOM_BYTES)


def digest_of(secret: str) -> str:
    """SHA-256, hexadecimal."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def hint_of(secret: str) -> str:
    """First characters, to tell tokens apart: too few to guess the rest from."""
    return secret[:HINT_CHARACTERS]


def looks_like_secret(text: str) -> bool:
    """Whether it is worth looking up."""
    return text.startswith(PREFIX) and len(text) <= LONGEST
