"""A person's word on a piece of evidence."""

from __future__ import annotations

from ..actor import Actor
from ..database import Database, Transaction
from ..errors import IllegalTransition, Invalid, NotFound
from ..event import Topic
from ..evidence import EvidenceStatus
from ..fields import now_ms
from ..team import Role
from .events import tell
from .rollup import recount
from .rows import check_version, live_need, locked, locked_needs

__all__ = ["decide"]

DECISIONS = (EvidenceStatus.ACCEPTED, EvidenceStatus.DISMISSED)
DECIDABLE = (EvidenceStatus.PENDING, *DECISIONS)


async def decide(db: Database, actor: Actor, evidence_id: int, decision: EvidenceStatus, version: int) -> None:
    """Accept evidence or dismiss it; a decision may be changed. No run touches it from then on.

    Raises Forbidden, Invalid, NotFound, StaleVersion, IllegalTransition where the evidence is EXPIRED or its need is
    not live, Busy.
    """
    actor.require(Role.CURATOR)
    if decision not in DECISIONS:
        raise Invalid("A decision is ACCEPTED or DISMISSED.", path=("decision",))

    async def work(transaction: Transaction) -> None:
        # the need is locked before its evidence, as everywhere, so that nobody waits in a circle
        need_id = await transaction.value("SELECT need_id FROM evidence WHERE id = ?1", (evidence_id,))
        if need_id is None:
            raise NotFound("There is no such evidence.", path=("evidenceId",))
        needs = await locked_needs(transaction, [need_id])
        now_of, current, status = await locked(
            transaction, "evidence", evidence_id, "need_id, version, status", "evidence", ("evidenceId",)
        )
        if now_of != need_id:  # moved by a merge or a split in between
            needs = await locked_needs(transaction, [now_of])
        check_version(version, current)
        live_need(needs.get(now_of), "deciding its evidence", ("evidenceId",))
        if EvidenceStatus(status) not in DECIDABLE:
            allowed = [state.value for state in DECIDABLE]
            raise IllegalTransition("The evidence", status, "a decision", allowed=allowed)
        await transaction.execute(
            "UPDATE evidence SET status = ?2, live = ?3, decided_by_id = ?4, decided_at = ?5, version = version + 1"
            " WHERE id = ?1",
            (evidence_id, decision.value, decision is EvidenceStatus.ACCEPTED, actor.member_id, now_ms()),
        )
        await recount(transaction, [now_of])
        details = {"change": "EVIDENCE_DECIDED", "evidence": evidence_id}
        await tell(transaction, Topic.NEED_CHANGED, [now_of], details)

    await db.retrying(work)
