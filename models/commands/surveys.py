"""Taking in answers of satisfaction surveys. A row that came before is recognised and changes nothing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from ..actor import Actor
from ..database import Database, Transaction
from ..errors import Conflict, Erased, Invalid, NotFound, Refusal
from ..event import Topic
from ..fields import now_ms
from ..privacy.pseudonym import Pseudonyms
from ..team import Role
from ..text import identifier
from ..tombstone import tombstone_of
from .complaints import AHEAD_MS, EARLIEST_MS, ErrorPolicy
from .events import tell
from .receipt import buried, find_customers, rename
from .rows import NeedRow, live_need, resolved_needs

__all__ = ["AnswerDraft", "AnswerResult", "import_answers"]

ROWS_PER_TRANSACTION = 2_000
RATINGS = range(1, 6)
COLUMNS = {
    "need_id": "bigint",
    "source": "text",
    "respondent": "text",
    "importance": "smallint",
    "satisfaction": "smallint",
    "answered_at": "bigint",
    "created_at": "bigint",
}


class Key(NamedTuple):
    """What makes a row the same within one survey; the need is the one that others were merged into."""

    respondent: str
    need_id: int


class Known(NamedTuple):
    """An answer that is there, with the need that it named."""

    id: int
    need_id: int
    importance: int
    satisfaction: int


@dataclass(frozen=True, slots=True)
class AnswerDraft:
    """What one respondent said of one need, in ratings of 1 (not at all) to 5 (extremely); `answered_at` None: now."""

    need_id: int
    respondent: str
    importance: int
    satisfaction: int
    answered_at: int | None = None
    fault: Refusal | None = None
    """Why the row cannot be read at all; the rest of it is not looked at then."""


@dataclass(frozen=True, slots=True)
class AnswerResult:
    """What became of the row at `index`. Without id and error it was held back with the bad ones."""

    index: int
    answer_id: int | None = None
    created: bool = False
    error: Refusal | None = None


class Held(Exception):
    """Carries what was found out of a transaction that must not be committed."""

    def __init__(self, results: list[AnswerResult]) -> None:
        self.results = results


async def import_answers(
    db: Database,
    actor: Actor,
    source: str,
    rows: Sequence[AnswerDraft],
    policy: ErrorPolicy = ErrorPolicy.REJECT_FAILED_ROWS,
    *,
    dry_run: bool = False,
) -> list[AnswerResult]:
    """Take in answers of the survey `source`; one result a row, in order. Needs CONTRIBUTOR.

    An answer about a merged need counts for the need that it became. Somebody's second answer about the same need is
    the same row, and refused where it differs; what came in before a merge is still known after it. A dry run says what would become of the rows. Raises Forbidden, Invalid (the source), Busy.
    """
    actor.require(Role.CONTRIBUTOR)
    source = db.privacy.label(source, ("source",), 64, lower=True)
    results: list[AnswerResult] = []
    # all or none is one transaction; portions that are committed let an interrupted import simply run again
    portion = ROWS_PER_TRANSACTION if policy is ErrorPolicy.REJECT_FAILED_ROWS else max(1, len(rows))
    for start in range(0, len(rows), portion):
        part = rows[start : start + portion]

        async def work(
            transaction: Transaction, part: Sequence[AnswerDraft] = part, start: int = start
        ) -> list[AnswerResult]:
            found = await take(transaction, source, part, start, db.privacy.pseudonyms)
            if policy is ErrorPolicy.REJECT_EVERYTHING and any(one.error for one in found):
                raise Held([one if one.error else AnswerResult(one.index) for one in found])
            if dry_run:
                raise Held(found)
            return found

        try:
            results += await db.retrying(work)
        except Held as held:
            results += held.results
    return results


async def take(
    transaction: Transaction, source: str, rows: Sequence[AnswerDraft], first: int, pseudonyms: Pseudonyms
) -> list[AnswerResult]:
    needs = await resolved_needs(transaction, sorted({row.need_id for row in rows}))
    now = now_ms()
    good: dict[int, tuple[int, str, int, int, int]] = {}
    ever: dict[int, tuple[str, ...]] = {}
    results: dict[int, AnswerResult] = {}
    for index, row in enumerate(rows, start=first):
        try:
            need, who, important, satisfied, at = checked(row, needs.get(row.need_id), now)
            ever[index] = pseudonyms.ever(who)
            good[index] = need, ever[index][0], important, satisfied, at
        except Refusal as error:
            results[index] = AnswerResult(index, error=error)
    if renamed := {old: names[0] for names in ever.values() for old in names[1:]}:
        await rename(transaction, "survey_answer", "respondent", renamed, ("source", "need_id"))
    marks = {index: {tombstone_of("answer", source, name) for name in ever[index]} for index in good}
    # whoever is being erased is waited for
    there = await find_customers(transaction, sorted({name for names in ever.values() for name in names}))
    vanished = {name for name, (customer, _) in there.items() if customer is None}
    gone = await buried(transaction, sorted(set().union(*marks.values())))
    for index, some in marks.items():
        if some & gone or vanished.intersection(ever[index]):
            del good[index]
            results[index] = AnswerResult(index, error=Erased(path=("respondent",)))
    keys = {index: Key(who, need) for index, (need, who, *_) in good.items()}
    known = await look_up(transaction, source, keys.values())
    written = await transaction.insert(
        "survey_answer",
        COLUMNS,
        [
            (need, source, who, important, satisfied, at, now)
            for index, (need, who, important, satisfied, at) in good.items()
            if keys[index] not in known
        ],
        conflict="ON CONFLICT (respondent, source, need_id) DO NOTHING",
        returning="respondent, need_id",
    )
    new = {Key(who, need) for who, need in written}
    known |= await look_up(transaction, source, new)
    for index, (_, _, important, satisfied, _) in good.items():
        before = known[keys[index]]
        named = rows[index - first].need_id
        # one about the very need that the row names, or else about any that became the same
        mine = [one for one in before if one.need_id == named] or before
        same = [one for one in mine if (one.importance, one.satisfaction) == (important, satisfied)]
        if same:
            results[index] = AnswerResult(index, same[0].id, created=keys[index] in new)
            new.discard(keys[index])
        else:
            error = Conflict(
                f"'{keys[index].respondent}' answered about this need before, with {mine[0].importance} and"
                f" {mine[0].satisfaction}: answers never change.",
                path=("respondent",),
            )
            results[index] = AnswerResult(index, error=error)
    changed = sorted({need for _, need in map(tuple, written)})
    await tell(transaction, Topic.NEED_CHANGED, changed, {"change": "SURVEY"})
    return [results[index] for index in sorted(results)]


async def look_up(transaction: Transaction, source: str, keys: Iterable[Key]) -> dict[Key, list[Known]]:
    """The answers with these keys, also those about what was merged into the need."""
    wanted = sorted(set(keys))
    if not wanted:
        return {}
    table, parameters = transaction.table("k", {"respondent": "text", "need_id": "bigint"}, wanted)
    rows = await transaction.rows(
        f"SELECT a.respondent, k.need_id, a.id, a.need_id, a.importance, a.satisfaction FROM {table}"
        f" JOIN survey_answer a ON a.respondent = k.respondent AND a.source = ?{len(parameters) + 1}"
        " JOIN need n ON n.id = a.need_id AND COALESCE(n.merged_into_id, n.id) = k.need_id ORDER BY a.id",
        [*parameters, source],
    )
    found: dict[Key, list[Known]] = {}
    for who, need, *rest in rows:
        found.setdefault(Key(who, need), []).append(Known(*rest))
    return found


def checked(row: AnswerDraft, need: NeedRow | None, now: int) -> tuple[int, str, int, int, int]:
    """Need, respondent, importance, satisfaction and time of a row. Raises its fault, Invalid, NotFound, IllegalTransition."""
    if row.fault is not None:
        raise row.fault
    if need is None:
        raise NotFound("There is no such need.", path=("needId",))
    live_need(need, "answering about it", ("needId",))
    for name, value in (("importance", row.importance), ("satisfaction", row.satisfaction)):
        if value not in RATINGS:
            raise Invalid(f"{value} is no rating: give a whole number from 1 to 5.", path=(name,))
    at = now if row.answered_at is None else row.answered_at
    if not EARLIEST_MS <= at <= now + AHEAD_MS:
        raise Invalid("The time must lie between 1990 and tomorrow.", path=("answeredAt",))
    return need.id, identifier(row.respondent, ("respondent",)), row.importance, row.satisfaction, at
