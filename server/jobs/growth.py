"""A run that builds on what is known: new messages join the needs there are, and what is left may make new ones.

One more complaint then moves one need, and the rest stay as people have come to know them. The whole is grouped anew
only in a run afresh.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from ...inference.called import Called
from ...inference.finding import EvidenceFound, Findings, Heard, Message, NeedFound, Parameters, Place, SpanFound
from ...inference.foreign import read_each, retold
from ...inference.label import NO_LABELS, Labels
from ...inference.need import find
from ...inference.past import NEW_SHARE, Past
from ...inference.place import NeedIndex, Piece
from ...inference.signal import Kind, Signal
from ...inference.vector import Embedder
from ...models.queries.orders import NEW_NEEDS

__all__ = ["Growth", "grow", "held", "index_of", "may_grow", "place", "told"]

GROWS_UP_TO = 0.25
"""Share of all messages that may be new: with more, the groups of before say too little of the whole."""
VOTERS_PER_NEED = 200
LEFT_OVER_MOST = 5_000
"""Messages without a need that are looked at again, the latest first."""
PLACED_AT_ONCE = 2_000
SHOWN_OF_NEED = 10
"""Spans of a new need by which the known one nearest to it is found."""

Phase = Callable[[str, float], None]


def may_grow(new: int, total: int) -> bool:
    """Whether so many new messages among all are few enough to build on what is known."""
    return new <= GROWS_UP_TO * total


@dataclass
class Growth:
    """What new messages add. Indexes of evidence point into `spans`."""

    spans: list[SpanFound] = field(default_factory=list)
    joined: dict[int, list[EvidenceFound]] = field(default_factory=lambda: defaultdict(list))
    """By known need."""
    needs: list[NeedFound] = field(default_factory=list)
    beside: list[int | None] = field(default_factory=list)
    """For each of `needs`, the known need that it is nearest to."""
    counts: dict[str, int] = field(default_factory=dict)
    timings: dict[str, float] = field(default_factory=dict)


def grow(
    messages: Sequence[Message],
    new: Collection[int],
    previous: Mapping[int, Sequence[Place]],
    known: Mapping[Place, NDArray[np.float32]],
    embedder: Embedder,
    parameters: Parameters,
    phase: Phase,
    labels: Labels = NO_LABELS,
    heard: Mapping[int, Heard] | None = None,
    called: Mapping[int, Called] | None = None,
) -> Growth:
    """Place the messages whose keys are `new` into the needs of `previous` (need -> supporting places), then find new needs.

    Of the messages of before none is needed but those that are `held`, and the last LEFT_OVER_MOST of those without evidence.
    `known` holds the vectors of every span with content; `labels` is what people say that spans are, `heard` what
    reading messages found under them, `called` what new evidence of the needs must bear out. Takes the processor;
    raises Cancelled, ModelUnavailable.
    """
    growth = Growth()
    heard = heard or {}
    evident = {place[0] for places in previous.values() for place in places}
    index = index_of(previous, known, {message.key: message.text for message in messages}, embedder, called or {})
    fresh = [message for message in messages if message.key in new and message.key not in evident]
    placed: set[int] = set()
    for start in range(0, len(fresh), PLACED_AT_ONCE):
        placed |= place(fresh[start : start + PLACED_AT_ONCE], index, known, embedder.name, labels, heard, growth)
        phase("link", start / len(fresh))
    settled = evident | placed
    left = [message for message in messages if message.key not in settled]
    old = [message for message in left if message.key not in new][-LEFT_OVER_MOST:]
    rest = old + [message for message in left if message.key in new]
    # what is left is looked at in the space of the needs that there are
    past = Past(called={need: one for need, one in (called or {}).items() if need in previous})
    found = find(rest, embedder, parameters, known, phase, past=past, labels=labels, heard=heard)
    _take(found, new, growth)
    texts = {message.key: message.text for message in messages}
    growth.beside = [_nearest(need, growth.spans, texts, known, index) for need in growth.needs]
    growth.counts = {
        **found.counts,
        "messages": len(messages),
        "needs": len(previous) + len(growth.needs),
        NEW_NEEDS: len(growth.needs),
        "evidence": sum(len(items) for items in growth.joined.values())
        + sum(len(need.evidence) for need in growth.needs),
    }
    growth.timings = dict(found.timings)
    return growth


def held(previous: Mapping[int, Sequence[Place]]) -> set[int]:
    """Keys of the messages of before by which `grow` knows the needs of `previous`: it needs no other that has evidence."""
    return {place[0] for places in previous.values() for place in _voters(places)}


def _voters(places: Sequence[Place]) -> list[Place]:
    """Evenly drawn, in order of message, so that spans of one message stay together."""
    here = sorted(places)
    return [here[at] for at in np.unique(np.linspace(0, len(here) - 1, VOTERS_PER_NEED).astype(int))] if here else []


def index_of(
    previous: Mapping[int, Sequence[Place]],
    known: Mapping[Place, NDArray[np.float32]],
    texts: Mapping[int, str],
    embedder: Embedder,
    called: Mapping[int, Called],
) -> NeedIndex:
    """The needs by some of their places, to ask where others belong."""
    index = NeedIndex(embedder)
    for need, places in sorted(previous.items()):
        # of what is held: places that others added meanwhile would shift the draw past most of what was held by it
        some = _voters([place for place in places if place in known and place[0] in texts])
        pieces = [Piece(key, texts[key][start:end]) for key, start, end in some]
        if pieces:
            index.learn(need, pieces, np.stack([known[place] for place in some]), called.get(need))
    return index


def place(
    messages: Sequence[Message],
    index: NeedIndex,
    known: Mapping[Place, NDArray[np.float32]],
    embedder: str,
    labels: Labels,
    heard: Mapping[int, Heard],
    growth: Growth,
) -> set[int]:
    """Add spans of the messages that belong to known needs; keys of the messages that have any."""
    unheard = told([message for message in messages if message.key not in heard], known, embedder, labels)
    spans: list[SpanFound] = []
    texts: list[str] = []
    for message in messages:
        found = heard[message.key] if message.key in heard else unheard[message.key]
        some = [span for span in found.spans if span[:3] in known]
        spans += some
        texts += [message.text[span.start : span.end] for span in some]
    if not spans:
        return set()
    vectors = np.stack([known[span[:3]] for span in spans])
    pieces = [Piece(span.key, text, span.kind, span.score) for span, text in zip(spans, texts, strict=True)]
    placements = index.place(pieces, vectors).placements
    keys = {spans[placement.span_index].key for placement in placements}
    rows: dict[int, int] = {}
    for number, span in enumerate(spans):
        # all spans of a message are told of, or none: the rest of it would be taken for gone
        if span.key in keys:
            rows[number] = len(growth.spans)
            growth.spans.append(span)
    for placement in placements:
        item = EvidenceFound(rows[placement.span_index], placement.stance, placement.confidence)
        growth.joined[placement.need_id].append(item)
    return keys


def told(
    messages: Sequence[Message], known: Mapping[Place, NDArray[np.float32]], embedder: str, labels: Labels
) -> dict[int, Heard]:
    """The spans of messages whose vectors are known, by message."""
    of, signals = read_each(messages, [message.language for message in messages])
    places = [(messages[row].key, start, end) for row, (start, end) in of]
    signals = labels.outweigh(places, signals)
    kept = [
        (messages[row], SpanFound(*place, signal.kind, signal.score))
        for (row, _), place, signal in zip(of, places, signals, strict=True)
        if signal.kind is not Kind.NOISE and place in known
    ]
    from_ = [message for message, _ in kept]
    spans = [span for _, span in kept]
    told_of: dict[int, list[SpanFound]] = {message.key: [] for message in messages}
    noise = Counter(
        messages[row].key for (row, _), signal in zip(of, signals, strict=True) if signal.kind is Kind.NOISE
    )
    if not spans:
        return {key: Heard([], noise[key]) for key in told_of}
    again = retold(
        [Signal(span.kind, span.score) for span in spans],
        [message.text[span.start : span.end] for message, span in zip(from_, spans, strict=True)],
        [message.rating for message in from_],
        [message.language for message in from_],
        np.stack([known[span[:3]] for span in spans]),
        embedder,
        labels.lesson,
    )
    again = labels.outweigh([span[:3] for span in spans], again)
    for span, new in zip(spans, again, strict=True):
        told_of[span.key].append(span._replace(kind=new.kind, score=new.score))
    return {key: Heard(found, noise[key]) for key, found in told_of.items()}


def _take(found: Findings, new: Collection[int], growth: Growth) -> None:
    """Take over the needs that new messages brought about, with the spans of what was looked at."""
    first = len(growth.spans)
    growth.spans += found.spans
    for need in found.needs:
        keys = [found.spans[item.span].key for item in need.evidence if item.stance == "SUPPORTS"]
        if sum(key in new for key in keys) >= NEW_SHARE * len(keys):
            evidence = [EvidenceFound(first + item.span, item.stance, item.confidence) for item in need.evidence]
            growth.needs.append(replace(need, evidence=evidence, aspect=None))


def _nearest(
    need: NeedFound,
    spans: Sequence[SpanFound],
    texts: Mapping[int, str],
    known: Mapping[Place, NDArray[np.float32]],
    index: NeedIndex,
) -> int | None:
    here = [spans[item.span][:3] for item in need.evidence if item.stance == "SUPPORTS"]
    here = [place for place in here if place in known][:SHOWN_OF_NEED]
    if not here:
        return None
    pieces = [Piece(key, texts[key][start:end]) for key, start, end in here]
    return index.nearest(pieces, np.stack([known[place] for place in here]))
