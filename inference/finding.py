"""What a run takes and what it gives: messages and settings in; spans, needs and their evidence out."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .aspect import AspectFound
from .called import Called
from .signal import Kind
from .statement import Basis
from .store import Place, Vectors

__all__ = [
    "DEFAULTS",
    "Cancelled",
    "EvidenceFound",
    "Findings",
    "Heard",
    "Message",
    "NeedFound",
    "Parameters",
    "Place",
    "SpanFound",
    "Stance",
]

Floats = NDArray[np.float32]
Stance = Literal["SUPPORTS", "CONTRADICTS"]


class Cancelled(Exception):
    """The caller's `cancelled` said so; nothing was kept."""


@dataclass(frozen=True, slots=True)
class Message:
    """One message. `key` is unique in a run; messages without a customer count as one customer each; rating 1..5.

    A language other than English (ISO 639-1; None and `und` are read as English) keeps English rules from judging it.
    """

    key: int
    text: str
    customer: int | None = None
    rating: float | None = None
    language: str | None = None
    product: str | None = None
    """What it is about, where its source says so."""


@dataclass(frozen=True)
class Parameters:
    """Settings of a run, all plain numbers.

    granularity: 0..1, how alike the members of one need must be: the mean of their vectors is at least that long.
    0.5 gives few broad needs, 0.7 many narrow ones.
    minimum_customers: how many distinct customers a need takes at least; copies of one text, edited or not, count as one. From 150
    messages on it is never fewer than 3, and 1 more for each 20,000 messages.
    closeness: the cosine to a need's centre below which a span is no evidence of it.
    seed: of the community detection; the same messages, parameters and seed give the same needs.
    """

    granularity: float = 0.53
    minimum_customers: int = 2
    closeness: float = 0.35
    seed: int = 0


class SpanFound(NamedTuple):
    """A span with content: message key, code-point range, kind, score of the kind."""

    key: int
    start: int
    end: int
    kind: Kind
    score: float


class Heard(NamedTuple):
    """What reading a message found: its spans, in order, told with their vectors, and how many more hold nothing."""

    spans: Sequence[SpanFound]
    noise: int


class EvidenceFound(NamedTuple):
    """`span` is an index into Findings.spans; confidence 0..1."""

    span: int
    stance: Stance
    confidence: float


@dataclass(frozen=True)
class NeedFound:
    """A need: what it is called and why it is believed. `centroid` is the mean of its supporting vectors, length 1.

    `aspect` is an index into Findings.aspects; None where the need is like no others.
    """

    statement: str
    basis: Basis
    confidence: float
    key_phrases: list[str]
    centroid: Floats
    evidence: list[EvidenceFound]
    aspect: int | None = None
    called: Called | None = None


@dataclass(frozen=True)
class Findings:
    """The result of a run. Spans without content are left out of `spans` and counted in counts["noise"].

    `aspects` are what the needs are about, those of the most customers first: the upper level of a tree.
    `groups` are the spans that are alike, before it was asked which of them tell of a need: most of a need's evidence comes
    out of one of them. Praise, and what tells of nothing, is in none.
    """

    spans: list[SpanFound]
    vectors: Vectors
    needs: list[NeedFound]
    counts: dict[str, int]
    timings: dict[str, float]
    aspects: list[AspectFound] = field(default_factory=list)
    groups: list[list[int]] = field(default_factory=list)


DEFAULTS = Parameters()
