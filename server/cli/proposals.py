"""The sample's inventions in the demo: proposed, written up, bound to evidence, and on their way through review."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from ..settings import Settings
from . import console

if TYPE_CHECKING:
    from ...models.actor import Actor
    from ...models.commands.inventions import ClaimDraft
    from ...models.commands.standards import Standard
    from ...models.database import Database
    from ..jobs.mind import Mind

__all__ = ["NEAR_ENOUGH", "REVIEWER", "SOURCE", "propose"]

SOURCE = "sample"
REVIEWER = "Demo reviewer"
CANDIDATES = 5
NEAR_ENOUGH = 0.35
"""Cosine between a claim's words and a need's, below which the sample's need was not inferred this time."""
ACCEPTED_PER_NEED = 5
"""Pieces of evidence that the demo's reviewer accepts of each need that is claimed."""


async def propose(db: Database, settings: Settings, actor: Actor, sample: dict[str, Any]) -> None:
    """Propose what is not there yet, with claims on the needs whose statements come nearest to the claims' words."""
    from ...models.commands.teams import member_named
    from ...models.queries import summary
    from ..jobs.events import EventSource
    from ..jobs.mind import Mind

    there = await summary.titles(db, actor.member_id)
    wanted = sample["inventions"]
    missing = [one for one in wanted if one["title"] not in there]
    # they may have been renamed since; their titles tell only which one an earlier start did not come to
    if len(there) >= len(wanted) or not missing:
        return
    from ...models.actor import Actor
    from ...models.team import Role

    reviewer = Actor(await db.retrying(lambda work: member_named(work, REVIEWER)), Role.CURATOR, REVIEWER)
    questions, principles = await _standards(db, reviewer, sample)
    mind = Mind(db, EventSource(db), settings)
    try:
        for invention in missing:
            claims = await _claims(mind, invention)
            state = await _work_back(db, actor, reviewer, invention, claims, questions, principles)
            console.say(
                f"Proposed '{invention['title']}' for {len(claims)} of its {len(invention['claims'])} needs: {state}."
            )
    finally:
        await mind.close()


async def _standards(db: Database, reviewer: Actor, sample: dict[str, Any]) -> tuple[list[int], list[int]]:
    """Ids of the required questions and of the principles, which are made where there are none."""
    from ...models.commands import standards
    from ...models.queries.documents import standard_ids

    found: list[list[int]] = []
    kinds: tuple[Standard, ...] = ("required_question", "principle")
    for kind, texts in zip(kinds, (sample["questions"], sample["principles"]), strict=True):
        if not await standard_ids(db, kind):
            for text in texts:
                await standards.add(db, reviewer, kind, text)
        found.append(await standard_ids(db, kind))
    return found[0], found[1]


async def _work_back(
    db: Database,
    actor: Actor,
    reviewer: Actor,
    invention: dict[str, Any],
    claims: list[ClaimDraft],
    questions: list[int],
    principles: list[int],
) -> str:
    """Write an invention up and bring it as far as the sample says; the state that it came to."""
    from ...models.commands import documents, inventions, reviews
    from ...models.document import Audience, Part
    from ...models.errors import Refusal
    from ...models.invention import Door, Origin

    key = await inventions.propose(
        db,
        actor,
        title=invention["title"],
        mechanism=invention["mechanism"],
        door=Door(invention["door"]),
        origin=Origin(invention["origin"]),
        claims=claims,
    )
    version = 1
    await documents.write(db, actor, key, version, invention["press_release"])
    claimed = [claim.need_id for claim in claims]
    await _accept(db, reviewer, claimed)
    for part, words in invention["cites"].items():
        version += 1
        await documents.cite(db, actor, key, version, Part(part), await _quoted(db, reviewer, claimed, words))
    for entry in invention["faq"]:
        version += 1
        audience = Audience(entry["audience"])
        await documents.answer(db, actor, key, version, entry["answer"], audience=audience, question=entry["question"])
    for question, answer in zip(questions, invention["answers"], strict=False):
        version += 1
        await documents.answer(db, actor, key, version, answer, required_question_id=question)
    try:
        await reviews.submit(db, actor, key, version + 1)
        approved = await reviews.approve(db, reviewer, key, version + 2, principles, "It begins with what they said.")
    except Refusal as refusal:
        # what was inferred this time gives it too little to rest on, or the organisation asks for more by now
        return f"still a draft ({refusal.message})"
    if not approved:
        return "in review, approved by one of two"
    if "shipped" not in invention:
        return "approved"
    done = await _ship(db, reviewer, key, version + 3, invention["shipped"])
    await _tell(db, reviewer, key, invention["told"])
    return done


