"""Proposing inventions and saying which needs they mean to relieve. Proposing is open to every contributor; what was
proposed is changed by its proposer or a curator, while it is still editable."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ..actor import Actor
from ..database import Database, Transaction
from ..errors import Forbidden, IllegalTransition, Invalid, NotFound
from ..event import Topic
from ..fields import now_ms
from ..invention import EDITABLE_INVENTIONS, Door, InventionStatus
from ..team import Role
from ..text import clean, finite, label
from .events import tell
from .rows import check_version, live_need, locked, resolved_needs

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
    db: Database, actor: Actor, *, title: str, mechanism: str, door: Door, claims: Sequence[ClaimDraft] = ()
) -> int:
    """Id of a new DRAFT. A claim on a merged need goes to the need it was merged into.

    Raises Forbidden, Invalid, NotFound, IllegalTransition where a need was dismissed, Busy.
    """
    actor.require(Role.CONTRIBUTOR)
    title = label(title, ("title",), TITLE_MOST)
    mechanism = clean(mechanism, ("mechanism",), MECHANISM_MOST)
    if len(claims) > CLAIMS_MOST:
        raise Invalid(f"An invention claims at most {CLAIMS_MOST} needs.", path=("claims",))
    checked = [checked_claim(claim, ("claims", str(index))) for index, claim in enumerate(claims)]
    now = now_ms()

    async def work(transaction: Transaction) -> int:
        invention = await transaction.value(
            "INSERT INTO invention (title, mechanism, status, door, proposer_id, created_at, updated_at, version)"
            " VALUES (?1, ?2, 'DRAFT', ?3, ?4, ?5, ?5, 1) RETURNING id",
            (title, mechanism, door.value, actor.member_id, now),
        )
        needs = await write_claims(transaction, invention, checked, ("claims",))
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
) -> None:
    """Change what is given; the rest stays. Raises Forbidden, Invalid, NotFound, StaleVersion, IllegalTransition, Busy."""
    actor.require(Role.CONTRIBUTOR)
    changes: dict[str, object] = {}
    if title is not None:
        changes["title"] = label(title, ("title",), TITLE_MOST)
    if mechanism is not None:
        changes["mechanism"] = clean(mechanism, ("mechanism",), MECHANISM_MOST)
    if door is not None:
        changes["door"] = door.value
    if not changes:
        raise Invalid("Nothing to change was given.")

    async def work(transaction: Transaction) -> None:
        await editable(transaction, actor, invention_id, version, "a change")
        await touch(transaction, invention_id, changes, "UPDATED")

    await db.retrying(work)


async def claim_need(
    db: Database, actor: Actor, invention_id: int, version: int, need_id: int, rationale: str, relief: float
) -> None:
    """Claim a need, or change the claim on it. Raises what `propose` and `update` raise."""
    actor.require(Role.CONTRIBUTOR)
    claim = checked_claim(ClaimDraft(need_id, rationale, relief), ())

    async def work(transaction: Transaction) -> None:
        await editable(transaction, actor, invention_id, version, "claiming a need")
        needs = await write_claims(transaction, invention_id, [claim], ())
        await touch(transaction, invention_id, {}, "CLAIMED")
        await tell(transaction, Topic.NEED_CHANGED, needs, {"change": "CLAIMED"})

    await db.retrying(work)


async def drop_need(db: Database, actor: Actor, invention_id: int, version: int, need_id: int) -> None:
    """Take a claim back. Raises what `update` raises, NotFound where there is no such claim."""
    actor.require(Role.CONTRIBUTOR)

    async def work(transaction: Transaction) -> None:
        await editable(transaction, actor, invention_id, version, "dropping a need")
        resolved = (await resolved_needs(transaction, [need_id])).get(need_id)
        target = need_id if resolved is None else resolved.id
        sql = "DELETE FROM claim WHERE invention_id = ?1 AND need_id = ?2"
        if not await transaction.execute(sql, (invention_id, target)):
            raise NotFound("The invention does not claim this need.", path=("needId",))
        await touch(transaction, invention_id, {}, "DROPPED")
        await tell(transaction, Topic.NEED_CHANGED, [target], {"change": "DROPPED"})

    await db.retrying(work)


async def withdraw(db: Database, actor: Actor, invention_id: int, version: int) -> None:
    """Take a proposal back for good. Raises Forbidden, NotFound, StaleVersion, IllegalTransition, Busy."""
    actor.require(Role.CONTRIBUTOR)

    async def work(transaction: Transaction) -> None:
        await editable(transaction, actor, invention_id, version, "withdrawal")
        await touch(transaction, invention_id, {"status": InventionStatus.WITHDRAWN.value}, "WITHDRAWN")

    await db.retrying(work)


def checked_claim(claim: ClaimDraft, path: tuple[str, ...]) -> ClaimDraft:
    return ClaimDraft(
        claim.need_id,
        clean(claim.rationale, (*path, "rationale"), RATIONALE_MOST),
        finite(claim.relief, (*path, "relief"), 0, 1),
    )


async def editable(transaction: Transaction, actor: Actor, invention_id: int, version: int, action: str) -> None:
    """Lock the invention for a change by the actor."""
    status, current, proposer = await locked(
        transaction, "invention", invention_id, "status, version, proposer_id", "invention", ("inventionId",)
    )
    if not actor.role.includes(Role.CURATOR) and (proposer is None or proposer != actor.member_id):
        raise Forbidden("Only its proposer or a curator may change an invention.")
    check_version(version, current)
    if InventionStatus(status) not in EDITABLE_INVENTIONS:
        allowed = [state.value for state in EDITABLE_INVENTIONS]
        raise IllegalTransition("The invention", status, action, allowed=allowed)


async def touch(transaction: Transaction, invention_id: int, changes: Mapping[str, object], what: str) -> None:
    sets = "".join(f", {column} = ?{index}" for index, column in enumerate(changes, start=3))
    await transaction.execute(
        f"UPDATE invention SET version = version + 1, updated_at = ?2{sets} WHERE id = ?1",
        (invention_id, now_ms(), *changes.values()),
    )
    await tell(transaction, Topic.INVENTION_CHANGED, [invention_id], {"change": what})


async def write_claims(
    transaction: Transaction, invention_id: int, claims: Sequence[ClaimDraft], path: tuple[str, ...]
) -> list[int]:
    """Ids of the needs that the claims went to."""
    needs = await resolved_needs(transaction, [claim.need_id for claim in claims])
    rows: dict[int, tuple[object, ...]] = {}
    now = now_ms()
    for index, claim in enumerate(claims):
        where = (*path, str(index), "needId") if path else ("needId",)
        target = live_need(needs.get(claim.need_id), "a claim", where)
        if target.id in rows:
            raise Invalid("An invention claims a need once.", path=where)
        rows[target.id] = (invention_id, target.id, claim.rationale, claim.relief, now)
    await transaction.insert("claim", CLAIM_COLUMNS, [rows[id] for id in sorted(rows)], conflict=CLAIM_CONFLICT)
    return sorted(rows)
