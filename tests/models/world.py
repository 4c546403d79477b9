"""A small world: complaints, each of one span, and the needs that runs find in them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from nobodyasked.models.commands import complaints, findings, runs
from nobodyasked.models.commands.findings import FoundLink, FoundSpan, NeedDraft, Reading, RunFindings
from nobodyasked.models.database import Database
from nobodyasked.models.evidence import Stance
from nobodyasked.models.need import StatementBasis
from nobodyasked.models.span import SpanKind

from .people import ADMIN, draft

HOUR_MS = 3_600_000
START_MS = 1_700_000_000_000


class NeedState(NamedTuple):
    status: str
    evidence: int
    customers: int
    asking: int
    version: int
    merged_into: int | None


async def complain(database: Database, customers: Sequence[str | None]) -> list[int]:
    """Ids of complaints, one a customer named, an hour apart."""
    taken = await database.value("SELECT COUNT(*) FROM complaint")
    results = await complaints.import_rows(
        database,
        ADMIN,
        [
            draft(f"Complaint number {taken + index}.", customer=name, occurred_at=START_MS + (taken + index) * HOUR_MS)
            for index, name in enumerate(customers)
        ],
    )
    assert all(result.created for result in results)
    return [result.complaint_id for result in results if result.complaint_id is not None]


def found(
    needs: Mapping[str, Sequence[int]],
    *,
    ids: Mapping[str, int] | None = None,
    asks: Sequence[int] = (),
    against: Sequence[int] = (),
    watermark: int | None = None,
) -> RunFindings:
    """Findings: by statement the complaints behind it; `ids` are the needs continued; `asks` are complaints that ask."""
    everyone = sorted({complaint for mine in needs.values() for complaint in mine})
    place = {complaint: index for index, complaint in enumerate(everyone)}
    return RunFindings(
        watermark=max(everyone, default=0) if watermark is None else watermark,
        readings=[Reading(complaint, -0.5, 3, "en") for complaint in everyone],
        spans=[
            FoundSpan(complaint, 0, 9, SpanKind.ASK if complaint in asks else SpanKind.PAIN, 0.9, b"\x00\x3c")
            for complaint in everyone
        ],
        needs=[
            NeedDraft(
                (ids or {}).get(statement),
                statement,
                StatementBasis.TEMPLATE,
                0.8,
                ["parcel"],
                [
                    FoundLink(place[complaint], Stance.CONTRADICTS if complaint in against else Stance.SUPPORTS, 0.7)
                    for complaint in mine
                ],
            )
            for statement, mine in needs.items()
        ],
    )


async def infer(database: Database, results: RunFindings) -> int:
    """Id of a run that found this."""
    run = await runs.start(database, ADMIN, {})
    await runs.begin(database, run, {})
    await findings.apply(database, run, results, {"read": 0.5}, {"needs": len(results.needs)})
    return run


async def needs_by_statement(database: Database) -> dict[str, int]:
    return dict(map(tuple, await database.rows("SELECT statement, id FROM need ORDER BY id")))


async def state(database: Database, need: int) -> NeedState:
    sql = "SELECT status, evidence_count, customer_count, asking_count, version, merged_into_id FROM need WHERE id = ?1"
    return NeedState(*(await database.rows(database.sql(sql), (need,)))[0])


async def evidence_of(database: Database, need: int) -> dict[int, tuple[Any, ...]]:
    """By complaint: evidence id, status, version."""
    sql = "SELECT complaint_id, id, status, version FROM evidence WHERE need_id = ?1 ORDER BY id"
    rows = await database.rows(database.sql(sql), (need,))
    return {complaint: tuple(rest) for complaint, *rest in rows}


async def check_counts(database: Database) -> None:
    """Every roll-up is what a plain count says, and no alias leads to an alias."""
    sql = """
    SELECT n.id, n.evidence_count, n.customer_count, n.asking_count, n.first_at, n.last_at,
        n.voice_count, COUNT(e.id), COUNT(DISTINCT CASE WHEN e.stance = 'SUPPORTS' THEN e.voice END),
        COUNT(DISTINCT CASE WHEN e.stance = 'SUPPORTS' AND s.kind = 'ASK' THEN e.voice END),
        MIN(c.occurred_at), MAX(c.occurred_at), COUNT(DISTINCT e.voice)
    FROM need n LEFT JOIN evidence e ON e.need_id = n.id AND e.status IN ('PENDING', 'ACCEPTED')
    LEFT JOIN span s ON s.id = e.span_id LEFT JOIN complaint c ON c.id = e.complaint_id
    GROUP BY n.id, n.evidence_count, n.customer_count, n.asking_count, n.first_at, n.last_at, n.voice_count
    """
    for _, *counts in await database.rows(sql):
        assert counts[:6] == counts[6:]
    wrong = await database.value(
        "SELECT COUNT(*) FROM evidence WHERE (status IN ('PENDING', 'ACCEPTED')) <> live"
        if database.dialect == "postgres"
        else "SELECT COUNT(*) FROM evidence WHERE (status IN ('PENDING', 'ACCEPTED')) <> (live = 1)"
    )
    assert wrong == 0
    loops = "SELECT COUNT(*) FROM need a JOIN need b ON b.id = a.merged_into_id WHERE b.status = 'MERGED'"
    assert await database.value(loops) == 0
    stray = "SELECT COUNT(*) FROM need WHERE (status = 'MERGED') <> (merged_into_id IS NOT NULL)"
    assert await database.value(stray) == 0
