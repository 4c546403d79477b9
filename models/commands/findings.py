"""What an inference run found, written.

Spans and readings are facts about one complaint each: they are written first, in portions, and stay even if the run is
cut off. Needs, their evidence and the end of the run are one transaction: either all of it is there or nothing is.

People's decisions stand. A statement that a person wrote, or that belongs to a confirmed need, is not replaced;
evidence that a person decided is not touched; a dismissed need stays dismissed and collects nothing; what would go to a
merged need goes to its target. A need that is none any more becomes an alias of the one that took its evidence.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from typing import Any

import orjson

from ..database import Database, Transaction
from ..errors import Conflict, Invalid
from ..event import Topic
from ..evidence import Stance
from ..fields import now_ms
from ..need import LIVE_NEEDS, NeedStatus, StatementBasis
from ..queries.anchors import ANCHORED
from ..run import RunStatus
from ..span import SpanKind
from ..text import exact
from ..tombstone import ERASED_HASH
from .aspects import AspectDraft, settle
from .aspects import write as write_aspects
from .corrections import correct
from .events import tell
from .links import Link, Place, SpanDraft, link, write_spans
from .mentions import Named, write_mentions
from .needs import retire
from .rollup import recount
from .rows import NeedRow, resolved_needs
from .runs import change, refused, run_for_change

__all__ = [
    "Addition",
    "AspectDraft",
    "Corrected",
    "FoundLink",
    "FoundSpan",
    "Named",
    "NeedDraft",
    "Reading",
    "RunFindings",
    "apply",
    "create",
    "unless_erased",
    "write_facts",
]

COMPLAINTS_PER_TRANSACTION = 1_000


@dataclass(frozen=True, slots=True)
class Reading:
    """What one complaint says as a whole: sentiment -1 to 1, severity 1 to 5, and whom it names."""

    complaint_id: int
    sentiment: float
    severity: int
    language: str | None = None
    competitors: Sequence[Named] = ()


@dataclass(frozen=True, slots=True)
class FoundSpan:
    """A span of a complaint, as `SpanDraft`."""

    complaint_id: int
    start: int
    end: int
    kind: SpanKind
    score: float
    vector: bytes | None


@dataclass(frozen=True, slots=True)
class FoundLink:
    """That the span at `span_index` of `RunFindings.spans` speaks to the need, with a confidence of 0 to 1, `uncorrected`
    where decisions corrected it; `placed` where the need was there and took it in."""

    span_index: int
    stance: Stance
    confidence: float
    uncorrected: float | None = None
    placed: bool = False


@dataclass(frozen=True, slots=True)
class NeedDraft:
    """A need that the run found; `need_id` is that of the need it continues, None for a new one.

    `aspect` is an index into `RunFindings.aspects`; `absorbs` are ids of earlier needs that are a part of it now;
    `called` is what its evidence bears out (see `models.need`).
    """

    need_id: int | None
    statement: str
    statement_basis: StatementBasis
    confidence: float
    key_phrases: Sequence[str]
    links: Sequence[FoundLink]
    aspect: int | None = None
    absorbs: Sequence[int] = ()
    called: str | None = None
    uncorrected: float | None = None


@dataclass(frozen=True, slots=True)
class Addition:
    """More evidence for a known need, whose words and confidence stay as they are; the rest as `NeedDraft` has it.

    `called` is for a need that has none, since a person was erased or since it is older than that; not for one that people
    made of several, which was never found as what it is.
    """

    need_id: int
    links: Sequence[FoundLink]
    aspect: int | None = None
    absorbs: Sequence[int] = ()
    called: str | None = None


@dataclass(frozen=True, slots=True)
class RunFindings:
    """All of it. `watermark` is the largest complaint id that was read: later complaints are not judged.

    `adds` says that the run looked at new complaints alone: nothing that earlier runs found is withdrawn.
    """

    watermark: int
    readings: Sequence[Reading] = ()
    spans: Sequence[FoundSpan] = ()
    needs: Sequence[NeedDraft] = field(default=())
    additions: Sequence[Addition] = field(default=())
    aspects: Sequence[AspectDraft] = ()
    adds: bool = False


@dataclass(frozen=True, slots=True)
class Corrected:
    """How a run corrected confidences: for its record, and, where that is otherwise than before, what becomes of those that
    it does not state itself: confidences of `links`, `placed` or `needs` out of those stated before any correction."""

    told: Mapping[str, Any]
    again: Callable[[str, Sequence[float]], Sequence[float]] | None


async def apply(
    db: Database,
    run_id: int,
    found: RunFindings,
    timings: Mapping[str, float],
    counts: Mapping[str, int],
    corrected: Corrected | None = None,
) -> None:
    """Write everything and end the run as SUCCEEDED.

    Evidence that earlier runs found and this one did not is EXPIRED, but for that of anchored needs (see
    `queries.anchors`); a need whose evidence is all gone keeps its row with counts of zero. Raises NotFound, IllegalTransition where the run is not RUNNING, Invalid,
    Conflict where somebody was erased meanwhile, Busy.
    """
    drafts = [*found.needs, *found.additions]
    if any(not 0 <= item.span_index < len(found.spans) for draft in drafts for item in draft.links):
        raise Invalid("A link names a span that is not there.", path=("needs",))
    if any(draft.aspect is not None and not 0 <= draft.aspect < len(found.aspects) for draft in drafts):
        raise Invalid("A need names an aspect that is not there.", path=("needs",))
    await db.retrying(lambda transaction: running(transaction, run_id))
    places: dict[Place, int] = {}
    for readings, spans in portions(found):
        places |= await db.retrying(
            lambda transaction, readings=readings, spans=spans: write_facts(transaction, readings, spans)
        )
    ids = [places.get((span.complaint_id, span.start, span.end)) for span in found.spans]

    async def conclude(transaction: Transaction) -> None:
        await running(transaction, run_id)
        await unless_erased(transaction, {span.complaint_id for span in found.spans})
        written = await write_needs(transaction, run_id, found, ids)
        changed = set(written.touched)
        if not found.adds:
            changed |= await expire(transaction, run_id, found.watermark)
            changed |= await retire(transaction, written.absorbed)
        if corrected is not None and corrected.again is not None:
            changed |= await correct(transaction, corrected.again)
        await recount(transaction, changed)
        await change(
            transaction,
            run_id,
            {
                "status": RunStatus.SUCCEEDED.value,
                "stage": "done",
                "progress": 1.0,
                "watermark": found.watermark,
                "counts": orjson.dumps(counts).decode(),
                "corrections": None if corrected is None else orjson.dumps(corrected.told).decode(),
                "timings": orjson.dumps(timings).decode(),
                "finished_at": now_ms(),
            },
        )
        await tell(transaction, Topic.NEED_CHANGED, sorted(changed), {"change": "INFERRED", "run": run_id})
        await tell(transaction, Topic.RUN_CHANGED, [run_id], {"status": RunStatus.SUCCEEDED})

    await db.retrying(conclude)


async def running(transaction: Transaction, run_id: int) -> None:
    (status,) = await run_for_change(transaction, run_id)
    if status is not RunStatus.RUNNING:
        raise refused(status, "writing its findings", (RunStatus.RUNNING,))


async def unless_erased(transaction: Transaction, complaints: Set[int]) -> None:
    """Raises Conflict where somebody's words that the run has read are gone: what it found may be worded by them."""
    sql = f"SELECT COUNT(*) FROM complaint WHERE {transaction.among('id', '?1')} AND content_hash = '{ERASED_HASH}'"
    if await transaction.value(sql, (transaction.listed(sorted(complaints)),)):
        raise Conflict("A customer was erased while the run read their words: nothing of it is kept. Start another.")


