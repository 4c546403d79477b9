"""What belongs to no known need, until enough of it is alike to be a new one.

The pool is in the database: complaints that came after the last run, were read, and are evidence of nothing. So it
outlives restarts and is the same for every process; whoever finds a need in it first writes it.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

import numpy as np
from numpy.typing import NDArray

from ...inference.finding import Findings, Message, NeedFound, Parameters, Place
from ...inference.need import find
from ...inference.past import Past
from ...inference.place import NeedIndex, Piece
from ...inference.signal import Kind
from ...inference.vector import Embedder
from ...models.commands import emergence
from ...models.commands.findings import FoundLink, NeedDraft
from ...models.database import Database
from ...models.evidence import Stance
from ...models.need import StatementBasis
from ...models.queries import nearness, orders
from ...models.queries.nearness import Homeless
from .memory import Needs, Thread
from .reader import made_by, unpack

__all__ = ["FEWEST", "Novelty"]

FEWEST = 3
"""Different complaints that make a need between runs."""
POOL_MOST = 500
"""Complaints that are looked at, the latest."""


class Novelty:
    """Looks for new needs in what belonged to none."""

    def __init__(self, database: Database, needs: Needs, embedder: Embedder) -> None:
        self._database = database
        self._needs = needs
        self._embedder = embedder
        self._thread = Thread("gather")
        self._seen: frozenset[int] = frozenset()

    def close(self) -> None:
        """Wait for the work in hand."""
        self._thread.close()

    async def gather(self) -> list[int]:
        """Ids of the needs that came of the pool as it is now. Raises Busy, ModelUnavailable."""
        rows = await nearness.homeless(self._database, POOL_MOST)
        rows = [row for row in rows if made_by(row.vector, self._embedder)]
        messages = [list(some) for _, some in groupby(rows, key=lambda row: row.complaint_id)]
        pool = frozenset(some[0].complaint_id for some in messages)
        if len(pool) < FEWEST or pool <= self._seen:
            return []
        messages, called = await self._needs.with_evidence(
            lambda index: ([some for some in messages if _novel(index, some)], index.called())
        )
        before = await orders.before(self._database)
        granularity = (
            Parameters().granularity if before is None else before[1].get("granularity", Parameters().granularity)
        )
        found = await self._thread.run(_find, messages, self._embedder, float(granularity), Past(called=called))
        made = []
        for need in found.needs:
            if _enough(need, found, {some[0].complaint_id: some[0].text for some in messages}):
                key = await emergence.emerge(
                    self._database, self._needs.corrections.draft(_draft(need)), [span[:3] for span in found.spans]
                )
                if key is not None:
                    made.append(key)
        # what is new to it is looked at again with the rest, whatever came of it now
        self._seen = pool
        if made:
            self._needs.emerged(made)
        return made


def _novel(index: NeedIndex, spans: Sequence[Homeless]) -> bool:
    """Whether a complaint tells of something new; what belongs to a dismissed need is not new."""
    pieces = [Piece(row.complaint_id, row.text[row.start : row.end], Kind(row.kind), row.score) for row in spans]
    placed = index.place(pieces, unpack([row.vector for row in spans]))
    return bool(placed.novel) and not any(one.stance == "SUPPORTS" for one in placed.placements)


def _find(messages: Sequence[Sequence[Homeless]], embedder: Embedder, granularity: float, past: Past) -> Findings:
    known: dict[Place, NDArray[np.float32]] = {}
    for some in messages:
        for row, vector in zip(some, unpack([row.vector for row in some]), strict=True):
            known[row.complaint_id, row.start, row.end] = vector
    texts = [Message(row.complaint_id, row.text, row.customer_id, row.rating, row.language) for row, *_ in messages]
    # one customer who says it several times makes an emerging need; two make an active one
    return find(texts, embedder, Parameters(granularity=granularity, minimum_customers=1), known, past=past)


def _enough(need: NeedFound, found: Findings, texts: dict[int, str]) -> bool:
    keys = {found.spans[item.span].key for item in need.evidence if item.stance == "SUPPORTS"}
    return len({" ".join(texts[key].lower().split()) for key in keys}) >= FEWEST


def _draft(need: NeedFound) -> NeedDraft:
    links = [FoundLink(item.span, Stance(item.stance), item.confidence) for item in need.evidence]
    called = None if need.called is None else need.called.packed()
    basis = StatementBasis(need.basis)
    return NeedDraft(None, need.statement, basis, need.confidence, need.key_phrases, links, called=called)
