from __future__ import annotations

import asyncio
from collections.abc import Callable
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.redaction import COMMON, measure
from nobodyasked.models import tables
from nobodyasked.models.commands import documents, escalations, inventions, listening, needs, reviews, voices
from nobodyasked.models.commands.complaints import import_rows, submit
from nobodyasked.models.database import Database
from nobodyasked.models.errors import DuplicateExternalId
from nobodyasked.models.privacy import numbers, policy, redaction
from nobodyasked.models.privacy.finding import Kind
from nobodyasked.models.privacy.policy import Privacy
from nobodyasked.models.privacy.redaction import find, redact, redact_label

from .document import ready, version
from .people import CONTRIBUTOR, draft
from .world import state

REDACTED = {
    "Hi, my name is John Smith and my card 4111 1111 1111 1111 was charged.": "Hi, my name is [name] and my card [card] was charged.",
    "Mail j.smith@example.com, or jo (at) example dot org.": "Mail [e-mail], or [e-mail].",
    "Call (415) 555-0132 or +44 20 7946 0958 or 06 12 34 56 78!": "Call [phone] or [phone] or [phone]!",
    "Refund DE89 3704 0044 0532 0130 00 please": "Refund [IBAN] please",
    "My SSN is 123-45-6789, passport number C01234567": "My SSN is [id], passport number [id]",
    "I live at 12 Main Street, Springfield, IL 62704. Still waiting.": "I live at [address]. Still waiting.",
    "Sehr geehrte Frau Müller, ich wohne in der Goethestraße 12, 60313 Frankfurt. Mein Name ist Jürgen Weiß.": (
        "Sehr geehrte Frau [name], ich wohne in der [address]. Mein Name ist [name]."
    ),
    "Habito en Calle Mayor 5; chez moi 12 rue de la Paix, 75002 Paris": "Habito en [address]; chez moi [address]",
    "It never came.\n\nKind regards,\nZyxwa Qelmont": "It never came.\n\nKind regards,\n[name]",
    # as exports write a mail on one line
    "It broke. Kind regards, Jane Miller, Head of Sales": "It broke. Kind regards, [name], Head of Sales",
    "it broke Kind regards Jane Miller Head of Sales": "it broke Kind regards [name] Head of Sales",
    "It broke. Sincerely, Jane Miller, 12 High Street, London": "It broke. Sincerely, [name], [address], London",
    "It broke. Best regards, Zyxwa Qelmont | Zelmo Ltd": "It broke. Best regards, [name] | Zelmo Ltd",
    "It broke. Thanks, Jane. PS: the box too.": "It broke. Thanks, [name]. PS: the box too.",
    "It broke. Thanks, Mark. Cheers, Rose": "It broke. Thanks, [name]. Cheers, [name]",
    "It broke. Thanks, Bill Please call. Best regards, Mark at the shop": (
        "It broke. Thanks, [name] Please call. Best regards, [name] at the shop"
    ),
    "It broke.\nYours,\nJane Miller, Head of Sales": "It broke.\nYours,\n[name], Head of Sales",
    "Regards, Jane Please call me": "Regards, [name] Please call me",
    "Please call me on 06 12 34 56 78, Jane Miller.": "Please call me on [phone], [name].",
    "Mail jm@example.com - Jane Miller\nIt is late.": "Mail [e-mail] - [name]\nIt is late.",
    "Thanks\n\nHello,\nit leaks.": "Thanks\n\nHello,\nit leaks.",
    "Dear Sarah,\nit leaks.\nThanks, Tom": "Dear [name],\nit leaks.\nThanks, [name]",
    "My address is 9584 Zelmo Forest, South Zelmo, QX 11102. Late.": "My address is [address]. Late.",
    "Ich wohne in der Jolantheallee 5, 01540 Sigma. Vivo en Calle Zel 35 Piso 6, Melma, 26309.": (
        "Ich wohne in der [address]. Vivo en [address]."
    ),
    "We live in London and ordered 3 parcels, send them to Peter 12 times.": (
        "We live in London and ordered 3 parcels, send them to Peter 12 times."
    ),
    "Ring 001-271-513-1901x71397, my card 675933438409 was charged.": "Ring [phone], my card [card] was charged.",
    "It broke. Customer name: Zyxwa Qelmont. App name: Zyxwa Qelmont": "It broke. Customer name: [name]. App name: Zyxwa Qelmont",
    "From: Ann Lee <ann@example.org>\nSubject: Late": "From: [name] <[e-mail]>\nSubject: Late",
    "On Mon, 3 May 2021 at 10:00, Peter Pan <p@example.com> wrote:\n> hi": (
        "On Mon, 3 May 2021 at 10:00, [name] <[e-mail]> wrote:\n> hi"
    ),
}
KEPT = (
    "Order 112-1234567-1234567 of 2023-05-06, tracking 1Z999AA10123456784, came on 12.03.2024 10:30.",
    "Order number 4111111111111111 and invoice no. 0612345678 are wrong.",
    "Version 10.0.19041.388 cost $1,234.56 and crashed at 10:02:33 on 192.168.100.25.",
    "The 2 TB Hard Drive and the 500 GB Flash Drive are slow; Dr. Martens are not.",
    "Hi Amazon, thanks for nothing. Best regards to nobody",
    "I love Harry Potter, all of them; the best Max Mara, and many thanks Jane, she did it. Regards, Customer Support, London",
    "It took 20 days, 14 of them in the depot, Victoria Station. Best, Calvin Klein, is what I buy. You are the best. Lucy in the sky.",
    "Thanks, Mark the order as paid please. Thanks, Bill is wrong again. Cheers, Rose gold colour is missing.",
    "I'm happy, this is May, my name is not on the list, and mark my words: will it ship?",
    "Mr. Coffee and Ms Teams leak since 2019-2024, EAN 4006381333931.",
    "I saw 2 Broadway shows, at 3 The Drive failed, 12 High Speed Drive units came, it is a 10 Minute Drive to the shop.",
    "It took 3 Days Way too long, from 1 No Way on; at 12 The Close button was gone. Geliefert Am Montag 12 Uhr, Im Mai 2024, Zum Preis 12.",
)