async def _ship(db: Database, reviewer: Actor, key: int, version: int, day: str) -> str:
    """Build and ship an approved invention, and measure what it did; the state that it came to."""
    from ...models.commands import impacts, reviews
    from ...models.fields import to_ms
    from ..jobs.impact import measured

    await reviews.build(db, reviewer, key, version)
    await reviews.ship(db, reviewer, key, version + 1, to_ms(datetime.fromisoformat(day)))
    outcomes = await measured(db, key)
    await impacts.measure(db, reviewer, key, outcomes, version + 2)
    verdicts = ", ".join(outcome.judged(None).verdict.value for outcome in outcomes)
    return f"shipped on {day} and measured ({verdicts.lower().replace('_', ' ')})"


async def _tell(db: Database, reviewer: Actor, key: int, sample: dict[str, Any]) -> None:
    """Say whom people told by hand that it shipped, and which of the sample's messages answered them."""
    from ...models.commands import notices
    from ...models.queries.sample import complaint_named, noticed

    there = await noticed(db, key)
    for customer in sample["by_hand"]:
        if customer in there:
            await notices.settle(db, reviewer, there[customer])
        else:
            console.say(f"'{customer}' is none of the customers behind its evidence any more.")
    for name in sample["answers"]:
        answer = await complaint_named(db, SOURCE, name)
        if answer is not None and answer[1] in there:
            await notices.answer(db, reviewer, answer[0], there[answer[1]])


async def _accept(db: Database, reviewer: Actor, need_ids: list[int]) -> None:
    """Accept the surest evidence of needs, one piece a voice."""
    from ...models.commands import evidence
    from ...models.evidence import EvidenceStatus
    from ...models.queries.documents import surest

    for need_id in need_ids:
        for id, version, accepted in await surest(db, need_id, ACCEPTED_PER_NEED):
            if not accepted:
                await evidence.decide(db, reviewer, id, EvidenceStatus.ACCEPTED, version)


async def _quoted(db: Database, reviewer: Actor, need_ids: list[int], words: list[str]) -> list[int]:
    """Accept the evidence of needs that says these words; its ids. Words that none of it says any more are told."""
    from ...models.commands import evidence
    from ...models.evidence import EvidenceStatus
    from ...models.queries.sample import quoted

    found: dict[int, None] = {}
    for said in words:
        piece = await quoted(db, need_ids, said)
        if piece is None:
            console.say(f"No evidence of its needs says '{said}' any more.")
            continue
        id, version, accepted = piece
        if not accepted and id not in found:
            await evidence.decide(db, reviewer, id, EvidenceStatus.ACCEPTED, version)
        found[id] = None
    return list(found)


async def _claims(mind: Mind, invention: dict[str, Any]) -> list[ClaimDraft]:
    from ...models.commands.inventions import ClaimDraft

    claims: dict[int, ClaimDraft] = {}
    for claim in invention["claims"]:
        for need_id, similarity in await mind.similar("need", claim["about"], CANDIDATES):
            if similarity >= NEAR_ENOUGH and need_id not in claims:
                claims[need_id] = ClaimDraft(need_id, claim["rationale"], claim["relief"])
                break
    return list(claims.values())
