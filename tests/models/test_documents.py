"""The document of an invention: what may be written, cited and answered, and the revisions that are kept."""

from __future__ import annotations

import asyncio

import pytest

from nobodyasked.models.commands import documents, inventions, needs, standards
from nobodyasked.models.commands.documents import LINES, PARAGRAPHS
from nobodyasked.models.database import Database
from nobodyasked.models.document import Audience, Part
from nobodyasked.models.errors import Forbidden, IllegalTransition, Invalid, NotFound, StaleVersion
from nobodyasked.models.evidence import EvidenceStatus
from nobodyasked.models.invention import EDITABLE_INVENTIONS, InventionStatus, Origin
from nobodyasked.models.queries.documents import document

from .document import accept, put, ready, version
from .people import CONTRIBUTOR, READER, row
from .world import evidence_of


async def revisions(database: Database, invention: int) -> dict[int, dict[str, tuple[str | None, str | None]]]:
    """By number: field to before and after."""
    rows = await database.rows(
        database.sql(
            "SELECT r.number, c.field, c.before, c.after FROM revision r JOIN revision_change c ON c.revision_id = r.id"
            " WHERE r.invention_id = ?1 ORDER BY c.id"
        ),
        (invention,),
    )
    kept: dict[int, dict[str, tuple[str | None, str | None]]] = {}
    for number, field, before, after in rows:
        kept.setdefault(number, {})[field] = (before, after)
    return kept


async def test_every_change_is_kept_field_by_field(database: Database) -> None:
    case = await ready(database)
    entry = await database.value("SELECT id FROM faq_entry")
    pieces = ", ".join(f"evidence_{id}" for id in case.evidence)
    claim = f"needs.need_{case.need}"
    assert await revisions(database, case.invention) == {
        1: {
            "title": (None, "Lockers"),
            "mechanism": (None, "One a street."),
            "door": (None, "TWO_WAY"),
            "origin": (None, "CUSTOMER_EVIDENCE"),
            f"{claim}.rationale": (None, "No more waiting."),
            f"{claim}.relief": (None, "0.5"),
        },
        2: {"problem": (None, "People wait at home."), "notElsewhere": (None, "A locker in your own street.")},
        3: {"citations.PROBLEM": (None, pieces)},
        4: {f"faq.faq_{entry}.question": (None, "What may go wrong?"), f"faq.faq_{entry}.answer": (None, "Snow.")},
    }
    id, ann = case.invention, case.ann
    await documents.write(database, ann, id, 4, {"problem": "They wait.", "headline": "Lockers!", "summary": None})
    await documents.write(database, case.bob, id, 5, {"problem": "They wait."})  # which changes nothing
    await documents.answer(database, ann, id, 6, "Ice.", faq_entry_id=entry)
    await inventions.update(database, ann, id, 7, title="Parcel lockers", origin=Origin.COMPETITOR)
    await inventions.drop_need(database, ann, id, 8, case.need)
    await documents.drop_answer(database, ann, id, 9, entry)
    kept = await revisions(database, id)
    assert {number: changes for number, changes in kept.items() if number > 4} == {
        5: {"problem": ("People wait at home.", "They wait."), "headline": (None, "Lockers!")},
        7: {f"faq.faq_{entry}.answer": ("Snow.", "Ice.")},
        8: {"title": ("Lockers", "Parcel lockers"), "origin": ("CUSTOMER_EVIDENCE", "COMPETITOR")},
        9: {f"{claim}.rationale": ("No more waiting.", None), f"{claim}.relief": ("0.5", None)},
        10: {f"faq.faq_{entry}.question": ("What may go wrong?", None), f"faq.faq_{entry}.answer": ("Ice.", None)},
    }
    authors = dict(await database.rows("SELECT number, author_id FROM revision"))
    assert set(authors.values()) == {ann.member_id}
    # what was first and what changed since is what is there
    now: dict[str, str | None] = {}
    for changes in kept.values():
        for field, (before, after) in changes.items():
            assert now.get(field) == before
            now[field] = after
    found = await document(database, id)
    assert found is not None
    written = {documents.camel(name): text for name, text in found.texts.items()}
    assert {name: text for name, text in now.items() if name in written} == written


@pytest.mark.parametrize("state", list(InventionStatus))
async def test_every_change_in_every_state(database: Database, state: InventionStatus) -> None:
    case = await ready(database)
    await put(database, case.invention, state)
    for change in (
        lambda at: documents.write(database, case.bob, case.invention, at, {"headline": "Lockers"}),
        lambda at: documents.cite(database, case.bob, case.invention, at, Part.SUMMARY, case.evidence),
        lambda at: documents.answer(database, case.bob, case.invention, at, "No.", question="Dear?"),
        lambda at: documents.drop_answer(database, case.bob, case.invention, at, 1),
    ):
        at = await version(database, case.invention)
        if state in EDITABLE_INVENTIONS:
            await change(at)
            assert await version(database, case.invention) == at + 1
        else:
            with pytest.raises(IllegalTransition, match=state.value):
                await change(at)
            assert await version(database, case.invention) == at


