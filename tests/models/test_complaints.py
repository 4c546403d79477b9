from __future__ import annotations

import asyncio
import random
import threading
from typing import Any

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nobodyasked.models.commands.complaints import (
    AHEAD_MS,
    EARLIEST_MS,
    ComplaintDraft,
    ErrorPolicy,
    import_rows,
    submit,
)
from nobodyasked.models.database import Database
from nobodyasked.models.errors import DuplicateExternalId, Forbidden, Invalid
from nobodyasked.models.fields import now_ms, week_of
from nobodyasked.models.privacy.redaction import redact

from .people import ADMIN, CONTRIBUTOR, READER, draft, row

EVERYTHING, FAILED = ErrorPolicy.REJECT_EVERYTHING, ErrorPolicy.REJECT_FAILED_ROWS


async def count(database: Database, table: str = "complaint") -> int:
    return await database.value(f"SELECT COUNT(*) FROM {table}")


async def test_one_complaint(database: Database) -> None:
    at = 1_700_000_000_123
    given_ = draft(
        "Too late!\r\nAgain.\x00 ",
        channel=" E-Mail ",
        source="Help  Desk",
        external_id=" T-1 ",
        occurred_at=at,
        customer="ann",
        rating=1,
        product="Parcel",
        language="EN",
        segment="home",
        tier="gold",
        value=120.5,
        reach=5_000,
    )
    result = await submit(database, CONTRIBUTOR, given_)
    assert result.created
    assert await row(
        database,
        "complaint",
        result.complaint_id,
        "text, channel, source, external_id, occurred_at, week, rating, product, language, sentiment, severity",
    ) == ("Too late!\nAgain.", "e-mail", "help desk", "T-1", at, week_of(at), 1.0, "Parcel", "en", None, None)
    customer = await database.rows("SELECT external_id, segment, tier, value, reach FROM customer")
    assert list(map(tuple, customer)) == [("ann", "home", "gold", 120.5, 5_000)]
    subjects = await database.value("SELECT subjects FROM event WHERE topic = 'COMPLAINT_RECEIVED'")
    assert orjson.loads(subjects) == [result.complaint_id]


async def test_the_same_again(database: Database) -> None:
    for given_ in (draft(external_id="1"), draft(customer="ann"), draft(occurred_at=now_ms()), draft()):
        first = await submit(database, ADMIN, given_)
        again = await submit(database, ADMIN, given_)
        assert (first.created, again.created) == (True, False)
        assert again.complaint_id == first.complaint_id
    assert await count(database) == 4
    assert await count(database, "event") == 4


async def test_the_same_words_from_others_are_other_complaints(database: Database) -> None:
    at = now_ms()
    rows = [
        draft(),
        draft(customer="ann"),
        draft(customer="bob"),
        draft(channel="phone"),
        draft(occurred_at=at),
        draft(occurred_at=at - 1),
        draft(product="x"),
        draft(rating=2),
        draft(source="other"),
    ]
    results = await import_rows(database, ADMIN, rows)
    assert [result.created for result in results] == [True] * len(rows)


@pytest.mark.parametrize("change", [{"text": "Other words."}, {"customer": "bob"}, {"customer": None}])
async def test_an_external_id_stands_for_one_content(database: Database, change: dict[str, Any]) -> None:
    first = await submit(database, ADMIN, draft(external_id="1", customer="ann"))
    clash = draft(**{"external_id": "1", "customer": "ann", **change})
    with pytest.raises(DuplicateExternalId) as refusal:
        await submit(database, ADMIN, clash)
    assert refusal.value.complaint_id == first.complaint_id
    assert refusal.value.path == ("externalId",)
    # nothing of the refused row was written, its customer neither
    assert await count(database, "customer") == 1
    assert (await submit(database, ADMIN, draft(external_id="1", source="elsewhere", **change))).created


