"""Small writes that share a commit: each gets its own answer, as if it had been alone."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nobodyasked.models.batch import Batch
from nobodyasked.models.commands.complaints import Submitted, submit
from nobodyasked.models.database import Database
from nobodyasked.models.engines.faults import Fault
from nobodyasked.models.errors import Busy, DuplicateExternalId, Invalid, Refusal

from .people import ADMIN, draft


class Log:
    """Writes numbers: odd ones are refused, those in `faulty` break the statement, each write waits for `gate`."""

    def __init__(self) -> None:
        self.calls: list[list[int]] = []
        self.faulty: set[int] = set()
        self.gate = asyncio.Event()
        self.gate.set()

    async def write(self, items: Sequence[int]) -> Sequence[int | Refusal]:
        self.calls.append(list(items))
        await self.gate.wait()
        if self.faulty & set(items):
            raise Fault("test")
        return [Invalid("odd") if item % 2 else item * 10 for item in items]


async def test_who_comes_meanwhile_shares_the_next_write() -> None:
    log = Log()
    batch: Batch[int, int] = Batch(log.write, 3)
    assert await batch.add(2) == 20
    log.gate.clear()
    first = asyncio.create_task(batch.add(4))
    await asyncio.sleep(0.01)
    rest = [asyncio.create_task(batch.add(item)) for item in (6, 8, 10, 12)]
    await asyncio.sleep(0.01)
    assert log.calls == [[2], [4]]
    log.gate.set()
    assert await asyncio.gather(first, *rest) == [40, 60, 80, 100, 120]
    assert log.calls == [[2], [4], [6, 8, 10], [12]]


async def test_a_refusal_and_a_fault_reach_only_whom_they_concern() -> None:
    log = Log()
    batch: Batch[int, int] = Batch(log.write, 10)
    results: list[Any] = await asyncio.gather(*(batch.add(item) for item in (2, 3, 4)), return_exceptions=True)
    assert [results[0], results[2]] == [20, 40]
    assert isinstance(results[1], Invalid)
    log.faulty = {6}
    results = await asyncio.gather(*(batch.add(item) for item in (2, 6, 7, 8)), return_exceptions=True)
    assert [results[0], results[3]] == [20, 80]
    assert [type(result) for result in results[1:3]] == [Fault, Invalid]
    assert log.calls[1:] == [[2, 6, 7, 8], [2], [6], [7], [8]]


async def test_a_busy_database_is_told_to_everyone() -> None:
    calls = 0

    async def write(items: Sequence[int]) -> Sequence[int]:
        nonlocal calls
        calls += 1
        raise Busy("later")

    batch: Batch[int, int] = Batch(write, 10)
    results = await asyncio.gather(*(batch.add(item) for item in range(4)), return_exceptions=True)
    assert [str(result) for result in results] == ["later"] * 4
    assert len({id(result) for result in results}) == 4
    assert calls == 1


async def test_who_goes_before_the_write_is_left_out_and_who_goes_during_it_harms_nobody() -> None:
    log = Log()
    log.gate.clear()
    batch: Batch[int, int] = Batch(log.write, 10)
    tasks = [asyncio.create_task(batch.add(2))]
    await asyncio.sleep(0.01)
    tasks += [asyncio.create_task(batch.add(item)) for item in (4, 6)]
    await asyncio.sleep(0.01)
    tasks[0].cancel()
    tasks[1].cancel()
    await asyncio.sleep(0)
    log.gate.set()
    results = await asyncio.gather(*tasks, return_exceptions=True)
    assert [type(result) for result in results[:2]] == [asyncio.CancelledError] * 2
    assert results[2] == 60
    assert log.calls == [[2], [6]]
    await batch.close()


async def test_submissions_share_few_transactions(database: Database) -> None:
    with database.counting() as counted:
        results = await asyncio.gather(
            *(submit(database, ADMIN, draft(f"text {number}", customer=f"c{number % 7}")) for number in range(100))
        )
    assert [result.created for result in results] == [True] * 100
    ids = [result.complaint_id for result in results]
    assert ids == sorted(set(ids))
    assert counted.count <= 8
    # other connections see all of it
    assert await database.value("SELECT COUNT(*) FROM complaint") == 100
    assert await database.value("SELECT COUNT(*) FROM complaint WHERE customer_id IS NULL") == 0
    assert await database.value("SELECT COUNT(*) FROM customer") == 7


async def test_one_alone_costs_few_statements(database: Database) -> None:
    await submit(database, ADMIN, draft("warm", customer="ann"))
    with database.counting() as counted:
        await submit(database, ADMIN, draft("alone", customer="ann"))
    assert counted.count <= (1 if database.dialect == "postgres" else 8)


async def test_the_loser_of_a_race_between_processes_changes_nothing(database: Database) -> None:
    other = await Database.open(database.url, pool=2)
    try:
        for number in range(15):
            key = str(number)
            results = await asyncio.gather(
                submit(database, ADMIN, draft("one", external_id=key, customer=f"one{number}")),
                submit(other, ADMIN, draft("two", external_id=key, customer=f"two{number}")),
                submit(database, ADMIN, draft("apart", external_id=f"a{number}")),
                submit(other, ADMIN, draft("apart", external_id=f"a{number}")),
                return_exceptions=True,
            )
            assert sorted(type(result).__name__ for result in results[:2]) == ["DuplicateExternalId", "Submitted"]
            same = [result for result in results[2:] if isinstance(result, Submitted)]
            assert sorted(result.created for result in same) == [False, True]
            assert len({result.complaint_id for result in same}) == 1
            assert await database.value(f"SELECT COUNT(*) FROM customer WHERE external_id LIKE '%{number}'") >= 1
    finally:
        await other.close()
    assert await database.value("SELECT COUNT(*) FROM complaint") == 30
    assert await database.value("SELECT COUNT(*) FROM customer") == 15


rows = st.tuples(
    st.sampled_from(["1", "2", "3", None]),
    st.sampled_from(["late", "lost", ""]),
    st.sampled_from([None, "ann", "bob"]),
    st.sampled_from([None, "home", "office"]),
    st.sampled_from([None, 0, 7]),
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(before=st.lists(rows, max_size=4), after=st.lists(rows, max_size=10))
async def test_together_is_as_one_after_another(database: Database, before: list, after: list) -> None:
    """The same answers and the same rows, whether submissions share a commit or have one each."""

    async def outcome(at_once: bool) -> Any:
        async with database.transaction() as transaction:
            for table in ("complaint", "customer", "event"):
                await transaction.execute(f"DELETE FROM {table}")
        drafts = [
            draft(text, external_id=key, customer=customer, segment=segment, reach=reach)
            for key, text, customer, segment, reach in before + after
        ]
        results: list[Any] = []
        for given_ in drafts[: len(before)] if at_once else drafts:
            results += await asyncio.gather(submit(database, ADMIN, given_), return_exceptions=True)
        if at_once:
            tasks = (submit(database, ADMIN, given_) for given_ in drafts[len(before) :])
            results += await asyncio.gather(*tasks, return_exceptions=True)
        complaints = await database.rows("SELECT id, external_id, text FROM complaint ORDER BY id")
        place = {id: index for index, (id, *_) in enumerate(complaints)}
        told = [
            (result.created, place[result.complaint_id])
            if isinstance(result, Submitted)
            else (type(result), place.get(getattr(result, "complaint_id", 0)))
            for result in results
        ]
        customers = await database.rows("SELECT external_id, segment, reach FROM customer ORDER BY external_id")
        return told, [tuple(rest) for _, *rest in complaints], list(map(tuple, customers))

    together = await outcome(True)
    assert together == await outcome(False)
    kinds = {kind for kind, _ in together[0]}
    assert kinds <= {True, False, Invalid, DuplicateExternalId}


@pytest.mark.parametrize("size", [30, 5_000])
async def test_long_and_short_texts(database: Database, size: int) -> None:
    results = await asyncio.gather(*(submit(database, ADMIN, draft("x" * size + str(n))) for n in range(20)))
    assert len({result.complaint_id for result in results}) == 20


async def test_closing_waits_for_what_is_under_way(database: Database) -> None:
    other = await Database.open(database.url, pool=2)
    waiting = [asyncio.create_task(submit(other, ADMIN, draft(f"text {n}"))) for n in range(5)]
    await asyncio.sleep(0)
    await other.close()
    results = await asyncio.gather(*waiting)
    assert all(result.created for result in results)
