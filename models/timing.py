"""What a request's time goes into, where somebody wants to know: nobody else pays for more than a look.

It travels with the task (a context variable), like who acts. What goes on in the background was often begun by a request, and
outlives it: so parts are few, and none is taken once the request has ended.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from contextvars import ContextVar
from typing import Literal

__all__ = ["PARTS_MOST", "Part", "Parts", "during", "watch"]

PARTS_MOST = 100
NOTHING = nullcontext()

Part = Literal["parse", "plan", "sql", "transaction", "walk", "complete"]


class Parts:
    """Of one request: each with its begin and its end, in seconds of `time.perf_counter`."""

    __slots__ = ("_open", "left_out", "taken")

    def __init__(self) -> None:
        self.taken: list[tuple[Part, float, float]] = []
        self.left_out = 0
        self._open = True

    def add(self, name: Part, began: float) -> None:
        """A part that ends now."""
        if not self._open:
            return
        if len(self.taken) < PARTS_MOST:
            self.taken.append((name, began, time.perf_counter()))
        else:
            self.left_out += 1

    def close(self) -> None:
        """The request has ended."""
        self._open = False


_watched: ContextVar[Parts | None] = ContextVar("parts", default=None)


def watch() -> Parts:
    """From here on in this task, parts are of a new request."""
    parts = Parts()
    _watched.set(parts)
    return parts


def during(name: Part) -> AbstractContextManager[None]:
    """What is done while it is open is a part, where somebody wants to know."""
    parts = _watched.get()
    return NOTHING if parts is None else _part(parts, name)


@contextmanager
def _part(parts: Parts, name: Part) -> Iterator[None]:
    began = time.perf_counter()
    try:
        yield
    finally:
        parts.add(name, began)
