"""Searches by meaning, and complaints placed as they come, whichever process did what."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import Any

import pytest

from nobodyasked.inference.vector import Embedder, HashedWords
from nobodyasked.models.actor import Actor
from nobodyasked.models.commands import complaints, inventions, needs, placements, runs
from nobodyasked.models.commands.complaints import ComplaintDraft
from nobodyasked.models.database import Database
from nobodyasked.models.errors import NoSpace
from nobodyasked.models.invention import Door
from nobodyasked.models.queries import nearness, summary
from nobodyasked.server.jobs import memory
from nobodyasked.server.jobs import mind as module
from nobodyasked.server.jobs.events import EventSource
from nobodyasked.server.jobs.memory import gaps_between
from nobodyasked.server.jobs.mind import Mind
from nobodyasked.server.jobs.reader import pack
from nobodyasked.server.jobs.run import carry_out
from nobodyasked.server.settings import Settings

from .crowd import arrive

OPERATOR = Actor.operator()
PARCEL = "my parcel was 4 days late again"
GATHER_SECONDS = 0.1
SEVERAL_LOOKS = 6 * GATHER_SECONDS


class Broken(HashedWords):
    """Slow, and failing while `fails` is set."""

    def __init__(self, slow: float = 0.0) -> None:
        super().__init__()
        self.slow = slow
        self.fails = False

    def embed(self, texts):  # type: ignore[no-untyped-def]
        time.sleep(self.slow)
        if self.fails:
            raise MemoryError
        return super().embed(texts)


@contextlib.asynccontextmanager
async def thinking(database: Database, *, worker: bool = True, embedder: Embedder | None = None) -> AsyncIterator[Mind]:
    """The mind of a server process on this database."""
    events = EventSource(database)
    await events.start()
    mind = Mind(database, events, Settings(embedder="hashed", worker=worker), embedder=embedder)
    await mind.start()
    try:
        yield mind
    finally:
        await mind.close()
        await events.close()


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is looked at every second or two is looked at ten times as often."""
    monkeypatch.setattr(module, "GATHER_SECONDS", GATHER_SECONDS)
    monkeypatch.setattr(memory, "RELOAD_SECONDS", 0.2)


@pytest.fixture
async def mind(database: Database) -> AsyncIterator[Mind]:
    async with thinking(database) as opened:
        yield opened


@pytest.fixture
async def other(database: Database) -> AsyncIterator[Database]:
    """The same data, as another process sees it."""
    opened = await Database.open(database.url, pool=2)
    try:
        yield opened
    finally:
        await opened.close()


async def infer(database: Database, embedder: Embedder | None = None) -> None:
    run_id = await runs.start(database, OPERATOR, {})
    await runs.begin(database, run_id, {})
    await carry_out(database, embedder or HashedWords(), run_id, lambda stage, share: None)


async def say(database: Database, text: str, number: int) -> int:
    draft = ComplaintDraft(text=text, channel="mail", source="test", external_id=str(number), customer=f"new-{number}")
    return (await complaints.submit(database, OPERATOR, draft)).complaint_id


async def evidence_of(database: Database, complaint_id: int) -> list[tuple[Any, ...]]:
    rows = await database.rows(
        "SELECT e.need_id, e.stance, e.confidence, e.status, e.run_id, s.start_offset, s.end_offset FROM evidence e"
        f" JOIN span s ON s.id = e.span_id WHERE e.complaint_id = {complaint_id}"
    )
    return [tuple(row) for row in rows]


async def need_about(database: Database, word: str) -> summary.TopNeed:
    return next(need for need in await summary.top_needs(database, 20, 1) if word in need.quotes[0])


async def until(holds: Callable[[], Awaitable[Any]], seconds: float = 60.0) -> Any:
    """What `holds` gives, once that is true."""
    async with asyncio.timeout(seconds):
        while not (found := await holds()):  # noqa: ASYNC110 - other processes are waited for as well
            await asyncio.sleep(0.02)
    return found


