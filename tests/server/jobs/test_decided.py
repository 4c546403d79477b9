"""What people decided corrects what inference states: of links, of what is placed, and of needs."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from nobodyasked.inference.correction import Correction
from nobodyasked.inference.vector import HashedWords
from nobodyasked.models.commands import evidence, needs
from nobodyasked.models.database import Database
from nobodyasked.models.evidence import EvidenceStatus
from nobodyasked.models.queries import decisions, summary
from nobodyasked.server.jobs import decided
from nobodyasked.server.jobs.decided import Corrections, corrections, read_through

from .crowd import arrive
from .test_mind import OPERATOR, evidence_of, say, thinking
from .test_run import run_here

ACCEPTED, DISMISSED = EvidenceStatus.ACCEPTED, EvidenceStatus.DISMISSED


def test_what_is_read_through() -> None:
    at = 5
    front = [(0, at)] * 4
    assert read_through(front, 5) == []
    assert read_through([*front, (0, None), (0, at)], 5) == [0, 1, 2, 3, 5]
    assert read_through([*front, (0, None), (0, None), (0, at)], 5) == []
    # what came after it was decided was not passed over
    assert read_through([*front, (6, None), (6, None), (0, at)], 5) == [0, 1, 2, 3, 6]
    # who dismisses here and there has read nothing through
    assert read_through([(0, at if place % 4 == 1 else None) for place in range(100)], 5) == []
    # nor does it take away from what was read before
    assert read_through([*front, (0, at), *[(0, None)] * 40, (0, at)], 5) == [0, 1, 2, 3, 4]


def test_what_nobody_notices_stays_as_it_was() -> None:
    before = Corrections(Correction(-0.4, 0.9), Correction(0.2, 1.1), Correction(-0.1, 1.0), (20, 20, 5))
    near = Corrections(Correction(-0.41, 0.9), Correction(0.21, 1.1), Correction(-0.2, 1.0), (21, 22, 7))
    # 0.01 of log-odds moves no share by more than 0.0025; 0.1 does
    assert near.held_to(before) == Corrections(before.links, before.placed, near.needs, near.by)
    # what moves by little time and again is noticed at last
    steps = [Correction(-0.4 - 0.01 * step, 0.9) for step in range(1, 4)]
    held = before
    for step in steps:
        held = Corrections(step).held_to(held)
    assert held.links == steps[-1]


async def decide(database: Database, ids: Sequence[int], accepted: Callable[[int], bool]) -> None:
    for place, id in enumerate(ids):
        await evidence.decide(database, OPERATOR, id, ACCEPTED if accepted(place) else DISMISSED, 1)


async def told(database: Database) -> dict[str, Any]:
    """What the latest run says that it corrected."""
    return json.loads(await decisions.latest_corrections(database) or "null")


async def sure(database: Database, where: str) -> list[tuple[int, float, float | None]]:
    """(id, confidence, what was stated where that is another) of evidence, by what was stated."""
    sql = (
        f"SELECT id, confidence, uncorrected FROM evidence WHERE {where} ORDER BY COALESCE(uncorrected, confidence), id"
    )
    return [tuple(row) for row in await database.rows(sql)]


async def test_decisions_correct_confidences(database: Database) -> None:
    await arrive(database, 80)
    await run_here(database, HashedWords())
    lot = [row.id for row in await decisions.drawn(database, 1_000)]
    before = {id: confidence for id, confidence, _ in await sure(database, "live = TRUE")}
    # the wrong ones alone, as somebody comes upon them, say nothing of the rest
    await decide(database, lot[50:78:4], lambda place: False)
    await run_here(database, HashedWords())
    assert {one["decided"] for one in (await told(database)).values()} == {0}
    assert await sure(database, "uncorrected IS NOT NULL") == []
    # by lot they do
    await decide(database, lot[:30], lambda place: place % 2 == 0)
    # all of them count, however much evidence there is beside them, of which some is looked at in each of their needs
    assert await decisions.decided(database) == 37
    read = {row.need_id for row in await decisions.beside(database, 5)}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(decisions, "MOST_OF_NEED", 3)
        assert Counter(row.need_id for row in await decisions.beside(database, 5)) == dict.fromkeys(read, 3)
        assert (await corrections(database)).by[:2] == (30, 0)
    await run_here(database, HashedWords())
    first = await told(database)
    assert first["links"]["decided"] == 30
    assert first["placed"] == {"shift": 0.0, "stretch": 1.0, "decided": 0}
    # where so many links are wrong, needs are less sure as well
    assert first["needs"]["decided"] == 0 > first["needs"]["shift"] > first["links"]["shift"]
    rest = await sure(database, "live = TRUE AND decided_at IS NULL")
    assert len(rest) > 30
    for id, confidence, uncorrected in rest:
        assert confidence < (uncorrected or 0) == pytest.approx(before[id])
    assert [one[1] for one in rest] == sorted(one[1] for one in rest)
    # what was decided stays as it was then, and a run that decides nothing new states the same
    assert {id: before[id] for id in lot[:30:2]} == {
        id: confidence for id, confidence, _ in await sure(database, "status = 'ACCEPTED'")
    }
    # nor does one that moves it by less than anybody notices, though it is counted
    rest = [one for one in rest if one[0] != lot[30]]
    await decide(database, lot[30:31], lambda place: True)
    moved = await corrections(database)
    assert (moved.links.shift, moved.by[0]) != (first["links"]["shift"], 30)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(decided, "NOTICED", 0.01)  # one of so few moves it by a little more
        await run_here(database, HashedWords())
    assert await told(database) == {**first, "links": {**first["links"], "decided": 31}}
    assert await sure(database, "live = TRUE AND decided_at IS NULL") == rest


async def test_what_is_placed_and_needs_are_corrected_apart(database: Database) -> None:
    await arrive(database, 60, themes=["parcel", "password", "invoice"])
    await run_here(database, HashedWords())
    async with thinking(database) as mind:
        for number in range(12):
            await mind.received([await say(database, f"my parcel was {number + 3} days late again", number)])
    placed = [id for id, *_ in await sure(database, "placed = TRUE")]
    found = [id for id, *_ in await sure(database, "placed = FALSE AND basis = 'MODEL'")]
    assert len(placed) == 12
    await decide(database, placed, lambda place: False)
    await decide(database, found, lambda place: True)
    for need in await summary.top_needs(database, 20, 1):
        await needs.confirm(database, OPERATOR, need.id, 1)
    # most of each was right, of those that came as of those that were found
    assert (await corrections(database)).by == (len(found), 12, await database.value("SELECT COUNT(*) FROM need"))
    await run_here(database, HashedWords())
    links, taken = (await told(database))["links"], (await told(database))["placed"]
    assert (links["decided"], taken["decided"]) == (len(found), 12)
    assert taken["shift"] < 0 < links["shift"]
    # what comes next is corrected as the run says
    async with thinking(database) as mind:
        new = await say(database, "my parcel was 9 days late again", 99)
        await mind.received([new])
    ((_, _, confidence, *_),) = await evidence_of(database, new)
    ((_, again, uncorrected),) = await sure(database, f"complaint_id = {new}")
    assert (
        confidence == again == Corrections.unpacked(json.dumps(await told(database))).placed.of([uncorrected or 0])[0]
    )
    assert confidence < (uncorrected or 0)


async def test_what_ranks_higher_since_was_not_passed_over(database: Database) -> None:
    """Whoever reads a need from the surest on reads the front of what was found and of what was placed; corrected apart, either may
    pass the other, and what was decided keeps the confidence that it had."""
    await arrive(database, 40, themes=["parcel", "password"])
    await run_here(database, HashedWords())
    async with thinking(database) as mind:
        for number in range(4):
            await mind.received([await say(database, f"my parcel was {number + 3} days late again", number)])
    need = await database.value("SELECT MIN(need_id) FROM evidence WHERE placed = TRUE")
    # what was placed is shown as less sure than all else
    await database.retrying(
        lambda one: one.execute(
            "UPDATE evidence SET confidence = 0.2, uncorrected = COALESCE(uncorrected, confidence) WHERE placed = TRUE"
        )
    )
    shown = await database.rows(
        database.sql("SELECT id, placed FROM evidence WHERE need_id = ?1 ORDER BY confidence DESC, id"), (need,)
    )
    front = [id for id, placed in shown if not placed][:6]
    assert [id for id, _ in shown[:6]] == front
    await decide(database, front, lambda place: True)
    assert (await corrections(database)).by[:2] == (6, 0)
    # nor does what they correct make them count for nothing
    await run_here(database, HashedWords())
    links = (await told(database))["links"]
    assert (await corrections(database)).by[0] == links["decided"] == 6
    assert links["shift"] > 0
