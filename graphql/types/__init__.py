"""The types of the graph, one file each; importing this package declares them all."""

from . import ask, complaint, counts, customer, document, evidence, invention, need, query, run, team

__all__ = [
    "ask",
    "complaint",
    "counts",
    "customer",
    "document",
    "evidence",
    "invention",
    "need",
    "query",
    "run",
    "team",
]
