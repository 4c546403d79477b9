"""The way of an invention: submitted, reviewed, approved or not, built, shipped. What an approval rests on is checked here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import orjson

from ..actor import Actor
from ..database import Database, Transaction
from ..document import Verdict
from ..errors import (
    CitationNotAccepted,
    Forbidden,
    IllegalTransition,
    Invalid,
    NotElsewhereMissing,
    OriginMissing,
    PrinciplesUnticked,
    ProblemNotCited,
    QuestionsUnanswered,
    Refusal,
    ReviewerIsProposer,
    SameReviewer,
    Several,
)
from ..event import Topic
from ..fields import now_ms
from ..invention import NAMELESS_REVIEWERS, REVIEWERS, TRANSITIONS, Door, InventionStatus, Step
from ..need import LIVE_NEEDS
from ..team import Role
from .events import tell
from .notices import enlist
from .rollup import address
from .rows import check_version, locked, resolved_needs

__all__ = ["approve", "build", "bump", "reject", "request_changes", "ship", "stand", "step", "submit"]

COMMENT_MOST = 5_000
PROBLEM_SPANS = 2
PROBLEM_CUSTOMERS = 2
LATEST_MS = 253_402_300_799_999
"""The end of the year 9999."""

PROBLEM_RESTS_ON = f"""
SELECT COUNT(DISTINCT e.span_id), COUNT(DISTINCT e.voice) FROM citation k
JOIN evidence e ON e.id = k.evidence_id JOIN need n ON n.id = e.need_id
JOIN claim c ON c.need_id = e.need_id AND c.invention_id = k.invention_id
WHERE k.invention_id = ?1 AND k.part = 'PROBLEM' AND e.status = 'ACCEPTED' AND e.stance = 'SUPPORTS'
AND n.status IN ({", ".join(f"'{status.value}'" for status in LIVE_NEEDS)})
"""


async def submit(db: Database, actor: Actor, invention_id: int, version: int) -> None:
    """Ask for a review, or for another one after changes. For its proposer, or a CURATOR.

    Raises Forbidden, NotFound, StaleVersion, IllegalTransition, what `unready` finds (several as Several), Busy.
    """
    actor.require(Role.CONTRIBUTOR)

    async def work(transaction: Transaction) -> None:
        proposer, _ = await stand(transaction, invention_id, version, Step.SUBMIT)
        if not actor.role.includes(Role.CURATOR) and (proposer is None or proposer != actor.member_id):
            raise Forbidden("Only its proposer or a curator may submit an invention for review.")
        refuse(await unready(transaction, invention_id))
        await step(transaction, invention_id, Step.SUBMIT, {"review_from": version + 1})

    await db.retrying(work)


async def approve(
    db: Database,
    actor: Actor,
    invention_id: int,
    version: int,
    principle_ids: Sequence[int] = (),
    comment: str | None = None,
) -> bool:
    """Approve it as it stands, ticking principles; whether it is APPROVED by that, or waits for another reviewer.

    A ONE_WAY door takes two reviewers, a TWO_WAY one; an invention that no member proposed takes two. The needs that an
    approved invention claims become ADDRESSED, those that are EMERGING once they are of enough voices.
    Raises what `submit` raises, ReviewerIsProposer, SameReviewer, Invalid.
    """
    comment = comment and await db.privacy.taken(comment, ("comment",), COMMENT_MOST)

    async def work(transaction: Transaction) -> bool:
        reviewer, needed = await reviewing(transaction, actor, invention_id, version, Step.APPROVE)
        ticked, open_ = await principles(transaction, principle_ids)
        found = await unready(transaction, invention_id)
        if open_:
            message = "Tick every principle of the checklist; if one is not met, request changes."
            found.append(PrinciplesUnticked(message, missing=open_, path=("principleIds",)))
        approved = await approvers(transaction, invention_id)
        if reviewer in approved:
            found.append(SameReviewer())
        refuse(found)
        await note(transaction, reviewer, invention_id, version, Verdict.APPROVE, comment, ticked)
        if len(approved) + 1 < needed:
            await bump(transaction, invention_id, {}, "APPROVED_BY_ONE")
            return False
        await step(transaction, invention_id, Step.APPROVE)
        rows = await transaction.rows("SELECT need_id FROM claim WHERE invention_id = ?1", (invention_id,))
        # a merge that was under way when the claims were read has taken them along by now
        needs = await resolved_needs(transaction, [id for (id,) in rows])
        addressed = await address(transaction, {need.id for need in needs.values()})
        await tell(transaction, Topic.NEED_CHANGED, addressed, {"change": "ADDRESSED"})
        return True

    return await db.retrying(work)


async def request_changes(db: Database, actor: Actor, invention_id: int, version: int, comment: str) -> None:
    """Send it back with a comment. Raises Forbidden, NotFound, StaleVersion, IllegalTransition, ReviewerIsProposer,
    Invalid, Busy."""
    await judge(db, actor, invention_id, version, Step.REQUEST_CHANGES, Verdict.REQUEST_CHANGES, comment)


async def reject(db: Database, actor: Actor, invention_id: int, version: int, comment: str) -> None:
    """Decide against it, for good, and say why. Raises what `request_changes` raises."""
    await judge(db, actor, invention_id, version, Step.REJECT, Verdict.REJECT, comment)


async def judge(
    db: Database, actor: Actor, invention_id: int, version: int, how: Step, verdict: Verdict, comment: str
) -> None:
    comment = await db.privacy.taken(comment, ("comment",), COMMENT_MOST)

    async def work(transaction: Transaction) -> None:
        reviewer, _ = await reviewing(transaction, actor, invention_id, version, how)
        await note(transaction, reviewer, invention_id, version, verdict, comment, [])
        await step(transaction, invention_id, how)

    await db.retrying(work)


async def build(db: Database, actor: Actor, invention_id: int, version: int) -> None:
    """Say that it is being built. Needs CURATOR. Raises Forbidden, NotFound, StaleVersion, IllegalTransition, Busy."""
    await go_on(db, actor, invention_id, version, Step.BUILD, {})


async def ship(db: Database, actor: Actor, invention_id: int, version: int, shipped_at: int | None = None) -> None:
    """Say since when it is in customers' hands (milliseconds since the epoch; now unless given, never later).

    Raises what `build` raises, Invalid.
    """
    now = now_ms()
    if shipped_at is not None and not 0 <= shipped_at <= min(now, LATEST_MS):
        raise Invalid("The time of shipping must lie between 1970 and now.", path=("shippedAt",))
    await go_on(db, actor, invention_id, version, Step.SHIP, {"shipped_at": now if shipped_at is None else shipped_at})


async def go_on(
    db: Database, actor: Actor, invention_id: int, version: int, how: Step, changes: Mapping[str, object]
) -> None:
    actor.require(Role.CURATOR)

    async def work(transaction: Transaction) -> None:
        await stand(transaction, invention_id, version, how)
        await step(transaction, invention_id, how, changes)
        if how is Step.SHIP:
            await enlist(transaction, invention_id)

    await db.retrying(work)


# --- parts of these ---------------------------------------------------------------------------------------------------


async def stand(transaction: Transaction, invention_id: int, version: int, how: Step) -> tuple[int | None, Door]:
    """Proposer and door of an invention that is locked for a step. Raises NotFound, StaleVersion, IllegalTransition."""
    columns = "status, version, proposer_id, door"
    status, current, proposer, door = await locked(
        transaction, "invention", invention_id, columns, "invention", ("inventionId",)
    )
    check_version(version, current)
    allowed, _ = TRANSITIONS[how]
    if InventionStatus(status) not in allowed:
        action = how.value.lower().replace("_", " ")
        raise IllegalTransition("The invention", status, f"the step '{action}'", allowed=[one.value for one in allowed])
    return proposer, Door(door)


async def reviewing(
    transaction: Transaction, actor: Actor, invention_id: int, version: int, how: Step
) -> tuple[int, int]:
    """Who reviews, and how many must approve. Where no member proposed it, whoever wrote of it is its proposer.

    Raises Forbidden, ReviewerIsProposer, and what `stand` raises.
    """
    actor.require(Role.CURATOR)
    if actor.member_id is None:
        raise Forbidden("A review is a member's word: use a token that belongs to a member.")
    proposer, door = await stand(transaction, invention_id, version, how)
    needed = REVIEWERS[door]
    if proposer is None:
        needed = max(needed, NAMELESS_REVIEWERS)
        sql = "SELECT author_id FROM revision WHERE invention_id = ?1 AND author_id = ?2 LIMIT 1"
        proposer = await transaction.value(sql, (invention_id, actor.member_id))
    if proposer == actor.member_id:
        raise ReviewerIsProposer()
    return actor.member_id, needed


async def step(
    transaction: Transaction, invention_id: int, how: Step, changes: Mapping[str, object] | None = None
) -> None:
    """Move a locked invention on, whose state was checked."""
    _, after = TRANSITIONS[how]
    await bump(transaction, invention_id, {**(changes or {}), "status": after.value}, after.value)


async def bump(transaction: Transaction, invention_id: int, changes: Mapping[str, object], what: str) -> None:
    sets = "".join(f", {column} = ?{index}" for index, column in enumerate(changes, start=3))
    await transaction.execute(
        f"UPDATE invention SET version = version + 1, updated_at = ?2{sets} WHERE id = ?1",
        (invention_id, now_ms(), *changes.values()),
    )
    await tell(transaction, Topic.INVENTION_CHANGED, [invention_id], {"change": what})


def refuse(found: Sequence[Refusal]) -> None:
    if found:
        raise found[0] if len(found) == 1 else Several(found)


async def unready(transaction: Transaction, invention_id: int) -> list[Refusal]:
    """What keeps an invention from being reviewed and approved."""
    found: list[Refusal] = []
    (row,) = await transaction.rows(
        "SELECT problem, not_elsewhere, origin FROM invention WHERE id = ?1", (invention_id,)
    )
    problem, not_elsewhere, origin = row
    spans, customers = (await transaction.rows(PROBLEM_RESTS_ON, (invention_id,)))[0]
    if problem is None or spans < PROBLEM_SPANS or customers < PROBLEM_CUSTOMERS:
        found.append(
            ProblemNotCited(
                f"The problem must cite at least {PROBLEM_SPANS} accepted spans of {PROBLEM_CUSTOMERS} customers that"
                f" support needs which the invention claims; it "
                + (f"cites {spans} of {customers}." if problem else "is not written yet."),
            )
        )
    doubtful = await transaction.rows(
        "SELECT DISTINCT e.id FROM citation k JOIN evidence e ON e.id = k.evidence_id"
        " WHERE k.invention_id = ?1 AND e.status <> 'ACCEPTED' ORDER BY e.id",
        (invention_id,),
    )
    if doubtful:
        message = "It cites evidence that nobody accepted: have a curator accept it, or cite other evidence."
        found.append(CitationNotAccepted(message, missing=[f"evidence_{id}" for (id,) in doubtful]))
    if not_elsewhere is None:
        found.append(NotElsewhereMissing("Say in the press release what customers cannot get elsewhere."))
    if origin is None:
        found.append(OriginMissing("Say what started it: customer evidence, a competitor, or something else."))
    questions = await transaction.rows(
        "SELECT q.text FROM required_question q WHERE q.active = ?2 AND NOT EXISTS (SELECT 1 FROM faq_entry f"
        " WHERE f.invention_id = ?1 AND f.required_question_id = q.id) ORDER BY q.position, q.id",
        (invention_id, True),
    )
    if questions:
        message = "Answer every required question in the internal FAQ."
        found.append(QuestionsUnanswered(message, missing=[text for (text,) in questions]))
    return found


async def principles(transaction: Transaction, ticked: Sequence[int]) -> tuple[list[str], list[str]]:
    """Texts of the principles that were ticked, and of active ones that were not."""
    rows = await transaction.rows("SELECT id, text FROM principle WHERE active = ?1 ORDER BY position, id", (True,))
    return [text for id, text in rows if id in ticked], [text for id, text in rows if id not in ticked]


async def approvers(transaction: Transaction, invention_id: int) -> set[int | None]:
    """Who approved it as it stands."""
    rows = await transaction.rows(
        "SELECT DISTINCT r.reviewer_id FROM review r JOIN invention i ON i.id = r.invention_id"
        " WHERE i.id = ?1 AND r.verdict = 'APPROVE' AND r.version >= i.review_from",
        (invention_id,),
    )
    return {id for (id,) in rows}


async def note(
    transaction: Transaction,
    reviewer: int,
    invention_id: int,
    version: int,
    verdict: Verdict,
    comment: str | None,
    ticked: Sequence[str],
) -> None:
    await transaction.execute(
        "INSERT INTO review (invention_id, reviewer_id, verdict, comment, principles, version, created_at)"
        " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        (invention_id, reviewer, verdict.value, comment, orjson.dumps(list(ticked)).decode(), version, now_ms()),
    )
