"""What this process has answered, counted as it goes: a microsecond a request, and no library until somebody asks.

`exposition.py` gives the numbers to Prometheus, `telemetry.py` to OpenTelemetry.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .logs import Exchange

__all__ = ["BOUNDS", "METRICS", "Metrics", "Series"]

BOUNDS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
"""Upper bounds of the histogram's buckets, in seconds."""


@dataclass(slots=True)
class Series:
    """Requests of one kind that ended alike."""

    buckets: list[int] = field(default_factory=lambda: [0] * (len(BOUNDS) + 1))
    seconds: float = 0.0
    statements: int = 0
    points: int = 0
    bytes: int = 0


class Metrics:
    """Of one process."""

    def __init__(self) -> None:
        self.series: dict[tuple[str | None, str, int], Series] = {}
        """By kind of operation (None for what is none), way of answering, and status."""
        self.errors = 0
        """Errors that nobody foresaw."""
        self.refused: Counter[str] = Counter()
        """Requests that were refused for coming too often, by code."""
        self.notices: Counter[str] = Counter()
        """Attempts to tell a customer, by what came of them."""
        self.observers: list[Callable[[Exchange, float], None]] = []
        """Told of every request that ended, with its seconds."""

    def observe(self, exchange: Exchange, seconds: float) -> None:
        """Count a request that has ended."""
        context = exchange.context
        way = context.way if context is not None else ""
        key = (exchange.kind, way, exchange.status)
        series = self.series.get(key)
        if series is None:
            series = self.series[key] = Series()
        series.buckets[bisect_left(BOUNDS, seconds)] += 1
        series.seconds += seconds
        series.bytes += exchange.size
        if context is not None:
            series.statements += context.statements
            if context.account is not None:
                series.points += context.account.used
        for observer in self.observers:
            observer(exchange, seconds)


METRICS = Metrics()
"""This process's."""
