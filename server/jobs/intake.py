"""What a run takes in: every message is read that nobody has read, but only those are held that the run works on.

What reading finds is written at once, so that a run that is cut off need not read it again.
"""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from ...inference.escape import wording
from ...inference.finding import Heard, Message, SpanFound
from ...inference.finding import Place as SpanPlace
from ...inference.label import Labels
from ...inference.language import language
from ...inference.rival import folded
from ...inference.signal import Kind
from ...inference.store import KnownVectors
from ...inference.vector import Embedder
from ...models.commands import facts, findings
from ...models.commands.links import SpanDraft
from ...models.database import Database
from ...models.queries import inference as queries
from ...models.span import SpanKind
from .reader import Reading, halves, made_by, pack, read

__all__ = ["Intake", "Part", "parts", "share_of", "take_in"]

READ_AT_ONCE = 256
SAMPLE = 8
SAME_MODEL_FROM = 0.9
"""Mean cosine of stored and fresh vectors of the same texts: rounding leaves 0.99 and more, another model about 0."""

Keep = Callable[[int], bool]
"""Whether a run works on the message of a key."""


@dataclass
class Intake:
    """The messages that a run works on, with vectors, and what was found in those of them that were read now, by key.

    `read_now` has the keys of all that were read now, whether they are held or not; `with_spans` is how many of these hold
    anything, `noise` how many spans without content those of them have that are not held, `total` how many messages there are.
    """

    known: KnownVectors
    messages: list[Message] = field(default_factory=list)
    heard: dict[int, Heard] = field(default_factory=dict)
    read_now: set[int] = field(default_factory=set)
    with_spans: int = 0
    noise: int = 0
    total: int = 0


@dataclass
class Part:
    """Some messages in the order of their keys, with the vectors and the kinds of their spans as the database has them."""

    messages: list[Message]
    known: KnownVectors
    spans: dict[int, list[SpanFound]]


def share_of(most: int, total: int) -> Keep:
    """An even draw of about `most` of `total` messages, the same for the same numbers; all where there are no more."""
    least = (most << 32) // total if total > most else 1 << 32
    # multiplicative hashing (Knuth 1973): neither times nor sources that alternate are drawn more than others
    return lambda key: (key * 0x9E37_79B1 & 0xFFFF_FFFF) < least


async def take_in(
    database: Database, embedder: Embedder, watermark: int, labels: Labels, tell: Callable[[float], None], keep: Keep
) -> Intake:
    """Read and write what is unread up to a watermark, and hold what `keep` says. `tell` is told the share that is done."""
    intake = Intake(KnownVectors(embedder.dimensions))
    total = await queries.message_count(database, watermark)
    # what a person labelled is told by `find`: the label may be of what was left out here
    labelled = {key for key, *_ in labels.kinds}
    checked, same = False, True
    async for part in parts(database, embedder, watermark):
        if not checked and part.known:
            # neither do those of a model that changed under its name compare with ours
            checked, same = _same_model(part, embedder)
        unread = [message for message in part.messages if not same or not part.known.has_message(message.key)]
        kept = [message for message in part.messages if keep(message.key)]
        if same:
            _hold(intake.known, part.known, [place for message in kept for place in part.known.places_of(message.key)])
        for start in range(0, len(unread), READ_AT_ONCE):
            some = unread[start : start + READ_AT_ONCE]
            for reading in await _read(database, embedder, some, labels):
                intake.read_now.add(reading.key)
                intake.with_spans += bool(reading.spans)
                if not keep(reading.key):
                    intake.noise += reading.noise
                    continue
                intake.known.add([span[:3] for span in reading.spans], reading.vectors)
                if reading.key not in labelled:
                    intake.heard[reading.key] = Heard(reading.spans, reading.noise)
            tell((intake.total + (start + len(some)) * len(part.messages) / len(unread)) / total)
        intake.messages += kept
        intake.total += len(part.messages)
        tell(intake.total / total)
    return intake


async def parts(database: Database, embedder: Embedder, watermark: int) -> AsyncIterator[Part]:
    """All messages up to a watermark, some thousands at a time; of their spans those that have a vector of the embedder."""
    async for chunk in queries.messages(database, watermark):
        rows = await queries.spans(database, chunk[0].id, chunk[-1].id)
        rows = [row for row in rows if made_by(row.vector, embedder)]
        known = KnownVectors(embedder.dimensions)
        if rows:
            known.add([(row.complaint_id, row.start, row.end) for row in rows], halves([row.vector for row in rows]))
        spans: dict[int, list[SpanFound]] = {row.id: [] for row in chunk}
        for row in rows:
            if row.complaint_id in spans:
                spans[row.complaint_id].append(
                    SpanFound(row.complaint_id, row.start, row.end, Kind(row.kind), row.score)
                )
        messages = [
            Message(
                row.id,
                row.text,
                row.customer_id,
                row.rating,
                sys.intern(row.language or language(row.text)),
                None if row.product is None else sys.intern(row.product),
            )
            for row in chunk
        ]
        yield Part(messages, known, spans)


def _hold(held: KnownVectors, known: KnownVectors, places: Sequence[SpanPlace]) -> None:
    if places:
        held.add(places, known.taken(places))


async def _read(database: Database, embedder: Embedder, messages: Sequence[Message], labels: Labels) -> list[Reading]:
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
    return readings


def _same_model(part: Part, embedder: Embedder) -> tuple[bool, bool]:
    """Whether any of the messages has vectors, and whether they are such as `embedder` makes."""
    sample = [
        (place, message.text[place[1] : place[2]])
        for message in part.messages
        for place in part.known.places_of(message.key)
    ][:SAMPLE]
    if not sample:
        return False, True
    fresh = embedder.embed([wording(text) for _, text in sample])
    stored = np.stack([part.known[place] for place, _ in sample])
    if stored.shape != fresh.shape:
        return True, False
    return True, float((stored * fresh).sum(axis=1).mean()) >= SAME_MODEL_FROM
