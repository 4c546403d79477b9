from __future__ import annotations

import asyncio

import pytest

from nobodyasked.models.commands import inventions, needs
from nobodyasked.models.commands.inventions import ClaimDraft
from nobodyasked.models.database import Database
from nobodyasked.models.errors import Forbidden, IllegalTransition, Invalid, NotFound, StaleVersion
from nobodyasked.models.invention import EDITABLE_INVENTIONS, Door, InventionStatus
from nobodyasked.models.team import Role

from .people import CONTRIBUTOR, CURATOR, READER, member, row
from .world import complain, found, infer, needs_by_statement


async def two_needs(database: Database) -> tuple[int, int]:
    ids = await complain(database, ["ann", "bob"])
    await infer(database, found({"a": ids, "b": ids}))
    by = await needs_by_statement(database)
    return by["a"], by["b"]


async def claims_of(database: Database, invention: int) -> list[tuple]:
    sql = "SELECT need_id, rationale, relief FROM claim WHERE invention_id = ?1 ORDER BY need_id"
    return list(map(tuple, await database.rows(database.sql(sql), (invention,))))


def propose(database: Database, actor, *claims: ClaimDraft, title: str = "Lockers", mechanism: str = "One a street."):
    return inventions.propose(database, actor, title=title, mechanism=mechanism, door=Door.TWO_WAY, claims=claims)


async def test_the_life_of_a_proposal(database: Database) -> None:
    a, b = await two_needs(database)
    ann = await member(database, "Ann", Role.CONTRIBUTOR)
    id = await propose(database, ann, ClaimDraft(a, "They are late because ...", 0.5))
    assert await row(database, "invention", id, "title, status, door, version, proposer_id") == (
        "Lockers",
        "DRAFT",
        "TWO_WAY",
        1,
        ann.member_id,
    )
    await inventions.update(database, ann, id, 1, title="Parcel lockers", door=Door.ONE_WAY)
    await inventions.claim_need(database, ann, id, 2, b, "That too", 1)
    await inventions.claim_need(database, ann, id, 3, a, "Less than I thought", 0.25)
    assert await claims_of(database, id) == [(a, "Less than I thought", 0.25), (b, "That too", 1.0)]
    await inventions.drop_need(database, ann, id, 4, a)
    assert await claims_of(database, id) == [(b, "That too", 1.0)]
    with pytest.raises(NotFound):
        await inventions.drop_need(database, ann, id, 5, a)
    await inventions.withdraw(database, ann, id, 5)
    assert await row(database, "invention", id, "title, mechanism, status, door, version") == (
        "Parcel lockers",
        "One a street.",
        "WITHDRAWN",
        "ONE_WAY",
        6,
    )


@pytest.mark.parametrize("status", list(InventionStatus))
async def test_every_change_in_every_state(database: Database, status: InventionStatus) -> None:
    a, b = await two_needs(database)
    for verb in ("update", "claim", "drop", "withdraw"):
        id = await propose(database, CURATOR, ClaimDraft(a, "x", 0))
        async with database.transaction() as transaction:
            await transaction.execute("UPDATE invention SET status = ?1 WHERE id = ?2", (status.value, id))
        attempt = {
            "update": lambda id=id: inventions.update(database, CURATOR, id, 1, title="y"),
            "claim": lambda id=id: inventions.claim_need(database, CURATOR, id, 1, b, "x", 0.5),
            "drop": lambda id=id: inventions.drop_need(database, CURATOR, id, 1, a),
            "withdraw": lambda id=id: inventions.withdraw(database, CURATOR, id, 1),
        }[verb]
        if status in EDITABLE_INVENTIONS:
            await attempt()
            assert await row(database, "invention", id, "version") == (2,)
        else:
            with pytest.raises(IllegalTransition, match=status.value):
                await attempt()
            assert await row(database, "invention", id, "version") == (1,)


