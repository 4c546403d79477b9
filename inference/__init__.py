"""The mind: text -> spans -> asks and pains -> vectors -> needs -> names. Pure functions; no database, no network.

Names are loaded at their first use, so that importing this package costs nothing.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .aspect import AspectFound
    from .finding import Cancelled, EvidenceFound, Findings, Message, NeedFound, Parameters, SpanFound
    from .identity import match
    from .need import find, named
    from .place import NeedIndex, Piece, Placed, Placement, VectorIndex
    from .signal import Kind, Signal, sentiment, severity, tell
    from .span import Span, split
    from .vector import Embedder, HashedWords, MiniLM
    from .weights import ModelFiles, ModelUnavailable, prepare

__all__ = [
    "AspectFound",
    "Cancelled",
    "Embedder",
    "EvidenceFound",
    "Findings",
    "HashedWords",
    "Kind",
    "Message",
    "MiniLM",
    "ModelFiles",
    "ModelUnavailable",
    "NeedFound",
    "NeedIndex",
    "Parameters",
    "Piece",
    "Placed",
    "Placement",
    "Signal",
    "Span",
    "SpanFound",
    "VectorIndex",
    "find",
    "match",
    "named",
    "prepare",
    "sentiment",
    "severity",
    "split",
    "tell",
]

_ROOMS = {
    "aspect": ("AspectFound",),
    "finding": ("Cancelled", "EvidenceFound", "Findings", "Message", "NeedFound", "Parameters", "SpanFound"),
    "identity": ("match",),
    "need": ("find", "named"),
    "place": ("NeedIndex", "Piece", "Placed", "Placement", "VectorIndex"),
    "signal": ("Kind", "Signal", "sentiment", "severity", "tell"),
    "span": ("Span", "split"),
    "vector": ("Embedder", "HashedWords", "MiniLM"),
    "weights": ("ModelFiles", "ModelUnavailable", "prepare"),
}
_HOME = {name: room for room, names in _ROOMS.items() for name in names}


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f".{_HOME[name]}", __name__), name)
    globals()[name] = value
    return value
