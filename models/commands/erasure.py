"""Erasing a person: their words go from everywhere, what was counted of them stays.

Complaints, spans and evidence stay as shells, so that no need, week or segment loses a count: a shell's text is one `[erased]`,
and so is the quote of each of its spans. These begin at its beginning and end at its end or beyond, since no two of a complaint
may have one place. A later run reads no shell, and leaves the evidence on it as it is.
"""

from __future__ import annotations

import asyncio
import html
import json
import logging
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ..actor import Actor
from ..database import Database, Transaction
from ..errors import Unsealable
from ..event import Topic
from ..fields import now_ms
from ..need import StatementBasis
from ..privacy.policy import Privacy
from ..privacy.pseudonym import AGAIN
from ..privacy.seal import Sealed
from ..queries.documents import TEXTS
from ..queries.nameless import ERASED
from ..queries.quote import QUOTE
from ..team import Role
from ..tombstone import ERASED_HASH, KEY, STANDS_FOR_NOBODY, tombstone_of
from .events import tell
from .rows import locked

__all__ = ["ERASED", "NOBODY", "Erasure", "erase"]

log = logging.getLogger(__name__)

NOBODY = "The customer was erased: there is nobody to tell."
"""Why a notice is parked."""
CONTENT = "content:"
"""What ids begin with that are digests of a row's content."""
SIGNS = {"mail": "%@%", "name": "% %", "phone": "+%"}
"""What is in keys from before there were pseudonyms, by the kind of the pseudonym."""
WORD = re.compile(r"\w+")
WORDS_LEAST = 3
LETTERS_LEAST = 12
"""A phrase of fewer words or letters may be anybody's."""
WORDS_MOST = 60
CHUNK = 1_000
JOINTS = (r"[.!?\n]+", r"[.!?,;:\n]+")
CLAUSE_LEAST = 4
CLAUSE = re.compile(
    r"[^\w\s'’]+|\s['’]|['’]\s|\n|\b(?:but|however|although|though|except|unfortunately|yet|sadly|whereas|nevertheless)\b",
    re.I,
)
"""Where inference may part what it quotes: at contrasts, dashes, quotation marks, brackets, pictures."""
BEFORE = re.compile(
    r"(?:(?:and|but|so|also|because|cause|or|plus|then|well|oh|ok|okay|yes|no|however|yet|still)\b"
    r"|\[[^\]]{1,30}\]|(?:feature request|bug|request|suggestion|issue)\s*[:-])\W*",
    re.I,
)
"""What a quote is shown without where a sentence begins with it."""
BEFORE_MOST = 5
ESCAPED = re.compile(r"\\+(?:u([0-9a-f]{4})|[nrt](?![a-z]))|\\+|<[^<>]{1,20}>|(?<!\w)@\w+", re.I)

WRITTEN = {
    "claim": ("rationale",),
    "comment": ("text",),
    "escalation": ("question",),
    "escalation_answer": ("text", "whys", "actions", "review", "reopened_because"),
    "faq_entry": ("question", "answer"),
    "invention": (*TEXTS, "notice_message"),
    "listening_note": ("text",),
    "need": ("statement", "dismissal_reason", "key_phrases", "called"),
    "notice": ("message", "reason"),
    "review": ("comment",),
    "revision_change": ("before", "after"),
}
"""What people and runs write, and may have copied a customer's words into."""
WHOLE_ONLY = frozenset(("called",))
"""Columns that say nothing any more without some of their words."""
RUNS_WORDS = frozenset((StatementBasis.QUOTE.value, StatementBasis.TEMPLATE.value))
"""Bases of statements that nobody wrote by hand."""
JSON_COLUMNS = frozenset(("whys", "actions", "key_phrases"))


@dataclass(frozen=True, slots=True)
class Erasure:
    """What was erased: complaints, answers of surveys, texts of others that quoted them; and needs that have no name any more."""

    customer_id: int
    complaints: int
    answers: int
    quotes: int
    nameless: tuple[int, ...] = ()


async def erase(db: Database, actor: Actor, customer_id: int, path: tuple[str, ...] = ("customerId",)) -> Erasure:
    """Erase a customer, in one transaction; one who was erased already is left alone. Needs ADMIN.

    Raises Forbidden, NotFound, Busy.
    """
    actor.require(Role.ADMIN)
    done = await db.retrying(lambda transaction: everywhere(transaction, db, customer_id, path))
    await asyncio.to_thread(db.privacy.forget)
    if not await db.scrub():
        log.warning("the write-ahead log may still hold words of an erased person until this server stops")
    return done


