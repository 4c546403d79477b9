"""Originals of redacted texts: sealed in the table, shown to administrators alone, on every way."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from nobodyasked.models.actor import Actor
from nobodyasked.models.commands.complaints import submit
from nobodyasked.models.commands.originals import rotate
from nobodyasked.models.database import Database
from nobodyasked.models.errors import Conflict, Forbidden
from nobodyasked.models.fields import now_ms
from nobodyasked.models.privacy.policy import Privacy
from nobodyasked.models.privacy.seal import Key, Seal
from nobodyasked.models.team import Role
from nobodyasked.server.privacy import SEAL_FILE, privacy_of
from nobodyasked.server.settings import load_settings

from ..models.people import ADMIN, CONTRIBUTOR, READER, draft
from .conftest import Graph

OLD, NEW = "old-secret-" * 4, "new-secret-" * 4
SAID = "Call 06 12 34 56 78, Zyx.\nRegards,\nQuelma Ozbert"
SHOWN = "Call [phone], Zyx.\nRegards,\n[name]"


async def whole(graph: Graph, query: str, *, role: Role) -> Any:
    """An answer with its errors."""
    return json.loads((await graph.answer(query, role=role)).body)


def with_ids(query: str, *ids: str) -> str:
    for id in ids:
        query = query.replace("%s", id, 1)
    return query


def under(*secrets: str) -> Privacy:
    return Privacy(seal=Seal(lambda make: secrets))


async def test_originals_are_sealed_and_for_administrators_alone(graph: Graph) -> None:
    db = graph.database
    db.privacy = under(OLD)
    first = await submit(db, CONTRIBUTOR, draft(SAID, external_id="a", customer="zyx"))
    plain = await submit(
        db, CONTRIBUTOR, draft("It never came.", external_id="b", customer="zyx", occurred_at=now_ms() + 1_000)
    )
    await submit(db, CONTRIBUTOR, draft(SAID, external_id="a", customer="zyx"))
    rows = await db.rows("SELECT complaint_id, key_id, sealed FROM sealed_text")
    assert [tuple(row)[:2] for row in rows] == [(first.complaint_id, Key.of(OLD).id)]
    assert b"Quelma" not in bytes(rows[0][2])

    one, other = f"complaint_{first.complaint_id}", f"complaint_{plain.complaint_id}"
    ways = (
        with_ids('{ complaint(id: "%s") { text originalText } }', one),
        with_ids('{ node(id: "%s") { ... on Complaint { text originalText } } }', one),
        '{ customers(where: {externalId: {eq: "zyx"}}) { nodes { complaints { nodes { text originalText } } } } }',
    )
    admin = [await whole(graph, way, role=Role.ADMIN) for way in ways]
    shown = {"text": SHOWN, "originalText": SAID}
    assert admin[0]["data"] == {"complaint": shown}
    assert admin[1]["data"] == {"node": shown}
    assert admin[2]["data"]["customers"]["nodes"][0]["complaints"]["nodes"] == [
        {"text": "It never came.", "originalText": None},
        shown,
    ]
    with db.counting() as recorder:
        both = with_ids('{ nodes(ids: ["%s", "%s"]) { ... on Complaint { again: originalText id } } }', one, other)
        assert (await whole(graph, both, role=Role.ADMIN))["data"]["nodes"] == [
            {"again": SAID, "id": one},
            {"again": None, "id": other},
        ]
    assert len(recorder.statements) == 2
    submitted = await whole(
        graph,
        'mutation { complaintSubmit(input: {text: "I am jo@example.org", channel: "chat", source: "s"})'
        " { complaint { text originalText } } }",
        role=Role.ADMIN,
    )
    assert submitted["data"]["complaintSubmit"]["complaint"] == {
        "text": "I am [e-mail]",
        "originalText": "I am jo@example.org",
    }
    for role in (Role.READER, Role.CONTRIBUTOR, Role.CURATOR):
        for way in (*ways, both):
            answer = await whole(graph, way, role=role)
            assert answer["errors"][0]["extensions"]["code"] == "FORBIDDEN"
            assert "Quelma" not in str(answer)


async def test_without_the_key_everything_else_works(graph: Graph) -> None:
    db = graph.database
    db.privacy = under(OLD)
    done = await submit(db, CONTRIBUTOR, draft(SAID, external_id="a", occurred_at=now_ms() + 1_000))
    other = await submit(db, CONTRIBUTOR, draft("I am jo@example.org", external_id="b"))
    # a text in another's place cannot be taken for its own
    swap = "UPDATE sealed_text SET sealed = (SELECT sealed FROM sealed_text WHERE complaint_id = ?1) WHERE complaint_id = ?2"
    async with db.transaction() as transaction:
        await transaction.execute(swap, (done.complaint_id, other.complaint_id))
    ask = "{ complaints(first: 2) { nodes { text originalText } } }"
    answer = await whole(graph, ask, role=Role.ADMIN)
    assert [node["originalText"] for node in answer["data"]["complaints"]["nodes"]] == [SAID, None]
    assert "was changed" in answer["errors"][0]["message"]

    db.privacy = under(NEW)
    answer = await whole(graph, ask, role=Role.ADMIN)
    assert [node["text"] for node in answer["data"]["complaints"]["nodes"]] == [SHOWN, "I am [e-mail]"]
    assert [node["originalText"] for node in answer["data"]["complaints"]["nodes"]] == [None, None]
    assert answer["errors"][0]["extensions"]["code"] == "UNSEALABLE"
    assert Key.of(OLD).id in answer["errors"][0]["message"]
    db.privacy = Privacy()
    without = await submit(db, CONTRIBUTOR, draft("I am jo@example.org", external_id="c"))
    assert without.created
    assert await db.value("SELECT COUNT(*) FROM sealed_text") == 2
    with pytest.raises(Conflict):
        await rotate(db, ADMIN)


async def test_a_new_key_takes_over(database: Database) -> None:
    database.privacy = under(OLD)
    ids = [
        (await submit(database, CONTRIBUTOR, draft(f"I am jo{n}@example.org", external_id=str(n)))).complaint_id
        for n in range(3)
    ]
    database.privacy = under(NEW)
    missing = await rotate(database, ADMIN)
    assert (missing.key_id, missing.sealed, missing.missing) == (Key.of(NEW).id, 0, 3)
    database.privacy = under(NEW, OLD)
    assert (await rotate(database, ADMIN)).sealed == 3
    assert (await rotate(database, ADMIN)).sealed == 0
    # the old key may go
    graph = Graph(database)
    database.privacy = under(NEW)
    answer = await whole(
        graph, with_ids('{ complaint(id: "%s") { originalText } }', f"complaint_{ids[2]}"), role=Role.ADMIN
    )
    assert answer == {"data": {"complaint": {"originalText": "I am jo2@example.org"}}}
    for actor in (READER, CONTRIBUTOR, Actor(None, Role.CURATOR, "curator")):
        with pytest.raises(Forbidden):
            await rotate(database, actor)


def test_sqlite_makes_a_key_of_its_own_at_first_need(tmp_path: Path) -> None:
    settings = load_settings(data_dir=tmp_path)
    privacy, file = privacy_of(settings), tmp_path / SEAL_FILE
    assert not file.exists()
    sealed = privacy.sealed("I am jo@example.org", "I am [e-mail]", ("s", "1"))
    assert sealed is not None
    assert file.stat().st_mode & 0o777 == 0o600
    # a key that is put in front seals, the other one still unseals
    file.write_text(f"{NEW}\n{file.read_text()}")
    later = privacy_of(settings).seal
    assert later.unseal(sealed, ("s", "1")) == "I am jo@example.org"
    assert later.current() == Key.of(NEW).id
    shared = privacy_of(load_settings(data_dir=tmp_path, database_url="postgresql://localhost/x"))
    assert shared.sealed("I am jo@example.org", "I am [e-mail]", ("s", "1")) is None