def portions(found: RunFindings) -> Iterator[tuple[list[Reading], dict[int, list[SpanDraft]]]]:
    """Readings and spans by complaint, so many complaints at a time."""
    spans: dict[int, list[SpanDraft]] = defaultdict(list)
    for span in found.spans:
        spans[span.complaint_id].append(SpanDraft(span.start, span.end, span.kind, span.score, span.vector))
    readings = {reading.complaint_id: reading for reading in found.readings}
    complaints = sorted(readings.keys() | spans.keys())
    for first in range(0, len(complaints), COMPLAINTS_PER_TRANSACTION):
        part = complaints[first : first + COMPLAINTS_PER_TRANSACTION]
        # a complaint that was read and holds no span loses those it had
        yield [readings[id] for id in part if id in readings], {id: spans.get(id, []) for id in part}


async def write_facts(
    transaction: Transaction, readings: Sequence[Reading], spans: Mapping[int, Sequence[SpanDraft]]
) -> dict[Place, int]:
    """Ids of the spans by place; those of complaints that are gone by now, or whose people were erased, are left out."""
    # whoever labels a place of them locks its complaint: a label that is not seen below is made after this, over it
    rows = await transaction.rows(
        f"SELECT id, LENGTH(text) FROM complaint WHERE {transaction.among('id', '?1')} AND content_hash <> '{ERASED_HASH}' ORDER BY id"
        + (" FOR NO KEY UPDATE" if transaction.for_update else ""),
        (transaction.listed(sorted(spans)),),
    )
    lengths = dict(map(tuple, rows))
    readings = [reading for reading in readings if reading.complaint_id in lengths]
    for complaint, mine in spans.items():
        if complaint in lengths and any(not 0 <= span.start < span.end <= lengths[complaint] for span in mine):
            raise Invalid("A span lies outside its complaint's text.", path=("spans",))
    if readings:
        table, parameters = transaction.table(
            "t",
            {"id": "bigint", "sentiment": "float8", "severity": "int", "language": "text"},
            [(item.complaint_id, exact(item.sentiment), item.severity, item.language) for item in readings],
        )
        changed = await transaction.rows(
            "UPDATE complaint SET sentiment = t.sentiment, severity = t.severity,"
            f" language = COALESCE(complaint.language, t.language) FROM {table} WHERE complaint.id = t.id"
            " AND (complaint.sentiment IS NULL OR complaint.severity IS NULL OR complaint.sentiment <> t.sentiment"
            " OR complaint.severity <> t.severity OR (complaint.language IS NULL AND t.language IS NOT NULL))"
            " RETURNING complaint.id",
            parameters,
        )
        # how much a need matters rests on how severe its words are
        needs = await transaction.rows(
            f"SELECT DISTINCT need_id FROM evidence WHERE {transaction.among('complaint_id', '?1')} AND live = ?2",
            (transaction.listed(sorted(id for (id,) in changed)), True),
        )
        await recount(transaction, [need for (need,) in needs])
        await write_mentions(transaction, {item.complaint_id: item.competitors for item in readings})
    return await write_spans(transaction, {id: mine for id, mine in spans.items() if id in lengths})


