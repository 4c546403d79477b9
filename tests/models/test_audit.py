from __future__ import annotations

import asyncio
import re
from hashlib import sha256

import pytest

from nobodyasked.graphql.mutations.base import CHANGES
from nobodyasked.models.acting import Acting, acting, current
from nobodyasked.models.actor import Actor
from nobodyasked.models.audit import Entry
from nobodyasked.models.audited import AUDITED, BULK, UNAUDITED
from nobodyasked.models.commands import audit, complaints, needs, tokens
from nobodyasked.models.commands.complaints import ComplaintDraft
from nobodyasked.models.database import Database
from nobodyasked.models.engines.faults import Fault
from nobodyasked.models.migrator import audited
from nobodyasked.models.queries import audit as log
from nobodyasked.models.team import Role
from nobodyasked.models.versions import DERIVED

OPERATOR = Actor.operator()


async def entries(database: Database) -> list[Entry]:
    """All entries, in their order."""
    await audit.seal_all(database)
    return (await log.latest(database, 1_000))[::-1]


def draft(index: int, **more: str) -> ComplaintDraft:
    return ComplaintDraft(f"The zip of jacket {index} broke.", "mail", "shop", str(index), **more)


async def execute(database: Database, *statements: str) -> None:
    async with database.transaction() as transaction:
        for sql in statements:
            await transaction.execute(sql)


async def test_who_did_what(database: Database) -> None:
    with acting("token create", OPERATOR):
        _, token_id = await tokens.create(
            database, member_name="Ann Smith", role=Role.CURATOR, team_name="Zips", expires_at=None
        )
    ann = Actor(1, Role.CURATOR, "Ann Smith")
    await execute(
        database,
        "INSERT INTO need (statement, statement_basis, status, confidence, key_phrases, confirmed, created_at, updated_at,"
        " version, evidence_count, customer_count, asking_count) VALUES ('My zip broke', 'QUOTE', 'ACTIVE', 0.5, '[]', false, 0, 0, 1, 0, 0, 0)",
    )
    with acting("needDismiss", ann):
        await needs.dismiss(database, ann, 1, 1, "Not our zips")
    # what is worked out, and signs of life, are no change
    await execute(database, "UPDATE need SET evidence_count = 7, pull = 1.5, updated_at = 9")
    await execute(database, "UPDATE api_token SET last_used_at = 5")
    await execute(database, "UPDATE need SET status = 'DISMISSED'")
    with pytest.raises(Fault):  # what is rolled back was none either
        await execute(database, "UPDATE need SET status = 'ACTIVE'", "SELECT * FROM nowhere")

    made, need, dismissed = await entries(database)
    assert (made.deed, made.member_id, made.role) == ("token create", None, "ADMIN")
    told = {one["table"]: one for one in made.changes}
    assert sorted(told) == ["api_token", "member", "team"]
    assert told["api_token"]["rows"] == [
        {
            "id": token_id,
            "after": {
                "role": "CURATOR",
                "member_id": 1,
                "created_at": told["api_token"]["rows"][0]["after"]["created_at"],
            },
        }
    ]
    assert (need.deed, need.member_id, need.role) == (None, None, None)
    assert (dismissed.id, dismissed.deed, dismissed.member_id, dismissed.role) == (3, "needDismiss", 1, "CURATOR")
    (change,) = dismissed.changes
    assert (change["table"], change["change"], change["count"]) == ("need", "UPDATE", 1)
    (row,) = change["rows"]
    assert row["id"] == 1
    assert row["before"] == {"status": "ACTIVE", "version": 1}
    assert row["after"] == {"status": "DISMISSED", "version": 2}
    assert row["fields"] == ["dismissal_reason"]
    # nothing of what anybody said or is called
    whole = str([one.changes for one in await entries(database)])
    assert not re.search("Ann|Smith|Zips|zip|broke|not our", whole, re.IGNORECASE)
    verdict = await log.verify(database)
    assert (verdict.entries, verdict.wrong) == (3, None)


async def test_many_rows_are_one_entry(database: Database) -> None:
    ann, bea = Actor(1, Role.CONTRIBUTOR, "Ann"), Actor(2, Role.CONTRIBUTOR, "Bea")
    with acting("complaintsImport", ann):
        await complaints.import_rows(database, ann, [draft(index, customer=f"c{index % 7}") for index in range(50)])

    async def submit(actor: Actor, index: int) -> None:
        with acting("complaintSubmit", actor):
            await complaints.submit(database, actor, draft(index))

    # those that come together share a commit
    await asyncio.gather(*(submit(actor, 100 + place) for place, actor in enumerate((ann, bea, ann))))
    with acting("complaintSubmit", ann):  # again: nothing changes
        await complaints.submit(database, ann, draft(100))

    imported, shared = await entries(database)
    assert (imported.deed, imported.member_id) == ("complaintsImport", 1)
    assert {one["table"]: one["count"] for one in imported.changes} == {"customer": 7, "complaint": 50}
    (rows,) = [one for one in imported.changes if one["table"] == "complaint"]
    assert "rows" not in rows
    hashed = await database.rows("SELECT id, content_hash FROM complaint WHERE id <= 50 ORDER BY id")
    lines = "\n".join(f"{id}:{content_hash}" for id, content_hash in hashed)
    assert rows["digest"] == sha256(lines.encode()).hexdigest()
    assert (shared.deed, shared.member_id, shared.members, shared.role) == (
        "complaintSubmit",
        None,
        [1, 2],
        "CONTRIBUTOR",
    )
    assert shared.changes[0]["rows"] == [{"id": 51}, {"id": 52}, {"id": 53}]


