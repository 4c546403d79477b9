"""The "?": a question on a complaint or a need, routed to the team that owns it, answered by a time, reviewed, closed.

Whoever may contribute may ask. Its team acknowledges and answers; who asked it, and curators, review, reopen and close
it, but nobody reviews an answer of their own. That its time passed unanswered is told once for each time it is asked,
whichever process sees it first.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from ..actor import Actor
from ..database import Database, Transaction
from ..errors import Forbidden, IllegalTransition, Invalid, NotFound, ReviewerIsAuthor
from ..escalation import HOUR_MS, HOURS, STEPS, UNANSWERED, EscalationStatus, EscalationStep
from ..event import Topic
from ..fields import now_ms
from ..need import LIVE_NEEDS
from ..team import Role
from ..text import clean
from .events import tell
from .rows import check_version, live_need, locked, resolved_needs

__all__ = [
    "acknowledge",
    "answer",
    "ask",
    "close",
    "follow",
    "join",
    "reopen",
    "review",
    "route",
    "tell_breaches",
]

QUESTION_MOST = 2_000
ANSWER_MOST = 10_000
LINE_MOST = 1_000
WHYS = 5
ACTIONS_MOST = 20
DUE_MOST_MS = 90 * 24 * HOUR_MS
ORDINARY = 3
"""Severity of what nobody has judged."""

LIVE = ", ".join(f"'{status.value}'" for status in LIVE_NEEDS)
WAITING = ", ".join(f"'{status.value}'" for status in UNANSWERED)
# whose products most of the complaints are about
OWNER_OF_PRODUCTS = (
    "SELECT tp.team_id FROM complaint c JOIN team_product tp ON tp.product = c.product WHERE {0}"
    " GROUP BY tp.team_id ORDER BY COUNT(*) DESC, tp.team_id LIMIT 1"
)
PRODUCT_OF_COMPLAINT = OWNER_OF_PRODUCTS.format("c.id = ?1")
PRODUCTS_OF_NEED = OWNER_OF_PRODUCTS.format("c.id IN (SELECT s.complaint_id FROM support s WHERE s.need_id = ?1)")
# the need of the surest evidence whose owner is known, or else of the surest evidence
NEED_BEHIND = f"""
SELECT n.id, n.team_id FROM evidence e JOIN need n ON n.id = e.need_id
WHERE e.complaint_id = ?1 AND e.live = ?2 AND e.stance = 'SUPPORTS' AND n.status IN ({LIVE})
ORDER BY CASE WHEN n.team_id IS NULL THEN 1 ELSE 0 END, e.confidence DESC, e.id LIMIT 1
"""
SEVERITY_OF_NEED = """
SELECT AVG(c.severity * 1.0) FROM evidence e JOIN complaint c ON c.id = e.complaint_id
WHERE e.need_id = ?1 AND e.live = ?2 AND e.stance = 'SUPPORTS'
"""

BY = "Questions are answered by"
"""Who may do it, as a refusal begins."""


async def ask(
    db: Database,
    actor: Actor,
    question: str,
    *,
    complaint_id: int | None = None,
    need_id: int | None = None,
    severity: int | None = None,
    due_at: int | None = None,
) -> int:
    """Id of a new question on one of a complaint and a need. It goes to the team that owns the need, or else the products
    that complaints about it name, or to none.

    Severity is the complaint's, or the mean over the complaints that support the need, unless given; it decides until
    when an answer is due, unless that is given (milliseconds since the epoch). Raises Forbidden, Invalid, NotFound,
    IllegalTransition where the need is not live, Busy.
    """
    actor.require(Role.CONTRIBUTOR)
    question = await db.privacy.taken(question, ("question",), QUESTION_MOST)
    if (complaint_id is None) == (need_id is None):
        raise Invalid("Ask about one complaint or one need: give one of complaintId and needId.")
    if severity is not None and severity not in HOURS:
        raise Invalid("Severity goes from 1 (mild) to 5 (grave).", path=("severity",))
    now = now_ms()
    if due_at is not None and not now < due_at <= now + DUE_MOST_MS:
        raise Invalid("An answer is due at a time within the next 90 days.", path=("dueAt",))

    async def work(transaction: Transaction) -> int:
        if complaint_id is not None:
            need, team, found = await behind_complaint(transaction, complaint_id)
        else:
            need, team, found = await behind_need(transaction, need_id)
        grave = found if severity is None else severity
        due = now + HOURS[grave] * HOUR_MS if due_at is None else due_at
        id = await transaction.value(
            "INSERT INTO escalation (question, status, severity, complaint_id, need_id, team_id, raised_by_id, raised_at,"
            " asked_at, due_at, reopen_count, version) VALUES (?1, 'OPEN', ?2, ?3, ?4, ?5, ?6, ?7, ?7, ?8, 0, 1)"
            " RETURNING id",
            (question, grave, complaint_id, need, team, actor.member_id, now, due),
        )
        await tell(transaction, Topic.ESCALATION_CHANGED, [id], {"change": "RAISED", "team": team})
        return id

    return await db.retrying(work)


async def behind_complaint(transaction: Transaction, complaint_id: int) -> tuple[int | None, int | None, int]:
    """Need, team and severity that a complaint's question gets."""
    (severity,) = await row(transaction, "SELECT severity FROM complaint WHERE id = ?1", complaint_id, "complaint")
    rows = await transaction.rows(NEED_BEHIND, (complaint_id, True))
    need, team = rows[0] if rows else (None, None)
    if team is None:
        team = await transaction.value(PRODUCT_OF_COMPLAINT, (complaint_id,))
    return need, team, ORDINARY if severity is None else severity