def test_what_is_personal_goes_and_what_is_not_stays() -> None:
    assert {text: redact(text) for text in REDACTED} == REDACTED
    assert [redact(text) for text in KEPT] == list(KEPT)
    for street in COMMON:
        for said in (
            "I live at {} now.",
            "Please deliver to {} today.",
            "It was sent to {} and not to me.",
            "My address is {}",
        ):
            assert redact(said.format(street)) == said.format("[address]")
    # what was taken out leaves nothing that is found again
    assert [redact(text) for text in REDACTED.values()] == list(REDACTED.values())


def test_seeds_of_every_kind_are_found() -> None:
    result = measure(60, seed=2)
    assert min(tally.covered / tally.seeded for tally in result.kinds.values()) >= 0.95
    assert set(result.kinds) == set(Kind)
    assert result.precision >= 0.98


LISTED = (
    "06 12 34 56 78, ",
    "+44 20 7946 0958, ",
    "212 555 0187, ",
    "4111 1111 1111 1111, ",
    "DE89 3704 0044 0532 0130 00, ",
    "123-45-6789, ",
)


def test_a_list_of_numbers_goes_whole_however_long_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    """The libraries are asked as often as there are numbers, up to a bound; beyond it nothing is let through."""
    asked = [0]

    def counted(question: Callable[..., bool]) -> Callable[..., bool]:
        def ask(*about: str) -> bool:
            asked[-1] += 1
            return question(*about)

        return ask

    real = numbers.check
    monkeypatch.setattr(numbers, "check", lambda module: counted(real(module)))
    monkeypatch.setattr(numbers, "dialled", counted(numbers.dialled))
    for times in (10, 20, 40, 300):
        rest = redact("".join(LISTED) * times)
        assert not any(map(str.isdigit, rest))
        assert [rest.count(kind) for kind in ("[phone]", "[card]", "[IBAN]", "[id]")] == [
            3 * times,
            times,
            times,
            times,
        ]
        asked.append(0)
    assert asked[0] > 0
    assert asked[1:3] == [2 * asked[0], 4 * asked[0]]
    assert asked[3] == numbers.LOOKS_MOST


