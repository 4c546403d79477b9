"""Who is calling: an API token, or nobody, becomes an `Actor`."""

from __future__ import annotations

import hashlib
import re
import time
from typing import Literal

from ..models.actor import Actor
from ..models.database import Database
from ..models.queries.tokens import actor_for
from .protocol.fault import Fault, unauthenticated

__all__ = ["CACHE_SECONDS", "Access"]

CACHE_SECONDS = 5.0
"""How long a token that was found good is taken for good: a revoked one dies within this time in every process."""

CACHE_SIZE = 1_024

BEARER = re.compile(r"bearer +([A-Za-z0-9._~+/=-]{1,200})", re.IGNORECASE)


class Access:
    """Looks up callers; keeps digests of the tokens it saw lately, never the tokens."""

    def __init__(self, database: Database, anonymous_role: Literal["none", "READER"]) -> None:
        self._database = database
        self._anonymous = Actor.anonymous() if anonymous_role == "READER" else None
        self._known: dict[bytes, tuple[Actor, float]] = {}

    def known(self, authorization: str | None) -> Actor | None:
        """The caller behind an Authorization header, where that is known without asking the database; else None.

        Raises Fault (401) for a header that cannot hold a token, and for none where anonymous access is off.
        """
        secret = self._secret(authorization)
        if secret is None:
            return self._anonymous
        known = self._known.get(_digest(secret))
        return known[0] if known is not None and known[1] > time.monotonic() else None

    async def actor(self, authorization: str | None) -> Actor:
        """The caller behind an Authorization header.

        Raises Fault (401) for a token that is wrong, expired or revoked, and for none where anonymous access is off;
        models.errors.Busy where the database cannot be asked.
        """
        actor = self.known(authorization)
        if actor is not None:
            return actor
        secret = self._secret(authorization)
        assert secret is not None  # nobody is always known
        now = time.monotonic()
        actor = await actor_for(self._database, secret)
        if actor is None:
            self._known.pop(_digest(secret), None)
            raise unauthenticated(
                "The token is unknown, expired or revoked: ask an administrator for a new one.", presented=True
            )
        self._remember(_digest(secret), actor, now)
        return actor

    def _secret(self, authorization: str | None) -> str | None:
        """The token in a header; None where there is none and nobody may come in. Raises Fault (401)."""
        if authorization is None or not authorization.strip():
            if self._anonymous is None:
                raise unauthenticated(
                    "A token is needed: send the header 'Authorization: Bearer <token>'.", presented=False
                )
            return None
        match = BEARER.fullmatch(authorization.strip())
        if match is None:
            raise unauthenticated("The Authorization header must read 'Bearer <token>'.", presented=True)
        return match[1]

    async def unchanged(self, authorization: str | None, actor: Actor) -> bool:
        """Whether an Authorization header still stands for the same caller with the same role."""
        try:
            return await self.actor(authorization) == actor
        except Fault:
            return False

    def _remember(self, digest: bytes, actor: Actor, now: float) -> None:
        self._known.pop(digest, None)
        if len(self._known) >= CACHE_SIZE:
            # dictionaries keep the order of insertion: the first is the one looked up longest ago
            del self._known[next(iter(self._known))]
        self._known[digest] = (actor, now + CACHE_SECONDS)


def _digest(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()