async def behind_need(transaction: Transaction, need_id: int | None) -> tuple[int, int | None, int]:
    assert need_id is not None
    need = live_need((await resolved_needs(transaction, [need_id])).get(need_id), "a question", ("needId",))
    team = await transaction.value("SELECT team_id FROM need WHERE id = ?1", (need.id,))
    if team is None:
        team = await transaction.value(PRODUCTS_OF_NEED, (need.id,))
    mean = await transaction.value(SEVERITY_OF_NEED, (need.id, True))
    return need.id, team, ORDINARY if mean is None else int(float(mean) + 0.5)


async def row(transaction: Transaction, sql: str, id: int, noun: str) -> tuple[Any, ...]:
    rows = await transaction.rows(sql, (id,))
    if not rows:
        raise NotFound(f"There is no such {noun}.", path=(f"{noun}Id",))
    return tuple(rows[0])


async def acknowledge(db: Database, actor: Actor, escalation_id: int, version: int) -> None:
    """Take it on, as its owner. For a member of its team, or a CURATOR. Raises Forbidden, NotFound, StaleVersion,
    IllegalTransition, Busy."""
    await take(
        db,
        actor,
        escalation_id,
        version,
        EscalationStep.ACKNOWLEDGE,
        {"owner_id": actor.member_id, "acknowledged_at": now_ms()},
    )


async def take(
    db: Database,
    actor: Actor,
    escalation_id: int,
    version: int,
    how: EscalationStep,
    changes: Mapping[str, object],
) -> None:
    actor.member(BY)

    async def work(transaction: Transaction) -> None:
        team, _ = await stand(transaction, escalation_id, version, how)
        await of_team(transaction, actor, team)
        await move(transaction, escalation_id, how, changes)

    await db.retrying(work)


async def answer(
    db: Database,
    actor: Actor,
    escalation_id: int,
    version: int,
    text: str,
    whys: Sequence[str],
    actions: Sequence[str],
) -> int:
    """Answer it: what happened, five whys, each asking why of the one before, and what is done; the answer's id.

    For a member of its team, or a CURATOR. Raises what `acknowledge` raises, Invalid.
    """
    member = actor.member(BY)
    text = await db.privacy.taken(text, ("text",), ANSWER_MOST)
    if len(whys) != WHYS:
        raise Invalid(f"Ask why {WHYS} times; you gave {len(whys)}.", path=("whys",))
    if not 1 <= len(actions) <= ACTIONS_MOST:
        raise Invalid(f"Say what is done about it: 1 to {ACTIONS_MOST} actions.", path=("actions",))
    lines = [
        clean(one, (name, str(i)), LINE_MOST)
        for name, some in (("whys", whys), ("actions", actions))
        for i, one in enumerate(some)
    ]
    shown = await db.privacy.shown(*lines)
    listed = [orjson.dumps(some).decode() for some in (shown[:WHYS], shown[WHYS:])]
    now = now_ms()

    async def work(transaction: Transaction) -> int:
        team, _ = await stand(transaction, escalation_id, version, EscalationStep.ANSWER)
        await of_team(transaction, actor, team)
        id = await transaction.value(
            "INSERT INTO escalation_answer (escalation_id, team_id, author_id, text, whys, actions, asked_at, due_at,"
            " answered_at) SELECT id, team_id, ?2, ?3, ?4, ?5, asked_at, due_at, ?6 FROM escalation WHERE id = ?1"
            " RETURNING id",
            (escalation_id, member, text, *listed, now),
        )
        # late, and nobody has told yet
        await breach(transaction, now, escalation_id)
        await move(transaction, escalation_id, EscalationStep.ANSWER, {"answered_at": now})
        return id

    return await db.retrying(work)


