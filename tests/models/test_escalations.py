"""The "?": routed, due, acknowledged, answered, reviewed, reopened, closed; every step in every state; told once."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import NamedTuple

import orjson
import pytest

from nobodyasked.models.actor import Actor
from nobodyasked.models.commands import escalations, needs, teams
from nobodyasked.models.database import Database
from nobodyasked.models.errors import (
    Forbidden,
    IllegalTransition,
    Invalid,
    NotFound,
    ReviewerIsAuthor,
    StaleVersion,
)
from nobodyasked.models.escalation import HOUR_MS, EscalationStatus, EscalationStep
from nobodyasked.models.fields import now_ms
from nobodyasked.models.team import Role

from .people import CONTRIBUTOR, CURATOR, READER, member, row
from .world import complain, found, infer, needs_by_statement, state

LEADS = {
    (EscalationStep.ACKNOWLEDGE, "OPEN"): "ACKNOWLEDGED",
    (EscalationStep.ANSWER, "ACKNOWLEDGED"): "ANSWERED",
    (EscalationStep.REVIEW, "ANSWERED"): "REVIEWED",
    (EscalationStep.CLOSE, "REVIEWED"): "CLOSED",
    (EscalationStep.REOPEN, "ANSWERED"): "OPEN",
    (EscalationStep.REOPEN, "REVIEWED"): "OPEN",
    (EscalationStep.REOPEN, "CLOSED"): "OPEN",
    (EscalationStep.ROUTE, "OPEN"): "OPEN",
    (EscalationStep.ROUTE, "ACKNOWLEDGED"): "OPEN",
}
"""Every step that may be taken, and where it leads; every other one is refused."""
WHYS = [f"Because of {n}." for n in range(5)]


class Case(NamedTuple):
    complaints: list[int]
    need: int
    other: int
    """A need that nobody owns."""
    team: int
    elsewhere: int
    asker: Actor
    """A contributor of no team."""
    ann: Actor
    """A contributor of the team."""
    bob: Actor
    """A curator."""


async def case(database: Database) -> Case:
    complaints = await complain(database, ["c1", "c2"])
    await infer(database, found({"late": complaints, "dear": complaints}))
    by = await needs_by_statement(database)
    team, elsewhere = await teams.create(database, CURATOR, "Delivery"), await teams.create(database, CURATOR, "Shop")
    await needs.assign(database, CURATOR, by["late"], (await state(database, by["late"])).version, team)
    asker, ann = await member(database, "Jeff", Role.CONTRIBUTOR), await member(database, "Ann", Role.CONTRIBUTOR)
    bob = await member(database, "Bob", Role.CURATOR)
    async with database.transaction() as transaction:
        await transaction.execute("UPDATE member SET team_id = ?1 WHERE name = 'Ann'", (team,))
    return Case(complaints, by["late"], by["dear"], team, elsewhere, asker, ann, bob)


async def version(database: Database, id: int) -> int:
    return (await row(database, "escalation", id, "version"))[0]


def attempt(
    database: Database, at: Case, id: int, how: EscalationStep, seen: int, by: Actor | None = None
) -> Awaitable[object]:
    team, asker = by or at.ann, by or at.asker
    takes: dict[EscalationStep, Callable[[], Awaitable[object]]] = {
        EscalationStep.ACKNOWLEDGE: lambda: escalations.acknowledge(database, team, id, seen),
        EscalationStep.ANSWER: lambda: escalations.answer(database, team, id, seen, "Snow.", WHYS, ["Salt."]),
        EscalationStep.REVIEW: lambda: escalations.review(database, asker, id, seen, "Good."),
        EscalationStep.REOPEN: lambda: escalations.reopen(database, asker, id, seen, "Again."),
        EscalationStep.CLOSE: lambda: escalations.close(database, asker, id, seen),
        EscalationStep.ROUTE: lambda: escalations.route(database, team, id, seen, at.elsewhere),
    }
    return takes[how]()


async def put(database: Database, at: Case, id: int, status: str) -> None:
    """Into a state, past the rules."""
    async with database.transaction() as transaction:
        await transaction.execute(
            "UPDATE escalation SET status = ?1, team_id = ?2 WHERE id = ?3", (status, at.team, id)
        )


async def test_every_step_in_every_state(database: Database) -> None:
    at = await case(database)
    id = await escalations.ask(database, at.asker, "Why?", need_id=at.need)
    async with database.transaction() as transaction:
        # an answer that there is in every state
        await transaction.execute(
            "INSERT INTO escalation_answer (escalation_id, author_id, text, whys, actions, asked_at, due_at, answered_at)"
            " VALUES (?1, ?2, 'x', '[]', '[]', 1, 2, 3)",
            (id, at.ann.member_id),
        )
    taken = set()
    for before in EscalationStatus:
        for how in EscalationStep:
            await put(database, at, id, before)
            seen = await version(database, id)
            after = LEADS.get((how, before.value))
            if after is None:
                with pytest.raises(IllegalTransition, match=f"is {before}") as refusal:
                    await attempt(database, at, id, how, seen)
                assert refusal.value.state == before
                assert await version(database, id) == seen
            else:
                await attempt(database, at, id, how, seen)
                assert await row(database, "escalation", id, "status, version") == (after, seen + 1)
                taken.add((how, before.value))
    assert taken == LEADS.keys()


async def test_who_may_take_a_step(database: Database) -> None:
    at = await case(database)
    id = await escalations.ask(database, at.asker, "Why?", need_id=at.need)
    cat = await member(database, "Cat", Role.CURATOR)
    of_team = (EscalationStep.ACKNOWLEDGE, EscalationStep.ANSWER, EscalationStep.ROUTE)
    for how, before in (
        (EscalationStep.ACKNOWLEDGE, "OPEN"),
        (EscalationStep.ANSWER, "ACKNOWLEDGED"),
        (EscalationStep.REVIEW, "ANSWERED"),
        (EscalationStep.REOPEN, "ANSWERED"),
        (EscalationStep.CLOSE, "REVIEWED"),
        (EscalationStep.ROUTE, "OPEN"),
    ):
        await put(database, at, id, before)
        seen = await version(database, id)
        stranger = at.asker if how in of_team else at.ann
        for nobody in (READER, CONTRIBUTOR, CURATOR, stranger):
            with pytest.raises(Forbidden):
                await attempt(database, at, id, how, seen, nobody)
        with pytest.raises(StaleVersion):
            await attempt(database, at, id, how, seen - 1)
        await attempt(database, at, id, how, seen, cat if how is EscalationStep.REVIEW else at.bob)
        if how is EscalationStep.ANSWER:
            # nobody reviews an answer of their own, whatever the role
            with pytest.raises(ReviewerIsAuthor):
                await escalations.review(database, replace(at.bob, role=Role.ADMIN), id, seen + 1, "Good.")
    with pytest.raises(Forbidden):
        await escalations.ask(database, READER, "Why?", need_id=at.need)
    with pytest.raises(NotFound):
        await escalations.close(database, at.bob, 999, 1)


async def test_routing_and_due_times(database: Database) -> None:
    at = await case(database)

    async def asked(**about: int) -> tuple:
        id = await escalations.ask(database, at.asker, "Why?", **about)
        columns = "team_id, need_id, severity, due_at - asked_at, status, reopen_count"
        return await row(database, "escalation", id, columns)

    day = 24 * HOUR_MS
    async with database.transaction() as transaction:
        await transaction.execute("UPDATE complaint SET severity = 4 WHERE id = ?1", (at.complaints[0],))
        await transaction.execute("UPDATE complaint SET severity = NULL WHERE id = ?1", (at.complaints[1],))
        # the other need has the surer evidence, but nobody owns it
        await transaction.execute("UPDATE evidence SET confidence = 0.99 WHERE need_id = ?1", (at.other,))
    assert await asked(complaint_id=at.complaints[0]) == (at.team, at.need, 4, day, "OPEN", 0)
    assert await asked(complaint_id=at.complaints[1]) == (at.team, at.need, 3, 3 * day, "OPEN", 0)
    assert await asked(need_id=at.need) == (at.team, at.need, 4, day, "OPEN", 0)
    assert await asked(need_id=at.other, severity=5) == (None, at.other, 5, 8 * HOUR_MS, "OPEN", 0)
    (fresh,) = await complain(database, ["c9"])
    assert (await asked(complaint_id=fresh))[:3] == (None, None, 3)
    for wrong in ({}, {"need_id": at.need, "complaint_id": 1}, {"need_id": at.need, "severity": 6}):
        with pytest.raises(Invalid):
            await asked(**wrong)
    for due in (now_ms() - 1, now_ms() + 91 * day):
        with pytest.raises(Invalid):
            await asked(need_id=at.need, due_at=due)
    for nothing in ({"need_id": 999}, {"complaint_id": 999}):
        with pytest.raises(NotFound):
            await asked(**nothing)

    # who gets the need gets its questions, but for those that were handed to others, and those that are answered
    sql = database.sql("SELECT id FROM escalation WHERE team_id = ?1 ORDER BY id")
    ids = [id for (id,) in await database.rows(sql, (at.team,))]
    first, second, third = ids
    await escalations.acknowledge(database, at.ann, first, 1)
    await escalations.route(database, at.ann, second, 1, at.elsewhere)
    with pytest.raises(Invalid):
        await escalations.route(database, at.bob, second, 2, at.elsewhere)
    with pytest.raises(NotFound):
        await escalations.route(database, at.bob, second, 2, 999)
    await escalations.acknowledge(database, at.ann, third, 1)
    await escalations.answer(database, at.ann, third, 2, "Snow.", WHYS, ["Salt."])
    third_team = await teams.create(database, CURATOR, "Third")
    await needs.assign(database, CURATOR, at.need, (await state(database, at.need)).version, third_team)
    assert [await row(database, "escalation", id, "team_id, status, owner_id") for id in ids] == [
        (third_team, "OPEN", None),
        (at.elsewhere, "OPEN", None),
        (at.team, "ANSWERED", at.ann.member_id),
    ]
    # and a merge leads them to the need that is left
    versions = {need: (await state(database, need)).version for need in (at.need, at.other)}
    await needs.merge(database, CURATOR, [at.need], at.other, versions)
    assert {id for (id,) in await database.rows("SELECT need_id FROM escalation")} == {at.other, None}
    await needs.dismiss(database, CURATOR, at.other, versions[at.other] + 1, "no")
    with pytest.raises(IllegalTransition):
        await asked(need_id=at.other)


async def test_a_merge_hands_unanswered_questions_to_the_owner_of_the_target(database: Database) -> None:
    at = await case(database)
    ids = [await escalations.ask(database, at.asker, f"Why {n}?", need_id=at.need) for n in range(4)]
    waiting, handed, answered, taken = ids
    await escalations.route(database, at.ann, handed, 1, at.elsewhere)
    for id in (answered, taken):
        await escalations.acknowledge(database, at.ann, id, 1)
    await escalations.answer(database, at.ann, answered, 2, "Snow.", WHYS, ["Salt."])
    nobodys = await escalations.ask(database, at.asker, "Why?", need_id=at.other)
    third = await teams.create(database, CURATOR, "Third")
    (fresh,) = await complain(database, ["c9"])
    await infer(database, found({"third": [fresh]}, watermark=0))
    target = (await needs_by_statement(database))["third"]
    before = await database.value("SELECT MAX(id) FROM event")

    async def merged(source: int, into: int) -> None:
        versions = {need: (await state(database, need)).version for need in (source, into)}
        await needs.merge(database, CURATOR, [source], into, versions)

    # nobody owns it: what has a team keeps it
    await merged(at.need, at.other)
    assert [(await row(database, "escalation", id, "team_id"))[0] for id in (*ids, nobodys)] == [
        *(at.team, at.elsewhere, at.team, at.team),
        None,
    ]
    await needs.assign(database, CURATOR, target, (await state(database, target)).version, third)
    async with database.transaction() as transaction:
        await transaction.execute("UPDATE need SET team_id = ?2 WHERE id = ?1", (at.other, at.team))
    await merged(at.other, target)
    shown = "need_id, team_id, status, owner_id"
    assert [await row(database, "escalation", id, shown) for id in (*ids, nobodys)] == [
        (target, third, "OPEN", None),
        (target, at.elsewhere, "OPEN", None),
        (target, at.team, "ANSWERED", at.ann.member_id),
        (target, third, "OPEN", None),
        (target, third, "OPEN", None),
    ]
    sql = database.sql("SELECT subjects, details FROM event WHERE id > ?1 AND topic = 'ESCALATION_CHANGED'")
    told = [
        (orjson.loads(subjects), orjson.loads(details)) for subjects, details in await database.rows(sql, (before,))
    ]
    assert told == [([waiting, taken, nobodys], {"change": "ROUTED", "team": third})]


async def test_answers_are_kept_and_questions_asked_again(database: Database) -> None:
    at = await case(database)
    id = await escalations.ask(database, at.asker, "Why?", need_id=at.need)
    await escalations.acknowledge(database, at.ann, id, 1)
    for whys, actions in ((WHYS[:4], ["x"]), ([*WHYS[:4], " "], ["x"]), (WHYS, []), (WHYS, ["x"] * 21)):
        with pytest.raises(Invalid):
            await escalations.answer(database, at.ann, id, 2, "Snow.", whys, actions)
    await escalations.answer(database, at.ann, id, 2, "Snow.", WHYS, ["Salt."])
    await escalations.reopen(database, at.asker, id, 3, "It did not snow.")
    columns = "status, reopen_count, owner_id, acknowledged_at, answered_at, due_at - asked_at"
    assert await row(database, "escalation", id, columns) == ("OPEN", 1, None, None, None, 72 * HOUR_MS)
    await escalations.acknowledge(database, at.ann, id, 4)
    await escalations.answer(database, at.ann, id, 5, "The van.", WHYS, ["A van."])
    await escalations.review(database, at.asker, id, 6, "Yes.")
    await escalations.close(database, at.asker, id, 7)
    answers = await database.rows(
        "SELECT text, CAST(whys AS TEXT), reviewer_id, review, reopened_because FROM escalation_answer ORDER BY id"
    )
    assert [(a, d, e) for a, _, _, d, e in answers] == [
        ("Snow.", None, "It did not snow."),
        ("The van.", "Yes.", None),
    ]
    assert answers[1][2] == at.asker.member_id
    assert "Because of 4." in answers[0][1]
    # of two who acknowledge at once, one does
    other = await escalations.ask(database, at.asker, "Why?", need_id=at.need)
    outcomes = await asyncio.gather(
        *(escalations.acknowledge(database, who, other, 1) for who in (at.ann, at.bob)), return_exceptions=True
    )
    assert sorted(type(one).__name__ for one in outcomes) == ["NoneType", "StaleVersion"]


async def breaches(database: Database) -> list[str]:
    sql = (
        "SELECT CAST(subjects AS TEXT) FROM event WHERE topic = 'ESCALATION_CHANGED'"
        " AND CAST(details AS TEXT) LIKE '%BREACHED%' ORDER BY id"
    )
    return [subjects for (subjects,) in await database.rows(sql)]


async def test_a_breach_is_told_once_by_whoever_sees_it(database: Database, database_url: str) -> None:
    at = await case(database)
    late, later, waiting = [await escalations.ask(database, at.asker, "Why?", need_id=at.need) for _ in range(3)]

    async def overdue(*ids: int) -> None:
        async with database.transaction() as transaction:
            for id in ids:
                await transaction.execute("UPDATE escalation SET due_at = asked_at - 1 WHERE id = ?1", (id,))

    assert await escalations.tell_breaches(database) == 0
    await overdue(late)
    others = [await Database.open(database_url, pool=2) for _ in range(3)]
    try:
        told = await asyncio.gather(*(escalations.tell_breaches(one) for one in [database, *others] * 3))
    finally:
        for one in others:
            await one.close()
    assert sum(told) == 1
    assert await breaches(database) == [f"[{late}]"]
    # an answer that comes late before anybody looked tells of it itself
    await overdue(later)
    await escalations.acknowledge(database, at.ann, later, 1)
    await escalations.answer(database, at.ann, later, 2, "Snow.", WHYS, ["Salt."])
    assert await escalations.tell_breaches(database) == 0
    assert await breaches(database) == [f"[{late}]", f"[{later}]"]
    # asked again, it may be late again
    await escalations.reopen(database, at.asker, later, 3, "No.")
    assert await escalations.tell_breaches(database) == 0
    await overdue(later)
    assert await escalations.tell_breaches(database) == 1
    assert (await row(database, "escalation", waiting, "breach_told_at")) == (None,)
    assert len(await breaches(database)) == 3
