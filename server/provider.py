"""Tokens of an identity provider: OpenID Connect, signed, meant for us, in time, and with a role.

RFC 8725 is what is followed: algorithms are named by the operator and none of them is symmetric, keys come from the
address that the operator or the provider's own discovery document names, and nothing in a token says where to look.
"""

from __future__ import annotations

import asyncio
import logging
import re
import time
import urllib.request
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import orjson

from ..models.actor import Actor
from ..models.commands.identities import member_of
from ..models.database import Database
from ..models.errors import Invalid
from ..models.team import Role
from .outward import opener
from .protocol.fault import Fault, unauthenticated
from .settings import Settings, safe_address

__all__ = ["Provider", "provider_of"]

log = logging.getLogger(__name__)

KEY_TYPES = ("RSA", "EC", "OKP")

FRESH_SECONDS = 600.0
"""Keys are asked for anew after so long: one that the provider takes back is good for no longer."""
STALE_SECONDS = 3_600.0
"""Where the provider does not answer, its last keys are good for so long."""
PAUSE_SECONDS = 15.0
"""Least time between two askings, whatever keys tokens name."""
FETCH_SECONDS = 5.0
LARGEST_ANSWER = 1 << 20
LEEWAY_SECONDS = 30
"""How far clocks may differ."""
DISCOVERY = "/.well-known/openid-configuration"
REACHED = ("token_endpoint", "revocation_endpoint")
"""What of its discovery document the page calls itself; to the others it only leads."""
ORIGIN = re.compile(r"https?://[a-z0-9.:\[\]-]{1,260}")


class ProviderAway(Exception):
    """The provider gave no keys; the message is for the log."""


@dataclass(frozen=True, slots=True)
class Claims:
    """What a good token says."""

    subject: str
    name: str
    role: Role
    until: float
    """When it ends, in seconds since the epoch."""