async def review(db: Database, actor: Actor, escalation_id: int, version: int, comment: str) -> None:
    """Say that the answer will do. For who asked it, or a CURATOR; never for who wrote the answer.

    Raises what `acknowledge` raises, ReviewerIsAuthor, Invalid.
    """
    member = actor.member(BY)
    comment = await db.privacy.taken(comment, ("comment",), ANSWER_MOST)

    async def work(transaction: Transaction) -> None:
        _, asker = await stand(transaction, escalation_id, version, EscalationStep.REVIEW)
        asking(actor, asker)
        id, author = await last_answer(transaction, escalation_id)
        if author == member:
            raise ReviewerIsAuthor()
        await transaction.execute(
            "UPDATE escalation_answer SET reviewer_id = ?2, review = ?3, reviewed_at = ?4 WHERE id = ?1",
            (id, member, comment, now_ms()),
        )
        await move(transaction, escalation_id, EscalationStep.REVIEW, {})

    await db.retrying(work)


async def reopen(db: Database, actor: Actor, escalation_id: int, version: int, reason: str) -> None:
    """Ask it again, with a new time by its severity, and say why. For who asked it, or a CURATOR.

    Raises what `acknowledge` raises, Invalid.
    """
    actor.member(BY)
    reason = await db.privacy.taken(reason, ("reason",), ANSWER_MOST)
    now = now_ms()

    async def work(transaction: Transaction) -> None:
        _, asker = await stand(transaction, escalation_id, version, EscalationStep.REOPEN)
        asking(actor, asker)
        severity, count = await row(
            transaction, "SELECT severity, reopen_count FROM escalation WHERE id = ?1", escalation_id, "escalation"
        )
        id, _ = await last_answer(transaction, escalation_id)
        sql = "UPDATE escalation_answer SET reopened_because = ?2 WHERE id = ?1"
        await transaction.execute(sql, (id, reason))
        afresh = dict.fromkeys(("owner_id", "acknowledged_at", "answered_at", "breach_told_at", "closed_at"))
        times = {"asked_at": now, "due_at": now + HOURS[severity] * HOUR_MS}
        more = {"reopen_count": count + 1}
        await move(transaction, escalation_id, EscalationStep.REOPEN, {**afresh, **times, **more})

    await db.retrying(work)


async def close(db: Database, actor: Actor, escalation_id: int, version: int) -> None:
    """Lay a reviewed question down. For who asked it, or a CURATOR. Raises what `acknowledge` raises."""
    actor.member(BY)

    async def work(transaction: Transaction) -> None:
        _, asker = await stand(transaction, escalation_id, version, EscalationStep.CLOSE)
        asking(actor, asker)
        await move(transaction, escalation_id, EscalationStep.CLOSE, {"closed_at": now_ms()})

    await db.retrying(work)


async def route(db: Database, actor: Actor, escalation_id: int, version: int, team_id: int) -> None:
    """Hand it to another team, which acknowledges it for itself; the time stays. For a member of its team, or a CURATOR.

    Raises what `acknowledge` raises, Invalid.
    """
    actor.member(BY)

    async def work(transaction: Transaction) -> None:
        await locked(transaction, "team", team_id, "id", "team", ("teamId",))
        team, _ = await stand(transaction, escalation_id, version, EscalationStep.ROUTE)
        await of_team(transaction, actor, team)
        if team == team_id:
            raise Invalid("It is with this team already.", path=("teamId",))
        changes = {"team_id": team_id, "owner_id": None, "acknowledged_at": None}
        await move(transaction, escalation_id, EscalationStep.ROUTE, changes)

    await db.retrying(work)


async def follow(transaction: Transaction, need_id: int, before: int | None, after: int | None) -> None:
    """Unanswered questions about a need go along to its new owner, but for those that were handed to others."""
    if before == after:
        return
    rows = await transaction.rows(
        "UPDATE escalation SET team_id = ?3, status = 'OPEN', owner_id = NULL, acknowledged_at = NULL,"
        f" version = version + 1 WHERE need_id = ?1 AND COALESCE(team_id, 0) = ?2 AND status IN ({WAITING}) RETURNING id",
        (need_id, before or 0, after),
    )
    ids = sorted(id for (id,) in rows)
    await tell(transaction, Topic.ESCALATION_CHANGED, ids, {"change": "ROUTED", "team": after})


