"""Traces and metrics for OpenTelemetry, where its API is installed and somebody has set its SDK up (`opentelemetry-instrument`).

A span is written when its request has ended, with the times that it took, and one inside it for each part of it (`models/timing.py`):
whoever sends no traces pays for none.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from .metrics import METRICS

if TYPE_CHECKING:
    from .logs import Exchange

__all__ = ["connect", "document_hash"]


def document_hash(query: str) -> str:
    """What a document is known by where its text must not be told: the first half of its SHA-256, hexadecimal."""
    return hashlib.sha256(query.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def connect() -> Callable[[], None] | None:
    """Tell OpenTelemetry of every request from now on; what ends that. None where nobody would listen."""
    try:
        from opentelemetry import metrics, trace
        from opentelemetry.propagate import extract
    except ImportError:
        return None
    # the API alone has providers that do nothing
    if type(trace.get_tracer_provider()).__module__.startswith("opentelemetry.trace"):
        return None
    tracer = trace.get_tracer("nobodyasked")
    meter = metrics.get_meter("nobodyasked")
    durations = meter.create_histogram(
        "graphql.server.duration", unit="s", description="Time from a request to its answer."
    )
    statements = meter.create_counter(
        "nobodyasked.statements", description="SQL statements that reads were answered by."
    )
    points = meter.create_counter("nobodyasked.points", description="Points that operations used.")

    def tell(exchange: Exchange, seconds: float) -> None:
        attributes = attributes_of(exchange)
        bounded = {name: attributes[name] for name in BOUNDED if name in attributes}
        durations.record(seconds, bounded)
        statements.add(attributes.get("nobodyasked.statements", 0), bounded)
        points.add(attributes.get("nobodyasked.points", 0), bounded)
        # the two clocks run alike for as long as a request lasts
        zero = time.time_ns() - time.perf_counter_ns()

        def at(moment: float) -> int:
            return zero + int(moment * 1_000_000_000)

        parent = extract({"traceparent": exchange.traceparent}) if exchange.traceparent else None
        name = " ".join(part for part in (exchange.kind or exchange.method, exchange.operation) if part)
        span = tracer.start_span(name, parent, trace.SpanKind.SERVER, attributes, start_time=at(exchange.started))
        if exchange.status >= 500:
            span.set_status(trace.StatusCode.ERROR)
        if exchange.parts is not None:
            exchange.parts.close()
            if exchange.parts.left_out:
                span.set_attribute("nobodyasked.parts_left_out", exchange.parts.left_out)
            inside = trace.set_span_in_context(span)
            for part, began, ended in exchange.parts.taken:
                tracer.start_span(part, inside, start_time=at(began)).end(at(ended))
        span.end(at(exchange.started + seconds))

    METRICS.observers.append(tell)
    return lambda: METRICS.observers.remove(tell)


BOUNDED = ("graphql.operation.type", "nobodyasked.way", "http.response.status_code")
"""Attributes of few values, by which durations are told apart."""


def attributes_of(exchange: Exchange) -> dict[str, Any]:
    """What a span says of a request: never its document, its variables or who sent it."""
    found: dict[str, Any] = {
        "http.request.method": exchange.method,
        "url.path": exchange.path,
        "http.response.status_code": exchange.status,
        "http.response.body.size": exchange.size,
        "nobodyasked.request_id": exchange.request_id,
        "graphql.operation.type": exchange.kind,
        "graphql.operation.name": exchange.operation,
    }
    context = exchange.context
    if context is not None:
        found |= {"nobodyasked.way": context.way, "nobodyasked.statements": context.statements}
        if context.account is not None:
            found["nobodyasked.points"] = context.account.used
    if exchange.document is not None:
        found["graphql.document.hash"] = document_hash(exchange.document)
    return {name: value for name, value in found.items() if value is not None}