async def test_what_came_before_with_other_details_is_kept_and_told(database: Database) -> None:
    at = 1_700_000_000_000
    kept = draft(external_id="1", customer="ann", rating=2, product="tent", occurred_at=at)
    same = [kept, draft(external_id="1", customer="ann"), draft(external_id="1", customer="ann", segment="home")]
    changes: list[dict[str, Any]] = [
        {"rating": 3},
        {"occurred_at": at + 1},
        {"channel": "phone"},
        {"product": "Tent"},
        {"language": "en"},
    ]
    other = [draft(**{"external_id": "1", "customer": "ann", **change}) for change in changes]
    first = await import_rows(database, ADMIN, [kept])
    for rows in (same + other, other, same):
        results = await import_rows(database, ADMIN, rows)
        assert [result.differs for result in results] == [row in other for row in rows]
        assert {result.complaint_id for result in results} == {first[0].complaint_id}
        assert not any(result.created or result.error for result in results)
    columns = "rating, occurred_at, product, language"
    assert await row(database, "complaint", first[0].complaint_id or 0, columns) == (2.0, at, "tent", None)
    # of two rows that come together, the first is kept
    results = await import_rows(database, ADMIN, [draft(external_id="2", rating=1), draft(external_id="2", rating=2)])
    assert [(result.created, result.differs) for result in results] == [(True, False), (False, True)]


async def test_mixed_rows(database: Database) -> None:
    await submit(database, ADMIN, draft("old", external_id="old"))
    rows = [
        draft("old", external_id="old"),
        draft("clash", external_id="old"),
        draft("new", external_id="new"),
        draft("", external_id="empty"),
        draft("new", external_id="new"),
        draft("clash", external_id="new"),
    ]
    for policy, created in ((EVERYTHING, 0), (FAILED, 1)):
        results = await import_rows(database, ADMIN, rows, policy)
        assert [result.index for result in results] == list(range(6))
        assert sum(result.created for result in results) == created
        if policy is FAILED:
            assert isinstance(results[1].error, DuplicateExternalId)
            assert isinstance(results[5].error, DuplicateExternalId)
            assert results[2].complaint_id == results[4].complaint_id
            assert not results[4].created
        assert isinstance(results[3].error, Invalid)
        assert await count(database) == 1 + created


async def test_all_or_none_says_which_rows_clash(database: Database) -> None:
    await submit(database, ADMIN, draft("old", external_id="old"))
    rows = [draft("new", external_id="new", customer="zoe"), draft("clash", external_id="old")]
    results = await import_rows(database, ADMIN, rows, EVERYTHING)
    assert (results[0].error, results[0].complaint_id) == (None, None)
    assert isinstance(results[1].error, DuplicateExternalId)
    assert (await count(database), await count(database, "customer")) == (1, 0)
    results = await import_rows(database, ADMIN, rows[:1], EVERYTHING)
    assert results[0].created


async def test_what_is_known_of_a_customer_grows(database: Database) -> None:
    rows = [
        draft("1", customer="ann", segment="home", value=1),
        draft("2", customer="ann", tier="gold"),
        draft("3", customer="ann", segment="office", reach=7),
        draft("4", customer="ann"),
    ]

    async def known() -> list[tuple]:
        return list(map(tuple, await database.rows("SELECT segment, tier, value, reach FROM customer")))

    for given_ in rows:
        await submit(database, ADMIN, given_)
    assert await known() == [("office", "gold", 1.0, 7)]
    await import_rows(database, ADMIN, [draft("5", customer="ann", value=0), draft("6", customer="ann", tier="silver")])
    assert await known() == [("office", "silver", 0.0, 7)]


async def test_who_writes_again_uses_up_no_number(database: Database) -> None:
    for text in ("Too late.", "Too late again.", "And again."):
        await submit(database, CONTRIBUTOR, draft(text, customer="ann", segment="home"))
    await submit(database, CONTRIBUTOR, draft(customer="bob"))
    first, second = await database.rows("SELECT id, external_id FROM customer ORDER BY id")
    assert (first[1], second[1], second[0] - first[0]) == ("ann", "bob", 1)


async def test_readers_submit_nothing(database: Database) -> None:
    with pytest.raises(Forbidden):
        await submit(database, READER, draft())
    with pytest.raises(Forbidden):
        await import_rows(database, READER, [draft()])
    assert await count(database) == 0


