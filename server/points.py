"""Points that several server processes count together, in the database.

A process draws points for a caller in portions and spends them by itself, so that the database is asked once for many
requests. What was drawn counts as used: together the processes never give more than there is, and may refuse a little
early where one of them holds a portion that it does not need.
"""

from __future__ import annotations

import hashlib
import time
from collections import OrderedDict
from collections.abc import Awaitable

from ..graphql.guard.points import MINUTE, MOST_KEYS, Account, Counter, LocalPoints, Throttled
from ..models.actor import Actor
from ..models.database import Database, Transaction
from ..models.errors import Busy
from ..models.fields import now_ms
from .settings import Settings

__all__ = ["Rates", "SharedPoints"]

PORTIONS = 20
"""A portion is this part of a minute's points."""
FORGET_MS = 120_000
"""A bucket that nobody drew from for so long has leaked dry."""
ALONE_SECONDS = 5.0
"""After a database that did not answer, each process counts addresses by itself for so long: asking in vain takes half a second."""


class SharedPoints:
    """Buckets in the database; see Counter."""

    def __init__(self, db: Database, limit: int) -> None:
        self.limit = limit
        self._db = db
        self._rate = limit / MINUTE
        self._portion = max(limit // PORTIONS, 1)
        # points drawn and not yet spent, until when they may be, and what the bucket had left then
        self._drawn: OrderedDict[bytes, tuple[int, float, float]] = OrderedDict()
        # what was left in a bucket that had too little, and when: it leaks no faster than that, whoever else draws
        self._scant: OrderedDict[bytes, tuple[float, float]] = OrderedDict()
        self._tidied = time.monotonic()

    def _held(self, key: bytes) -> tuple[int, float, float]:
        held = self._drawn.get(key, (0, 0.0, float(self.limit)))
        return held if held[1] > time.monotonic() else (0, 0.0, held[2])

    def take(self, key: bytes, cost: int) -> Awaitable[None] | None:
        points, until, left = self._held(key)
        if points < cost:
            if key in self._scant:
                # whoever is refused and asks all the same must not cost the database anything
                room, at = self._scant[key]
                short = cost - points - min(room + (time.monotonic() - at) * self._rate, self.limit)
                if short > 0:
                    raise Throttled(cost, short / self._rate)
            return self._draw(key, cost)
        self._drawn[key] = (points - cost, until, left)
        return None

    def give(self, key: bytes, points: int) -> None:
        held, until, left = self._held(key)
        self._drawn[key] = (held + points, until or time.monotonic() + MINUTE, left)

    def holds(self, key: bytes) -> bool:
        return self._held(key)[0] >= 1

    def left(self, key: bytes) -> int:
        points, _, left = self._held(key)
        return min(int(left) + points, self.limit)

    async def _draw(self, key: bytes, cost: int) -> None:
        name = hashlib.sha256(key).hexdigest()
        held = self._held(key)[0]

        async def work(transaction: Transaction) -> tuple[int, float]:
            now = now_ms()
            rows = await transaction.rows(
                f"SELECT level, at FROM allowance WHERE key = ?1{transaction.for_update}", (name,)
            )
            level = max(rows[0][0] - max(now - rows[0][1], 0) / 1000 * self._rate, 0.0) if rows else 0.0
            room = self.limit - level
            wanted = cost - held
            if room < wanted:
                self._scant[key] = room, time.monotonic()
                self._scant.move_to_end(key)
                if len(self._scant) > MOST_KEYS:
                    self._scant.popitem(last=False)
                raise Throttled(cost, (wanted - room) / self._rate)
            drawn = int(min(room, max(wanted, self._portion)))
            await transaction.execute(
                "INSERT INTO allowance (key, level, at) VALUES (?1, ?2, ?3)"
                " ON CONFLICT (key) DO UPDATE SET level = excluded.level, at = excluded.at",
                (name, level + drawn, now),
            )
            return drawn, room - drawn

        drawn, left = await self._db.retrying(work, quick=True)
        self._scant.pop(key, None)
        self._drawn[key] = (self._held(key)[0] + drawn - cost, time.monotonic() + MINUTE, left)
        self._drawn.move_to_end(key)
        if len(self._drawn) > MOST_KEYS:
            self._drawn.popitem(last=False)
        self._tidy()

    def _tidy(self) -> None:
        if time.monotonic() - self._tidied > MINUTE:
            self._tidied = time.monotonic()
            before = now_ms() - FORGET_MS
            self._db.aside(lambda work: work.execute("DELETE FROM allowance WHERE at < ?1", (before,)))


class Rates:
    """The limits that the settings ask for: points of each caller, requests of each address."""

    def __init__(self, settings: Settings, db: Database) -> None:
        self._points: Counter | None = None
        if settings.rate_limit:
            limit = settings.rate_limit
            self._points = SharedPoints(db, limit) if settings.rate_limit_shared else LocalPoints(limit)
        self._requests: Counter | None = None
        if settings.address_rate_limit:
            limit = settings.address_rate_limit
            self._alone = LocalPoints(limit)
            self._requests = SharedPoints(db, limit) if settings.rate_limit_shared else self._alone
        self._alone_until = 0.0
        self.hops = settings.proxy_hops
        self.looks_at_addresses = bool(settings.rate_limit or settings.address_rate_limit)

    def account(self, actor: Actor, address: str) -> Account | None:
        """Who pays for an operation: a token, a member of an identity provider, or an address."""
        if self._points is None:
            return None
        if actor.token_id is not None:
            return Account(self._points, b"token %d" % actor.token_id)
        if actor.member_id is not None:
            return Account(self._points, b"member %d" % actor.member_id)
        return Account(self._points, b"address " + address.encode())

    async def arrived(self, address: str) -> float:
        """Count a request of an address. Seconds to wait where it came too soon, else 0."""
        if self._requests is None:
            return 0.0
        key = b"requests " + address.encode()
        try:
            if time.monotonic() < self._alone_until:
                self._alone.take(key, 1)
                return 0.0
            try:
                waiting = self._requests.take(key, 1)
                if waiting is not None:
                    await waiting
            except Busy:
                # while the database is away, each process counts by itself
                self._alone_until = time.monotonic() + ALONE_SECONDS
                self._alone.take(key, 1)
        except Throttled as refusal:
            return refusal.seconds
        return 0.0

    def arrived_at_once(self, address: str) -> bool:
        """Count a request of an address, if it is taken and that can be told without waiting."""
        if self._requests is None:
            return True
        key = b"requests " + address.encode()
        if not self._requests.holds(key):
            return False
        self._requests.take(key, 1)
        return True
