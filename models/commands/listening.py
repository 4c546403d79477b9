"""Listening: a member draws complaints, reads them one by one, marks what they heard, and notes what they learned.

Whoever may contribute may listen; a sample is its member's own. A note may become evidence, which waits for a curator.
"""

from __future__ import annotations

import random
import secrets
from collections import defaultdict

from ..actor import Actor
from ..database import Database, Transaction
from ..errors import Busy, Conflict, Forbidden, Invalid, NotFound
from ..event import Topic
from ..evidence import Stance
from ..fields import now_ms
from ..listening import Allocation, Strata
from ..period import in_order
from ..sampling import Stratum, plan, ranks
from ..span import SpanKind
from ..text import exact
from .events import tell
from .links import voices_of
from .rollup import recount
from .rows import live_need, locked, resolved_needs

__all__ = ["cite", "heard", "note", "start"]

SIZE_MOST = 100
NOTE_MOST = 5_000
LONGEST_MS = 600_000
"""Of one complaint's listening: who left the desk did not listen."""
FOREVER_MS = 1 << 60
ATTEMPTS = 3

VALUES = {
    Strata.NONE: "CAST('' AS TEXT)",
    Strata.CHANNEL: "c.channel",
    Strata.PRODUCT: "COALESCE(c.product, '')",
    Strata.SEGMENT: "COALESCE(u.segment, '')",
    Strata.LANGUAGE: "COALESCE(c.language, '')",
}
DRAW_COLUMNS = {
    "session_id": "bigint",
    "complaint_id": "bigint",
    "position": "int",
    "stratum": "text",
    "pooled": "boolean",
    "stratum_size": "int",
    "probability": "float8",
    "listened_ms": "int",
}

BY = "Listening is done by"
"""Who may do it, as a refusal begins."""


async def start(
    db: Database,
    actor: Actor,
    size: int,
    strata: Strata = Strata.NONE,
    allocation: Allocation = Allocation.PROPORTIONAL,
    *,
    since: int | None = None,
    until: int | None = None,
    seed: int | None = None,
) -> int:
    """Id of a new session with `size` complaints (1 to 100, or all there are) said between two times, drawn by lot.

    `since` and `until` are milliseconds since the epoch. Raises Forbidden, Invalid, also where there is nothing to draw
    from, Busy.
    """
    member = actor.member(BY)
    if not 1 <= size <= SIZE_MOST:
        raise Invalid(f"Draw 1 to {SIZE_MOST} complaints.", path=("size",))
    in_order(since, until)
    seed = secrets.randbits(62) if seed is None else seed
    for _ in range(ATTEMPTS):
        parts, drawn = await sample(db, size, strata, allocation, since, until, seed)
        if not parts:
            raise Invalid("There are no complaints to draw from.", path=("size",))
        if len(drawn) == sum(part.size for part in parts):
            break
    else:
        raise Busy("Complaints changed while they were drawn. Try again in a moment.")

    async def work(transaction: Transaction) -> int:
        session = await transaction.value(
            "INSERT INTO listening_session (member_id, size, population, strata, allocation, since, until, seed, started_at)"
            " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9) RETURNING id",
            (
                member,
                len(drawn),
                sum(part.population for part in parts),
                strata.value,
                allocation.value,
                since,
                until,
                seed,
                now_ms(),
            ),
        )
        rows = [
            (
                session,
                complaint,
                position,
                part.values[0] if len(part.values) == 1 else "",
                len(part.values) > 1,
                part.population,
                exact(part.probability),
                0,
            )
            for position, (complaint, part) in enumerate(drawn, 1)
        ]
        await transaction.insert("listening_draw", DRAW_COLUMNS, rows)
        return session

    return await db.retrying(work)


