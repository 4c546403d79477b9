"""Messages read: their spans, what each does, its meaning as a vector, and the mood of the whole.

The same reading for a message that has just come and for a run over all of them.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from ...inference.escape import wording
from ...inference.finding import Message, SpanFound
from ...inference.foreign import mood, read_each, retold
from ...inference.label import NO_LABELS, Labels
from ...inference.language import is_english, language
from ...inference.rival import named
from ...inference.signal import Kind, Signal
from ...inference.vector import Embedder

__all__ = ["Reading", "halves", "made_by", "pack", "read", "unpack"]

Floats = NDArray[np.float32]

MARK_BYTES = 4


@dataclass(frozen=True, slots=True)
class Reading:
    """What one message holds. `vectors` has a row of length 1 for each span; spans without content are left out.

    `language` is that of the message where it states one, else what was found (ISO 639-1, or `und`).
    """

    key: int
    spans: list[SpanFound]
    vectors: Floats
    sentiment: float
    severity: int
    language: str
    competitors: list[str] = field(default_factory=list)
    """Those that it names, where it is English."""
    noise: int = 0
    """How many spans were left out."""


def read(messages: Sequence[Message], embedder: Embedder, labels: Labels = NO_LABELS) -> list[Reading]:
    """The readings of messages, in their order; each wording among them is embedded once.

    `labels` is what people say that spans are.

    Takes the processor for milliseconds a message: not for the event loop. Raises ModelUnavailable.
    """
    row_of: dict[str, int] = {}
    rows: list[int] = []
    wordings: list[str] = []
    languages = [message.language or language(message.text) for message in messages]
    of, told = read_each(messages, languages)
    texts = [messages[number].text[start:end] for number, (start, end) in of]
    spans_of: list[list[SpanFound]] = [[] for _ in messages]
    noise = [0] * len(messages)
    for (number, (start, end)), text, signal in zip(of, texts, told, strict=True):
        if signal.kind is Kind.NOISE:
            noise[number] += 1
            continue
        spans_of[number].append(SpanFound(messages[number].key, start, end, signal.kind, signal.score))
        rows.append(row_of.setdefault(wording(text), len(row_of)))
        wordings.append(text)
    vectors = embedder.embed(list(row_of))[rows] if rows else np.zeros((0, embedder.dimensions), np.float32)
    spoken_in = [spoken for spoken, spans in zip(languages, spans_of, strict=True) for _ in spans]
    ratings = [message.rating for message, spans in zip(messages, spans_of, strict=True) for _ in spans]
    first = [Signal(span.kind, span.score) for spans in spans_of for span in spans]
    signals = retold(first, wordings, ratings, spoken_in, vectors, embedder.name, labels.lesson)
    signals = labels.outweigh([span[:3] for spans in spans_of for span in spans], signals)
    readings = []
    taken = 0
    for message, before, spoken, nothing in zip(messages, spans_of, languages, noise, strict=True):
        mine = slice(taken, taken + len(before))
        taken += len(before)
        spans = [
            span._replace(kind=signal.kind, score=signal.score)
            for span, signal in zip(before, signals[mine], strict=True)
        ]
        strongest = max(spans, key=lambda span: span.score).kind if spans else Kind.NOISE
        feeling, hurt = mood(message.text, message.rating, spoken, strongest)
        rivals = named(message.text, message.product) if is_english(spoken) else []
        readings.append(Reading(message.key, spans, vectors[mine], feeling, hurt, spoken, rivals, nothing))
    return readings


def pack(vectors: Floats, embedder: Embedder) -> list[bytes]:
    """Rows as the span table keeps them: little-endian float16s, then four bytes that tell whose they are."""
    mark = _mark(embedder)
    return [row.tobytes() + mark for row in np.asarray(vectors).astype("<f2")]


def unpack(rows: Sequence[bytes]) -> Floats:
    """The opposite of `pack`: shape (n, width) from n rows of one width, at least one."""
    return halves(rows).astype(np.float32)


def halves(rows: Sequence[bytes]) -> NDArray[np.float16]:
    """The same as they are kept."""
    joined = np.frombuffer(b"".join(rows), dtype="<f2").reshape(len(rows), -1)
    return joined[:, : -MARK_BYTES // 2]


def made_by(row: bytes, embedder: Embedder) -> bool:
    """Whether a row of the span table is a vector of this embedder: those of others do not compare with its own."""
    return len(row) == 2 * embedder.dimensions + MARK_BYTES and row.endswith(_mark(embedder))


def _mark(embedder: Embedder) -> bytes:
    return zlib.crc32(embedder.name.encode()).to_bytes(MARK_BYTES, "little")
