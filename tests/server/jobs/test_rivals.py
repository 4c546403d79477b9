"""Competitors that customers name are kept as complaints are read, by a run and one by one."""

from __future__ import annotations

import asyncio

from nobodyasked.inference.vector import HashedWords
from nobodyasked.models.commands.complaints import ComplaintDraft, import_rows
from nobodyasked.models.database import Database

from .crowd import arrive
from .test_mind import OPERATOR, thinking
from .test_run import run_here

SAID = "The parcel came 9 days late, I switched from Campwise to Trailmonger."


async def say(database: Database, text: str, **rest: str) -> int:
    drafts = [ComplaintDraft(text=text, channel="mail", source="said", **rest)]
    (result,) = await import_rows(database, OPERATOR, drafts)
    assert result.complaint_id is not None
    return result.complaint_id


async def mentions(database: Database) -> list[tuple[int, str, str]]:
    rows = await database.rows("SELECT complaint_id, name, folded FROM mention ORDER BY complaint_id, id")
    return [tuple(row) for row in rows]


async def test_runs_and_placing_keep_who_is_named(database: Database) -> None:
    await arrive(database, 60)
    first = await say(database, SAID, product="Campwise")
    await say(database, f"{SAID} Ik wil mijn geld terug.", language="nl")
    await run_here(database, HashedWords())
    found = [(first, "Trailmonger", "trailmonger")]
    assert await mentions(database) == found
    second = await say(database, SAID)
    async with thinking(database) as mind:
        await asyncio.wait_for(mind.received([second]), 20)
    found += [(second, "Campwise", "campwise"), (second, "Trailmonger", "trailmonger")]
    assert sorted(await mentions(database)) == sorted(found)
    await run_here(database, HashedWords(), afresh=True)
    assert sorted(await mentions(database)) == sorted(found)
