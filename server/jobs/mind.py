"""The mind of a running server: what graph and worker need of inference, in one place.

It answers searches by meaning, places each complaint into the known needs as it comes, and passes waiting runs to the
worker. It follows the events of every process, so that imports and curation done elsewhere reach it too.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import random
import time
from collections import OrderedDict, deque
from collections.abc import Callable, Collection, Sequence
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from ...inference.finding import Message
from ...inference.label import Labels
from ...inference.place import NeedIndex, Piece, Placed, Placement
from ...inference.rival import folded
from ...inference.vector import Embedder
from ...models.acting import Acting, act_as
from ...models.commands import placements
from ...models.database import Database
from ...models.errors import Busy
from ...models.event import Topic
from ...models.evidence import Stance
from ...models.impact import Outcome
from ...models.queries import labels as label_queries
from ...models.queries import nearness
from ...models.run import RunStatus
from ...models.span import SpanKind
from ..logs import report_error
from ..settings import Settings
from .asked import Asked
from .embedders import embedder_for
from .events import EventSource, Listener, TooSlow
from .impact import measured
from .labels import made_of
from .memory import Complaints, Inventions, Needs, Thread
from .naming import named_again
from .novelty import Novelty
from .reader import Reading, pack, read
from .sleeper import AGAIN_SECONDS, PATIENCE_SECONDS
from .trends import Movement, Trends

__all__ = ["Mind"]

log = logging.getLogger(__name__)

Floats = NDArray[np.float32]
Kind = Literal["complaint", "need", "invention"]

AT_ONCE = 32
"""Complaints that are placed together at most while somebody waits for them."""
BACKLOG_AT_ONCE = 8
"""So many in the background, since whoever comes meanwhile waits for them."""
UNDER_WAY_MOST = 256
BACKLOG_MOST = 20_000
GRACE_SECONDS = 2.0
"""How long a complaint that another process announced is left to that process."""
RESTS_MOST = 8
"""The background works a ninth of the time at least."""
BUSY_SHARE = 0.7
"""Of one processor: while this process uses more, its requests would have to wait."""
GATHER_SECONDS = 1.0
"""Between two looks for new needs in what belongs to none."""
QUESTIONS_KEPT = 256
LONGEST_QUESTION = 10_000


class Mind:
    """Works from `start` to `close`. `wake_worker` is called when a run waits; where this process runs none, others poll."""

    def __init__(
        self,
        database: Database,
        events: EventSource,
        settings: Settings,
        *,
        wake_worker: Callable[[], None] = lambda: None,
        embedder: Embedder | None = None,
    ) -> None:
        self._database = database
        self._events = events
        self._wake_worker = wake_worker
        self._places_for_others = settings.worker
        # one thread a call: the other processors belong to requests
        self._embedder = embedder or embedder_for(settings, threads=1)
        self._thread = Thread("search")
        self._reading = Thread("read")
        self._complaints = Complaints(database, self._thread, self._embedder)
        self._needs = Needs(database, self._thread, self._embedder)
        self._inventions = Inventions(database, self._thread, self._embedder)
        self._asked = Asked(database, self._thread, self._embedder)
        self._trends = Trends(database, viral_reach=settings.viral_reach)
        self._novelty = Novelty(database, self._needs, self._embedder)
        self._novel = asyncio.Event()
        self._questions: OrderedDict[str, Floats] = OrderedDict()
        self._known_labels, self._labels_sign = Labels(), (0, 0)
        self._turn = asyncio.Lock()
        self._urgent: list[int] = []
        self._under_way: set[asyncio.Task[None]] = set()
        self._placed: OrderedDict[int, None] = OrderedDict()
        self._backlog: deque[tuple[float, list[int]]] = deque()
        self._backlog_size = 0
        self._backlog_grew = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        self._threads_before: threadpool_limits | None = None

    async def start(self, listener: Listener | None = None) -> None:
        """Begin to follow what happens, by a `listener` of everything where there is one, and to place what comes.

        Needs, complaints and the model are loaded when each is first needed: who only searches holds no evidence.
        """
        # Our products are small, and numpy's threads wait for each other by spinning: on a busy machine of two
        # processors one thread placed a span in 1 ms, two in 29 ms.
        self._threads_before = threadpool_limits(1, user_api="blas")
        listener = listener or self._events.listen()
        self._tasks = [
            asyncio.create_task(self._warm_up(), name="mind-warm-up"),
            asyncio.create_task(self._follow(listener), name="mind-follow"),
            asyncio.create_task(self._work_off(), name="mind-place"),
            asyncio.create_task(self._gather(), name="mind-gather"),
        ]

    async def close(self) -> None:
        """Stop; complaints not placed yet are placed after the next start, or read by the next run."""
        tasks = [*self._tasks, *self._under_way]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await asyncio.to_thread(self._thread.close)
        await asyncio.to_thread(self._novelty.close)
        if self._threads_before is not None:
            self._threads_before.restore_original_limits()
        await asyncio.to_thread(self._reading.close)

    # --- what the graph asks for

    async def similar(self, kind: Kind, text: str, limit: int) -> list[tuple[int, float]]:
        """(id, cosine 0..1) of at most `limit` rows of a kind whose meaning is nearest to `text`, nearest first.

        Complaints that nobody has read yet are not among them. Raises Busy, ModelUnavailable.
        """
        text = text[:LONGEST_QUESTION].strip()
        if not text or limit < 1:
            return []
        vector = await self._vector(text)
        if kind == "complaint":
            return await self._complaints.nearest(vector, limit)
        texts = self._needs if kind == "need" else self._inventions
        return await texts.nearest(vector, limit)

    async def asked(self) -> list[tuple[int, int, float]]:
        """(invention id, span id, cosine 0..1) of the asks that come nearest to each invention's mechanism, nearest first.

        At most 10 an invention. Raises Busy, ModelUnavailable.
        """
        return await self._asked.nearest()

    async def movements(self, since: int) -> list[Movement]:
        """How each need moved since a time; see `Trends.movements`."""
        return await self._trends.movements(since)

    async def check_alerts(self, week: int) -> list[int]:
        """Raise the alerts of a week; see `Trends.check`."""
        return await self._trends.check(week)

    async def received(self, complaint_ids: Sequence[int], *, wait: bool = True) -> None:
        """Place complaints that were just committed into the known needs.

        A few are placed at once where somebody waits to see it, all others in the background. Never raises: what the
        database stands in the way of is tried again by itself, what fails is logged and read by the next run.
        """
        ids = list(complaint_ids)
        if not wait or len(ids) > AT_ONCE or len(self._under_way) >= UNDER_WAY_MOST:
            self._put_off(ids, 0.0)
            return
        self._urgent += ids
        task = asyncio.create_task(self._place_urgent(set(ids)))
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)
        done, _ = await asyncio.wait({task}, timeout=PATIENCE_SECONDS)
        if not done:
            log.info("placing %d new complaints goes on in the background", len(ids))

    def heard(self, complaint_ids: Sequence[int]) -> None:
        """Complaints that another process received: they are placed here unless that process does."""
        self._put_off(complaint_ids, GRACE_SECONDS)

    async def measured(self, invention_id: int) -> list[Outcome]:
        """What a shipped invention did to the complaints about each need that it claims. Raises Refusal."""
        return await measured(self._database, invention_id)

    async def erased(self, nameless: Collection[int]) -> None:
        """Name some of these needs again, which lost their names. Never raises: a run does it as well."""
        await named_again(self._database, nameless)

    def run_started(self, run_id: int) -> None:
        """A run waits for a worker."""
        self._wake_worker()

    # --- placing

    async def _place_urgent(self, ids: set[int]) -> None:
        act_as(Acting("placing"))
        # whoever has the turn takes those that wait as well: texts are embedded faster together
        async with self._turn:
            while not ids.isdisjoint(self._urgent):
                taken, self._urgent = self._urgent[:AT_ONCE], self._urgent[AT_ONCE:]
                await self._place(taken)

    async def _work_off(self) -> None:
        while True:
            if not self._backlog:
                self._backlog_grew.clear()
                await self._backlog_grew.wait()
                continue
            due, ids = self._backlog[0]
            wait = due - time.monotonic()
            if wait > 0:
                await asyncio.sleep(wait)
                continue
            self._backlog.popleft()
            self._backlog_size -= len(ids)
            # this process hears of what it received itself as well
            left = [identity for identity in ids if identity not in self._placed]
            if not left:
                continue
            began = time.monotonic()
            async with self._turn:
                await self._place(left)
            await _rest(time.monotonic() - began)

    def _put_off(self, ids: Sequence[int], seconds: float) -> None:
        due = time.monotonic() + seconds
        parts = [list(ids[start : start + BACKLOG_AT_ONCE]) for start in range(0, len(ids), BACKLOG_AT_ONCE)]
        # several processes may hear the same import: in different orders, they seldom do the same work
        random.shuffle(parts)
        for part in parts:
            if self._backlog_size + len(part) > BACKLOG_MOST:
                log.info("more complaints came than can be placed one by one; the next run reads the rest")
                break
            self._backlog.append((due, part))
            self._backlog_size += len(part)
        self._backlog_grew.set()

    async def _place(self, ids: Sequence[int]) -> None:
        try:
            self._placed.update(dict.fromkeys(ids))
            while len(self._placed) > BACKLOG_MOST:
                self._placed.popitem(last=False)
            unread = await nearness.unread(self._database, ids)
            if not unread:
                return
            messages = [Message(*row) for row in unread]
            readings = await self._reading.run(read, messages, self._embedder, await self._labels())
            placed = await self._needs.with_evidence(
                lambda needs: [
                    _placed(needs, reading, message.text) for reading, message in zip(readings, messages, strict=True)
                ]
            )
        except Busy:
            self._again(ids)
            return
        except Exception as error:
            report_error(error)
            return
        late = []
        for reading, found in zip(readings, placed, strict=True):
            try:
                await self._write(reading, found.placements)
            except Busy:
                late.append(reading.key)
            except Exception as error:
                report_error(error)
        if late:
            self._again(late)
        if any(found.novel for found in placed):
            self._novel.set()

    def _again(self, ids: Sequence[int]) -> None:
        log.info("%d new complaints wait to be placed until the database takes them", len(ids))
        for identity in ids:
            self._placed.pop(identity, None)
        self._put_off(ids, AGAIN_SECONDS)

    async def _gather(self) -> None:
        """Look for new needs whenever something came that belongs to none."""
        while True:
            await self._novel.wait()
            self._novel.clear()
            began = time.monotonic()
            try:
                await self._novelty.gather()
            except Busy:
                self._novel.set()
            except Exception as error:
                report_error(error)
            await asyncio.sleep(GATHER_SECONDS)
            await _rest(time.monotonic() - began - GATHER_SECONDS)

    async def _labels(self) -> Labels:
        """What people labelled by now; learned anew only where that changed."""
        sign = await label_queries.sign(self._database)
        if sign != self._labels_sign:
            rows = await label_queries.labels(self._database)
            self._known_labels = await self._reading.run(made_of, rows, self._embedder)
            self._labels_sign = sign
        return self._known_labels

    async def _write(self, reading: Reading, links: Sequence[Placement]) -> None:
        vectors = pack(reading.vectors, self._embedder)
        spans = [
            placements.SpanDraft(span.start, span.end, SpanKind(span.kind), span.score, vector)
            for span, vector in zip(reading.spans, vectors, strict=True)
        ]
        drafts = [
            placements.LinkDraft(
                link.span_index,
                link.need_id,
                Stance(link.stance),
                *self._needs.corrections.link(link.confidence, placed=True),
            )
            for link in links
        ]
        await placements.write(
            self._database,
            reading.key,
            spans,
            drafts,
            sentiment=reading.sentiment,
            severity=reading.severity,
            language=reading.language,
            competitors=[placements.Named(name, folded(name)) for name in reading.competitors],
        )

    # --- searching and following

    async def _warm_up(self) -> None:
        while self._places_for_others:
            try:
                # what another process, or this one before it was stopped, had yet to place
                self._put_off(await nearness.unread_since_run(self._database, BACKLOG_MOST), GRACE_SECONDS)
                self._novel.set()
                return
            except Busy:
                await asyncio.sleep(AGAIN_SECONDS)
            except Exception as error:
                report_error(error)
                return

    async def _vector(self, text: str) -> Floats:
        vector = self._questions.pop(text, None)
        if vector is None:
            vector = (await self._thread.run(self._embedder.embed, [text]))[0]
        self._questions[text] = vector
        if len(self._questions) > QUESTIONS_KEPT:
            self._questions.popitem(last=False)
        return vector

    async def _follow(self, listener: Listener) -> None:
        while True:
            with contextlib.suppress(TooSlow):
                async for happening in listener:
                    match happening.topic:
                        case Topic.COMPLAINT_RECEIVED if self._places_for_others:
                            self.heard(happening.subjects)
                        case Topic.NEED_CHANGED:
                            self._needs.changed(happening.subjects)
                        case Topic.INVENTION_CHANGED:
                            self._inventions.changed(happening.subjects)
                        case Topic.RUN_CHANGED if happening.details.get("status") == RunStatus.SUCCEEDED:
                            self._needs.changed()
                            self._complaints.inferred()
                            self._asked.changed()
                return  # the source was closed
            listener = self._events.listen()
            self._needs.changed()
            self._inventions.changed()
            self._complaints.inferred()
            self._asked.changed()


async def _rest(seconds: float) -> None:
    """Leave the processor to requests: half of the time, and nearly all of it while they use it up."""
    for _ in range(RESTS_MOST):
        used = time.process_time()
        await asyncio.sleep(seconds)
        if time.process_time() - used < BUSY_SHARE * seconds:
            return


def _placed(needs: NeedIndex, reading: Reading, text: str) -> Placed:
    pieces = [Piece(span.key, text[span.start : span.end], span.kind, span.score) for span in reading.spans]
    return needs.place(pieces, reading.vectors)
