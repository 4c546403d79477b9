"""One inference run, carried out: messages out of the database, needs into it.

A process of its own, started by `worker.py`: it is told what to do in one line on standard input, says how far it is
line by line on standard output, and dies with whoever holds the other ends.
"""

from __future__ import annotations

import asyncio
import logging
import os
import resource
import sys
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from typing import Any, BinaryIO

import orjson

from ...inference.called import Called
from ...inference.finding import EvidenceFound, Findings, Message, NeedFound, Parameters, SpanFound
from ...inference.finding import Place as SpanPlace
from ...inference.identity import heirs, match
from ...inference.label import Labels
from ...inference.need import find
from ...inference.past import NOTHING, Past
from ...inference.store import KnownVectors, Rows
from ...inference.vector import Embedder
from ...inference.weights import ModelUnavailable
from ...models.acting import Acting, act_as
from ...models.commands import findings
from ...models.database import Database
from ...models.errors import Invalid, Refusal
from ...models.evidence import Stance
from ...models.need import StatementBasis
from ...models.queries import decisions, nearness, orders
from ...models.queries import inference as queries
from ...models.queries import labels as queries_of_labels
from ...models.queries.anchors import anchors, dismissed
from ...models.span import SpanKind
from ..logs import configure, report_error
from ..settings import Settings
from .anchors import hold
from .decided import Corrections, corrections
from .embedders import embedder_for
from .growth import LEFT_OVER_MOST, Growth, grow, held, may_grow
from .intake import share_of, take_in
from .labels import made_of
from .naming import named_again
from .phraser import phrased
from .reader import pack
from .remainder import join

__all__ = ["Before", "carry_out", "main", "regrouped"]

log = logging.getLogger(__name__)

AFRESH = "afresh"
"""Setting of a run: group everything anew, whatever is known."""
STEADY_UP_TO = 0.5
"""Share of all messages that may be new to a run that keeps the borders of the needs of before."""
NICENESS = 10
CONNECTIONS = 2
TOLD_EVERY_SECONDS = 0.1
MOST_AT_ONCE = 100_000
"""Messages that needs are found in; of more an even draw, which the others join as new complaints do."""

# the stage as people see it, and where it begins and ends in the whole run, by the phases of `find`
STAGES = {
    "read": ("reading", 0.55, 0.60),
    "embed": ("reading", 0.60, 0.65),
    "group": ("grouping", 0.65, 0.80),
    "name": ("naming", 0.80, 0.90),
    "link": ("linking", 0.90, 0.93),
}
JOINING_FROM = 0.93
SAVING_FROM = 0.97

Tell = Callable[[str, float], None]
"""Told the stage and the share of the whole run that is done."""


