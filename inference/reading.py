"""What messages hold: their spans, told apart, with their vectors."""

import time
from array import array
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from .escape import wording
from .finding import Cancelled, Heard, Message, Place, SpanFound
from .foreign import read_each, retold
from .label import Labels
from .signal import Kind, Signal
from .store import KnownVectors, Vectors, blocks
from .vector import Embedder
from .voice import voices
from .wording import Wording

__all__ = ["Reading"]

Floats = NDArray[np.float32]

_EMBEDDED_AT_ONCE = 512
_PASTED_FROM = 8  # words
_READ_AT_ONCE = 500  # messages


class Reading:
    """The messages of a run; `read` finds their spans, `embed` what these mean and so what kinds they are.

    `known` gives vectors by place, `heard` what was found by reading messages before, by key. `progress` and `cancelled` as for `find`.
    """

    def __init__(
        self,
        messages: Sequence[Message],
        embedder: Embedder,
        known: Mapping[Place, Floats],
        progress: Callable[[str, float], None] | None,
        cancelled: Callable[[], bool] | None,
        labels: Labels,
        heard: Mapping[int, Heard],
    ) -> None:
        self.messages = messages
        self.embedder = embedder
        self.known = known
        self._progress = progress
        self._cancelled = cancelled
        self.labels = labels
        self.heard = heard
        self.timings: dict[str, float] = {}
        self._done: dict[str, float] = {}  # of each phase, 0 to 1
        self.spans: list[SpanFound] = []
        self.texts: list[str] = []
        self.noise = 0

    def timed(self, phase: str, step: Callable[[], None]) -> None:
        """Take a step that is a phase, and note its seconds."""
        self.tick(phase, 0.0)
        began = time.perf_counter()
        step()
        self.timings[phase] = round(time.perf_counter() - began, 3)
        self.tick(phase, 1.0)

    def tick(self, phase: str, share: float) -> None:
        """Tell how much of a phase is done, which never grows less: some steps are taken again. Raises Cancelled."""
        self.check()
        share = self._done[phase] = max(share, self._done.get(phase, 0.0))
        if self._progress is not None:
            self._progress(phase, share)

    def check(self) -> None:
        """Raises Cancelled."""
        if self._cancelled is not None and self._cancelled():
            raise Cancelled

    def read(self) -> None:
        """Find the spans with content, and how customers word things."""
        message_of = array("i")
        for start in range(0, len(self.messages), _READ_AT_ONCE):
            if start:
                self.tick("read", start / len(self.messages))
            some = self.messages[start : start + _READ_AT_ONCE]
            new = self._told([message for message in some if message.key not in self.heard])
            for number, message in enumerate(some, start):
                found = self.heard[message.key] if message.key in self.heard else new[message.key]
                self.noise += found.noise
                self.spans += found.spans
                message_of.extend([number] * len(found.spans))
                self.texts += (message.text[span.start : span.end] for span in found.spans)
        self.message_of = np.array(message_of, dtype=np.int32)
        self.wording = Wording(
            [message.text for message in self.messages], [message.product for message in self.messages]
        )
        codes: dict[object, int] = {}
        # a message without a customer is one customer's
        self.customer = np.array(
            [
                codes.setdefault(("message", message.key) if message.customer is None else message.customer, len(codes))
                for message in self.messages
            ],
            dtype=np.int32,
        )
        self.voice_of = np.array(voices([message.text for message in self.messages]), dtype=np.int32)
        # who pastes what another wrote words nothing; what is short is said alike by many
        long = np.array([len(message.text.split()) >= _PASTED_FROM for message in self.messages], dtype=np.bool_)
        self.speaker = np.where(long, self.customer[self.voice_of], self.customer)

    def _told(self, some: Sequence[Message]) -> dict[int, Heard]:
        """What messages hold, by key, told without vectors."""
        rows, signals = read_each(some, [message.language for message in some])
        of = [(some[row], *place) for row, place in rows]
        signals = self.labels.outweigh([(message.key, start, end) for message, start, end in of], signals)
        spans: dict[int, list[SpanFound]] = {message.key: [] for message in some}
        noise: Counter[int] = Counter()
        for (message, start, end), signal in zip(of, signals, strict=True):
            if signal.kind is Kind.NOISE:
                noise[message.key] += 1
            else:
                spans[message.key].append(SpanFound(message.key, start, end, signal.kind, signal.score))
        return {key: Heard(found, noise[key]) for key, found in spans.items()}

    def embed(self) -> None:
        """Give each span its vector, shape (spans, width), each wording embedded once; and tell the kinds again with them."""
        known = self._known()
        self.vectors = Vectors(len(self.spans), known.store)
        numbers = np.array([known.number(span[:3]) for span in self.spans], dtype=np.int32)
        self.vectors.point(numbers >= 0, numbers[numbers >= 0])
        rows_of: dict[str, list[int]] = defaultdict(list)
        for row in np.flatnonzero(numbers < 0).tolist():
            rows_of[wording(self.texts[row])].append(row)
        texts = sorted(rows_of, key=len)
        self.embedded = len(texts)
        for start in range(0, len(texts), _EMBEDDED_AT_ONCE):
            self.tick("embed", start / len(texts))
            chunk = texts[start : start + _EMBEDDED_AT_ONCE]
            self.vectors.add([rows_of[text] for text in chunk], self.embedder.embed(chunk))
        self._retell()

    def _known(self) -> KnownVectors:
        """What is known, as it is kept; of vectors in another mapping a copy of those that are wanted."""
        if isinstance(self.known, KnownVectors):
            return self.known
        kept = KnownVectors(self.embedder.dimensions)
        for span in self.spans if self.known else ():
            given = self.known.get(span[:3])
            if given is not None:
                kept.add([span[:3]], given[None, :])
        return kept

    def _retell(self) -> None:
        """Tell the kinds again, surer for the meaning."""
        new = [row for row, span in enumerate(self.spans) if span.key not in self.heard]
        for some in blocks(len(new)):
            self.check()
            self._retell_some(new[some])

    def _retell_some(self, new: Sequence[int]) -> None:
        spans = [self.spans[row] for row in new]
        from_ = [self.messages[self.message_of[row]] for row in new]
        again = retold(
            [Signal(span.kind, span.score) for span in spans],
            [self.texts[row] for row in new],
            [message.rating for message in from_],
            [message.language for message in from_],
            self.vectors[new],
            self.embedder.name,
            self.labels.lesson,
        )
        again = self.labels.outweigh([span[:3] for span in spans], again)
        for row, span, told in zip(new, spans, again, strict=True):
            self.spans[row] = span._replace(kind=told.kind, score=told.score)
