"""Committed changes reach every listener of every process, once and in order."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import AsyncIterator

import pytest

from nobodyasked.models.commands import events as commands
from nobodyasked.models.database import Database
from nobodyasked.models.event import Topic
from nobodyasked.server.jobs import events as module
from nobodyasked.server.jobs.events import EventSource, Listener, TooSlow


@pytest.fixture
async def source(database: Database) -> AsyncIterator[EventSource]:
    opened = EventSource(database)
    await opened.start()
    try:
        yield opened
    finally:
        await opened.close()


async def tell(database: Database, topic: Topic, *subjects: int, **details: object) -> None:
    await database.retrying(lambda transaction: commands.tell(transaction, topic, subjects, details))


async def take(listener: Listener, count: int, seconds: float = 5.0) -> list[int]:
    """The first subject of each of the next `count` changes."""
    async with asyncio.timeout(seconds):
        return [(await anext(listener)).subjects[0] for _ in range(count)]


async def quiet(listener: Listener) -> bool:
    """Whether nothing more comes for two polls."""
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(2 * module.POLL_SECONDS):
            await anext(listener)
    return True


async def test_a_change_arrives_whole(database: Database, source: EventSource) -> None:
    listener = source.listen(Topic.NEED_CHANGED)
    await tell(database, Topic.NEED_CHANGED, 4, 5, reason="merged")
    async with asyncio.timeout(5):
        happening = await anext(listener)
    assert (happening.topic, happening.subjects, happening.details) == (
        Topic.NEED_CHANGED,
        [4, 5],
        {"reason": "merged"},
    )


async def test_each_hears_its_topics_alone_and_all_hear_the_same(database: Database, source: EventSource) -> None:
    needs, again, inventions, everything = (
        source.listen(Topic.NEED_CHANGED),
        source.listen(Topic.NEED_CHANGED),
        source.listen(Topic.INVENTION_CHANGED),
        source.listen(),
    )
    for number in range(1, 7):
        await tell(database, Topic.NEED_CHANGED if number % 2 else Topic.INVENTION_CHANGED, number)
    assert await take(needs, 3) == await take(again, 3) == [1, 3, 5]
    assert await take(inventions, 3) == [2, 4, 6]
    assert await take(everything, 6) == [1, 2, 3, 4, 5, 6]


async def test_an_event_that_cannot_be_read_is_passed_over(
    database: Database, source: EventSource, caplog: pytest.LogCaptureFixture
) -> None:
    listener = source.listen(Topic.NEED_CHANGED)
    await tell(database, Topic.NEED_CHANGED, 1)
    # of a version to come; and garbage, which PostgreSQL would not hold
    garbage = "[" if database.dialect == "sqlite" else "[7]"
    for topic, subjects in (("MOON_ROSE", "[7]"), ("NEED_CHANGED" if garbage == "[" else "SUN_SET", garbage)):
        sql = f"INSERT INTO event (topic, subjects, details, at) VALUES ('{topic}', '{subjects}', '{{}}', 1)"
        await database.retrying(lambda transaction, sql=sql: transaction.execute(sql))
    await tell(database, Topic.NEED_CHANGED, 2)
    assert await take(listener, 2) == [1, 2]
    assert caplog.text.count("cannot be read and is passed over") == 2


async def test_what_was_before_is_not_heard(database: Database, source: EventSource) -> None:
    early = source.listen()
    await tell(database, Topic.NEED_CHANGED, 1)
    assert await take(early, 1) == [1]
    late = source.listen()
    await tell(database, Topic.NEED_CHANGED, 2)
    assert await take(late, 1) == [2]
    assert await quiet(late)


async def test_nothing_is_heard_of_a_change_that_was_undone(database: Database, source: EventSource) -> None:
    listener = source.listen()

    async def fail() -> None:
        async with database.transaction() as transaction:
            await commands.tell(transaction, Topic.NEED_CHANGED, [1])
            raise LookupError

    with pytest.raises(LookupError):
        await fail()
    await tell(database, Topic.NEED_CHANGED, 2)
    assert await take(listener, 1) == [2]


async def test_a_change_made_here_does_not_wait_for_the_poll(database: Database) -> None:
    source = EventSource(database, poll_seconds=60)
    await source.start()
    try:
        listener = source.listen()
        await tell(database, Topic.NEED_CHANGED, 1)
        assert await take(listener, 1, seconds=2) == [1]
    finally:
        await source.close()


async def test_every_process_hears_every_change_once_and_in_order(database: Database) -> None:
    """Two databases opened on one address stand for two processes; both write at once."""
    other = await Database.open(database.url, pool=4)
    sources = [EventSource(database), EventSource(other)]
    try:
        for source in sources:
            await source.start()
        listeners = [source.listen(Topic.COMPLAINT_RECEIVED) for source in sources]

        async def write(into: Database, first: int) -> None:
            for number in range(first, first + 40):
                await tell(into, Topic.COMPLAINT_RECEIVED, number)

        await asyncio.gather(write(database, 100), write(other, 200), write(database, 300))
        heard = [await take(listener, 120) for listener in listeners]
        assert heard[0] == heard[1]
        assert sorted(heard[0]) == [*range(100, 140), *range(200, 240), *range(300, 340)]
        for first in (100, 200, 300):
            mine = [number for number in heard[0] if first <= number < first + 40]
            assert mine == sorted(mine)
        assert await quiet(listeners[1])
    finally:
        for source in sources:
            await source.close()
        await other.close()


@pytest.mark.parametrize("dialect", ["postgres"], indirect=True)
async def test_a_change_that_is_committed_late_is_not_passed_over(database: Database, source: EventSource) -> None:
    """The earlier id is committed after the later one. SQLite has one writer: there it cannot happen."""
    listener = source.listen()
    async with database.transaction() as slow:
        await commands.tell(slow, Topic.NEED_CHANGED, [1])
        await tell(database, Topic.NEED_CHANGED, 2)
        await asyncio.sleep(2 * module.POLL_SECONDS)
    assert sorted(await take(listener, 2)) == [1, 2]
    assert await quiet(listener)


async def test_a_listener_that_falls_behind_is_told_so_and_the_others_go_on(database: Database) -> None:
    source = EventSource(database, capacity=5)
    await source.start()
    try:
        idle, busy = source.listen(), source.listen()
        heard = []
        for number in range(20):
            await tell(database, Topic.NEED_CHANGED, number)
            heard += await take(busy, 1)
        assert heard == list(range(20))
        with pytest.raises(TooSlow) as caught:
            await anext(idle)
        assert caught.value.code == "TOO_SLOW"
        with pytest.raises(StopAsyncIteration):
            await anext(idle)
    finally:
        await source.close()


async def test_closing_ends_listeners_that_wait(source: EventSource) -> None:
    waiting = asyncio.create_task(anext(source.listen()))
    await asyncio.sleep(0.01)
    await source.close()
    with pytest.raises(StopAsyncIteration):
        await waiting
    with pytest.raises(StopAsyncIteration):
        await anext(source.listen())


async def test_a_closed_listener_ends_and_a_lost_one_is_forgotten(database: Database, source: EventSource) -> None:
    listener = source.listen()
    source.listen()
    gc.collect()
    assert len(source._listeners) == 1
    await tell(database, Topic.NEED_CHANGED, 1)
    await asyncio.sleep(0.05)
    await listener.aclose()
    with pytest.raises(StopAsyncIteration):
        await anext(listener)


async def test_listeners_hear_what_came_while_the_database_was_away(
    database: Database, source: EventSource, monkeypatch: pytest.MonkeyPatch
) -> None:
    listener = source.listen()
    read = module.event_queries.after

    async def away(*_: object) -> None:
        raise ConnectionError

    monkeypatch.setattr(module.event_queries, "after", away)
    await tell(database, Topic.NEED_CHANGED, 1)
    await asyncio.sleep(0.1)
    monkeypatch.setattr(module.event_queries, "after", read)
    assert await take(listener, 1) == [1]


async def test_old_events_are_forgotten(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PRUNE_SECONDS", 0.0)
    source = EventSource(database, poll_seconds=0.05)
    await source.start()
    try:
        listener = source.listen()
        await tell(database, Topic.NEED_CHANGED, 1)
        assert await take(listener, 1) == [1]
        # only now, or it might be forgotten between two looks, before anybody heard of it
        monkeypatch.setattr(module, "KEEP_MS", -60_000)
        async with asyncio.timeout(5):
            while await database.value("SELECT COUNT(*) FROM event"):  # noqa: ASYNC110 - a table rings no bell
                await asyncio.sleep(0.02)
    finally:
        await source.close()