async def test_tampering_shows(database: Database) -> None:
    for index in range(4):
        await complaints.submit(database, OPERATOR, draft(index))
    await entries(database)
    whole = await log.verify(database)
    assert (whole.entries, whole.wrong) == (4, None)
    assert await log.head(database) == (4, whole.head)
    for tamper, wrong in (
        ("UPDATE audit_entry SET at = at - 1 WHERE id = 2", "entry 2 is not what was sealed"),
        ("UPDATE audit_entry SET at = at + 1, deed = 'x' WHERE id = 2", "entry 2 is not what was sealed"),
        ("UPDATE audit_entry SET deed = NULL WHERE id = 2", None),
        ("DELETE FROM audit_entry WHERE id = 3", "entry 3 is missing"),
    ):
        await execute(database, tamper)
        assert (await log.verify(database)).wrong == wrong
    # an end that was cut off is whole in itself: a head that was noted elsewhere tells
    await execute(database, "DELETE FROM audit_entry WHERE id > 2")
    assert (await log.verify(database)).wrong is None
    assert (await log.verify(database, (4, whole.head))).wrong == "entry 4, which was noted, is missing"
    assert (await log.verify(database, (2, "f" * 64))).wrong == "entry 2 is not the one that was noted"


@pytest.mark.parametrize("dialect", ["postgres"], indirect=True)
async def test_sealing_waits_for_nobody_and_skips_nobody(database: Database) -> None:
    """What commits late is sealed late; two that seal at once make one chain."""
    async with database.transaction() as slow:
        await slow.execute("INSERT INTO team (name, created_at) VALUES ('slow', 0)")
        await execute(database, "INSERT INTO team (name, created_at) VALUES ('quick', 0)")
        # numbers of transactions are handed out before they commit
        assert await audit.seal_all(database) == 0
    for index in range(5):
        await execute(database, f"INSERT INTO team (name, created_at) VALUES ('team {index}', 0)")
    made = await asyncio.gather(*(audit.seal_all(database) for _ in range(3)))
    assert sum(made) == 7
    assert await database.value("SELECT count(*) FROM audit_change") == 0
    verdict = await log.verify(database)
    assert (verdict.entries, verdict.wrong) == (7, None)


async def test_every_table_is_told_of_or_left_out_for_a_reason(database: Database) -> None:
    if database.dialect == "postgres":
        tables = await database.rows(
            "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'"
        )
        seen = await database.rows(
            "SELECT tgname, pg_get_triggerdef(oid) FROM pg_trigger WHERE tgname LIKE '%\\_audit\\_%'"
        )
        wanted = {sql.split(" ")[2]: sql for sql in audited(*AUDITED).forward["postgres"]}
        assert {name for name, _ in seen} == set(wanted)
        for name, definition in seen:  # what is left out, and what is a word, is as `audited` has it now
            arguments = wanted[name].partition("audit_changed(")[2]
            assert definition.partition("audit_changed(")[2] == arguments, name
    else:
        tables = await database.rows("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '%_fts%'")
        await execute(database, "DELETE FROM team")
        writer = database._engine._writer  # type: ignore[attr-defined]
        seen = writer.execute("SELECT name FROM sqlite_temp_master WHERE type = 'trigger'").fetchall()
        assert {name for (name,) in seen} == {
            f"audit_{table}_{change}" for table in AUDITED for change in ("insert", "update", "delete")
        }
    derived = {*DERIVED, *(f"{table}_slot" for table in DERIVED)}
    there = {name for (name,) in tables if not name.startswith("sqlite_")} - derived
    assert there == {*AUDITED, *UNAUDITED}
    assert set(BULK) <= set(AUDITED)


async def test_every_mutation_says_what_it_is() -> None:
    class Made(Exception):
        pass

    class Asked:
        actor = Actor(7, Role.ADMIN, "Ann")

    for name, change in CHANGES.items():
        seen: list[Acting] = []

        async def act(*_: object, seen: list[Acting] = seen, **__: object) -> None:
            seen.append(current())
            raise Made

        with pytest.raises(Made):
            await type(change)(
                change.name,
                act,
                change.payload,
                change.input,
                change.takes_shown,
                change.needs,  # type: ignore[arg-type]
            ).make(Asked(), None, frozenset())  # type: ignore[arg-type]
        assert seen == [Acting(name, 7, "ADMIN")]
    assert len(CHANGES) > 40
    assert current() == Acting()