async def carry_out(
    database: Database, embedder: Embedder, run_id: int, tell: Tell, settings: Settings | None = None
) -> None:
    """Read what nobody has read, find the needs behind it, and write them, which ends the run.

    A run builds on the one before where it can (see `growth`); else, or where it was asked for, the whole is grouped
    afresh, and what people decided is held against it. Blocks the event loop for as long as stages take. Raises
    Refusal, ModelUnavailable.
    """
    given = await orders.parameters(database, run_id)
    afresh = bool(given.pop(AFRESH, False))
    parameters = parameters_of(given)
    last = await orders.before(database)
    watermark = await queries.newest(database)
    if not await orders.settle(database):
        log.warning("a transaction of others takes long; complaints that it writes are left to the next run")
    began = time.perf_counter()
    labels = made_of(await queries_of_labels.labels(database), embedder)
    total = await queries.message_count(database, watermark)
    new = total if last is None else await queries.message_count(database, watermark, last[0])
    settings_stay = last is not None and {**last[1], AFRESH: False} == {**given, AFRESH: False}
    previous = await queries.previous(database)
    # what is new is held whole where it is added
    few = may_grow(new, total) and new <= MOST_AT_ONCE
    if last is not None and settings_stay and previous and not afresh and few:
        grows_from: int | None = last[0]
        keep = await _wanted_to_grow(database, previous, grows_from)
    else:
        grows_from = None
        keep = share_of(MOST_AT_ONCE, total)
    reading = STAGES["read"]
    intake = await take_in(
        database, embedder, watermark, labels, lambda share: tell(reading[0], share * reading[1]), keep
    )
    messages, known = intake.messages, intake.known
    seconds = time.perf_counter() - began

    def phase(name: str, share: float) -> None:
        stage, first, last = STAGES[name]
        tell(stage, first + share * (last - first))

    previous = await queries.previous(database)  # a server may have placed what came lately
    told = await nearness.called(database)
    called = {need: one for need, text in told.items() if (one := Called.unpacked(text)) is not None}
    if grows_from is not None:
        fresh = {message.key for message in messages if message.key > grows_from}
        growth = grow(messages, fresh, previous, known, embedder, parameters, phase, labels, intake.heard, called)
        if settings is not None:
            growth.needs = phrased(settings, growth.needs, growth.spans, _texts(messages), embedder)
        written = _added(growth, watermark, known, await queries.aspects(database))
        counts, timings = {**growth.counts, "messages": intake.total}, growth.timings
    else:
        before = Before(
            previous,
            await queries.lost(database),
            await anchors(database),
            await dismissed(database),
            await queries.aspects(database),
        )
        # borders that were drawn by other settings, or for fewer than half of the messages, are not worth keeping
        steady = settings_stay and new <= STEADY_UP_TO * total
        past = NOTHING
        if steady:
            past = Past(before.owners(), called, await _read_then(database, run_id, messages, labels))
        found = find(messages, embedder, parameters, known, phase, past=past, labels=labels, heard=intake.heard)
        if settings is not None:
            found = replace(found, needs=phrased(settings, found.needs, found.spans, _texts(messages), embedder))
        voices = {message.key: message.customer for message in messages}
        if len(messages) < intake.total:
            began = time.perf_counter()
            found, others = await join(
                database,
                embedder,
                watermark,
                labels,
                intake,
                keep,
                found,
                lambda share: tell("linking", JOINING_FROM + share * (SAVING_FROM - JOINING_FROM)),
            )
            voices |= others
            found.timings["join"] = round(time.perf_counter() - began, 3)
        written = regrouped(found, voices, before, parameters, watermark, known, embedder)
        counts, timings = found.counts, found.timings
    tell("saving", SAVING_FROM)
    before_it = Corrections.unpacked(await decisions.latest_corrections(database))
    stated = (await corrections(database)).held_to(before_it)
    as_before = stated[:3] == before_it[:3]
    corrected = findings.Corrected(stated.packed(), None if as_before else stated.again)
    continued = {*(draft.need_id for draft in written.needs), *(addition.need_id for addition in written.additions)}
    kept = len(previous) if written.adds else len(continued - {None})
    counts = {**counts, "newly_read": intake.with_spans, "kept_needs": kept, "peak_memory_mb": peak_memory_mb()}
    timings = {"prepare": round(seconds, 3), **timings}
    await findings.apply(database, run_id, stated.findings(written), timings, counts, corrected)
    await named_again(database)


async def _wanted_to_grow(
    database: Database, previous: Mapping[int, Sequence[SpanPlace]], watermark: int
) -> Callable[[int], bool]:
    """Which messages `grow` takes where all after a watermark are new."""
    evident = {place[0] for places in previous.values() for place in places}
    wanted = held(previous) | await queries.latest(database, watermark, evident, LEFT_OVER_MOST)
    return lambda key: key > watermark or key in wanted


async def _read_then(database: Database, run_id: int, messages: Sequence[Message], labels: Labels) -> AbstractSet[int]:
    """Keys of the messages that were read when the whole was grouped, as they would be read now."""
    whole = await orders.whole(database, run_id)
    # what another model, or another version of this one, found no need in may be one
    if whole is None or not whole.same_models:
        return frozenset()
    labelled = await queries_of_labels.labelled_since(database, whole.began)
    if labelled and labels.lesson is not None:
        # the labels of some messages teach to read all others otherwise
        return frozenset()
    return {message.key for message in messages if message.key <= whole.watermark} - labelled


def _texts(messages: Sequence[Message]) -> dict[int, str]:
    return {message.key: message.text for message in messages}


