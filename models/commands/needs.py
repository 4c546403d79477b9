"""Curating needs: confirm, rename, assign, dismiss, merge, split. Each takes the version that the curator saw."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from ..actor import Actor
from ..database import Database, Transaction
from ..errors import Invalid, NotFound
from ..event import Topic
from ..fields import now_ms
from ..need import LIVE_NEEDS, NeedStatus
from ..queries.anchors import ANCHORED
from ..team import Role
from ..text import exact, label
from .escalations import follow, join
from .events import tell
from .revisions import carried, sayings
from .rollup import address, hand_on, recount
from .rows import NeedRow, check_version, live_need, locked, locked_needs

__all__ = ["assign", "confirm", "dismiss", "expect", "merge", "rename", "retire", "split", "touch"]

STATEMENT_MOST = 500
REASON_MOST = 2_000
SOURCES_MOST = 100
EVIDENCE_MOST = 10_000
LED_ON = (NeedStatus.ADDRESSED, NeedStatus.RELIEVED, NeedStatus.REGRESSED)
LIVE = ", ".join(f"'{status}'" for status in LIVE_NEEDS)


async def confirm(db: Database, actor: Actor, need_id: int, version: int) -> None:
    """Say that this is a need. Raises Forbidden, NotFound, StaleVersion, IllegalTransition, Busy."""
    await edit(db, actor, need_id, version, "confirmation", {"confirmed": True}, {"change": "CONFIRMED"})


async def rename(db: Database, actor: Actor, need_id: int, version: int, statement: str) -> None:
    """Give it a statement in a person's words, 1 to 500 characters. Raises what `confirm` raises, Invalid."""
    changes = {
        "statement": await db.privacy.taken(statement, ("statement",), STATEMENT_MOST, label),
        "statement_basis": "HUMAN",
    }
    await edit(db, actor, need_id, version, "a new statement", changes, {"change": "RENAMED"})


async def dismiss(db: Database, actor: Actor, need_id: int, version: int, reason: str) -> None:
    """Say that this is no need, and why. It collects no more evidence. Raises what `confirm` raises, Invalid."""
    changes = {"status": "DISMISSED", "dismissal_reason": await db.privacy.taken(reason, ("reason",), REASON_MOST)}
    await edit(db, actor, need_id, version, "dismissal", changes, {"change": "DISMISSED"})


async def assign(db: Database, actor: Actor, need_id: int, version: int, team_id: int | None) -> None:
    """Give it to a team, or to none. Raises what `confirm` raises."""
    changes = {"team_id": team_id}
    await edit(db, actor, need_id, version, "assignment", changes, {"change": "ASSIGNED", "team": team_id})


async def edit(
    db: Database,
    actor: Actor,
    need_id: int,
    version: int,
    action: str,
    changes: Mapping[str, object],
    details: Mapping[str, object],
) -> None:
    actor.require(Role.CURATOR)

    async def work(transaction: Transaction) -> None:
        team_id = changes.get("team_id")
        if isinstance(team_id, int):
            await locked(transaction, "team", team_id, "id", "team", ("teamId",))
        need = (await locked_needs(transaction, [need_id])).get(need_id)
        expect(need, version, action, ("needId",), ("version",))
        if "team_id" in changes:
            before = await transaction.value("SELECT team_id FROM need WHERE id = ?1", (need_id,))
            await follow(transaction, need_id, before, changes["team_id"])  # type: ignore[arg-type]
        await touch(transaction, [need_id], changes)
        await tell(transaction, Topic.NEED_CHANGED, [need_id], details)

    await db.retrying(work)


async def merge(
    db: Database, actor: Actor, source_ids: Sequence[int], target_id: int, versions: Mapping[int, int]
) -> None:
    """Make the sources aliases of the target: what is theirs becomes the target's.

    `versions` holds the version of each source and of the target that the curator saw. Where two needs hold the same
    span, or are claimed by the same invention, the better link stays: the one that a person decided, the live one, the
    one of more confidence or relief. Of two measurements after one invention the one with a verdict stays, or else the
    later one, of two alerts of a kind and week the target's. Answers to surveys stay with the words that were asked
    about, and count for the target. Unanswered questions go to the target's team (see `escalations.join`). An invention whose
    claims or citations become others by it gets a revision that says so. Raises Forbidden, Invalid, NotFound, StaleVersion, IllegalTransition, Busy.
    """
    actor.require(Role.CURATOR)
    sources = sorted(set(source_ids))
    if not 1 <= len(sources) <= SOURCES_MOST:
        raise Invalid(f"Name 1 to {SOURCES_MOST} needs to merge.", path=("sources",))
    if target_id in sources:
        raise Invalid("A need cannot be merged into itself.", path=("needId",))
    everyone = [*sources, target_id]
    unknown = [id for id in everyone if id not in versions]
    if unknown:
        raise Invalid("Give the version of every need that is merged.", path=("versions",))

    async def work(transaction: Transaction) -> None:
        # inventions before needs, as everywhere, so that nobody waits in a circle
        await speakers(transaction, sources, target_id)
        needs = await locked_needs(transaction, everyone)
        for id in everyone:
            place = () if id == target_id else ("sources", str(list(source_ids).index(id)))
            expect(needs.get(id), versions[id], "a merge", (*place, "needId"), (*place, "version"))
        # once more: somebody may have claimed them before they were locked
        said = await sayings(transaction, await speakers(transaction, sources, target_id))
        await keep_citations(transaction, everyone)
        await move(transaction, "evidence", "span_id", sources, target_id, EVIDENCE_RANK)
        await move(transaction, "claim", "invention_id", sources, target_id, CLAIM_RANK)
        await alias(transaction, sources, target_id, by_run=False)
        # of one name alone it is no longer
        await touch(transaction, [target_id], {"called": None})
        await recount(transaction, everyone)
        await address(transaction, [target_id])
        if any(needs[id].status in LED_ON for id in sources):
            await hand_on(transaction, target_id)
        await tell(transaction, Topic.NEED_CHANGED, everyone, {"change": "MERGED", "into": target_id})
        changed = await carried(transaction, actor, said)
        await tell(transaction, Topic.INVENTION_CHANGED, changed, {"change": "NEED_MERGED"})

    await db.retrying(work)