def test_what_a_library_breaks_at_goes() -> None:
    # of a province that the library's table of counties has no entry for
    assert redact("They noted 126818198511041901 and called.") == "They noted [id] and called."


BESIDE = {
    "Jane Doe's router": "[name]'s router",
    "Router of Jane van Doe, 2nd floor": "Router of [name], 2nd floor",
    "Router (Jane Doe)": "Router ([name])",
    "Account: Jane Doe": "Account: [name]",
    "Jane Doe’s and Anna Doe's": "[name]’s and [name]'s",
    "Desk of ann@example.org": "Desk of [e-mail]",
}
THINGS = (
    "Mattress by Emma Original",
    "Jeans (Calvin Klein)",
    "Calvin Klein's jeans",
    "Brand: Anna Scholz",
    "Emma Mattress",
    "Calvin Klein",
    "Ben Sherman shirt for men",
    "Victoria's Secret",
    "Charlotte North",
    "Key accounts",
)


def test_names_go_from_what_is_said_beside_a_text_where_something_tells_them() -> None:
    assert {one: redact_label(one, whole=False) for one in BESIDE} == BESIDE
    assert [redact_label(one, whole=False) for one in THINGS] == [*THINGS]
    # nobody calls a segment like a person, but for places
    assert [redact_label(one, whole=True) for one in ("Jane Doe", "Charlotte North", "Von Jane Doe")] == [
        "[name]",
        "Charlotte North",
        "Von [name]",
    ]


PIECES = st.lists(
    st.sampled_from(
        [*REDACTED, *KEPT, "4111 ", "06 12 ", "12 Aa ", "A", "a@", ".", "\n", "Dear ", "x" * 300, "İ ", "(0", "+1 "]
    )
    | st.text(max_size=12),
    max_size=9,
)


@settings(max_examples=40, deadline=None)
@given(PIECES)
def test_what_was_not_found_stands_as_it_was(pieces: list[str]) -> None:
    text = "".join(pieces)
    found = find(text)
    assert all(one.start < one.end for one in found)
    assert all(one.end <= other.start for one, other in pairwise(found))
    rest = redact(text)
    at = 0
    for one in found:
        before = text[at : one.start] + one.kind.value
        assert rest.startswith(before)
        rest, at = rest[len(before) :], one.end
    assert rest == text[at:]


@pytest.mark.parametrize(
    "piece",
    [
        "1",
        "12 ",
        "06 12 ",
        "4111 1111 ",
        "A",
        "Aa ",
        "a.",
        "a@",
        "x at y dot ",
        "Regards,\n",
        "12 Aa ",
        "From: A ",
        "DE89 3704 ",
    ],
)
def test_no_long_text_takes_more_than_its_length(piece: str) -> None:
    # the longest text there may be; a pattern that went over it once for each letter would not come to an end
    text = (piece * 100_000)[:100_000]
    assert len(redact(text)) <= 300_000


@pytest.mark.parametrize(
    ("before", "piece", "after"),
    [
        ("It broke. Thanks", " ", "x"),
        ("It broke. Thanks, Jane", " ", "x"),
        ("It broke. Thanks", " \t", ",\nx"),
        ("It broke.\nThanks,\nJane", " ", "x"),
        ("Mail jm@example.com - Jane Miller", " ", "x"),
        ("It broke. Thanks ", "-", "x"),
    ],
)
def test_no_space_takes_more_than_its_length(before: str, piece: str, after: str) -> None:
    # nor would a pattern that takes the same spaces in two places
    text = before + (piece * 90_000)[:90_000] + after
    assert redact(text).endswith(piece + after)


