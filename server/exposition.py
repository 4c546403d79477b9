"""What this process has answered, keeps and has open, as Prometheus reads it."""

from __future__ import annotations

import platform
from collections.abc import Iterator
from importlib.metadata import version
from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry, ProcessCollector
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    InfoMetricFamily,
    Metric,
)
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector

from .metrics import BOUNDS, METRICS, Metrics

if TYPE_CHECKING:
    from .services import Services

__all__ = ["exposition"]

PREFIX = "nobodyasked_"


class Served(Collector):
    """Turns the numbers into Prometheus's families when it asks."""

    def __init__(self, services: Services, ready: bool, metrics: Metrics) -> None:
        self._services = services
        self._ready = ready
        self._metrics = metrics

    def collect(self) -> Iterator[Metric]:
        services, metrics = self._services, self._metrics
        info = {"version": version("nobodyasked"), "python": platform.python_version()}
        yield InfoMetricFamily(PREFIX + "build", "What runs here.", value=info)
        yield GaugeMetricFamily(PREFIX + "ready", "1 where /readyz answers 200, else 0.", value=int(self._ready))
        yield from self._requests(metrics)
        yield CounterMetricFamily(PREFIX + "errors", "Errors that nobody foresaw.", value=metrics.errors)
        refused = CounterMetricFamily(PREFIX + "throttled", "Requests that came too often.", labels=["code"])
        for code, count in metrics.refused.items():
            refused.add_metric([code], count)
        yield refused
        notices = CounterMetricFamily(PREFIX + "notices", "Attempts to tell a customer.", labels=["outcome"])
        for outcome, count in metrics.notices.items():
            notices.add_metric([outcome], count)
        yield notices
        yield GaugeMetricFamily(PREFIX + "busy_tasks", "Work that a stop would wait for.", value=services.drain.busy)
        gate = services.engine.gate
        operations = GaugeMetricFamily(PREFIX + "operations", "Operations under way.", labels=["state"])
        operations.add_metric(["running"], gate.running)
        operations.add_metric(["waiting"], gate.waiting)
        yield operations
        yield GaugeMetricFamily(PREFIX + "subscriptions", "Subscriptions that are open.", value=gate.subscribed)
        cache = services.engine.cache
        if cache is not None:
            figures = cache.figures()
            kept = CounterMetricFamily(PREFIX + "kept_answers", "Answers, by whether they were kept.", labels=["found"])
            for found in ("hits", "shared", "misses"):
                kept.add_metric([found], figures[found])
            yield kept
            yield GaugeMetricFamily(PREFIX + "kept_answers_bytes", "Memory of kept answers.", value=figures["bytes"])
            yield GaugeMetricFamily(PREFIX + "kept_answers_entries", "Kept answers.", value=figures["entries"])

    @staticmethod
    def _requests(metrics: Metrics) -> Iterator[Metric]:
        labels = ["kind", "way", "status"]
        seconds = HistogramMetricFamily(PREFIX + "request_seconds", "Time from a request to its answer.", labels=labels)
        sums = {
            name: CounterMetricFamily(PREFIX + name, words, labels=labels)
            for name, words in (
                ("statements", "SQL statements that reads were answered by."),
                ("points", "Points that operations used."),
                ("response_bytes", "Bytes of answers."),
            )
        }
        for (kind, way, status), series in list(metrics.series.items()):
            named = [kind or "", way, str(status)]
            total, buckets = 0, []
            for bound, count in zip([*map(str, BOUNDS), "+Inf"], series.buckets, strict=True):
                total += count
                buckets.append((bound, total))
            seconds.add_metric(named, buckets, series.seconds)
            sums["statements"].add_metric(named, series.statements)
            sums["points"].add_metric(named, series.points)
            sums["response_bytes"].add_metric(named, series.bytes)
        yield seconds
        yield from sums.values()


def exposition(services: Services, accept: str | None, ready: bool, metrics: Metrics = METRICS) -> tuple[bytes, str]:
    """The numbers as text, in the form that the asking side likes best, and its media type."""
    registry = CollectorRegistry()
    registry.register(Served(services, ready, metrics))
    ProcessCollector(registry=registry)
    encode, media = choose_encoder(accept or "")
    return encode(registry), media
