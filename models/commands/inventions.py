"""Proposing inventions and saying which needs they mean to relieve. Proposing is open to every contributor; what was
proposed is changed by its proposer or a curator, while it is still editable."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from ..actor import Actor
from ..database import Database, Transaction
from ..errors import Faults, Invalid, NotFound
from ..event import Topic
from ..fields import now_ms
from ..invention import Door, Origin, Step
from ..team import Role
from ..text import clean, finite, label
from .events import tell
from .reviews import step
from .revisions import Changes, editable, record, revise
from .rows import live_need, resolved_needs

__all__ = ["ClaimDraft", "claim_need", "drop_need", "propose", "update", "withdraw"]

TITLE_MOST = 200
MECHANISM_MOST = 20_000
RATIONALE_MOST = 5_000
CLAIMS_MOST = 100

CLAIM_COLUMNS = {
    "invention_id": "bigint",
    "need_id": "bigint",
    "rationale": "text",
    "relief": "float8",
    "created_at": "bigint",
}
CLAIM_CONFLICT = (
    "ON CONFLICT (invention_id, need_id) DO UPDATE SET rationale = excluded.rationale, relief = excluded.relief"
)


@dataclass(frozen=True, slots=True)
class ClaimDraft:
    """That an invention relieves `relief` (a share, 0 to 1) of a need, and why."""

    need_id: int
    rationale: str
    relief: float


async def propose(
    db: Database,
    actor: Actor,
    *,
    title: str,
    mechanism: str,
    door: Door,
    origin: Origin | None = None,
    claims: Sequence[ClaimDraft] = (),
) -> int:
    """Id of a new DRAFT. A claim on a merged need goes to the need it was merged into.

    Raises Forbidden, Invalid, NotFound, IllegalTransition where a need was dismissed, Busy.
    """
    actor.require(Role.CONTRIBUTOR)
    faults = Faults()
    title = faults.of(label, title, ("title",), TITLE_MOST)
    mechanism = faults.of(clean, mechanism, ("mechanism",), MECHANISM_MOST)
    if len(claims) > CLAIMS_MOST:
        raise Invalid(f"An invention claims at most {CLAIMS_MOST} needs.", path=("claims",))
    checked = [checked_claim(claim, ("claims", str(index)), faults) for index, claim in enumerate(claims)]
    faults.settle()
    title, mechanism, *reasons = await db.privacy.shown(title, mechanism, *(claim.rationale for claim in checked))
    checked = [replace(claim, rationale=shown) for claim, shown in zip(checked, reasons, strict=True)]
    now = now_ms()

    async def work(transaction: Transaction) -> int:
        invention = await transaction.value(
            "INSERT INTO invention (title, mechanism, status, door, proposer_id, created_at, updated_at, version, origin)"
            " VALUES (?1, ?2, 'DRAFT', ?3, ?4, ?5, ?5, 1, ?6) RETURNING id",
            (title, mechanism, door.value, actor.member_id, now, origin and origin.value),
        )
        changes: Changes = [("title", None, title), ("mechanism", None, mechanism), ("door", None, door.value)]
        if origin is not None:
            changes.append(("origin", None, origin.value))
        needs, claimed = await write_claims(transaction, invention, checked, ("claims",))
        await record(transaction, actor, invention, 1, [*changes, *claimed])
        await tell(transaction, Topic.INVENTION_CHANGED, [invention], {"change": "PROPOSED"})
        await tell(transaction, Topic.NEED_CHANGED, needs, {"change": "CLAIMED"})
        return invention

    return await db.retrying(work)


async def update(
    db: Database,
    actor: Actor,
    invention_id: int,
    version: int,
    *,
    title: str | None = None,
    mechanism: str | None = None,
    door: Door | None = None,
    origin: Origin | None = None,
) -> None:
    """Change what is given; the rest stays. Raises Forbidden, Invalid, NotFound, StaleVersion, IllegalTransition, Busy."""
    actor.require(Role.CONTRIBUTOR)
    changes: dict[str, object] = {}
    if title is not None:
        changes["title"] = await db.privacy.taken(title, ("title",), TITLE_MOST, label)
    if mechanism is not None:
        changes["mechanism"] = await db.privacy.taken(mechanism, ("mechanism",), MECHANISM_MOST)
    if door is not None:
        changes["door"] = door.value
    if origin is not None:
        changes["origin"] = origin.value
    if not changes:
        raise Invalid("Nothing to change was given.")

    async def work(transaction: Transaction) -> None:
        await editable(transaction, actor, invention_id, version, "a change")
        await revise(transaction, actor, invention_id, version, "UPDATED", columns=changes)

    await db.retrying(work)


async def claim_need(
    db: Database, actor: Actor, invention_id: int, version: int, need_id: int, rationale: str, relief: float
) -> None:
    """Claim a need, or change the claim on it. Raises what `propose` and `update` raise."""
    actor.require(Role.CONTRIBUTOR)
    faults = Faults()
    claim = checked_claim(ClaimDraft(need_id, rationale, relief), (), faults)
    faults.settle()
    (shown,) = await db.privacy.shown(claim.rationale)
    claim = replace(claim, rationale=shown)

    async def work(transaction: Transaction) -> None:
        await editable(transaction, actor, invention_id, version, "claiming a need")
        needs, changes = await write_claims(transaction, invention_id, [claim], ())
        await revise(transaction, actor, invention_id, version, "CLAIMED", changes=changes)
        await tell(transaction, Topic.NEED_CHANGED, needs, {"change": "CLAIMED"})

    await db.retrying(work)


async def drop_need(db: Database, actor: Actor, invention_id: int, version: int, need_id: int) -> None:
    """Take a claim back. Raises what `update` raises, NotFound where there is no such claim."""
    actor.require(Role.CONTRIBUTOR)

    async def work(transaction: Transaction) -> None:
        await editable(transaction, actor, invention_id, version, "dropping a need")
        resolved = (await resolved_needs(transaction, [need_id])).get(need_id)
        target = need_id if resolved is None else resolved.id
        before = await claims_on(transaction, invention_id, [target])
        if not before:
            raise NotFound("The invention does not claim this need.", path=("needId",))
        sql = "DELETE FROM claim WHERE invention_id = ?1 AND need_id = ?2"
        await transaction.execute(sql, (invention_id, target))
        changes = claim_changes(target, before[target], (None, None))
        await revise(transaction, actor, invention_id, version, "DROPPED", changes=changes)
        await tell(transaction, Topic.NEED_CHANGED, [target], {"change": "DROPPED"})

    await db.retrying(work)


async def withdraw(db: Database, actor: Actor, invention_id: int, version: int) -> None:
    """Take a proposal back for good. Raises Forbidden, NotFound, StaleVersion, IllegalTransition, Busy."""
    actor.require(Role.CONTRIBUTOR)

    async def work(transaction: Transaction) -> None:
        await editable(transaction, actor, invention_id, version, "withdrawal")
        await step(transaction, invention_id, Step.WITHDRAW)

    await db.retrying(work)


def checked_claim(claim: ClaimDraft, path: tuple[str, ...], faults: Faults) -> ClaimDraft:
    return ClaimDraft(
        claim.need_id,
        faults.of(clean, claim.rationale, (*path, "rationale"), RATIONALE_MOST),
        faults.of(finite, claim.relief, (*path, "relief"), 0, 1),
    )


async def write_claims(
    transaction: Transaction, invention_id: int, claims: Sequence[ClaimDraft], path: tuple[str, ...]
) -> tuple[list[int], Changes]:
    """Ids of the needs that the claims went to, and what changed by it."""
    needs = await resolved_needs(transaction, [claim.need_id for claim in claims])
    rows: dict[int, tuple[object, ...]] = {}
    now = now_ms()
    for index, claim in enumerate(claims):
        where = (*path, str(index), "needId") if path else ("needId",)
        target = live_need(needs.get(claim.need_id), "a claim", where)
        if target.id in rows:
            raise Invalid("An invention claims a need once.", path=where)
        rows[target.id] = (invention_id, target.id, claim.rationale, claim.relief, now)
    before = await claims_on(transaction, invention_id, list(rows))
    await transaction.insert("claim", CLAIM_COLUMNS, [rows[id] for id in sorted(rows)], conflict=CLAIM_CONFLICT)
    changes: Changes = []
    for id in sorted(rows):
        changes += claim_changes(id, before.get(id, (None, None)), (rows[id][2], rows[id][3]))
    return sorted(rows), changes


async def claims_on(
    transaction: Transaction, invention_id: int, need_ids: Sequence[int]
) -> dict[int, tuple[object, object]]:
    """By need: rationale and relief of the claim that there is."""
    rows = await transaction.rows(
        f"SELECT need_id, rationale, relief FROM claim WHERE invention_id = ?2 AND {transaction.among('need_id', '?1')}",
        (transaction.listed(sorted(need_ids)), invention_id),
    )
    return {need: (rationale, relief) for need, rationale, relief in rows}


def claim_changes(need_id: int, before: tuple[object, object], after: tuple[object, object]) -> Changes:
    names = (f"needs.need_{need_id}.rationale", f"needs.need_{need_id}.relief")
    return [(name, was, now) for name, was, now in zip(names, before, after, strict=True)]
