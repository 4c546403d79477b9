"""An invention that is ready for its review, and who has a part in it."""

from __future__ import annotations

from typing import NamedTuple

from nobodyasked.models.actor import Actor
from nobodyasked.models.commands import documents, evidence, inventions, reviews, standards
from nobodyasked.models.commands.inventions import ClaimDraft
from nobodyasked.models.database import Database
from nobodyasked.models.document import Part
from nobodyasked.models.evidence import EvidenceStatus
from nobodyasked.models.invention import Door, InventionStatus, Origin
from nobodyasked.models.team import Role

from .people import CURATOR, member
from .world import complain, evidence_of, found, infer, needs_by_statement


class Case(NamedTuple):
    """Two needs with evidence of two customers each, an invention that claims the first, and three members."""

    need: int
    other: int
    invention: int
    evidence: list[int]
    """Of the first need, by customer."""
    principle: int
    question: int
    ann: Actor
    """The proposer, a contributor."""
    bob: Actor
    cat: Actor


async def version(database: Database, invention: int) -> int:
    return await database.value(database.sql("SELECT version FROM invention WHERE id = ?1"), (invention,))


async def status(database: Database, invention: int) -> str:
    return await database.value(database.sql("SELECT status FROM invention WHERE id = ?1"), (invention,))


async def accept(database: Database, id: int, decision: EvidenceStatus = EvidenceStatus.ACCEPTED) -> None:
    current = await database.value(database.sql("SELECT version FROM evidence WHERE id = ?1"), (id,))
    await evidence.decide(database, CURATOR, id, decision, current)


async def ready(database: Database, door: Door = Door.TWO_WAY) -> Case:
    """Everything that a review asks for, and no more."""
    complaints = await complain(database, ["c1", "c2"])
    await infer(database, found({"late": complaints, "dear": complaints}))
    needs = await needs_by_statement(database)
    pieces = [row[0] for row in (await evidence_of(database, needs["late"])).values()]
    for piece in pieces:
        await accept(database, piece)
    ann = await member(database, "Ann", Role.CONTRIBUTOR)
    bob, cat = await member(database, "Bob", Role.CURATOR), await member(database, "Cat", Role.CURATOR)
    principle = await standards.add(database, bob, "principle", "It begins with the customer.")
    question = await standards.add(database, bob, "required_question", "What may go wrong?")
    id = await inventions.propose(
        database,
        ann,
        title="Lockers",
        mechanism="One a street.",
        door=door,
        origin=Origin.CUSTOMER_EVIDENCE,
        claims=[ClaimDraft(needs["late"], "No more waiting.", 0.5)],
    )
    parts = {"problem": "People wait at home.", "not_elsewhere": "A locker in your own street."}
    await documents.write(database, ann, id, 1, parts)
    await documents.cite(database, ann, id, 2, Part.PROBLEM, pieces)
    await documents.answer(database, ann, id, 3, "Snow.", required_question_id=question)
    return Case(needs["late"], needs["dear"], id, pieces, principle, question, ann, bob, cat)


async def submitted(database: Database, door: Door = Door.TWO_WAY) -> Case:
    case = await ready(database, door)
    await reviews.submit(database, case.ann, case.invention, await version(database, case.invention))
    return case


async def put(database: Database, invention: int, state: InventionStatus) -> None:
    """Into a state, past the rules."""
    async with database.transaction() as transaction:
        await transaction.execute("UPDATE invention SET status = ?1 WHERE id = ?2", (state.value, invention))