async def everywhere(transaction: Transaction, db: Database, customer_id: int, path: tuple[str, ...]) -> Erasure:
    """Erase the customer, and whoever else is the same person under a key from before there were pseudonyms."""
    # a run that ends now ends first, and what it wrote is looked through; one that ends later sees who is gone
    await transaction.rows(f"SELECT id FROM inference_run WHERE status = 'RUNNING' ORDER BY id{transaction.for_update}")
    (key,) = await locked(transaction, "customer", customer_id, "external_id", "customer", path)
    person = db.privacy.pseudonyms.person
    named = person(key)
    rows = await transaction.rows(
        r"SELECT id, external_id FROM customer WHERE external_id = ?1 OR external_id LIKE ?2 ESCAPE '\' OR external_id LIKE ?3"
        " ORDER BY id",
        (named, twice(named), SIGNS.get(named.partition("_")[0], "")),
    )
    same = [customer_id, *(id for id, other in rows if id != customer_id and person(other) == named)]
    done = [await work(transaction, db, id, named, path) for id in same]
    return Erasure(
        customer_id,
        *(sum(getattr(one, name) for one in done) for name in ("complaints", "answers", "quotes")),
        nameless=tuple(need for one in done for need in one.nameless),
    )


def twice(named: str) -> str:
    """Pattern of the keys that a person got beside the one of today."""
    return named.replace("\\", r"\\").replace("_", r"\_").replace("%", r"\%") + f"{AGAIN}%"


async def work(transaction: Transaction, db: Database, customer_id: int, named: str, path: tuple[str, ...]) -> Erasure:
    """Erase one customer, who is known as `named` today."""
    (key,) = await locked(transaction, "customer", customer_id, "external_id", "customer", path)
    if db.dialect == "sqlite":
        # what is deleted is overwritten in the file, from now on
        await transaction.rows("PRAGMA secure_delete = ON")
    complaints = await transaction.rows(
        "SELECT id, source, external_id, product, text FROM complaint WHERE customer_id = ?1 AND content_hash <> ?2 ORDER BY id",
        (customer_id, ERASED_HASH),
    )
    if key == f"{KEY}{customer_id}" and not complaints:
        # else an earlier version let something in while the person was being erased
        return Erasure(customer_id, 0, 0, 0)
    answers = await transaction.rows(
        r"SELECT id, source, respondent FROM survey_answer WHERE respondent IN (?1, ?2) OR respondent LIKE ?3 ESCAPE '\'",
        (key, named, twice(named)),
    )
    # what is of the shell was erased before
    shell = STANDS_FOR_NOBODY.fullmatch(named)
    answers = [one for one in answers if db.privacy.pseudonyms.person(one[2]) == named and not shell]
    ids = transaction.listed([id for id, *_ in complaints])
    said = [text for *_, text in complaints] + await originals(transaction, db, customer_id)
    said += await quotes_of(transaction, ids)
    now = now_ms()
    digests = {tombstone_of("complaint", *kept_as(db.privacy, source, key)) for _, source, key, *_ in complaints}
    digests |= {tombstone_of("answer", source, named) for _, source, _ in answers}
    await transaction.insert(
        "tombstone",
        {"digest": "text", "created_at": "bigint"},
        [(digest, now) for digest in sorted(digests)],
        conflict="ON CONFLICT (digest) DO NOTHING",
    )
    for id, _, _, product, _ in complaints:
        await empty(transaction, id)
        # it counts as it did, but for what came in before anything was looked for in it
        if product is not None and (less := db.privacy.label(product, ("product",), 128, thing=True)) != product:
            await transaction.execute("UPDATE complaint SET product = ?1 WHERE id = ?2", (less, id))
    for table in ("sealed_text", "mention", "span_label"):
        await transaction.execute(f"DELETE FROM {table} WHERE {transaction.among('complaint_id', '?1')}", (ids,))
    await transaction.execute("DELETE FROM contact WHERE customer_id = ?1", (customer_id,))
    await transaction.execute(
        "UPDATE notice SET status = 'PARKED', next_at = NULL, reason = ?2"
        " WHERE customer_id = ?1 AND status IN ('WAITING', 'QUEUED')",
        (customer_id, NOBODY),
    )
    for id, _, respondent in answers:
        # two answers about one need stay apart
        less = f"{KEY}{customer_id}" + ("" if respondent == key else f"{AGAIN}{id}")
        await transaction.execute("UPDATE survey_answer SET respondent = ?1 WHERE id = ?2", (less, id))
    await transaction.execute(
        "UPDATE customer SET external_id = ?1, value = NULL, reach = NULL WHERE id = ?2",
        (f"{KEY}{customer_id}", customer_id),
    )
    quotes, nameless = await unquote(transaction, db, phrases(said), flat_of(said))
    rows = await transaction.rows(
        f"SELECT DISTINCT need_id FROM evidence WHERE {transaction.among('complaint_id', '?1')} ORDER BY need_id",
        (ids,),
    )
    needs = [need for (need,) in rows]
    # until a run finds another name for them
    await transaction.execute(
        f"UPDATE need SET called = NULL WHERE {transaction.among('id', '?1')} AND called IS NOT NULL",
        (transaction.listed(needs),),
    )
    await unname(transaction, db, said, needs)
    if db.dialect == "sqlite":
        for table in ("complaint", "need", "invention"):
            # the index only notes what is gone, until its parts are made one
            await transaction.execute(f"INSERT INTO {table}_fts ({table}_fts) VALUES ('optimize')")
    await tell(transaction, Topic.NEED_CHANGED, needs, {"change": "ERASURE"})
    return Erasure(customer_id, len(complaints), len(answers), quotes, tuple(nameless))


