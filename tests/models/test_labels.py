"""What people say that spans are stands, whatever runs and the matcher find."""

from __future__ import annotations

import asyncio

import pytest

from nobodyasked.models.commands import facts, labels, placements
from nobodyasked.models.commands.placements import SpanDraft
from nobodyasked.models.database import Database
from nobodyasked.models.errors import Forbidden, Invalid, NotFound
from nobodyasked.models.queries import labels as queries
from nobodyasked.models.span import SpanKind

from .people import CONTRIBUTOR, CURATOR
from .world import check_counts, complain, found, infer, needs_by_statement, state


async def spans_of(database: Database, complaint: int) -> list[tuple[int, int, str, float]]:
    sql = "SELECT start_offset, end_offset, kind, score FROM span WHERE complaint_id = ?1 ORDER BY start_offset"
    return [tuple(row) for row in await database.rows(database.sql(sql), (complaint,))]


async def span_id(database: Database, complaint: int) -> int:
    return await database.value(database.sql("SELECT MIN(id) FROM span WHERE complaint_id = ?1"), (complaint,))


async def test_a_label_counts_at_once_and_in_later_runs(database: Database) -> None:
    ids = await complain(database, ["ann", "bob"])
    await infer(database, found({"a": ids}))
    need = (await needs_by_statement(database))["a"]
    assert (await state(database, need)).asking == 0
    before = await queries.sign(database)
    label = await labels.label(database, CURATOR, await span_id(database, ids[0]), SpanKind.ASK)
    assert await queries.sign(database) != before
    assert await spans_of(database, ids[0]) == [(0, 9, "ASK", 1.0)]
    assert (await state(database, need)).asking == 1
    await infer(database, found({"a": ids}, ids={"a": need}))
    assert await spans_of(database, ids[0]) == [(0, 9, "ASK", 1.0)]
    assert await spans_of(database, ids[1]) == [(0, 9, "PAIN", 0.9)]
    assert (await state(database, need)).asking == 1
    await check_counts(database)
    assert await labels.label(database, CURATOR, await span_id(database, ids[0]), SpanKind.PAIN) == label
    assert (await state(database, need)).asking == 0
    ((complaint, start, end, kind, text, _, vector),) = await queries.labels(database)
    assert (complaint, start, end, kind, text) == (ids[0], 0, 9, SpanKind.PAIN, "Complaint")
    assert vector == b"\x00\x3c"


async def test_a_place_that_no_model_found_is_kept(database: Database) -> None:
    (id,) = await complain(database, ["ann"])
    await labels.label_place(database, CURATOR, id, 10, 16, SpanKind.WISH)
    await placements.write(
        database, id, [SpanDraft(0, 9, SpanKind.PAIN, 0.5, b"\x00\x3c")], [], sentiment=0.0, severity=2
    )
    assert await spans_of(database, id) == [(0, 9, "PAIN", 0.5), (10, 16, "WISH", 1.0)]
    await placements.write(database, id, [], [], sentiment=0.0, severity=2)
    assert await spans_of(database, id) == [(10, 16, "WISH", 1.0)]


async def test_a_label_made_while_a_run_writes_stands(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    (id,) = await complain(database, ["ann"])
    await infer(database, found({"a": [id]}))
    said, written = asyncio.Event(), asyncio.Event()

    async def wait(*_: object) -> None:
        said.set()
        await written.wait()

    monkeypatch.setattr(labels, "tell", wait)
    labelling = asyncio.create_task(labels.label_place(database, CURATOR, id, 0, 9, SpanKind.ASK))
    await said.wait()  # the label is there, and not committed yet
    draft = SpanDraft(0, 9, SpanKind.PAIN, 0.5, b"\x00\x3c")
    writing = asyncio.create_task(facts.write(database, [], {id: [draft]}))
    if database.dialect == "postgres":
        waiting = (
            "SELECT COUNT(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
        )
        while not await database.value(waiting):  # noqa: ASYNC110 - nothing but asking tells
            await asyncio.sleep(0.01)
    written.set()
    await asyncio.gather(labelling, writing)
    assert await spans_of(database, id) == [(0, 9, "ASK", 1.0)]


async def test_who_may_label_and_where(database: Database) -> None:
    (id,) = await complain(database, ["ann"])
    with pytest.raises(Forbidden):
        await labels.label_place(database, CONTRIBUTOR, id, 0, 9, SpanKind.ASK)
    with pytest.raises(Forbidden):
        await labels.label(database, CONTRIBUTOR, 1, SpanKind.ASK)
    with pytest.raises(NotFound):
        await labels.label_place(database, CURATOR, id + 1, 0, 9, SpanKind.ASK)
    with pytest.raises(NotFound):
        await labels.label(database, CURATOR, 99, SpanKind.ASK)
    for start, end in ((-1, 3), (3, 3), (4, 2), (0, 1_000)):
        with pytest.raises(Invalid, match="lies within"):
            await labels.label_place(database, CURATOR, id, start, end, SpanKind.ASK)
    assert await queries.labels(database) == []


async def test_a_label_goes_with_its_complaint(database: Database) -> None:
    (id,) = await complain(database, ["ann"])
    await labels.label_place(database, CURATOR, id, 0, 9, SpanKind.ASK)
    async with database.transaction() as transaction:
        await transaction.execute("DELETE FROM complaint WHERE id = ?1", (id,))
    assert await queries.labels(database) == []