@dataclass(frozen=True, slots=True)
class Written:
    """Ids of the needs that were touched, and the earlier needs that became part of one of them."""

    touched: set[int]
    absorbed: dict[int, int]


async def write_needs(
    transaction: Transaction, run_id: int, found: RunFindings, span_ids: Sequence[int | None]
) -> Written:
    drafts = [*found.needs, *found.additions]
    known = [draft.need_id for draft in drafts if draft.need_id is not None]
    # what may be retired is locked together with them, in one order
    needs = await resolved_needs(transaction, known + [id for draft in drafts for id in draft.absorbs])
    aspects = await write_aspects(transaction, found.aspects, adds=found.adds)
    links: list[Link] = []
    touched: set[int] = set()
    absorbed: dict[int, int] = {}
    under: dict[int, int | None] = {}

    def take(need: NeedRow, draft: NeedDraft | Addition) -> None:
        touched.add(need.id)
        absorbed.update(dict.fromkeys(draft.absorbs, need.id))
        if draft.aspect is not None or (need.id not in under and not found.adds):
            under[need.id] = None if draft.aspect is None else aspects[draft.aspect]
        for item in draft.links:
            span, span_id = found.spans[item.span_index], span_ids[item.span_index]
            if span_id is not None:
                sure = (item.confidence, item.uncorrected, item.placed)
                links.append(Link(need.id, span_id, span.complaint_id, item.stance, *sure))

    for addition in found.additions:
        joined = needs.get(addition.need_id)
        if joined is not None and joined.status in LIVE_NEEDS:
            take(joined, addition)
            if addition.called is not None and joined.id == addition.need_id:
                await call(transaction, joined, addition.called)
    for draft in found.needs:
        need = None if draft.need_id is None else needs.get(draft.need_id)
        if need is None:
            need = await create(transaction, draft)
            needs[need.id] = need
        elif need.status not in LIVE_NEEDS:
            continue
        elif need.id == draft.need_id:  # the words found for a merged need are not its target's
            await refresh(transaction, need, draft)
        take(need, draft)
    await link(transaction, links, needs | {need.id: need for need in needs.values()}, run_id)
    await settle(transaction, under)
    return Written(touched, absorbed)


