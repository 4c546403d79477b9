"""Writing an invention's document: press release, citations, questions and answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ..actor import Actor
from ..database import Database, Transaction
from ..document import Audience, Part, QuoteBasis
from ..errors import Invalid, NotFound
from ..evidence import LIVE_EVIDENCE
from ..fields import now_ms
from ..team import Role
from ..text import clean, label
from .revisions import Changes, editable, revise
from .rows import locked

__all__ = [
    "CITATIONS_MOST",
    "LINES",
    "LINE_MOST",
    "PARAGRAPHS",
    "PARAGRAPH_MOST",
    "answer",
    "cite",
    "drop_answer",
    "write",
]

LINES = ("headline", "subheading", "leader_name")
"""Parts of the press release on one line."""
PARAGRAPHS = (
    "summary",
    "problem",
    "solution",
    "leader_quote",
    "how_it_works",
    "customer_quote",
    "call_to_action",
    "not_elsewhere",
)
LINE_MOST = 300
PARAGRAPH_MOST = 5_000
QUESTION_MOST = 1_000
CITATIONS_MOST = 100
FAQ_MOST = 200

CITATION_COLUMNS = {"invention_id": "bigint", "part": "text", "evidence_id": "bigint", "created_at": "bigint"}


async def write(db: Database, actor: Actor, invention_id: int, version: int, parts: Mapping[str, str | None]) -> None:
    """Change parts of the press release (`LINES`, `PARAGRAPHS`): a text of 1 to 300 or 5,000 characters, or None for none.

    A customer quote that is written is IMAGINED; `cite` makes it REAL. Raises Forbidden, Invalid, NotFound, StaleVersion,
    IllegalTransition, Busy.
    """
    actor.require(Role.CONTRIBUTOR)
    written = {name: checked(name, text) for name, text in parts.items() if text is not None}
    # whose quote it is stands in the press release on purpose
    looked = [name for name in written if name != "leader_name"]
    written |= zip(looked, await db.privacy.shown(*(written[name] for name in looked)), strict=True)
    columns: dict[str, object] = {name: written.get(name) for name in parts}
    if not columns:
        raise Invalid("Nothing to change was given.")

    async def work(transaction: Transaction) -> None:
        await editable(transaction, actor, invention_id, version, "a change")
        changes: Changes = []
        if "customer_quote" in columns:
            # an imagined quote takes the place of a real one
            changes = await replace(transaction, invention_id, Part.CUSTOMER_QUOTE, [])
            basis = None if columns["customer_quote"] is None else QuoteBasis.IMAGINED.value
            columns["customer_quote_basis"] = basis
        await revise(transaction, actor, invention_id, version, "WRITTEN", columns=columns, changes=changes)

    await db.retrying(work)


def checked(name: str, text: str) -> str:
    path = (camel(name),)
    return label(text, path, LINE_MOST) if name in LINES else clean(text, path, PARAGRAPH_MOST)


def camel(name: str) -> str:
    head, *rest = name.split("_")
    return head + "".join(part.capitalize() for part in rest)


async def cite(
    db: Database, actor: Actor, invention_id: int, version: int, part: Part, evidence_ids: Sequence[int]
) -> None:
    """Rest a paragraph on pieces of live evidence, in place of those that it cited before.

    CUSTOMER_QUOTE takes one, whose words are then the quote, or none. Raises what `write` raises.
    """
    actor.require(Role.CONTRIBUTOR)
    wanted = sorted(set(evidence_ids))
    most = 1 if part is Part.CUSTOMER_QUOTE else CITATIONS_MOST
    if len(wanted) > most:
        raise Invalid(f"{part.value} cites at most {most} pieces of evidence.", path=("evidenceIds",))

    async def work(transaction: Transaction) -> None:
        await editable(transaction, actor, invention_id, version, "citing evidence")
        live = ", ".join(f"'{status.value}'" for status in LIVE_EVIDENCE)
        there = await transaction.rows(
            f"SELECT id FROM evidence WHERE {transaction.among('id', '?1')} AND status IN ({live})",
            (transaction.listed(wanted),),
        )
        missing = set(wanted).difference(id for (id,) in there)
        if missing:
            one = min(missing)
            raise NotFound(
                f"There is no evidence_{one} that counts: nobody may cite what was dismissed, has expired or never was.",
                path=("evidenceIds", str(list(evidence_ids).index(one))),
            )
        changes = await replace(transaction, invention_id, part, wanted)
        columns: dict[str, object] = {}
        if part is Part.CUSTOMER_QUOTE:
            columns = {"customer_quote": None, "customer_quote_basis": QuoteBasis.REAL.value if wanted else None}
        await revise(transaction, actor, invention_id, version, "CITED", columns=columns, changes=changes)

    await db.retrying(work)


async def replace(transaction: Transaction, invention_id: int, part: Part, wanted: Sequence[int]) -> Changes:
    """Make these the citations of a part; what changed by it."""
    rows = await transaction.rows(
        "SELECT evidence_id FROM citation WHERE invention_id = ?1 AND part = ?2 ORDER BY evidence_id",
        (invention_id, part.value),
    )
    before = [id for (id,) in rows]
    if before == list(wanted):
        return []
    await transaction.execute(
        f"DELETE FROM citation WHERE invention_id = ?2 AND part = ?3 AND {transaction.among('evidence_id', '?1')}",
        (transaction.listed([id for id in before if id not in wanted]), invention_id, part.value),
    )
    now = now_ms()
    new = [(invention_id, part.value, id, now) for id in wanted if id not in before]
    await transaction.insert("citation", CITATION_COLUMNS, new)
    return [(f"citations.{part.value}", listed(before), listed(wanted))]


def listed(ids: Sequence[int]) -> str | None:
    return ", ".join(f"evidence_{id}" for id in ids) or None


async def answer(
    db: Database,
    actor: Actor,
    invention_id: int,
    version: int,
    answer: str,
    *,
    audience: Audience = Audience.INTERNAL,
    question: str | None = None,
    required_question_id: int | None = None,
    faq_entry_id: int | None = None,
) -> None:
    """Answer a question of the FAQ: a new one, a required one (INTERNAL), or anew one that is there.

    Name one of the three. A required question that was answered before is answered anew. Raises what `write` raises.
    """
    actor.require(Role.CONTRIBUTOR)
    named = [one for one in (question, required_question_id, faq_entry_id) if one is not None]
    if len(named) != 1:
        raise Invalid("Give one of question, requiredQuestionId and faqEntryId.")
    answer = await db.privacy.taken(answer, ("answer",), PARAGRAPH_MOST)
    if question is not None:
        question = await db.privacy.taken(question, ("question",), QUESTION_MOST, label)

    async def work(transaction: Transaction) -> None:
        await editable(transaction, actor, invention_id, version, "an answer")
        text, who, entry = question, audience, faq_entry_id
        if required_question_id is not None:
            (text,) = await locked(
                transaction, "required_question", required_question_id, "text", "question", ("requiredQuestionId",)
            )
            who = Audience.INTERNAL
            entry = await transaction.value(
                "SELECT id FROM faq_entry WHERE invention_id = ?1 AND required_question_id = ?2",
                (invention_id, required_question_id),
            )
        if entry is None:
            changes = await add(transaction, invention_id, who, text, answer, required_question_id)
        else:
            _, was, before = await entry_of(transaction, invention_id, entry)
            text = was if text is None else text
            await transaction.execute(
                "UPDATE faq_entry SET question = ?2, answer = ?3 WHERE id = ?1", (entry, text, answer)
            )
            changes = faq_changes(entry, (was, before), (text, answer))
        await revise(transaction, actor, invention_id, version, "ANSWERED", changes=changes)

    await db.retrying(work)


async def add(
    transaction: Transaction,
    invention_id: int,
    audience: Audience,
    question: str | None,
    answer: str,
    required_question_id: int | None,
) -> Changes:
    count, last = (
        await transaction.rows(
            "SELECT COUNT(*), COALESCE(MAX(position), 0) FROM faq_entry WHERE invention_id = ?1", (invention_id,)
        )
    )[0]
    if count >= FAQ_MOST:
        raise Invalid(f"An invention answers at most {FAQ_MOST} questions.")
    entry = await transaction.value(
        "INSERT INTO faq_entry (invention_id, audience, position, question, answer, required_question_id, created_at)"
        " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) RETURNING id",
        (invention_id, audience.value, last + 1, question, answer, required_question_id, now_ms()),
    )
    return faq_changes(entry, (None, None), (question, answer))


async def drop_answer(db: Database, actor: Actor, invention_id: int, version: int, faq_entry_id: int) -> None:
    """Take a question and its answer out of the FAQ. Raises what `write` raises."""
    actor.require(Role.CONTRIBUTOR)

    async def work(transaction: Transaction) -> None:
        await editable(transaction, actor, invention_id, version, "dropping an answer")
        _, question, text = await entry_of(transaction, invention_id, faq_entry_id)
        await transaction.execute("DELETE FROM faq_entry WHERE id = ?1", (faq_entry_id,))
        changes = faq_changes(faq_entry_id, (question, text), (None, None))
        await revise(transaction, actor, invention_id, version, "ANSWER_DROPPED", changes=changes)

    await db.retrying(work)


async def entry_of(transaction: Transaction, invention_id: int, entry: int) -> tuple[int, str, str]:
    """Id, question and answer. Raises NotFound where the entry is another invention's."""
    rows = await transaction.rows(
        "SELECT id, question, answer FROM faq_entry WHERE id = ?1 AND invention_id = ?2", (entry, invention_id)
    )
    if not rows:
        raise NotFound("The invention's FAQ has no such entry.", path=("faqEntryId",))
    return tuple(rows[0])


def faq_changes(entry: int, before: tuple[str | None, str | None], after: tuple[str | None, str | None]) -> Changes:
    names = (f"faq.faq_{entry}.question", f"faq.faq_{entry}.answer")
    return [(name, was, now) for name, was, now in zip(names, before, after, strict=True)]
