"""What people decided, as a correction of what inference states.

Who decides picks what to decide on: who dismisses what is wrong and passes over the rest would make everything seem wrong. What
counts is therefore what was read through: of a list that is not ordered by what is right, its front, where nearly everything
is decided. The lists are those that people read: the evidence of a need, surest first; all evidence by lot; and the needs, those
of most customers first.
"""

from __future__ import annotations

from bisect import bisect_right, insort
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import orjson

from ...inference.correction import AS_STATED, NEEDS_LIKE_LINKS, SURPRISE, Correction, Decided, corrected
from ...models.commands.findings import FoundLink, NeedDraft, RunFindings
from ...models.database import Database
from ...models.queries import decisions
from ...models.queries.decisions import LinkRow, NeedRow

__all__ = ["Corrections", "corrections", "read_through"]

NEARLY_ALL = 0.8
"""Share of what was there, when it was decided, that makes a list read through as far as that."""
LEAST_OF_NEED = 5
LEAST_BY_LOT = 20
LEAST_NEEDS = 5
MOST_DRAWN = 5_000
NOTICED = 0.005
"""By how much what is stated has to move for all that was stated before to be stated anew, which writes every link."""
USUALLY_STATED = (0.5, 0.7, 0.85, 0.95)


class Corrections(NamedTuple):
    """How what is stated of links, of what needs take in, and of needs is corrected, and by how many decisions each."""

    links: Correction = AS_STATED
    placed: Correction = AS_STATED
    needs: Correction = AS_STATED
    by: tuple[int, int, int] = (0, 0, 0)

    @classmethod
    def unpacked(cls, text: str | None) -> Corrections:
        """What `packed` gave, as JSON text."""
        told = orjson.loads(text) if text else None
        if not told:
            return cls()
        three = [told[name] for name in ("links", "placed", "needs")]
        links, placed, needs = (Correction(one["shift"], one["stretch"]) for one in three)
        return cls(links, placed, needs, (three[0]["decided"], three[1]["decided"], three[2]["decided"]))

    def packed(self) -> dict[str, Any]:
        """For the record of a run."""
        return {
            name: {"shift": one.shift, "stretch": one.stretch, "decided": count}
            for name, one, count in zip(("links", "placed", "needs"), self[:3], self.by, strict=True)
        }

    def held_to(self, before: Corrections) -> Corrections:
        """These, but what is not noticed beside those of before as it was; by as many decisions."""
        links, placed, needs = (old if _alike(old, new) else new for old, new in zip(before[:3], self[:3], strict=True))
        return Corrections(links, placed, needs, self.by)

    def link(self, stated: float, *, placed: bool) -> tuple[float, float | None]:
        """The confidence of a link, and what was stated where that is another."""
        return _both(self.placed if placed else self.links, stated)

    def need(self, stated: float) -> tuple[float, float | None]:
        """The same of a need."""
        return _both(self.needs, stated)

    def draft(self, need: NeedDraft) -> NeedDraft:
        """A need that was just found, and its links."""
        sure, stated = self.need(need.confidence)
        return replace(need, confidence=sure, uncorrected=stated, links=self._links(need.links, placed=False))

    def findings(self, found: RunFindings) -> RunFindings:
        """What a run found. What one that adds gives to needs that are there was taken in by them."""
        return replace(
            found,
            needs=[self.draft(need) for need in found.needs],
            additions=[
                replace(addition, links=self._links(addition.links, placed=found.adds)) for addition in found.additions
            ],
        )

    def again(self, kind: str, stated: Sequence[float]) -> list[float]:
        """Confidences of what was stated before, of a kind: `links`, `placed` or `needs`."""
        return {"links": self.links, "placed": self.placed, "needs": self.needs}[kind].of(stated)

    def _links(self, links: Sequence[FoundLink], *, placed: bool) -> list[FoundLink]:
        some = []
        for link in links:
            taken = placed or link.placed
            sure, stated = self.link(link.confidence, placed=taken)
            some.append(replace(link, confidence=sure, uncorrected=stated, placed=taken))
        return some


