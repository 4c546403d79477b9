"""What a measurement makes of inventions and needs, and what it is made of."""

from __future__ import annotations

from typing import Any

import pytest

from nobodyasked.models.commands import complaints, exposures, impacts, needs, reviews
from nobodyasked.models.database import Database
from nobodyasked.models.errors import IllegalTransition, NotFound
from nobodyasked.models.fields import MONDAY_SHIFT_MS, WEEK_MS, now_ms, week_of
from nobodyasked.models.impact import Verdict
from nobodyasked.models.invention import InventionStatus
from nobodyasked.models.need import NeedStatus
from nobodyasked.models.queries.impact import counts, due

from .document import Case, put, status, submitted, version
from .measurement import outcome
from .people import ADMIN, CURATOR, draft
from .test_curation import force
from .world import complain, found, infer, needs_by_statement, state

MOVES = {
    (state, verdict): verdict
    for state in ("ADDRESSED", "RELIEVED", "REGRESSED")
    for verdict in ("RELIEVED", "REGRESSED")
}
"""Where a verdict takes a need; every other pair leaves it where it is."""


async def shipped(database: Database, at: int | None = None) -> Case:
    case = await submitted(database)
    await put(database, case.invention, InventionStatus.BUILDING)
    await reviews.ship(database, case.bob, case.invention, await version(database, case.invention), at)
    return case


async def test_every_verdict_in_every_state_of_a_need(database: Database) -> None:
    case = await shipped(database)
    for before in NeedStatus:
        for verdict in Verdict:
            await force(database, case.need, before)
            await put(database, case.invention, InventionStatus.SHIPPED)
            then = await state(database, case.need)
            told = await events(database, "NEED_CHANGED")
            await impacts.measure(database, ADMIN, case.invention, [outcome(case.need, verdict.value)])
            after = MOVES.get((before.value, verdict.value), before.value)
            # nobody edited it: who has it open may go on
            assert await state(database, case.need) == then._replace(status=after)
            assert await events(database, "NEED_CHANGED") - told == (after != before)
            known = verdict is not Verdict.INSUFFICIENT_DATA
            assert await status(database, case.invention) == ("MEASURED" if known else "SHIPPED")
    assert await database.value("SELECT COUNT(*) FROM impact") == 1
    # an approval of another invention, a merge or a recount takes what was measured back no more than before
    await force(database, case.need, NeedStatus.RELIEVED)
    at = {
        case.need: (await state(database, case.need)).version,
        case.other: (await state(database, case.other)).version,
    }
    await needs.merge(database, case.bob, [case.other], case.need, at)
    assert (await state(database, case.need)).status == "RELIEVED"


async def test_a_merge_takes_what_was_measured_along(database: Database) -> None:
    case = await shipped(database)
    for verdict, becomes, kept in (
        ("RELIEVED", "RELIEVED", "RELIEVED"),
        ("REGRESSED", "REGRESSED", "REGRESSED"),
        ("INCONCLUSIVE", "ADDRESSED", "INCONCLUSIVE"),
    ):
        (target,) = await said_of(database, verdict)
        assert (await state(database, target)).status == "ACTIVE"
        await put(database, case.invention, InventionStatus.SHIPPED)
        source = await database.value("SELECT need_id FROM claim")
        await force(database, source, NeedStatus.ADDRESSED)
        # the target was measured as well, with too little data, and so was another invention
        await impacts.measure(
            database, ADMIN, case.invention, [outcome(source, verdict), outcome(target, "INSUFFICIENT_DATA")]
        )
        assert await status(database, case.invention) == "MEASURED"
        at = {need: (await state(database, need)).version for need in (source, target)}
        await needs.merge(database, case.bob, [source], target, at)
        assert (await state(database, target)).status == becomes
        rows = await database.rows("SELECT invention_id, need_id, verdict FROM impact")
        assert list(map(tuple, rows)) == [(case.invention, target, kept)]


async def said_of(database: Database, words: str) -> list[int]:
    """A new need, active by two customers."""
    ids = await complain(database, [f"{words}1", f"{words}2"])
    await infer(database, found({words: ids}, watermark=0))
    return [(await needs_by_statement(database))[words]]


