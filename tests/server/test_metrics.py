"""What is seen from outside: counts, slow operations, traces. Never what was asked, or by whom."""

from __future__ import annotations

import logging
import re
from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx
import pytest
import yaml
from opentelemetry import metrics as otel_metrics
from opentelemetry import trace
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from prometheus_client.parser import text_string_to_metric_families

from nobodyasked.models import timing
from nobodyasked.models.team import Role
from nobodyasked.server import logs, telemetry
from nobodyasked.server.metrics import METRICS, Metrics

from ..house.test_rooms import ROOT
from ..security.conftest import House
from ..security.conftest import house as house
from .fakes import TOKEN, Stand, served

SECRET = "a very private word"


@pytest.fixture(autouse=True)
def fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(METRICS, "series", {})
    monkeypatch.setattr(METRICS, "refused", type(METRICS.refused)())
    monkeypatch.setattr(METRICS, "errors", 0)


@pytest.fixture
async def stand() -> AsyncIterator[Stand]:
    async with served() as made:
        yield made


def samples(text: str) -> dict[tuple[str, str], float]:
    """Values by name and labels."""
    return {
        (one.name, ",".join(f"{name}={value}" for name, value in sorted(one.labels.items()))): one.value
        for family in text_string_to_metric_families(text)
        for one in family.samples
    }


async def test_requests_are_counted(stand: Stand) -> None:
    async with httpx.AsyncClient(headers=TOKEN) as client:
        for _ in range(3):
            await client.post(f"{stand.url}/graphql", json={"query": "{ hello soon }"})
        await client.post(f"{stand.url}/graphql", json={"query": "mutation { hello }"})
        await client.post(f"{stand.url}/graphql", json={"query": "{ boom }"})
        assert (await client.post(f"{stand.url}/metrics")).status_code == 405
        assert (await client.get(f"{stand.url}/metrics", headers={"Authorization": ""})).status_code == 401
        answer = await client.get(f"{stand.url}/metrics")
    assert answer.headers["content-type"].startswith("text/plain; version=")
    seen = samples(answer.text)
    assert seen["nobodyasked_request_seconds_count", "kind=query,status=200,way="] == 3
    assert seen["nobodyasked_request_seconds_count", "kind=mutation,status=200,way="] == 1
    assert seen["nobodyasked_request_seconds_count", "kind=query,status=500,way="] == 1
    assert seen["nobodyasked_request_seconds_count", "kind=,status=405,way="] == 1
    assert seen["nobodyasked_errors_total", ""] == 1
    assert seen["nobodyasked_request_seconds_bucket", "kind=query,le=30.0,status=200,way="] == 3
    assert any(name.startswith("process_resident_memory") for name, _ in seen)


@pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)
async def test_how_it_was_answered_is_counted(house: House) -> None:
    query = "{ complaints { nodes { id } } needs { totalCount } }"
    for _ in range(3):
        await house.ask(query, None)
    await house.ask("{ viewer { member { name } } needs { totalCount } }", None)
    seen = samples((await house.client.get("/metrics")).text)
    assert seen["nobodyasked_request_seconds_count", "kind=query,status=200,way=plan"] == 2
    assert seen["nobodyasked_statements_total", "kind=query,status=200,way=plan"] == 4
    # from the third time on it is kept
    assert seen["nobodyasked_request_seconds_count", "kind=query,status=200,way=kept"] == 1
    assert seen["nobodyasked_kept_answers_total", "found=hits"] == 1
    assert seen["nobodyasked_statements_total", "kind=query,status=200,way=walk"] == 1


EXPRESSION = re.compile(r"([a-z_]+)\s*(?:\{([^}]*)\})?")
FUNCTIONS = {"sum", "rate", "increase", "changes", "histogram_quantile", "by", "le", "code", "m", "h"}


async def test_every_alert_is_of_what_is_measured_and_has_a_page_in_the_runbook(stand: Stand) -> None:
    METRICS.refused["THROTTLED"] += 1
    async with httpx.AsyncClient(headers=TOKEN) as client:
        await client.post(f"{stand.url}/graphql", json={"query": "{ hello soon }"})
        seen = samples((await client.get(f"{stand.url}/metrics")).text)
    runbook = (ROOT / "docs/operations.md").read_text()
    labels: dict[str, set[str]] = {"up": {"job"}}
    for name, given in seen:
        # Prometheus adds the job by itself
        labels.setdefault(name, {"job"}).update(pair.partition("=")[0] for pair in given.split(",") if pair)
    for group in yaml.safe_load((ROOT / "docs/alerts.yml").read_text())["groups"]:
        for rule in group["rules"]:
            named = [(name, asked) for name, asked in EXPRESSION.findall(rule["expr"]) if name not in FUNCTIONS]
            assert named, rule["alert"]
            for name, asked in named:
                assert name in labels, f"{rule['alert']}: nothing is called {name}"
                wanted = set(re.findall(r"(\w+)=", asked))
                assert wanted <= labels[name], f"{rule['alert']}: {name} has no {wanted - labels[name]}"
            assert rule["annotations"]["summary"].strip()
            assert f"#### {rule['alert']}\n" in runbook
            assert rule["annotations"]["runbook"] == f"docs/operations.md#{rule['alert'].lower()}"
    # and the page on metrics names all there are
    table = runbook[runbook.index("## Metrics") :]
    ours = {name.removesuffix("_bucket").removesuffix("_count").removesuffix("_sum") for name, _ in seen}
    for name in ours:
        stem = name.replace("nobodyasked_kept_answers_", "_")
        assert f"`{name}`" in table or f"`{stem}`" in table or name.startswith("process_"), name