async def sample(
    db: Database,
    size: int,
    strata: Strata,
    allocation: Allocation,
    since: int | None,
    until: int | None,
    seed: int,
) -> tuple[list[Stratum], list[tuple[int, Stratum]]]:
    """The strata, and the complaints drawn, in an order drawn as well; fewer where some changed between two looks."""
    value = VALUES[strata]
    rows_from = (
        f"complaint c{' LEFT JOIN customer u ON u.id = c.customer_id' if strata is Strata.SEGMENT else ''}"
        " WHERE c.id <= ?1 AND c.occurred_at >= ?2 AND c.occurred_at < ?3"
    )
    last = await db.value("SELECT COALESCE(MAX(id), 0) FROM complaint")
    bounds = (last, since or 0, FOREVER_MS if until is None else until)
    counts = dict(
        map(tuple, await db.rows(db.sql(f"SELECT {value}, COUNT(*) FROM {rows_from} GROUP BY {value}"), bounds))
    )
    parts = plan(counts, size, allocation)
    if not parts:
        return [], []
    rng = random.Random(seed)
    wanted: dict[str, dict[int, Stratum]] = defaultdict(dict)
    for part, drawn in zip(parts, ranks(parts, rng), strict=True):
        # ranks run through the values of a part, one value after the other
        for rank in drawn:
            for one in part.values:
                if rank <= counts[one]:
                    wanted[one][rank] = part
                    break
                rank -= counts[one]
    named = list(wanted)
    conditions = " OR ".join(
        f"x.value = ?{index} AND x.place IN ({', '.join(map(str, sorted(wanted[one])))})"
        for index, one in enumerate(named, 4)
    )
    found = await db.rows(
        db.sql(
            f"SELECT x.id, x.value, x.place FROM (SELECT c.id, {value} AS value,"
            f" ROW_NUMBER() OVER (PARTITION BY {value} ORDER BY c.id) AS place FROM {rows_from}) x"
            f" WHERE {conditions} ORDER BY x.id"
        ),
        (*bounds, *named),
    )
    drawn_rows = [(id, wanted[one][place]) for id, one, place in found]
    rng.shuffle(drawn_rows)
    return parts, drawn_rows


async def heard(db: Database, actor: Actor, draw_id: int) -> int | None:
    """Mark a complaint as heard; the next draw that is not, if any. A second mark changes nothing.

    What was listened to it is the time since the session began or the member last marked anything, in this session or another:
    10 minutes at most, and no minute twice. Raises Forbidden, NotFound, Busy.
    """
    member = actor.member(BY)

    async def work(transaction: Transaction) -> int | None:
        session, _ = await own(transaction, member, draw_id)
        # one mark of a member after the other, or two in different sessions would not know of each other
        await locked(transaction, "member", member, "id", "member")
        now = now_ms()
        before = await transaction.value(
            "SELECT MAX(at) FROM (SELECT started_at AS at FROM listening_session WHERE id = ?1 UNION ALL"
            " SELECT d.heard_at FROM listening_session s JOIN listening_draw d ON d.session_id = s.id"
            " WHERE s.member_id = ?2) x",
            (session, member),
        )
        await transaction.execute(
            "UPDATE listening_draw SET heard_at = ?2, listened_ms = ?3 WHERE id = ?1 AND heard_at IS NULL",
            (draw_id, now, min(max(now - before, 0), LONGEST_MS)),
        )
        return await transaction.value(
            "SELECT id FROM listening_draw WHERE session_id = ?1 AND heard_at IS NULL ORDER BY position LIMIT 1",
            (session,),
        )

    return await db.retrying(work)


async def note(db: Database, actor: Actor, draw_id: int, text: str) -> int:
    """Id of a note on a complaint of one's own sample, 1 to 5,000 characters. Raises Forbidden, NotFound, Invalid, Busy."""
    member = actor.member(BY)
    text = await db.privacy.taken(text, ("text",), NOTE_MOST)

    async def work(transaction: Transaction) -> int:
        await own(transaction, member, draw_id)
        sql = "INSERT INTO listening_note (draw_id, text, created_at) VALUES (?1, ?2, ?3) RETURNING id"
        return await transaction.value(sql, (draw_id, text, now_ms()))

    return await db.retrying(work)


