"""When Python looks for garbage: not while everything is imported, which makes a great many objects, all to stay, and seldom then.

Each search goes through what was made since the last one, and now and then through everything. Ten thousand subscribers are
some millions of objects: where each event began dozens of searches, they took three quarters of the time of telling it.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["no_collection", "settle"]


@contextmanager
def no_collection() -> Iterator[None]:
    """Put the search for garbage off while the block runs: a tenth of the time that imports take goes there."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


THRESHOLDS = (20_000, 20, 20)
"""Objects made, less those that went, before the youngest are searched (CPython: 700); searches of these for one of the next."""


def settle() -> None:
    """What is there now is there for good: later searches leave it out."""
    gc.freeze()
    gc.set_threshold(*THRESHOLDS)