async def retire(transaction: Transaction, absorbed: Mapping[int, int]) -> set[int]:
    """Make needs (by id) aliases of those that a run found them to be a part of; ids of all that changed.

    Evidence goes along, for what people decided of it still holds. A need that is anchored by now (see
    `queries.anchors`) or not live stays what it is.
    """
    changed: set[int] = set()
    rows = await transaction.rows(
        f"SELECT n.id FROM need n WHERE {transaction.among('n.id', '?1')} AND n.status IN ({LIVE}) AND NOT {ANCHORED}",
        (transaction.listed(sorted(absorbed)),),
    )
    parts: dict[int, list[int]] = defaultdict(list)
    for (id,) in rows:
        if id != absorbed[id]:
            parts[absorbed[id]].append(id)
    for target, sources in sorted(parts.items()):
        said = await sayings(transaction, await speakers(transaction, sources, target))
        await keep_citations(transaction, [*sources, target])
        await move(transaction, "evidence", "span_id", sources, target, EVIDENCE_RANK)
        inventions = await carried(transaction, Actor.operator(), said)
        await tell(transaction, Topic.INVENTION_CHANGED, inventions, {"change": "NEED_MERGED"})
        await alias(transaction, sources, target, by_run=True)
        changed |= {target, *sources}
    return changed


async def alias(transaction: Transaction, sources: Sequence[int], target: int, *, by_run: bool) -> None:
    # an alias of an alias would make readers go round: what stood for a source stands for the target now
    await transaction.execute(
        f"UPDATE need SET merged_into_id = ?2 WHERE {transaction.among('merged_into_id', '?1')}",
        (transaction.listed(sources), target),
    )
    await join(transaction, sources, target)
    await move(transaction, "alert", "week, kind", sources, target, f"(need_id = {target}) DESC, id")
    await move(transaction, "impact", "invention_id", sources, target, f"{IMPACT_RANK}, (need_id = {target}) DESC, id")
    for table in ("escalation", "comment"):
        await transaction.execute(
            f"UPDATE {table} SET need_id = ?2 WHERE {transaction.among('need_id', '?1')}",
            (transaction.listed(sources), target),
        )
    await touch(transaction, sources, {"status": "MERGED", "merged_into_id": target, "merged_by_run": by_run})


EVIDENCE_RANK = "(decided_at IS NOT NULL) DESC, live DESC, confidence DESC, id"
CLAIM_RANK = "relief DESC, id"
IMPACT_RANK = "(verdict <> 'INSUFFICIENT_DATA') DESC, measured_at DESC"


def better(transaction: Transaction, needs: str) -> str:
    """Statement that gives each link of these needs the one that stays for its span: the first by the rank of `move`."""
    return (
        "SELECT id, FIRST_VALUE(id) OVER (PARTITION BY span_id ORDER BY"
        f" {EVIDENCE_RANK}) AS stays FROM evidence WHERE {transaction.among('need_id', needs)}"
    )


async def speakers(transaction: Transaction, sources: Sequence[int], target: int) -> list[int]:
    """The inventions, locked, whose claims or citations a merge is about to change."""
    rows = await transaction.rows(
        f"SELECT i.id FROM invention i WHERE i.id IN (SELECT c.invention_id FROM claim c WHERE"
        f" {transaction.among('c.need_id', '?1')}) OR i.id IN (SELECT k.invention_id FROM citation k"
        f" JOIN ({better(transaction, '?2')}) b ON b.id = k.evidence_id WHERE b.stays <> b.id)"
        f" ORDER BY i.id{transaction.for_update}",
        (transaction.listed(sources), transaction.listed([*sources, target])),
    )
    return [id for (id,) in rows]


