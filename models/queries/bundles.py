"""Needs that one invention should meet together: greedy maximum coverage of distinct customers."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import NamedTuple

from ..database import Database

__all__ = ["Choice", "greedy", "suggest"]

OPEN = "'EMERGING', 'ACTIVE', 'REGRESSED'"
"""Needs that no approved invention addresses, and whose relief nobody measured."""


class Choice(NamedTuple):
    """A need that was chosen: the customers that it adds, those of all so far, and their share of all, 0 to 1."""

    need_id: int
    gain: int
    covered: int
    coverage: float


async def suggest(db: Database, most: int, segment: str | None = None) -> list[Choice]:
    """At most so many needs, in the order of choice; of one segment of customers where it is named.

    Reads each pair of need and voice once. Raises Busy.
    """
    among = "" if segment is None else " JOIN customer u ON u.id = s.voice AND u.segment = ?1"
    rows = await db.rows(
        db.sql(
            "SELECT DISTINCT s.need_id, s.voice FROM support s"
            f" JOIN need n ON n.id = s.need_id AND n.status IN ({OPEN}){among}"
        ),
        () if segment is None else (segment,),
    )
    return await asyncio.to_thread(greedy, rows, most)


def greedy(pairs: Iterable[tuple[int, int]], most: int) -> list[Choice]:
    """Choose, step by step, the need that adds the most voices to those covered, the smallest id of equals.

    It covers at least 1 - 1/e of what any choice of as many needs covers (Nemhauser, Wolsey and Fisher, 1978). What
    adds nobody is not chosen.
    """
    places: dict[int, int] = {}
    members: dict[int, list[int]] = {}
    for need, voice in pairs:
        members.setdefault(need, []).append(places.setdefault(voice, len(places)))
    # a bit for each voice: counting what a need adds is then two operations
    bits = {need: _bits(mine, len(places)) for need, mine in sorted(members.items())}
    chosen: list[Choice] = []
    covered = 0
    while len(chosen) < most and bits:
        need, gain = max(((need, (mine & ~covered).bit_count()) for need, mine in bits.items()), key=lambda one: one[1])
        if not gain:
            break
        covered |= bits.pop(need)
        count = covered.bit_count()
        chosen.append(Choice(need, gain, count, round(count / len(places), 4)))
    return chosen


def _bits(places: Iterable[int], count: int) -> int:
    packed = bytearray(count // 8 + 1)
    for place in places:
        packed[place >> 3] |= 1 << (place & 7)
    return int.from_bytes(packed, "little")
