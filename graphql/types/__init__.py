"""The types of the graph, one file each; importing this package declares them all."""

from . import (
    ask,
    aspect,
    complaint,
    counts,
    customer,
    document,
    evidence,
    invention,
    label,
    mention,
    need,
    plane,
    query,
    run,
    shipment,
    team,
)

__all__ = [
    "ask",
    "aspect",
    "complaint",
    "counts",
    "customer",
    "document",
    "evidence",
    "invention",
    "label",
    "mention",
    "need",
    "plane",
    "query",
    "run",
    "shipment",
    "team",
]