def kept_as(privacy: Privacy, source: str, external_id: str) -> tuple[str, str]:
    """Source and id by which a row that comes again is looked for: those of today, since a digest of an address tells it."""
    if external_id.startswith(CONTENT):
        return source, external_id
    return privacy.label(source, ("source",), 64, lower=True), privacy.key_of(external_id)


async def originals(transaction: Transaction, db: Database, customer_id: int) -> list[str]:
    """What the person wrote before it was redacted, as far as there are keys: somebody may have copied it."""
    rows = await transaction.rows(
        "SELECT s.key_id, s.sealed, c.source, c.external_id FROM sealed_text s JOIN complaint c ON c.id = s.complaint_id"
        " WHERE c.customer_id = ?1",
        (customer_id,),
    )
    found = []
    for key_id, data, *place in rows:
        try:
            found.append(db.privacy.seal.unseal(Sealed(key_id, bytes(data)), place))
        except Unsealable:
            continue
    return found


async def empty(transaction: Transaction, complaint_id: int) -> None:
    """Make a complaint a shell."""
    spans = await transaction.rows(
        "SELECT id FROM span WHERE complaint_id = ?1 ORDER BY start_offset, id", (complaint_id,)
    )
    # out of the way first, since no two spans of a complaint may have the same place
    await transaction.execute(
        "UPDATE span SET start_offset = -1 - start_offset, end_offset = -1 - end_offset, vector = NULL WHERE complaint_id = ?1",
        (complaint_id,),
    )
    for place, (id,) in enumerate(spans):
        await transaction.execute(
            "UPDATE span SET start_offset = 0, end_offset = ?1 WHERE id = ?2", (len(ERASED) + place, id)
        )
    await transaction.execute(
        "UPDATE complaint SET text = ?1, external_id = ?2, content_hash = ?3 WHERE id = ?4",
        (ERASED, f"{KEY}{complaint_id}", ERASED_HASH, complaint_id),
    )


async def quotes_of(transaction: Transaction, complaints: object) -> list[str]:
    """What was quoted of these complaints, span by span."""
    rows = await transaction.rows(
        f"SELECT {QUOTE} FROM span s JOIN complaint c ON c.id = s.complaint_id"
        f" WHERE {transaction.among('c.id', '?1')} ORDER BY s.id",
        (complaints,),
    )
    return [quote for (quote,) in rows]


def phrases(texts: Iterable[str]) -> list[str]:
    """The sentences and clauses of texts, as they were written and as they are shown, long enough to be somebody's own, in
    small letters and single spaces; longest first."""
    found = set()
    for written in texts:
        for text in {written, unescaped(written)}:
            parts = [(part, WORDS_LEAST) for joint in JOINTS for part in re.split(joint, text)]
            parts += [(part, CLAUSE_LEAST) for part in CLAUSE.split(text)]
            for part, least in [(text, WORDS_LEAST), *parts]:
                for _ in range(BEFORE_MOST):
                    words = WORD.findall(part.lower())[:WORDS_MOST]
                    if len(words) >= least and sum(map(len, words)) >= LETTERS_LEAST:
                        found.add(" ".join(words))
                    part = part.lstrip()
                    if (begins := BEFORE.match(part)) is None:
                        break
                    part = part[begins.end() :]
    return sorted(found, key=len, reverse=True)


def unescaped(text: str) -> str:
    """The text without what no quote is shown with: escapes that other systems leave behind, handles, loose hashtags."""
    text = html.unescape(html.unescape(text))
    text = ESCAPED.sub(lambda match: chr(int(match[1], 16)) if match[1] else " ", text)
    end = len(text)
    for word in reversed(list(re.finditer(r"\S+", text))):
        if not word[0].startswith("#"):
            break
        end = word.start()
    return text[:end]