async def events(database: Database, topic: str) -> int:
    return await database.value(database.sql("SELECT COUNT(*) FROM event WHERE topic = ?1"), (topic,))


async def test_what_is_kept_of_a_measurement(database: Database) -> None:
    case = await shipped(database)
    names = (
        "verdict, ratio, low, high, rate_before, residual_rate, residual_low, residual_high, control_needs, placebo_dates,"
        " placebo_rejections, weeks_before, weeks_after, shipped_week"
    )
    await impacts.measure(database, CURATOR, case.invention, [outcome(case.need), outcome(999_999)])
    rows = await database.rows(f"SELECT {names} FROM impact")
    assert [tuple(row) for row in rows] == [("RELIEVED", 0.4, 0.2, 0.8, 5.0, 1.0, 0.5, 1.5, 3, 2, 1, 20, 15, 2910)]
    # the next one takes its place
    await impacts.measure(database, CURATOR, case.invention, [outcome(case.need, "INSUFFICIENT_DATA")])
    (row,) = await database.rows(f"SELECT {names} FROM impact")
    assert tuple(row)[:6] == ("INSUFFICIENT_DATA", None, None, None, 5.0, 1.0)
    with pytest.raises(NotFound):
        await impacts.measure(database, CURATOR, 999, [])


def monday(week: int) -> int:
    return week * WEEK_MS - MONDAY_SHIFT_MS


async def said(database: Database, week: int, customers: int, need: int | None, by: str) -> list[int]:
    """Complaints of a week, all of them evidence of a need where one is given."""
    rows = [draft(f"{by} {week} {n}.", customer=f"{by}{n}", occurred_at=monday(week) + n) for n in range(customers)]
    results = await complaints.import_rows(database, ADMIN, rows)
    ids = [one.complaint_id for one in results if one.complaint_id is not None]
    if need is not None and ids:
        await infer(database, found({by: ids}, ids={by: need}, watermark=0))
    return ids


async def test_the_weeks_that_are_compared(database: Database) -> None:
    last = week_of(now_ms()) - 1
    start = last - 9
    # on a Wednesday: that week belongs to neither side
    case = await shipped(database, monday(last - 4) + 2 * 86_400_000)
    for week in range(start, last + 2):
        await said(database, week, 3, case.need, "late")
        await said(database, week, 2, case.other, "dear")
        await said(database, week, 1, None, "none")
    await said(database, start - 4, 1, None, "early")
    await said(database, start - 8 - 1, 1, None, "lone")
    both = await said(database, start, 1, None, "both")
    await infer(database, found({"late": both, "dear": both}, ids={"late": case.need, "dear": case.other}, watermark=0))
    # three silent weeks are quiet ones, four are a gap
    weeks = [start - 9, *(week for week in range(start - 4, last + 1) if week != last - 4)]
    result = await counts(database, case.invention)
    # the first complaints of the case are years older; between the first of these and those there is a gap
    assert list(result.weeks) == weeks
    assert result.shipped == last - 3
    quiet = [0] * 5
    assert result.needs == {case.need: [*quiet, 4, *[3] * (len(weeks) - 6)]}
    # what is about both needs says nothing of the other alone
    assert result.controls == [*quiet, *[2] * (len(weeks) - 5)]
    assert (result.control_needs, result.exposure) == (1, None)
    await exposures.record(
        database, CURATOR, [(monday(week), 500 + week - start) for week in range(start - 110, last + 1)]
    )
    exposure: Any = (await counts(database, case.invention)).exposure
    assert exposure[-1] == 509

    assert await due(database) == [case.invention]
    await impacts.measure(database, ADMIN, case.invention, [outcome(case.need)])
    assert await due(database) == [case.invention]
    async with database.transaction() as transaction:
        await transaction.execute("UPDATE impact SET through = ?1", (last,))
    assert await due(database) == []


@pytest.mark.parametrize("before", [one for one in InventionStatus if one not in ("SHIPPED", "MEASURED")])
async def test_what_has_not_shipped_is_not_counted(database: Database, before: InventionStatus) -> None:
    case = await shipped(database)
    await put(database, case.invention, before)
    with pytest.raises(IllegalTransition, match=before.value):
        await counts(database, case.invention)
    assert await due(database) == []
