"""How the work for a text grows with its length."""

from __future__ import annotations

import time
from collections.abc import Callable

TRIES = 6
TIMES_LONGER = 6
MOST_GROWTH = 15
"""Work that grows with the length grows 6-fold, with its square 36-fold."""


def linear(work: Callable[[str], object], piece: str, length: int) -> bool:
    """Whether `work` on a text made of `piece` grows about as the text of `length` code points does.

    Told by the ratio of the processor time of this thread for two lengths, not by the clock, and by the best of several
    tries: other work on the machine spoils some, but none makes work that runs away look like work that does not.
    """
    short = piece * (length // TIMES_LONGER // len(piece))
    long = short * TIMES_LONGER
    work(short)
    least_short = least_long = float("inf")
    for _ in range(TRIES):
        least_short = min(least_short, _spent(work, short))
        least_long = min(least_long, _spent(work, long))
        if least_long <= MOST_GROWTH * least_short:
            return True
    return False


def _spent(work: Callable[[str], object], text: str) -> float:
    began = time.thread_time()
    work(text)
    return time.thread_time() - began