BAD = [
    ({"text": ""}, "text"),
    ({"text": " \t\r\n\x00\x07"}, "text"),
    ({"text": "x" * 100_001}, "text"),
    ({"text": "x" * 10_000_000}, "text"),
    ({"text": "half \ud83d"}, "text"),
    ({"channel": ""}, "channel"),
    ({"channel": "x" * 65}, "channel"),
    ({"source": " "}, "source"),
    ({"source": "\udc00"}, "source"),
    ({"external_id": ""}, "externalId"),
    ({"external_id": "x" * 256}, "externalId"),
    ({"external_id": "a\x00b"}, "externalId"),
    ({"external_id": "a\nb"}, "externalId"),
    ({"customer": " "}, "customer"),
    ({"customer": "x" * 256}, "customer"),
    ({"occurred_at": EARLIEST_MS - 1}, "occurredAt"),
    ({"occurred_at": -1}, "occurredAt"),
    ({"occurred_at": 1 << 70}, "occurredAt"),
    ({"rating": 0.9}, "rating"),
    ({"rating": 5.1}, "rating"),
    ({"rating": float("nan")}, "rating"),
    ({"product": "x" * 129}, "product"),
    ({"language": "x" * 17}, "language"),
    ({"segment": "x" * 65}, "segment"),
    ({"tier": "\x00"}, "tier"),
    ({"value": -1}, "value"),
    ({"value": float("inf")}, "value"),
    ({"reach": -1}, "reach"),
    ({"reach": 1 << 60}, "reach"),
]


@pytest.mark.parametrize(("change", "path"), BAD, ids=[f"{path}-{index}" for index, (_, path) in enumerate(BAD)])
async def test_bad_values(database: Database, change: dict[str, Any], path: str) -> None:
    with pytest.raises(Invalid) as refusal:
        await submit(database, ADMIN, draft(**change))
    assert refusal.value.path == (path,)
    (result,) = await import_rows(database, ADMIN, [draft(**change)])
    assert isinstance(result.error, Invalid)
    assert await count(database) == 0


@pytest.mark.parametrize(
    "change",
    [
        {"text": "x" * 100_000},
        {"text": "\r\n" * 40_000 + "x"},
        {"text": "👩‍👩‍👧 ẞ ﷺ \u202e x\u0301"},
        {"external_id": "x" * 255},
        {"customer": "ключ" * 60},
        {"occurred_at": EARLIEST_MS},
        {"rating": 1},
        {"rating": 5},
        {"channel": "x" * 64},
        {"reach": (1 << 31) - 1},
    ],
)
async def test_values_at_the_limits(database: Database, change: dict[str, Any]) -> None:
    assert (await submit(database, ADMIN, draft(**change))).created


async def test_tomorrow_but_not_the_day_after(database: Database) -> None:
    await submit(database, ADMIN, draft(occurred_at=now_ms() + AHEAD_MS - 60_000))
    with pytest.raises(Invalid):
        await submit(database, ADMIN, draft(occurred_at=now_ms() + AHEAD_MS + 60_000))


async def test_full_text_search_finds_new_complaints(database: Database) -> None:
    await import_rows(database, ADMIN, [draft("The chargers keep failing."), draft("Café is loud")])
    words = {"charger": 1, "fails": 1, "banana": 0}
    for word, hits in words.items():
        if database.dialect == "sqlite":
            found = await database.rows("SELECT rowid FROM complaint_fts WHERE complaint_fts MATCH ?1", (word,))
        else:
            sql = "SELECT id FROM complaint WHERE search @@ plainto_tsquery('english', $1)"
            found = await database.rows(sql, (word,))
        assert len(found) == hits


async def test_imports_of_the_same_rows_at_once(database: Database) -> None:
    rows = [
        draft(f"text {index}", external_id=str(index), customer=f"c{index % 7}", segment="s") for index in range(300)
    ]
    orders = [random.Random(seed).sample(rows, len(rows)) for seed in range(4)]
    everyone = await asyncio.gather(*(import_rows(database, ADMIN, order) for order in orders))
    assert await count(database) == 300
    assert sum(result.created for results in everyone for result in results) == 300
    assert all(result.error is None for results in everyone for result in results)
    ids = [
        {order[result.index].external_id: result.complaint_id for result in results}
        for order, results in zip(orders, everyone, strict=True)
    ]
    assert all(mine == ids[0] for mine in ids)