async def create(transaction: Transaction, draft: NeedDraft) -> NeedRow:
    id = await transaction.value(
        "INSERT INTO need (statement, statement_basis, status, confidence, key_phrases, confirmed, evidence_count,"
        " customer_count, asking_count, created_at, updated_at, version, called, uncorrected)"
        " VALUES (?1, ?2, 'EMERGING', ?3, ?4, ?5, 0, 0, 0, ?6, ?6, 1, ?7, ?8) RETURNING id",
        (
            draft.statement,
            draft.statement_basis.value,
            exact(draft.confidence),
            orjson.dumps(list(draft.key_phrases)).decode(),
            False,
            now_ms(),
            draft.called,
            None if draft.uncorrected is None else exact(draft.uncorrected),
        ),
    )
    return NeedRow(id, NeedStatus.EMERGING, 1, None)


async def call(transaction: Transaction, need: NeedRow, called: str) -> None:
    await transaction.execute(
        "UPDATE need SET called = ?2 WHERE id = ?1 AND called IS NULL AND NOT EXISTS"
        " (SELECT 1 FROM need m WHERE m.merged_into_id = ?1 AND m.merged_by_run = ?3)",
        (need.id, called, False),
    )


async def refresh(transaction: Transaction, need: NeedRow, draft: NeedDraft) -> None:
    await transaction.execute(
        "UPDATE need SET confidence = ?2, key_phrases = ?3, called = ?4, uncorrected = ?5 WHERE id = ?1",
        (
            need.id,
            exact(draft.confidence),
            orjson.dumps(list(draft.key_phrases)).decode(),
            draft.called,
            None if draft.uncorrected is None else exact(draft.uncorrected),
        ),
    )
    # new words are a new version: whoever has the old ones before them must not confirm these unseen
    await transaction.execute(
        "UPDATE need SET statement = ?2, statement_basis = ?3, version = version + 1"
        " WHERE id = ?1 AND statement_basis <> 'HUMAN' AND confirmed = ?4 AND statement <> ?2",
        (need.id, draft.statement, draft.statement_basis.value, False),
    )


async def expire(transaction: Transaction, run_id: int, watermark: int) -> set[int]:
    """Withdraw what earlier runs and the matcher found in complaints that this run has read; ids of the needs.

    A dismissed need keeps its evidence: by it, later runs know the need again. So does an anchored one: people have
    built on it.
    """
    rows = await transaction.rows(
        "UPDATE evidence SET status = 'EXPIRED', live = ?1, version = version + 1"
        " WHERE live = ?2 AND basis = 'MODEL' AND decided_at IS NULL AND (run_id IS NULL OR run_id <> ?3)"
        " AND complaint_id <= ?4 AND NOT EXISTS"
        f" (SELECT 1 FROM complaint c WHERE c.id = evidence.complaint_id AND c.content_hash = '{ERASED_HASH}') AND need_id IN"
        f" (SELECT n.id FROM need n WHERE n.status NOT IN ('DISMISSED', 'MERGED') AND NOT {ANCHORED})"
        " RETURNING need_id",
        (False, True, run_id, watermark),
    )
    return {need for (need,) in rows}