async def test_who_may_change_what(database: Database) -> None:
    ann, bob = await member(database, "Ann", Role.CONTRIBUTOR), await member(database, "Bob", Role.CONTRIBUTOR)
    with pytest.raises(Forbidden):
        await propose(database, READER)
    id = await propose(database, ann)
    with pytest.raises(Forbidden):
        await inventions.update(database, bob, id, 1, title="Mine now")
    with pytest.raises(Forbidden):
        await inventions.withdraw(database, bob, id, 1)
    await inventions.update(database, CURATOR, id, 1, title="Ours")
    # one who has no member is nobody's proposer, though both are unknown
    nobody = await propose(database, CONTRIBUTOR)
    with pytest.raises(Forbidden):
        await inventions.update(database, CONTRIBUTOR, nobody, 1, title="Mine")


async def test_stale_and_missing(database: Database) -> None:
    a, _ = await two_needs(database)
    id = await propose(database, CURATOR)
    for attempt in (
        inventions.update(database, CURATOR, id, 2, title="y"),
        inventions.claim_need(database, CURATOR, id, 2, a, "x", 0.5),
        inventions.withdraw(database, CURATOR, id, 0),
    ):
        with pytest.raises(StaleVersion):
            await attempt
    with pytest.raises(NotFound):
        await inventions.update(database, CURATOR, id + 1, 1, title="y")
    with pytest.raises(NotFound) as refusal:
        await inventions.claim_need(database, CURATOR, id, 1, 999, "x", 0.5)
    assert refusal.value.path == ("needId",)
    assert await row(database, "invention", id, "version") == (1,)


async def test_two_changes_at_once(database: Database) -> None:
    id = await propose(database, CURATOR)
    outcomes = await asyncio.gather(
        *(inventions.update(database, CURATOR, id, 1, title=f"Title {index}") for index in range(5)),
        return_exceptions=True,
    )
    assert outcomes.count(None) == 1
    assert sum(isinstance(outcome, StaleVersion) for outcome in outcomes) == 4


async def test_claims_follow_aliases_and_leave_dismissed_needs(database: Database) -> None:
    a, b = await two_needs(database)
    await needs.merge(database, CURATOR, [b], a, {a: 1, b: 1})
    id = await propose(database, CURATOR, ClaimDraft(b, "x", 0.5))
    assert await claims_of(database, id) == [(a, "x", 0.5)]
    with pytest.raises(Invalid):
        await propose(database, CURATOR, ClaimDraft(a, "x", 0.5), ClaimDraft(b, "y", 0.5))
    await inventions.drop_need(database, CURATOR, id, 1, b)
    await needs.dismiss(database, CURATOR, a, 2, "no")
    with pytest.raises(IllegalTransition):
        await propose(database, CURATOR, ClaimDraft(a, "x", 0.5))
    assert await database.value("SELECT COUNT(*) FROM invention") == 1


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"title": ""}, ("title",)),
        ({"title": "x" * 201}, ("title",)),
        ({"mechanism": " \n "}, ("mechanism",)),
        ({"mechanism": "x" * 20_001}, ("mechanism",)),
        ({"title": "\ud800"}, ("title",)),
    ],
)
async def test_bad_words(database: Database, change: dict[str, str], path: tuple[str, ...]) -> None:
    with pytest.raises(Invalid) as refusal:
        await propose(database, CURATOR, **change)
    assert refusal.value.path == path
    id = await propose(database, CURATOR)
    with pytest.raises(Invalid):
        await inventions.update(database, CURATOR, id, 1, **change)
    with pytest.raises(Invalid):
        await inventions.update(database, CURATOR, id, 1)


@pytest.mark.parametrize("relief", [-0.01, 1.01, float("nan"), float("inf")])
async def test_relief_is_a_share(database: Database, relief: float) -> None:
    a, _ = await two_needs(database)
    with pytest.raises(Invalid) as refusal:
        await propose(database, CURATOR, ClaimDraft(a, "x", relief))
    assert refusal.value.path == ("claims", "0", "relief")
