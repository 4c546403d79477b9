"""The messages of a very large run that were not drawn: each joins the needs that were found in the draw, where it belongs to one.

It joins as a new complaint does between runs, so that all that the run holds of it is what became evidence.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace

from ...inference.finding import Findings, Heard, SpanFound
from ...inference.label import Labels
from ...inference.vector import Embedder
from ...models.commands import facts
from ...models.commands.links import SpanDraft
from ...models.database import Database
from ...models.span import SpanKind
from .growth import Growth, index_of, place, told
from .intake import Intake, parts

__all__ = ["join"]

PLACED_AT_ONCE = 500


async def join(
    database: Database,
    embedder: Embedder,
    watermark: int,
    labels: Labels,
    intake: Intake,
    keep: Callable[[int], bool],
    found: Findings,
    tell: Callable[[float], None],
) -> tuple[Findings, dict[int, int | None]]:
    """Findings in the messages that were held (`keep` says which), joined by what the others up to a watermark say; and the
    customers of those others that became evidence, by key.

    Blocks the event loop for as long as some hundred messages take.
    """
    places = {
        number: [found.spans[item.span][:3] for item in need.evidence if item.stance == "SUPPORTS"]
        for number, need in enumerate(found.needs)
    }
    called = {number: need.called for number, need in enumerate(found.needs) if need.called is not None}
    index = index_of(places, intake.known, {one.key: one.text for one in intake.messages}, embedder, called)
    growth = Growth()
    customers: dict[int, int | None] = {}
    counts: Counter[str] = Counter(found.counts)
    passed = 0
    async for part in parts(database, embedder, watermark):
        rest = [message for message in part.messages if not keep(message.key)]
        again = [message for message in rest if message.key not in intake.read_now]
        heard = {message.key: Heard(part.spans[message.key], 0) for message in rest}
        retold = told(again, part.known, embedder.name, labels)
        await _write(database, {key: now for key, now in retold.items() if _differ(now.spans, heard[key].spans)})
        heard |= retold
        for start in range(0, len(rest), PLACED_AT_ONCE):
            some = rest[start : start + PLACED_AT_ONCE]
            keys = place(some, index, part.known, embedder.name, labels, heard, growth)
            customers.update((message.key, message.customer) for message in some if message.key in keys)
            tell((passed + (start + len(some)) * len(part.messages) / len(rest)) / intake.total)
        passed += len(part.messages)
        counts["noise"] += sum(one.noise for one in heard.values())
        _count(counts, heard.values())
    counts["noise"] += intake.noise
    counts["evidence"] += sum(map(len, growth.joined.values()))
    first = len(found.spans)
    needs = [
        replace(
            need,
            evidence=sorted(
                [*need.evidence, *(one._replace(span=first + one.span) for one in growth.joined.get(number, ()))],
                key=lambda item: (item.stance != "SUPPORTS", -item.confidence, item.span),
            ),
        )
        for number, need in enumerate(found.needs)
    ]
    joined = replace(found, spans=[*found.spans, *growth.spans], needs=needs, counts=dict(counts))
    return joined, customers


def _differ(now: Sequence[SpanFound], before: Sequence[SpanFound]) -> bool:
    return sorted(now) != sorted(before)


async def _write(database: Database, spans: Mapping[int, Heard]) -> None:
    """Write what spans are told to be that were told otherwise before; their vectors are there."""
    if spans:
        drafts = {
            key: [SpanDraft(span.start, span.end, SpanKind(span.kind), span.score, None) for span in one.spans]
            for key, one in spans.items()
        }
        await facts.write(database, [], drafts)


def _count(counts: Counter[str], heard: Iterable[Heard]) -> None:
    for one in heard:
        counts["messages"] += 1
        counts["spans"] += len(one.spans)
        counts.update(span.kind.value.lower() for span in one.spans)
