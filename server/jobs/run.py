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

import numpy as np
import orjson

from ...inference.called import Called
from ...inference.escape import wording
from ...inference.finding import EvidenceFound, Findings, Heard, Message, NeedFound, Parameters, SpanFound
from ...inference.finding import Place as SpanPlace
from ...inference.identity import heirs, match
from ...inference.label import Labels
from ...inference.language import language
from ...inference.need import find
from ...inference.past import NOTHING, Past
from ...inference.rival import folded
from ...inference.store import KnownVectors, Rows
from ...inference.vector import Embedder
from ...inference.weights import ModelUnavailable
from ...models.acting import Acting, act_as
from ...models.commands import facts, findings
from ...models.commands.links import SpanDraft
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
from .growth import Growth, grow, may_grow
from .labels import made_of
from .naming import named_again
from .phraser import phrased
from .reader import Reading, halves, made_by, pack, read

__all__ = ["Before", "carry_out", "main", "regrouped"]

log = logging.getLogger(__name__)

AFRESH = "afresh"
"""Setting of a run: group everything anew, whatever is known."""
STEADY_UP_TO = 0.5
"""Share of all messages that may be new to a run that keeps the borders of the needs of before."""
NICENESS = 10
CONNECTIONS = 2
READ_AT_ONCE = 256
TOLD_EVERY_SECONDS = 0.1
SAMPLE = 8
SAME_MODEL_FROM = 0.9
"""Mean cosine of stored and fresh vectors of the same texts: rounding leaves 0.99 and more, another model about 0."""

