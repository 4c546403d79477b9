"""Keys of customers that tell who they are: kept as digests on every way in, and what came before there were any is met again."""

from __future__ import annotations

from dataclasses import replace

import pytest

from nobodyasked.models.commands import complaints, erasure
from nobodyasked.models.commands.notices import contact
from nobodyasked.models.commands.surveys import AnswerDraft, import_answers
from nobodyasked.models.database import Database
from nobodyasked.models.errors import Erased
from nobodyasked.models.privacy.policy import Privacy
from nobodyasked.models.privacy.pseudonym import Pseudonyms

from ..api.world import settle
from .people import ADMIN, CONTRIBUTOR, draft

KEYED = Privacy(pseudonyms=Pseudonyms(b"k" * 32))
PERSONAL = {
    "Ann@Example.org": ("ann@example.org", "mail_"),
    "Jane  Doe-Smith": ("jane doe-smith", "name_"),
    "+31 6 1234-5678": ("+31612345678", "phone_"),
    "Ann Lee <ann.lee@example.org>": ("mailto:Ann.Lee@example.org", "mail_"),
    "4111 1111 1111 1111": ("4111-1111-1111-1111", "card_"),
}


@pytest.mark.parametrize("key", PERSONAL)
async def test_one_person_is_one_customer_however_written_and_whenever_known(database: Database, key: str) -> None:
    alike, prefix = PERSONAL[key]
    first = draft("It was late.", customer=key, external_id="1")
    # the same words without a key of their own: what they are known by holds the customer
    keyless = draft("It was later.", customer=key, occurred_at=1_700_000_000_000)
    before = [one.complaint_id for one in await complaints.import_rows(database, CONTRIBUTOR, [first, keyless])]
    assert await known(database) == {key}
    database.privacy = KEYED
    again = await complaints.import_rows(database, CONTRIBUTOR, [first, keyless])
    assert [(one.complaint_id, one.created) for one in again] == [(before[0], False), (before[1], False)]
    (pseudonym,) = await known(database)
    assert (pseudonym[: len(prefix)], len(pseudonym)) == (prefix, len(prefix) + 24)
    new = await complaints.submit(database, CONTRIBUTOR, draft("Late again.", customer=alike, external_id="2"))
    assert new.created
    assert not (
        await complaints.submit(database, CONTRIBUTOR, draft("Late again.", customer=key, external_id="2"))
    ).created
    assert await known(database) == {pseudonym}
    assert await contact(database, ADMIN, [(alike, "a@example.org")]) == 1
    await erasure.erase(database, ADMIN, await database.value("SELECT id FROM customer"))
    for said in (first, keyless):
        (refused,) = await complaints.import_rows(database, CONTRIBUTOR, [said])
        assert isinstance(refused.error, Erased)


async def test_keys_that_tell_nobody_stay(database: Database) -> None:
    database.privacy = KEYED
    keys = {"C-1042", "jane.doe", "@handle", "+1", "user 17", "ACME", "4711 0815"}
    await complaints.import_rows(
        database, CONTRIBUTOR, [draft(f"Said by {key}.", customer=key) for key in sorted(keys)]
    )
    assert await known(database) == keys


def test_keys_that_tell_somebody_become_digests() -> None:
    of = KEYED.pseudonyms.of
    told = (
        "Lee, Ann",
        "Ann Lee (VIP)",
        "李明",
        "(212) 555-0187",
        "089 1234567",
        "DE89 3704 0044 0532 0130 00",
        "Ann Lee 1987",
    )
    assert [of(key) for key in told if of(key) == key] == []
    assert [of(of(key)) for key in told] == [of(key) for key in told]
    assert of("mailto:ann@x.org") == of("Ann <mailto:ann@x.org>") == of("ann@x.org")
    plain = (
        "C-1012",
        "crm_4471",
        "3f2504e0-4f89-11d3-9a0c-0305e82c3301",
        "2024-05-01-0001",
        "1048576",
        "0012345678",
        "A+B",
    )
    assert [of(key) for key in plain] == [*plain]
    # no key has so many letters: it is not gone over, whatever it holds
    assert of("<" + "@" * 300_000) == "<" + "@" * 300_000
    assert [KEYED.pseudonyms.person(key) for key in plain] == [*plain]


