"""What a measurement makes of inventions and needs, and what it is made of."""

from __future__ import annotations

from typing import Any

import pytest

from nobodyasked.models.commands import complaints, exposures, impacts, inventions, needs, reviews
from nobodyasked.models.database import Database
from nobodyasked.models.errors import IllegalTransition, NotFound
from nobodyasked.models.fields import MONDAY_SHIFT_MS, WEEK_MS, now_ms, week_of
from nobodyasked.models.impact import Verdict
from nobodyasked.models.invention import Door, InventionStatus
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
            # this is the first look
            await forget(database)
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


async def forget(database: Database) -> None:
    async with database.transaction() as transaction:
        await transaction.execute("DELETE FROM impact")


async def test_a_verdict_stands_between_looks(database: Database) -> None:
    case = await shipped(database)
    await force(database, case.need, NeedStatus.ADDRESSED)

    async def measured(*given: Any, **named: Any) -> tuple[Any, ...]:
        await impacts.measure(database, ADMIN, case.invention, [outcome(case.need, *given, **named)])
        (row,) = await database.rows("SELECT verdict, reason, look, look_low, look_high, ratio, basis FROM impact")
        return tuple(row)

    unclear = ("INCONCLUSIVE", "UNCLEAR", 12, 0.45, 1.76)
    relieved = ("RELIEVED", None, 26, 0.18, 0.88)
    lacking = ("INSUFFICIENT_DATA", "NO_CONTROLS")
    assert await measured("INSUFFICIENT_DATA", look=None) == (*lacking, None, None, None, None, None)
    assert await measured("INCONCLUSIVE") == (*unclear, 0.9, "CONTROLS")
    # the looks of every week would find something in the end
    for _ in range(2):
        assert await measured("RELIEVED") == (*unclear, 0.4, "CONTROLS")
    assert (await state(database, case.need)).status == "ADDRESSED"
    assert await measured("RELIEVED", look=26) == (*relieved, 0.4, "CONTROLS")
    assert (await state(database, case.need)).status == "RELIEVED"
    assert await measured("REGRESSED", look=26) == (*relieved, 2.0, "CONTROLS")
    # a verdict that stands takes no need back that another shipment has moved since
    await force(database, case.need, NeedStatus.REGRESSED)
    told = await events(database, "NEED_CHANGED")
    assert (await measured("RELIEVED", look=26))[0] == "RELIEVED"
    assert (await state(database, case.need)).status == "REGRESSED"
    assert await events(database, "NEED_CHANGED") == told
    # nor is a look taken twice, for want of data in between
    assert (await measured("INSUFFICIENT_DATA", look=26))[:3] == (*lacking, 26)
    assert (await measured("RELIEVED", look=26))[:3] == ("INCONCLUSIVE", "BETWEEN_LOOKS", 26)
    # what is sure enough is none where placebos find as much
    assert (await measured("RELIEVED", look=52, doubtful=True))[:3] == ("INCONCLUSIVE", "PLACEBO_EFFECTS", 52)
    assert (await measured("RELIEVED", look=104))[:3] == ("RELIEVED", None, 104)
    assert (await state(database, case.need)).status == "RELIEVED"