async def join(transaction: Transaction, sources: Sequence[int], target: int) -> None:
    """Unanswered questions about needs that are about to become a part of another go to its owner, but for those that
    were handed to others than their own need's owner. Where nobody owns the other they stay with who has them."""
    team = await transaction.value("SELECT team_id FROM need WHERE id = ?1", (target,))
    if team is None:
        return
    rows = await transaction.rows(
        "UPDATE escalation SET team_id = ?2, status = 'OPEN', owner_id = NULL, acknowledged_at = NULL,"
        f" version = version + 1 WHERE {transaction.among('need_id', '?1')} AND status IN ({WAITING})"
        " AND COALESCE(team_id, 0) <> ?2 AND (team_id IS NULL OR team_id ="
        " COALESCE((SELECT n.team_id FROM need n WHERE n.id = escalation.need_id), team_id)) RETURNING id",
        (transaction.listed(sources), team),
    )
    ids = sorted(id for (id,) in rows)
    await tell(transaction, Topic.ESCALATION_CHANGED, ids, {"change": "ROUTED", "team": team})


async def tell_breaches(db: Database) -> int:
    """Tell of every question whose time has passed unanswered and of which nobody has told; how many there were.

    Of several processes that call it, one tells. Raises Busy.
    """
    now = now_ms()
    due = f"SELECT 1 FROM escalation WHERE status IN ({WAITING}) AND due_at < ?1 AND breach_told_at IS NULL LIMIT 1"
    if await db.value(db.sql(due), (now,)) is None:
        return 0
    return await db.retrying(lambda transaction: breach(transaction, now))


# --- parts of these ---------------------------------------------------------------------------------------------------


async def of_team(transaction: Transaction, actor: Actor, team: int | None) -> None:
    if actor.role.includes(Role.CURATOR):
        return
    mine = await transaction.value("SELECT team_id FROM member WHERE id = ?1", (actor.member_id,))
    if mine is None or mine != team:
        raise Forbidden("Only the team that it was routed to, or a curator, may do this.")


def asking(actor: Actor, asker: int | None) -> None:
    if not actor.role.includes(Role.CURATOR) and (asker is None or asker != actor.member_id):
        raise Forbidden("Only who asked it, or a curator, may do this.")


async def stand(
    transaction: Transaction, escalation_id: int, version: int, how: EscalationStep
) -> tuple[int | None, int | None]:
    """Team and asker of a question that is locked for a step. Raises NotFound, StaleVersion, IllegalTransition."""
    columns = "status, version, team_id, raised_by_id"
    status, current, team, asker = await locked(
        transaction, "escalation", escalation_id, columns, "question", ("escalationId",)
    )
    check_version(version, current)
    allowed, _ = STEPS[how]
    if EscalationStatus(status) not in allowed:
        raise IllegalTransition(
            "The question", status, f"the step '{how.value.lower()}'", allowed=[one.value for one in allowed]
        )
    return team, asker


async def move(
    transaction: Transaction, escalation_id: int, how: EscalationStep, changes: Mapping[str, object]
) -> None:
    """Move a locked question on, whose state was checked."""
    _, after = STEPS[how]
    sets = "".join(f", {column} = ?{index}" for index, column in enumerate(changes, start=3))
    await transaction.execute(
        f"UPDATE escalation SET version = version + 1, status = ?2{sets} WHERE id = ?1",
        (escalation_id, after.value, *changes.values()),
    )
    await tell(transaction, Topic.ESCALATION_CHANGED, [escalation_id], {"change": how.value})


async def last_answer(transaction: Transaction, escalation_id: int) -> tuple[int, int | None]:
    """Id and author."""
    sql = "SELECT id, author_id FROM escalation_answer WHERE escalation_id = ?1 ORDER BY id DESC LIMIT 1"
    id, author = (await transaction.rows(sql, (escalation_id,)))[0]
    return id, author


async def breach(transaction: Transaction, now: int, only: int | None = None) -> int:
    """Mark, and tell of, what is unanswered after its time and not told of yet; how many."""
    rows = await transaction.rows(
        f"UPDATE escalation SET breach_told_at = ?1 WHERE status IN ({WAITING}) AND due_at < ?1"
        f" AND breach_told_at IS NULL{'' if only is None else ' AND id = ?2'} RETURNING id",
        (now,) if only is None else (now, only),
    )
    ids = sorted(id for (id,) in rows)
    await tell(transaction, Topic.ESCALATION_CHANGED, ids, {"change": "BREACHED"})
    return len(ids)