# the stage as people see it, and where it begins and ends in the whole run, by the phases of `find`
STAGES = {
    "read": ("reading", 0.55, 0.60),
    "embed": ("reading", 0.60, 0.65),
    "group": ("grouping", 0.65, 0.80),
    "name": ("naming", 0.80, 0.90),
    "link": ("linking", 0.90, 0.93),
}
SAVING_FROM = 0.93

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
    messages, known, heard, read_now = await _read_all(database, embedder, watermark, labels, tell)
    seconds = time.perf_counter() - began

    def phase(name: str, share: float) -> None:
        stage, first, last = STAGES[name]
        tell(stage, first + share * (last - first))

    previous = await queries.previous(database)
    told = await nearness.called(database)
    called = {need: one for need, text in told.items() if (one := Called.unpacked(text)) is not None}
    new = {message.key for message in messages if last is None or message.key > last[0]}
    settings_stay = last is not None and {**last[1], AFRESH: False} == {**given, AFRESH: False}
    if settings_stay and previous and not afresh and may_grow(len(new), len(messages)):
        growth = grow(messages, new, previous, known, embedder, parameters, phase, labels, heard, called)
        if settings is not None:
            growth.needs = phrased(settings, growth.needs, growth.spans, _texts(messages), embedder)
        written = _added(growth, watermark, known, await queries.aspects(database))
        counts, timings = growth.counts, growth.timings
    else:
        before = Before(
            previous,
            await queries.lost(database),
            await anchors(database),
            await dismissed(database),
            await queries.aspects(database),
        )
        # borders that were drawn by other settings, or for fewer than half of the messages, are not worth keeping
        steady = settings_stay and len(new) <= STEADY_UP_TO * len(messages)
        past = NOTHING
        if steady and last is not None:
            past = Past(before.owners(), called, await _read_then(database, run_id, messages, labels))
        found = find(messages, embedder, parameters, known, phase, past=past, labels=labels, heard=heard)
        if settings is not None:
            found = replace(found, needs=phrased(settings, found.needs, found.spans, _texts(messages), embedder))
        written = regrouped(found, messages, before, parameters, watermark, known, embedder)
        counts, timings = found.counts, found.timings
    tell("saving", SAVING_FROM)
    stated = await corrections(database)
    as_before = stated[:3] == Corrections.unpacked(await decisions.latest_corrections(database))[:3]
    corrected = findings.Corrected(stated.packed(), None if as_before else stated.again)
    continued = {*(draft.need_id for draft in written.needs), *(addition.need_id for addition in written.additions)}
    kept = len(previous) if written.adds else len(continued - {None})
    counts = {**counts, "newly_read": read_now, "kept_needs": kept, "peak_memory_mb": peak_memory_mb()}
    timings = {"prepare": round(seconds, 3), **timings}
    await findings.apply(database, run_id, stated.findings(written), timings, counts, corrected)
    await named_again(database)


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
    messages: Sequence[Message],
    before: Before,
    parameters: Parameters,
    watermark: int,
    known: KnownVectors,
    embedder: Embedder,
) -> findings.RunFindings:
    """What a run over everything found, held against what was known: what goes on, what is new, what became of the rest."""
    # a message without a customer is a voice of its own
    voices = {message.key: -message.key if message.customer is None else message.customer for message in messages}
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
            _draft(group.need, group.need_id, parts[index])
            for index, group in enumerate(groups)
            if group.need_id not in before.anchored
        ],
        additions=[
            findings.Addition(
                group.need_id, _links(group.need.evidence), group.need.aspect, parts[index], _packed_name(group.need)
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


def _draft(need: NeedFound, need_id: int | None, absorbs: Sequence[int] = ()) -> findings.NeedDraft:
    return findings.NeedDraft(
        need_id=need_id,
        statement=need.statement,
        statement_basis=StatementBasis(need.basis),
        confidence=need.confidence,
        key_phrases=need.key_phrases,
        links=_links(need.evidence),
        aspect=need.aspect,
        absorbs=absorbs,
        called=_packed_name(need),
    )


def _packed_name(need: NeedFound) -> str | None:
    return None if need.called is None else need.called.packed()


def _links(evidence: Sequence[EvidenceFound]) -> list[findings.FoundLink]:
    return [findings.FoundLink(item.span, Stance(item.stance), item.confidence) for item in evidence]


async def _read_all(
    database: Database, embedder: Embedder, watermark: int, labels: Labels, tell: Tell
) -> tuple[list[Message], KnownVectors, dict[int, Heard], int]:
    """Every message, every vector, what was found in the messages that were read now, and how many of those hold anything; what
    is read is written at once."""
    tell("reading", 0.0)
    known = KnownVectors(embedder.dimensions)
    async for rows in queries.spans(database, watermark):
        ours = [row for row in rows if made_by(row.vector, embedder)]
        if ours:
            known.add([(row.complaint_id, row.start, row.end) for row in ours], halves([row.vector for row in ours]))
    total = await queries.message_count(database, watermark)
    messages: list[Message] = []
    heard: dict[int, Heard] = {}
    # what a person labelled is told by `find`: the label may be of what was left out here
    labelled = {key for key, *_ in labels.kinds}
    new = 0
    checked = False
    async for chunk in queries.messages(database, watermark):
        if not checked and known:
            # neither do those of a model that changed under its name compare with ours
            checked, same = _same_model(chunk, known, embedder)
            known = known if same else KnownVectors(embedder.dimensions)
        here = [
            Message(row.id, row.text, row.customer_id, row.rating, row.language or language(row.text), row.product)
            for row in chunk
        ]
        unread = [message for message in here if not known.has_message(message.key)]
        for start in range(0, len(unread), READ_AT_ONCE):
            part = unread[start : start + READ_AT_ONCE]
            for reading in await _read(database, embedder, part, known, labels):
                new += bool(reading.spans)
                if reading.key not in labelled:
                    heard[reading.key] = Heard(reading.spans, reading.noise)
            tell("reading", STAGES["read"][1] * (len(messages) + (start + len(part)) * len(here) / len(unread)) / total)
        messages += here
    return messages, known, heard, new


async def _read(
    database: Database, embedder: Embedder, messages: Sequence[Message], known: KnownVectors, labels: Labels
) -> list[Reading]:
    """Read messages and write what they hold."""
    readings = read(messages, embedder, labels)
    vectors = pack(np.concatenate([reading.vectors for reading in readings]), embedder)
    found = [span for reading in readings for span in reading.spans]
    spans: dict[int, list[SpanDraft]] = {reading.key: [] for reading in readings}
    for span, vector in zip(found, vectors, strict=True):
        spans[span.key].append(SpanDraft(span.start, span.end, SpanKind(span.kind), span.score, vector))
    moods = [
        findings.Reading(
            reading.key,
            reading.sentiment,
            reading.severity,
            reading.language,
            [findings.Named(name, folded(name)) for name in reading.competitors],
        )
        for reading in readings
    ]
    await facts.write(database, moods, spans)
    known.add([span[:3] for span in found], np.concatenate([reading.vectors for reading in readings]))
    return readings


def _same_model(rows: Sequence[queries.MessageRow], known: KnownVectors, embedder: Embedder) -> tuple[bool, bool]:
    """Whether any of the messages has vectors, and whether they are such as `embedder` makes."""
    sample = [(place, row.text[place[1] : place[2]]) for row in rows for place in known.places_of(row.id)][:SAMPLE]
    if not sample:
        return False, True
    fresh = embedder.embed([wording(text) for _, text in sample])
    stored = np.stack([known[place] for place, _ in sample])
    if stored.shape != fresh.shape:
        return True, False
    return True, float((stored * fresh).sum(axis=1).mean()) >= SAME_MODEL_FROM


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
        if vectors is not None and embedder is not None and span[:3] not in known:
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
