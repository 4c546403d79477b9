"""Names for needs that lost theirs with an erased person: the most telling sentence of somebody else, quoted."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Collection, Mapping, Sequence

from ...models.commands import naming
from ...models.database import Database
from ...models.errors import Busy, Conflict
from ...models.need import StatementBasis
from ...models.queries import nameless
from ...models.queries.nameless import Said
from ..logs import report_error

__all__ = ["name_again", "named_again"]

log = logging.getLogger(__name__)

VOICES_MOST = 300
"""Quotes of one need that are looked at, the surest."""
TEXTS_MOST = 1_000
"""Messages that tell how things are worded and written, the latest."""
AT_ONCE = 5
"""Needs that are named while somebody waits for their erasure; the others wait for the next run."""
TIMES = 5
"""How often names are looked for where somebody else was erased meanwhile."""


async def name_again(database: Database, among: Collection[int] | None = None) -> list[int]:
    """Ids of the needs that have a name again: of all that lost theirs, or of some `among` these. Those of whom nobody else
    says anything fit to be quoted wait for a run that finds more. Raises Busy, or Conflict where people are erased all the while."""
    for _ in range(TIMES - 1):
        try:
            return await _once(database, among)
        except Conflict:
            # nothing of it is kept: it may be in the words of who is gone
            continue
    return await _once(database, among)


async def _once(database: Database, among: Collection[int] | None) -> list[int]:
    wanted = await nameless.nameless(database, among)
    if among is not None:
        wanted = wanted[:AT_ONCE]
    said = {need: some for need in wanted if (some := await nameless.said_of(database, need, VOICES_MOST))}
    if not said:
        return []
    texts = await nameless.said_of_late(database, TEXTS_MOST)
    taken = await nameless.others(database, wanted)
    names = await asyncio.to_thread(_named, said, texts, taken)
    return await naming.name_again(database, names, {one.complaint for some in said.values() for one in some})


async def named_again(database: Database, among: Collection[int] | None = None) -> None:
    """The same, where a person's words are gone already, whatever comes of it: what fails is logged, and left to the next run."""
    try:
        await name_again(database, among)
    except (Busy, Conflict):
        log.info("needs that lost their names with an erased person wait for the next run")
    except Exception as error:
        report_error(error)


def _named(
    said: Mapping[int, Sequence[Said]], texts: Sequence[str], taken: Sequence[str]
) -> dict[int, tuple[str, StatementBasis]]:
    """What each need may be called, as none of the others is."""
    # a server that sleeps has none of it
    from ...inference.signal import Kind
    from ...inference.statement import Statement, Voice, candidates
    from ...inference.wording import Wording

    wording = Wording(texts)
    senses = {Statement(text, "QUOTE", 0.0, text).sense for text in taken}
    names: dict[int, tuple[str, StatementBasis]] = {}
    for need, some in said.items():
        voices = [Voice(one.text, one.voice, Kind(one.kind), one.score, one.confidence) for one in some]
        # a sentence that was made of several is held against meanings, in a run: a quote says what it says
        options = sorted(candidates(voices, wording), key=lambda option: option.basis != "QUOTE")
        option = next((option for option in options if option.sense not in senses), None)
        if option is not None:
            senses.add(option.sense)
            names[need] = option.text, StatementBasis(option.basis)
    return names