def _alike(one: Correction, other: Correction) -> bool:
    return all(
        abs(here - there) < NOTICED
        for here, there in zip(one.of(USUALLY_STATED), other.of(USUALLY_STATED), strict=True)
    )


def _both(correction: Correction, stated: float) -> tuple[float, float | None]:
    (sure,) = correction.of([stated])
    return (sure, stated) if sure != stated else (stated, None)


async def corrections(database: Database) -> Corrections:
    """What all decisions until now say together."""
    decided = await decisions.decided(database)
    by_need: dict[int, dict[bool, list[LinkRow]]] = defaultdict(lambda: {False: [], True: []})
    for row in await decisions.beside(database, LEAST_OF_NEED) if decided >= LEAST_OF_NEED else []:
        by_need[row.need_id][row.placed].append(row)
    counted: dict[int, LinkRow] = {}
    verdicts: dict[int, bool] = {}
    for need, lists in by_need.items():
        # what was found and what was placed are corrected apart, so that one may have passed the other since it was read:
        # of either the order stays, and the front of what was read is a front of both
        front = [row for rows in lists.values() for row in _decided(rows, 1)]
        if len(front) >= LEAST_OF_NEED:
            counted |= {row.id: row for row in front}
            verdicts[need] = _holds(front)
    lots = await decisions.drawn(database, min(MOST_DRAWN, 2 * decided)) if decided >= LEAST_BY_LOT else []
    counted |= {row.id: row for row in _decided(lots, LEAST_BY_LOT)}
    # who decided nothing of links may have spoken of needs all the same
    return _fitted(list(counted.values()), await decisions.needs(database), verdicts)


def _fitted(links: Sequence[LinkRow], needs: Sequence[NeedRow], verdicts: Mapping[int, bool]) -> Corrections:
    pairs: dict[bool, list[Decided]] = {False: [], True: []}
    for row in sorted(links):
        pairs[row.placed].append(Decided(row.stated, row.accepted, row.need_id))
    front = read_through([(0, None if need.right is None else 0) for need in needs], LEAST_NEEDS)
    told = {needs[place].id: needs[place].right is True for place in front}
    of_needs = {**verdicts, **told}
    wholes = [Decided(need.stated, of_needs[need.id], need.id) for need in needs if need.id in of_needs]
    of_links = corrected(pairs[False], SURPRISE["links"])
    return Corrections(
        of_links,
        corrected(pairs[True], SURPRISE["placements"]),
        corrected(wholes, SURPRISE["needs"], of_links.part(NEEDS_LIKE_LINKS)),
        (len(pairs[False]), len(pairs[True]), len(wholes)),
    )


def _decided(rows: Sequence[LinkRow], least: int) -> list[LinkRow]:
    return [rows[place] for place in read_through([(row.made_at, row.decided_at) for row in rows], least)]


def _holds(rows: Sequence[LinkRow]) -> bool:
    """Whether most of what was read of a need is of it."""
    return 2 * sum(row.accepted for row in rows) > len(rows)


def read_through(rows: Sequence[tuple[int, int | None]], least: int) -> list[int]:
    """Places of the decided in the longest front of a list of which nearly all that was there then is decided; none where these
    are fewer than `least`. Each row is when it came and when it was decided, None where it was not.

    >>> read_through([(0, 9), (0, 9), (0, None), (0, None), (0, 9)], 2)
    [0, 1]
    >>> read_through([(0, 9), (10, None), (0, 9)], 2)
    [0, 2]
    """
    front = 0
    decided: list[int] = []
    times: list[int] = []
    horizon = 0
    for place, (came, at) in enumerate(rows):
        insort(times, came)
        if at is None:
            continue
        decided.append(place)
        horizon = max(horizon, at)
        if len(decided) >= max(least, NEARLY_ALL * bisect_right(times, horizon)):
            front = len(decided)
    return decided[:front]