async def test_submissions_at_once(database: Database) -> None:
    results = await asyncio.gather(
        *(submit(database, ADMIN, draft(external_id="1", customer="ann")) for _ in range(20))
    )
    assert sum(result.created for result in results) == 1
    assert len({result.complaint_id for result in results}) == 1


async def test_many_rows(database: Database) -> None:
    rows = [draft(f"text {index}", external_id=str(index), customer=f"c{index % 100}") for index in range(4_500)]
    results = await import_rows(database, ADMIN, rows)
    ids = [result.complaint_id for result in results]
    assert all(result.created for result in results)
    # ids follow the order of the rows
    assert ids == sorted(ids, key=int)
    events = await database.rows("SELECT subjects FROM event ORDER BY id")
    told = [orjson.loads(subjects) for (subjects,) in events]
    assert max(map(len, told)) <= 1_000
    assert [id for part in told for id in part] == ids


@pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)
async def test_long_texts_hold_nobody_up(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is personal in them is looked for in a thread; of a few it is found at once, in none."""
    threads: list[int] = []

    def heard(text: str) -> str:
        threads.append(threading.get_ident())
        return redact(text)

    monkeypatch.setattr("nobodyasked.models.privacy.redaction.redact", heard)
    here, many = threading.get_ident(), "4 " * 3_000
    await submit(database, ADMIN, draft("Call (415) 555-0132."))
    await import_rows(database, ADMIN, [draft("The zip broke."), draft("The sole came off.")])
    assert threads == [here] * 3
    threads.clear()
    await submit(database, ADMIN, draft(many))
    bad = draft("Late.", channel=" ")
    results = await import_rows(database, ADMIN, [draft(many + "(415) 555-0132"), bad, draft("Lost.")])
    assert [result.error is None for result in results] == [True, False, True]
    assert len(threads) == 4
    assert here not in threads
    texts = [text for (text,) in await database.rows("SELECT text FROM complaint ORDER BY id")]
    assert texts[0] == "Call [phone]."
    assert not any("555-0132" in text for text in texts)


async def test_few_statements_for_many_rows(database: Database) -> None:
    with database.counting() as small:
        await import_rows(database, ADMIN, [draft(f"a{index}", external_id=f"a{index}") for index in range(5)])
    with database.counting() as large:
        await import_rows(database, ADMIN, [draft(f"b{index}", external_id=f"b{index}") for index in range(500)])
    assert small.count == large.count <= 6


ids_and_words = st.tuples(
    st.sampled_from(["1", "2", "3", None]),
    st.sampled_from(["late", "lost", "", "late\r", "l\x00ate"]),
    st.sampled_from([None, "ann", "bob"]),
)


@pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(ids_and_words, max_size=12), cut=st.integers(0, 12), seed=st.integers(0, 99))
async def test_rows_in_any_order_and_number(database: Database, rows: list, cut: int, seed: int) -> None:
    """Whatever comes, in whatever portions: a second import adds nothing, and no key holds two contents."""
    async with database.transaction() as transaction:
        for table in ("complaint", "customer", "event"):
            await transaction.execute(f"DELETE FROM {table}")
    drafts = [draft(text, external_id=key, customer=customer) for key, text, customer in rows]
    first = await import_rows(database, ADMIN, drafts[:cut]) + await import_rows(database, ADMIN, drafts[cut:])
    before = await count(database)
    assert before == sum(result.created for result in first)
    again = await import_rows(database, ADMIN, random.Random(seed).sample(drafts, len(drafts)) * 2)
    assert not any(result.created for result in again)
    assert await count(database) == before
    for given_, result in zip(drafts, first, strict=True):
        assert (result.complaint_id is None) == (result.error is not None)
        if result.complaint_id is not None:
            text, customer = await kept(database, result.complaint_id)
            assert (text, customer) == (cleaned(given_), given_.customer)


def cleaned(given_: ComplaintDraft) -> str:
    return given_.text.replace("\r", "").replace("\x00", "")


async def kept(database: Database, complaint: int) -> tuple[str, str | None]:
    sql = "SELECT c.text, p.external_id FROM complaint c LEFT JOIN customer p ON p.id = c.customer_id WHERE c.id = ?1"
    return tuple((await database.rows(database.sql(sql), (complaint,)))[0])
