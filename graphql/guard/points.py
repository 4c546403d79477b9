"""What callers may use in a time: leaky buckets of points.

An operation is charged what it could cost before anything is run, and gets back what it did not use. A bucket holds a
minute's points and leaks evenly, so that a caller may spend them at once and then has to wait.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Awaitable
from dataclasses import dataclass
from typing import Protocol

from ...models.errors import Refusal

__all__ = ["Account", "Counter", "LocalPoints", "Throttled", "cost_body"]

MINUTE = 60.0
MOST_KEYS = 20_000
"""Callers remembered; whoever came longest ago is forgotten first, whose bucket has leaked most."""


class Throttled(Refusal):
    """A caller has used up its points. `seconds` until there are enough again."""

    code = "THROTTLED"

    def __init__(self, cost: int, seconds: float) -> None:
        super().__init__(
            f"This costs {cost:,} points, more than you have left: try again in {max(seconds, 0.1):.1f} seconds, or ask for less."
        )
        self.seconds = seconds


class TooDear(Refusal):
    """An operation that no full bucket could pay."""

    code = "QUERY_TOO_COMPLEX"

    def __init__(self, cost: int, limit: int) -> None:
        super().__init__(f"This costs {cost:,} points; a minute has {limit:,}. Use smaller pages (first, last).")
        self.cost, self.limit = cost, limit


class Counter(Protocol):
    """Buckets of all callers."""

    limit: int
    """Points of a full minute."""

    def take(self, key: bytes, cost: int) -> Awaitable[None] | None:
        """Charge a caller; what has to be awaited where it is charged elsewhere. Raises (or awaiting raises) Throttled."""
        ...

    def give(self, key: bytes, points: int) -> None:
        """Give points back."""
        ...

    def holds(self, key: bytes) -> bool:
        """Whether a point may be taken from a caller at once."""
        ...

    def left(self, key: bytes) -> int:
        """Points that a caller has left now."""
        ...


class LocalPoints:
    """Buckets in this process's memory."""

    def __init__(self, limit: int, most: int = MOST_KEYS) -> None:
        self.limit = limit
        self._most = most
        self._rate = limit / MINUTE
        self._buckets: OrderedDict[bytes, tuple[float, float]] = OrderedDict()

    def _level(self, key: bytes, now: float) -> float:
        level, at = self._buckets.get(key, (0.0, now))
        return max(level - (now - at) * self._rate, 0.0)

    def take(self, key: bytes, cost: int) -> None:
        """See Counter; never waits."""
        now = time.monotonic()
        level = self._level(key, now) + cost
        if level > self.limit:
            raise Throttled(cost, (level - self.limit) / self._rate)
        self._buckets[key] = (level, now)
        self._buckets.move_to_end(key)
        if len(self._buckets) > self._most:
            self._buckets.popitem(last=False)

    def give(self, key: bytes, points: int) -> None:
        now = time.monotonic()
        self._buckets[key] = (max(self._level(key, now) - points, 0.0), now)

    def holds(self, key: bytes) -> bool:
        return self.left(key) >= 1

    def left(self, key: bytes) -> int:
        return int(self.limit - self._level(key, time.monotonic()))


@dataclass(slots=True)
class Account:
    """Who pays for one operation, and what it costs."""

    counter: Counter
    key: bytes
    cost: int = 0
    """Charged before the operation is run."""
    used: int = 0
    """What it cost in the end."""

    def charge(self, cost: int) -> Awaitable[None] | None:
        """See Counter.take. Raises TooDear where no time would do."""
        if cost > self.counter.limit:
            raise TooDear(cost, self.counter.limit)
        self.cost = self.used = cost
        return self.counter.take(self.key, cost)

    def settle(self, used: int) -> None:
        """Give back what was not used."""
        self.used = min(used, self.cost)
        if self.used < self.cost:
            self.counter.give(self.key, self.cost - self.used)


def cost_body(account: Account) -> bytes:
    """`extensions` of an answer, in JSON: what it cost, in Shopify's shape."""
    counter = account.counter
    return (
        b'"extensions":{"cost":{"requestedQueryCost":%d,"actualQueryCost":%d,"throttleStatus":'
        b'{"maximumAvailable":%d,"currentlyAvailable":%d,"restoreRate":%.3f}}}'
    ) % (account.cost, account.used, counter.limit, counter.left(account.key), counter.limit / MINUTE)