class Provider:
    """One issuer. Belongs to one event loop; keys are fetched on a thread."""

    def __init__(
        self,
        issuer: str,
        audience: str,
        *,
        keys_url: str = "",
        algorithms: Sequence[str] = ("RS256", "ES256"),
        role_claim: str = "roles",
        roles: Mapping[str, Role] | None = None,
        name_claim: str = "name",
    ) -> None:
        self.issuer = issuer
        self._audience = audience
        self._keys_url = keys_url
        self._algorithms = tuple(algorithms)
        self._role_claim = role_claim
        self._roles = dict(roles) if roles else {role.value: role for role in Role}
        self._name_claim = name_claim
        self._keys: list[dict[str, Any]] = []
        self._fetched = self._asked = float("-inf")
        self._lock = asyncio.Lock()
        self._elsewhere: list[str] = []
        self._told = float("-inf")
        self._telling = asyncio.Lock()
        self._opener = opener()

    async def actor(self, db: Database, token: str) -> tuple[Actor, float]:
        """The caller behind a token, and when it ends (seconds since the epoch).

        Raises Fault: 401 where it is no good, 403 where it gives no role, 503 where the provider gives no keys;
        models.errors.Busy.
        """
        claims = await self.claims(token)
        try:
            member, name = await member_of(db, self.issuer, claims.subject, claims.name)
        except Invalid:
            raise _refused("its subject cannot be kept") from None
        return Actor(member, claims.role, name), claims.until

    async def claims(self, token: str) -> Claims:
        """What a token says, once it is found good. Raises Fault."""
        import jwt  # takes memory that servers without a provider need not spend

        try:
            header = jwt.get_unverified_header(token)
        except jwt.PyJWTError:
            raise _refused("it is no signed token") from None
        algorithm, key_id = header.get("alg"), header.get("kid")
        if algorithm not in self._algorithms:
            raise _refused("its algorithm is not allowed here")
        data = await self._key(key_id, algorithm)
        try:
            claims = jwt.decode(
                token,
                jwt.PyJWK(data, algorithm),
                algorithms=[algorithm],
                audience=self._audience,
                issuer=self.issuer,
                leeway=LEEWAY_SECONDS,
                options={"require": ["exp", "iss", "aud", "sub"]},
            )
        except jwt.ExpiredSignatureError:
            raise _refused("it has expired: sign in again") from None
        except (jwt.InvalidAudienceError, jwt.InvalidIssuerError):
            raise _refused("it is meant for another server or comes from another issuer") from None
        except (jwt.PyJWTError, ValueError, TypeError):
            raise _refused("its signature or its claims are wrong") from None
        name = claims.get(self._name_claim)
        return Claims(
            claims["sub"],
            name if isinstance(name, str) else claims["sub"],
            self._role(claims),
            float(claims["exp"]) + LEEWAY_SECONDS,
        )

    def _role(self, claims: Mapping[str, Any]) -> Role:
        """The highest role that the claim gives. Raises Fault (403)."""
        value: Any = claims.get(self._role_claim)
        if value is None:
            value = claims
            for part in self._role_claim.split("."):
                value = value.get(part) if isinstance(value, dict) else None
        named = value.split() if isinstance(value, str) else value if isinstance(value, list) else []
        found = [self._roles[one] for one in named if isinstance(one, str) and one in self._roles]
        if not found:
            raise Fault(
                403,
                "FORBIDDEN",
                "Your account has no role here: ask whoever runs the identity provider to give it one.",
            )
        return max(found, key=lambda role: role.rank)

    # --- keys -----------------------------------------------------------------------------------------------------

    async def _key(self, key_id: object, algorithm: str) -> dict[str, Any]:
        """The key that a token names. Raises Fault: 401 where there is none, 503 where none can be had."""
        now = time.monotonic()
        found = self._find(key_id, algorithm)
        if found is None or now - self._fetched > FRESH_SECONDS:
            await self._refresh()
            found = self._find(key_id, algorithm)
        if time.monotonic() - self._fetched > STALE_SECONDS:
            raise Fault(
                503,
                "IDENTITY_PROVIDER_AWAY",
                "The identity provider cannot be asked for its keys: try again in a moment.",
                headers=((b"retry-after", b"%d" % PAUSE_SECONDS),),
            )
        if found is None:
            raise _refused("it is signed with a key that its issuer does not have")
        return found

    def _find(self, key_id: object, algorithm: str) -> dict[str, Any] | None:
        fitting = [key for key in self._keys if key.get("alg") in (None, algorithm)]
        if key_id is None:
            return fitting[0] if len(fitting) == 1 else None
        return next((key for key in fitting if key.get("kid") == key_id), None)

    async def _refresh(self) -> None:
        """Ask for the keys, unless somebody just did. Where they cannot be had, the last ones stay."""
        asked = self._asked
        async with self._lock:
            # whoever waited while another asked has what came of it
            if self._asked != asked or time.monotonic() - self._asked < PAUSE_SECONDS:
                return
            try:
                self._keys = await asyncio.to_thread(self._fetch)
                self._fetched = time.monotonic()
            except ProviderAway as error:
                log.warning("The identity provider gave no keys: %s", error)
            finally:
                self._asked = time.monotonic()

    def _fetch(self) -> list[dict[str, Any]]:
        url = self._keys_url or str(self._discover().get("jwks_uri", ""))
        if not safe_address(url):
            raise ProviderAway("its keys lie at an address that is not https")
        keys = self._get(url).get("keys")
        if not isinstance(keys, list):
            raise ProviderAway("it gives no list of keys")
        return [
            key
            for key in keys
            if isinstance(key, dict) and key.get("kty") in KEY_TYPES and key.get("use", "sig") == "sig"
        ]

    def _discover(self) -> dict[str, Any]:
        known = self._get(self.issuer.rstrip("/") + DISCOVERY)
        if known.get("issuer") != self.issuer:
            raise ProviderAway("its discovery document is of another issuer")
        return known

    # --- the page ---------------------------------------------------------------------------------------------------

    async def origins(self) -> tuple[str, ...]:
        """Origins that a page on which people sign in has to reach: the issuer's, and those of what it asks for tokens and for
        their revocation, which some providers have elsewhere. Where the provider is away, those that it named last."""
        now = time.monotonic()
        if now - self._told > (FRESH_SECONDS if self._elsewhere else PAUSE_SECONDS):
            async with self._telling:
                if self._told < now:
                    try:
                        known = await asyncio.to_thread(self._discover)
                        self._elsewhere = [found for one in REACHED if (found := origin_of(str(known.get(one, ""))))]
                    except ProviderAway as error:
                        log.warning("The identity provider did not tell where people sign in: %s", error)
                    finally:
                        self._told = time.monotonic()
        return tuple(dict.fromkeys(one for one in (origin_of(self.issuer), *self._elsewhere) if one))

    def _get(self, url: str) -> dict[str, Any]:
        request = urllib.request.Request(url, headers={"Accept": "application/json"})
        try:
            with self._opener.open(request, timeout=FETCH_SECONDS) as answer:
                value = orjson.loads(answer.read(LARGEST_ANSWER + 1))
        except (OSError, ValueError) as error:
            raise ProviderAway(f"{type(error).__name__} at {urlsplit(url).path}") from None
        if not isinstance(value, dict):
            raise ProviderAway(f"no JSON object at {urlsplit(url).path}")
        return value


def origin_of(url: str) -> str:
    """The origin of an address that the page may call; "" of any other."""
    parts = urlsplit(url) if safe_address(url) else None
    found = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}".lower() if parts else ""
    # it becomes a part of a policy, where a space or a semicolon would begin something else
    return found if ORIGIN.fullmatch(found) else ""


def _refused(why: str) -> Fault:
    return unauthenticated(f"The identity provider's token is no good: {why}.", presented=True)


def provider_of(settings: Settings) -> Provider | None:
    """The provider that the settings name, if any."""
    if not settings.oidc_issuer:
        return None
    return Provider(
        settings.oidc_issuer,
        settings.oidc_audience,
        keys_url=settings.oidc_keys_url,
        algorithms=settings.oidc_algorithms,
        role_claim=settings.oidc_role_claim,
        roles={name: Role(role) for name, _, role in (pair.partition("=") for pair in settings.oidc_roles)},
        name_claim=settings.oidc_name_claim,
    )