async def test_complaints_by_meaning(database: Database, mind: Mind) -> None:
    ids = await arrive(database, 40)
    await infer(database)
    found = await mind.similar("complaint", PARCEL, 10)
    assert len(found) == 10
    texts = dict(await database.rows("SELECT id, text FROM complaint"))
    assert all("parcel" in texts[identity] for identity, _ in found)
    assert {identity for identity, _ in found} <= set(ids)
    cosines = [cosine for _, cosine in found]
    assert cosines == sorted(cosines, reverse=True)
    assert all(0.0 <= cosine <= 1.0001 for cosine in cosines)
    assert len(await mind.similar("complaint", PARCEL, 1_000)) == 40


async def test_needs_and_inventions_by_meaning(database: Database, mind: Mind) -> None:
    await arrive(database, 40)
    await infer(database)
    parcel = await need_about(database, "parcel")
    assert (await mind.similar("need", "late parcel", 3))[0][0] == parcel.id
    assert await mind.similar("invention", "a locker", 3) == []
    locker = await inventions.propose(
        database, OPERATOR, title="Parcel lockers", mechanism="A locker near home.", door=Door.TWO_WAY
    )
    meter = await inventions.propose(
        database, OPERATOR, title="Battery meter", mechanism="Shows what is left.", door=Door.TWO_WAY
    )

    async def both() -> bool:
        found = [identity for identity, _ in await mind.similar("invention", "locker for a parcel", 5)]
        return found == [locker, meter]

    await until(both)


@pytest.mark.parametrize(("text", "limit"), [("", 5), ("  \n", 5), ("parcel", 0)])
async def test_nothing_asked_nothing_found(mind: Mind, text: str, limit: int) -> None:
    assert await mind.similar("complaint", text, limit) == []


async def test_an_empty_database_has_nothing_similar(mind: Mind) -> None:
    for kind in ("complaint", "need", "invention"):
        assert await mind.similar(kind, PARCEL, 5) == []


async def test_a_new_complaint_is_evidence_at_once(database: Database, mind: Mind) -> None:
    await arrive(database, 60)
    await infer(database)
    parcel = await need_about(database, "parcel")
    complaint = await say(database, "My parcel was 9 days late again", 1)
    await mind.received([complaint])
    ((need, stance, confidence, status, run, start, end),) = await evidence_of(database, complaint)
    assert (need, stance, status, run) == (parcel.id, "SUPPORTS", "PENDING", None)
    assert 0 < confidence <= 1
    assert (start, end) == (0, len("My parcel was 9 days late again"))
    after = await need_about(database, "parcel")
    assert (after.evidence_count, after.customer_count) == (parcel.evidence_count + 1, parcel.customer_count + 1)
    found = await mind.similar("complaint", "My parcel was 9 days late again", 3)
    assert complaint in [identity for identity, _ in found]
    await mind.received([complaint])
    assert len(await evidence_of(database, complaint)) == 1


async def test_what_no_need_knows_is_found_but_placed_nowhere(database: Database, mind: Mind) -> None:
    await arrive(database, 60)
    await infer(database)
    complaint = await say(database, "Your elevator music frightens our goldfish terribly", 1)
    await mind.received([complaint])
    assert await evidence_of(database, complaint) == []
    assert (await mind.similar("complaint", "goldfish frightened by elevator music", 1))[0][0] == complaint


