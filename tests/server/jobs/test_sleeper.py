"""The mind is made when it is first needed, and misses nothing that happened while it slept."""

from __future__ import annotations

import contextlib
import subprocess
import sys
from collections.abc import AsyncIterator

from nobodyasked.models.commands import complaints
from nobodyasked.models.database import Database
from nobodyasked.server.jobs.events import EventSource
from nobodyasked.server.jobs.sleeper import Sleeper
from nobodyasked.server.settings import Settings

from .crowd import arrive
from .test_mind import OPERATOR, PARCEL, evidence_of, infer, say, until


@contextlib.asynccontextmanager
async def sleeping(database: Database, *, worker: bool = True) -> AsyncIterator[Sleeper]:
    events = EventSource(database)
    await events.start()
    sleeper = Sleeper(database, events, Settings(embedder="hashed", worker=worker))
    await sleeper.start()
    try:
        yield sleeper
    finally:
        await sleeper.close()
        await events.close()


async def test_it_wakes_for_a_question_and_for_a_complaint_that_somebody_waits_for(database: Database) -> None:
    await arrive(database, 40)
    await infer(database)
    async with sleeping(database) as sleeper:
        assert not sleeper.awake
        assert len(await sleeper.similar("complaint", PARCEL, 5)) == 5
        assert sleeper.awake
    async with sleeping(database, worker=False) as sleeper:
        said = await say(database, PARCEL, 100)
        await sleeper.received([said])
        assert await evidence_of(database, said)
        # awake, it hears of what is done elsewhere
        assert sleeper.awake
        later = await say(database, PARCEL, 101)
        await sleeper.received([later], wait=False)
        assert await until(lambda: evidence_of(database, later))


async def test_it_wakes_for_what_others_left_or_leave_to_be_placed(database: Database) -> None:
    await arrive(database, 40)
    await infer(database)
    left = await say(database, PARCEL, 100)
    async with sleeping(database, worker=False) as sleeper:
        # others place it
        assert not sleeper.awake
    async with sleeping(database) as sleeper:
        assert await until(lambda: evidence_of(database, left))
    async with sleeping(database) as sleeper:
        assert not sleeper.awake
        came = await say(database, PARCEL, 101)
        assert await until(lambda: evidence_of(database, came))
        assert sleeper.awake


async def test_what_cannot_be_placed_does_not_reach_the_sender(database: Database) -> None:
    async with sleeping(database) as sleeper:
        await sleeper.received([12345])
        assert (await complaints.submit(database, OPERATOR, draft())).complaint_id


def draft() -> complaints.ComplaintDraft:
    return complaints.ComplaintDraft(text="late", channel="mail", source="test")


def test_a_server_that_answers_the_graph_loads_nothing_that_works_on_vectors() -> None:
    tell = (
        "import sys; import nobodyasked.server.cli.main, nobodyasked.server.process;"
        "print(sorted({'numpy', 'scipy', 'onnxruntime', 'tokenizers', 'sknetwork'} & {*sys.modules}))"
    )
    done = subprocess.run([sys.executable, "-P", "-c", tell], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