async def test_a_merge_takes_what_was_measured_along(database: Database) -> None:
    case = await shipped(database)
    for verdict, becomes, look in (
        ("RELIEVED", "RELIEVED", 12),
        ("REGRESSED", "REGRESSED", 26),
        ("INCONCLUSIVE", "ADDRESSED", 52),
    ):
        (target,) = await said_of(database, verdict)
        assert (await state(database, target)).status == "ACTIVE"
        await put(database, case.invention, InventionStatus.SHIPPED)
        source = await database.value("SELECT need_id FROM claim")
        await force(database, source, NeedStatus.ADDRESSED)
        # the target was measured as well, with too little data, and so was another invention
        await impacts.measure(
            database,
            ADMIN,
            case.invention,
            [outcome(source, verdict, look=look), outcome(target, "INSUFFICIENT_DATA")],
        )
        assert await status(database, case.invention) == "MEASURED"
        at = {need: (await state(database, need)).version for need in (source, target)}
        await needs.merge(database, case.bob, [source], target, at)
        assert (await state(database, target)).status == becomes
        rows = await database.rows("SELECT invention_id, need_id, verdict FROM impact")
        assert list(map(tuple, rows)) == [(case.invention, target, verdict)]


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
        " placebo_rejections, weeks_before, weeks_after, shipped_week, exposure_weeks, exposure_filled"
    )
    await impacts.measure(database, CURATOR, case.invention, [outcome(case.need), outcome(999_999)])
    rows = await database.rows(f"SELECT {names} FROM impact")
    assert [tuple(row) for row in rows] == [
        ("RELIEVED", 0.4, 0.2, 0.8, 5.0, 1.0, 0.5, 1.5, 3, 2, 1, 20, 15, 2910, 7, 2)
    ]
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
    (rival,) = await said_of(database, "rival")
    for week in range(start, last + 2):
        await said(database, week, 3, case.need, "late")
        await said(database, week, 2, case.other, "dear")
        await said(database, week, 1, None, "none")
    await said(database, start - 4, 1, None, "early")
    await said(database, start - 8 - 1, 1, None, "lone")
    # heard of on one side alone
    await said(database, start, 5, rival, "rivals")
    both = await said(database, start, 1, None, "both")
    await infer(database, found({"late": both, "dear": both}, ids={"late": case.need, "dear": case.other}, watermark=0))
    # three silent weeks are quiet ones, four are a gap
    weeks = [start - 9, *(week for week in range(start - 4, last + 1) if week != last - 4)]
    result = await counts(database, case.invention)
    assert result.shipped == last - 3
    window = result.needs[case.need]
    # the first complaints of the case are years older; between the first of these and those there is a gap
    assert (list(window.weeks), window.through) == (weeks, last)
    quiet = [0] * 5
    assert (list(result.needs), window.counts) == ([case.need], [*quiet, 4, *[3] * (len(weeks) - 6)])
    # one complaint of twenty is about both needs: what it says nothing of is the one without the other
    assert window.controls == [*quiet, *[2] * (len(weeks) - 5)]
    assert (result.control_needs, window.exposure, window.exposure_weeks) == (1, None, 0)
    again = await said(database, start, 1, None, "again")
    more = {"late": again, "dear": again}
    await infer(database, found(more, ids={"late": case.need, "dear": case.other}, watermark=0))
    # two of them are more: the need is affected as well
    result = await counts(database, case.invention)
    assert (result.control_needs, result.needs[case.need].controls) == (0, [])

    # of customers, a few untold weeks lie between the told ones; the others are not known
    known = [week for week in range(start - 1, last) if week not in (start + 1, start + 2)]
    await exposures.record(database, CURATOR, [(monday(week), 500 + 10 * (week - start)) for week in known])
    window = (await counts(database, case.invention)).needs[case.need]
    assert window.exposure is not None
    assert dict(zip(window.weeks, window.exposure, strict=True)) == {
        week: 500 + 10 * (week - start) if start - 1 <= week < last else None for week in weeks
    }
    assert window.exposure_weeks == len([week for week in known if week in weeks])

    assert await due(database) == [case.invention]
    await impacts.measure(database, ADMIN, case.invention, [outcome(case.need)])
    assert await due(database) == [case.invention]
    async with database.transaction() as transaction:
        await transaction.execute("UPDATE impact SET through = ?1", (last,))
    assert await due(database) == []


async def test_weeks_end_where_the_next_shipment_begins(database: Database) -> None:
    last = week_of(now_ms()) - 1
    case = await shipped(database, monday(last - 8))
    for week in range(last - 12, last + 1):
        await said(database, week, 1, case.need, "late")
        await said(database, week, 1, case.other, "dear")

    async def weeks(invention: int) -> tuple[list[int], int]:
        window = (await counts(database, invention)).needs[case.need]
        return list(window.weeks), window.through

    assert await weeks(case.invention) == (list(range(last - 12, last + 1)), last)
    assert (await counts(database, case.invention)).control_needs == 1
    # in the middle of a week: it belongs to neither
    at = monday(last - 3) + 86_400_000
    second = await inventions.propose(
        database,
        case.bob,
        title="Another",
        mechanism="Another one.",
        door=Door.TWO_WAY,
        claims=[inventions.ClaimDraft(need, "It does.", 0.5) for need in (case.need, case.other)],
    )
    async with database.transaction() as transaction:
        await transaction.execute(
            "UPDATE invention SET status = 'SHIPPED', shipped_at = ?1 WHERE id = ?2", (at, second)
        )
    assert await weeks(case.invention) == (list(range(last - 12, last - 3)), last - 4)
    assert await weeks(second) == (list(range(last - 8, last - 3)) + list(range(last - 2, last + 1)), last)
    # what shipped in these years is held against for nothing
    assert (await counts(database, case.invention)).control_needs == 0
    assert await due(database) == [case.invention, second]
    # the weeks of the first are over for good
    await impacts.measure(database, ADMIN, case.invention, [outcome(case.need)])
    async with database.transaction() as transaction:
        await transaction.execute("UPDATE impact SET through = ?1", (last - 5,))
    assert await due(database) == [case.invention, second]
    async with database.transaction() as transaction:
        await transaction.execute("UPDATE impact SET through = ?1", (last - 4,))
    assert await due(database) == [second]


@pytest.mark.parametrize("before", [one for one in InventionStatus if one not in ("SHIPPED", "MEASURED")])
async def test_what_has_not_shipped_is_not_counted(database: Database, before: InventionStatus) -> None:
    case = await shipped(database)
    await put(database, case.invention, before)
    with pytest.raises(IllegalTransition, match=before.value):
        await counts(database, case.invention)
    assert await due(database) == []
