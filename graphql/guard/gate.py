"""How many operations are worked on at a time, and how many wait for their turn: beyond that they are refused at once.

Whoever is refused early costs next to nothing, and those who are served are served within a bounded time: as long as what
is worked on takes, and the wait before it. What needs no waiting (kept answers, look-ups of SQLite) passes the gate by.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque

from ...models.errors import Refusal

__all__ = ["SETTLED_SECONDS", "Gate", "Overloaded"]

SETTLED_SECONDS = 5.0
"""So long after the last refusal the process still counts as overloaded."""


class Overloaded(Refusal):
    """The process has as much to do as it can do in time; nothing was begun. `seconds` after which to try again."""

    code = "OVERLOADED"
    seconds = 1

    def __init__(self) -> None:
        super().__init__("The server has more to do than it can do in time. Nothing was begun: try again in a moment.")


class Gate:
    """`most` at a time; as many as `waiting` more wait, each for at most `seconds`. Belongs to one event loop.

    `subscribers` bounds the subscriptions that are open at a time.
    """

    def __init__(
        self, most: int = 128, *, waiting: int = 1_000, seconds: float = 2.0, subscribers: int = 20_000
    ) -> None:
        self._most = most
        self._most_waiting = waiting
        self._seconds = seconds
        self._most_subscribed = subscribers
        self._turns: deque[asyncio.Future[None]] = deque()
        self._refused_at = float("-inf")
        self.running = 0
        """Operations worked on."""
        self.waiting = 0
        """Operations that wait for their turn."""
        self.subscribed = 0
        """Subscriptions that are open."""
        self.refused = 0
        """Operations, subscriptions and connections that were refused."""

    @property
    def overloaded(self) -> bool:
        """Whether anything was refused lately."""
        return time.monotonic() - self._refused_at < SETTLED_SECONDS

    def refuse(self) -> Overloaded:
        """The refusal of one, which is counted."""
        self.refused += 1
        self._refused_at = time.monotonic()
        return Overloaded()

    async def enter(self) -> None:
        """Wait for a turn, which `leave` gives back. Raises Overloaded."""
        if self.running < self._most:
            self.running += 1
            return
        if self.waiting >= self._most_waiting:
            raise self.refuse()
        turn = asyncio.get_running_loop().create_future()
        self._turns.append(turn)
        self.waiting += 1
        try:
            async with asyncio.timeout(self._seconds):
                await turn
        except BaseException as error:
            if turn in self._turns:
                self._turns.remove(turn)
            elif not turn.cancelled():
                # it was handed over while its taker was cancelled
                self.leave()
            if isinstance(error, TimeoutError):
                raise self.refuse() from None
            raise
        finally:
            self.waiting -= 1

    def leave(self) -> None:
        """Hand the turn on to whoever waits longest."""
        while self._turns:
            turn = self._turns.popleft()
            if not turn.done():
                turn.set_result(None)
                return
        self.running -= 1

    def subscribe(self) -> None:
        """Count a subscription, which `unsubscribe` takes back. Raises Overloaded where there are as many as there may be."""
        if self.subscribed >= self._most_subscribed:
            raise self.refuse()
        self.subscribed += 1

    def unsubscribe(self) -> None:
        """Give the place of a subscription back: once for each that was counted."""
        self.subscribed -= 1