async def keep_citations(transaction: Transaction, needs: Sequence[int]) -> None:
    """Lead what cites a link that is about to go to the one that stays for the same span."""
    everyone = transaction.listed(needs)
    # a paragraph that cites both keeps the one that stays
    await transaction.execute(
        f"INSERT INTO citation (invention_id, part, evidence_id, created_at) SELECT k.invention_id, k.part, b.stays,"
        f" MIN(k.created_at) FROM citation k JOIN ({better(transaction, '?1')}) b ON b.id = k.evidence_id WHERE b.stays <> b.id"
        " GROUP BY k.invention_id, k.part, b.stays ON CONFLICT (invention_id, part, evidence_id) DO NOTHING",
        (everyone,),
    )


async def move(
    transaction: Transaction, table: str, unique: str, sources: Sequence[int], target: int, rank: str
) -> None:
    """Give the sources' rows to the target; of those with the same `unique` the first by `rank` stays."""
    everyone = transaction.listed([*sources, target])
    await transaction.execute(
        f"DELETE FROM {table} WHERE id IN (SELECT id FROM (SELECT id, ROW_NUMBER() OVER (PARTITION BY {unique}"
        f" ORDER BY {rank}) AS place FROM {table} WHERE {transaction.among('need_id', '?1')}) AS ranked WHERE place > 1)",
        (everyone,),
    )
    await transaction.execute(
        f"UPDATE {table} SET need_id = ?2 WHERE {transaction.among('need_id', '?1')}",
        (transaction.listed(sources), target),
    )


async def split(
    db: Database, actor: Actor, need_id: int, version: int, evidence_ids: Sequence[int], statement: str
) -> int:
    """Id of a new need that takes these pieces of live evidence with it; at least one must stay behind.

    The new need is confirmed and its evidence accepted, since a person has said so. Raises Forbidden, Invalid, NotFound,
    StaleVersion, IllegalTransition, Busy.
    """
    actor.require(Role.CURATOR)
    statement = await db.privacy.taken(statement, ("statement",), STATEMENT_MOST, label)
    moved = sorted(set(evidence_ids))
    if not 1 <= len(moved) <= EVIDENCE_MOST:
        raise Invalid(f"Name 1 to {EVIDENCE_MOST:,} pieces of evidence to split off.", path=("evidenceIds",))

    async def work(transaction: Transaction) -> int:
        need = (await locked_needs(transaction, [need_id])).get(need_id)
        expect(need, version, "a split", ("needId",), ("version",))
        rows = await transaction.rows(
            "SELECT id, confidence FROM evidence WHERE need_id = ?1 AND live = ?2", (need_id, True)
        )
        confidence = dict(map(tuple, rows))
        missing = [index for index, id in enumerate(evidence_ids) if id not in confidence]
        if missing:
            message = "This is no live evidence of the need."
            raise NotFound(message, path=("evidenceIds", str(missing[0])))
        if len(moved) == len(confidence):
            raise Invalid("Some evidence must stay: to change the words alone, rename the need.", path=("evidenceIds",))
        now = now_ms()
        new = await transaction.value(
            "INSERT INTO need (statement, statement_basis, status, confidence, key_phrases, confirmed, team_id,"
            " evidence_count, customer_count, asking_count, created_at, updated_at, version)"
            " VALUES (?2, 'HUMAN', 'EMERGING', ?3, '[]', ?4, (SELECT team_id FROM need WHERE id = ?1), 0, 0, 0, ?5, ?5, 1)"
            " RETURNING id",
            (need_id, statement, exact(sum(confidence[id] for id in moved) / len(moved)), True, now),
        )
        await transaction.execute(
            "UPDATE evidence SET need_id = ?2, basis = 'HUMAN', status = 'ACCEPTED', decided_by_id = ?3, decided_at = ?4,"
            f" version = version + 1 WHERE {transaction.among('id', '?1')}",
            (transaction.listed(moved), new, actor.member_id, now),
        )
        await touch(transaction, [need_id], {})
        await recount(transaction, [need_id, new])
        await tell(transaction, Topic.NEED_CHANGED, [need_id, new], {"change": "SPLIT", "from": need_id, "into": new})
        return new

    return await db.retrying(work)


def expect(
    need: NeedRow | None, version: int, action: str, path: tuple[str, ...], version_path: tuple[str, ...]
) -> None:
    """Raises NotFound, StaleVersion, IllegalTransition. Of two who act on what they both saw, the second hears that it
    is stale, whatever the first one did."""
    if need is not None:
        check_version(version, need.version, version_path)
    live_need(need, action, path)


async def touch(transaction: Transaction, ids: Sequence[int], changes: Mapping[str, object]) -> None:
    sets = "".join(f", {column} = ?{index}" for index, column in enumerate(changes, start=3))
    await transaction.execute(
        f"UPDATE need SET version = version + 1, updated_at = ?2{sets} WHERE {transaction.among('id', '?1')}",
        (transaction.listed(ids), now_ms(), *changes.values()),
    )