async def test_many_at_once_are_all_placed(database: Database, mind: Mind, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PATIENCE_SECONDS", 60.0)  # however busy the machine is
    await arrive(database, 60)
    await infer(database)
    new = [await say(database, f"my parcel was {number} days late again", number) for number in range(40)]
    await asyncio.gather(*(mind.received([complaint]) for complaint in new))
    assert [len(await evidence_of(database, complaint)) for complaint in new] == [1] * 40


async def test_what_was_placed_at_once_is_not_looked_at_again(
    database: Database, mind: Mind, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "GRACE_SECONDS", 0.1)
    new = [await say(database, PARCEL, number) for number in range(5)]
    for complaint in new:
        await mind.received([complaint])
    with database.counting() as counted:
        await asyncio.sleep(0.5)
    assert not [statement for statement in counted.statements if "sentiment IS NULL" in statement]
    assert not mind._backlog


async def test_an_import_is_placed_in_the_background(database: Database, mind: Mind) -> None:
    await arrive(database, 60)
    await infer(database)
    new = await arrive(database, 90, first=60)
    await mind.received(new)

    async def all_read() -> bool:
        return await database.value("SELECT COUNT(*) FROM complaint WHERE sentiment IS NULL") == 0

    await until(all_read)
    assert all([await evidence_of(database, complaint) for complaint in new])


async def test_what_another_process_imports_is_placed_here(
    database: Database, other: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "GRACE_SECONDS", 0.1)
    await arrive(database, 60)
    await infer(database)
    async with thinking(database) as mind:
        new = await arrive(other, 10, first=60)

        async def placed() -> bool:
            return all([await evidence_of(database, complaint) for complaint in new])

        await until(placed)
        texts = dict(await database.rows("SELECT id, text FROM complaint"))
        found = [identity for identity, _ in await mind.similar("complaint", texts[new[0]], 1_000)]
        assert set(new) <= set(found)


async def test_what_came_before_a_start_is_placed_after_it(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "GRACE_SECONDS", 0.0)
    await arrive(database, 60)
    await infer(database)
    new = await arrive(database, 10, first=60)
    async with thinking(database):

        async def placed() -> bool:
            return all([await evidence_of(database, complaint) for complaint in new])

        await until(placed)


async def test_before_the_first_run_nothing_is_placed_at_a_start(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "GRACE_SECONDS", 0.0)
    await arrive(database, 10)
    async with thinking(database):
        await asyncio.sleep(0.6)
        assert await database.value("SELECT COUNT(*) FROM complaint WHERE sentiment IS NOT NULL") == 0


async def test_a_process_without_a_worker_leaves_imports_to_others(
    database: Database, other: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "GRACE_SECONDS", 0.0)
    async with thinking(database, worker=False):
        await arrive(other, 5)
        await asyncio.sleep(0.6)
        assert await database.value("SELECT COUNT(*) FROM complaint WHERE sentiment IS NOT NULL") == 0


async def test_what_another_process_does_is_known_here(database: Database, other: Database, mind: Mind) -> None:
    """A run, a new name, a merge and a dismissal, each done elsewhere."""
    await arrive(database, 80)
    assert await mind.similar("need", "parcel", 5) == []
    await infer(other)

    async def known() -> bool:
        return len(await mind.similar("need", "parcel", 50)) >= 4

    await until(known)
    assert (await mind.similar("complaint", PARCEL, 1))[0][1] > 0.8
    first, second, third = (await summary.top_needs(database, 3, 1))[:3]
    await needs.rename(other, OPERATOR, first.id, 1, "Zebras want umbrellas")

    async def renamed() -> bool:
        found = await mind.similar("need", "Zebras want umbrellas", 1)
        return found[0][0] == first.id and found[0][1] > 0.99

    await until(renamed)
    await needs.dismiss(other, OPERATOR, second.id, 1, "none")
    await needs.merge(other, OPERATOR, [third.id], first.id, {third.id: 1, first.id: 2})

    async def gone() -> bool:
        found = {identity for identity, _ in await mind.similar("need", "parcel", 50)}
        return first.id in found and not {second.id, third.id} & found

    await until(gone)


async def test_a_dismissed_need_collects_nothing(database: Database, mind: Mind) -> None:
    await arrive(database, 60)
    await infer(database)
    parcel = await need_about(database, "parcel")
    await mind.received([await say(database, PARCEL, 1)])
    await needs.dismiss(database, OPERATOR, parcel.id, 1, "none of ours")
    complaint = await say(database, "my parcel was 5 days late again", 2)
    await mind.received([complaint])
    assert parcel.id not in {row[0] for row in await evidence_of(database, complaint)}


async def test_failing_to_place_never_fails_the_submission(database: Database) -> None:
    embedder = Broken()
    await arrive(database, 60)
    await infer(database)
    async with thinking(database, embedder=embedder) as mind:
        embedder.fails = True
        complaint = await say(database, PARCEL, 1)
        await mind.received([complaint])
        await mind.received([987_654_321])
        assert await evidence_of(database, complaint) == []
        embedder.fails = False
        second = await say(database, PARCEL, 2)
        await mind.received([second])
        assert await evidence_of(database, second)
    await infer(database)
    assert await evidence_of(database, complaint)  # the next run reads what was not placed


@pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)
async def test_what_the_database_stood_in_the_way_of_is_placed_by_itself(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "AGAIN_SECONDS", 0.05)
    await arrive(database, 60)
    await infer(database)
    gone = {"unread_since_run", "unread", "write"}

    def shaky(name: str, real: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
        async def work(*arguments: Any, **more: Any) -> Any:
            if name in gone:
                raise NoSpace("The disk is full.")
            return await real(*arguments, **more)

        return work

    for owner, name in ((nearness, "unread_since_run"), (nearness, "unread"), (placements, "write")):
        monkeypatch.setattr(owner, name, shaky(name, getattr(owner, name)))
    before = await say(database, PARCEL, 1)
    async with thinking(database) as mind:
        for number in (2, 3):
            new = [before, await say(database, PARCEL, number)]
            await mind.received(new[1:])
            await asyncio.sleep(0.2)
            assert await evidence_of(database, new[1]) == []
            gone.clear()

            async def placed(new: list[int] = new) -> bool:
                return all([await evidence_of(database, one) for one in new])

            await until(placed)
            # the second time once it is read, with what came of it to be written
            gone.add("write")


async def test_nobody_waits_long_for_a_slow_model(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PATIENCE_SECONDS", 0.05)
    await arrive(database, 60)
    await infer(database)
    async with thinking(database, embedder=Broken(slow=0.3)) as mind:
        complaint = await say(database, PARCEL, 1)
        async with asyncio.timeout(0.25):
            await mind.received([complaint])
        assert await evidence_of(database, complaint) == []
        await until(lambda: evidence_of(database, complaint))


async def test_the_loop_runs_on_while_the_mind_works(database: Database) -> None:
    await arrive(database, 20)
    await infer(database)
    async with thinking(database, embedder=Broken(slow=0.4)) as mind:
        asking = asyncio.create_task(mind.similar("complaint", PARCEL, 5))
        loop = asyncio.get_running_loop()
        longest, last = 0.0, loop.time()
        while not asking.done():
            await asyncio.sleep(0.005)
            longest, last = max(longest, loop.time() - last), loop.time()
        assert longest < 0.2
        assert await asking


async def test_what_comes_too_fast_is_left_to_the_next_run(
    database: Database, mind: Mind, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "BACKLOG_MOST", 100)
    mind._put_off(range(1_000), 60.0)
    mind._put_off(range(1_000), 60.0)
    assert mind._backlog_size <= 100
    assert sum(len(part) for _, part in mind._backlog) == mind._backlog_size


async def test_a_waiting_run_wakes_the_worker(database: Database) -> None:
    events = EventSource(database)
    woken: list[bool] = []
    mind = Mind(database, events, Settings(embedder="hashed"), wake_worker=lambda: woken.append(True))
    mind.run_started(4)
    assert woken == [True]
    await mind.close()


async def test_vectors_that_another_model_replaced_are_searched_anew(
    database: Database, other: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(memory, "CANDIDATES", 40)
    monkeypatch.setattr(memory, "CANDIDATES_PER_HIT", 1)

    class Mirrored(HashedWords):
        def embed(self, texts):  # type: ignore[no-untyped-def]
            return super().embed([text[::-1] for text in texts])

    await arrive(database, 400)
    await infer(database)
    async with thinking(database, embedder=Mirrored()) as mind:
        await mind.similar("complaint", PARCEL, 1)
        await infer(other, Mirrored())

        async def right() -> bool:
            texts = dict(await database.rows("SELECT id, text FROM complaint"))
            found = await mind.similar("complaint", PARCEL, 20)
            return len(found) == 20 and all("parcel" in texts[identity] for identity, _ in found)

        await until(right)


@pytest.mark.parametrize("dialect", ["postgres"], indirect=True)
async def test_spans_that_are_committed_late_are_found(database: Database, mind: Mind) -> None:
    """The lower ids are committed after the higher ones have been seen."""
    early, late = await arrive(database, 2, themes=["parcel", "battery"])
    vectors = pack(HashedWords().embed(["parcel", "battery"]), HashedWords())
    sql = (
        "INSERT INTO span (complaint_id, start_offset, end_offset, kind, score, vector)"
        " VALUES (?1, 0, 3, 'PAIN', 0.5, ?2)"
    )
    async with database.transaction() as slow:
        await slow.execute(sql, (early, vectors[0]))
        await database.retrying(lambda quick: quick.execute(sql, (late, vectors[1])))
        assert [identity for identity, _ in await mind.similar("complaint", "parcel", 5)] == [late]
    assert [identity for identity, _ in await mind.similar("complaint", "parcel", 5)] == [early, late]


def test_gaps_are_what_is_missing() -> None:
    assert gaps_between(1, [], 3) == [(1, 3)]
    assert gaps_between(1, [1, 2, 3], 3) == []
    assert gaps_between(1, [2, 3, 6], 8) == [(1, 1), (4, 5), (7, 8)]


@pytest.mark.parametrize(("busy", "rests"), [(0.1, 1), (0.9, 8)])
async def test_the_background_rests_longer_while_requests_use_the_processor(
    monkeypatch: pytest.MonkeyPatch, busy: float, rests: int
) -> None:
    slept: list[float] = []
    monkeypatch.setattr(module.time, "process_time", lambda: busy * sum(slept))

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    monkeypatch.setattr(module.asyncio, "sleep", sleep)
    await module._rest(0.25)
    assert slept == [0.25] * rests


async def test_who_does_not_wait_is_placed_in_the_background(database: Database, mind: Mind) -> None:
    await arrive(database, 60)
    await infer(database)
    complaint = await say(database, "My parcel was 9 days late again", 1)
    await mind.received([complaint], wait=False)
    assert await evidence_of(database, complaint) == []
    assert len(await until(lambda: evidence_of(database, complaint))) == 1


GARDEN = (
    "the garden hose is broken and leaks",
    "my garden hose leaks, it is broken again",
    "broken garden hose, very annoying",
    "the garden hose leaks, terrible and broken",
)


async def emerged(database: Database) -> list[tuple[Any, ...]]:
    """Needs that no run made."""
    rows = await database.rows(
        "SELECT n.id, n.status, n.evidence_count, n.customer_count FROM need n WHERE n.evidence_count > 0 AND NOT EXISTS"
        " (SELECT 1 FROM evidence e WHERE e.need_id = n.id AND e.run_id IS NOT NULL) ORDER BY n.id"
    )
    return [tuple(row) for row in rows]


async def say_and_tell(database: Database, mind: Mind, texts: Sequence[str], customer: str | None = None) -> list[int]:
    ids = []
    for number, text in enumerate(texts):
        draft = ComplaintDraft(
            text=text, channel="mail", source="pool", external_id=f"{number}-{text}", customer=customer or f"new-{text}"
        )
        ids.append((await complaints.submit(database, OPERATOR, draft)).complaint_id)
        await mind.received(ids[-1:])
    return ids


async def test_what_is_new_to_all_needs_becomes_one_by_itself(database: Database, mind: Mind) -> None:
    await arrive(database, 60)
    await infer(database)
    await say_and_tell(database, mind, GARDEN[:2])
    await asyncio.sleep(SEVERAL_LOOKS)
    assert await emerged(database) == []  # two are not enough
    ids = [*await say_and_tell(database, mind, GARDEN[2:3])]
    ((need, status, evidence, customers),) = await until(lambda: emerged(database))
    assert (status, evidence, customers) == ("ACTIVE", 3, 3)
    # the next one is placed into it
    (late,) = await say_and_tell(database, mind, GARDEN[3:])
    await until(lambda: evidence_of(database, late))
    assert {row[0] for row in await evidence_of(database, late)} == {need}
    assert [row[0] for row in await emerged(database)] == [need]
    assert await evidence_of(database, ids[0])


async def test_one_customer_alone_makes_a_need_emerge(database: Database, mind: Mind) -> None:
    await arrive(database, 60)
    await infer(database)
    await say_and_tell(database, mind, GARDEN[:3], customer="gardener")
    ((_, status, _, customers),) = await until(lambda: emerged(database))
    assert (status, customers) == ("EMERGING", 1)


async def test_the_pool_outlives_a_restart_and_is_shared_by_processes(database: Database, other: Database) -> None:
    await arrive(database, 60)
    await infer(database)
    async with thinking(database) as mind:
        await say_and_tell(database, mind, GARDEN[:2])
    async with thinking(database) as one, thinking(other) as two:
        await asyncio.gather(
            say_and_tell(database, one, GARDEN[2:3]), say_and_tell(other, two, GARDEN[3:]), return_exceptions=False
        )
        await until(lambda: emerged(database))
        await asyncio.sleep(SEVERAL_LOOKS)
        assert len(await emerged(database)) == 1


async def test_what_was_dismissed_does_not_emerge_again(database: Database, mind: Mind) -> None:
    await arrive(database, 60)
    await infer(database)
    await say_and_tell(database, mind, GARDEN[:3])
    ((need, *_),) = await until(lambda: emerged(database))
    version = await database.value(database.sql("SELECT version FROM need WHERE id = ?1"), (need,))
    await needs.dismiss(database, OPERATOR, need, version, "we sell no hoses")
    await asyncio.sleep(memory.RELOAD_SECONDS + 0.1)
    more = [f"{text} in summer" for text in GARDEN]
    for identity in await say_and_tell(database, mind, more):
        assert await evidence_of(database, identity) == []
    await asyncio.sleep(SEVERAL_LOOKS)
    assert [row[0] for row in await emerged(database)] == [need]


async def test_what_stands_for_a_need_is_drawn_from_the_surest_on(database: Database) -> None:
    await arrive(database, 40, themes=["parcel", "battery"])
    await infer(database)
    first, second = (need.id for need in await summary.top_needs(database, 2, 1))
    await database.retrying(lambda one: one.execute("UPDATE evidence SET confidence = 1 - 0.01 * id"))
    sure = [
        row[0]
        for row in await database.rows(
            database.sql("SELECT complaint_id FROM evidence WHERE need_id = ?1 ORDER BY confidence DESC"), (first,)
        )
    ]
    for limit in (1, 3, 7, len(sure), 99):
        drawn = await nearness.quotes(database, [first, second], limit)
        # (place, counted from 0) * limit wraps around the whole just so often
        spread = [row for place, row in enumerate(sure) if place * limit % len(sure) < limit]
        assert [one.complaint_id for one in drawn[first]] == sorted(spread)
        assert sure[0] in spread
        assert len(drawn[first]) == min(limit, len(sure))
    await database.retrying(
        lambda one: one.execute("UPDATE span SET vector = NULL WHERE complaint_id = ?1", (sure[0],))
    )
    assert sure[0] not in [one.complaint_id for one in (await nearness.quotes(database, [first], 99))[first]]