async def test_every_way_in_redacts_first(database: Database) -> None:
    said = draft("Call 06 12 34 56 78. Regards,\nZyx Qelm", external_id="a", customer="ann")
    done = await submit(database, CONTRIBUTOR, said)
    rows = await import_rows(database, CONTRIBUTOR, [said, draft("I am jo@example.org", external_id=None)])
    texts = [tuple(row) for row in await database.rows("SELECT id, text FROM complaint ORDER BY id")]
    assert texts == [
        (done.complaint_id, "Call [phone]. Regards,\n[name]"),
        (rows[1].complaint_id, "I am [e-mail]"),
    ]
    assert (rows[0].complaint_id, rows[0].created) == (done.complaint_id, False)
    # nothing that can be seen tells what it was: another number is the same text
    again = await import_rows(database, CONTRIBUTOR, [draft("I am joe@example.org", external_id=None)])
    assert again[0].complaint_id == rows[1].complaint_id

    database.privacy = Privacy(redacts=False)
    with pytest.raises(DuplicateExternalId):
        await submit(database, CONTRIBUTOR, said)
    kept = await submit(database, CONTRIBUTOR, draft("I am jo@example.org", external_id="b"))
    assert await database.value(database.sql("SELECT text FROM complaint WHERE id = ?1"), (kept.complaint_id,)) == (
        "I am jo@example.org"
    )


async def test_what_members_write_is_redacted_too(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever pastes what a customer told them, wherever texts are taken, shows it to nobody: no table holds it.

    Long texts are looked through beside the event loop, which serves others meanwhile: as here all are.
    """
    case = await ready(database)

    def beside_the_loop(text: str) -> str:
        with pytest.raises(RuntimeError):
            asyncio.get_running_loop()
        return redact(text)

    monkeypatch.setattr(policy, "AT_ONCE_TEXT", 0)
    monkeypatch.setattr(redaction, "redact", beside_the_loop)
    said = "Call them on 06 12 34 56 78."
    shown = "Call them on [phone]."

    async def at() -> int:
        return await version(database, case.invention)

    async def asked(id: int) -> int:
        return await database.value(database.sql("SELECT version FROM escalation WHERE id = ?1"), (id,))

    session = await listening.start(database, case.ann, 1)
    draw = database.sql("SELECT id FROM listening_draw WHERE session_id = ?1")
    await listening.note(database, case.ann, await database.value(draw, (session,)), said)
    # who is mentioned is read before anything is taken out
    await voices.comment(database, case.ann, f"@Bob: {said} bob@example.org", need_id=case.need)
    id = await escalations.ask(database, case.ann, said, need_id=case.need)
    await escalations.acknowledge(database, case.bob, id, await asked(id))
    await escalations.answer(database, case.bob, id, await asked(id), said, [said] * 5, [said])
    await escalations.review(database, case.cat, id, await asked(id), said)
    await escalations.reopen(database, case.cat, id, await asked(id), said)
    parts = dict.fromkeys((*documents.LINES, *documents.PARAGRAPHS), said)
    await documents.write(database, case.ann, case.invention, await at(), {**parts, "leader_name": "Mr. Lee"})
    await documents.answer(database, case.ann, case.invention, await at(), said, question=said)
    await documents.answer(database, case.ann, case.invention, await at(), said, required_question_id=case.question)
    await inventions.update(database, case.ann, case.invention, await at(), mechanism=said)
    await inventions.claim_need(database, case.ann, case.invention, await at(), case.need, said, 0.5)
    await reviews.submit(database, case.ann, case.invention, await at())
    await reviews.request_changes(database, case.bob, case.invention, await at(), said)
    await reviews.submit(database, case.ann, case.invention, await at())
    await reviews.approve(database, case.bob, case.invention, await at(), [case.principle], said)
    await needs.dismiss(database, case.bob, case.other, (await state(database, case.other)).version, said)

    held = {}
    for table in {getattr(tables, name).Meta.table for name in tables.__all__}:
        rows = str([tuple(row) for row in await database.rows(f"SELECT * FROM {table}")])
        assert "12 34 56" not in rows, table
        assert "bob@" not in rows, table
        held[table] = rows.count(shown)
    assert {table: count for table, count in held.items() if count} == {
        "listening_note": 1,
        "comment": 1,
        "escalation": 1,
        "escalation_answer": 9,
        "invention": 11,
        "faq_entry": 3,
        "claim": 1,
        "review": 2,
        "revision_change": 15,
        "need": 1,
    }
    assert await database.value("SELECT leader_name FROM invention") == "Mr. Lee"
    assert await database.value("SELECT COUNT(*) FROM comment_mention") == 1
