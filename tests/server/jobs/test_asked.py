"""The asks that come nearest to each invention, whoever wrote either; and what they do to ask distance and coverage."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from nobodyasked.graphql.context import Context
from nobodyasked.graphql.engine import Engine
from nobodyasked.models.actor import Actor
from nobodyasked.models.commands import complaints, evidence, inventions
from nobodyasked.models.commands.complaints import ComplaintDraft
from nobodyasked.models.commands.inventions import ClaimDraft
from nobodyasked.models.database import Database
from nobodyasked.models.evidence import EvidenceStatus
from nobodyasked.models.invention import Door
from nobodyasked.server.jobs import asked
from nobodyasked.server.jobs.mind import Mind

from .crowd import arrive
from .test_mind import OPERATOR, infer, thinking

MECHANISM = "a locker on every street that opens with the phone"
PLANE = (
    "{ inventions { nodes { id askDistance coverage quadrant nearestAsks { edges { nearness node { quote } } } } } }"
)


@pytest.fixture
async def mind(database: Database) -> AsyncIterator[Mind]:
    async with thinking(database) as opened:
        yield opened


@pytest.fixture
async def other(database: Database) -> AsyncIterator[Database]:
    """The same data, as another process sees it."""
    opened = await Database.open(database.url, pool=2)
    try:
        yield opened
    finally:
        await opened.close()


async def ask(database: Database, mind: Mind, query: str) -> Any:
    context = Context(database, Actor.anonymous(), mind, None)  # type: ignore[arg-type]
    body = json.loads((await Engine().execute(query, {}, None, context)).body)
    assert "errors" not in body, body
    return body["data"]


async def plane(database: Database, mind: Mind) -> dict[str, Any]:
    (one,) = (await ask(database, mind, PLANE))["inventions"]["nodes"]
    return one


async def say(database: Database, mind: Mind, text: str) -> None:
    done = await complaints.submit(database, OPERATOR, ComplaintDraft(text=text, channel="chat", source="test"))
    await mind.received([done.complaint_id])


async def propose(database: Database, *claims: ClaimDraft, mechanism: str = MECHANISM) -> int:
    return await inventions.propose(
        database, OPERATOR, title="Lockers", mechanism=mechanism, door=Door.TWO_WAY, claims=claims
    )


async def test_a_verbatim_request_brings_an_invention_nearer(database: Database, mind: Mind) -> None:
    await propose(database)
    before = await plane(database, mind)
    assert before["askDistance"] == 1.0
    assert before["nearestAsks"]["edges"] == []
    # what has nothing to do with it changes nothing, asked for or not
    await say(database, mind, "The soup was cold and salty.")
    assert await plane(database, mind) == before
    await say(database, mind, f"Please add {MECHANISM}.")
    after = await plane(database, mind)
    assert after["askDistance"] < 0.5
    (edge,) = after["nearestAsks"]["edges"]
    assert MECHANISM in edge["node"]["quote"]
    assert after["askDistance"] == pytest.approx(1 - edge["nearness"])
    # a request for another thing is no nearer
    await say(database, mind, "Please add goldfish.")
    assert (await plane(database, mind))["askDistance"] == after["askDistance"]


async def test_what_is_hardly_an_ask_brings_nothing_nearer(database: Database, mind: Mind) -> None:
    await propose(database)
    await say(database, mind, f"Please add {MECHANISM}.")
    async with database.transaction() as transaction:
        await transaction.execute("UPDATE span SET score = 0.49 WHERE kind = 'ASK'")
    assert (await plane(database, mind))["askDistance"] == 1.0


async def test_evidence_makes_coverage(database: Database, mind: Mind) -> None:
    await arrive(database, 40)
    await infer(database)
    need = await database.value("SELECT id FROM need WHERE status = 'ACTIVE' ORDER BY customer_count DESC, id LIMIT 1")
    pieces = await database.rows(
        database.sql(
            "SELECT id, confidence FROM evidence WHERE need_id = ?1 AND stance = 'SUPPORTS' ORDER BY id LIMIT 3"
        ),
        (need,),
    )
    elsewhere = await database.rows(
        database.sql("SELECT id, 1 FROM evidence WHERE need_id <> ?1 AND stance = 'SUPPORTS' ORDER BY id LIMIT 2"),
        (need,),
    )
    await propose(database, ClaimDraft(need, "They open.", 0.5))
    assert (await plane(database, mind))["coverage"] == 0

    async def decide(id: int, decision: EvidenceStatus) -> float:
        version = await database.value(database.sql("SELECT version FROM evidence WHERE id = ?1"), (id,))
        await evidence.decide(database, OPERATOR, id, decision, version)
        return (await plane(database, mind))["coverage"]

    for id, _ in [*pieces, *elsewhere]:
        coverage = await decide(id, EvidenceStatus.ACCEPTED)
    assert coverage == pytest.approx(0.5 * sum(sure for _, sure in pieces) / 5, abs=1e-6)
    assert await decide(pieces[0][0], EvidenceStatus.DISMISSED) < coverage
    # what other needs lose, it gains
    assert await decide(elsewhere[0][0], EvidenceStatus.DISMISSED) > coverage * 2 / 3
    shown = await plane(database, mind)
    await say(database, mind, "The soup was cold and salty.")
    assert await plane(database, mind) == shown


async def held(mind: Mind) -> dict[int, list[int]]:
    found: dict[int, list[int]] = {}
    for invention, span, _ in await mind.asked():
        found.setdefault(invention, []).append(span)
    return found


async def test_it_is_right_whoever_wrote(
    database: Database,
    mind: Mind,
    other: Database,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """As if everything were compared anew, whatever changed: asks and inventions that came, changed or went."""
    monkeypatch.setattr(asked, "NEAREST", 2)
    monkeypatch.setattr(asked, "ASKS_AT_ONCE", 2)

    async def check() -> dict[int, list[int]]:
        async with thinking(other, worker=False) as fresh:
            anew = await fresh.asked()
        assert await mind.asked() == anew
        return await held(mind)

    assert await check() == {}
    first = await propose(other)
    assert await check() == {}
    for text in (f"Please add {MECHANISM}.", "Please add lockers.", "Please add a phone.", "Please add goldfish."):
        await say(database, mind, text)
        found = await check()
    assert len(found[first]) == 2
    second = await propose(other, mechanism="goldfish for everybody")
    assert (await check())[second][0] not in found[first]
    await inventions.update(other, OPERATOR, first, 1, mechanism="goldfish in a tank")
    assert (await check())[first] != found[first]
    # an ask that a person says is none, and a complaint that is erased
    async with other.transaction() as transaction:
        await transaction.execute("UPDATE span SET kind = 'PAIN' WHERE id = ?1", ((await held(mind))[first][0],))
    await check()
    async with other.transaction() as transaction:
        await transaction.execute("DELETE FROM complaint WHERE id = (SELECT MIN(id) FROM complaint)")
        await transaction.execute("DELETE FROM invention WHERE id = ?1", (second,))
    assert set(await check()) == {first}


async def test_similar_inventions_are_told_on_proposing(database: Database, mind: Mind) -> None:
    first = await propose(database)
    member = 'mutation { inventionPropose(input: { title: "Lockers", mechanism: "%s" }) { invention { id }'
    member += " similarInventions { similarity invention { id title } } userErrors { code } } }"
    context = Context(database, OPERATOR, mind, None)  # type: ignore[arg-type]
    body = json.loads((await Engine().execute(member % MECHANISM, {}, None, context)).body)
    (same,) = body["data"]["inventionPropose"]["similarInventions"]
    assert same["invention"] == {"id": f"invention_{first}", "title": "Lockers"}
    assert same["similarity"] > 0.9
    assert same["similarity"] == round(same["similarity"], 6)
    body = json.loads((await Engine().execute(member % "goldfish", {}, None, context)).body)
    assert body["data"]["inventionPropose"]["similarInventions"] == []
    assert body["data"]["inventionPropose"]["invention"] is not None