async def test_who_may_write(database: Database) -> None:
    case = await ready(database)
    for nobody in (READER, CONTRIBUTOR):
        for change in (
            documents.write(database, nobody, case.invention, 4, {"headline": "Mine"}),
            documents.cite(database, nobody, case.invention, 4, Part.SUMMARY, case.evidence),
            documents.answer(database, nobody, case.invention, 4, "No.", question="Dear?"),
            documents.drop_answer(database, nobody, case.invention, 4, 1),
        ):
            with pytest.raises(Forbidden):
                await change
    for nobody in (READER, CONTRIBUTOR, case.ann):
        with pytest.raises(Forbidden):
            await standards.add(database, nobody, "principle", "Mine first.")
        with pytest.raises(Forbidden):
            await standards.change(database, nobody, "principle", case.principle, 1, active=False)


async def test_two_writers_at_once_lose_nothing(database: Database) -> None:
    case = await ready(database)
    outcomes = await asyncio.gather(
        documents.write(database, case.ann, case.invention, 4, {"headline": "Ann's"}),
        documents.write(database, case.bob, case.invention, 4, {"headline": "Bob's", "summary": "Also."}),
        return_exceptions=True,
    )
    assert [type(one) for one in outcomes if one is not None] == [StaleVersion]
    headline, summary = await row(database, "invention", case.invention, "headline, summary")
    assert (headline, summary) == (("Ann's", None) if outcomes[0] is None else ("Bob's", "Also."))


async def test_a_quote_is_real_or_imagined(database: Database) -> None:
    case = await ready(database)
    id, columns = case.invention, "customer_quote_basis, customer_quote"
    await documents.write(database, case.ann, id, 4, {"customer_quote": "I never wait."})
    assert await row(database, "invention", id, columns) == ("IMAGINED", "I never wait.")
    await documents.cite(database, case.ann, id, 5, Part.CUSTOMER_QUOTE, case.evidence[:1])
    assert await row(database, "invention", id, columns) == ("REAL", None)
    found = await document(database, id)
    assert found is not None
    assert found.texts["customer_quote"] == "Complaint"
    with pytest.raises(Invalid):
        await documents.cite(database, case.ann, id, 6, Part.CUSTOMER_QUOTE, case.evidence)
    await documents.write(database, case.ann, id, 6, {"customer_quote": "Never again."})
    assert await database.value("SELECT COUNT(*) FROM citation WHERE part = 'CUSTOMER_QUOTE'") == 0
    await documents.write(database, case.ann, id, 7, {"customer_quote": None})
    assert await row(database, "invention", id, columns) == (None, None)


async def test_bad_words_and_missing_things(database: Database) -> None:
    case = await ready(database)
    id, ann = case.invention, case.ann
    for name in (*LINES, *PARAGRAPHS):
        for text in ("", " \n ", "x" * 5_001, "\ud800"):
            with pytest.raises(Invalid) as refusal:
                await documents.write(database, ann, id, 4, {name: text})
            assert refusal.value.path == (documents.camel(name),)
    await accept(database, case.evidence[0], EvidenceStatus.DISMISSED)
    for wrong in (case.evidence[0], 999):
        with pytest.raises(NotFound) as missing:
            await documents.cite(database, ann, id, 4, Part.SUMMARY, [case.evidence[1], wrong])
        assert missing.value.path == ("evidenceIds", "1")
    for named in ({}, {"question": "Dear?", "faq_entry_id": 1}, {"question": " "}):
        with pytest.raises(Invalid):
            await documents.answer(database, ann, id, 4, "No.", **named)
    for named in ({"required_question_id": 999}, {"faq_entry_id": 999}):
        with pytest.raises(NotFound):
            await documents.answer(database, ann, id, 4, "No.", **named)
    with pytest.raises(NotFound):
        await documents.drop_answer(database, ann, id, 4, 999)
    with pytest.raises(Invalid):
        await documents.write(database, ann, id, 4, {})
    assert await version(database, id) == 4


async def test_a_required_question_is_answered_once(database: Database) -> None:
    case = await ready(database)
    await standards.change(database, case.bob, "required_question", case.question, 1, text="What can go wrong?")
    await documents.answer(
        database, case.ann, case.invention, 4, "Ice.", audience=Audience.EXTERNAL, required_question_id=case.question
    )
    rows = await database.rows("SELECT audience, question, answer, position FROM faq_entry")
    assert list(map(tuple, rows)) == [("INTERNAL", "What can go wrong?", "Ice.", 1)]
    with pytest.raises(StaleVersion):
        await standards.change(database, case.bob, "required_question", case.question, 1, position=3)
    with pytest.raises(Invalid):
        await standards.change(database, case.bob, "principle", case.principle, 1)
    with pytest.raises(NotFound):
        await standards.change(database, case.bob, "principle", 999, 1, active=True)


async def test_citations_follow_a_merge(database: Database) -> None:
    """Both needs hold the same spans: of two links to one, the better stays, and what cited the other cites it."""
    case = await ready(database)
    other = [entry[0] for entry in (await evidence_of(database, case.other)).values()]
    await documents.cite(database, case.ann, case.invention, 4, Part.SUMMARY, other)
    await documents.cite(database, case.ann, case.invention, 5, Part.SOLUTION, [*other, *case.evidence])
    await needs.merge(database, case.bob, [case.other], case.need, {case.other: 1, case.need: 1})
    kept = "SELECT part, evidence_id FROM citation ORDER BY part, evidence_id"
    assert list(map(tuple, await database.rows(kept))) == [
        (part, id) for part in ("PROBLEM", "SOLUTION", "SUMMARY") for id in case.evidence
    ]
