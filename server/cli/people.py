"""The sample's people in the demo: who owns what, what they say, and the questions that they ask and answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from . import console
from .proposals import NEAR_ENOUGH, REVIEWER

if TYPE_CHECKING:
    from ...models.actor import Actor
    from ...models.database import Database
    from ..jobs.mind import Mind
    from ..settings import Settings

__all__ = ["settle"]


async def settle(db: Database, settings: Settings, actor: Actor, sample: dict[str, Any]) -> None:
    """Make the sample's teams with their products, talk about its inventions, and ask and answer its questions.

    The needs asked about go to the actor's team, where nobody has them.

    Nothing is done where somebody has asked already.
    """
    from ...models.actor import Actor
    from ...models.commands import teams
    from ...models.commands.teams import member_named
    from ...models.queries import people
    from ...models.team import Role
    from ..jobs.events import EventSource
    from ..jobs.mind import Mind

    if await people.asked(db):
        return
    for team, products in sample["teams"].items():
        key = await teams.create(db, Actor.operator(), team)
        for product in products:
            await teams.assign_product(db, Actor.operator(), product, key)
    reviewer = Actor(await db.retrying(lambda work: member_named(work, REVIEWER)), Role.CURATOR, REVIEWER)
    await _talk(db, reviewer, sample)
    await _listen(db, actor, sample["listening"])
    mind = Mind(db, EventSource(db), settings)
    asked = 0
    try:
        for one in sample["questions"]:
            need_id = await need_about(mind, one["about"])
            if need_id is not None:
                await _own(db, actor, reviewer, need_id)
                await _question(db, actor, reviewer, need_id, one)
                asked += 1
    finally:
        await mind.close()
    console.say(f"Asked {asked} of {len(sample['questions'])} questions.")


async def _talk(db: Database, reviewer: Actor, sample: dict[str, Any]) -> None:
    """Stand for the sample's inventions and comment on them, as far as they are there."""
    from ...models.commands import voices
    from ...models.errors import Refusal
    from ...models.queries import people

    ids = await people.inventions(db)
    for title in sample["supports"]:
        if title in ids:
            try:
                await voices.support(db, reviewer, ids[title])
            except Refusal:  # it was rejected or withdrawn meanwhile
                continue
    for comment in sample["comments"]:
        if comment["invention"] in ids:
            await voices.comment(db, reviewer, comment["text"], invention_id=ids[comment["invention"]])


async def _listen(db: Database, actor: Actor, sample: dict[str, Any]) -> None:
    """Draw complaints, hear the first ones, and note what the sample says of them."""
    from ...models.commands import listening
    from ...models.listening import Strata
    from ...models.queries import people

    session = await listening.start(db, actor, sample["size"], Strata(sample["strata"]), seed=sample["seed"])
    for draw, text in zip(await people.draws(db, session), sample["notes"], strict=False):
        await listening.heard(db, actor, draw)
        await listening.note(db, actor, draw, text)


async def need_about(mind: Mind, text: str) -> int | None:
    """The need whose statement comes nearest to a text; None where none is near."""
    found = await mind.similar("need", text, 1)
    return found[0][0] if found and found[0][1] >= NEAR_ENOUGH else None


async def _own(db: Database, actor: Actor, reviewer: Actor, need_id: int) -> None:
    """Give a need to the actor's team, where nobody has it."""
    from ...models.commands import needs
    from ...models.queries import people

    team, owner, version = await people.owners(db, actor.member_id, need_id)
    if team is not None and owner is None:
        await needs.assign(db, reviewer, need_id, version, team)


async def _question(db: Database, actor: Actor, reviewer: Actor, need_id: int, one: dict[str, Any]) -> None:
    from ...models.commands import escalations
    from ...models.queries import people

    about = {"need_id": need_id}
    if one["on"] == "complaint" and (complaint := await people.gravest(db, need_id)) is not None:
        about = {"complaint_id": complaint}
    key = await escalations.ask(db, reviewer, one["question"], severity=one["severity"], **about)
    if "answer" in one:
        answer = one["answer"]
        await escalations.acknowledge(db, actor, key, 1)
        await escalations.answer(db, actor, key, 2, answer["text"], answer["whys"], answer["actions"])
        await escalations.review(db, reviewer, key, 3, one["review"])
