"""The watch over questions past their time: one event, however many processes look and however often they start."""

from __future__ import annotations

import asyncio

from nobodyasked.models.actor import Actor
from nobodyasked.models.commands import escalations
from nobodyasked.models.database import Database
from nobodyasked.models.event import Topic
from nobodyasked.server.jobs.escalations import EscalationWatch
from nobodyasked.server.jobs.events import EventSource

from ...models.world import complain


async def test_one_event_from_several_watches_and_starts(database: Database, database_url: str) -> None:
    (complaint,) = await complain(database, ["c1"])
    id = await escalations.ask(database, Actor.operator(), "Why?", complaint_id=complaint)
    events = EventSource(database, poll_seconds=0.01)
    await events.start()
    listener = events.listen(Topic.ESCALATION_CHANGED)
    other = await Database.open(database_url, pool=2)
    try:
        for round_ in range(2):
            watches = [EscalationWatch(one, poll_seconds=0.01) for one in (database, other)]
            for watch in watches:
                await watch.start()
            if round_ == 0:
                async with database.transaction() as transaction:
                    await transaction.execute("UPDATE escalation SET due_at = 5")
                heard = await anext(listener)
                assert (heard.subjects, heard.details) == ([id], {"change": "BREACHED"})
            else:
                # both have looked, after the restart too
                await asyncio.sleep(0.1)
            for watch in watches:
                await watch.close()
    finally:
        await other.close()
        await events.close()
    assert [one async for one in listener] == []
    told = "SELECT COUNT(*) FROM event WHERE CAST(details AS TEXT) LIKE '%BREACHED%'"
    assert await database.value(told) == 1
