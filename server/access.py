"""Who is calling: an API token, one of an identity provider, or nobody, becomes an `Actor`."""

from __future__ import annotations

import asyncio
import hashlib
import re
import time
from typing import Literal

from ..models.actor import Actor
from ..models.database import Database
from ..models.queries.tokens import actor_for
from ..models.secret import looks_like_secret
from .protocol.fault import Fault, unauthenticated
from .provider import Provider

__all__ = ["CACHE_SECONDS", "NOBODY", "Access"]

CACHE_SECONDS = 5.0
"""How long a token that was found good is taken for good: a revoked one dies within this time in every process, and at once
in the one that revoked it."""

CACHE_SIZE = 1_024

NOBODY = b""
"""The key of callers without a token."""

# providers put groups and more into theirs
BEARER = re.compile(r"bearer +([A-Za-z0-9._~+/=-]{1,16384})", re.IGNORECASE)


class Access:
    """Looks up callers; keeps digests of the tokens it saw lately, never the tokens."""

    def __init__(
        self, database: Database, anonymous_role: Literal["none", "READER"], provider: Provider | None = None
    ) -> None:
        self._database = database
        self.provider = provider
        self._anonymous = Actor.anonymous() if anonymous_role == "READER" else None
        self._known: dict[bytes, tuple[Actor, float]] = {}
        self._revocations = database.revocations
        self._asked: dict[bytes, asyncio.Future[Exception | None]] = {}

    def key(self, authorization: str | None) -> bytes:
        """What `known` asks for: the digest of the token in an Authorization header, or `NOBODY`.

        Raises Fault (401) for a header that cannot hold a token, and for none where anonymous access is off.
        """
        if authorization is None or not authorization.strip():
            if self._anonymous is None:
                raise unauthenticated(
                    "A token is needed: send the header 'Authorization: Bearer <token>'.", presented=False
                )
            return NOBODY
        return hashlib.sha256(_secret(authorization).encode()).digest()

    def known(self, key: bytes) -> Actor | None:
        """The caller behind a key, where that is known without asking the database; else None."""
        if key == NOBODY:
            return self._anonymous
        if self._revocations != self._database.revocations:
            self._revocations = self._database.revocations
            self._known.clear()
        known = self._known.get(key)
        return known[0] if known is not None and known[1] > time.monotonic() else None

    async def actor(self, authorization: str | None) -> Actor:
        """The caller behind an Authorization header.

        Raises Fault: 401 for a token that is wrong, expired or revoked, and for none where anonymous access is off, 403 and
        503 as `Provider.actor`; models.errors.Busy where the database cannot be asked.
        """
        key = self.key(authorization)
        actor = self.known(key)
        if actor is not None:
            return actor
        assert authorization is not None  # nobody is always known
        # when what is known has aged, all who call with a token would ask at once: the others wait for the first one
        while (asked := self._asked.get(key)) is not None:
            fault = await asyncio.shield(asked)
            if fault is not None:
                raise fault.again() if isinstance(fault, Fault) else fault
            actor = self.known(key)
            if actor is not None:
                return actor
        asked = self._asked[key] = asyncio.get_running_loop().create_future()
        found = None
        try:
            return await self._look_up(key, authorization)
        except Exception as fault:
            found = fault
            raise
        finally:
            del self._asked[key]
            asked.set_result(found)

    async def _look_up(self, key: bytes, authorization: str) -> Actor:
        now, revocations = time.monotonic(), self._database.revocations
        secret = _secret(authorization)
        if self.provider is not None and not looks_like_secret(secret):
            actor, until = await self.provider.actor(self._database, secret)
            self._remember(key, actor, now, until - time.time())
            return actor
        actor = await actor_for(self._database, secret)
        if actor is None:
            self._known.pop(key, None)
            raise unauthenticated(
                "The token is unknown, expired or revoked: ask an administrator for a new one.", presented=True
            )
        # one that was revoked while it was looked up may have been seen before that
        if revocations == self._database.revocations:
            self._remember(key, actor, now)
        return actor

    async def unchanged(self, authorization: str | None, actor: Actor) -> bool:
        """Whether an Authorization header still stands for the same caller with the same role."""
        try:
            return await self.actor(authorization) == actor
        except Fault:
            return False

    def _remember(self, digest: bytes, actor: Actor, now: float, left: float = CACHE_SECONDS) -> None:
        self._known.pop(digest, None)
        if len(self._known) >= CACHE_SIZE:
            # dictionaries keep the order of insertion: the first is the one looked up longest ago
            del self._known[next(iter(self._known))]
        self._known[digest] = (actor, now + min(CACHE_SECONDS, left))


def _secret(authorization: str) -> str:
    """The token in a header. Raises Fault (401)."""
    match = BEARER.fullmatch(authorization.strip())
    if match is None:
        raise unauthenticated("The Authorization header must read 'Bearer <token>'.", presented=True)
    return match[1]