async def cite(
    db: Database,
    actor: Actor,
    note_id: int,
    need_id: int,
    start: int,
    end: int,
    stance: Stance = Stance.SUPPORTS,
    kind: SpanKind = SpanKind.PAIN,
) -> int:
    """Make code points `start` to `end` (exclusive) of the note's complaint evidence of a need; the evidence's id.

    It is PENDING, of basis HUMAN, so that no run takes it away before a curator decides it. `kind` says what the words
    do where inference found no span of just these. Raises Forbidden, NotFound, Invalid, IllegalTransition where the need
    is not live, Conflict where it was dismissed before or stands with the other stance by a person's word, or the note
    became evidence already, Busy.
    """
    member = actor.member(BY)

    async def work(transaction: Transaction) -> int:
        draw = await transaction.value("SELECT draw_id FROM listening_note WHERE id = ?1", (note_id,))
        if draw is None:
            raise NotFound("There is no such note.", path=("noteId",))
        need = live_need((await resolved_needs(transaction, [need_id])).get(need_id), "new evidence", ("needId",))
        _, complaint = await own(transaction, member, draw)
        (was,) = await locked(transaction, "listening_note", note_id, "evidence_id", "note", ("noteId",))
        if was is not None:
            raise Conflict("This note has become evidence already: write another one.", path=("noteId",))
        length = await transaction.value("SELECT LENGTH(text) FROM complaint WHERE id = ?1", (complaint,))
        if not 0 <= start < end <= length:
            raise Invalid(f"The words lie within the complaint, which has {length} characters.", path=("end",))
        await transaction.execute(
            "INSERT INTO span (complaint_id, start_offset, end_offset, kind, score) VALUES (?1, ?2, ?3, ?4, 1.0)"
            " ON CONFLICT (complaint_id, start_offset, end_offset) DO NOTHING",
            (complaint, start, end, kind.value),
        )
        span = await transaction.value(
            "SELECT id FROM span WHERE complaint_id = ?1 AND start_offset = ?2 AND end_offset = ?3",
            (complaint, start, end),
        )
        evidence = await stand_for(transaction, need.id, span, complaint, stance)
        await transaction.execute("UPDATE listening_note SET evidence_id = ?2 WHERE id = ?1", (note_id, evidence))
        await recount(transaction, [need.id])
        await tell(transaction, Topic.NEED_CHANGED, [need.id], {"change": "HEARD", "evidence": evidence})
        return evidence

    return await db.retrying(work)


async def stand_for(transaction: Transaction, need: int, span: int, complaint: int, stance: Stance) -> int:
    """Id of the evidence: a new one, or the one that is there. What a model found and nobody decided, or what had expired,
    is the member's word from now on."""
    rows = await transaction.rows(
        f"SELECT id, status, basis, stance FROM evidence WHERE need_id = ?1 AND span_id = ?2{transaction.for_update}",
        (need, span),
    )
    if not rows:
        voice = (await voices_of(transaction, [complaint]))[complaint]
        return await transaction.value(
            "INSERT INTO evidence (need_id, span_id, complaint_id, voice, stance, confidence, basis, status, live, created_at,"
            " version) VALUES (?1, ?2, ?3, ?4, ?5, 1.0, 'HUMAN', 'PENDING', ?6, ?7, 1) RETURNING id",
            (need, span, complaint, voice, stance.value, True, now_ms()),
        )
    id, status, basis, before = rows[0]
    if status == "DISMISSED":
        raise Conflict("A curator dismissed these words as evidence of this need.", path=("needId",))
    if status == "EXPIRED" or (status == "PENDING" and basis == "MODEL"):
        await transaction.execute(
            "UPDATE evidence SET status = 'PENDING', basis = 'HUMAN', live = ?2, stance = ?3, version = version + 1"
            " WHERE id = ?1",
            (id, True, stance.value),
        )
    elif before != stance.value:
        raise Conflict(f"A person noted or accepted these words with the stance {before}.", path=("stance",))
    return id


async def own(transaction: Transaction, member: int, draw_id: int) -> tuple[int, int]:
    """Session and complaint of a draw that is the member's own, locked. Raises NotFound, Forbidden."""
    session, complaint = await locked(
        transaction, "listening_draw", draw_id, "session_id, complaint_id", "draw", ("drawId",)
    )
    if await transaction.value("SELECT member_id FROM listening_session WHERE id = ?1", (session,)) != member:
        raise Forbidden("This sample was drawn for somebody else: start a session of your own.")
    return session, complaint