@dataclass(frozen=True)
class Before:
    """The needs that there are: supporting places by need, of those with and without live evidence, and people's word on
    them. `aspects` has the needs under each aspect."""

    previous: Mapping[int, Sequence[SpanPlace]]
    lost: Mapping[int, Sequence[SpanPlace]]
    anchored: AbstractSet[int]
    dismissed: AbstractSet[int]
    aspects: Mapping[int, Sequence[int]]

    def owners(self) -> dict[SpanPlace, int]:
        """The need of each place; of a place with several, the one of the largest id."""
        return {place: need for need, places in sorted(self.previous.items()) for place in places}


def regrouped(
    found: Findings,
    customers: Mapping[int, int | None],
    before: Before,
    parameters: Parameters,
    watermark: int,
    known: KnownVectors,
    embedder: Embedder,
) -> findings.RunFindings:
    """What a run over everything found, held against what was known: what goes on, what is new, what became of the rest.

    `customers` has the customer of each message of `found`, by key.
    """
    drawn = len(found.vectors)  # spans of messages that needs were found in; the others joined these
    # a message without a customer is a voice of its own
    voices = {key: -key if customer is None else customer for key, customer in customers.items()}
    earlier = {**before.lost, **before.previous}
    same = match(earlier, [_support(need, found) for need in found.needs])
    groups = hold(
        found.needs,
        found.spans,
        same,
        {need: places for need, places in before.previous.items() if need in before.anchored},
        voices,
        parameters.minimum_customers,
        {need: places for need, places in before.previous.items() if need in before.dismissed},
    )
    ids = {index: group.need_id for index, group in enumerate(groups) if group.need_id is not None}
    free = {need: places for need, places in earlier.items() if need not in before.anchored | before.dismissed}
    parts: dict[int, list[int]] = defaultdict(list)
    for need, index in heirs(free, [_support(group.need, found) for group in groups], ids).items():
        parts[index].append(need)
    under: list[list[SpanPlace]] = [[] for _ in found.aspects]
    for group in groups:
        if group.need.aspect is not None and group.need_id is not None:
            under[group.need.aspect].append((group.need_id, 0, 0))
    going_on = match({aspect: [(need, 0, 0) for need in needs] for aspect, needs in before.aspects.items()}, under)
    return findings.RunFindings(
        watermark,
        spans=_spans(found.spans, known, found.vectors, embedder),
        needs=[
            _draft(group.need, group.need_id, parts[index], drawn)
            for index, group in enumerate(groups)
            if group.need_id not in before.anchored
        ],
        additions=[
            findings.Addition(
                group.need_id,
                _links(group.need.evidence, drawn),
                group.need.aspect,
                parts[index],
                _packed_name(group.need),
            )
            for index, group in enumerate(groups)
            if group.need_id is not None and group.need_id in before.anchored
        ],
        aspects=[
            findings.AspectDraft(going_on.get(index), aspect.name, aspect.key_phrases)
            for index, aspect in enumerate(found.aspects)
        ],
    )


def _support(need: NeedFound, found: Findings) -> list[SpanPlace]:
    return [found.spans[item.span][:3] for item in need.evidence if item.stance == "SUPPORTS"]


def _added(
    growth: Growth, watermark: int, known: KnownVectors, aspects: Mapping[int, Sequence[int]]
) -> findings.RunFindings:
    aspect_of = {need: aspect for aspect, needs in aspects.items() for need in needs}
    under = sorted(aspects)
    # what is new stands where its nearest neighbour stands, until everything is grouped anew
    beside = [None if need is None else aspect_of.get(need) for need in growth.beside]
    needs = [
        replace(need, aspect=None if aspect is None else under.index(aspect))
        for need, aspect in zip(growth.needs, beside, strict=True)
    ]
    return findings.RunFindings(
        watermark,
        spans=_spans(growth.spans, known),
        needs=[_draft(need, None) for need in needs],
        additions=[findings.Addition(need, _links(items)) for need, items in growth.joined.items()],
        aspects=[findings.AspectDraft(aspect, "", ()) for aspect in under],
        adds=True,
    )


