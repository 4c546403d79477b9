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
