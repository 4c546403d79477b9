from __future__ import annotations

import asyncio

import pytest

from nobodyasked.models.commands import events as commands
from nobodyasked.models.commands.events import tell
from nobodyasked.models.database import Database
from nobodyasked.models.event import Topic
from nobodyasked.models.fields import now_ms
from nobodyasked.models.queries import events as queries


async def write(database: Database, *subjects: int) -> None:
    await database.retrying(lambda transaction: tell(transaction, Topic.NEED_CHANGED, subjects, {"change": "X"}))


async def test_events_come_in_order(database: Database) -> None:
    await write(database, 1)
    position = await queries.latest(database)
    for subject in range(2, 9):
        await write(database, subject)
    heard: list[int] = []
    while happenings := await queries.after(database, position, 3):
        heard += [subject for happening in happenings for subject in happening.subjects]
        position = happenings[-1].position
    assert heard == list(range(2, 9))
    assert happenings == []


async def test_what_an_event_says(database: Database) -> None:
    position = await queries.latest(database)
    await write(database, 7, 8)
    (happening,) = await queries.after(database, position)
    assert (happening.topic, happening.subjects, happening.details) == (Topic.NEED_CHANGED, [7, 8], {"change": "X"})
    assert abs(happening.at - now_ms()) < 60_000


async def test_nothing_changed_is_no_event(database: Database) -> None:
    position = await queries.latest(database)
    await write(database)
    assert await queries.after(database, position) == []


async def test_old_events_go(database: Database) -> None:
    await write(database, 1)
    assert await commands.prune(database, 60_000) == 0
    async with database.transaction() as transaction:
        await transaction.execute("UPDATE event SET at = at - 70000")
    position = await queries.latest(database)
    await write(database, 2)
    assert await commands.prune(database, 60_000) == 1
    assert [happening.subjects for happening in await queries.after(database, position)] == [[2]]
    # a reader that starts on an empty table still hears what comes
    await commands.prune(database, -60_000)
    position = await queries.latest(database)
    await write(database, 3)
    assert [happening.subjects for happening in await queries.after(database, position)] == [[3]]


@pytest.mark.parametrize("dialect", ["postgres"], indirect=True)
async def test_a_late_commit_is_not_passed_over(database: Database) -> None:
    start = position = await queries.latest(database)
    heard: list[int] = []

    async def listen() -> None:
        nonlocal position
        for happening in await queries.after(database, position):
            heard.extend(happening.subjects)
            position = happening.position

    async with database.transaction() as slow:
        await tell(slow, Topic.NEED_CHANGED, [1])
        await write(database, 2)
        await listen()
        assert heard == []  # held back: the one below it is still under way
    await listen()
    assert heard == [1, 2]
    everything = await queries.after(database, start)
    assert [happening.subjects for happening in everything] == [[1], [2]]


async def test_a_listener_beside_many_writers_hears_everything_once(database: Database) -> None:
    position = await queries.latest(database)
    heard: list[int] = []

    async def listen(until: int) -> None:
        nonlocal position
        while len(heard) < until:
            for happening in await queries.after(database, position, 7):
                heard.extend(happening.subjects)
                position = happening.position
            await asyncio.sleep(0.001)

    async def several(first: int) -> None:
        for subject in range(first, first + 20):
            await write(database, subject)

    async with asyncio.timeout(60):
        await asyncio.gather(listen(100), *(several(100 * writer) for writer in range(5)))
    assert sorted(heard) == sorted(100 * writer + index for writer in range(5) for index in range(20))