def flat_of(texts: Iterable[str]) -> str:
    """Whole texts as `flat` has them, one to a line, as they were written and as they are shown."""
    return "\n".join(sorted({flat(one) for text in texts for one in (text, unescaped(text))}))


def flat(text: str) -> str:
    """The words of a text, in small letters, with one space before and after each."""
    return f" {' '.join(WORD.findall(text.lower()))} "


async def unquote(transaction: Transaction, db: Database, said: Sequence[str], whole: str) -> tuple[int, list[int]]:
    """Put a marker in the place of these words wherever somebody quoted them; how many texts held some, and needs whose
    statement went.

    `whole` is all that was said. A statement that a run made goes as a whole where it loses words, or where it is of that: what
    would be left says nothing, and other customers' words name the need as well.
    """
    if not said:
        return 0, []
    changed = 0
    nameless: list[int] = []
    for table, columns in WRITTEN.items():
        shown = ", ".join(f"CAST({column} AS TEXT)" for column in columns)
        basis = "statement_basis" if table == "need" else "''"
        after = 0
        while rows := await transaction.rows(
            f"SELECT id, {basis}, {shown} FROM {table} WHERE id > ?1 ORDER BY id LIMIT {CHUNK}", (after,)
        ):
            for id, made, *texts in rows:
                for column, text in zip(columns, texts, strict=True):
                    if not text:
                        continue
                    # a line's end in a text within JSON would be read as a letter
                    less = without(text.replace("\\n", " ") if column in WHOLE_ONLY else text, said)
                    if column == "statement" and made in RUNS_WORDS:
                        less = ERASED if less != text or flat(text) in whole else text
                        if less != text:
                            nameless.append(id)
                    if column in WHOLE_ONLY:
                        less = None if ERASED in less else text
                    if less != text:
                        value = "CAST(?1 AS JSONB)" if column in JSON_COLUMNS and db.dialect == "postgres" else "?1"
                        await transaction.execute(f"UPDATE {table} SET {column} = {value} WHERE id = ?2", (less, id))
                        changed += column not in WHOLE_ONLY
            after = rows[-1][0]
    return changed, nameless


async def unname(transaction: Transaction, db: Database, said: Sequence[str], needs: Sequence[int]) -> None:
    """Take out of the key phrases of these needs, and of their aspects, what nobody else said; an aspect's name as well."""
    theirs = {word for text in said for word in words_of(text)}
    named = transaction.listed(needs)
    found = [
        ("need", id, json.loads(phrases), "")
        for id, phrases in await transaction.rows(
            f"SELECT id, CAST(key_phrases AS TEXT) FROM need WHERE {transaction.among('id', '?1')}", (named,)
        )
    ] + [
        ("aspect", id, json.loads(phrases), name)
        for id, phrases, name in await transaction.rows(
            "SELECT a.id, CAST(a.key_phrases AS TEXT), a.name FROM aspect a WHERE a.id IN"
            f" (SELECT n.aspect_id FROM need n WHERE {transaction.among('n.id', '?1')})",
            (named,),
        )
    ]
    alone = set()
    for word in sorted({word for *_, some, name in found for one in (*some, name) for word in words_of(one)} & theirs):
        if not await said_by_others(transaction, word):
            alone.add(word)
    value = "CAST(?1 AS JSONB)" if db.dialect == "postgres" else "?1"
    for table, id, some, name in found:
        kept = [one for one in some if alone.isdisjoint(words_of(one))]
        if kept != some:
            await transaction.execute(f"UPDATE {table} SET key_phrases = {value} WHERE id = ?2", (json.dumps(kept), id))
        if not alone.isdisjoint(words_of(name)):
            await transaction.execute("UPDATE aspect SET name = ?1 WHERE id = ?2", (kept[0] if kept else ERASED, id))


async def said_by_others(transaction: Transaction, word: str) -> bool:
    """Whether the word, in small letters, stands as a whole in any complaint that is left."""
    after = 0
    while rows := await transaction.rows(
        f"SELECT id, text FROM complaint WHERE id > ?1 AND lower(text) LIKE ?2 ORDER BY id LIMIT {CHUNK}",
        (after, f"%{word}%"),
    ):
        if any(word in words_of(text) for _, text in rows):
            return True
        after = rows[-1][0]
    return False


def words_of(text: str) -> set[str]:
    return set(re.findall(r"\w+", text.lower()))


def without(text: str, said: Sequence[str]) -> str:
    """The text without these words, whatever stands between them."""
    flat = " ".join(re.findall(r"\w+", text.lower()))
    for phrase in said:
        if phrase in flat:
            text = re.sub(r"\b" + r"\W+".join(map(re.escape, phrase.split())) + r"\b", ERASED, text, flags=re.I)
    return text
