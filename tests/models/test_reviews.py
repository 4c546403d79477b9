"""From draft to shipped: every step in every state, and what a review asks for."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from nobodyasked.models import errors
from nobodyasked.models.actor import Actor
from nobodyasked.models.commands import documents, impacts, inventions, needs, reviews, standards
from nobodyasked.models.database import Database
from nobodyasked.models.document import Part
from nobodyasked.models.errors import Forbidden, IllegalTransition, Invalid, NotFound, Refusal, StaleVersion
from nobodyasked.models.evidence import EvidenceStatus
from nobodyasked.models.invention import Door, InventionStatus, Step
from nobodyasked.models.team import Role

from .document import Case, accept, put, ready, status, submitted, version
from .measurement import outcome
from .people import ADMIN, CONTRIBUTOR, READER, member, row
from .world import complain, evidence_of, found, infer, needs_by_statement, state

LEADS = {
    (Step.SUBMIT, "DRAFT"): "IN_REVIEW",
    (Step.SUBMIT, "REVISING"): "IN_REVIEW",
    (Step.REQUEST_CHANGES, "IN_REVIEW"): "REVISING",
    (Step.APPROVE, "IN_REVIEW"): "APPROVED",
    (Step.REJECT, "IN_REVIEW"): "REJECTED",
    (Step.BUILD, "APPROVED"): "BUILDING",
    (Step.SHIP, "BUILDING"): "SHIPPED",
    (Step.MEASURE, "SHIPPED"): "MEASURED",
    (Step.MEASURE, "MEASURED"): "MEASURED",
    (Step.WITHDRAW, "DRAFT"): "WITHDRAWN",
    (Step.WITHDRAW, "IN_REVIEW"): "WITHDRAWN",
    (Step.WITHDRAW, "REVISING"): "WITHDRAWN",
}
"""Every step that may be taken, and where it leads; every other one is refused."""


def attempt(database: Database, case: Case, how: Step, at: int, by: Actor | None = None) -> Awaitable[object]:
    who = by or case.bob
    takes: dict[Step, Callable[[], Awaitable[object]]] = {
        Step.SUBMIT: lambda: reviews.submit(database, by or case.ann, case.invention, at),
        Step.APPROVE: lambda: reviews.approve(database, who, case.invention, at, [case.principle]),
        Step.REQUEST_CHANGES: lambda: reviews.request_changes(database, who, case.invention, at, "Why a locker?"),
        Step.REJECT: lambda: reviews.reject(database, who, case.invention, at, "No."),
        Step.BUILD: lambda: reviews.build(database, who, case.invention, at),
        Step.SHIP: lambda: reviews.ship(database, who, case.invention, at),
        Step.MEASURE: lambda: impacts.measure(database, who, case.invention, [outcome(case.need)], at),
        Step.WITHDRAW: lambda: inventions.withdraw(database, by or case.ann, case.invention, at),
    }
    return takes[how]()


async def test_every_step_in_every_state(database: Database) -> None:
    case = await submitted(database)
    taken = set()
    for before in InventionStatus:
        for how in Step:
            await put(database, case.invention, before)
            at = await version(database, case.invention)
            after = LEADS.get((how, before.value))
            if after is None:
                with pytest.raises(IllegalTransition, match=f"is {before}") as refusal:
                    await attempt(database, case, how, at)
                assert refusal.value.state == before
                assert await version(database, case.invention) == at
            else:
                await attempt(database, case, how, at)
                assert (await status(database, case.invention), await version(database, case.invention)) == (
                    after,
                    at + 1,
                )
                taken.add((how, before.value))
    assert taken == LEADS.keys()


async def test_who_may_take_a_step(database: Database) -> None:
    case = await submitted(database)
    deb = await member(database, "Deb", Role.CONTRIBUTOR)
    eve = Actor(case.ann.member_id, Role.ADMIN, "Ann")
    for how, before in (
        (Step.SUBMIT, "DRAFT"),
        (Step.APPROVE, "IN_REVIEW"),
        (Step.REQUEST_CHANGES, "IN_REVIEW"),
        (Step.REJECT, "IN_REVIEW"),
        (Step.BUILD, "APPROVED"),
        (Step.SHIP, "BUILDING"),
        (Step.MEASURE, "SHIPPED"),
    ):
        await put(database, case.invention, InventionStatus(before))
        at = await version(database, case.invention)
        for nobody in (READER, CONTRIBUTOR, deb):
            with pytest.raises(Forbidden):
                await attempt(database, case, how, at, nobody)
        if before == "IN_REVIEW":
            # who proposed it does not review it, whatever the role; and a review has a name
            with pytest.raises(errors.ReviewerIsProposer):
                await attempt(database, case, how, at, eve)
            with pytest.raises(Forbidden, match="member"):
                await attempt(database, case, how, at, ADMIN)
        with pytest.raises(StaleVersion):
            await attempt(database, case, how, at - 1)
    with pytest.raises(NotFound):
        await reviews.submit(database, case.ann, 999, 1)


async def spoil_problem(database: Database, case: Case, at: int) -> None:
    await documents.write(database, case.ann, case.invention, at, {"problem": None})


async def spoil_customers(database: Database, case: Case, at: int) -> None:
    await documents.cite(database, case.ann, case.invention, at, Part.PROBLEM, case.evidence[:1])


async def spoil_claim(database: Database, case: Case, at: int) -> None:
    await inventions.drop_need(database, case.ann, case.invention, at, case.need)


async def spoil_acceptance(database: Database, case: Case, at: int) -> None:
    await accept(database, case.evidence[0], EvidenceStatus.DISMISSED)


async def spoil_elsewhere(database: Database, case: Case, at: int) -> None:
    await documents.write(database, case.ann, case.invention, at, {"not_elsewhere": None})


async def spoil_answer(database: Database, case: Case, at: int) -> None:
    entry = await database.value("SELECT id FROM faq_entry")
    await documents.drop_answer(database, case.ann, case.invention, at, entry)


async def spoil_origin(database: Database, case: Case, at: int) -> None:
    async with database.transaction() as transaction:
        await transaction.execute("UPDATE invention SET origin = NULL")


GATES = [
    (spoil_problem, ["PROBLEM_NOT_CITED"]),
    (spoil_customers, ["PROBLEM_NOT_CITED"]),
    (spoil_claim, ["PROBLEM_NOT_CITED"]),
    (spoil_acceptance, ["PROBLEM_NOT_CITED", "CITATION_NOT_ACCEPTED"]),
    (spoil_elsewhere, ["NOT_ELSEWHERE_MISSING"]),
    (spoil_origin, ["ORIGIN_MISSING"]),
    (spoil_answer, ["QUESTIONS_UNANSWERED"]),
]


def codes(refusal: Refusal) -> list[str]:
    return [one.code for one in refusal.refusals] if isinstance(refusal, errors.Several) else [refusal.code]


@pytest.mark.parametrize("how", [Step.SUBMIT, Step.APPROVE])
async def test_what_a_review_asks_for(database: Database, how: Step) -> None:
    """Each requirement alone, at submission and at approval."""
    case = await (ready if how is Step.SUBMIT else submitted)(database)
    for spoil, wanted in GATES:
        await put(database, case.invention, InventionStatus.DRAFT if how is Step.SUBMIT else InventionStatus.IN_REVIEW)
        await spoil(database, case, await version(database, case.invention))
        at = await version(database, case.invention)
        with pytest.raises(Refusal) as refusal:
            await attempt(database, case, how, at)
        assert codes(refusal.value) == wanted, spoil
        assert await version(database, case.invention) == at
        # and it was that alone
        await mend(database, case)
    await attempt(database, case, how, await version(database, case.invention))
    assert await status(database, case.invention) == ("IN_REVIEW" if how is Step.SUBMIT else "APPROVED")


async def mend(database: Database, case: Case) -> None:
    async def at() -> int:
        return await version(database, case.invention)

    parts = {"problem": "People wait at home.", "not_elsewhere": "A locker in your own street."}
    await documents.write(database, case.ann, case.invention, await at(), parts)
    for piece in case.evidence:
        await accept(database, piece)
    await inventions.claim_need(database, case.ann, case.invention, await at(), case.need, "No more waiting.", 0.5)
    await documents.cite(database, case.ann, case.invention, await at(), Part.PROBLEM, case.evidence)
    await documents.answer(database, case.ann, case.invention, await at(), "Snow.", required_question_id=case.question)
    async with database.transaction() as transaction:
        await transaction.execute("UPDATE invention SET origin = 'OTHER'")


async def test_two_spans_of_one_customer_are_not_enough(database: Database) -> None:
    case = await ready(database)
    (again,) = await complain(database, ["c1"])
    await infer(database, found({"late": [again]}, ids={"late": case.need}, watermark=0))
    pieces = [row[0] for row in (await evidence_of(database, case.need)).values()]
    same = [case.evidence[0], *set(pieces).difference(case.evidence)]
    await accept(database, same[1])
    await documents.cite(database, case.ann, case.invention, 4, Part.PROBLEM, same)
    with pytest.raises(errors.ProblemNotCited, match="2 of 1"):
        await reviews.submit(database, case.ann, case.invention, 5)


async def test_everything_that_is_missing_is_told_at_once(database: Database) -> None:
    case = await ready(database)
    id = await inventions.propose(database, case.ann, title="A van", mechanism="It drives.", door=Door.TWO_WAY)
    with pytest.raises(errors.Several) as refusal:
        await reviews.submit(database, case.ann, id, 1)
    assert codes(refusal.value) == [
        "PROBLEM_NOT_CITED",
        "NOT_ELSEWHERE_MISSING",
        "ORIGIN_MISSING",
        "QUESTIONS_UNANSWERED",
    ]
    assert refusal.value.refusals[-1].missing == ("What may go wrong?",)  # type: ignore[attr-defined]
    # what is no longer asked need not be answered
    await standards.change(database, case.bob, "required_question", case.question, 1, active=False)
    with pytest.raises(errors.Several) as refusal:
        await reviews.submit(database, case.ann, id, 1)
    assert "QUESTIONS_UNANSWERED" not in codes(refusal.value)


async def test_principles_are_ticked(database: Database) -> None:
    case = await submitted(database)
    at = await version(database, case.invention)
    with pytest.raises(errors.PrinciplesUnticked) as refusal:
        await reviews.approve(database, case.bob, case.invention, at)
    assert refusal.value.missing == ("It begins with the customer.",)
    await standards.change(database, case.bob, "principle", case.principle, 1, active=False)
    new = await standards.add(database, case.bob, "principle", "It can be taken back.")
    with pytest.raises(errors.PrinciplesUnticked):
        await reviews.approve(database, case.bob, case.invention, at, [case.principle])
    assert await reviews.approve(database, case.bob, case.invention, at, [new], "Good.")
    assert await database.value("SELECT CAST(principles AS TEXT) FROM review") == '["It can be taken back."]'


async def test_a_one_way_door_takes_two_reviewers(database: Database) -> None:
    case = await submitted(database, Door.ONE_WAY)
    at = await version(database, case.invention)
    assert not await reviews.approve(database, case.bob, case.invention, at, [case.principle])
    assert await status(database, case.invention) == "IN_REVIEW"
    with pytest.raises(errors.SameReviewer):
        await reviews.approve(database, case.bob, case.invention, at + 1, [case.principle])
    # what the first one read has changed: the approval counts no more
    await documents.write(database, case.ann, case.invention, at + 1, {"headline": "Lockers everywhere"})
    assert not await reviews.approve(database, case.cat, case.invention, at + 2, [case.principle])
    # nor does it once changes were asked for and made
    await reviews.request_changes(database, case.bob, case.invention, at + 3, "Where?")
    await reviews.submit(database, case.ann, case.invention, at + 4)
    assert not await reviews.approve(database, case.bob, case.invention, at + 5, [case.principle])
    assert (await state(database, case.need)).status == "ACTIVE"
    assert await reviews.approve(database, case.cat, case.invention, at + 6, [case.principle])
    assert await status(database, case.invention) == "APPROVED"


async def test_what_no_member_proposed_takes_two_who_wrote_nothing_of_it(database: Database) -> None:
    """Or else who sent it in by a token without a name would approve it under their own."""
    case = await submitted(database)
    async with database.transaction() as transaction:
        await transaction.execute("UPDATE invention SET proposer_id = NULL")
        await transaction.execute("UPDATE revision SET author_id = NULL")
    at = await version(database, case.invention)
    await documents.write(database, case.bob, case.invention, at, {"headline": "Lockers everywhere"})
    for how in (Step.APPROVE, Step.REQUEST_CHANGES, Step.REJECT):
        with pytest.raises(errors.ReviewerIsProposer):
            await attempt(database, case, how, at + 1, case.bob)
    assert not await reviews.approve(database, case.cat, case.invention, at + 1, [case.principle])
    with pytest.raises(errors.SameReviewer):
        await reviews.approve(database, case.cat, case.invention, at + 2, [case.principle])
    assert await status(database, case.invention) == "IN_REVIEW"
    dee = await member(database, "Dee", Role.CURATOR)
    assert await reviews.approve(database, dee, case.invention, at + 2, [case.principle])


async def test_two_reviewers_at_once(database: Database) -> None:
    case = await submitted(database, Door.ONE_WAY)
    at = await version(database, case.invention)
    outcomes = await asyncio.gather(
        *(reviews.approve(database, who, case.invention, at, [case.principle]) for who in (case.bob, case.cat)),
        return_exceptions=True,
    )
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["StaleVersion", "bool"]


async def test_needs_of_an_approved_invention_are_addressed(database: Database) -> None:
    case = await submitted(database)
    before = await state(database, case.need)
    await reviews.approve(database, case.bob, case.invention, await version(database, case.invention), [case.principle])
    # nobody edited the need: who has it open may go on
    assert await state(database, case.need) == before._replace(status="ADDRESSED")
    assert (await state(database, case.other)).status == "ACTIVE"
    told = "SELECT COUNT(*) FROM event WHERE topic = 'NEED_CHANGED' AND CAST(details AS TEXT) LIKE '%ADDRESSED%'"
    assert await database.value(told) == 1
    # counting anew leaves it, and a merge hands it on
    await accept(database, case.evidence[0], EvidenceStatus.DISMISSED)
    assert (await state(database, case.need)).status == "ADDRESSED"
    versions = {case.need: before.version, case.other: (await state(database, case.other)).version}
    await needs.merge(database, case.bob, [case.need], case.other, versions)
    assert (await state(database, case.other)).status == "ADDRESSED"


async def test_an_emerging_need_is_addressed_once_it_is_active(database: Database) -> None:
    case = await submitted(database)
    at = await version(database, case.invention)
    await inventions.claim_need(database, case.ann, case.invention, at, case.other, "It costs nothing.", 0.5)
    piece, *_ = [id for id, *_ in (await evidence_of(database, case.other)).values()]
    await accept(database, piece, EvidenceStatus.DISMISSED)
    await reviews.approve(database, case.bob, case.invention, at + 1, [case.principle])
    assert [(await state(database, need)).status for need in (case.need, case.other)] == ["ADDRESSED", "EMERGING"]
    await accept(database, piece)
    assert (await state(database, case.other)).status == "ADDRESSED"
    # where what shipped was measured meanwhile, it becomes what that found
    for verdict, becomes in (("RELIEVED", "RELIEVED"), ("INSUFFICIENT_DATA", "ADDRESSED")):
        await accept(database, piece, EvidenceStatus.DISMISSED)
        async with database.transaction() as transaction:
            await transaction.execute("DELETE FROM impact")
            await transaction.execute("UPDATE need SET status = 'EMERGING' WHERE id = ?1", (case.other,))
        await put(database, case.invention, InventionStatus.SHIPPED)
        outcomes = [outcome(case.need), outcome(case.other, verdict)]
        await impacts.measure(database, ADMIN, case.invention, outcomes)
        assert (await state(database, case.other)).status == "EMERGING"
        await accept(database, piece)
        assert (await state(database, case.other)).status == becomes


async def test_a_merge_is_a_revision_of_what_spoke_of_it(database: Database) -> None:
    case = await submitted(database, Door.ONE_WAY)
    at = await version(database, case.invention)
    assert not await reviews.approve(database, case.bob, case.invention, at, [case.principle])
    last, (here, there) = await revisions(database), (case.need, case.other)
    # both needs hold the same spans: what was decided stays, and with it the citations
    await merge(database, case, here, there)
    assert await version(database, case.invention) == at + 2
    assert await revisions(database) - last == {
        (at + 2, case.bob.member_id, f"needs.need_{here}.rationale", "No more waiting.", None),
        (at + 2, case.bob.member_id, f"needs.need_{here}.relief", "0.5", None),
        (at + 2, case.bob.member_id, f"needs.need_{there}.rationale", None, "No more waiting."),
        (at + 2, case.bob.member_id, f"needs.need_{there}.relief", None, "0.5"),
    }
    # nobody has approved of that: the first one's word counts no more, and who had it open hears of it
    with pytest.raises(StaleVersion):
        await reviews.approve(database, case.cat, case.invention, at + 1, [case.principle])
    for who, done in ((case.bob, False), (case.cat, True)):
        now = await version(database, case.invention)
        assert await reviews.approve(database, who, case.invention, now, [case.principle]) is done
    assert (await state(database, there)).status == "ADDRESSED"
    # a need that it claims takes in another: nothing that it says changes
    now, last = await version(database, case.invention), await revisions(database)
    third = await said_of(database, "slow", ["c3", "c4"])
    await merge(database, case, third, there)
    assert (await version(database, case.invention), await revisions(database)) == (now, last)
    # citations that a better link of the same words takes over; what was approved stays so
    fourth = await said_of(database, "far", ["c5", "c6"])
    async with database.transaction() as transaction:
        await transaction.execute("UPDATE evidence SET decided_at = NULL WHERE need_id = ?1", (there,))
        await transaction.execute(
            "INSERT INTO evidence (need_id, span_id, complaint_id, voice, stance, confidence, basis, status, live,"
            " decided_at, created_at, version) SELECT ?1, span_id, complaint_id, voice, stance, 1.0, 'HUMAN', 'ACCEPTED',"
            " live, 9, 9, 1 FROM evidence WHERE id = ?2",
            (fourth, case.evidence[0]),
        )
    piece = await database.value("SELECT MAX(id) FROM evidence")
    await merge(database, case, fourth, there)
    cited = [", ".join(f"evidence_{id}" for id in ids) for ids in (case.evidence, [case.evidence[1], piece])]
    assert await revisions(database) - last == {(now + 1, case.bob.member_id, "citations.PROBLEM", *cited)}
    sql = database.sql("SELECT COUNT(*) FROM review r JOIN invention i ON i.id = ?1 WHERE r.version >= i.review_from")
    assert await database.value(sql, (case.invention,)) == 2


async def merge(database: Database, case: Case, source: int, target: int) -> None:
    versions = {need: (await state(database, need)).version for need in (source, target)}
    await needs.merge(database, case.bob, [source], target, versions)


async def said_of(database: Database, words: str, customers: list[str]) -> int:
    await infer(database, found({words: await complain(database, customers)}, watermark=0))
    return (await needs_by_statement(database))[words]


async def revisions(database: Database) -> set[tuple[object, ...]]:
    rows = await database.rows(
        "SELECT r.number, r.author_id, c.field, c.before, c.after FROM revision r"
        " JOIN revision_change c ON c.revision_id = r.id"
    )
    return set(map(tuple, rows))


async def test_an_approval_and_a_merge_at_once(database: Database) -> None:
    case = await submitted(database)
    at = await version(database, case.invention)
    approved, merged = await asyncio.gather(
        reviews.approve(database, case.cat, case.invention, at, [case.principle]),
        merge(database, case, case.need, case.other),
        return_exceptions=True,
    )
    assert merged is None
    # who comes second hears of the change, or finds the need where it went
    assert approved is True or isinstance(approved, StaleVersion)
    assert (await state(database, case.other)).status == ("ADDRESSED" if approved is True else "ACTIVE")


async def test_shipping_has_a_time(database: Database) -> None:
    case = await submitted(database)
    await put(database, case.invention, InventionStatus.BUILDING)
    at = await version(database, case.invention)
    for wrong in (-1, 2**60):
        with pytest.raises(Invalid):
            await reviews.ship(database, case.bob, case.invention, at, wrong)
    await reviews.ship(database, case.bob, case.invention, at, 1_700_000_000_000)
    assert await row(database, "invention", case.invention, "status, shipped_at") == ("SHIPPED", 1_700_000_000_000)