def _draft(
    need: NeedFound, need_id: int | None, absorbs: Sequence[int] = (), drawn: int | None = None
) -> findings.NeedDraft:
    return findings.NeedDraft(
        need_id=need_id,
        statement=need.statement,
        statement_basis=StatementBasis(need.basis),
        confidence=need.confidence,
        key_phrases=need.key_phrases,
        links=_links(need.evidence, drawn),
        aspect=need.aspect,
        absorbs=absorbs,
        called=_packed_name(need),
    )


def _packed_name(need: NeedFound) -> str | None:
    return None if need.called is None else need.called.packed()


def _links(evidence: Sequence[EvidenceFound], drawn: int | None = None) -> list[findings.FoundLink]:
    """Links to spans, of which those from `drawn` on, if there are such, were taken in by needs that were there."""
    return [
        findings.FoundLink(
            item.span, Stance(item.stance), item.confidence, placed=drawn is not None and item.span >= drawn
        )
        for item in evidence
    ]


def _spans(
    spans: Sequence[SpanFound],
    known: KnownVectors,
    vectors: Rows | None = None,
    embedder: Embedder | None = None,
) -> list[findings.FoundSpan]:
    """Spans to write; those whose vectors are written already come without."""
    rows = []
    for index, span in enumerate(spans):
        vector = None
        # what joined a draw was written as it was read
        if vectors is not None and embedder is not None and index < len(vectors) and span[:3] not in known:
            vector = pack(vectors[index : index + 1], embedder)[0]
        rows.append(findings.FoundSpan(span.key, span.start, span.end, SpanKind(span.kind), span.score, vector))
    return rows


def peak_memory_mb() -> int:
    """The most memory that this process has held, in megabytes."""
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most // (1_000_000 if sys.platform == "darwin" else 1_000)


def parameters_of(given: Mapping[str, Any]) -> Parameters:
    """The settings of a run. Raises Invalid for one that there is not, or that is no number."""
    for name, value in given.items():
        if name not in Parameters.__dataclass_fields__ or isinstance(value, bool) or not isinstance(value, int | float):
            raise Invalid(f"'{name}' is not a setting of a run, or not a number.", path=("parameters", name))
    return Parameters(**given)


async def main() -> int:
    """Do what standard input says; the exit code is 0 where the run's end was told."""
    # whatever a library prints must not end up among the lines that are read
    out = os.fdopen(os.dup(1), "wb", buffering=0)
    os.dup2(2, 1)
    order = orjson.loads(sys.stdin.buffer.readline())
    threading.Thread(target=_die_with_parent, daemon=True).start()
    # its many commits are known by it
    act_as(Acting(f"inference run_{order['run_id']}"))
    settings = Settings(**order["settings"])
    configure(settings.log_format, settings.log_level)
    os.nice(NICENESS)
    speaker = Speaker(out)
    try:
        database = await Database.open(settings.database_url, pool=CONNECTIONS)
        try:
            await carry_out(database, embedder_for(settings), order["run_id"], speaker.progress, settings)
        finally:
            await database.close()
    except (Refusal, ModelUnavailable) as refusal:
        speaker.say(failure=str(refusal))
    except Exception as error:
        speaker.say(failure=f"The run failed unexpectedly. Quote {report_error(error)} when you report it.")
    else:
        speaker.say(ended=True)
    return 0


class Speaker:
    """Tells the parent, in few lines."""

    def __init__(self, out: BinaryIO) -> None:
        self._out = out
        self._stage = ""
        self._told = 0.0

    def say(self, **what: object) -> None:
        """Write one line."""
        self._out.write(orjson.dumps(what) + b"\n")

    def progress(self, stage: str, share: float) -> None:
        """Tell how far the run is, unless that was told a moment ago."""
        now = time.monotonic()
        if stage != self._stage or now - self._told >= TOLD_EVERY_SECONDS:
            self._stage, self._told = stage, now
            self.say(stage=stage, progress=round(share, 4))


def _die_with_parent() -> None:
    # the pipe ends when the parent closes it or dies; whatever is under way in the database is then rolled back there.
    # Not through sys.stdin: its lock, held by a waiting thread, would spoil an ordinary exit.
    while os.read(0, 1024):
        pass
    os._exit(1)


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
