"""What the demo's reviewer decides on the sample's needs before anything is proposed: what belongs together, and its name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from . import console
from .proposals import REVIEWER

if TYPE_CHECKING:
    from ...models.database import Database

__all__ = ["curate"]

FEWEST = 3
"""Messages of a need that stand in another one, from which on they are split off."""


async def curate(db: Database, source: str, sample: list[dict[str, Any]]) -> None:
    """Gather each of the sample's needs out of those that hold the messages about it (`heard`), and name it.

    Needs that are mostly about it are merged; out of others its messages are split off. A need of which nothing was
    inferred is told and left out. Nothing is done where anything was proposed already.
    """
    from ...models.actor import Actor
    from ...models.commands import evidence, needs
    from ...models.commands.teams import member_named
    from ...models.evidence import EvidenceStatus
    from ...models.queries import people
    from ...models.queries.sample import holdings
    from ...models.team import Role

    if await people.inventions(db):
        return
    reviewer = Actor(await db.retrying(lambda work: member_named(work, REVIEWER)), Role.CURATOR, REVIEWER)
    for one in sample:
        held = await holdings(db, source, one["heard"])
        mostly = [holding for holding in held if 2 * holding.among >= holding.complaints]
        if not mostly:
            console.say(f"Nothing was inferred of the need '{one['statement']}'.")
            continue
        target = mostly[0].need_id
        versions = {holding.need_id: holding.version for holding in mostly}
        for holding in held:
            if holding.need_id not in versions and holding.among >= FEWEST:
                pieces = [id for id, _ in holding.evidence]
                split = await needs.split(db, reviewer, holding.need_id, holding.version, pieces, one["statement"])
                versions[split] = 1
        others = [id for id in versions if id != target]
        version = versions[target]
        if others:
            await needs.merge(db, reviewer, others, target, versions)
            version += 1
        await needs.rename(db, reviewer, target, version, one["statement"])
        # who is content tells of the need, and does not lack it
        for content in await holdings(db, source, one.get("content", [])):
            if content.need_id == target:
                for id, stamp in content.evidence:
                    await evidence.decide(db, reviewer, id, EvidenceStatus.DISMISSED, stamp)
        console.say(f"Named '{one['statement']}', out of {len(versions)} needs.")