async def test_who_was_there_under_both_keys_stays_both_and_is_erased_whole(database: Database) -> None:
    """From before there were pseudonyms: two spellings, a customer who has one, and answers of each about one need."""
    world = await settle(database)
    keys = ("ann@x.org", "Ann@X.org", "ann@x.organic", "A+B", "A")
    rows = [draft(f"Message of {number}.", customer=key, external_id=f"b{number}") for number, key in enumerate(keys)]
    await complaints.import_rows(database, CONTRIBUTOR, rows)
    answers = [AnswerDraft(world.needs[0], key, 5, 1) for key in keys[:2]]
    await import_answers(database, ADMIN, "poll", answers)
    database.privacy = KEYED
    named = KEYED.pseudonyms.of("ann@x.org")
    # one who has the pseudonym already, as a customer and as who answered
    await complaints.import_rows(database, CONTRIBUTOR, [draft("New.", customer=named, external_id="b9")])
    await import_answers(database, ADMIN, "poll", [AnswerDraft(world.needs[0], named, 5, 1)])
    again = await complaints.import_rows(database, CONTRIBUTOR, rows)
    assert not any(one.created or one.error for one in again)
    assert {key for key in await known(database) if "@" in key} == set()
    assert len([key for key in await known(database) if key.startswith(named)]) == 3
    (told,) = await import_answers(database, ADMIN, "poll", answers[:1])
    assert (told.created, told.error) == (False, None)
    await import_answers(database, ADMIN, "poll", answers[1:])
    assert await database.value("SELECT count(*) FROM survey_answer WHERE respondent LIKE '%@%'") == 0
    person = await database.value(database.sql("SELECT id FROM customer WHERE external_id = ?1"), (named,))
    done = await erasure.erase(database, ADMIN, person)
    assert (done.complaints, done.answers) == (3, 3)
    assert not [key for key in await known(database) if key.startswith(named)]
    assert {"A+B", "A"} < await known(database)
    for said in rows[:2]:
        (refused,) = await complaints.import_rows(database, CONTRIBUTOR, [said])
        assert isinstance(refused.error, Erased)
    (refused,) = await import_answers(database, ADMIN, "poll", answers[:1])
    assert isinstance(refused.error, Erased)


async def test_an_erasure_finds_who_is_there_under_an_address_yet(database: Database) -> None:
    raw = draft("It was late.", customer="Ann@x.org", external_id="1")
    await complaints.import_rows(database, CONTRIBUTOR, [raw])
    database.privacy = KEYED
    named = KEYED.pseudonyms.of("ann@x.org")
    new = draft("Late again.", customer=named, external_id="2", product="Kettle")
    await complaints.import_rows(database, CONTRIBUTOR, [new])
    person = await database.value(database.sql("SELECT id FROM customer WHERE external_id = ?1"), (named,))
    assert (await erasure.erase(database, ADMIN, person)).complaints == 2
    assert {text for (text,) in await database.rows("SELECT text FROM complaint")} == {erasure.ERASED}


ROW = {
    "external_id": "ann.lee@x.org/1",
    "product": "For 4111 1111 1111 1111",
    "source": "Desk of ann@x.org",
    "channel": "Phone (212) 555-0187",
    "segment": "Jane Doe",
    "tier": "t@x.org",
    "language": "lang@x.org",
}


@pytest.mark.parametrize("keyed", [True, False])
async def test_what_is_said_beside_a_text_is_looked_through_as_well(database: Database, keyed: bool) -> None:
    """And what came in as it was before is still the same row, with a key of its own and without."""
    rest = ROW if keyed else {**ROW, "external_id": None, "occurred_at": 1_700_000_000_000}
    row = draft("It was late.", customer="ann@x.org", **rest)
    database.privacy = replace(KEYED, redacts=False)
    (before,) = await complaints.import_rows(database, CONTRIBUTOR, [row])
    database.privacy = KEYED
    again = await complaints.submit(database, CONTRIBUTOR, row)
    assert (again.complaint_id, again.created) == (before.complaint_id, False)
    other = replace(row, text="It was late again.", external_id=row.external_id and "ann.lee@x.org/2", customer="C7")
    first, second = [await complaints.submit(database, CONTRIBUTOR, other) for _ in range(2)]
    assert (first.created, second.created, first.complaint_id) == (True, False, second.complaint_id)
    shown = "source, channel, product, language, external_id"
    (found,) = await database.rows(database.sql(f"SELECT {shown} FROM complaint WHERE id = ?1"), (first.complaint_id,))
    assert [*found][:4] == ["desk of [e-mail]", "phone [phone]", "For [card]", "[e-mail]"]
    assert found[4].startswith("row_" if keyed else "content:")
    known_of = await database.rows("SELECT segment, tier FROM customer WHERE external_id = 'C7'")
    assert [*map(tuple, known_of)] == [("[name]", "[e-mail]")]
    person = await database.value("SELECT customer_id FROM complaint WHERE product LIKE '%4111%'")
    await erasure.erase(database, ADMIN, person)
    assert await database.value("SELECT count(*) FROM complaint WHERE product LIKE '%4111%'") == 0
    (refused,) = await complaints.import_rows(database, CONTRIBUTOR, [row])
    assert isinstance(refused.error, Erased)


async def test_who_answers_a_survey_is_known_alike(database: Database) -> None:
    world = await settle(database)
    answer = AnswerDraft(world.needs[0], "Ann@Example.org", 5, 1)
    await import_answers(database, ADMIN, "poll", [answer])
    database.privacy = KEYED
    (same,) = await import_answers(database, ADMIN, "poll", [replace(answer, respondent="ann@example.org")])
    (other,) = await import_answers(database, ADMIN, "poll", [answer])
    assert (same.created, other.created) == (True, False)
    ((respondent,),) = await database.rows("SELECT DISTINCT respondent FROM survey_answer WHERE id > 1")
    assert respondent == KEYED.pseudonyms.of("ann@example.org")


async def known(database: Database) -> set[str]:
    return {key for (key,) in await database.rows("SELECT external_id FROM customer")}