def test_what_is_counted_falls_into_its_bucket() -> None:
    metrics = Metrics()
    for seconds in (0.0005, 0.0006, 99.0):
        metrics.observe(logs.Exchange("x", "GET", "/", status=200, size=5), seconds)
    (series,) = metrics.series.values()
    assert (series.buckets[0], series.buckets[1], series.buckets[-1]) == (1, 1, 1)
    assert (series.seconds, series.bytes) == (pytest.approx(99.0011), 15)


async def test_slow_operations_are_told_by_digest(
    house: House, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    query = f'query Slow {{ complaints(search: "{SECRET}") {{ totalCount }} }}'
    with caplog.at_level(logging.WARNING, "nobodyasked.slow"):
        await house.ask(query, None)
        assert caplog.records == []
        monkeypatch.setattr(logs, "slow_seconds", 0.0)
        await house.ask(query, None)
    (record,) = caplog.records
    told: dict[str, Any] = record.__dict__["fields"]
    assert told["document_hash"] == telemetry.document_hash(query)
    assert (told["operation"], told["kind"], told["way"], told["statements"]) == ("Slow", "query", "plan", 1)
    assert told["request_id"]
    assert told["ms"] > 0
    assert SECRET not in logs.JsonFormatter().format(record)


@pytest.fixture
def spans(monkeypatch: pytest.MonkeyPatch) -> Iterator[InMemorySpanExporter]:
    """What a set-up SDK is told."""
    told = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(told))
    monkeypatch.setattr(trace, "_TRACER_PROVIDER", provider)
    disconnect = telemetry.connect()
    assert disconnect is not None
    yield told
    disconnect()


async def test_a_request_tells_what_its_time_went_into(house: House, spans: InMemorySpanExporter) -> None:
    async def parts(query: str, role: Role | None = None) -> list[str]:
        spans.clear()
        await house.ask(query, role)
        *inner, whole = spans.get_finished_spans()
        for one in inner:
            assert one.parent is not None
            assert one.parent.span_id == whole.context.span_id
            assert (whole.start_time or 0) <= (one.start_time or 0) <= (one.end_time or 0) <= (whole.end_time or 0)
        assert SECRET not in "".join(one.to_json() for one in inner)
        return [one.name for one in inner]

    wanted = f'query Q {{ complaints(search: "{SECRET}") {{ nodes {{ id }} }} needs {{ totalCount }} }}'
    planned = await parts(wanted)
    # SQLite looks at the plan twice: whether it can be answered at once, and then
    assert (list(dict.fromkeys(planned)), planned.count("sql")) == (["parse", "plan", "sql", "complete"], 2)
    walked = await parts("{ viewer { member { name } } needs { totalCount } }")
    assert (walked[0], walked[-1], "sql" in walked) == ("parse", "walk", True)
    changed = await parts('mutation { teamCreate(input: { name: "T" }) { team { name } } }', Role.ADMIN)
    assert "transaction" in changed
    assert await parts("{ nothing }") == ["parse"]


def test_parts_are_few_and_end_with_their_request() -> None:
    with timing.during("sql"):
        pass
    parts = timing.watch()
    for _ in range(timing.PARTS_MOST + 5):
        with timing.during("sql"):
            pass
    assert (len(parts.taken), parts.left_out) == (timing.PARTS_MOST, 5)
    parts = timing.watch()
    parts.close()
    with timing.during("sql"):
        pass
    assert (parts.taken, parts.left_out) == ([], 0)


async def test_traces_and_durations_for_opentelemetry(stand: Stand, monkeypatch: pytest.MonkeyPatch) -> None:
    assert telemetry.connect() is None, "nobody listens yet"
    spans, numbers = InMemorySpanExporter(), InMemoryMetricReader()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(spans))
    monkeypatch.setattr(trace, "_TRACER_PROVIDER", provider)
    meters = MeterProvider([numbers])
    monkeypatch.setattr(otel_metrics, "get_meter", meters.get_meter)
    disconnect = telemetry.connect()
    assert disconnect is not None
    parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    async with httpx.AsyncClient(headers={**TOKEN, "traceparent": parent}) as client:
        await client.post(f"{stand.url}/graphql", json={"query": "query Hi { hello soon }", "variables": {"a": SECRET}})
        await client.post(f"{stand.url}/graphql", json={"query": "{ boom }"})
    disconnect()
    assert METRICS.observers == []
    good, bad = (span for span in spans.get_finished_spans() if span.kind is trace.SpanKind.SERVER)
    assert good.name == "query Hi"
    assert good.parent is not None
    assert f"{good.context.trace_id:032x}-{good.parent.span_id:016x}" in parent
    attributes = dict(good.attributes or {})
    assert attributes["graphql.document.hash"] == telemetry.document_hash("query Hi { hello soon }")
    assert attributes["http.response.status_code"] == 200
    assert attributes["nobodyasked.statements"] == 0
    assert SECRET not in good.to_json()
    assert not bad.status.is_ok
    assert 0 <= (good.end_time or 0) - (good.start_time or 0) < 60_000_000_000
    data: Any = numbers.get_metrics_data()
    named = {one.name: one.data.data_points for one in data.resource_metrics[0].scope_metrics[0].metrics}
    assert set(named) == {"graphql.server.duration", "nobodyasked.statements", "nobodyasked.points"}
    assert sum(point.count for point in named["graphql.server.duration"]) == 2
    meters.shutdown()
